# SPDX-License-Identifier: MIT
"""sesstool verify --batch: a token a line, a JSON object a line, the greatest exit status; and its progress on a terminal."""
import json
import os
import pty
import subprocess
import fcntl
import struct
import termios

import cli
from cli import NOW, ok

f = cli.Folder()
AT = ("--now", str(NOW))
BATCH = ("verify", "--ring", "ring.jwks", "--batch", *AT)


def lines(run):
    return [json.loads(line) for line in run.out.splitlines()]


def verdicts():
    good, expired = f.mint(*AT, "--sub", "al\u00fcce\x7f"), f.mint(*AT, "--expired")
    spoiled, policed = f.mint(*AT, "--tampered"), f.mint(*AT, "--audience", "x")
    text = f"{good}\n{expired}\r\n\n   \n{spoiled}\nCookie: a=b; s={good}\nCookie: a=b\n{policed}\nno token\n{good}"
    run = f.run(*BATCH, stdin=text.encode())
    seen = [(o["line"], o["verified"], o.get("exit_status")) for o in lines(run)]
    ok("one object a line, with its number", seen == [(1, True, None), (2, False, 6), (5, False, 5), (6, True, None), (7, False, 3),
                                                      (8, False, 7), (9, False, 3), (10, True, None)], run)
    ok("a line without a token says so", [o.get("error", "") for o in lines(run)][4] == "no token was found in this line", run)
    ok("the exit status is the greatest", run.status == 7, run)
    ok("claims are whole, and ASCII", run.out.isascii() and lines(run)[0]["claims"]["sub"] == "al\u00fcce\x7f" and "\x7f" not in run.out)
    ok("numbers on stderr", "8 tokens: 3 verified, 5 refused" in run.err, run)
    ok("no token on stderr", good[:40] not in run.err and spoiled[:40] not in run.err)
    alone = f.run("verify", "--ring", "ring.jwks", "--json", *AT, stdin=expired.encode()).json()
    ok("an object is what --json says of one, and the line", {**alone, "line": 2} == lines(run)[1], run)
    f.write("tokens", text)
    ok("from a file the same", f.run(*BATCH, "tokens").out == run.out)
    run = f.run(*BATCH, stdin=f"{good}\n{good}\n".encode())
    ok("all good: 0", run.status == 0 and "2 verified, 0 refused" in run.err, run)
    run = f.run(*BATCH)
    ok("nothing: 0, and no line", run.status == 0 and run.out == "" and "0 tokens" in run.err, run)
    run = f.run(*BATCH, stdin=b"A" * 2_000_000 + b"\n" + good.encode())
    ok("a line of two megabytes is one refusal", [o["verified"] for o in lines(run)] == [False, True] and run.status == 3, run)
    run = f.run(*BATCH, stdin=b"a\0b\n" + good.encode())
    ok("a NUL is a refusal", [o["verified"] for o in lines(run)] == [False, True], run)
    run = f.run(*BATCH, stdin=b"\0" + good.encode() + b"\n \0\n" + good.encode())
    ok("a line that begins with a NUL is no empty one", [o["verified"] for o in lines(run)] == [False, False, True] and run.status == 3, run)
    for args, status, near in (((*BATCH, "absent"), 9, "one token a line"), ((*BATCH, "--raw"), 2, "--ring"),
                               ((*BATCH, "a", "b"), 2, "one"), (("verify", "--batch"), 2, "--ring")):
        run = f.run(*args)
        ok(f"{' '.join(args[-2:])}: {status}", run.status == status and near in run.err, run)
    with open("/dev/full", "wb") as full:
        done = subprocess.run([cli.TOOL, *BATCH], input=(good + "\n").encode(), stdout=full, stderr=subprocess.PIPE, cwd=f.path, check=False)
    ok("stdout full: 9", done.returncode == 9, done)


def on_terminal(columns, count, *, from_file):
    """What stderr shows on a terminal of so many columns."""
    text = (f.mint(*AT) + "\n") * count
    f.write("many", text)
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    args = [cli.TOOL, *BATCH, *(["many"] if from_file else [])]
    with subprocess.Popen(args, cwd=f.path, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=follower) as p:
        p.stdin.write(b"" if from_file else text.encode())
        p.stdin.close()
        seen = b""
        os.close(follower)
        try:
            while chunk := os.read(leader, 65536):
                seen += chunk
        except OSError:
            pass
        p.wait(60)
    os.close(leader)
    return seen.decode()


def progress():
    wide = on_terminal(80, 300, from_file=True)
    shown = [s for s in wide.split("\r") if "tokens, " in s]
    ok("a bar with numbers, for a file", len(shown) == 3 and "[====" in shown[1] and " 66 %" in shown[1] and "100 %" in shown[2], wide)
    ok("it is wiped, and numbers stay", wide.split("\r")[-2].startswith("sesstool: 300 tokens"), wide)
    narrow = on_terminal(40, 300, from_file=True)
    ok("40 columns: no line is longer", all(len(s) < 40 for s in narrow.split("\r") if "sesstool:" not in s) and "100 %" in narrow, narrow)
    tiny = on_terminal(12, 300, from_file=True)
    ok("12 columns: the same", all(len(s) <= 12 for s in tiny.split("\r") if "sesstool:" not in s), tiny)
    piped = on_terminal(80, 200, from_file=False)
    ok("from a pipe: numbers alone", "200 tokens, 0 refused" in piped and "%" not in piped, piped)
    few = on_terminal(80, 3, from_file=True)
    ok("for a few: none", few.count("\r") <= 1 and "3 verified" in few, few)


f.run("key", "new", *AT, "ring.jwks")
verdicts()
progress()
cli.done()
