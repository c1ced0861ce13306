#!/bin/sh
# SPDX-License-Identifier: MIT
# Coverage of what stands on the path of a token: src/base, src/json, src/jose, src/token. Runs the C tests of the library (no
# sesstool, no proofs, no other languages), prints every line that none reached and "figure:" lines, a folder at a time. Fails where a
# line is missed or fewer than 95 % of a folder's branches are taken. What is left out would be marked in the code
# (GCOVR_EXCL, with the reason beside it), and is counted.
#   tools/coverage.sh [--build DIR]    default build-coverage
set -eu
cd "$(dirname "$0")/.."

dir=build-coverage
[ "${1:-}" != --build ] || dir=$2
[ -d "$dir/meson-info" ] || meson setup "$dir" -Db_coverage=true -Doptimization=0 -Dtools=false -Dbench=disabled -Ddemo=disabled \
	"-Dvectors=${SESS_VECTORS:-}" >/dev/null
ninja -C "$dir" build.ninja >/dev/null # so that what was added since is listed
suites='base json jose ring token session reference vectors'
begin="plain $suites" # names of their programs begin so
# shellcheck disable=SC2086
programs=$(ninja -C "$dir" -t targets all | sed -n "s,^\(tests/\($(printf '%s' "$begin" | tr ' ' '|' | sed 's/|/\\|/g')\)_[a-z0-9_]*\): .*,\1,p")
# shellcheck disable=SC2086
ninja -C "$dir" $programs >/dev/null
find "$dir" -name '*.gcda' -delete
status=0
# In one process a program: each that forks would write all counters again. Whether they pass is the test run's business.
# shellcheck disable=SC2046,SC2086
CK_FORK=no meson test -C "$dir" --no-rebuild --quiet $(printf -- '--suite %s ' $suites) >/dev/null 2>&1 || true

gcovr --root . --filter src/base/ --filter src/json/ --filter src/jose/ --filter src/token/ --exclude-throw-branches \
	--txt "$dir/lines.txt" --json-summary "$dir/summary.json" "$dir/src"
cat "$dir/lines.txt"
python3 - "$dir/summary.json" <<'END' || status=1
import json, pathlib, re, sys
folders, holds = {}, True
for f in json.load(open(sys.argv[1]))["files"]:
    sums = folders.setdefault(f["filename"].split("/")[1], [0] * 4)
    for i, name in enumerate(("line_covered", "line_total", "branch_covered", "branch_total")):
        sums[i] += f[name]
for folder, (line, lines, branch, branches) in sorted(folders.items()):
    print(f"figure: coverage-{folder}-lines = {line} of {lines}")
    print(f"figure: coverage-{folder}-branches-percent = {100 * branch / branches:.1f}")
    holds = holds and line == lines and branch >= 0.95 * branches
marks = [(f"{path}:{number}", mark.group(1).strip()) for folder in sorted(folders) for path in sorted(pathlib.Path("src", folder).glob("*.[ch]"))
         for number, line in enumerate(path.read_text().splitlines(), 1) for mark in re.finditer(r"GCOVR_EXCL_(?:BR_)?(?:LINE|START):? ?(.*?)(?:\*/|$)", line)]
print("figure: coverage-exclusions =", len(marks))
for number, (place, why) in enumerate(marks, 1):
    print(f"figure: coverage.excluded.{number}.place = {place}\nfigure: coverage.excluded.{number}.why = {why or 'no reason'}")
sys.exit(0 if holds and len(folders) == 4 and all(why for _, why in marks) else 1)
END
exit $status
