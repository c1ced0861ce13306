# SPDX-License-Identifier: MIT
"""Faults injected by strace into `key rotate` and `key new`: each system call that touches the ring's files fails in turn, in
each way that it may, or the process is killed at it. With SESS_LONG=1 every other call of these names too, the loader's included.
Each time: the old file or the new one, an error that names step and cause, nothing left over but by a kill."""
import collections
import errno
import os
import re
import shutil
import subprocess
import sys

import proof
from proof import cli

FAULTS = {
    "openat": ["EMFILE", "ENFILE", "EROFS", "EIO", "ENOSPC", "EACCES"],
    "write": ["EIO", "ENOSPC", "EDQUOT", "EFBIG", "EINTR"],
    "fsync": ["EIO", "ENOSPC"],
    "renameat": ["EIO", "EROFS", "ENOSPC"],
    "linkat": ["EIO", "EROFS", "ENOSPC"],
    "close": ["EIO"],
    "fchmod": ["EROFS", "EIO"],
    "flock": ["EIO", "ENOLCK", "EINTR", "EAGAIN"],
    "unlinkat": ["EROFS", "EIO"],
    "read": ["EIO", "EINTR"],
    "newfstatat": ["EIO", "ENOMEM"],
    "statx": ["EIO", "ENOMEM"],  # in its place, on processors of 32 bits
}
# What a call is, by its line in a trace, and the words of the error that its failure must give; None: it does without.
STEPS = [
    (r'openat\(.*O_DIRECTORY', "opening the ring's directory"),
    (r'openat\(\d+.*"ring.sess-lock"', "making the ring's lock file"),
    (r'openat\(\d+.*"ring.sess-new"', "making a temporary file beside the ring"),
    (r'openat\(.*"ring"', "opening the ring"),
    (r'flock\(', "locking the ring"),
    (r'(newfstatat|statx)\(\d+, "ring.sess-lock"', None),
    (r'unlinkat\(.*"ring.sess-lock"', None),
    (r'unlinkat\(.*"ring.sess-new"', "removing a temporary file that was left behind"),
    (r'fchmod\(', "setting the ring's mode"),
    (r'write\(1, ', "stdout could not be written"),
    (r'write\(\d+, "\{', "writing the ring"),
    (r'read\(\d+, "\{', "reading the ring"),
    (r'renameat\(', "renaming the new ring to its name"),
    (r'linkat\(', "giving the new ring its name"),
]
# The C library's own streams do not try again; no handler of sesstool's makes it happen.
RETRIED = {("write", "EINTR"), ("read", "EINTR"), ("flock", "EINTR"), ("flock", "EAGAIN")}
# Leaks cannot be looked for under ptrace.
ENV = {"ASAN_OPTIONS": "detect_leaks=0"}


class Operation:
    """A command, and how its file stands before and after."""

    def __init__(self, name, arguments, fresh):
        self.name, self.arguments, self.fresh = name, arguments, fresh
        self.place = proof.Place()
        self.outcomes = collections.Counter()
        self.wrong = []
        self.reset()

    def reset(self):
        self.place.clear()
        if self.fresh:
            self.place.ring.unlink(missing_ok=True)
        else:
            self.place.restore()

    def state(self):
        if not self.fresh:
            return self.place.state()
        if not self.place.ring.exists():
            return "old"
        return "new" if self.place.generation() == 1 else "broken"

    def strace(self, *options):
        done = subprocess.run(["strace", "-f", "-qq", *options, cli.TOOL, *self.arguments], cwd=self.place.path,
                              stdin=subprocess.DEVNULL, capture_output=True, env={**os.environ, **ENV}, timeout=120, check=False)
        return cli.Run(done.returncode, done.stdout, done.stderr)

    def trace(self):
        """Each call of the names above: (name, how many of this name came before it and including it, its line)."""
        log = self.place.path / "trace"
        self.strace("-o", str(log), "-e", "trace=" + ",".join(FAULTS))
        seen, calls = collections.Counter(), []
        for line in log.read_text(errors="replace").splitlines():
            found = re.match(r"(?:\d+ +)?((\w+)\(.*)", line)
            if found and found[2] in FAULTS:
                seen[found[2]] += 1
                calls.append((found[2], seen[found[2]], found[1]))
        return calls

    def check(self, what, run, words, fault):
        state, left = self.state(), self.place.others()
        problem = []
        if state not in ("old", "new"):
            problem.append("a broken ring")
        if self.place.readable_by_others():
            problem.append(f"readable by others: {self.place.readable_by_others()}")
        if fault == "KILL":
            problem += self.check_next(state, left)
        else:
            problem += self.check_error(what, run, words, fault, state, left)
        if problem:
            self.wrong.append(f"{self.name}: {what}: {fault}: {', '.join(problem)}; {state} ring, {left}; {run}")
        ended = "killed" if fault == "KILL" else "exit 0" if run.status == 0 else "an error"
        self.outcomes[f"{ended}, {state} ring" + (f", left {' and '.join(left)}" if left else "")] += 1
        self.reset()

    def check_error(self, what, run, words, fault, state, left):
        problem = []
        if run.status == 0 and state != "new":
            problem.append("exit 0 without the new ring")
        if run.status not in (0, 8, 9, 10) and words is not False:
            problem.append("an odd exit status")
        if run.status != 0 and state == "new" and "in place" not in run.err and "stdout" not in run.err:
            problem.append("an error though the new ring is in place, and no word of it")
        if words and run.status == 0:
            problem.append("no error")
        if words and not (words in run.err and ("stdout" in words or cause(fault) in run.err)):
            problem.append(f"the error does not say \"{words}\" and \"{cause(fault)}\"")
        if words is None and run.status != 0:
            problem.append("an error where none was expected")
        # What cannot be removed stays; and a lock that could not be had is not ours to remove.
        if left and not what.startswith(("unlinkat", "flock")):
            problem.append("something is left over")
        return problem

    def check_next(self, state, left):
        """After a kill: whatever is there, the next run of the kind goes through and leaves nothing behind."""
        if set(left) - {"ring.sess-new", "ring.sess-lock"}:
            return ["something odd is left over"]
        if self.fresh:
            self.place.ring.unlink(missing_ok=True)
        else:
            self.place.restore()
        run = self.place.run(*self.arguments, env=ENV)
        if run.status != 0 or self.state() != "new" or self.place.others():
            return [f"the next run: {run}, left {self.place.others()}"]
        return []


