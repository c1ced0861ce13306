# SPDX-License-Identifier: MIT
"""sesstool as a user meets it: every verb, exit status, kind of input and message."""
import json
import os
import pathlib
import stat
import subprocess
import sys
import tempfile

TOOL = sys.argv[1]
NOW = 1800000000
count = failed = 0


def run(*args, stdin=b"", env=None):
    return subprocess.run([TOOL, *map(str, args)], input=stdin, capture_output=True, timeout=60,
                          env={**os.environ, "LC_ALL": "C", **(env or {})})


def check(name, condition, result=None):
    global count, failed
    count += 1
    print(f"{'ok' if condition else 'not ok'} {count} - {name}")
    if not condition:
        failed += 1
        if result is not None:
            print(f"#   exit {result.returncode}\n#   {result.stdout[:600]!r}\n#   {result.stderr[:600]!r}")


def exits(name, status, result, *needles):
    """One point: the exit status, and texts that stderr must hold."""
    text = result.stderr.decode(errors="replace")
    check(name, result.returncode == status and all(n in text for n in needles), result)


def secrets(path):
    doc = json.loads(path.read_text())
    return [doc["sess"]["tag"]] + [key[m] for key in doc["keys"] for m in ("k", "d") if m in key]


def key_verbs(folder):
    ring = folder / "ring"
    made = run("key", "new", "--now", NOW, ring)
    check("key new", made.returncode == 0 and b"mints now" in made.stdout and not made.stderr, made)
    check("its mode is 0600", stat.S_IMODE(ring.stat().st_mode) == 0o600)
    before = ring.read_bytes()
    exits("an existing ring is left alone", 9, run("key", "new", ring), "already")
    check("byte for byte", ring.read_bytes() == before)
    listing = run("key", "list", "--now", NOW, ring)
    check("key list", listing.returncode == 0 and listing.stdout == made.stdout, listing)
    parsed = json.loads(run("key", "list", "--json", "--now", NOW, ring).stdout)
    check("key list --json", parsed["schema"] == 1 and [k["state"] for k in parsed["keys"]] == ["mints", "mints"]
          and parsed["session_life_s"] == 43200)
    check("no key material in what is printed",
          not any(s.encode() in made.stdout + listing.stdout + json.dumps(parsed).encode() for s in secrets(ring)))
    for form, words in (("nested", ["--alg", "EdDSA", "--kw", "A256KW", "--enc", "A256CBC-HS512"]),
                        ("sealed", ["--enc", "A256GCM"]), ("signed", ["--alg", "ES256"])):
        path = folder / f"new-{form}"
        result = run("key", "new", "--form", form, "--idle", "15m", "--absolute", "8h", "--leeway", "1m", "--rate", "5000/h",
                     *words, "--json", path)
        doc = json.loads(result.stdout)
        check(f"key new --form {form}", doc["form"] == form and doc["token_life_s"] == 900 and doc["session_life_s"] == 28800
              and doc["leeway_s"] == 60 and abs(doc["max_rate_per_s"] - 5000 / 3600) < 1e-9, result)
    fast = json.loads(run("key", "new", "--rate", "1000/s", "--json", folder / "fast").stdout)
    check("a high rate takes A256KW", fast["keys"][1]["alg"] == "A256KW")
    exits("and refuses dir", 2, run("key", "new", "--rate", "1000/s", "--kw", "dir", folder / "no"), "A256KW")
    for wrong in (["--form", "open"], ["--alg", "none"], ["--idle", "soon"], ["--idle", "2d", "--absolute", "1d"],
                  ["--rate", "0"], ["--rate", "5/y"], ["--now", "yesterday"], ["--frm", "nested"]):
        exits("key new " + " ".join(wrong), 2, run("key", "new", *wrong, folder / "no"))
    check("and none was made", not (folder / "no").exists())
    exits("key new without a file", 2, run("key", "new"), "RING")
    exits("key lits", 2, run("key", "lits", ring), "key list")
    ring.chmod(0o644)
    exits("mode 0644", 8, run("key", "list", ring), "0644", "chmod 600")
    ring.chmod(0o600)
    (folder / "empty").write_text("")
    (folder / "empty").chmod(0o600)
    exits("an empty ring", 8, run("key", "list", folder / "empty"), "empty")
    exits("a missing ring", 9, run("key", "list", folder / "missing"), "No such file")
    exits("a ring that is a directory", 8, run("key", "list", folder), "directory")
    return ring


