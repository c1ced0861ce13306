# SPDX-License-Identifier: MIT
"""sesstool doctor: every rule is seen to fail, and mended by what it says; it changes nothing and says no secret."""
import hashlib
import json
import re
import pathlib
import shlex
import sys

import cli
from cli import NOW, ok

f = cli.Folder()
AT = ("--now", str(NOW))
seen = set()
OTHER_TIMES = {"clock.sync"}  # what the machine says, whatever that is


def doctor(*args, ring="ring.jwks", at=NOW):
    return f.run("doctor", "--ring", ring, "--now", str(at), "--json", *args)


def finds(name, rule, run, status, *, mended=None):
    """One point: the rule is among the findings, with all that a finding has; and gone after its mend, where that is a command."""
    doc = run.json()
    found = next((x for x in doc.get("findings", []) if x["id"] == rule), {})
    seen.add(rule)
    whole = all(found.get(k) for k in ("weight", "found", "why", "mend")) and found["mend"].endswith(found.get("command", ""))
    ok(f"{rule}: {name}", whole and run.status == status == doc.get("exit_status"), run)
    if mended is None:
        return
    command = shlex.split(found.get("command", "false"))
    at = ("--now", str(doc["now"])) if command[1:2] == ["key"] else ()
    done = f.run(*command[1:], *at) if command[:1] == ["sesstool"] else f.shell(found["command"])
    again = mended()
    ok(f"{rule}: its mend mends it", done.status == 0 and rule not in {x["id"] for x in again.json().get("findings", [{"id": rule}])},
       done, again)


def ring_file():
    f.run("key", "new", *AT, "ring.jwks")
    f.write("open.jwks", (f.path / "ring.jwks").read_bytes(), 0o644)
    finds("mode 0644", "ring.file", doctor(ring="open.jwks"), 8, mended=lambda: doctor(ring="open.jwks"))
    finds("none", "ring.file", doctor(ring="none.jwks"), 8, mended=lambda: doctor(ring="none.jwks"))
    run = f.run("doctor", "--ring", "fd:none", *AT, "--json", stdin=(f.path / "ring.jwks").read_bytes())
    ok("fd:none is not taken for stdin", run.status == 8 and "ring.file" in [x["id"] for x in run.json()["findings"]], run)
    f.write("mounted.jwks", (f.path / "ring.jwks").read_bytes(), 0o440)
    finds("a mounted one", "ring.mode", doctor("--insecure-any-owner", ring="mounted.jwks"), 0,
          mended=lambda: doctor("--insecure-any-owner", ring="mounted.jwks"))
    (f.path / "wide").mkdir()
    f.write("wide/ring.jwks", (f.path / "ring.jwks").read_bytes())
    (f.path / "wide").chmod(0o777)
    finds("a folder for all", "ring.folder", doctor(ring="wide/ring.jwks"), 0, mended=lambda: doctor(ring="wide/ring.jwks"))
    finds("plain text", "ring.at-rest", doctor(), 0)
    f.write("pass", b"correct horse")
    f.run("key", "new", *AT, "weak.jwks")
    f.run("key", "encrypt", "--p2c", "1000", "--passphrase-file", "pass", "weak.jwks")
    finds("few iterations", "ring.passphrase", doctor("--passphrase-file", "pass", ring="weak.jwks"), 0)
    finds("no passphrase", "ring.file", doctor(ring="weak.jwks"), 8)


def edited(name, edit, *new):
    f.run("key", "new", *AT, *new, name)
    doc = json.loads((f.path / name).read_text())
    edit(doc)
    f.write(name, json.dumps(doc))
    return name