def cause(fault):
    return os.strerror(getattr(errno, fault, errno.EIO))


def words_of(calls, i):
    """What the i-th call of the trace is: words, None (does without), or False (anything may come of it)."""
    name, _, line = calls[i]
    for pattern, words in STEPS:
        if re.match(pattern, line):
            return words
    before = [c for c in calls[:i] if c[0] in ("write", "fsync", "renameat", "linkat")]
    ours = [c for c in calls[:i] if re.search(r'"\{|"ring', c[2])]
    if name == "fsync" and before:
        return "fsync of the ring's directory" if before[-1][0] in ("renameat", "linkat") else "fsync of the ring"
    if name == "close" and before and before[-1][0] == "fsync" and calls[i - 1][0] == "fsync":
        return "closing the ring"
    if name in ("newfstatat", "statx") and ours and re.match(r'openat\(.*"ring"', calls[i - 1][2]):
        return "looking at the ring"
    return False


def expected(name, fault, words):
    if (name, fault) in RETRIED and words:
        return False if "stdout" in words else None
    return words


def is_ours(calls, i):
    """From the lock on. What looks at the file before, to ask for a passphrase in time, may fail: the change itself will say so."""
    return i >= next(k for k, c in enumerate(calls) if "O_DIRECTORY" in c[2])


def prove(operation):
    calls = operation.trace()
    operation.reset()
    injected = 0
    for i, (name, number, line) in enumerate(calls):
        if not is_ours(calls, i) and not proof.LONG:
            continue
        words = words_of(calls, i) if is_ours(calls, i) else False
        # A lock that cannot be removed is no error; a second name of a new ring is.
        if name == "unlinkat" and operation.fresh and any(c[0] == "linkat" for c in calls[:i]) and "sess-new" not in line:
            words = None
        for fault in FAULTS[name]:
            run = operation.strace("-o", "/dev/null", "-e", f"trace={name}", "-e", f"inject={name}:error={fault}:when={number}")
            operation.check(line, run, expected(name, fault, words), fault)
            injected += 1
        run = operation.strace("-o", "/dev/null", "-e", f"trace={name}", "-e", f"inject={name}:signal=KILL:when={number}")
        operation.check(line, run, words, "KILL")
        injected += 1
        if name == "write" and words and "stdout" not in words:
            run = operation.strace("-o", "/dev/null", "-e", "trace=write", "-e", f"inject=write:retval=0:when={number}")
            operation.check(line, run, words, "a write of nothing")
            injected += 1
    proof.note(f"{operation.name}: {len(calls)} calls, {injected} faults")
    for outcome, count in operation.outcomes.most_common():
        proof.note(f"{count:5d} {outcome}")
    name = "crash.change." + operation.name.replace(" ", "_")
    proof.figure(f"{name}.calls", len(calls))
    proof.figure(f"{name}.faults", injected)
    proof.figure(f"{name}.wrong", len(operation.wrong))
    steps = {words_of(calls, i) for i in range(len(calls)) if is_ours(calls, i)} - {None, False}
    cli.ok(f"{operation.name}: every fault leaves the old file or the new one, and says what happened", not operation.wrong,
           *operation.wrong[:25])
    return steps


def main():
    if shutil.which("strace") is None:
        print("1..0 # SKIP strace is not installed")
        return 0
    tried = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        print("1..0 # SKIP processes cannot be traced here")
        return 0
    steps = prove(Operation("key rotate", proof.ROTATE, False))
    cli.ok("key rotate: every step was met", len(steps) == 15, *sorted(steps))
    steps = prove(Operation("key new", ["key", "new", "--now", str(proof.NOW), "ring"], True))
    cli.ok("key new: every step was met", len(steps) == 12 and "giving the new ring its name" in steps, *sorted(steps))
    cli.done()
    return 0


if __name__ == "__main__":
    sys.exit(main())
