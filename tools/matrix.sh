#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the library with gcc and clang, at -O0 to -O3 and with link-time optimisation, without a warning, and runs the suites that judge
# tokens: what depends on undefined behaviour shows itself at some level. Prints a line for each, and "figure:" lines.
#   tools/matrix.sh [--short] [--build DIR]
#   --short    gcc -O0 and clang -O3 with LTO only
set -eu
cd "$(dirname "$0")/.."

dir=build-matrix
what='gcc-0 gcc-1 gcc-2 gcc-3 gcc-lto clang-0 clang-1 clang-2 clang-3 clang-lto'
while [ $# -gt 0 ]; do
	case $1 in
	--short) what='gcc-0 clang-lto' ;;
	--build) dir=$2 && shift ;;
	*) sed -n '3,6s/^# //p' "$0" >&2 && exit 2 ;;
	esac
	shift
done
mkdir -p "$dir"

programs='base_test_b64url base_test_b64url_avx2 base_test_b64url_secret base_test_buf base_test_diag base_test_secret crypto_test_aead
crypto_test_aead_cbc crypto_test_kdf crypto_test_keywrap crypto_test_rng crypto_test_sig crypto_test_sig_ecdsa crypto_test_sig_eddsa
crypto_test_siphash json_test_agree json_test_index json_test_text jose_test_alg token_test_policy_ranges ring_test_ring
ring_test_ring_rules ring_test_ring_cipher session_test_session session_test_mint session_test_raw session_test_hostile_rules
session_test_hostile_header session_test_hostile_context session_test_cookie session_test_renew reference_test_reference'
# Linking the whole library anew for each program is what takes long.
few='crypto_test_aead crypto_test_sig json_test_agree ring_test_ring session_test_hostile_rules session_test_hostile_header
session_test_cookie reference_test_reference'

status=0
builds=0
points=0
for one in $what; do
	cc=${one%-*}
	level=${one#*-}
	list=$programs
	options="-Doptimization=$level -Db_lto=false"
	if [ "$level" = lto ]; then
		options='-Doptimization=2 -Db_lto=true'
		list=$few
	fi
	# shellcheck disable=SC2086
	[ -d "$dir/$one/meson-info" ] || CC=$cc meson setup "$dir/$one" -Dwerror=true -Ddebug=false -Dtools=false -Dbench=disabled \
		-Ddemo=disabled $options >"$dir/$one.log" 2>&1 || { cat "$dir/$one.log" && exit 1; }
	targets=
	for program in $list; do
		targets="$targets tests/$program"
	done
	# shellcheck disable=SC2086
	if ! ninja -C "$dir/$one" $targets >"$dir/$one.log" 2>&1; then
		grep -E 'error:|warning:|FAILED' "$dir/$one.log" || tail -20 "$dir/$one.log"
		echo "not ok - $one does not build without a warning"
		status=1
		continue
	fi
	builds=$((builds + 1))
	here=0
	for program in $list; do
		if SESS_SOURCE=$PWD CK_TIMEOUT_MULTIPLIER=20 "$dir/$one/tests/$program" >"$dir/$one.tap" 2>&1; then
			here=$((here + $(grep -c '^ok' "$dir/$one.tap")))
		else
			grep '^not ok' "$dir/$one.tap" || true
			echo "not ok - $one: $program"
			status=1
		fi
	done
	points=$((points + here))
	echo "ok - $one: $here points"
done
echo "figure: matrix-builds = $builds"
echo "figure: matrix-points = $points"
exit $status
