# SPDX-License-Identifier: MIT
"""Counts the TAP points of a Meson test log. The last line is: N passed, N failed, N skipped."""
import json
import re
import sys

POINT = re.compile(r"^(not )?ok\b(.*)$")


def count(test):
    """(passed, failed, skipped) of one program; one that crashed or stopped short has failed at least once."""
    passed = failed = skipped = 0
    planned = None
    for line in (test.get("stdout") or "").splitlines():
        plan = re.match(r"^1\.\.(\d+)(\s*#\s*SKIP)?", line, re.I)
        if plan:
            planned = int(plan[1])
            skipped += bool(plan[2])
        point = POINT.match(line)
        if point and re.search(r"#\s*SKIP", point[2], re.I):
            skipped += 1
        elif point:
            passed, failed = passed + (not point[1]), failed + bool(point[1])
    if test["result"] == "EXPECTEDFAIL":  # planted: that it failed is the one thing to be proved
        return 1, 0, 0
    if test["result"] in ("OK", "SKIP"):
        if planned is None and passed + failed + skipped == 0:
            passed = 1
    elif failed == 0:
        failed = 1
    return passed, failed, skipped


def main():
    totals = [0, 0, 0]
    for line in open(sys.argv[1], encoding="utf-8"):
        test = json.loads(line)
        counts = count(test)
        totals = [a + b for a, b in zip(totals, counts)]
        if counts[1]:
            print(f"--- {test['name']}: {test['result']}")
            points = [p for p in (test.get("stdout") or "").splitlines() if not p.startswith("ok ")]
            print("\n".join(points[-60:]))
            print("\n".join((test.get("stderr") or "").splitlines()[-60:]))
        elif counts[2]:
            why = [p for p in test["stdout"].splitlines() if "SKIP" in p.upper()]
            print(f"skipped: {test['name']}: " + "; ".join(w.split("#", 1)[-1].strip() for w in why[:4]))
    print("{} passed, {} failed, {} skipped".format(*totals))
    sys.exit(1 if totals[1] or not totals[0] else 0)


main()
