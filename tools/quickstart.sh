#!/bin/sh
# SPDX-License-Identifier: MIT
# From nothing to a verified session: installs what is missing (or prints the command), builds, makes a ring of keys,
# mints a token, inspects and verifies it, and shows an expired and a tampered one being refused.
set -eu
cd "$(dirname "$0")/.."

say() {
	printf '\n== %s\n' "$1"
}

# Runs a command that must end with the given status.
expect() {
	want=$1
	shift
	got=0
	"$@" || got=$?
	[ "$got" -eq "$want" ] || {
		echo "quickstart: exit status $got where $want was expected: $*" >&2
		exit 1
	}
	echo "(exit status $got)"
}

say 'What is missing is installed'
tools/deps.sh --install build

say 'Build'
if [ ! -f build/build.ninja ]; then
	log=$(meson setup build -Dtests=false 2>&1) || {
		printf '%s\n' "$log" >&2
		exit 1
	}
fi
ninja -C build | tail -n 1
sesstool=$PWD/build/tools/sesstool/sesstool

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp tools/quickstart/session.json "$dir"
cd "$dir"

say 'A ring of keys: sesstool key new ring.jwks'
"$sesstool" key new ring.jwks

say 'A token for a session with user, roles and cart: sesstool mint --ring ring.jwks --sub 48213 --claims session.json'
"$sesstool" mint --ring ring.jwks --sub 48213 --claims session.json >token
cat token

say 'What anybody can see of it: sesstool inspect token'
"$sesstool" inspect token

say 'What a server with the ring sees: sesstool verify --ring ring.jwks token'
expect 0 "$sesstool" verify --ring ring.jwks token

say 'The same token two hours later: sesstool verify --ring ring.jwks --now ... token'
expect 6 "$sesstool" verify --ring ring.jwks --now "$(($(date +%s) + 7200))" token 2>&1

say 'The same token with one character changed in the middle'
middle=$(($(wc -c <token) / 2))
character=$(cut -c "$middle" token)
other=A
[ "$character" != A ] || other=B
{
	cut -c "1-$((middle - 1))" token
	printf '%s\n' "$other"
	cut -c "$((middle + 1))-" token
} | tr -d '\n' >tampered
expect 5 "$sesstool" verify --ring ring.jwks tampered 2>&1

say 'Log the user out everywhere: sesstool revoke --ring ring.jwks --subject 48213'
"$sesstool" revoke --ring ring.jwks --subject 48213

say 'The token, good for an hour by itself, is refused'
expect 7 "$sesstool" verify --ring ring.jwks token 2>&1

say "Done. sesstool is $sesstool; README.md goes on from here."
