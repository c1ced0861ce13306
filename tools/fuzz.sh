#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs the fuzz harnesses, two at once, each for so many seconds; prints executions, coverage and findings as a table, then the
# same as "figure:" lines. Fails if there is a finding, or a harness that does not run.
#   tools/fuzz.sh [--afl] [--merge] [--build DIR] SECONDS [HARNESS…]
#   --afl      AFL++ (Debian: afl++) in persistent mode, without sanitizers, in place of libFuzzer with ASan and UBSan
#   --merge    then adds to fuzz/corpus/HARNESS what reaches code that nothing there reaches; libFuzzer alone
#   --build    default build-fuzz, or build-afl. What was found stays in DIR/found and goes on from there next time;
#              inputs that break something are in DIR/findings: replay one with DIR/fuzz/replay_HARNESS FILE
set -euo pipefail
cd "$(dirname "$0")/.."

afl=no
merge=no
dir=
while [ $# -gt 0 ]; do
	case $1 in
	--afl) afl=yes ;;
	--merge) merge=yes ;;
	--build) dir=$2 && shift ;;
	*) break ;;
	esac
	shift
done
if ! [[ ${1:-} =~ ^[1-9][0-9]*$ ]]; then
	sed -n '3,10s/^# //p' "$0" >&2
	exit 2
fi
seconds=$1
shift
set -- "${@:-}"
if [ -z "$1" ]; then
	names=(fuzz/fuzz_*.c)
	names=("${names[@]#fuzz/fuzz_}")
	set -- "${names[@]%.c}"
fi

if [ $afl = yes ]; then
	dir=${dir:-build-afl}
	cc='afl-clang-fast'
	options=()
else
	dir=${dir:-build-fuzz}
	cc=clang
	options=('-Db_sanitize=address,undefined' '-Db_lundef=false')
fi
command -v $cc >/dev/null || {
	echo "tools/fuzz.sh: $cc is not installed; tools/deps.sh --install fuzz" >&2
	exit 1
}
export AFL_QUIET=1
[ -d "$dir/meson-info" ] ||
	CC=$cc meson setup "$dir" -Dlibfuzzer=true -Ddemo=disabled -Dbench=disabled "${options[@]}" >/dev/null
targets=()
for name; do
	[ -f "fuzz/fuzz_$name.c" ] || {
		echo "tools/fuzz.sh: no harness \"$name\"" >&2
		exit 2
	}
	targets+=("fuzz/fuzz_$name")
	[ $afl = yes ] || targets+=("fuzz/replay_$name")
done
ninja -C "$dir" "${targets[@]}" >"$dir/build.log" || {
	cat "$dir/build.log"
	exit 1
}
mkdir -p "$dir/found" "$dir/findings"

export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_AUTORESUME=1

with_libfuzzer() {
	mkdir -p "$dir/found/$1" "$dir/findings/$1"
	"$dir/fuzz/fuzz_$1" -max_total_time="$seconds" -dict="fuzz/dict/$1.dict" -artifact_prefix="$dir/findings/$1/" \
		-timeout=30 -rss_limit_mb=3000 -print_final_stats=1 "$dir/found/$1" "fuzz/corpus/$1" >"$dir/found/$1.log" 2>&1
}

with_afl() {
	# afl-fuzz itself stops on a seed that crashes, and leaves fuzzer_stats away: then the row says so.
	afl-fuzz -V "$seconds" -t 5000 -i "fuzz/corpus/$1" -o "$dir/found/$1" -x "fuzz/dict/$1.dict" -- "$dir/fuzz/fuzz_$1" \
		>"$dir/found/$1.log" 2>&1
}

run() {
	local status=0
	if [ $afl = yes ]; then with_afl "$1" || status=$?; else with_libfuzzer "$1" || status=$?; fi
	echo $status >"$dir/found/$1.status"
}

for name; do
	while [ "$(jobs -pr | wc -l)" -ge 2 ]; do
		wait -n
	done
	run "$name" &
done
wait

# Executions, edges reached, edges of the whole program, features (AFL: paths in its queue), findings.
figures_of() {
	if [ $afl = yes ]; then
		awk -F' *: *' '{ gsub(/%/, "", $2); v[$1] = $2 } END { printf "%d %d %d %d %d\n", v["execs_done"], v["edges_found"],
			v["total_edges"], v["corpus_count"], v["saved_crashes"] + v["saved_hangs"] }' \
			"$dir/found/$1/default/fuzzer_stats" 2>/dev/null || echo '0 0 0 0 0'
		return
	fi
	awk -v findings="$(find "$dir/findings/$1" -type f | wc -l)" '
		/^INFO: Loaded .* inline 8-bit counters/ { for (i = 2; i <= NF; i++) if ($i == "inline") t = substr($(i - 1), 2) }
		/^#[0-9]+.* cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") c = $(i + 1); if ($i == "ft:") f = $(i + 1) } }
		/^stat::number_of_executed_units:/ { n = $2 }
		END { printf "%d %d %d %d %d\n", n, c, t, f, findings }' "$dir/found/$1.log"
}

tool=libfuzzer
[ $afl = no ] || tool=afl
failed=0
lines=
printf '%-12s %12s %8s %8s %8s %9s %9s\n' harness executions per_s edges of features findings
for name; do
	read -r executions edges of features findings < <(figures_of "$name")
	status=$(cat "$dir/found/$name.status")
	if [ "$executions" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$findings" -eq 0 ]; }; then
		echo "tools/fuzz.sh: $name ended with status $status; see $dir/found/$name.log" >&2
		failed=1
	fi
	[ "$findings" -eq 0 ] || failed=1
	printf '%-12s %12d %8d %8d %8d %9d %9d\n' "$name" "$executions" $((executions / seconds)) "$edges" "$of" "$features" \
		"$findings"
	lines+="figure: fuzz.$tool.$name.executions = $executions
figure: fuzz.$tool.$name.seconds = $seconds
figure: fuzz.$tool.$name.edges = $edges
figure: fuzz.$tool.$name.of = $of
figure: fuzz.$tool.$name.findings = $findings
"
done
if [ $merge = yes ] && [ $afl = no ]; then
	for name; do
		before=$(find "fuzz/corpus/$name" -type f | wc -l)
		"$dir/fuzz/fuzz_$name" -merge=1 "fuzz/corpus/$name" "$dir/found/$name" >"$dir/found/$name.merge.log" 2>&1 || failed=1
		echo "$name: $before seeds before, $(find "fuzz/corpus/$name" -type f | wc -l) now"
	done
fi
printf '%s' "$lines"
exit $failed
