# SPDX-License-Identifier: MIT
"""sesstool bench: what it times and leaves out, its JSON, what it refuses. How long anything took is never judged."""
import math
import os
import re

import cli
from cli import TOOL, Folder, ok

CASES = ["verify", "verify, jansson document", "mint", "renew", "refuse: changed", "refuse: expired", "refuse: junk"]
MEMBERS = {"schema", "form", "algorithms", "keys", "can_mint", "token_bytes", "payload_bytes", "seconds", "rounds", "cases",
           "threads", "minted", "note"}


def bench(f, *args, ring="ring.jwks", **kw):
    return f.run("bench", "--ring", ring, "--seconds", "0.05", *args, **kw)


def case(run, name):
    return next((c for c in run.json().get("cases", []) if c["name"] == name), {})


def is_whole(c):
    """The figures of one case are numbers, in order, and fit each other."""
    return (all(math.isfinite(c[k]) and c[k] > 0 for k in ("ns", "per_s", "to_verify"))
            and 0 < c["ns_least"] <= c["ns"] <= c["ns_most"] and math.isclose(c["per_s"] * c["ns"], 1e9)
            and c["calls"] >= 11 and c["calls"] % 11 == 0)


def table(f):
    run = bench(f)
    ok("a table, nothing on stderr", run.status == 0 and run.err == "", run)
    lines = run.out.splitlines()
    ok("the ring in a line", lines[0] == "ring      nested, HS256, dir, A256GCM; 2 keys", run)
    ok("the token in a line", re.fullmatch(r"token     \d+ bytes, of a payload of \d+", lines[1]) is not None, run)
    ok("a line for each case", all(sum(re.match(re.escape(name) + r" +\d", x) is not None for x in lines) == 1 for name in CASES), run)
    ok("the machine is noisy, take the ratios", "noisy" in run.out and "Take the ratios" in run.out, run)
    ok("no token is shown", re.search(r"[A-Za-z0-9_-]{20}", run.out) is None, run)
    ok("what was minted is told", re.search(r"\n\d+ tokens were minted", run.out) is not None, run)
    ok("narrow enough for a terminal", max(map(len, lines)) <= 80, run)


def shape(f):
    run = bench(f, "--json", "--threads", "3")
    d = run.json()
    ok("JSON: its members", run.status == 0 and set(d) == MEMBERS and d["schema"] == 1, run)
    ok("JSON: the ring", d["form"] == "nested" and d["algorithms"] == {"sig": "HS256", "kw": "dir", "enc": "A256GCM"}
       and d["keys"] == 2 and d["can_mint"] is True, run)
    ok("JSON: the cases, in order", [c["name"] for c in d["cases"]] == CASES and d["rounds"] == 11, run)
    ok("JSON: whole figures", all(is_whole(c) for c in d["cases"]) and d["cases"][0]["to_verify"] == 1, run)
    ok("JSON: why each is refused", [c.get("reason") for c in d["cases"]] == [None] * 4 + ["BAD_TAG", "IDLE_EXPIRED", "MALFORMED"], run)
    ok("JSON: powers of two, then the number itself", [t["threads"] for t in d["threads"]] == [1, 2, 3]
       and all(math.isfinite(t["per_s"]) and t["per_s"] > 0 for t in d["threads"]) and d["threads"][0]["to_one"] == 1, run)
    ok("JSON: minted at least what was timed", d["minted"] >= case(run, "mint")["calls"] + case(run, "renew")["calls"], run)
    for most, counts in (("1", [1]), ("4", [1, 2, 4])):
        run = bench(f, "--json", "--threads", most)
        ok(f"--threads {most}", [t["threads"] for t in run.json()["threads"]] == counts, run)


def payloads(f):
    f.write("large.json", '{"max_token_bytes":65536}')
    for size in (300, 3000, 30000):
        run = bench(f, "--json", "--bytes", str(size), "--policy", "large.json")
        ok(f"--bytes {size}", abs(run.json().get("payload_bytes", 0) - size) <= 10 and run.json()["token_bytes"] > size, run)
    least = bench(f, "--json", "--bytes", "1").json()["payload_bytes"]
    ok("--bytes 1: the library's own claims alone", 100 < least < 200, least)
    f.write("claims.json", '{"role":"a-secret-role","n":1.50}')
    run = bench(f, "--json", "--claims", "claims.json")
    ok("--claims FILE", run.json().get("payload_bytes") == least + len(',"role":"a-secret-role","n":1.50'), run, least)
    run = bench(f, "--json", "--claims", "-", stdin=b'{"x":1}')
    ok("--claims -", run.json().get("payload_bytes") == least + len(',"x":1'), run, least)
    for name, args in (("the policy's cap", ["--bytes", "5000"]), ("claims of the library's own", ["--claims", "own.json"]),
                       ("claims that are none", ["--claims", "bad.json"])):
        f.write("own.json", '{"sid":"x"}')
        f.write("bad.json", '["a-secret-role"]')
        run = bench(f, *args)
        ok(f"{name}: status 2 and why", run.status == 2 and run.out == "" and "sesstool: " in run.err and "secret" not in run.err, run)
    ok("no file of claims", bench(f, "--claims", "absent").status == 9)


