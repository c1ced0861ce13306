# SPDX-License-Identifier: MIT
"""Nothing that is said of a failure holds a secret: every diagnostic and event of the library (tests/proof/teller.c), and both streams of
sesstool where it fails. Ten characters in a row of a key, a passphrase, a claim's value or a token's body are one too many.

    canaries.py SESSTOOL TELLER"""
import base64
import copy
import hashlib
import hmac
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import proof  # noqa: E402
from proof import DAY, NOW, cli  # noqa: E402

TELLER = os.path.abspath(sys.argv[2])
VALUE = "canary-value-3e9a0cf27b61d845"
SPOKEN = (VALUE, "canary-5b1e77c0d2-of-words", "canary-subject-77", "canary-context-value", "canary-client-address")
WINDOW = 10
FORMS = (("nested",), ("nested", "--alg", "ES256", "--kw", "A256KW", "--enc", "A256CBC-HS512"), ("signed",), ("sealed",))


def windows(texts):
    return {t[i:i + WINDOW] for t in texts for i in range(len(t) - WINDOW + 1)}


def secrets_of(ring):
    return [key[member] for key in ring["keys"] for member in "kd" if member in key] + [ring["sess"]["tag"]]


def body(token):
    """What of a token is not its header."""
    return token.split(".")[1:]


def whispers(said, texts):
    return sorted({w for w in windows(texts) if w in said})[:3]


def spoilt(ring):
    """The ring with one member gone, of another type, or with another value; and what is no ring at all."""
    def changed(path, value):
        other = copy.deepcopy(ring)
        place = other
        for step in path[:-1]:
            place = place[step]
        if value is None:
            del place[path[-1]]
        else:
            place[path[-1]] = value
        return json.dumps(other)

    paths = [("sess",), ("keys",)] + [("sess", m) for m in ring["sess"]]
    paths += [("keys", i, m) for i, key in enumerate(ring["keys"]) for m in key if m != "kid"]
    for path in paths:
        for value in (None, 7, VALUE, [VALUE], {VALUE[:6]: VALUE}, VALUE * 40, ""):
            yield changed(path, value)
    text = json.dumps(ring)
    for i, key in enumerate(ring["keys"]):
        for member in "kdxy":
            if member in key:
                yield changed(("keys", i, member), key[member][:-1])
                yield changed(("keys", i, member), key[member] + "=")
                yield changed(("keys", i, member), key[member][:-4] + "!" + key[member][-3:])
                yield json.dumps(key)[:-1] + ', "use": "%s", "%s": "%s"}' % (VALUE, member, key[member])
                yield json.dumps(key)
    yield changed(("keys",), ring["keys"] + ring["keys"])
    for at in range(0, len(text), 37):
        yield text[:at]
        yield text[:at] + '"' + text[at:]
    yield '{"issuer": "%s", "nonsense": "%s"}' % (VALUE, VALUE)
    yield '{"idle_timeout_s": "%s"}' % VALUE
    yield '{"exp": 7, "data": "%s"}' % VALUE
    yield '{"data": "%s", "data": "%s"}' % (VALUE, VALUE)
    yield '["%s"]' % VALUE
    yield VALUE * 300


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def issued(secret):
    """Another issuer's token (RFC 7515), signed by HS256."""
    text = b64(b'{"alg":"HS256","kid":"f"}') + "." + b64(json.dumps({"iss": "https://idp.example", "sub": SPOKEN[2], "aud": VALUE,
                                                                    "nonce": VALUE, "iat": NOW, "exp": NOW + 600}).encode())
    return text + "." + b64(hmac.digest(secret, text.encode(), hashlib.sha256))


def library():
    told = files = 0
    secret = (VALUE * 2).encode()
    foreign = issued(secret)
    for form in FORMS:
        place = proof.Place("--form", *form)
        ring = proof.ring_document(place.ring)
        names = []
        for number, text in enumerate(spoilt(ring)):
            names.append(place.write(f"bad{number}", text))
        place.write("policy", json.dumps({"context": {"net": "enforce"}}))
        place.write("claims", json.dumps({"data": VALUE, "n": 7}))
        place.write("issuer-key", json.dumps({"kty": "oct", "alg": "HS256", "kid": "f", "k": b64(secret)}))
        place.write("issuer-token", foreign)
        done = subprocess.run([TELLER, "ring", "policy", "claims", "issuer-key", "issuer-token", *names], cwd=place.path, capture_output=True)
        said = done.stdout.decode("utf-8", "replace")
        if done.returncode != 0:
            raise SystemExit(f"Bail out! teller: {done.returncode} {said[-300:]}")
        number, token = done.stderr.decode().split("\n", 1)
        told += int(number)
        files += len(names)
        # A changed byte leaves a token's other bytes what they were.
        words = ["RING_REFUSED", "REJECTED", "RING_KEY", "POLICY", "JWK"] + ([] if "UNSUPPORTED" in said else ["\n  nonce|", "\n  aud|"])
        missing = [word for word in words if word not in said]
        cli.ok(f"{' '.join(form)}: every kind of refusal was told", not missing, missing)
        loud = whispers(said, [*SPOKEN, *secrets_of(ring), *body(token), b64(secret), *body(foreign)])
        cli.ok(f"{' '.join(form)}: {number} diagnostics and events hold no secret", not loud and int(number) > 1000, loud)
    proof.figure("diagnostics-searched", told)
    proof.figure("wrong-files-read", files)


