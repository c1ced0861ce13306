# SPDX-License-Identifier: MIT
"""What can be seen in a foreign token: read once as loosely as the loosest of judges, and once by the strict rules of our gate as
include/sess/foreign.h states them. Knows no judge and no verdict, and nothing of how the token was made."""
import base64
import binascii
import json
import re

STRICT_SEGMENT = re.compile(rb"[A-Za-z0-9_-]+\Z")
INT = re.compile(r"-?(0|[1-9][0-9]*)\Z")
DEPTH, MEMBERS = 16, 128


class Broken(Exception):
    """It is not strict JSON; the words say why."""


def loose_bytes(segment):
    """Base64 of either alphabet, up to what is in neither."""
    text = re.match(rb"[A-Za-z0-9_+/-]*", segment)[0].translate(bytes.maketrans(b"-_", b"+/"))
    text = text[:-1] if len(text) % 4 == 1 else text
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return b""


def is_canonical(segment):
    data = loose_bytes(segment)
    return bool(STRICT_SEGMENT.match(segment)) and base64.urlsafe_b64encode(data).rstrip(b"=") == segment


def loose_json(data):
    """The first JSON value in it, the last of two equal names; {} where there is none."""
    for text in (data, data.split(b"\0")[0]):
        try:
            value, _ = json.JSONDecoder(strict=False).raw_decode(text.decode("utf-8", "replace").lstrip("\ufeff \t\r\n"))
            return value
        except (ValueError, RecursionError):
            continue
    return {}


def strict_json(data):
    """One object, with its pairs; Broken otherwise."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Broken("not UTF-8") from error
    if depth_of(text) > DEPTH:
        raise Broken("too deep")

    def pairs(items):
        if len({name for name, _ in items}) != len(items):
            raise Broken("a member twice")
        if len(items) > MEMBERS:
            raise Broken("too many members")
        for name, value in items:
            check(name)
            check(value)
        return dict(items)

    def no_constant(word):
        raise Broken(word)

    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise Broken(str(error)) from error
    if not isinstance(value, dict):
        raise Broken("not an object")
    check(value)
    return value


def check(value):
    """What jansson would refuse: NUL, half a surrogate pair, numbers out of range."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise Broken("a character that is none")
    elif isinstance(value, bool):
        return
    elif isinstance(value, int) and not -2**63 <= value < 2**63:
        raise Broken("a number out of range")
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise Broken("a number out of range")
    elif isinstance(value, list):
        for item in value:
            check(item)
    elif isinstance(value, dict):
        for item in value.values():
            check(item)


def depth_of(text):
    deepest = depth = 0
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        mark = found[0]
        if mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "]}":
            depth -= 1
    return deepest


class Sight:
    """One token before one key."""

    def __init__(self, token, kind, key):
        self.token, self.kind, self.key = token, kind, key
        parts = (token.split(b".") + [b"", b"", b""])
        self.segments = parts[:2] + [b".".join(token.split(b".")[2:])]
        self.dots = token.count(b".")
        self.header_bytes, self.payload_bytes, self.signature = map(loose_bytes, self.segments)
        self.header, self.payload = loose_json(self.header_bytes), loose_json(self.payload_bytes)
        self.is_text = self.dots == 2 and all(map(is_canonical, self.segments))
        self.header_fault, self.payload_fault = self._fault(self.header_bytes), self._fault(self.payload_bytes)

    @staticmethod
    def _fault(data):
        try:
            strict_json(data)
            return ""
        except Broken as why:
            return str(why)

    def head(self, name, default=None):
        return self.header.get(name, default) if isinstance(self.header, dict) else default

    def claim(self, name, default=None):
        return self.payload.get(name, default) if isinstance(self.payload, dict) else default

    def has(self, name):
        return isinstance(self.payload, dict) and name in self.payload
