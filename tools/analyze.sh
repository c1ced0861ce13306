#!/bin/sh
# SPDX-License-Identifier: MIT
# Static analysis of src/: clang-tidy (.clang-tidy says which checks are left out, and why), cppcheck and gcc -fanalyzer
# (tools/cppcheck.supp, tools/analyze.supp). Prints what they find, and "figure:" lines; fails where there is anything. A tool that
# is not installed is said.
#   tools/analyze.sh [--quick] [--build DIR]    DIR: an up-to-date build, for its compile_commands.json; default build
#   --quick    cppcheck alone, a few seconds
set -eu
cd "$(dirname "$0")/.."

dir=build
quick=no
while [ $# -gt 0 ]; do
	case $1 in
	--quick) quick=yes ;;
	--build) dir=$2 && shift ;;
	*) sed -n '3,7s/^# //p' "$0" >&2 && exit 2 ;;
	esac
	shift
done
status=0
found=$(mktemp)
trap 'rm -f "$found"' EXIT

# NAME COMMAND…: whatever the command prints is a finding.
judge() {
	name=$1
	shift
	if ! command -v "$1" >/dev/null 2>&1; then
		echo "$name is not installed: nothing is known from it"
		return
	fi
	"$@" >"$found" 2>&1 || true
	cat "$found"
	echo "figure: $name-findings = $(grep -cE '(warning|error|performance|portability|style):' "$found" || true)"
	[ ! -s "$found" ] || status=1
}

sources=$(find src -name '*.c' | sort)

# Findings on stdin, less those that tools/analyze.supp explains.
# shellcheck disable=SC2317  # judge calls it, by what follows
unexplained() {
	grep -E 'warning:|error:' | while read -r line; do
		file=$(echo "$line" | sed -n 's/^\([^:]*\/\)\{0,1\}\(src\/[^:]*\):.*/\2/p')
		check=$(echo "$line" | sed -n 's/.*\[\([A-Za-z.-]*\)[],].*$/\1/p')
		grep -q "^$file $check " tools/analyze.supp || echo "$line"
	done
}

# shellcheck disable=SC2317
tidy_all() {
	# shellcheck disable=SC2086
	printf '%s\n' $sources | xargs -P 2 -n 4 clang-tidy -quiet -p "$dir" 2>/dev/null | unexplained
}

# shellcheck disable=SC2317
analyzer_all() {
	# shellcheck disable=SC2086
	printf '%s\n' $sources | xargs -P 2 -I{} gcc -std=c11 -D_GNU_SOURCE -DSESS_WITH_LMDB -DSESS_WITH_REDIS -O1 -fanalyzer \
		-Iinclude -Isrc -c {} -o /dev/null 2>&1 | unexplained
}

# shellcheck disable=SC2086
judge cppcheck cppcheck --quiet --std=c11 --enable=warning,performance,portability -D__GNUC__ -D_GNU_SOURCE -DSESS_WITH_LMDB \
	-Iinclude -Isrc --inline-suppr --suppressions-list=tools/cppcheck.supp src
if [ $quick = no ]; then
	[ -f "$dir/compile_commands.json" ] || meson setup "$dir" >/dev/null
	command -v clang-tidy >/dev/null 2>&1 && judge clang-tidy tidy_all
	judge gcc-analyzer analyzer_all
fi
# shellcheck disable=SC2086
echo "figure: analyzed-files = $(printf '%s\n' $sources | wc -l)"
exit $status
