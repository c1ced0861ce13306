# SPDX-License-Identifier: MIT
"""Foreign tokens, good and mutated, from one seed: in their text, header, claims, signature and key. Knows no verdict."""
import collections
import hashlib
import json

from keys import b64, der_signature

NOW, LEEWAY = 1800000000, 30
ISSUER, AUDIENCE, NONCE = "https://login.example", "shop", "n-0S6_WzA2Mj"
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
GONE = object()

Case = collections.namedtuple("Case", "key kind token what")


class Raw(str):
    """JSON text that stands as it is."""


def text_of(members):
    """JSON of a list of pairs, names twice and all; values that are Raw as they stand."""
    parts = (json.dumps(name) + ":" + (value if isinstance(value, Raw) else json.dumps(value)) for name, value in members)
    return "{" + ",".join(parts) + "}"


def changed(members, changes):
    kept = [(name, changes.get(name, value)) for name, value in members]
    kept += [(name, value) for name, value in changes.items() if name not in dict(members)]
    return [(name, value) for name, value in kept if value is not GONE]


class Maker:
    def __init__(self, keys, rng):
        self.keys, self.rng = keys, rng
        self.names = list(keys)
        self.pool = {name: [] for name in keys}

    def header(self, key):
        members = [("alg", key.alg), ("kid", key.kid), ("typ", "JWT")]
        self.rng.shuffle(members)
        if self.rng.random() < 0.1:
            members = [m for m in members if m[0] != "typ"]
        return members

    def claims(self):
        rng = self.rng
        members = [("iss", ISSUER), ("sub", f"user-{rng.randrange(1000)}"), ("aud", AUDIENCE), ("iat", NOW - rng.randrange(60)),
                   ("exp", NOW + 1 + rng.randrange(3600)), ("nonce", NONCE)]
        more = [("name", "Zo\u00eb \U0001f511"), ("acr", "urn:mace:gold"), ("amr", ["pwd", "otp"]), ("address", {"c": {"d": [1, None]}}),
                ("auth_time", NOW - 99), ("n", rng.randrange(-2**53, 2**53)), ("real", Raw("-2.5e3")), ("email_verified", True)]
        members += [m for m in more if rng.random() < 0.3]
        rng.shuffle(members)
        return members

    def sign(self, key, header, payload, alg=None):
        """header, payload: text or bytes."""
        head, body = (part.encode() if isinstance(part, str) else part for part in (header, payload))
        data = b64(head) + b"." + b64(body)
        return data + b"." + b64(key.sign(data, self.rng, alg))

    def good(self, name):
        """One of a few dozen: what is mutated in its text need not be signed anew."""
        if len(self.pool[name]) < 24:
            self.pool[name].append(self._fresh(name))
            return self.pool[name][-1]
        return self.rng.choice(self.pool[name])

    def _fresh(self, name):
        return self.sign(self.keys[name], text_of(self.header(self.keys[name])), text_of(self.claims()))

    def case(self):
        rng = self.rng
        # RSA signs slowly: fewer of them.
        name = rng.choice(self.names if rng.random() < 0.25 else [n for n in self.names if n[:2] not in ("RS", "PS")])
        how = rng.choices((self.as_is, self.in_text, self.in_header, self.in_claims, self.in_signature, self.in_key),
                          (20, 20, 20, 25, 10, 5))[0]
        return how(name, "id" if rng.random() < 0.7 else "jwt")

    def as_is(self, name, kind):
        rng, key = self.rng, self.keys[name]
        header, payload = text_of(self.header(key)), text_of(self.claims())
        if rng.random() < 0.2:
            header, payload = header.replace(":", " : ").replace(",", "\n,\t"), payload.replace(",", " ,  ")
        return Case(name, kind, self.sign(key, header, payload), "good")

    # Text

    def in_text(self, name, kind):
        token, other = self.good(name), self.good(name)
        how = self.rng.choice(TEXT)
        return Case(name, kind, how(self.rng, token, other), f"text: {how.__name__}")

    # Header

    def in_header(self, name, kind):
        rng, key = self.rng, self.keys[name]
        members, alg, what = self.header(key), None, None
        roll = rng.random()
        if roll < 0.25:
            alg = rng.choice([n for n in self.names if n[:2] == name[:2] and "-" not in n and n != "ES256K"]) \
                if name[0] != "E" or name == "ES256" else None
            wrong = alg or rng.choice(("none", "None", "NONE", "", "hs256", "HS256 ", "RS1", "EdDSA", "ES256", "HS256", key.alg.lower()))
            members, what = changed(members, {"alg": wrong}), "alg"
            alg = alg if name[:2] in ("HS", "RS", "PS") else None
        elif roll < 0.32:
            swap = {"RS": "PS", "PS": "RS"}.get(name[:2])
            members, what = changed(members, {"alg": swap + key.alg[2:] if swap else rng.choice((GONE, 256, None, ["HS256"]))}), "alg"
            alg = swap and swap + key.alg[2:]
        elif roll < 0.5:
            kid = rng.choice((GONE, "", "another", 7, None, "../../etc/passwd", "' OR 1=1 --", "a\r\nb", key.kid + " ", "k" * 129,
                              "k" * 65536 if rng.random() < 0.02 else "k" * 900, key.kid.upper(), "\u00e9"))
            members, what = changed(members, {"kid": kid}), "kid"
        elif roll < 0.65:
            typ = rng.choice((GONE, "jwt", "JWT", "application/jwt", "at+jwt", "application/at+jwt", "", 7, "JOSE", "J" * 300, None))
            members, what = changed(members, {"typ": typ}), "typ"
        elif roll < 0.8:
            more = rng.choice((("crit", ["exp"]), ("crit", ["b64"]), ("crit", []), ("b64", True), ("b64", False), ("zip", "DEF"),
                               ("jwk", {"kty": "oct", "k": "AA"}), ("jku", "https://login.example/keys"), ("x5u", "https://a.example"),
                               ("x5c", ["MII="])))
            members, what = changed(members, dict((more,))), more[0]
        elif roll < 0.9:
            more = rng.choice((("x5t", "AA"), ("cty", "JWT"), ("x", {"deep": [1]}), ("iat", 1), ("nonce", "x"), ("enc", "A256GCM"),
                               ("p", "\u0000"), ("url", "https://a.example")))
            members, what = changed(members, dict((more,))), "a member that says nothing"
        else:
            return self._odd_header(name, kind)
        return Case(name, kind, self.sign(key, text_of(members), text_of(self.claims()), alg), f"header: {what}")

    def _odd_header(self, name, kind):
        rng, key = self.rng, self.keys[name]
        text = text_of([("alg", key.alg), ("kid", key.kid), ("typ", "JWT")])
        odd = rng.choice((
            text[:-1] + f',"alg":"{key.alg}"}}', '{"alg":"none",' + text[1:], text[:-1] + ',"kid":"other"}',
            text[:-1] + ',"\\u0061lg":"none"}', text.replace('"alg"', '"\\u0061lg"'), "\ufeff" + text, text + " ", " " + text, text + "x",
            text + "\0", "[" + text + "]", "null", "{}", '"x"', text[:-1] + ',"x":' + "[" * 20 + "]" * 20 + "}",
            text[:-1] + ',"x":"\\ud800"}', text[:-1] + ',"x":1e999}', text[:-1] + ',"x":123456789012345678901}', text[:-1] + ",}",
            text[:-1] + ",\"x\":'a'}", text.replace('"typ"', '"TYP"').replace("JWT", "at+jwt"),
            text.encode()[:-1] + b',"x":"\xff"}', text.encode()[:-1] + b',"x":"\xc0\x80"}', text.encode()[:-1] + b',"x":"\x01"}',
            text[:-1] + "".join(f',"m{i}":0' for i in range(130)) + "}", text[:-1] + ',"x":"' + "y" * 5000 + '"}'))
        return Case(name, kind, self.sign(key, odd, text_of(self.claims())), "header: odd")

    # Claims

    def in_claims(self, name, kind):
        rng, key = self.rng, self.keys[name]
        members = self.claims()
        if rng.random() < 0.8:
            member, values = rng.choice(CLAIMS)
            value = rng.choice(values)
            members, what = changed(members, {member: value}), f"claims: {member}"
            if rng.random() < 0.2:
                member, values = rng.choice(CLAIMS)
                members, what = changed(members, {member: rng.choice(values)}), "claims: two"
            return Case(name, kind, self.sign(key, text_of(self.header(key)), text_of(members)), what)
        text = text_of(members)
        odd = rng.choice((
            text[:-1] + ',"iss":"https://evil.example"}', '{"iss":"https://evil.example",' + text[1:], text[:-1] + ',"x":1,"x":2}',
            text[:-1] + ',"x":{"a":1,"a":1}}', text[:-1] + ',"\\u0069ss":"x"}', "\ufeff" + text, text + "\n ", text + "{}", text + "\0",
            "[]", "null", "1", '"x"', "{}", "", text[:-1], text[:-1] + ',"x":' + "[" * 17 + "]" * 17 + "}",
            text[:-1] + ',"x":' + "[" * 3000 + "]" * 3000 + "}", text[:-1] + ',"x":"\\u0000"}', text[:-1] + ',"x":"\\udc00"}',
            text[:-1] + ',"\\u0000":1}', text[:-1] + ',"x":1e999}', text[:-1] + ',"x":9223372036854775808}', text[:-1] + ',"x":-0}',
            text[:-1] + ',"x":01}', text[:-1] + ',"x":NaN}', text[:-1] + ',"x":Infinity}', text[:-1] + ',"x":1.}',
            text.encode()[:-1] + b',"x":"\xed\xa0\x80"}', text.encode()[:-1] + b',"x":"\xff"}', text.encode()[:-1] + b',"x":"\x1f"}',
            text[:-1] + "".join(f',"m{i}":0' for i in range(130)) + "}", text[:-1] + ',"x":"' + "y" * 14000 + '"}',
            text.replace('"exp"', '"\\u0065xp"')))
        return Case(name, kind, self.sign(key, text_of(self.header(key)), odd), "claims: odd")

    # Signature

    def in_signature(self, name, kind):
        rng, key = self.rng, self.keys[name]
        data, signature = self.good(name).rsplit(b".", 1)
        how = rng.randrange(9)
        raw = bytearray(key.sign(data, rng))
        if how == 0:
            raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
        elif how == 1:
            raw = bytes(len(raw))
        elif how == 2:
            raw = raw[:rng.randrange(len(raw))]
        elif how == 3:
            raw = raw + rng.randbytes(rng.randrange(1, 9)) if rng.random() < 0.5 else b"\0" + raw
        elif how == 4:
            raw = bytes(self.keys[rng.choice(self.names)].sign(data, rng))
        elif how == 5:
            raw = bytes(reversed(raw)) if rng.random() < 0.5 else b"\xff" * len(raw)
        elif how == 6:
            raw = hashlib.sha256(data).digest()
        else:
            raw = self._special(key, data, raw)
        return Case(name, kind, data + b"." + b64(bytes(raw)), "signature")

    def _special(self, key, data, raw):
        rng = self.rng
        if key.alg[:2] == "ES":
            r, s = key.pair(data, rng)
            half, n = bytes(key.size), key.order
            return rng.choice((key.join(r, n - s), key.join(s, r), der_signature(r, s), half + raw[key.size:], raw[:key.size] + half,
                               key.join(n % (1 << 8 * key.size), s), key.join(r, n), key.join(1, 1), b"\0" + key.join(r, s)))
        if key.alg[:2] == "PS":
            return key.short_salt(data, rng)
        if key.alg[:2] == "RS":
            return key.sign(data, rng, "PS" + key.alg[2:])
        return raw + raw

    # Key: the text says one thing, and the judge holds another

    def in_key(self, name, kind):
        rng = self.rng
        twins = [n for n in self.names if "-" in n]
        if rng.random() < 0.5:
            name = rng.choice(twins)
            return Case(name.split("-")[0], kind, self.good(name), "key: another of the same kid")
        victim = self.keys[rng.choice([n for n in self.names if n[:2] not in ("HS", "Ed")])]
        secret = rng.choice((victim.pem().encode(), victim.pem().rstrip().encode(), victim.pem().replace("\n", "\r\n").encode(),
                             b" " + victim.pem().encode(), json.dumps(victim.jwk()).encode(), json.dumps(victim.jwk(), separators=(",", ":")).encode(),
                             b"", b"\0"))
        fake = FakeSecret(secret)
        members = [("alg", "HS256"), ("kid", victim.kid), ("typ", "JWT")]
        held = next(n for n in self.names if self.keys[n] is victim)
        return Case(held, kind, self.sign(fake, text_of(members), text_of(self.claims())), "key: public key as secret")


