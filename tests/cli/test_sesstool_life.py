# SPDX-License-Identifier: MIT
"""sesstool over a session's life: renew, --regenerate, --context, --persistent, and the picture of its clocks."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

import cli
from cli import NOW, Folder, ok

SID = re.compile(r"^[A-Za-z0-9_-]{22}$")


def claims(folder, token, now=NOW, *args):
    run = folder.run("verify", "--ring", "ring.jwks", "--now", str(now), "--json", *args, stdin=token.encode())
    return run.json()


def at_width(folder, columns, *args):
    """What a terminal of this many columns would show."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([cli.TOOL, *args], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, cwd=folder.path,
                          env={**os.environ, "NO_COLOR": "1"}) as process:
        os.close(slave)
        out = b""
        while True:
            try:
                part = os.read(master, 4096)
            except OSError:
                break
            if not part:
                break
            out += part
        process.wait(timeout=60)
    os.close(master)
    return out.decode().replace("\r\n", "\n").splitlines()


def renewal(f):
    token = f.mint("--sub", "alice", "--claim", "role=user", "--persistent", "--end", str(NOW + 40000), "--now", str(NOW))
    before = claims(f, token)
    made = f.run("renew", "--ring", "ring.jwks", "--now", str(NOW + 1900), stdin=token.encode())
    after = claims(f, made.out.strip(), NOW + 1900)
    c, d = before["claims"], after["claims"]
    ok("renew prints a token and nothing else", made.status == 0 and made.out.count("\n") == 1 and made.err == "", made)
    ok("same session, sign-in, end, per, claims", all(c[k] == d[k] for k in ("sid", "sub", "auth_time", "end", "per", "role")), c, d)
    ok("new jti, gen + 1, iat now", c["jti"] != d["jti"] and d["gen"] == 1 and d["iat"] == NOW + 1900, d)
    ok("--persistent", before["persistent"] is True and after["persistent"] is True and c["per"] is True)
    ok("wanted before, not after", claims(f, token, NOW + 1900)["wants_renewal"] is True and after["wants_renewal"] is False)
    made = f.run("renew", "--ring", "ring.jwks", "--claim", "role=admin", "--claim", "n=1.50", "--now", str(NOW + 1), stdin=token.encode())
    d = claims(f, made.out.strip(), NOW + 1)["claims"]
    ok("--claim: these in the place of all", d["role"] == "admin" and d["n"] == 1.5, d)
    f.write("claims.json", '{"x":true}')
    made = f.run("renew", "--ring", "ring.jwks", "--claims", "claims.json", "--json", "--now", str(NOW + 1), stdin=token.encode())
    d = claims(f, made.json().get("token", ""), NOW + 1).get("claims", {})
    ok("--claims FILE, --json", d.get("x") is True and "role" not in d and made.json()["bytes"] == len(made.json()["token"])
       and "old_session" not in made.json(), made)
    last = f.run("renew", "--ring", "ring.jwks", "--now", str(NOW + 3599), stdin=token.encode()).out.strip()
    for step in range(2, 12):
        last = f.run("renew", "--ring", "ring.jwks", "--now", str(NOW + 3599 * step), stdin=last.encode()).out.strip()
    end = claims(f, last, NOW + 39589)
    ok("the last token says so", end["last"] is True and end["idle_deadline"] == NOW + 40000 and not end["wants_renewal"], end)
    text = f.run("verify", "--ring", "ring.jwks", "--now", str(NOW + 39589), stdin=last.encode())
    ok("and in words", "none: this token lasts to the hard end" in text.out, text)
    text = f.run("verify", "--ring", "ring.jwks", "--now", str(NOW + 40010), stdin=last.encode())
    ok("past the hard end, within the leeway", text.status == 0 and "] ended 10s ago" in text.out, text)
    return token


def refusals(f, token):
    for name, status, args, needle in (
            ("an idle session is not renewed", 6, ["--now", str(NOW + 3630)], "IDLE_EXPIRED"),
            ("nor one from the future", 6, ["--now", str(NOW - 31)], "NOT_YET"),
            ("a claim of the library's own", 2, ["--claim", "sid=x", "--now", str(NOW)], "sid"),
            ("the subject as a claim", 2, ["--claim", "sub=x", "--now", str(NOW)], "--sub names"),
            ("claims that do not fit", 2, ["--claim", "a=" + "x" * 5000, "--now", str(NOW)], "bytes"),
            ("--context without a value", 2, ["--context", "ua", "--now", str(NOW)], "NAME=VALUE"),
            ("--context with a long name", 2, ["--context", "abcdefghijklmnop=x", "--now", str(NOW)], "NAME=VALUE"),
            ("--context with a bad name", 2, ["--context", "UA=x", "--now", str(NOW)], "a-z0-9_-"),
            ("--context twice", 2, ["--context", "ua=x", "--context", "ua=y", "--now", str(NOW)], "twice"),
            ("nine contexts", 2, sum((["--context", f"n{i}=x"] for i in range(9)), []), "at most 8"),
            ("an option that there is not", 2, ["--claimz", "x=1"], "--claim"),
            ("two tokens", 2, ["a", "b"], "one token")):
        run = f.run("renew", "--ring", "ring.jwks", *args, stdin=token.encode())
        ok(name, run.status == status and needle in run.err and run.out == "" and token not in run.err, run)
    run = f.run("renew", "--ring", "ring.jwks", "--now", str(NOW + 40000), "--json", stdin=token.encode())
    ok("a refusal as JSON", run.status == 6 and run.json()["verified"] is False, run)
    ok("renew without a ring", f.run("renew", stdin=token.encode()).status == 2)
    ok("renwe", "sesstool renew" in f.run("renwe").err)
    ok("its help", "--regenerate" in f.run("help", "renew").out)


