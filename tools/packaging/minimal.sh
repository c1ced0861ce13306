#!/bin/sh
# SPDX-License-Identifier: MIT
# The smallest build: no LMDB, no Redis, no libjwt, no sesstool, no demo. It says what is off, passes the tests that it has, and
# what was left out says so when it is asked for.   tools/packaging/minimal.sh [DIR]     default build-minimal
set -eu
cd "$(dirname "$0")/../.."
dir=${1:-build-minimal}
off='-Dlmdb=disabled -Dlibjwt=disabled -Dtools=false -Ddemo=disabled -Dbench=disabled'
! grep -q "^option('redis'" meson_options.txt || off="$off -Dredis=disabled"
[ ! -d "$dir/meson-info" ] || off="$off --wipe"
# shellcheck disable=SC2086
meson setup "$dir" -Dwerror=true $off | sed -n '/^sess /,/^$/p'
ninja -C "$dir" >"$dir/log" 2>&1 || {
	tail -n 40 "$dir/log" >&2
	exit 1
}
if readelf -d "$dir/src/libsess.so" | grep -E 'NEEDED.*(lmdb|hiredis|jwt)'; then
	echo 'minimal.sh: the library still needs what was switched off' >&2
	exit 1
fi
meson test -C "$dir" --no-rebuild --quiet --suite base --suite crypto --suite json --suite jose --suite ring --suite token --suite session \
	--suite revocation --suite lint --suite examples
