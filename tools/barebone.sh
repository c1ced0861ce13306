#!/bin/sh
# SPDX-License-Identifier: MIT
# The README followed to the letter on a clean clone in a bare Debian 12 (debootstrap), with what it takes in seconds. Needs root and a
# Debian mirror.
#   tools/barebone.sh [--tests]     --tests: tools/test.sh as well, which takes a while
#   MIRROR=URL      where from; without it, the mirror of this machine's apt
set -eu
cd "$(dirname "$0")/.."
source=$PWD
mirror=${MIRROR:-$(sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\(http[^ ]*\) .*/\2/p; s/^URIs: *\(http[^ ]*\).*/\1/p' /etc/apt/sources.list \
    /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null | head -n 1)}
[ -n "$mirror" ] || {
	echo 'tools/barebone.sh: apt names no mirror here; give one by MIRROR=URL' >&2
	exit 2
}
root=$(mktemp -d)
trap 'umount "$root/dev/pts" "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT

say() {
	printf '== %s\n' "$1"
}

since() {
	echo $(($(date +%s) - $1))
}

begin=$(date +%s)
say 'a bare root'
debootstrap --variant=minbase --include=ca-certificates,git bookworm "$root" "$mirror" >"$root.log" 2>&1 || {
	tail -n 20 "$root.log" >&2
	exit 1
}
rm -f "$root.log"
mount -t proc proc "$root/proc"
mkdir -p "$root/dev/pts"
mount -t devpts -o ptmxmode=666 devpts "$root/dev/pts" # tests look at the tool on a terminal
cp /etc/resolv.conf "$root/etc/resolv.conf"
# Whatever this machine needs to reach its mirror, the root needs too.
grep -l '^Acquire' /etc/apt/apt.conf.d/* 2>/dev/null | while read -r file; do
	cp "$file" "$root/etc/apt/apt.conf.d/"
done
say "debootstrap: $(since "$begin") s"

git clone -q --no-local "$source" "$root/sess"
inside() {
	chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
	    http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" sh -c "cd /sess && $1"
}

# Each heading of the quickstart with the seconds until then.
begin=$(date +%s)
inside tools/quickstart.sh | while IFS= read -r line; do
	case $line in
	'== '*) printf '%5s s  %s\n' "$(since "$begin")" "$line" ;;
	*) printf '%s\n' "$line" ;;
	esac
done | tee "$root/quickstart"
for sign in '^VERIFIED' '^REFUSED' '== Done'; do
	grep -q "$sign" "$root/quickstart" || {
		echo "tools/barebone.sh: the quickstart did not say $sign" >&2
		exit 1
	}
done
say "from clone to the first verified token: $(sed -n 's/^ *\([0-9]*\) s  == The same token two hours later.*/\1/p' "$root/quickstart") s"
[ "${1:-}" = --tests ] || exit 0
begin=$(date +%s)
inside tools/test.sh
say "to green tests: $(since "$begin") s"
