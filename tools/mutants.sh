#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests the tests: changes the verify, ring and cookie code in one place at a time and asks whether they notice. Prints each mutant
# that lives, or that may live, and "figure:" lines. Fails where one lives that tests/mutants/equivalent.txt does not explain, or where
# fewer than 95 % are noticed. It can be stopped, and goes on where it was.
#   tools/mutants.sh [--build DIR] [--count N] [--seed N] [--jobs N] [--only PART-OF-A-FILE-NAME] [--list] [--quick]
#   default: build-mutants, 200 of them, seed 9, two at once; --quick asks twelve programs each, for a first look
set -eu
cd "$(dirname "$0")/.."

dir=build-mutants
if [ "${1:-}" = --build ] && [ $# -ge 2 ]; then
	dir=$2
	shift 2
fi
[ -d "$dir/meson-info" ] || meson setup "$dir" -Doptimization=1 -Ddebug=false -Dtools=false -Dbench=disabled -Ddemo=disabled >/dev/null
# The test programs that are asked, those added since too, and nothing else.
ninja -C "$dir" build.ninja >/dev/null
programs=$(ninja -C "$dir" -t targets all | sed -n 's,^\(tests/\(jose\|reference\|ring\|session\|token\|vectors\)_test_[a-z0-9_]*\): .*,\1,p')
# shellcheck disable=SC2086
ninja -C "$dir" $programs >/dev/null
exec python3 tests/mutants/mutants.py "$dir" "$@"
