#!/bin/sh
# SPDX-License-Identifier: MIT
# The demo in a real browser: installs Debian's chromium if it is missing, builds, runs every browser test, and says where the
# screenshots are. The pinned npm package playwright-core drives the browser.
set -eu
cd "$(dirname "$0")/.."

tools/deps.sh --install test
if ! command -v chromium >/dev/null; then
	echo 'installing: chromium' >&2
	sudo=
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y --no-install-recommends chromium >&2
fi
dir=build-browser
[ -d "$dir/meson-info" ] || meson setup "$dir" -Ddemo=enabled -Dtests=false >"$dir.log" 2>&1 || {
	cat "$dir.log"
	exit 1
}
rm -f "$dir.log"
ninja -C "$dir" tools/demo/sess-demo >/dev/null
status=0
tests/browser/run.sh "$PWD/$dir/tools/demo/sess-demo" "$PWD/$dir/browser" || status=$?
echo "screenshots: $dir/browser/screenshots/"
exit $status
