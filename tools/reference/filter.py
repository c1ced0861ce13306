# SPDX-License-Identifier: MIT
"""A public header as doxygen reads it: each comment at the left margin, or behind a member, becomes one of its own; no word is changed."""
import re
import sys

SPECIAL = re.compile(r'([\\@<>#%$"&])')


def escaped(text):
    """doxygen's own characters, as characters; in doubled colons and lists it finds meaning too."""
    return SPECIAL.sub(r"\\\1", text).replace("::", "\\::")


def body(raw):
    lines = [re.sub(r"^\s*\* ?", "", line) for line in raw.split("\n")]
    out, literal = [], False
    for number, line in enumerate(lines):
        indented = number > 0 and line.startswith("  ") and line.strip()
        if indented and not literal:
            out.append("<pre>")
        if literal and not indented:
            out.append("</pre>")
        literal = bool(indented)
        # A dash or a number at a line's head would begin a list.
        text = escaped(line if literal else line.strip())
        out.append(re.sub(r"^([-+*]|\d+[.)])(?= )", r"\\\1" if text[:1] == "-" else r"&zwj;\1", text) if not literal else text)
    return "\n".join(out + ["</pre>"] * literal)


def comments(text):
    spdx, rest = text.split("\n", 1)
    rest = re.sub(r"^/\*(.*?)\*/", lambda m: "/** @file\n" + body(m.group(1)) + "\n*/", rest, count=1, flags=re.S)
    rest = re.sub(r"^/\*(?!\*)(.*?)\*/", lambda m: "/**\n" + body(m.group(1)) + "\n*/", rest, flags=re.S | re.M)
    rest = re.sub(r"^(\t*)/\*(?!\*)(.*?)\*/$", lambda m: m.group(1) + "/**" + body(m.group(2)) + "*/", rest, flags=re.S | re.M)
    return spdx + "\n" + re.sub(r"(?<=[;,)\w])([ \t]+)/\*(?![*<])(.*?)\*/", lambda m: m.group(1) + "/**<" + body(m.group(2)) + "*/", rest, flags=re.S)


with open(sys.argv[1], encoding="utf-8") as file:
    sys.stdout.write(comments(file.read()))
