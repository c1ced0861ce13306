# SPDX-License-Identifier: MIT
"""TAP for the lint scripts: one point a check, with what was wrong beneath it."""
import sys

count = 0
failed = 0


def check(name, problems):
    """One point: passes when the list of problems is empty."""
    global count, failed
    count += 1
    problems = list(problems)
    print(f"{'not ok' if problems else 'ok'} {count} - {name}")
    for problem in problems:
        print(f"#   {problem}")
    failed += bool(problems)


def done():
    print(f"1..{count}")
    sys.exit(1 if failed else 0)
