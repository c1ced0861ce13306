#!/bin/sh
# SPDX-License-Identifier: MIT
# What a build for another processor needs, in a folder of its own: Debian's libraries for it, and a cross file for Meson whose programs
# run in qemu's user mode, or as they are where they can. It installs nothing; the compiler and qemu it names where they miss.
#   tools/cross.sh PROCESSOR DIR    PROCESSOR: s390x (64 bits, big-endian), i386 (32 bits, and a time_t of 32 bits), arm64
#   prints the name of the cross file
set -eu

[ $# -eq 2 ] || {
	sed -n '3,6s/^# //p' "$0" >&2
	exit 2
}
processor=$1
case $processor in
s390x) triple=s390x-linux-gnu libraries=s390x-linux-gnu qemu=qemu-s390x endian=big ;;
i386) triple=i686-linux-gnu libraries=i386-linux-gnu qemu=qemu-i386 endian=little ;;
arm64) triple=aarch64-linux-gnu libraries=aarch64-linux-gnu qemu=qemu-aarch64 endian=little ;;
*) echo "tools/cross.sh: no processor \"$processor\": s390x, i386 or arm64" >&2 && exit 2 ;;
esac
for program in "$triple-gcc" "$qemu" apt-get pkg-config; do
	command -v "$program" >/dev/null || {
		echo "tools/cross.sh: $program is missing: apt-get install qemu-user gcc-$(echo "$triple" | tr _ -)" >&2
		exit 1
	}
done
mkdir -p "$2"
dir=$(cd "$2" && pwd)
root=$dir/root
ini=$dir/cross.ini
[ ! -f "$ini" ] || {
	echo "$ini"
	exit
}

# Debian's own sources for that processor, as if nothing were installed: so its libraries come with all that they need.
mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial" "$root"
: >"$dir/apt/status"
codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
mirror=$(sed -n 's/^URIs: *\([^ ]*\/debian\)\/*$/\1/p; s/^deb  *\(\[[^]]*\] \)\{0,1\}\([^ ]*\/debian\)\/* .*/\2/p' \
	/etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $codename main" >"$dir/apt/sources.list"
apt() {
	apt-get -qq -o "APT::Architecture=$processor" -o "APT::Architectures::=$processor" -o "Dir::State::lists=$dir/apt/lists" \
		-o "Dir::State::status=$dir/apt/status" -o "Dir::Cache=$dir/apt/cache" -o Dir::Etc::sourceparts=/dev/null \
		-o "Dir::Etc::sourcelist=$dir/apt/sources.list" "$@" >&2
}
apt update
apt -y --no-install-recommends --download-only install libc6 libssl-dev libjansson-dev check libsubunit-dev liblmdb-dev libhiredis-dev \
	libjwt-dev
for package in "$dir/apt/cache/archives"/*.deb; do
	dpkg-deb -x "$package" "$root"
done

# Programs of 32 bits run on most processors of 64 as they are, ten times as fast.
runner="'$qemu', '-L', '$root'"
loader=$root/lib/ld-linux.so.2
if [ "$processor" = i386 ] && "$loader" --version >/dev/null 2>&1; then
	runner="'$loader', '--library-path', '$root/lib/$libraries:$root/usr/lib/$libraries'"
fi

cat >"$ini.new" <<END
[binaries]
c = '$triple-gcc'
ar = '$triple-ar'
strip = '$triple-strip'
pkgconfig = 'pkg-config'
exe_wrapper = [$runner]
[properties]
pkg_config_libdir = '$root/usr/lib/$libraries/pkgconfig:$root/usr/share/pkgconfig'
sys_root = '$root'
[built-in options]
c_args = ['-isystem', '$root/usr/include', '-isystem', '$root/usr/include/$libraries']
c_link_args = ['-L$root/usr/lib/$libraries', '-Wl,-rpath-link,$root/usr/lib/$libraries']
[host_machine]
system = 'linux'
cpu_family = '$(case $processor in i386) echo x86 ;; arm64) echo aarch64 ;; *) echo "$processor" ;; esac)'
cpu = '$processor'
endian = '$endian'
END
mv "$ini.new" "$ini"
echo "$ini"
