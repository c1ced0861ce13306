# SPDX-License-Identifier: MIT
"""sesstool at its edges: odd times, durations and claims, hostile tokens, terminals, and what must never be said."""
import base64
import hashlib
import hmac
import json
import os
import pty
import subprocess

import cli
from cli import NOW, ok

f = cli.Folder()
AT = ("--now", str(NOW))
EVIL = "\x1b[2J\x07\x7f\u009b31m\u202e\n"
SECRET = "c0nfidential-value"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def status(name, want, run):
    ok(f"exit {want}: {name}", run.status == want, run)


def keys_over_time():
    ring = json.loads((f.path / "ring.jwks").read_text())
    first = ring["keys"][0]
    old = {**first, "kid": "old", "nbf": NOW - 9000, "exp": NOW - 180, "k": b64(b"\x11" * 32)}
    later = {**first, "kid": "later", "nbf": NOW + 3600, "k": b64(b"\x12" * 32)}
    gone = {**first, "kid": "gone", "nbf": NOW - 8000, "revoked": {"revoked_at": NOW - 60}, "k": b64(b"\x13" * 32)}
    f.write("many.jwks", json.dumps({**ring, "keys": ring["keys"] + [old, later, gone]}))
    listed = f.run("key", "list", *AT, "many.jwks")
    for kid, words in (("old", "expired 2027-01-15T07:57:00Z (3"), ("later", "2027-01-15T09:00:00Z (in 60m)"),
                       ("gone", "revoked 2027-01-15T07:59:00Z (60s ago)")):
        beneath = listed.out.split(f"  {kid}  HS256\n", 1)[-1].split("HS256", 1)[0]
        ok(f"key list: {kid}: {words}", words in beneath, listed)
    for env in ({"TZ": "Asia/Tokyo"}, {"LC_ALL": "de_DE.UTF-8"}, {"TZ": "XYZ+11", "LC_ALL": "tr_TR.UTF-8"}):
        ok(f"key list is the same with {env}", f.run("key", "list", *AT, "many.jwks", env=env).out == listed.out
           and f.run("key", "list", "--now", "2027-01-15T08:00:00Z", "many.jwks", env=env).out == listed.out)
    return [ring["sess"]["tag"]] + [k["k"] for k in ring["keys"]], listed


def times_and_durations():
    for text in ("2027-01-15T08:00:00Z", "2027-01-15T10:00:00+02:00", "2027-01-15T02:30:00-05:30", str(NOW)):
        run = f.run("key", "list", "--json", "--now", text, "ring.jwks")
        ok(f"--now {text}", run.json().get("now") == NOW, run)
    for text in ("2038-01-19T03:14:08Z", "9999-12-31T23:59:59Z"):
        run = f.run("key", "list", "--now", text, "ring.jwks")
        ok(f"--now {text}, beyond a time_t of 32 bits", f"at {text}" in run.out, run)
    for text in ("", "yesterday", "2027-02-30T00:00:00Z", "2027-01-15T08:00:00", "2027-01-15 08:00", "2027-13-01T00:00:00Z",
                 "2027-01-15T08:00:60Z", "2027-01-15T08:00:00+2:00", "2027-01-15T08:00:00+24:00", "1969-12-31T23:59:59Z",
                 "9999-12-31T23:59:59-01:00", "-1", "253402300800", "99999999999999999999", "12x"):
        status(f"--now {text!r}", 2, f.run("key", "list", "--now", text, "ring.jwks"))
    for text in ("", "m", "15 m", "15mm", "-5m", "1.5h", "9999999999999d", "1w", "0x10"):
        status(f"--idle {text!r}", 2, f.run("key", "new", "--idle", text, "bad.jwks"))
    for text in ("", "/s", "5/", "5/y", "0", "-1/s", "1e3", "nan", "1.2.3"):
        status(f"--rate {text!r}", 2, f.run("key", "new", "--rate", text, "bad.jwks"))
    ok("no ring was made of these", not (f.path / "bad.jwks").exists())