class FakeSecret:
    def __init__(self, secret):
        self.secret = secret

    def sign(self, data, rng, alg=None):
        import hmac
        return hmac.new(self.secret, data, hashlib.sha256).digest()


# What happens to a text; `other` is another good one of the same key.

def flip(rng, token, other):
    i = rng.randrange(len(token))
    return token[:i] + bytes((rng.choice(ALPHABET),)) + token[i + 1:]


def flip_any(rng, token, other):
    i = rng.randrange(len(token))
    return token[:i] + bytes((rng.randrange(256),)) + token[i + 1:]


def drop(rng, token, other):
    i = rng.randrange(len(token))
    return token[:i] + token[i + 1:]


def insert(rng, token, other):
    i = rng.randrange(len(token) + 1)
    return token[:i] + bytes((rng.choice(ALPHABET + b".=+/ \n\0"),)) + token[i:]


def cut(rng, token, other):
    return token[:rng.randrange(len(token))]


def pad(rng, token, other):
    parts = token.split(b".")
    i = rng.randrange(3)
    parts[i] += b"=" * (-len(parts[i]) % 4 or rng.randrange(3))
    return b".".join(parts)


def last_bits(rng, token, other):
    """Bits that no byte holds."""
    parts = token.split(b".")
    i = rng.choice([i for i in range(3) if len(parts[i]) % 4] or [0])
    spare = {2: 4, 3: 2}.get(len(parts[i]) % 4, 0)
    last = ALPHABET.index(parts[i][-1:]) ^ (rng.randrange(1, 1 << spare) if spare else 0)
    parts[i] = parts[i][:-1] + ALPHABET[last:last + 1]
    return b".".join(parts)


