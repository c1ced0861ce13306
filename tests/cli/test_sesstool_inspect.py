# SPDX-License-Identifier: MIT
"""sesstool inspect: it names what it is shown, says what would open it, and never says more than that it claims so."""
import base64
import json

import cli
from cli import NOW, ok

f = cli.Folder()
AT = ("--now", str(NOW))


def b64(data):
    return base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode()


def jws(header, payload, signature=b"\x01" * 64):
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return f"{b64(json.dumps(header))}.{b64(text)}.{b64(signature)}"


def jwe(header):
    return ".".join([b64(json.dumps(header)), "AAAA", "AAAA", "AAAA", "AAAA"])


ID_TOKEN = jws({"alg": "RS256", "kid": "2027-01"}, {
    "iss": "https://login.example", "sub": "248289761001", "aud": "shop", "nonce": "n-0S6", "exp": NOW + 600, "iat": NOW})
GOLDEN = """UNVERIFIED: this is what the token claims to be; anybody can write that
form      an ID token, as OpenID providers issue them
size      %d bytes of 4096 that a cookie may have
  header           46 characters,    34 bytes
  payload         168 characters,   126 bytes
  signature        86 characters,    64 bytes
header    {"alg": "RS256", "kid": "2027-01"}
claims    not verified:
  iss: "https://login.example"
  sub: "248289761001"
  aud: "shop"
  nonce: "n-0S6"
  exp: 1800000600   2027-01-15T08:10:00Z (in 10m)
  iat: 1800000000   2027-01-15T08:00:00Z (now)
to open   the issuer's public key (RS256, key 2027-01, issuer https://login.example): its JWK Set, the jwks_uri in \
ISSUER/.well-known/openid-configuration, then `sesstool verify --jwks FILE --alg RS256`
"""
CLAIMS = {"iss": "https://login.example", "exp": NOW}
SESSION = {"sid": "a", "jti": "b", "iat": 1, "exp": 2, "auth_time": 1, "gen": 0}

# name, text, "is", words of "what", words of "needs"
ROWS = (
    ("an ID token", ID_TOKEN, "JWT", "ID token", "verify --jwks FILE --alg RS256"),
    ("an HMAC JWT", jws({"alg": "HS256"}, CLAIMS), "JWT", "another issuer", "the secret that the issuer shares"),
    ("an EdDSA JWT with kid and typ", jws({"alg": "EdDSA", "kid": "k", "typ": "JWT"}, CLAIMS), "JWT", "another issuer",
     "(EdDSA, key k, issuer https://login.example)"),
    ("the same with our claims", jws({"alg": "EdDSA", "kid": "k", "typ": "JWT"}, SESSION), "session", "signed: ",
     "the ring with key k: `sesstool verify --ring RING`"),
    ("an access token by typ", jws({"alg": "RS256", "typ": "at+jwt"}, CLAIMS), "JWT", "access token", "public key"),
    ("an access token by scope", jws({"alg": "RS256"}, {**CLAIMS, "scope": "a"}), "JWT", "by its scope", "public key"),
    ("a DPoP proof", jws({"alg": "ES256", "typ": "dpop+jwt"}, {"jti": "x"}), "JWT", "DPoP proof", "ES256"),
    ("a logout token", jws({"alg": "RS256", "typ": "logout+jwt"}, CLAIMS), "JWT", "logout token", "RS256"),
    ("an event", jws({"alg": "RS256"}, {"events": {}}), "JWT", "security event", "RS256"),
    ("alg none in capitals, with a signature", jws({"alg": "NONE"}, CLAIMS), "JWT", "another", "it is not signed"),
    ("alg none", jws({"alg": "none"}, CLAIMS, b""), "JWT", "alg none", "no verify accepts it"),
    ("an algorithm of nobody", jws({"alg": "XS1"}, CLAIMS), "JWT", "another", "knows its algorithm XS1"),
    ("a JWS of text", jws({"alg": "ES256"}, "hello"), "JWS", "no JWT", "ES256"),
    ("a JWS of an array", jws({"alg": "ES256"}, "[1]"), "JWS", "no JWT", "ES256"),
    ("a JWE to a public key", jwe({"alg": "RSA-OAEP-256", "enc": "A128GCM", "kid": "r"}), "JWE", "no form of this",
     "its recipient's private key (RSA-OAEP-256, A128GCM, key r) and a JOSE library"),
    ("a JWE that --raw opens", jwe({"alg": "A256KW", "enc": "A256GCM"}), "JWE", "no form", "verify --raw --jwk FILE"),
    ("a JWE under a passphrase", jwe({"alg": "PBES2-HS256+A128KW", "enc": "A256GCM"}), "JWE", "no form",
     "the passphrase"),
    ("a JWT in a JWE", jwe({"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT"}), "JWE", "with a JWT inside",
     "private key"),
    ("a sealed token", jwe({"alg": "dir", "enc": "A256GCM", "kid": "k", "typ": "sess+jwt"}), "session", "sealed: ",
     "key k"),
    ("PASETO, local", "v4.local." + "A" * 80, "PASETO", "encrypted under", "symmetric key"),
    ("PASETO, public", "v2.public." + "A" * 80, "PASETO", "anybody can read", "public key"),
    ("a JWT with disclosures", ID_TOKEN + "~WyJhIl0~", "SD-JWT", "selective", "before the first '~'"),
    ("Fernet", "gAAAAABn" + "A" * 92 + "==", "Fernet", "Fernet", "32-byte key"),
    ("Flask", f"{b64(json.dumps({'user': 1}))}.ZxY12w.{b64(b'1' * 20)}", "signed cookie", "Flask", "secret key"),
    ("Flask, compressed", ".eJwrSSwuBgAEGgGy.ZxY12w.AAAA", "signed cookie", "Flask", "secret key"),
    ("Express", "s%3Aabcdef0123456789.AAAA%2Bx", "signed cookie", "Express", "the service's secret"),
    ("Rails", "A" * 40 + "--" + "B" * 16 + "--" + "C" * 24, "encrypted cookie", "Rails", "secret_key_base"),
    ("a UUID", "8f14e45f-ceea-467f-9c1d-0123456789ab", "opaque", "UUID", "RFC 7662"),
    ("an opaque id", "hm3kqcd4ub07lv9f2zr1", "opaque", "opaque id", "RFC 7662"),
    ("a JWK", json.dumps({"kty": "oct", "k": "c0nfidential"}), "key", "no token", "it has now been shown"),
    ("a key as PEM", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "key", "PEM", "verify --pem FILE"),
    ("a JWS as JSON", json.dumps({"payload": "e30", "signatures": []}), "JWS or JWE", "JSON serialization", "compact"),
)