def ring_keys():
    year = NOW + 365 * 86400
    ended = edited("ended.jwks", lambda d: d["keys"][0].update(exp=NOW + 1))
    finds("a key that has ended", "ring.mints", doctor(ring=ended, at=NOW + 10), 8, mended=lambda: doctor(ring=ended, at=NOW + 10))
    f.run("key", "new", *AT, "old.jwks")
    finds("a year old", "ring.due", doctor(ring="old.jwks", at=year), 0)
    f.run("key", "new", "--passphrase-file", "pass", *AT, "a month's.jwks")
    month = ("--key-life", "30d", "--passphrase-file", "pass")
    finds("a month old, under a passphrase, of a name with a quote", "ring.due",
          doctor(*month, ring="a month's.jwks", at=NOW + 31 * 86400), 0,
          mended=lambda: doctor(*month, ring="a month's.jwks", at=NOW + 31 * 86400))

    def twin(doc):
        doc["keys"].insert(1, dict(doc["keys"][0], kid="older", nbf=NOW - 9, iat=NOW - 9, k="c" * 43))

    finds("an old key for ever", "ring.end", doctor(ring=edited("twin.jwks", twin)), 0, mended=lambda: doctor(ring="twin.jwks"))
    f.run("key", "rotate", *AT, "old.jwks")
    finds("keys whose tokens are dead", "ring.prune", doctor(ring="old.jwks", at=NOW + 864000), 0,
          mended=lambda: doctor(ring="old.jwks", at=NOW + 864000))
    f.run("key", "new", *AT, "busy.jwks")
    finds("a thousand a second", "ring.budget", doctor("--rate", "1000/s", ring="busy.jwks"), 0,
          mended=lambda: doctor("--rate", "1000/s", ring="busy.jwks", at=NOW + 7200))
    finds("more than it is meant for", "ring.rate", doctor("--rate", "20/s"), 0, mended=lambda: doctor("--rate", "20/s"))
    f.run("key", "new", "--form", "sealed", *AT, "sealed.jwks")
    finds("sealed", "ring.roles", doctor(ring="sealed.jwks"), 0)
    finds("an HMAC key", "ring.roles", doctor(), 0)
    f.run("key", "new", "--form", "signed", "--alg", "ES256", *AT, "signed.jwks")
    finds("signed", "ring.secrecy", doctor(ring="signed.jwks"), 0)
    finds("a clock in the past", "clock.set", doctor(at=NOW - 86400), 8)


def policies():
    def under(status, rule, **members):
        name = f.write("policy.json", json.dumps(members))
        finds(str(members), rule, doctor("--policy", name), status)

    under(7, "policy.file", idle_timeout=5)
    under(7, "policy.ring", absolute_timeout_s=86400)
    under(0, "policy.audience")
    under(0, "policy.issuer")
    under(0, "policy.type", typ="JWT")
    under(0, "policy.idle-acts", idle_timeout_s=600, absolute_timeout_s=600)
    under(7, "cookie.secure", cookie={"secure": False, "prefix": "none"})
    under(0, "cookie.prefix", cookie={"prefix": "none"})
    under(0, "cookie.prefix", cookie={"prefix": "secure"})
    under(0, "cookie.domain", cookie={"prefix": "secure", "domain": "shop.example"})
    under(7, "cookie.http-only", cookie={"http_only": False})
    under(0, "cookie.same-site", cookie={"same_site": "none"})
    under(0, "cookie.size", max_token_bytes=5000)
    under(0, "cookie.header", cookie={"max_chunks": 4})
    f.run("key", "new", "--idle", "60d", "--absolute", "90d", "--leeway", "10m", *AT, "long.jwks")
    for rule, members in (("policy.idle", {"idle_timeout_s": 86401, "absolute_timeout_s": 90000}),
                          ("policy.absolute", {"absolute_timeout_s": 31 * 86400}), ("policy.leeway", {"leeway_s": 301})):
        f.write("policy.json", json.dumps(members))
        finds(str(members), rule, doctor("--policy", "policy.json", ring="long.jwks"), 0)
    f.write("policy.json", "{}", 0o666)
    finds("mode 0666", "policy.mode", doctor("--policy", "policy.json"), 0, mended=lambda: doctor("--policy", "policy.json"))


