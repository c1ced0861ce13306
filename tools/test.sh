#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds everything and runs every test. The last line is: N passed, N failed, N skipped
#   --coverage     build with coverage, and print line and branch coverage of src/
#   --sanitize     build with ASan and UBSan (clang); any finding fails
#   --threads      build and run only the programs that start threads, with ThreadSanitizer (clang)
#   --cc CC        compiler                --werror    warnings are errors
#   --code         without the suites that judge texts, peers and whole processes rather than compiled code
#   --vectors DIR  public test vectors; without them their tests skip
#   --no-install   do not install what is missing
set -eu
cd "$(dirname "$0")/.."

cc=gcc
mode=plain
target=all
suite=
leave=
werror=false
install=yes
vectors=${SESS_VECTORS:-}
while [ $# -gt 0 ]; do
	case $1 in
	--coverage) mode=coverage ;;
	--sanitize) mode=sanitize cc=clang ;;
	--threads) mode=threads cc=clang ;;
	--cc) cc=$2 && shift ;;
	--code) for name in lint doc words mutants packaging browser demo interop proof; do leave="$leave --no-suite $name"; done ;;
	--werror) werror=true ;;
	--vectors) vectors=$2 && shift ;;
	--no-install) install=no ;;
	*) sed -n '3,11s/^# //p' "$0" >&2 && exit 2 ;;
	esac
	shift
done
[ -z "$vectors" ] || vectors=$(cd "$vectors" && pwd)
[ $install = no ] || tools/deps.sh --install test || echo 'going on with what is installed' >&2

dir=build-test-$mode-$cc
set -- "-Dwerror=$werror" "-Dvectors=$vectors"
case $mode in
coverage) set -- "$@" -Db_coverage=true -Dbuildtype=debug ;;
sanitize) set -- "$@" -Db_sanitize=address,undefined -Db_lundef=false ;;
threads) set -- "$@" -Db_sanitize=thread -Db_lundef=false && target=threaded suite="--suite threads" ;;
esac
if [ -d "$dir/meson-info" ]; then
	meson configure "$dir" "$@"
else
	CC=$cc meson setup "$dir" "$@" >"$dir.log" 2>&1 || { cat "$dir.log"; exit 1; }
	rm -f "$dir.log"
fi
ninja -C "$dir" $target | tee "$dir/build.log" | grep -E '(warning|error):|FAILED|undefined reference' || true
ninja -C "$dir" $target >/dev/null
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
rm -f "$dir/meson-logs/testlog.json" # an old one must not answer for a run that did not start
# shellcheck disable=SC2086
meson test -C "$dir" --no-rebuild --quiet $suite $leave >/dev/null 2>&1 || true
if [ $mode = coverage ]; then
	gcovr --root . --filter src/ "$dir"
	gcovr --root . --filter src/ --print-summary "$dir" | grep -E '^(lines|branches):'
fi
python3 tools/test_summary.py "$dir/meson-logs/testlog.json"
