#!/bin/sh
# SPDX-License-Identifier: MIT
# Coverage of what stands on the path of a token: src/base, src/json, src/jose, src/token. Runs the suites of the library (no sesstool,
# no proofs), prints every line that no test reached and "figure:" lines. Fails where a line is missed or fewer than 95 % of the
# branches are taken. What is left out is marked in the code (GCOVR_EXCL, with the reason beside it) and counted.
#   tools/coverage.sh [--build DIR]    default build-coverage
set -eu
cd "$(dirname "$0")/.."

dir=build-coverage
[ "${1:-}" != --build ] || dir=$2
[ -d "$dir/meson-info" ] || meson setup "$dir" -Db_coverage=true -Doptimization=0 -Dbench=disabled -Ddemo=disabled \
	"-Dvectors=${SESS_VECTORS:-}" >/dev/null
ninja -C "$dir" >/dev/null
meson test -C "$dir" --no-rebuild --quiet --suite base --suite crypto --suite json --suite jose --suite ring --suite token \
	--suite revocation --suite session --suite foreign --suite reference --suite vectors --suite interop >/dev/null 2>&1 || true

layers='--filter src/base/ --filter src/json/ --filter src/jose/ --filter src/token/'
# shellcheck disable=SC2086
gcovr --root . $layers --exclude-throw-branches "$dir"
# shellcheck disable=SC2086
gcovr --root . $layers --exclude-throw-branches --print-summary "$dir" >"$dir/summary"
lines=$(sed -n 's/^lines: \([0-9.]*\)%.*/\1/p' "$dir/summary")
branches=$(sed -n 's/^branches: \([0-9.]*\)%.*/\1/p' "$dir/summary")
echo "figure: coverage-lines-percent = $lines"
echo "figure: coverage-branches-percent = $branches"
echo "figure: coverage-exclusions = $(cat src/base/*.c src/json/*.c src/jose/*.c src/token/*.c | grep -c 'GCOVR_EXCL_\(LINE\|START\|BR_LINE\)' || true)"
awk -v l="$lines" -v b="$branches" 'BEGIN { exit !(l >= 100 && b >= 95) }'
