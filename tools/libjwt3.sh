#!/bin/sh
# SPDX-License-Identifier: MIT
# libjwt 3.x, which the stable Debian does not have: takes the source package libjwt3 from unstable, by apt and from the mirror
# that apt is set up with, builds it into a private prefix, and runs our tests of foreign tokens against it. Nothing is
# installed, and apt's own lists and sources stay as they are.
#   tools/libjwt3.sh [DIR]     DIR keeps source, prefix and build; default build-libjwt3
# Needs cmake, dpkg-dev, libssl-dev and libjansson-dev, besides what tools/deps.sh installs for the tests.
set -eu
cd "$(dirname "$0")/.."

mkdir -p "${1:-build-libjwt3}"
dir=$(cd "${1:-build-libjwt3}" && pwd)

for tool in apt-get dpkg-source cmake pkg-config meson; do
	command -v "$tool" >/dev/null || { echo "tools/libjwt3.sh: $tool is missing" >&2; exit 1; }
done

# The first archive with a plain "main" of Debian, neither security nor updates.
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(CODENAME) $(SUITE) $(REPO_URI)' 'Created-By: Packages' |
	awk '$1 == "Debian" && $2 == "main" && $0 !~ /security|updates|backports/ { print $NF; exit }')
[ -n "$mirror" ] || { echo 'tools/libjwt3.sh: apt is set up with no Debian archive' >&2; exit 1; }
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

apt() {
	apt-get -q -o Dir::Etc::SourceList="$dir/apt/sources.list" -o Dir::Etc::SourceParts="$dir/apt/parts" \
		-o Dir::State::Lists="$dir/apt/lists" -o Dir::Cache="$dir/apt/cache" -o APT::Sandbox::User=root "$@"
}

if [ ! -f "$dir/prefix/lib/pkgconfig/libjwt.pc" ]; then
	mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial" "$dir/apt/parts" "$dir/source"
	echo "deb-src [signed-by=$keyring] $mirror unstable main" >"$dir/apt/sources.list"
	apt update >"$dir/apt.log" 2>&1 || { cat "$dir/apt.log" >&2; exit 1; }
	rm -rf "$dir/source" && mkdir "$dir/source"
	(cd "$dir/source" && apt source --only-source libjwt3) >>"$dir/apt.log" 2>&1 || {
		tail -5 "$dir/apt.log" >&2
		exit 1
	}
	source=$(find "$dir/source" -mindepth 1 -maxdepth 1 -type d)
	{
		cmake -S "$source" -B "$dir/cmake" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_INSTALL_PREFIX="$dir/prefix" \
			-DCMAKE_INSTALL_LIBDIR=lib -DWITH_GNUTLS=OFF -DWITH_LIBCURL=OFF -DWITH_TESTS=OFF
		cmake --build "$dir/cmake" -j2
		cmake --install "$dir/cmake"
	} >"$dir/cmake.log" 2>&1 || {
		tail -20 "$dir/cmake.log" >&2
		exit 1
	}
fi

export PKG_CONFIG_PATH="$dir/prefix/lib/pkgconfig" LD_LIBRARY_PATH="$dir/prefix/lib"
version=$(pkg-config --modversion libjwt)
echo "libjwt $version in a private prefix"
[ -d "$dir/build/meson-info" ] || meson setup "$dir/build" -Dlibjwt=enabled -Dbench=disabled -Ddemo=disabled \
	-Dwerror=true "-Dvectors=${SESS_VECTORS:-}" >"$dir/meson.log"
grep -q "libjwt found: YES $version" "$dir/meson.log" || { echo 'tools/libjwt3.sh: the build has another libjwt' >&2; exit 1; }
targets=$(ninja -C "$dir/build" -t targets all |
	sed -n 's/^\(tests\/foreign_test_[a-z_]*\|tests\/vectors_test_foreign_vectors\|tests\/foreign\/foreign_touch\|tests\/interop\/foreign\/judge_[a-z]*\): .*/\1/p')
# shellcheck disable=SC2086
ninja -C "$dir/build" tools/sesstool/sesstool $targets >"$dir/ninja.log" || { tail -20 "$dir/ninja.log" >&2; exit 1; }
status=0
meson test -C "$dir/build" --no-rebuild --print-errorlogs --suite foreign || status=1
meson test -C "$dir/build" --no-rebuild --print-errorlogs sesstool_foreign foreign_judges foreign_vectors provider || status=1
exit $status