def tool():
    p = proof.Place()
    ring = proof.ring_document(p.ring)
    now = ("--now", str(NOW + DAY))
    p.write("pass", SPOKEN[1])
    p.write("other", SPOKEN[1] + "x")
    p.write("claims", json.dumps({"data": VALUE}))
    p.write("twice", '{"data": "%s", "data": "%s"}' % (VALUE, VALUE))
    p.write("locked", p.old)
    p.run("key", "encrypt", "--passphrase-file", "pass", "locked")
    token = p.mint("--claims", "claims", *now, ring="ring")
    p.write("token", token)
    p.write("forged", token[:-5] + ("A" if token[-5] != "A" else "B") + token[-4:])
    p.write("cut", token[:-9])
    p.write("broken", json.dumps(ring)[:-20])
    ring["keys"][0]["k"] += "="
    p.write("padded", json.dumps(ring))
    p.write("jwk", json.dumps(ring["keys"][0]))
    p.write("policy", json.dumps({"issuer": VALUE}))
    runs = [("verify", "--ring", "ring", *now, t) for t in ("forged", "cut", "claims", "jwk", "ring", "nothing")]
    runs += [("verify", "--ring", r, *now, "token") for r in ("broken", "padded", "locked", "claims", "token", "jwk")]
    runs += [("verify", "--ring", "ring", "--now", str(NOW + 90 * DAY), "token"), ("verify", "--ring", "ring", "--policy", "claims", "token")]
    runs += [("verify", "--json", "--ring", "ring", *now, "forged"), ("verify", "--raw", "--jwk", "jwk", "token"),
             ("verify", "--raw", "--jwk", "ring", "token"), ("verify", "--ring", "locked", "--passphrase-file", "other", *now, "token")]
    runs += [("mint", "--ring", "ring", *now, "--claims", c) for c in ("twice", "token", "pass", "nothing")]
    runs += [("mint", "--ring", r, *now, "--claims", "claims") for r in ("locked", "broken", "padded")]
    runs += [("mint", "--ring", "ring", *now, "--claim", "exp=" + VALUE), ("mint", "--ring", "ring", *now, "--claims", "claims", "--sub", "")]
    runs += [("renew", "--ring", "ring", *now, t) for t in ("forged", "cut", "claims")]
    runs += [("key", verb, *now, f) for verb in ("list", "rotate", "prune", "export") for f in ("broken", "padded", "claims", "locked", "token")]
    runs += [("key", "decrypt", "--passphrase-file", "other", "locked"), ("key", "decrypt", "--passphrase-file", "claims", "locked"),
             ("key", "encrypt", "--kek-file", "jwk", "ring"), ("key", "encrypt", "--kek-file", "pass", "ring"),
             ("key", "encrypt", "--passphrase-file", "nothing", "ring"), ("cookie", "get", "--header", "sess=" + token + "; x=" + VALUE, "other"),
             ("cookie", "set", "cut"), ("revoke", "--subject", SPOKEN[2], "--ring", "ring"), ("doctor", "--ring", "padded")]
    failures, said = 0, ""
    for args in runs:
        run = p.run(*args)
        if run.status != 0:
            failures += 1
            # What the operator typed may come back to him; what is in a file may not.
            typed = "".join(args)
            loud = [w for w in whispers(run.out + run.err, [*SPOKEN, *secrets_of(ring), *body(token)]) if w not in typed]
            said += f"{' '.join(args)[:80]}: {loud}\n" if loud else ""
    cli.ok(f"{failures} failures of sesstool hold no secret", not said and failures > 40, said, failures)
    proof.figure("sesstool-failures-searched", failures)


def planted():
    said = f"RING_KEY|kid|k|the key {VALUE} is too short"
    cli.ok("a planted value is found", whispers(said, SPOKEN) != [])
    cli.ok("half of one is found", whispers("got " + VALUE[4:16], SPOKEN) != [])


library()
tool()
planted()
cli.done()
