#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the Debian packages of the last commit, and asks lintian what it thinks of them. It fails where lintian finds an error
# or a warning.   tools/packaging/deb.sh [DIR]     DIR: where the packages go; default: they are thrown away
set -eu
cd "$(dirname "$0")/../.."

for tool in dpkg-buildpackage lintian dh; do
	command -v "$tool" >/dev/null || {
		echo "deb.sh: $tool is missing: apt-get install dpkg-dev debhelper lintian fakeroot" >&2
		exit 1
	}
done
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git archive --prefix="sess-$version/" HEAD | tar -x -C "$work"
tar -cJf "$work/sess_$version.orig.tar.xz" -C "$work" "sess-$version"
cp -r "$work/sess-$version/tools/packaging/debian" "$work/sess-$version/debian"
(cd "$work/sess-$version" && dpkg-buildpackage -us -uc -F) >"$work/log" 2>&1 || {
	tail -n 60 "$work/log" >&2
	exit 1
}
rm -rf "${work:?}/sess-$version"
(cd "$work" && du -h -- *.deb)
for package in "$work"/*.deb; do
	echo "== $(basename "$package")"
	dpkg-deb --contents "$package" | awk '$6 !~ /\/$/ { print $6 }' | grep -v /man3/ || true
done
echo "== lintian"
# That a first package closes a bug of Debian's own ("intent to package") is asked only of what is uploaded there.
lintian --allow-root --suppress-tags initial-upload-closes-no-bugs --display-info --pedantic --fail-on error,warning "$work"/*.changes
echo "lintian has no error and no warning"
[ $# -eq 0 ] || cp "$work"/*.deb "$1"
