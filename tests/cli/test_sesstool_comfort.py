# SPDX-License-Identifier: MIT
"""
sesstool where terminals are narrow, colours are off, eyes are closed, clocks and languages differ: the same words, none lost. And its
examples, run as the help pages have them.
"""
import fcntl
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios

import cli
from cli import NOW, ok

root = pathlib.Path(sys.argv[2])
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "tools" / "pages"))
import table  # noqa: E402

f = cli.Folder()
AT = ("--now", str(NOW + 600))
SANITIZERS = {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}


def on_terminal(args, columns, env=None, stdin=b""):
    """What stdout and stderr show on a terminal of so many columns."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([cli.TOOL, *args], cwd=f.path, stdin=subprocess.PIPE, stdout=follower, stderr=follower,
                          env={"PATH": "/usr/bin:/bin", "TERM": "xterm", **SANITIZERS, **(env or {})}) as p:
        p.stdin.write(stdin)
        p.stdin.close()
        os.close(follower)
        seen = b""
        try:
            while chunk := os.read(leader, 65536):
                seen += chunk
        except OSError:
            pass
        p.wait(60)
    os.close(leader)
    return seen.decode().replace("\r\n", "\n")


def plain(text):
    for code in ("\x1b[1m", "\x1b[1;31m", "\x1b[1;32m", "\x1b[0m"):
        text = text.replace(code, "")
    return text


def views():
    """What people look at: a name, arguments, stdin."""
    good, old = f.mint(*AT, "--sub", "alice"), f.mint(*AT, "--expired")
    return [("key list", ["key", "list", *AT, "ring.jwks"], b""), ("inspect", ["inspect", *AT], good.encode()),
            ("verify", ["verify", "--ring", "ring.jwks", *AT], good.encode()),
            ("a refusal", ["verify", "--ring", "ring.jwks", *AT], old.encode()),
            ("doctor", ["doctor", "--ring", "ring.jwks", *AT], b""),
            ("cookie size", ["cookie", "size", "--ring", "ring.jwks", *AT], good.encode())]


def words(text):
    """The words alone, without pictures: what is made of = - . | [ ] * i r x is a drawing."""
    return [w for w in text.split() if set(w) - set("=-.|[]*irx")]


def widths(name, args, stdin):
    wide, narrow = (plain(on_terminal(args, n, stdin=stdin)) for n in (100, 40))
    # Whatever is one word, such as a time or a path, stays whole and may pass the margin; words are lost nowhere.
    ok(f"{name}: 40 columns keep every word", set(words(wide)) <= set(words(narrow)) | {"kid"} or
       not set(words(wide)) - set(words(narrow)) - scale(wide), sorted(set(words(wide)) - set(words(narrow))))
    drawn = [line for line in narrow.splitlines() if line.strip() and not words(line)]
    ok(f"{name}: at 40 columns no picture is wider", all(len(line) <= 40 for line in drawn), *drawn)
    # Two words that stand beside each other would have been parted, but for tables of numbers and commands to copy.
    broken = [line for line in narrow.splitlines() if len(line) > 40 and len(line.split()) > 2 and
              not re.search(r"^ +sesstool |\d characters|^ +\d", line)]
    ok(f"{name}: at 40 columns lines end between words", not broken, *broken)


def scale(text):
    """The moments above the drawing of key list; a narrow one has fewer, and the words beneath it say each of them."""
    lines = text.splitlines()
    return {w for i, line in enumerate(lines[:-1]) if set(lines[i + 1].split()) == {"|"} for w in line.split()}


def colours(name, args, stdin):
    coloured = on_terminal(args, 80, stdin=stdin)
    bare = on_terminal(args, 80, env={"NO_COLOR": "1"}, stdin=stdin)
    piped = f.run(*args, stdin=stdin)
    ok(f"{name}: NO_COLOR says the same words", ("\x1b" in coloured or name == "cookie size") and "\x1b" not in bare and plain(coloured) == bare, coloured, bare)
    ok(f"{name}: a pipe gets them too", words(piped.out + piped.err) == words(bare) and "\x1b" not in piped.out + piped.err, piped, bare)


def ears(name, args, stdin):
    """A screen reader speaks words: without the drawings, everything is still said, in ASCII."""
    text = plain(on_terminal(args, 80, stdin=stdin))
    needed = {"key list": ["mints now"], "inspect": ["UNVERIFIED", "nested"], "verify": ["VERIFIED", "idle in", "ends in", "hard end"],
              "a refusal": ["REFUSED", "IDLE_EXPIRED", "hint"], "doctor": ["found", "why", "mend"], "cookie size": ["bytes", "spare"]}[name]
    ok(f"{name}: the words carry it", text.isascii() and all(n in text for n in needed), text)


def elsewhere(name, args, stdin):
    here = f.run(*args, stdin=stdin)
    for env in ({"TZ": "Pacific/Chatham", "LC_ALL": "de_DE.UTF-8"}, {"LC_ALL": "tr_TR.UTF-8", "TZ": ":nonsense", "LANGUAGE": "ja"}):
        there = f.run(*args, stdin=stdin, env=env)
        ok(f"{name}: the same with {' '.join(env.values())}", (there.out, there.err, there.status) == (here.out, here.err, here.status), there)


def examples():
    """Each example of the help pages, as it stands, in a folder that has what it names."""
    # A line that goes on below is one with what follows.
    lines = {e.strip(): v.path for v in table.VERBS for e in "\n".join(v.examples).replace("\\\n", " ").split("\n")}
    lines.update({line.strip(): name for name, (_, body) in table.TOPICS.items()
                  for line in body if isinstance(line, str) and line.startswith("  sesstool")})
    wrong = []
    model = cli.Folder()
    model.run("key", "new", "--alg", "ES256", "ring.jwks")
    kid = model.run("key", "list", "--json", "ring.jwks").json()["keys"][0]["kid"]
    token = model.mint("--sub", "alice")
    for name, text in (("token", token), ("tokens", f"{token}\n{token}\n"), ("header", f"Cookie: __Host-session={token}\n"),
                       ("policy.json", "{}"), ("pass", "correct horse"), ("kek", bytes(range(32)))):
        model.write(name, text)
    for line, page in lines.items():
        with_files = cli.Folder()
        shutil.copytree(model.path, with_files.path, dirs_exist_ok=True)
        if " --raw " in line:
            with_files.write("key.json", '{"kty":"oct","k":"%s"}' % ("A" * 42 + "E"))
        if page == "key new":
            (with_files.path / "ring.jwks").unlink()
        if page == "key encrypt" and "--new" in line:
            with_files.run("key", "encrypt", "--passphrase-file", "pass", "ring.jwks")
        if page == "key decrypt":
            with_files.run("key", "encrypt", "--kek-file", "kek", "ring.jwks")
        # What takes another's keys, or a server, is there for its words: whatever comes of them here, they are understood.
        elsewhere = any(word in line for word in ("--jwks keys", "--pem", "redis://"))
        # What an example shows may be a refusal: the one for tests, and a token under another key.
        want = {6} if "--expired" in line else {3, 4, 5} if "--raw" in line else {9} if "--strict" in line else {0}
        command = line.replace("v6gDzU3IcNCEoDpU", kid)
        command = command.replace("sesstool bench", "sesstool bench --seconds 0.05") if page == "bench" else command
        done = subprocess.run(["bash", "-c", f"sesstool() {{ {cli.TOOL} \"$@\"; }}; {command}"], cwd=with_files.path, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=60, check=False)
        if elsewhere and done.returncode not in (0, 2, 126, 127):
            continue
        if done.returncode not in want or (want == {0} and not done.stdout and ">" not in line and "-o " not in line):
            wrong.append(f"{line}: {done.returncode} {done.stderr.decode()[-300:]}")
    ok(f"each of {len(lines)} examples does what it says", len(lines) > 25 and not wrong, *wrong)


def says_what_next():
    """A complaint of usage names what to write in its place, or where it is told."""
    lines = [["vrfy"], ["verify"], ["mint"], ["key"], ["key", "nwe"], ["key", "new"], ["key", "list"], ["key", "rotate"], ["key", "revoke", "x"],
             ["key", "export", "x"], ["cookie"], ["cookie", "st"], ["revoke", "--ring", "x"], ["renew"], ["bench"], ["doctor"], ["help", "vrfy"],
             ["mint", "--nothing"], ["verify", "--ring"], ["key", "new", "--idle", "soon", "x"], ["mint", "--now", "noon"],
             ["key", "new", "--rate", "much", "x"], ["key", "new", "--form", "open", "x"], ["revoke", "--all", "--list", "--ring", "x"]]
    telling = ("`sesstool", "--", "such as", "is nested", "did you mean", "name one", "name a", "needs one of", "new, list")
    bad = [(a, r) for a in lines if (r := f.run(*a)).status != 2 or not any(t in r.err for t in telling)]
    ok("every complaint of usage says what next", not bad, *[f"{a}: {r}" for a, r in bad])
    for words, meant in ((("verfy",), "sesstool verify"), (("rotat",), "sesstool key rotate"), (("size",), "sesstool cookie size"),
                         (("key", "lst"), "sesstool key list"), (("help", "rotat"), "sesstool help key rotate"),
                         (("help", "key", "rotat"), "sesstool help key rotate"), (("verify", "--rng", "x"), "--ring")):
        run = f.run(*words)
        ok(f"{' '.join(words)}: {meant} is meant", run.status == 2 and f"did you mean {meant}?" in run.err.replace("`", ""), run)
    run = f.run("zzzzzz")
    ok("nothing near is not guessed", run.status == 2 and "did you mean" not in run.err, run)


f.run("key", "new", "--now", str(NOW), "ring.jwks")
for view in views():
    widths(*view)
    colours(*view)
    ears(*view)
    elsewhere(*view)
examples()
says_what_next()
cli.done()