def stores():
    finds("none", "store.named", doctor(), 0)
    finds("of one process", "store.reach", doctor("--store", "memory:"), 0)
    finds("a folder that is not there", "store.open", doctor("--store", "lmdb:absent"), 9)
    ok("and it was not made", not (f.path / "absent").exists())
    f.write("stale.json", json.dumps({"revocations_when_stale": "open"}))
    # Nobody listens there; what is wrong with the words is said all the same.
    run = doctor("--store", "redis+unix:absent.sock", "--policy", "stale.json")
    if "built without" in run.out:
        seen.update({"store.stale", "store.auth", "store.network"})
        ok("redis: # SKIP the library was built without it", True)
    else:
        finds("redis, open when stale", "store.stale", run, 9)
        finds("redis, no password", "store.auth", run, 9)
        finds("redis, no server", "store.open", run, 9)
        finds("redis, elsewhere", "store.network", doctor("--store", "redis://0.0.0.0:1/0", "--policy", "stale.json"), 9)
    run = f.run("revoke", "--ring", "ring.jwks", *AT, "--store", "lmdb:store", "--all")
    if "built without" in run.err:
        seen.update({"store.mode", "store.room"})
        ok("lmdb: # SKIP the library was built without it", True)
        return
    finds("another ring's", "store.open", doctor("--store", "lmdb:store", ring="signed.jwks"), 9)
    (f.path / "store").chmod(0o755)
    finds("open to others", "store.mode", doctor("--store", "lmdb:store"), 0, mended=lambda: doctor("--store", "lmdb:store"))
    f.write("full.json", json.dumps({"revocations_max": 1}))
    finds("full", "store.room", doctor("--store", "lmdb:store", "--policy", "full.json"), 0)


def whole():
    f.write("good.json", json.dumps({"issuer": "https://shop.example", "audience": "shop"}))
    f.run("key", "new", "--alg", "EdDSA", "--passphrase-file", "pass", *AT, "good.jwks")
    args = ("--ring", "good.jwks", "--policy", "good.json", "--store", "memory:", "--passphrase-file", "pass", *AT)
    run = f.run("doctor", "--strict", "--all", *args)
    ok("a good set-up: no risk, and all that holds is listed", run.status == 0 and "errors 0, risks 0" in run.out
       and "holds  cookie.secure  ASVS 3.3.1" in run.out, run)
    run = f.run("doctor", "--ring", "ring.jwks", *AT)
    ok("a command is a line of its own", "\n          sesstool key rotate --use sig --alg ES256 ring.jwks\n" in run.out, run)
    ok("no policy is told from an empty one", "no policy was named" in run.out and "--policy FILE" in run.out, run)
    run = f.run("doctor", "--ring", "ring.jwks", "--policy", f.write("empty.json", "{}"), *AT)
    ok("a policy is named by its file", "mend    in empty.json: \"audience\"" in run.out, run)
    run = f.run("doctor", "--strict", "--ring", "ring.jwks", *AT)
    ok("--strict: a risk is a failure", run.status == 9 and "risk" in run.out, run)
    before = {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in f.path.rglob("*") if p.is_file() and "store" not in p.parts}
    runs = [f.run("doctor", "--ring", r, *AT) for r in ("ring.jwks", "old.jwks", "signed.jwks")]
    ok("it changes no file", all(hashlib.sha256(p.read_bytes()).hexdigest() == h for p, h in before.items()))
    secrets = re.findall(r'"(?:k|d|tag)": ?"([^"]+)"', (f.path / "ring.jwks").read_text())
    ok("it says no secret", len(secrets) >= 3 and not any(s in r.out + r.err for s in secrets for r in runs), secrets)
    run = f.run("doctor", "--ring", "ring.jwks", "--policy", "bad\x1b[2J.json", *AT)
    ok("no control character comes through", "\x1b" not in run.out + run.err, run)
    run = f.run("doctor", "--ring", "ring.jwks", "--json")
    told = {x["id"] for x in run.json().get("findings", [])} | set(run.json().get("holds", []))
    ok("the machine's clock is looked at", "clock.sync" in told, run)
    for args, near in (((), "--ring"), (("--ring", "ring.jwks", "x"), "operand"), (("--rnig", "x"), "--ring")):
        run = f.run("doctor", *args)
        ok(f"doctor {' '.join(args)}: usage", run.status == 2 and near in run.err, run)


ring_file()
ring_keys()
policies()
stores()
whole()
source = pathlib.Path(sys.argv[2]) / "tools/sesstool/doctor.h"
rules = set(re.findall(r'X\(\w+, "([a-z.0-9-]+)"', source.read_text()))
ok("every rule has been seen to fail", len(rules) > 30 and rules - OTHER_TIMES == seen, sorted(rules ^ seen))
cli.done()
