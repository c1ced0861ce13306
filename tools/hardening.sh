#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows that the verifier cannot be broken: runs the proofs of it and writes one page, doc/hardening.md, of nothing but the figures that
# they print ("figure: NAME = VALUE") and of the machine. Fails if a proof does; the page is written all the same, and says which.
#   tools/hardening.sh --short [--build DIR]    the short forms, minutes
#   tools/hardening.sh --full [--build DIR]     all parts, hours
#   tools/hardening.sh [--build DIR] PART…      these: fuzz afl starve mutate mints crash threads ctime secrets mutants matrix processors
#                      analyze coverage.
#                      What the page has of the others stays. A part of a part: fuzz=HARNESS,… afl=HARNESS,… matrix=BUILD,… analyze=TOOL,…
#                      mutate=release, mutate=sanitized
#   default build directory: build-proof. Seconds a fuzz harness: SESS_FUZZ_SECONDS (180), SESS_AFL_SECONDS (60)
set -eu
cd "$(dirname "$0")/.."

all='fuzz afl starve mutate mints crash threads ctime secrets mutants matrix processors analyze coverage'
mode=parts
case ${1:-} in
--short | --full) mode=${1#--} && shift ;;
esac
dir=build-proof
if [ "${1:-}" = --build ] && [ $# -ge 2 ]; then
	dir=$2
	shift 2
fi
usage() {
	sed -n '3,11s/^# //p' "$0" >&2 && exit 2
}
case $mode in
parts) [ $# -gt 0 ] || usage ;;
*) [ $# -eq 0 ] || usage ;;
esac
for name; do
	case " $all " in
	*" ${name%%=*} "*) ;;
	*) echo "tools/hardening.sh: no part \"$name\"" >&2 && exit 2 ;;
	esac
done
logs=build-hardening
mkdir -p "$logs"

# The names of the short forms in the test run; those that are not built here say so by their absence.
short='ctime secrets canaries crowd mutants refuse starve starve_reload ring_famine ring_hunger foreign_starve redis_starve mutate mints random kills faults
races places mutate_plants mints_plants'

part() {
	some=
	case $1 in
	*=*) some=$(echo "${1#*=}" | tr , ' ') ;;
	esac
	# shellcheck disable=SC2086
	case ${1%%=*} in
	fuzz) tools/fuzz.sh "${SESS_FUZZ_SECONDS:-180}" $some ;;
	afl) tools/fuzz.sh --afl "${SESS_AFL_SECONDS:-60}" $some ;;
	starve) tools/proof.sh --build "$dir" hunger ;;
	mutate) tools/proof.sh --build "$dir" "mutate${some:+-$some}" ;;
	mints | crash | threads | ctime | secrets) tools/proof.sh --build "$dir" "$1" ;;
	mutants) tools/mutants.sh ;;
	matrix) tools/matrix.sh $some ;;
	processors) tools/matrix.sh ${some:-s390x i386 arm64} ;;
	analyze) tools/analyze.sh $some ;;
	coverage) tools/coverage.sh ;;
	short)
		[ -d "$dir/meson-info" ] || meson setup "$dir" >/dev/null
		ninja -C "$dir" >/dev/null
		known=$(meson test -C "$dir" --list 2>/dev/null | sed 's/.* \/ //')
		names=
		for test in $short; do
			printf '%s\n' $known | grep -qx "$test" && names="$names $test"
		done
		meson test -C "$dir" --no-rebuild $names || failed=1
		# What they printed is in Meson's log, a line of JSON a test.
		python3 -c 'import json, sys
for line in open(sys.argv[1]):
    print(json.loads(line).get("stdout", ""))' "$dir/meson-logs/testlog.json"
		[ -z "${failed:-}" ]
		;;
	esac
}

# git's name of the tree of sources; "+": not as they stand here.
sources() {
	git rev-parse --short=8 HEAD:src 2>/dev/null | tr -d '\n'
	git diff --quiet HEAD -- src 2>/dev/null || printf +
}

case $mode in
short) set -- short ;;
full)
	# shellcheck disable=SC2086
	set -- $all
	;;
esac
status=0
for name; do
	echo "== $name"
	log=$logs/${name%%=*}.log
	begun=$(date +%s)
	judged=$(sources)
	holds=holds
	part "$name" >"$log" 2>&1 || holds=FAILS
	[ $holds = holds ] || status=1
	planted=$(grep -ciE '^ *ok .*(planted|noticed)' "$log" || true)
	{
		[ "$planted" -eq 0 ] || echo "figure: planted-faults-noticed-by-${name%%=*} = $planted"
		echo "figure: proof-of-${name%%=*} = $holds"
		echo "figure: seconds-of-${name%%=*} = $(($(date +%s) - begun))"
		echo "figure: day-of-${name%%=*} = $(date +%F)"
		echo "figure: source-of-${name%%=*} = $judged"
	} >>"$log"
	grep -E '^(# )?figure: ' "$log" || true
	grep -E '^(not ok|Bail)' "$log" || true
	python3 tools/hardening_page.py doc/hardening.md "$logs" "$name" >"$logs/page.md"
	mv "$logs/page.md" doc/hardening.md
done
exit $status
