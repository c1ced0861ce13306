# SPDX-License-Identifier: MIT
"""A source of randomness that fails: every getrandom() of a process fails, by strace, and from the n-th on every open as well, so that
OpenSSL finds no device instead; for each n. What is minted is minted with randomness from a device, and no two are alike;
without one the error is RANDOM, and no token comes out. Each getrandom() failing alone is tried too."""
import os
import re
import shutil
import subprocess
import sys

mints = sys.argv[1]
LONG = os.environ.get("SESS_LONG", "") == "1"
TOKEN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){4}\n")


def run(*faults):
    """(status, stdout) of one mint under these faults, and whether a device of randomness was opened."""
    trace = ["strace", "-qq", "-e", "trace=getrandom,openat", "-e", "signal=none"]
    for fault in faults:
        trace += ["-e", f"inject={fault}"]
    done = subprocess.run([*trace, mints, "--one"], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    opened = re.search(r'openat\(.*"/dev/u?random".*= [0-9]', done.stderr) is not None
    return done.returncode, done.stdout, opened, len(re.findall(r"^openat", done.stderr, re.M)), \
        len(re.findall(r"^getrandom", done.stderr, re.M))


def main():
    if shutil.which("strace") is None or subprocess.run(["strace", "-qq", "true"], capture_output=True).returncode != 0:
        print("1..0 # SKIP strace is not installed, or may not trace")
        return 0
    status, out, _, opens, draws = run()
    if status != 0 or not TOKEN.fullmatch(out):
        print("1..1\nnot ok 1 - without faults a token is minted")
        return 1
    tokens, refused, wrong = [out], 0, []
    runs = [[f"getrandom:error=EIO:when={n}"] for n in range(1, draws + 1)]
    runs += [["getrandom:error=ENOSYS"], ["getrandom:error=EIO"]]
    # The last opens are those of the devices: the short form begins a little before them.
    _, _, _, opens, _ = run("getrandom:error=EIO")
    first = 1 if LONG else max(1, opens - 6)
    runs += [["getrandom:error=EIO", f"openat:error=EACCES:when={n}+"] for n in range(first, opens + 2)]
    for faults in runs:
        status, out, opened, _, _ = run(*faults)
        if TOKEN.fullmatch(out) and status == 0:
            tokens.append(out)
            if "getrandom:error=EIO" in faults and not opened:
                wrong.append(f"{faults}: minted without randomness")
        elif out == "RANDOM\n" and status == 3:
            refused += 1
        elif status == 0 or "." in out:
            wrong.append(f"{faults}: status {status}, stdout {len(out)} bytes")
    print("1..3")
    print(f"{'not ok' if wrong else 'ok'} 1 - nothing is minted without randomness")
    for line in wrong:
        print(f"#   {line}")
    print(f"{'ok' if refused > 0 else 'not ok'} 2 - without randomness the error is RANDOM")
    print(f"{'ok' if len(set(tokens)) == len(tokens) else 'not ok'} 3 - what is minted in spite of failures is never the same")
    # The first token was minted without a fault; a run that neither mints nor says RANDOM could not load a library.
    for name, value in (("faults", len(runs)), ("refused", refused), ("minted_from_a_device", len(tokens) - 1),
                        ("could_not_start", len(runs) - refused - len(tokens) + 1 - len(wrong)), ("wrong", len(wrong))):
        print(f"# figure: random.{name} = {value}")
    return 1 if wrong or refused == 0 or len(set(tokens)) != len(tokens) else 0


sys.exit(main())
