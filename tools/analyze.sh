#!/bin/sh
# SPDX-License-Identifier: MIT
# Static analysis: cppcheck and gcc -fanalyzer of src/, clang-tidy of src/ and tools/sesstool/ (.clang-tidy says which checks are left
# out, and why; tests/lint/analyze_model.h what the analysers cannot see). Prints what they find that tools/analyze.supp and
# tools/cppcheck.supp do not explain, and "figure:" lines. Fails where there is anything, where an explanation explains nothing, where
# a tool is not installed, and where it does not see a fault that is planted.
#   tools/analyze.sh [--build DIR] [TOOL…]    TOOL: cppcheck, gcc, clang-tidy; default all of them
#   DIR: a build, for its compile_commands.json; default build-analyze, which is set up and not built
set -eu
cd "$(dirname "$0")/.."

dir=build-analyze
if [ "${1:-}" = --build ] && [ $# -ge 2 ]; then
	dir=$2
	shift 2
fi
[ $# -gt 0 ] || set -- cppcheck gcc clang-tidy
work=$(mktemp -d "$PWD/build-analyze-XXXXXX") # in the tree, where .clang-tidy is found
trap 'rm -rf "$work"' EXIT
jobs=$(nproc)
status=0
find src -name '*.c' ! -path src/base/diag.c | sort >"$work/src"
find src tools/sesstool -name '*.c' ! -path src/base/diag.c | sort >"$work/all"
: >"$work/used"
cat >"$work/planted.c" <<'END'
int planted(void);

int
planted(void)
{
	int *p = 0;
	return *p;
}
END

# Each takes files on stdin and options; prints whatever it has to say.
# shellcheck disable=SC2317  # judge calls them
run_cppcheck() {
	xargs cppcheck --quiet --std=c11 --enable=warning,performance,portability -D__GNUC__ -D_GNU_SOURCE -DSESS_WITH_LMDB \
		-Iinclude -Isrc --inline-suppr "$@" 2>&1
}

# shellcheck disable=SC2317
run_gcc() {
	xargs -P "$jobs" -I{} gcc -std=c11 -D_GNU_SOURCE -DSESS_WITH_LMDB -DSESS_WITH_REDIS -O1 -fanalyzer -Iinclude -Isrc "$@" -c {} \
		-o /dev/null 2>&1
}

# shellcheck disable=SC2317
run_clang_tidy() {
	xargs -P "$jobs" -n 1 clang-tidy -quiet -p "$dir" "$@" 2>&1
}

# Findings on stdin, each once, less those that tools/analyze.supp explains.
unexplained() {
	grep -E '^[^ ]+:[0-9]+:[0-9]+: (warning|error|performance|portability|style): ' | sort -u | while read -r line; do
		file=$(echo "$line" | sed -n 's/^\([^:]*\/\)\{0,1\}\(\(src\|tools\/sesstool\)\/[^:]*\):.*/\2/p')
		check=$(echo "$line" | sed -n 's/.*\[\([A-Za-z0-9.-]*\)[],].*$/\1/p')
		if grep -q "^$file $check " tools/analyze.supp; then
			echo "$file $check" >>"$work/used"
		else
			echo "$line"
		fi
	done
}

# NAME FUNCTION FILES OPTION…: whatever is unexplained is a finding; a planted one must be seen.
judge() {
	name=$1
	run=$2
	files=$3
	shift 3
	begun=$(date +%s)
	if ! command -v "$name" >/dev/null; then
		echo "not ok - $name is not installed; tools/deps.sh --install test"
		status=1
		return
	fi
	# The model is of what this file defines.
	{ $run "$@" <"$files" || true; echo src/base/diag.c | $run || true; } | unexplained >"$work/found"
	cat "$work/found"
	echo "figure: $name-findings = $(wc -l <"$work/found")"
	echo "figure: $name-files = $(($(wc -l <"$files") + 1))"
	echo "figure: $name-seconds = $(($(date +%s) - begun))"
	[ ! -s "$work/found" ] || status=1
	if echo "$work/planted.c" | { $run || true; } | grep -q 'planted.c:7:.*\(warning\|error\)'; then
		echo "ok - $name sees a planted fault"
	else
		echo "not ok - $name sees a planted fault"
		status=1
	fi
}

for tool; do
	case $tool in
	cppcheck) judge cppcheck run_cppcheck "$work/src" --suppressions-list=tools/cppcheck.supp ;;
	gcc) judge gcc run_gcc "$work/src" -include tests/lint/analyze_model.h ;;
	clang-tidy)
		[ -f "$dir/compile_commands.json" ] || meson setup "$dir" >/dev/null
		judge clang-tidy run_clang_tidy "$work/all" --extra-arg=-include "--extra-arg=$PWD/tests/lint/analyze_model.h" \
			--extra-arg="-I$PWD/src"
		;;
	*) sed -n '3,8s/^# //p' "$0" >&2 && exit 2 ;;
	esac
done
echo "figure: explained = $(grep -cv '^#' tools/analyze.supp)"
grep -v '^#' tools/analyze.supp | awk '{ file = $1; check = $2; sub(/^[^ ]+ [^ ]+ /, "")
	printf "figure: analyze.explained.%d.place = %s\nfigure: analyze.explained.%d.warning = %s\nfigure: analyze.explained.%d.why = %s\n",
		NR, file, NR, check, NR, $0 }'
case " $* " in
*' gcc '*'clang-tidy '*)
	grep -v '^#' tools/analyze.supp | while read -r file check rest; do
		grep -qxF -e "$file $check" "$work/used" || echo "not ok - tools/analyze.supp explains what nothing says: $file $check ($rest)"
	done >"$work/stale"
	cat "$work/stale"
	[ ! -s "$work/stale" ] || status=1
	;;
esac
exit $status
