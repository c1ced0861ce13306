#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the library with gcc and clang, at -O0 to -O3 and with link-time optimisation, without a warning, and runs what judges compiled
# code: what depends on undefined behaviour shows itself at some level. Prints a line for each, and "figure:" lines.
#   tools/matrix.sh [--short] [--build DIR] [BUILD…]    BUILD: gcc-0 to gcc-3, gcc-lto, clang-0 to clang-3, clang-lto; default all
#   BUILD may be another processor too: s390x (big-endian), i386 (32 bits), arm64 (see tools/cross.sh)
#   --short    gcc-0 and clang-lto only
set -eu
cd "$(dirname "$0")/.."

dir=build-matrix
what='gcc-0 gcc-1 gcc-2 gcc-3 gcc-lto clang-0 clang-1 clang-2 clang-3 clang-lto'
asked=
while [ $# -gt 0 ]; do
	case $1 in
	--short) what='gcc-0 clang-lto' ;;
	--build) dir=$2 && shift ;;
	s390x | i386 | arm64 | gcc-[0-3] | clang-[0-3] | gcc-lto | clang-lto) asked="$asked $1" ;;
	*) sed -n '3,7s/^# //p' "$0" >&2 && exit 2 ;;
	esac
	shift
done
what=${asked:-$what}
mkdir -p "$dir"

# What judges compiled code: each layer's own rules, the attacks, and the plain verifier beside ours; times, sizes and what the tests put
# in front of the C library, for other processors.
programs='base_test_b64url base_test_b64url_avx2 base_test_b64url_secret base_test_buf base_test_diag base_test_secret base_test_stamp
crypto_test_aead crypto_test_aead_cbc crypto_test_kdf crypto_test_keywrap crypto_test_rng crypto_test_sig crypto_test_sig_ecdsa
crypto_test_sig_eddsa crypto_test_siphash json_test_agree json_test_doc json_test_index json_test_text jose_test_alg token_test_clock
token_test_inspect token_test_policy token_test_policy_ranges ring_test_ring ring_test_ring_rules ring_test_ring_cipher
ring_test_ring_store revocation_test_feed_entry revocation_test_resp_cap revocation_test_revocation_index session_test_session
session_test_mint session_test_manager session_test_raw session_test_hostile_rules session_test_hostile_header
session_test_hostile_payload session_test_hostile_context session_test_cookie session_test_renew session_test_steps
reference_test_reference foreign_test_foreign_attacks foreign_test_foreign_claims'
# Through the shared library: what it exports is what link-time optimisation may take away.
shared='verify_only rotation'
# Linking the whole library anew for each program is what takes long.
few='crypto_test_aead crypto_test_sig json_test_agree ring_test_ring revocation_test_revocation_index session_test_hostile_rules
session_test_hostile_header session_test_cookie reference_test_reference foreign_test_foreign_attacks'

# ONE: its build directory, made where it is not there.
set_up() {
	runner=
	case $1 in
	s390x | i386 | arm64)
		cross=$(tools/cross.sh "$1" "$dir/$1-root")
		runner=$(sed -n "s/^exe_wrapper = \[\(.*\)\]/\1/p" "$cross" | tr -d "',")
		[ -d "$dir/$1/meson-info" ] || meson setup "$dir/$1" --cross-file "$cross" -Dwerror=true -Ddebug=false -Dtools=false \
			-Dbench=disabled -Ddemo=disabled >"$dir/$1.log" 2>&1 || { cat "$dir/$1.log" && exit 1; }
		return
		;;
	esac
	cc=${1%-*}
	level=${1#*-}
	options="-Doptimization=$level -Db_lto=false"
	[ "$level" != lto ] || options='-Doptimization=2 -Db_lto=true'
	# shellcheck disable=SC2086
	[ -d "$dir/$1/meson-info" ] || CC=$cc meson setup "$dir/$1" -Dwerror=true -Ddebug=false -Dtools=false -Dbench=disabled \
		-Ddemo=disabled $options >"$dir/$1.log" 2>&1 || { cat "$dir/$1.log" && exit 1; }
}

# ONE PROGRAM…: a warning of the linker is a finding too: link-time optimisation compiles there.
build() {
	one=$1
	shift
	if ! ninja -C "$dir/$one" "$@" >"$dir/$one.log" 2>&1 || grep -q 'warning:' "$dir/$one.log"; then
		grep -E 'error:|warning:|FAILED' "$dir/$one.log" || tail -20 "$dir/$one.log"
		echo "not ok - $one does not build without a warning"
		return 1
	fi
}

# PROGRAM: adds its points to $here; an example counts as one. All tests of a program run in one process, for a fork takes longer than
# most of them; those of foreign tokens change what they share, and fork.
# shellcheck disable=SC2086
judge() {
	case $1 in
	*/foreign_*) fork=yes ;;
	*) fork=no ;;
	esac
	if SESS_SOURCE=$PWD CK_FORK=$fork CK_TIMEOUT_MULTIPLIER=20 $runner "$1" >"$dir/tap" 2>&1; then
		case $1 in
		*/example_*) here=$((here + 1)) ;;
		*) here=$((here + $(grep -c '^ok' "$dir/tap" || true))) ;;
		esac
		return
	fi
	grep '^not ok' "$dir/tap" || tail -5 "$dir/tap"
	echo "not ok - $1"
	failed=$((failed + 1))
}

status=0
for one in $what; do
	begun=$(date +%s)
	list=$programs
	case $one in
	*-lto) list=$few ;;
	esac
	set_up "$one"
	targets=
	for program in $list; do
		targets="$targets tests/$program"
	done
	for program in $shared; do
		targets="$targets tests/examples/example_$program"
	done
	# shellcheck disable=SC2086
	build "$one" $targets || {
		status=1
		continue
	}
	here=0
	failed=0
	for program in $targets; do
		judge "$dir/$one/$program"
	done
	[ $failed -eq 0 ] || status=1
	echo "$one: $here points, $failed programs failed, $(($(date +%s) - begun)) s"
	echo "figure: matrix.build.$one.points = $here"
	echo "figure: matrix.build.$one.failed = $failed"
	echo "figure: matrix.build.$one.seconds = $(($(date +%s) - begun))"
done
exit $status