def mint_verb(folder, ring):
    (folder / "claims.json").write_text('{"cart": {"items": [1, 2]}, "secretclaim": "canary-7f3a"}')
    base = ["mint", "--ring", ring, "--now", NOW, "--sub", "alice"]
    result = run(*base, "--claims", folder / "claims.json", "--claim", "n=5", "--claim", "s=a b", "--claim", "t=true")
    token = result.stdout.strip()
    check("mint prints one line", result.returncode == 0 and result.stdout.count(b"\n") == 1 and token.count(b".") == 4, result)
    as_json = json.loads(run(*base, "--json").stdout)
    check("mint --json", as_json["schema"] == 1 and as_json["bytes"] == len(as_json["token"]))
    check("claims from stdin", run(*base, "--claims", "-", stdin=b'{"a":1}').returncode == 0)
    check("an empty object and a claim", run(*base, "--claims", "-", "--claim", "a=1", stdin=b" { } ").returncode == 0)
    exits("a claim twice, file and option", 2, run(*base, "--claims", "-", "--claim", "a=2", stdin=b'{"a":1}'), "two members")
    exits("a claim twice, options", 2, run(*base, "--claim", "a=1", "--claim", "a=2"))
    exits("a reserved claim", 2, run(*base, "--claim", "exp=5"), "exp")
    exits("claims that are no JSON", 2, run(*base, "--claims", "-", stdin=b"{"), "byte")
    exits("a claim without =", 2, run(*base, "--claim", "a"), "NAME=VALUE")
    exits("too large", 2, run(*base, "--claim", "a=" + "x" * 5000), "4096")
    exits("no ring", 2, run("mint"), "--ring")
    exits("a claims file that is not there", 9, run(*base, "--claims", folder / "missing"))
    exits("an operand", 2, run(*base, "token"))
    exits("an end in the past", 2, run(*base, "--end", NOW - 1))
    (folder / "policy.json").write_text('{"issuer": "https://shop.example", "audience": "shop"}')
    policed = run(*base, "--policy", folder / "policy.json").stdout.strip()
    (folder / "bad.json").write_text('{"idle_timeout": 5}')
    exits("a policy with an unknown member", 2, run(*base, "--policy", folder / "bad.json"), "idle_timeout")
    (folder / "long.json").write_text('{"absolute_timeout_s": 86400}')
    exits("a policy beyond the ring", 8, run(*base, "--policy", folder / "long.json"), "86400", "43200")
    return token, policed


def verify_verb(folder, ring, token, policed):
    base = ["verify", "--ring", ring, "--now", NOW + 60]
    good = run(*base, stdin=token)
    check("verify from stdin", good.returncode == 0 and b"VERIFIED" in good.stdout and b"alice" in good.stdout
          and b"in 59m" in good.stdout and not good.stderr, good)
    session = json.loads(run(*base, "--json", "-", stdin=token + b"\n").stdout)
    check("verify --json", session["verified"] is True and session["claims"]["n"] == 5 and session["claims"]["s"] == "a b"
          and session["claims"]["t"] is True and session["idle_deadline"] == NOW + 3600)
    (folder / "token").write_bytes(token + b"\n")
    check("verify a file", run(*base, folder / "token").stdout == good.stdout)
    argv = run(*base, token.decode())
    check("verify argv, with a warning", argv.stdout == good.stdout and b"history" in argv.stderr, argv)
    for header in ("Authorization: Bearer %s\r\n", "bearer  %s", '"%s"', "Cookie: a=b; __Host-s=%s; c=d", "cookie: s=\"%s\"", "Set-Cookie: s=%s; Path=/; Secure"):
        pasted = run(*base, stdin=(header % token.decode()).encode())
        check(f"pasted {header}", pasted.stdout == good.stdout, pasted)
    exits("a cookie header without a token", 3, run(*base, stdin=b"Cookie: a=b"), "two or four dots")
    exits("empty input", 3, run(*base, stdin=b" \n"), "empty")
    exits("no such file", 9, run(*base, "nothing-here"), "no such file")
    exits("two operands", 2, run(*base, "a", "b"))
    exits("malformed", 3, run(*base, stdin=b"a.b.c"), "MALFORMED", "hint")
    exits("oversize", 3, run(*base, stdin=b"A" * 5000), "OVERSIZE", "4096", "5000")
    exits("wrong form", 3, run(*base, stdin=b"e30.e30.MTIz"), "WRONG_FORM")
    exits("tampered", 5, run(*base, stdin=token[:-4] + (b"AAAA" if token[-4:] != b"AAAA" else b"BBBA")), "BAD_TAG", "key")
    late = run("verify", "--ring", ring, "--now", NOW + 50000, stdin=token)
    exits("expired", 6, late, "IDLE_EXPIRED", "ABSOLUTE_EXPIRED", "2027-01-15T09:00:00Z", "hint", "leeway 30s")
    exits("from the future", 6, run("verify", "--ring", ring, "--now", "2026-01-01T00:00:00Z", stdin=token), "NOT_YET", "clock")
    exits("another issuer", 7, run(*base, stdin=policed), "WRONG_ISSUER", "WRONG_AUDIENCE")
    exits("all rules are told", 7, run("verify", "--ring", ring, "--now", NOW + 50000, "--policy", folder / "policy.json",
                                       stdin=token), "WRONG_ISSUER", "https://shop.example", "IDLE_EXPIRED")
    check("its own policy", run(*base, "--policy", folder / "policy.json", stdin=policed).returncode == 0)
    run("key", "new", "--now", NOW, folder / "ring2")
    alien = run("verify", "--ring", folder / "ring2", "--now", NOW, stdin=token)
    exits("another ring", 4, alien, "UNKNOWN_KEY", "key list")
    refused = json.loads(run("verify", "--ring", ring, "--json", "--now", NOW + 50000, stdin=token).stdout)
    check("a refusal as JSON", refused["verified"] is False and refused["exit_status"] == 6
          and [f["reason"] for f in refused["findings"]] == ["IDLE_EXPIRED", "ABSOLUTE_EXPIRED"])
    said = late.stderr + alien.stderr
    check("no claim, token or key in a refusal",
          not any(s in said for s in [b"canary", b"alice", token[:60], *(s.encode() for s in secrets(ring))]))
    for variables in ({"LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"}, {"NO_COLOR": "1"}, {"TERM": "xterm-256color"}):
        check(f"the same with {variables}", run(*base, stdin=token, env=variables).stdout == good.stdout)
    check("no colour in a pipe", b"\033" not in good.stdout + late.stderr)