def regeneration(f, token):
    old = claims(f, token)["claims"]
    run = f.run("renew", "--regenerate", "--ring", "ring.jwks", "--now", str(NOW + 5), stdin=token.encode())
    new = claims(f, run.out.strip(), NOW + 5)["claims"]
    ok("--regenerate: another session", run.status == 0 and new["sid"] != old["sid"] and new["gen"] == 0
       and new["auth_time"] == old["auth_time"] and new["role"] == old["role"], run, new)
    ok("and the old one is named, to be revoked", old["sid"] in run.err, run)
    run = f.run("renew", "--regenerate", "--ring", "ring.jwks", "--json", "--now", str(NOW + 5), stdin=token.encode())
    ok("also in JSON", run.json()["old_session"] == old["sid"] and SID.match(old["sid"]) and run.err == "", run)


def context(f):
    bound = f.mint("--context", "tls=key", "--context", "ua=Firefox", "--context", "net=192.0.2.0/24", "--now", str(NOW))
    seen = claims(f, bound, NOW, "--context", "tls=key", "--context", "ua=Lynx")
    ok("--context", seen["context"] == {"tls": "matched", "ua": "changed"}, seen)
    ok("no value travels", "Firefox" not in str(seen["claims"]) and "net" not in seen["claims"]["ctx"])
    text = f.run("verify", "--ring", "ring.jwks", "--now", str(NOW), "--context", "tls=key", stdin=bound.encode())
    ok("in words", "tls matched, ua not given" in text.out, text)
    for name, args in (("another value", ["--context", "tls=kez"]), ("no value", [])):
        run = f.run("verify", "--ring", "ring.jwks", "--now", str(NOW), *args, stdin=bound.encode())
        ok(f"CONTEXT_MISMATCH, {name}", run.status == 7 and "CONTEXT_MISMATCH" in run.err and "step 11, tls" in run.err
           and "kez" not in run.err and run.out == "", run)
    f.write("report.json", '{"context":{"tls":"report"}}')
    run = f.run("verify", "--ring", "ring.jwks", "--policy", "report.json", "--now", str(NOW), stdin=bound.encode())
    ok("the policy only reports", run.status == 0 and "tls not given" in run.out, run)
    f.write("bad.json", '{"context":{"tls":"sometimes"}}')
    run = f.run("verify", "--ring", "ring.jwks", "--policy", "bad.json", "--now", str(NOW), stdin=bound.encode())
    ok("a mode that there is not", run.status == 2 and "tls" in run.err and "enforce" in run.err, run)
    run = f.run("renew", "--ring", "ring.jwks", "--now", str(NOW), stdin=bound.encode())
    ok("renewal by another client", run.status == 7 and "CONTEXT_MISMATCH" in run.err, run)
    run = f.run("renew", "--ring", "ring.jwks", "--context", "tls=key", "--now", str(NOW), stdin=bound.encode())
    ok("renewal by the same", claims(f, run.out.strip(), NOW, "--context", "tls=key")["context"]["tls"] == "matched", run)
    run = f.run("renew", "--regenerate", "--ring", "ring.jwks", "--context", "tls=key", "--now", str(NOW), stdin=bound.encode())
    ok("regeneration takes what is given", claims(f, run.out.strip(), NOW, "--context", "tls=key")["context"] == {"tls": "matched"}, run)
    run = f.run("verify", "--raw", "--jwk", "x", "--context", "tls=key", stdin=bound.encode())
    ok("--raw knows no context", run.status == 2, run)


def picture(f):
    token = f.mint("--now", str(NOW))
    renewed = f.run("renew", "--ring", "ring.jwks", "--now", str(NOW + 1800), stdin=token.encode()).out
    f.write("token", renewed)
    args = ["verify", "--ring", "ring.jwks", "--now", str(NOW + 3600), "token"]
    lines = f.run(*args).out.splitlines()
    line = lines[1]
    ok("80 columns in a pipe", len(line) == 80 and line[0] == "[" and line[-1] == "]", line)
    ok("every sign at its place", all(abs(line.index(sign) - at / 43200 * 79) <= 1 for sign, at in (("r", 1800), ("*", 3600), ("i", 5400))), line)
    ok("what is past, what is to come", re.fullmatch(r"\[=*r=*\*-*i\.*\]", line) is not None, line)
    ok("the words beneath", lines[2] == "[ started 60m ago  r renewed 30m ago  * now  i idle in 30m  ] ends in 11h", lines[2])
    for columns in (40, 60, 120, 200, 10):
        shown = at_width(f, columns, *args)
        width = min(max(columns, 24), 120)
        words = " ".join(shown[2:6])
        ok(f"at {columns} columns", len(shown[1]) == width and set(shown[1]) <= set("[=r*-i.]") and "started" in words
           and "* now" in words and "ends in 11h" in words and max(map(len, shown[1:3])) <= max(columns, 24), *shown)
    fresh = f.run("verify", "--ring", "ring.jwks", "--now", str(NOW), stdin=token.encode()).out.splitlines()
    ok("a session that begins now", fresh[1].startswith("*") and "r" not in fresh[1] and "started now" in fresh[2], *fresh[:3])
    late = f.run("verify", "--ring", "ring.jwks", "--now", str(NOW + 3620), stdin=token.encode()).out.splitlines()
    ok("in the leeway after the idle end", late[1].index("i") <= late[1].index("*") if "i" in late[1] else "*" in late[1], *late[:3])
    ok("and its words", "i idle 20s ago" in late[2], late[2])


folder = Folder()
folder.run("key", "new", "--now", str(NOW - 100), "ring.jwks")
session = renewal(folder)
refusals(folder, session)
regeneration(folder, session)
context(folder)
picture(folder)
cli.done()
