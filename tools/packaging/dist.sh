#!/bin/sh
# SPDX-License-Identifier: MIT
# `meson dist` of the last commit, and what is in the tarball built and tested in an empty folder.
#   tools/packaging/dist.sh          builds all of it, runs the quick suites; a minute or two
#   tools/packaging/dist.sh --full   every test, as meson does it
set -eu
cd "$(dirname "$0")/../.."
suites='--suite base --suite json --suite token --suite examples --suite packaging --suite doc'
[ "${1:-}" != --full ] || suites=

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
meson setup "$work/build" >/dev/null
(cd "$work/build" && meson dist --no-tests --formats xztar) >/dev/null
tarball=$(echo "$work"/build/meson-dist/sess-*.tar.xz)
du -h "$tarball"
mkdir "$work/clean"
tar -xJf "$tarball" -C "$work/clean"
cd "$work"/clean/sess-*
meson setup build -Dwerror=true >/dev/null
ninja -C build >"$work/log" 2>&1 || {
	tail -n 40 "$work/log" >&2
	exit 1
}
# shellcheck disable=SC2086
meson test -C build --no-rebuild --quiet $suites
