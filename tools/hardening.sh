#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows that the verifier cannot be broken: runs every proof of it and writes one page, doc/hardening.md, of nothing but the figures that
# they print ("figure: NAME = VALUE") and of the machine. Fails if a proof does; the page is written all the same, and says which.
#   tools/hardening.sh --short [--build DIR]           the short forms, minutes
#   tools/hardening.sh --full [--build DIR] [PART…]    everything, hours: fuzz starve mutate mints threads ctime secrets mutants matrix
#                                                      analyze coverage; or these parts, whose figures replace the older ones
#   default build directory: build-proof. Seconds a fuzz harness: SESS_FUZZ_SECONDS (180)
set -eu
cd "$(dirname "$0")/.."

mode=${1:-}
case $mode in
--short | --full) shift ;;
*) sed -n '3,9s/^# //p' "$0" >&2 && exit 2 ;;
esac
dir=build-proof
if [ "${1:-}" = --build ] && [ $# -ge 2 ]; then
	dir=$2
	shift 2
fi
logs=build-hardening
mkdir -p "$logs"

# The names of the short forms in the test run; those that are not built here say so by their absence.
short='ctime secrets canaries crowd mutants refuse starve starve_reload mutate mints random planted'

part() {
	case $1 in
	fuzz) tools/fuzz.sh "${SESS_FUZZ_SECONDS:-180}" ;;
	starve) tools/proof.sh --build "$dir" hunger ;;
	mutate | mints | threads | ctime | secrets) tools/proof.sh --build "$dir" "$1" ;;
	mutants) tools/mutants.sh ;;
	matrix) tools/matrix.sh ;;
	analyze) tools/analyze.sh --build "$dir" ;;
	coverage) tools/coverage.sh ;;
	short)
		[ -d "$dir/meson-info" ] || meson setup "$dir" >/dev/null
		ninja -C "$dir" >/dev/null
		known=$(meson test -C "$dir" --list 2>/dev/null | sed 's/.* \/ //')
		names=
		for name in $short; do
			# shellcheck disable=SC2086
			printf '%s\n' $known | grep -qx "$name" && names="$names $name"
		done
		# shellcheck disable=SC2086
		meson test -C "$dir" --no-rebuild $names || failed=1
		# What they printed is in Meson's log, a line of JSON a test.
		python3 -c 'import json, sys
for line in open(sys.argv[1]):
    print(json.loads(line).get("stdout", ""))' "$dir/meson-logs/testlog.json"
		[ -z "${failed:-}" ]
		;;
	*) echo "tools/hardening.sh: no part \"$1\"" >&2 && exit 2 ;;
	esac
}

if [ "$mode" = --short ]; then
	set -- short
elif [ $# -eq 0 ]; then
	set -- fuzz starve mutate mints threads ctime secrets mutants matrix analyze coverage
fi
status=0
for name; do
	echo "== $name"
	begun=$(date +%s)
	if part "$name" >"$logs/$name.log" 2>&1; then
		echo "figure: proof-of-$name = holds" >>"$logs/$name.log"
	else
		echo "figure: proof-of-$name = FAILS" >>"$logs/$name.log"
		status=1
	fi
	echo "figure: seconds-of-$name = $(($(date +%s) - begun))" >>"$logs/$name.log"
	grep -E '^(# )?figure: ' "$logs/$name.log" || true
	grep -E '^(not ok|Bail)' "$logs/$name.log" || true
done
python3 tools/hardening_page.py "$logs" >"$logs/page.md"
mv "$logs/page.md" doc/hardening.md
exit $status
