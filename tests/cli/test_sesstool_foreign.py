# SPDX-License-Identifier: MIT
"""sesstool verify --jwks and --pem, and exchange: tokens of other issuers. usage: … SESSTOOL ROOT LIBJWT_VERSION ("": without)"""
import json
import os
import re
import sys

import cli
import foreign_tokens as t
from cli import NOW, ok

LIBJWT = tuple(int(n) for n in re.findall(r"\d+", sys.argv[3]))[:3]
f = cli.Folder()
AT = ("--now", str(NOW))
WHO = ("--issuer", "https://login.example", "--audience", "shop")
NONCE = ("--nonce", "n-0S6")
SET = ("--jwks", "set.jwks")


def status(name, want, run, *words):
    ok(f"exit {want}: {name}", run.status == want and all(w in run.out + run.err for w in words), run)
    return run


def verify(token, *args, at=AT):
    return f.run("verify", *at, *args, stdin=token.encode())


VERIFIED = """VERIFIED: a token of another issuer
issuer    https://login.example
subject   248289761001
key       2027-rs, RS256
signed in 2027-01-15T07:43:20Z (16m ago)
issued    2027-01-15T08:00:00Z (now)
expires   2027-01-15T08:10:00Z (in 10m)
claims    {
  "iss": "https://login.example",
  "sub": "248289761001",
  "aud": "shop",
  "nonce": "n-0S6",
  "iat": 1800000000,
  "exp": 1800000600,
  "auth_time": 1799999000,
  "acr": "gold",
  "amr": ["pwd", "otp"],
  "email": "a@b.example",
  "groups": ["staff"]
}
"""
REFUSED = """REFUSED: the token was issued by somebody else
  key       2027-rs
  WRONG_ISSUER: the token was issued by somebody else
    rule      step 8, iss
    expected  https://login.example
    got       another issuer
    hint      compare with the issuer in its discovery document, to the letter: a final slash counts
  WRONG_AUDIENCE: the token is meant for somebody else
    rule      step 8, aud
    expected  shop
    got       another audience
    hint      it was issued for another client; yours is what the provider calls client_id
  WRONG_AUDIENCE: the token is meant for somebody else
    rule      step 8, azp
    expected  shop
    got       several audiences, and no authorized party
    hint      it was given to another client, which may have passed it on
  ABSOLUTE_EXPIRED: the session has reached its hard end
    rule      step 9, exp
    limit     2027-01-15T08:10:00Z
    clock     2027-01-15T08:16:40Z, 6m after it
    hint      start the sign-in anew; an ID token is meant for the moment, not for keeping
  CONTEXT_MISMATCH: the token was bound to another client
    rule      step 11, nonce
    expected  the nonce of the request
    got       another one
    hint      it answers another request than yours: start the sign-in anew, with a fresh nonce
  clock     2027-01-15T08:16:40Z, leeway 30s
sesstool: refused by WRONG_ISSUER, exit 7
"""


def keys():
    f.write("set.jwks", json.dumps({"keys": [t.JWK["RS256"], t.JWK["ES256"]]}), 0o644)
    f.write("old.jwks", json.dumps({"keys": [{**t.JWK["ES256"], "kid": "2026"}]}), 0o644)
    f.write("ps.jwks", json.dumps({"keys": [t.JWK["PS256"]]}), 0o644)
    f.write("unsaid.jwks", json.dumps({"keys": [{k: v for k, v in t.JWK["RS256"].items() if k != "alg"}]}), 0o644)
    f.write("twice.jwks", json.dumps({"keys": [t.JWK["RS256"], {**t.JWK["ES256"], "kid": "2027-rs"}]}), 0o644)
    f.write("key.pem", t.PEM, 0o644)
    f.write("junk", "hello", 0o644)


def verified():
    run = verify(t.RS256, *SET, *WHO, *NONCE)
    ok("an ID token, as it is shown", (run.status, run.out, run.err) == (0, VERIFIED, ""), run, run.out)
    run = verify(t.ES256, *SET, *WHO, *NONCE, "--json")
    seen = run.json()
    ok("--json", run.status == 0 and seen["verified"] and seen["foreign"] and seen["kid"] == "2027-es" and seen["alg"] == "ES256"
       and seen["claims"]["amr"] == ["pwd", "otp"] and seen["schema"] == 1 and seen["now"] == NOW, run)
    status("an ID token of any request", 0, verify(t.RS256, *SET, *WHO, "--waive-nonce"), "VERIFIED")
    status("--max-age and --azp of a token that has auth_time", 0, verify(t.RS256, *SET, *WHO, *NONCE, "--max-age", "20m"))
    status("a JWT without sub, iat and kid, one key", 0, verify(t.BARE, "--pem", "key.pem", *WHO), "subject   (none)", "ES256")
    status("--pem with --kid", 0, verify(t.ES256, "--pem", "key.pem", "--kid", "2027-es", *WHO))
    status("--alg named", 0, verify(t.RS256, *SET, *WHO, "--alg", "ES256", "--alg", "RS256"))
    status("--alg where the keys do not say", 0, verify(t.RS256, "--jwks", "unsaid.jwks", *WHO, "--alg", "RS256"))
    status("whoever issued it, for whomever", 0, verify(t.OTHER, *SET, "--insecure-any-issuer", "--insecure-any-audience"),
           "https://evil.example")
    late = ("--now", str(NOW + 629))
    status("within the leeway", 0, verify(t.RS256, *SET, *WHO, at=late))
    f.write("strict.json", json.dumps({"leeway_s": 5}))
    status("a policy's leeway", 6, verify(t.RS256, *SET, *WHO, "--policy", "strict.json", at=late), "leeway 5s")


