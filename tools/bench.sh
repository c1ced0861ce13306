#!/bin/sh
# SPDX-License-Identifier: MIT
# The whole benchmark: builds for release, runs the library beside its peers in interleaved rounds of one run, counts
# instructions and allocations, and writes doc/benchmark.md, doc/benchmark.svg and the table of README.md.
#   tools/bench.sh [--quick] [--no-install]
set -eu
cd "$(dirname "$0")/.."

chunks=5 rounds=11 seconds=1
install=yes
while [ $# -gt 0 ]; do
	case $1 in
	--quick) chunks=1 rounds=5 seconds=0.2 ;;
	--no-install) install=no ;;
	*) sed -n '3,5s/^# //p' "$0" >&2 && exit 2 ;;
	esac
	shift
done
[ $install = no ] || tools/deps.sh --install bench

dir=build-bench
[ -d $dir/meson-info ] || meson setup $dir -Dbuildtype=release -Ddebug=true -Dbench=enabled >/dev/null
ninja -C $dir tests/bench/bench >/dev/null
npm=$dir/npm
tests/bench/install_npm.sh $npm || echo 'bench: the npm packages cannot be installed; their rows are left out' >&2
exec python3 tests/bench/report.py $dir/tests/bench/bench $npm $chunks $rounds "$seconds"