def forms(f):
    for form, alg, reason, algorithms in (
            ("nested", "ES256", "BAD_TAG", {"sig": "ES256", "kw": "A256KW", "enc": "A256CBC-HS512"}),
            ("sealed", None, "BAD_TAG", {"kw": "dir", "enc": "A256GCM"}),
            ("signed", "EdDSA", "BAD_SIGNATURE", {"sig": "EdDSA"})):
        args = ["--alg", alg] if alg else []
        args += ["--kw", "A256KW", "--enc", "A256CBC-HS512"] if form == "nested" else []
        name = f"{form}.jwks"
        f.run("key", "new", "--form", form, *args, name)
        run = bench(f, "--json", ring=name)
        ok(f"{form}: its algorithms and refusals", run.status == 0 and run.json()["algorithms"] == algorithms
           and case(run, "refuse: changed")["reason"] == reason and all(is_whole(c) for c in run.json()["cases"]), run)


def verify_only(f):
    token = f.mint("--sub", "alice", ring="signed.jwks")
    f.write("token", token)
    f.run("key", "export", "--verify-only", "-o", "verify.jwks", "signed.jwks")
    run = bench(f, ring="verify.jwks")
    ok("verify-only without a token: why, and what to do", run.status == 8 and "verify-only" in run.err
       and "bench --ring RING TOKEN" in run.err and run.out == "", run)
    run = bench(f, "token", "--json", ring="verify.jwks")
    left_out = [c["name"] for c in run.json().get("cases", []) if "left_out" in c]
    ok("with one: mint and renew are left out", run.status == 0 and left_out == ["mint", "renew"]
       and run.json()["can_mint"] is False and run.json()["minted"] == 0, run)
    ok("and the rest is whole", all(is_whole(c) for c in run.json()["cases"] if c["name"] not in left_out)
       and run.json()["token_bytes"] == len(token), run)
    run = bench(f, "-", ring="verify.jwks", stdin=token.encode())
    ok("in words, and from stdin", run.status == 0 and "it cannot mint" in run.out and "left out: the ring cannot mint" in run.out
       and "minted and thrown" not in run.out and token not in run.out, run)
    run = bench(f, "token", "--json", ring="signed.jwks")
    ok("a given token where the ring mints: renewed, not minted anew", "left_out" in case(run, "mint")
       and is_whole(case(run, "renew")) and run.json()["can_mint"] is True, run)


def given_tokens(f):
    old = f.mint("--now", "2020-01-01T00:00:00Z", ring="old.jwks")
    for name, status, token, needle, ring in (
            ("an expired token", 6, old, "IDLE_EXPIRED", "old.jwks"),
            ("another ring's", 4, f.mint(), "UNKNOWN_KEY", "second.jwks"),
            ("no token", 3, "a.b.c", "MALFORMED", "ring.jwks"),
            ("an empty one", 3, "", "empty", "ring.jwks")):
        run = bench(f, "-", ring=ring, stdin=token.encode())
        ok(f"{name} is refused before anything is timed", run.status == status and needle in run.err and run.out == ""
           and (token == "" or token not in run.err), run)
    run = bench(f, "--json", "-", ring="old.jwks", stdin=old.encode())
    ok("a refusal as JSON", run.status == 6 and run.json()["verified"] is False, run)


def short_lives(f):
    f.run("key", "new", "--idle", "1s", "--absolute", "1s", "--leeway", "0s", "short.jwks")
    run = bench(f, "--json", "--seconds", "1.5", ring="short.jwks")
    ok("a session of a second does not expire under the bench", run.status == 0 and len(run.json()["cases"]) == 7, run)