def claims():
    for name, args, stdin in (("a brace alone", ["--claim", "a=1"], "}"), ("braces reversed", ["--claim", "a=1"], "}{"),
                              ("a NUL byte", ["--claim", "a=1"], '{"b":1}\0'), ("nothing", ["--claim", "a=1"], ""),
                              ("an array", ["--claim", "a=1"], "[1]"), ("two objects", ["--claim", "a=1"], "{}{}"),
                              ("a name twice", ["--claim", "b=1"], '{"a":1,"a":2}'), ("a name of both", ["--claim", "a=1"], '{"a":1}'),
                              ("an array alone", [], "[1]"), ("no name", ["--claim", "=1"], "{}"), ("cut off", [], '{"a":')):
        status(f"claims: {name}", 2, f.run("mint", "--ring", "ring.jwks", "--claims", "-", *args, *AT, stdin=stdin.encode()))
    token = f.mint(*AT, "--claims", "-", "--claim", "price=19.90", "--claim", 'q="7"', "--claim", "z=007", ring="signed.jwks",
                   stdin=b' {"cart": [ {"sku": "a}b"} ], "real": 0.10} \n')
    payload = base64.urlsafe_b64decode(token.split(".")[1] + "==") if token else b""
    ok("numbers keep their spelling", b'"real":0.10,' in payload and b'"price":19.90,' in payload, payload)
    got = json.loads(payload or b"{}")
    ok("the values are those given", (got.get("q"), got.get("z"), got.get("cart")) == ("7", "007", [{"sku": "a}b"}]), payload)
    run = f.run("verify", "--ring", "signed.jwks", *AT, stdin=token.encode())
    ok("verify shows them as spelled", run.status == 0 and '"price": 19.90' in run.out and '"real": 0.10' in run.out, run)


def words_and_inputs(token):
    for args, near in ((["verfy"], "verify"), (["key", "nwe"], "key new"), (["verify", "--rign", "x"], "--ring"),
                       (["mint", "--clam", "x"], "--claim"), (["key", "new", "--idel", "1h", "x"], "--idle"),
                       (["verify", "--ring"], "--ring needs"), (["verify", "--raw=1"], "--raw takes no value")):
        run = f.run(*args)
        ok(f"{' '.join(args)}: {near}", run.status == 2 and near in run.err and not run.out, run)
    for args in ([token], ["verify", f"--{token}"], ["key", token]):
        run = f.run(*args)
        ok(f"a token in the wrong place is not repeated: {len(args)} words", run.status == 2 and token[:30] not in run.err, run)
    for text in (f"Cookie: v=1.2.3; sess={token}; w=4.5.6\r\n", f"Set-Cookie: s={token}; Domain=a.shop.example; HttpOnly"):
        run = f.run("verify", "--ring", "ring.jwks", *AT, stdin=text.encode())
        ok(f"{text[:14]}… with other dots about", run.status == 0, run)
    ok("more than 1 MiB is refused", f.run("inspect", stdin=b"a" * 1048577).status in (3, 9))
    with open("/dev/full", "wb") as full:
        done = subprocess.run([cli.TOOL, "--version"], stdout=full, stderr=subprocess.PIPE, check=False)
    ok("--version to a full disk", done.returncode == 9, done)


def hostile():
    evil = f.mint(*AT, "--sub", EVIL, "--claim", f"k{EVIL}={EVIL}", ring="signed.jwks")
    header = json.dumps({"alg": EVIL, EVIL: "\x1b]0;x\x07", "kid": EVIL}, ensure_ascii=False)
    forged = b64(header.encode()) + "." + b64(json.dumps({EVIL: EVIL, "sub": EVIL, "l": [EVIL]}, ensure_ascii=False).encode())
    text = b64(b'{"alg":"HS256"}') + "." + b64(b"\x1b[2J\x9b no JSON \x7f")
    verify = ["verify", "--ring", "signed.jwks", *AT]
    for name, args, given in (("verify", verify, evil), ("verify --json", [*verify, "--json"], evil), ("inspect", ["inspect"], evil),
                              ("inspect of a forgery", ["inspect"], forged + ".AAAA"),
                              ("inspect --json of a forgery", ["inspect", "--json"], forged + ".AAAA"),
                              ("inspect of no JSON", ["inspect"], text + ".AAAA"), ("verify of a forgery", verify, forged + ".AAAA")):
        run = f.run(*args, stdin=given.encode())
        both = run.out_bytes + run.err_bytes
        ok(f"{name}: printable ASCII only", given != "" and len(both) > 40 and all(c == 10 or 0x20 <= c < 0x7f for c in both), run)
    run = f.run(*verify, "--json", stdin=evil.encode())
    ok("and the value is the same behind the escapes", run.json().get("claims", {}).get("sub") == EVIL, run)


