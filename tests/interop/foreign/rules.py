# SPDX-License-Identifier: MIT
"""Why two judges of a foreign token disagree. A rule is recognised in the token itself. OURS: rules of ours (include/sess/foreign.h)
that a judge does not have; each of our reasons must be borne out by one. THEIRS: what a judge refuses, and we do not. Knows
nothing of how a token was made."""
from tokens import AUDIENCE, ISSUER, LEEWAY, NONCE, NOW

ALL = {"libjwt", "cjose", "jose", "jwcrypto", "npm"}
SIGNATURE = {"libjwt", "cjose", "jose"}  # these look at no claim
TIME_MAX = 253402300799
DANGEROUS = ("crit", "b64", "zip", "jwk", "jku", "x5u", "x5c")
SAFE_KID = {chr(c) for c in range(0x21, 0x7f)} - {'"', "\\"}
SIZE = {"HS256": 32, "HS384": 48, "HS512": 64, "ES256": 64, "ES384": 96, "ES512": 132, "ES256K": 64, "EdDSA": 64}


def is_time(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < TIME_MAX + 1


def time_of(s, name, default):
    value = s.claim(name)
    return int(value) if is_time(value) else default


def audiences(s):
    aud = s.claim("aud")
    return [aud] if isinstance(aud, str) else aud if isinstance(aud, list) else []


def short(typ):
    typ = typ.lower()
    return typ[len("application/"):] if typ.startswith("application/") else typ


def wrong_text_member(s):
    return any(not isinstance(s.head(name, ""), str) for name in ("alg", "kid", "typ")) or s.head("alg") is None


def wrong_kid_text(s):
    kid = s.head("kid")
    return isinstance(kid, str) and (not 0 < len(kid) <= 128 or not set(kid) <= SAFE_KID)


def long_member(s):
    return len(str(s.head("typ", ""))) > 64 or len(str(s.head("alg", ""))) > 16 or len(s.header_bytes) > 4096


def wrong_shape(s):
    """A claim that is missing or of a type that it cannot have."""
    needs = ["exp"] + (["iat", "sub"] if s.kind == "id" else [])
    aud = s.claim("aud")
    return any(not s.has(name) for name in needs) or \
        any(s.has(name) and not is_time(s.claim(name)) for name in ("exp", "iat", "nbf", "auth_time")) or \
        (s.has("iss") and not isinstance(s.claim("iss"), str)) or \
        (s.has("sub") and (not isinstance(s.claim("sub"), str) or s.claim("sub") == "" or
                           s.kind == "id" and len(s.claim("sub").encode()) > 255)) or \
        (s.has("aud") and not (isinstance(aud, str) or isinstance(aud, list) and aud and all(isinstance(a, str) for a in aud)))


def wrong_party(s):
    if s.kind != "id":
        return False
    return s.claim("azp") != AUDIENCE if s.has("azp") else len(audiences(s)) > 1


def wrong_length(s):
    return len(s.signature) != SIZE.get(s.key.alg, 256)


# name, our reasons that it bears out, judges that do not have it, how it is seen
OURS = (
    ("canonical base64url in three parts", {"MALFORMED", "WRONG_FORM"}, ALL, lambda s: not s.is_text),
    ("at most 16384 bytes", {"OVERSIZE"}, ALL, lambda s: len(s.token) > 16384),
    ("the header is one strict JSON object", {"MALFORMED"}, ALL, lambda s: s.header_fault != ""),
    ("no crit, b64, zip, jwk, jku, x5u, x5c", {"MALFORMED"}, ALL,
     lambda s: isinstance(s.header, dict) and any(name in s.header for name in DANGEROUS)),
    ("alg, kid and typ are strings", {"MALFORMED"}, ALL, wrong_text_member),
    ("a kid of plain characters, at most 128", {"MALFORMED"}, ALL, wrong_kid_text),
    ("a header and its members of bounded length", {"MALFORMED"}, ALL, long_member),
    ("the algorithm is the key's", {"MALFORMED"}, SIGNATURE, lambda s: s.head("alg") != s.key.alg),
    ("the kid is the key's", {"UNKNOWN_KEY"}, ALL, lambda s: s.head("kid", s.key.kid) != s.key.kid),
    ("an ID token's typ is JWT or absent", {"WRONG_TYPE"}, ALL,
     lambda s: s.kind == "id" and isinstance(s.head("typ"), str) and short(s.head("typ")) != "jwt"),
    ("the signature has its exact length", {"MALFORMED"}, ALL, wrong_length),
    ("the payload is one strict JSON object", {"BAD_PAYLOAD"}, ALL, lambda s: s.payload_fault != ""),
    ("claims are there, and of their types", {"BAD_PAYLOAD"}, ALL, wrong_shape),
    ("iss is the issuer", {"WRONG_ISSUER"}, SIGNATURE, lambda s: s.claim("iss") != ISSUER),
    ("aud names the audience", {"WRONG_AUDIENCE"}, SIGNATURE, lambda s: AUDIENCE not in audiences(s)),
    ("the authorized party is the audience", {"WRONG_AUDIENCE"}, ALL, wrong_party),
    ("the nonce is the request's", {"CONTEXT_MISMATCH"}, SIGNATURE, lambda s: s.kind == "id" and s.claim("nonce") != NONCE),
    ("exp is to come", {"ABSOLUTE_EXPIRED"}, SIGNATURE, lambda s: time_of(s, "exp", NOW) + LEEWAY <= NOW),
    ("the leeway has an end, and at its end it is over", {"ABSOLUTE_EXPIRED"}, {"jwcrypto"},
     lambda s: time_of(s, "exp", 0) + LEEWAY == NOW),
    ("nbf, iat and auth_time have come", {"NOT_YET"}, ALL,
     lambda s: any(time_of(s, name, 0) > NOW + LEEWAY for name in ("nbf", "iat", "auth_time"))),
)

# name, judges, how it is seen
THEIRS = (
    ("jti is no string", {"jwcrypto"}, lambda s: s.has("jti") and not isinstance(s.claim("jti"), str)),
    # libjwt 3.x takes a salt of any length.
    ("a PSS salt of another length than the hash's (RFC 7518 §3.5)", ALL - {"libjwt"},
     lambda s: s.key.alg[:2] == "PS" and s.key.salt_of(s.signature) not in (-1, int(s.key.alg[2:]) // 8)),
)


def lacks(judge, alg, libjwt):
    """Algorithms that a judge does not have."""
    if judge == "libjwt":
        return alg[:2] == "PS" and libjwt < (1, 16) or alg == "ES256K" and libjwt < (1, 18, 0) or alg == "EdDSA" and libjwt < (1, 18, 3)
    return alg in {"cjose": ("EdDSA", "ES256K"), "jose": ("EdDSA", "ES256K"), "npm": ("ES256K",)}.get(judge, ())


def dies(s, judge):
    """Why cjose 0.6.2 ends the process, or None: an assertion in its base64, and an HMAC by a key that is none, in freed memory,
    which a sanitizer sees."""
    if judge == "cjose" and b"=" in s.token:
        return "'=' within base64"
    if judge == "cjose" and str(s.head("alg")).startswith("HS") and s.key.alg[:2] != "HS":
        return "an HMAC algorithm over a public key"
    return None


def explain(s, judge, ours, theirs):
    """The names of the rules, or none. ours: the set of our reasons, empty where we accept; theirs: whether it accepts."""
    if ours and theirs:
        found = [(name, reasons) for name, reasons, judges, holds in OURS if judge in judges and reasons & ours and holds(s)]
        borne = set().union(*(reasons for _, reasons in found)) if found else set()
        return [f"we alone ask: {name}" for name, _ in found] if ours <= borne else []
    return [f"{judge} alone refuses: {name}" for name, judges, holds in THEIRS if judge in judges and holds(s)]
