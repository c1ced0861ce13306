#!/bin/sh
# SPDX-License-Identifier: MIT
# The one list of Debian packages: what a build needs, and what the tests need besides.
#   tools/deps.sh --missing build|test|bench|fuzz    prints the packages that are not installed
#   tools/deps.sh --install build|test|bench|fuzz    installs them, or prints the command that does and fails
set -eu

build='gcc libc6-dev meson ninja-build pkg-config libssl-dev libjansson-dev liblmdb-dev libhiredis-dev libjwt-dev'
test="$build g++ check libsubunit-dev python3 jose python3-jwcrypto nodejs npm clang libclang-rt-14-dev
llvm gcovr strace shellcheck python3-prometheus-client libmicrohttpd-dev libgnutls28-dev nginx-light openssl curl
redis-server redis-tools libcjose-dev libjose-dev mandoc zsh fish valgrind cppcheck clang-tidy"
bench="$build check libsubunit-dev libcjose-dev libjose-dev librhonabwy-dev nodejs npm python3 gnuplot-nox valgrind openssl"
fuzz="$build check libsubunit-dev clang libclang-rt-14-dev llvm afl++"

usage() {
	echo 'usage: tools/deps.sh --missing|--install build|test|bench|fuzz' >&2
	exit 2
}

# A tool that is there without its package (a newer one, say) counts as installed.
is_there() {
	dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed && return 0
	case $1 in
	nodejs) command -v node ;;
	npm | gcc | meson | clang | python3) command -v "$1" ;;
	g++) command -v c++ ;;
	ninja-build) command -v ninja ;;
	*) return 1 ;;
	esac >/dev/null 2>&1
}

missing() {
	for package in $1; do
		is_there "$package" || printf '%s ' "$package"
	done
}

[ $# -eq 2 ] || usage
case $2 in
build) list=$build ;;
bench) list=$bench ;;
fuzz) list=$fuzz ;;
test) list=$test ;;
*) usage ;;
esac

absent=$(missing "$list")
case $1 in
--missing) echo "$absent" ;;
--install)
	[ -n "$absent" ] || exit 0
	command="apt-get install -y --no-install-recommends $absent"
	if [ "$(id -u)" -eq 0 ]; then
		sudo=
	elif sudo -n true 2>/dev/null; then
		sudo=sudo
	else
		echo "missing: $absent" >&2
		echo "install them with:  sudo apt-get update && sudo $command" >&2
		exit 1
	fi
	echo "installing: $absent" >&2
	export DEBIAN_FRONTEND=noninteractive
	$sudo apt-get update >&2
	# shellcheck disable=SC2086
	$sudo $command >&2
	;;
*) usage ;;
esac