def on_terminal(*args, env=None, stdin=b""):
    """What a terminal would get on stdout."""
    leader, follower = pty.openpty()
    with subprocess.Popen([cli.TOOL, *args], cwd=f.path, stdin=subprocess.PIPE, stdout=follower, stderr=subprocess.DEVNULL,
                          env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, "TERM": "xterm", **(env or {})}) as p:
        p.stdin.write(stdin)
        p.stdin.close()
        p.wait(60)
    os.close(follower)
    seen = b""
    try:
        while chunk := os.read(leader, 65536):
            seen += chunk
    except OSError:
        pass
    os.close(leader)
    return seen


def terminals():
    seen = on_terminal("key", "list", *AT, "ring.jwks")
    ok("colour on a terminal", b"\x1b[" in seen and b"mints now" in seen, seen)
    seen = on_terminal("key", "list", *AT, "ring.jwks", env={"NO_COLOR": "1"})
    ok("no colour with NO_COLOR", b"\x1b" not in seen and b"mints now" in seen, seen)
    secret = bytes(range(32))
    f.write("key.json", json.dumps({"kty": "oct", "k": b64(secret)}))
    body = b64(b'{"alg":"HS256"}') + "." + b64(b"\x00any \xff\x1b[2J bytes\n")
    raw = (body + "." + b64(hmac.new(secret, body.encode(), hashlib.sha256).digest())).encode()
    run = f.run("verify", "--raw", "--jwk", "key.json", stdin=raw)
    ok("--raw in a pipe: the payload's bytes alone", run.status == 0 and run.out_bytes == b"\x00any \xff\x1b[2J bytes\n", run)
    seen = on_terminal("verify", "--raw", "--jwk", "key.json", stdin=raw)
    ok("--raw on a terminal: escaped", b"any" in seen and not any(c in seen for c in b"\x00\xff\x1b"), seen)
    f.write("set.json", json.dumps({"keys": []}))
    status("--raw with a key set", 2, f.run("verify", "--raw", "--jwk", "set.json", stdin=raw))
    return raw


def never_said(secrets, listed, raw):
    f.write("secret.json", json.dumps({"pin": SECRET, "roles": [SECRET]}))
    f.write("broken.json", '{"pin": "%s", }' % SECRET)
    f.write("shop.json", json.dumps({"issuer": "https://shop.example", "audience": "web"}))
    f.run("key", "new", *AT, "other.jwks")
    token = f.mint(*AT, "--sub", SECRET, "--claims", "secret.json")
    mint = ("mint", "--ring", "ring.jwks", *AT)
    runs = [f.run("verify", "--ring", "ring.jwks", "--now", str(NOW + 7200), stdin=token.encode()),
            f.run("verify", "--ring", "ring.jwks", "--policy", "shop.json", *AT, stdin=token.encode()),
            f.run("verify", "--ring", "other.jwks", *AT, stdin=token.encode()),
            f.run(*mint, "--claims", "broken.json"), f.run(*mint, "--claims", "broken.json", "--claim", "a=1"),
            f.run(*mint, "--claims", "secret.json", "--claim", f"exp={SECRET}"),
            f.run(*mint, "--claims", "secret.json", "--claim", f"pin={SECRET}"), f.run(*mint, "--claim", SECRET),
            f.run("verify", "--raw", "--jwk", "ring.jwks", stdin=raw)]
    bad = [r for r in runs if r.status == 0 or SECRET in r.err + r.out]
    ok("no claim's value in any refusal", token != "" and not bad, *bad)
    ok("each refusal ends in one line", runs[0].err.splitlines()[-1:] == ["sesstool: refused by IDLE_EXPIRED, exit 6"], runs[0])
    runs += [listed, f.run("key", "list", "--json", "ring.jwks"), f.run("key", "new", "ring.jwks")]
    ok("no key material anywhere", len(secrets) == 3 and not any(s in r.out + r.err for s in secrets for r in runs))
    ok("no token on stderr", not any(token[-40:] in r.err for r in runs))


f.run("key", "new", *AT, "ring.jwks")
f.run("key", "new", "--form", "signed", *AT, "signed.jwks")
key_secrets, key_listing = keys_over_time()
times_and_durations()
claims()
words_and_inputs(f.mint(*AT))
hostile()
never_said(key_secrets, key_listing, terminals())
cli.done()