def raw_verify(folder):
    run("key", "new", "--form", "signed", "--alg", "ES256", "--now", NOW, folder / "signed")
    token = run("mint", "--ring", folder / "signed", "--now", NOW, "--sub", "bob").stdout
    key = json.loads((folder / "signed").read_text())["keys"][0]
    key.pop("d")
    (folder / "jwk").write_text(json.dumps(key))
    opened = run("verify", "--raw", "--jwk", folder / "jwk", stdin=token)
    check("verify --raw", opened.returncode == 0 and json.loads(opened.stdout)["sub"] == "bob", opened)
    exits("--raw, wrong signature", 5, run("verify", "--raw", "--jwk", folder / "jwk", stdin=token.strip()[:-4] + b"AAAA"))
    exits("--raw, unfit key", 2, run("verify", "--raw", "--jwk", folder / "claims.json", stdin=token), "kty")
    exits("--raw without --jwk", 2, run("verify", "--raw"), "--jwk")
    exits("--jwk without --raw", 2, run("verify", "--jwk", folder / "jwk"), "--raw")
    return token


def inspect_verb(token, signed):
    result = run("inspect", "--now", NOW, stdin=token)
    check("inspect a nested token", result.returncode == 0 and result.stdout.startswith(b"UNVERIFIED")
          and b"nested" in result.stdout and b"alice" not in result.stdout, result)
    result = run("inspect", "--now", NOW + 60, stdin=signed)
    check("inspect a signed token", b"signed" in result.stdout and b'"bob"' in result.stdout
          and b"60s ago" in result.stdout, result)
    doc = json.loads(run("inspect", "--json", stdin=signed).stdout)
    check("inspect --json", doc["verified"] is False and doc["form"] == "signed" and doc["claims"]["sub"] == "bob"
          and [s["name"] for s in doc["segments"]] == ["header", "payload", "signature"])
    exits("inspect junk", 3, run("inspect", stdin=b"hello"), "MALFORMED")
    # {"alg":"none\u001b[2J"} and a payload of raw escapes: nothing reaches the terminal as it is.
    evil = b"eyJhbGciOiJub25lXHUwMDFiWzJKIn0.G1sySmhlbGxv.MTIz"
    result = run("inspect", stdin=evil)
    check("no escape sequence of a token reaches the terminal", b"\033" not in result.stdout + result.stderr, result)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        ring = key_verbs(folder)
        token, policed = mint_verb(folder, ring)
        verify_verb(folder, ring, token, policed)
        inspect_verb(token, raw_verify(folder))
    exits("no verb", 2, run(), "sesstool key new")
    exits("an unknown verb", 2, run("verfy"), "sesstool verify")
    for verb in ("key", "mint", "inspect", "verify"):
        check(f"help {verb}", run("help", verb).stdout == run(verb, "--help").stdout != b"")
    top = run("--help")
    check("help fits a screen", top.returncode == 0 and top.stdout.count(b"\n") <= 24
          and max(map(len, top.stdout.split(b"\n"))) <= 120, top)
    check("--version", run("--version").stdout.startswith(b"sesstool 0."))
    with tempfile.TemporaryDirectory() as name, open("/dev/full", "wb") as full:
        ring = pathlib.Path(name) / "ring"
        run("key", "new", ring)
        result = subprocess.run([TOOL, "mint", "--ring", ring], stdout=full, stderr=subprocess.PIPE)
    exits("a full disk is noticed", 9, result, "stdout")
    print(f"1..{count}")
    sys.exit(1 if failed else 0)


main()
