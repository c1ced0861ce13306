#!/bin/sh
# SPDX-License-Identifier: MIT
# The smallest build: no LMDB, no Redis, no libjwt, no sesstool, no demo. It says what is off, the examples run or say what is not
# there, and the library needs nothing of what was switched off.
#   tools/packaging/minimal.sh            the library and the examples
#   tools/packaging/minimal.sh --full     every test that such a build has
set -eu
cd "$(dirname "$0")/../.."
dir=build-minimal
off='-Dlmdb=disabled -Dlibjwt=disabled -Dtools=false -Ddemo=disabled -Dbench=disabled'
! grep -q "^option('redis'" meson_options.txt || off="$off -Dredis=disabled"
[ ! -d "$dir/meson-info" ] || off="$off --wipe"
# shellcheck disable=SC2086
meson setup "$dir" -Dwerror=true $off | sed -n '/^sess 0/,/User defined options/p' | grep -E ': +(YES|NO)'
targets=$(ninja -C "$dir" -t targets all | sed -n 's,^\(src/libsess\.\(so[0-9.]*\|a\)\): .*LINKER.*,\1,p')
[ "${1:-}" = --full ] || targets="$targets $(ninja -C "$dir" -t targets all | sed -n 's,^\(tests/examples/example_[a-z_]*\): .*,\1,p')"
[ "${1:-}" != --full ] || targets=
# shellcheck disable=SC2086
ninja -C "$dir" $targets >"$dir/log" 2>&1 || {
	tail -n 40 "$dir/log" >&2
	exit 1
}
if readelf -d "$dir/src/libsess.so" | grep -E 'NEEDED.*(lmdb|hiredis|jwt)'; then
	echo 'minimal.sh: the library still needs what was switched off' >&2
	exit 1
fi
if [ "${1:-}" = --full ]; then
	meson test -C "$dir" --no-rebuild --quiet
	exit
fi
meson test -C "$dir" --no-rebuild --suite examples | grep -E '^ *[0-9]+/|^(Ok|Fail|Skipped)'