def refused():
    late = ("--now", str(NOW + 1000))
    run = verify(t.OTHER, *SET, *WHO, *NONCE, at=late)
    ok("every rule that failed, as it is shown", (run.status, run.out, run.err) == (7, "", REFUSED), run, run.err)
    run = verify(t.OTHER, *SET, *WHO, *NONCE, "--json", at=late)
    ok("the same as JSON", run.status == 7 and [x["reason"] for x in run.json()["findings"]] == [
        "WRONG_ISSUER", "WRONG_AUDIENCE", "WRONG_AUDIENCE", "ABSOLUTE_EXPIRED", "CONTEXT_MISMATCH"], run)
    ok("no claim's value is told of one that is refused", "evil" not in run.out + run.err, run)
    status("an access token for an ID token", 7, verify(t.AT, *SET, *WHO, *NONCE), "WRONG_TYPE", "an access token (at+jwt)",
           "take the ID token")
    status("a key that is not in the set", 4, verify(t.RS256, "--jwks", "old.jwks", *WHO), "UNKNOWN_KEY", "fetch its JWK Set anew")
    status("an algorithm that is not named", 3, verify(t.RS256, *SET, *WHO, "--alg", "ES256"), "MALFORMED", "alg")
    status("a key for another algorithm", 3, verify(t.RS256, "--pem", "key.pem", *WHO), "MALFORMED", "the right issuer's key")
    status("too old a sign-in", 6, verify(t.RS256, *SET, *WHO, *NONCE, "--max-age", "5m"), "auth_time", "prompt=login")
    status("no sign-in told", 3, verify(t.BARE, "--pem", "key.pem", *WHO, "--max-age", "5m"), "BAD_PAYLOAD", "max_age makes")
    status("an ID token needs sub", 3, verify(t.BARE, "--pem", "key.pem", *WHO, "--waive-nonce"), "sub", "--kind jwt")
    status("a changed token", 5, verify(t.RS256[:-8] + "AAAAAAAA", *SET, *WHO), "BAD_SIGNATURE", "forged")
    status("a cut token", 3, verify(t.RS256[:90], *SET, *WHO), "MALFORMED", "inspect")
    status("a JWE", 3, verify("e30.AA.AA.AA.AA", *SET, *WHO), "WRONG_FORM", "ask the issuer for a signed one")
    status("a nonce asked of a JWT", 7, verify(t.BARE, "--pem", "key.pem", *WHO, *NONCE, "--kind", "jwt"), "CONTEXT_MISMATCH")


def usage():
    for args, words in (
            ((*SET,), "--issuer is missing"), ((*SET, "--issuer", "x"), "--audience is missing"),
            ((*SET, *WHO, "--kind", "id-token"), "--nonce is missing"), ((*SET, *WHO, "--kind", "x"), "id-token or jwt"),
            ((*SET, *WHO, *NONCE, "--waive-nonce"), "exclude each other"), ((*SET, "--pem", "key.pem", *WHO), "exclude each other"),
            ((*SET, *WHO, "--insecure-any-issuer"), "exclude each other"), ((*SET, *WHO, "--insecure-any-audience"), "exclude"),
            ((*SET, *WHO, "--kid", "x"), "--kid goes with --pem"), ((*WHO,), "goes with its keys"),
            ((*SET, *WHO, "--ring", "r"), "for our own tokens"), ((*SET, *WHO, "--batch"), "for our own tokens"),
            ((*SET, *WHO, "--alg", "XS256"), "--alg: no algorithm"), ((*SET, *WHO, "--max-age", "x"), "a duration"), ((*SET, *WHO, "--max-age", "0s"), "at least 1s"),
            ((*SET, *WHO, *(("--alg", "RS256") * 17)), "at most 16"), (("--raw", "--jwk", "key.pem", *WHO), "--raw goes with"),
            (("--jwks", "junk", *WHO), "the JWK Set"), (("--pem", "junk", *WHO), "the key"),
            (("--jwks", "twice.jwks", *WHO), "2027-rs"), (("--jwks", "unsaid.jwks", *WHO), "alg")):
        run = verify(t.RS256, *args)
        ok(f"exit 2: {' '.join(args)[-60:]}", run.status == 2 and words in run.err and run.out == "", run)
    status("no such file of keys", 9, verify(t.RS256, "--jwks", "nosuch", *WHO))
    os.chmod(f.path / "old.jwks", 0o666)
    run = verify(t.RS256, "--jwks", "old.jwks", *WHO)
    ok("keys that everybody may write", run.status not in (0, 4), run)
    os.chmod(f.path / "old.jwks", 0o644)


