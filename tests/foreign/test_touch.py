# SPDX-License-Identifier: MIT
"""Verifying tokens that name files and servers opens no file and no socket: strace looks on. A planted open must be seen."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
CALLS = "open,openat,openat2,creat,stat,lstat,newfstatat,statx,access,faccessat,faccessat2,readlink,readlinkat,socket,connect,sendto,execve,clone,fork,vfork"


def between_marks(*arguments):
    with tempfile.TemporaryDirectory() as folder:
        trace = os.path.join(folder, "trace")
        env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}  # the leak check is a tracer itself
        run = subprocess.run(["strace", "-f", "-o", trace, "-e", f"trace=?{',?'.join(CALLS.split(','))}", PROGRAM, *arguments],
                             env=env, capture_output=True, text=True)
        lines = open(trace).read().splitlines()
    begin = [i for i, line in enumerate(lines) if "/mark/begin" in line]
    end = [i for i, line in enumerate(lines) if "/mark/end" in line]
    if run.returncode != 0 or len(begin) != 1 or len(end) != 1:
        return None, run.stderr
    return [re.sub(r"^\d+ +", "", line) for line in lines[begin[0] + 1:end[0]]], ""


def report(number, name, problems):
    print(f"{'not ok' if problems else 'ok'} {number} - {name}")
    for problem in problems:
        print(f"# {problem}")
    return bool(problems)


if shutil.which("strace") is None:
    print("1..0 # SKIP no strace")
    sys.exit(0)
seen, why = between_marks()
if seen is None and "ptrace" in why.lower() and "not permitted" in why.lower():
    print("1..0 # SKIP strace may not trace here")
    sys.exit(0)
failed = report(1, "nothing is opened, asked or run", [why] if seen is None else seen)
planted, why = between_marks("/etc/planted")
failed |= report(2, "a planted open is seen", [] if planted and any("/etc/planted" in p for p in planted) else [f"{planted} {why}"])
print("1..2")
sys.exit(failed)