def other_alphabet(rng, token, other):
    return token.translate(bytes.maketrans(b"-_", b"+/"))


def after(rng, token, other):
    return token + rng.choice((b"\0", b"\0x", b"\n", b" ", b".", b".AA", b"=", b"\r\n", b"~", b"%3D", b";", b"."))


def before(rng, token, other):
    return rng.choice((b" ", b"\n", b"Bearer ", b".", b"\xef\xbb\xbf", b"\0")) + token


def empty(rng, token, other):
    parts = token.split(b".")
    parts[rng.randrange(3)] = b""
    return b".".join(parts)


def mix(rng, token, other):
    return b".".join(rng.choice(pair) for pair in zip(token.split(b"."), other.split(b".")))


def shuffle(rng, token, other):
    parts = token.split(b".")
    rng.shuffle(parts)
    return b".".join(parts)


def junk(rng, token, other):
    return rng.choice((b"", b".", b"..", b"...", b"a.b.c", token.replace(b".", b"..", 1), token.lower(), token * 2, rng.randbytes(40)))


def within(rng, token, other):
    """White space inside, as a mailer folds it."""
    i = rng.randrange(1, len(token))
    return token[:i] + rng.choice((b"\n", b"\r\n ", b" ", b"\t")) + token[i:]


TEXT = (flip, flip_any, drop, insert, cut, pad, last_bits, other_alphabet, after, before, empty, mix, shuffle, junk, within)