def exchange(token, *args, at=AT):
    return f.run("exchange", "--ring", "ring.jwks", *at, *SET, *WHO, *NONCE, *args, stdin=token.encode())


def session(token):
    return f.run("verify", "--ring", "ring.jwks", *AT, "--json", stdin=token.encode()).json()


def exchanged():
    f.run("key", "new", *AT, "ring.jwks")
    run = exchange(t.RS256, "--subject-prefix", "login:", "--take", "email", "--take", "iss", "--take", "absent", "--claim", "role=admin")
    seen = session(run.out)
    claims = seen.get("claims", {})
    ok("an ID token for a session", run.status == 0 and run.err == "" and seen["verified"] and claims["sub"] == "login:248289761001"
       and claims["auth_time"] == NOW and claims["idp_auth_time"] == NOW - 1000 and claims["acr"] == "gold"
       and claims["amr"] == ["pwd", "otp"] and claims["email"] == "a@b.example" and claims["role"] == "admin"
       and claims["idp_iss"] == "https://login.example" and not {"groups", "nonce", "absent", "end"} & set(claims), run, seen)
    status("the same once more", 7, exchange(t.RS256), "REUSED", "exchanged once")
    run = exchange(t.ES256, "--cap-end", "--json")
    ok("--cap-end --json", run.status == 0 and run.json()["schema"] == 1 and run.json()["bytes"] == len(run.json()["token"])
       and session(run.json()["token"])["absolute_deadline"] == NOW + 600, run)
    for i in range(2):
        status(f"again and again, {i}", 0, exchange(t.ES256, "--insecure-exchange-again"))
    status("another store knows nothing of it", 0, exchange(t.ES256, "--store", f"lmdb:{f.path}/other"))
    f.run("revoke", "--ring", "ring.jwks", *AT, "--store", f"lmdb:{f.path}/logout", "--subject", "248289761001")
    status("a subject that was logged out since", 7, exchange(t.RS256, "--store", f"lmdb:{f.path}/logout"), "REVOKED", "logged out")
    status("under a prefix it is another subject", 0, exchange(t.RS256, "--store", f"lmdb:{f.path}/logout", "--subject-prefix", "x:"))
    status("an access token", 7, exchange(t.AT), "WRONG_TYPE")
    status("a refused one is not used up", 7, exchange(t.OTHER), "WRONG_ISSUER")
    run = exchange(t.OTHER, "--insecure-exchange-again")
    status("whatever the store", 7, run, "WRONG_ISSUER")
    for args, words in ((("--take", "exp"), "exp"), ((*(("--take", "a") * 33),), "at most 32"), (("x", "y"), "one token"),
                        (("--claim", "sid=1"), "sid"), (("--kid", "1"), "--kid goes"), (("--tak",), "")):
        run = exchange(t.ES256, *args)
        ok(f"exit 2: exchange {' '.join(args)[-40:]}", run.status == 2 and words in run.err and run.out == "", run)
    status("no ring", 2, f.run("exchange", *SET, stdin=b"x"), "--ring is missing")
    status("no keys", 2, f.run("exchange", "--ring", "ring.jwks", *WHO, *NONCE, stdin=b"x"), "--jwks FILE is missing")
    status("no nonce", 2, f.run("exchange", "--ring", "ring.jwks", *SET, *WHO, stdin=b"x"), "--nonce is missing")


def lacking():
    """What the installed libjwt cannot do is said, with the version that can."""
    ps = ("--jwks", "ps.jwks", *WHO, *NONCE)
    if LIBJWT >= (1, 16):
        status("PS256", 0, verify(t.PS256, *ps), "2027-ps, PS256")
    else:
        status("PS256 is not in this libjwt", 2, verify(t.PS256, *ps), f"libjwt {sys.argv[3]} does not verify PS256; version 1.16")
    run = verify(t.AT, *SET, *WHO)
    if LIBJWT >= (1, 12):
        status("a JWT of any typ", 0, run, "VERIFIED")
    else:
        status("a typ but JWT is not in this libjwt", 2, run, f"libjwt {sys.argv[3]} verifies no token with a \"typ\" but JWT")


def without():
    """A build without libjwt reads keys, says what it lacks, and still refuses what needs no signature to be refused."""
    run = status("built without libjwt", 2, verify(t.RS256, *SET, *WHO), "built without libjwt")
    ok("and nothing is said to be verified", run.out == "", run)
    status("a key that is not in the set", 4, verify(t.RS256, "--jwks", "old.jwks", *WHO), "UNKNOWN_KEY")
    f.run("key", "new", *AT, "ring.jwks")
    status("exchange", 2, exchange(t.RS256), "built without libjwt")


keys()
usage()
if LIBJWT:
    verified()
    refused()
    exchanged()
    lacking()
else:
    without()
cli.done()