def names():
    for name, text, kind, what, needs in ROWS:
        run = f.run("inspect", "--json", stdin=text.encode())
        seen = run.json()
        ok(f"{name}: {kind}", run.status == 0 and seen.get("is") == kind and what in seen["what"]
           and needs in seen["needs"] and seen["verified"] is False and seen["bytes"] == len(text), run)
        run = f.run("inspect", *AT, stdin=text.encode())
        ok(f"{name}: unverified, in words", run.status == 0 and run.out.startswith("UNVERIFIED") and what in run.out
           and needs in run.out and run.err == "", run)
    run = f.run("inspect", stdin=next(row[1] for row in ROWS if row[0] == "a JWK").encode())
    ok("what may be a secret is not shown again", run.status == 0 and "c0nfidential" not in run.out, run)


def hostile():
    """What a token says is put into a sentence only where it is short and plain."""
    for kid in ("\x1b[2J", "k" * 500, "a b", "zo\u00eb"):
        run = f.run("inspect", "--json", stdin=jws({"alg": "RS256", "kid": kid}, {"iss": kid}).encode())
        ok(f"a kid of {kid[:4]!r} is not in the sentence", run.status == 0 and run.json()["needs"].startswith(
            "the issuer's public key (RS256): its JWK Set") and b"\x1b" not in run.out_bytes, run)
    run = f.run("inspect", stdin=jws({"alg": "XS1;\x1b[1m`rm`" * 9}, {}).encode())
    ok("nor an alg", run.status == 0 and "\x1b" not in run.out
       and run.out.rstrip().endswith("that knows its algorithm; sesstool does not"), run)
    run = f.run("inspect", stdin=jws({"alg": "RS256"}, '{"a":1,"a":2}').encode())
    ok("members twice are no claims", "not a JSON object" in run.out, run)


def no_token():
    for name, text in (("hello", b"hello"), ("a JWT cut off", ID_TOKEN[:60].encode()),
                       ("a JWT with a dot too many", (ID_TOKEN + ".x").encode()), ("NUL", b"8f14e45f-ceea-467f-9c1d-0123456789a\x00"), ("bytes", bytes(range(128, 200))),
                       ("too short an id", b"a" * 15), ("words", b"not a token at all, is it")):
        run = f.run("inspect", stdin=text)
        ok(f"{name} has no known shape", run.status == 3 and "MALFORMED" in run.err and run.out == "", run)
    run = f.run("inspect", "hm3kqcd4ub07lv9f2zr1")
    ok("an id on the command line, with a warning", run.status == 0 and "opaque" in run.out
       and "shell's history" in run.err, run)
    for name in ("nosuchfile", "no-such-file-of-mine", "folder7/no-such-file-at-all"):
        run = f.run("inspect", name)
        ok(f"{name} is a missing file", run.status == 9 and "no such file" in run.err, run)


run = f.run("inspect", *AT, stdin=ID_TOKEN.encode())
ok("an ID token, as it is shown", run.out == GOLDEN % len(ID_TOKEN) and run.status == 0, run, run.out)
names()
hostile()
no_token()
cli.done()