def encrypted(f):
    f.write("pass", "correct horse battery staple")
    f.write("kek", bytes(range(32)))
    for option, secret in (("--passphrase-file", "pass"), ("--kek-file", "kek")):
        name = f"enc{option}.jwks"
        f.run("key", "new", name)
        made = f.run("key", "encrypt", "--new" + option[1:], secret, name)
        if made.status != 0:
            made = f.run("key", "encrypt", option, secret, name)
        before = (f.path / name).read_bytes()
        run = bench(f, option, secret, "--json", ring=name)
        ok(f"an encrypted ring, {option}", made.status == 0 and before[:1] != b"{" and run.status == 0 and len(run.json()["cases"]) == 7, made, run)
        ok("and it is only read", (f.path / name).read_bytes() == before)
        run = bench(f, ring=name)
        ok("without what opens it", run.status == 8 and "--passphrase-file" in run.err and run.out == "", run)
        f.write("wrong", "x" * 32)
        run = bench(f, option, "wrong", ring=name)
        ok("with another", run.status == 8 and run.out == "", run)


def by_descriptor(f):
    with open(f.path / "ring.jwks", "rb") as ring:
        done = cli.subprocess.run([TOOL, "bench", "--ring", f"fd:{ring.fileno()}", "--seconds", "0.05", "--json"],
                                  pass_fds=[ring.fileno()], capture_output=True, timeout=60, check=False)
    ok("a ring from a descriptor, read once", done.returncode == 0 and done.stdout.startswith(b"{"), done)
    os.chmod(f.path / "second.jwks", 0o640)
    run = bench(f, ring="second.jwks")
    ok("a ring that others can read", run.status == 8 and "chmod 600" in run.err, run)
    ok("no ring there", bench(f, ring="absent.jwks").status in (8, 9))


def usage(f):
    token = f.mint()
    f.write("token", token)
    f.write("nonsense.json", '{"idle":1}')
    for name, args, needle in (
            ("no seconds", ["--seconds", "0"], "0.05 to 60"), ("too few", ["--seconds", "0.049"], "0.05 to 60"),
            ("too many", ["--seconds", "60.1"], "0.05 to 60"), ("hexadecimal", ["--seconds", "0x1"], "0.05 to 60"),
            ("not a number", ["--seconds", "nan"], "0.05 to 60"), ("two points", ["--seconds", "1.1.1"], "0.05 to 60"),
            ("empty", ["--seconds", ""], "0.05 to 60"), ("with a sign", ["--seconds", "-1"], "0.05 to 60"),
            ("no threads", ["--threads", "0"], "1 to 64"), ("65 threads", ["--threads", "65"], "1 to 64"),
            ("threads in words", ["--threads", "two"], "1 to 64"), ("threads past all numbers", ["--threads", "9" * 30], "1 to 64"),
            ("no bytes", ["--bytes", "0"], "1 to 65536"), ("too many bytes", ["--bytes", "65537"], "1 to 65536"),
            ("a unit", ["--bytes", "3k"], "1 to 65536"), ("claims and bytes", ["--claims", "c", "--bytes", "9"], "one of"),
            ("a token and bytes", ["--bytes", "9", "token"], "leave out"), ("a token and claims", ["--claims", "c", "token"], "leave out"),
            ("two tokens", ["token", "token"], "one token"), ("a value that is missing", ["--threads"], "needs a value"),
            ("a value too many", ["--json=1"], "takes no value"), ("an option misspelt", ["--second", "1", "--treads", "2"], "--threads"),
            ("a descriptor that is none", ["--kek-fd", "x"], "descriptor"), ("a policy that is none", ["--policy", "nonsense.json"], "idle"),
            ("a store that is none", ["--store", "nonsense:"], "store")):
        run = bench(f, *args)
        ok(f"usage: {name}", run.status == 2 and needle in run.err and run.out == "" and token not in run.err, run)
    run = f.run("bench")
    ok("usage: no ring", run.status == 2 and "--ring is missing" in run.err, run)
    ok("bnech", "sesstool bench" in f.run("bnech").err)
    ok("its help", all(x in f.run("help", "bench").out for x in ("--seconds", "--threads", "--bytes", "--claims", "noisy", "2^32")))
    ok("the list of verbs", "  bench  " in f.run("help").out)


folder = Folder()
folder.run("key", "new", "ring.jwks")
folder.run("key", "new", "second.jwks")
folder.run("key", "new", "--now", "2019-12-31T00:00:00Z", "old.jwks")
table(folder)
shape(folder)
payloads(folder)
forms(folder)
verify_only(folder)
given_tokens(folder)
short_lives(folder)
encrypted(folder)
by_descriptor(folder)
usage(folder)
cli.done()