CLAIMS = (
    ("iss", (GONE, "https://evil.example", ISSUER + "/", 1, None, [ISSUER], "", Raw('"https:\\/\\/login.example"'))),
    ("sub", (GONE, "", 7, None, ["a"], "s" * 255, "s" * 256, "\u00e9" * 200)),
    ("aud", (GONE, "other", [AUDIENCE], ["other"], [AUDIENCE, "other"], ["other", AUDIENCE], [], [AUDIENCE, 7], 7, None, "", "Shop",
             {"a": AUDIENCE})),
    ("azp", (AUDIENCE, "other", 7, None, "")),
    ("exp", (GONE, NOW - 1, NOW - LEEWAY + 1, NOW - LEEWAY, NOW - LEEWAY - 1, NOW - 9999, 0, -1, str(NOW + 60), None, NOW + 60.5,
             Raw("1.8e9"), Raw("18000000600e-1"), Raw("1e300"), 253402300799, 253402300800, True, [NOW + 60])),
    ("iat", (GONE, NOW + LEEWAY - 1, NOW + LEEWAY, NOW + LEEWAY + 1, NOW + 9999, 0, -1, str(NOW), None, NOW - 0.5, Raw("1e300"))),
    ("nbf", (NOW, NOW + LEEWAY - 1, NOW + LEEWAY, NOW + LEEWAY + 1, NOW + 9999, 0, -1, str(NOW), None, NOW - 0.5)),
    ("nonce", (GONE, "other", "", 7, None, [NONCE], NONCE.lower(), NONCE + " ")),
    ("auth_time", (NOW, NOW - 1, NOW + 9999, "x", None)),
    ("jti", ("a", 7, "")),
)
