#!/bin/sh
# SPDX-License-Identifier: MIT
# The long proofs in their full length; `meson test` runs their short forms. TAP on stdout; fails if one of them does.
#   tools/proof.sh [--build DIR] NAME…     DIR is built first; default build-proof
#   crash    10,000 kills of key rotate, every fault at every call, places that cannot be written, races
#   fleet    8 verifiers and 2 minters through 20 rotations, at a slow pace; and what is done wrong on purpose, noticed
#   reload   1,000 reloads among three busy threads, and a flood of unknown keys, under ThreadSanitizer (clang)
#   threads  32 threads that verify, mint, renew, revoke and reload, for SESS_SECONDS (180), under ThreadSanitizer (clang)
#   ctime    no branch and no address depends on a key, by valgrind
#   secrets  memory given back and a core dump, searched for keys and claims; every diagnostic and message, likewise
#   mutate   every change of one bit or byte of a token, every cut, every mixture of two, for every form and algorithm: release
#            build, and sanitized (clang); mutate-release and mutate-sanitized are one of the two
#   mints    10^6 tokens opened independently, nothing drawn twice; 64 children; a source of randomness that fails
#   hunger   each allocation and each call of OpenSSL fails in turn, in every way, sanitized (clang)
#   feed     a revocation on four processes, every fault of a Redis server, forged entries, "log out everywhere": real servers
#   revoked  1,000 kills of a process that writes to LMDB; what a million live revocations cost
#   foreign  100,000 foreign tokens before libjwt, cjose, jose, jwcrypto, npm jose and us; SESS_SEED: another seed
#   all      each of these
set -eu
cd "$(dirname "$0")/.."

dir=build-proof
if [ "${1:-}" = --build ] && [ $# -ge 2 ]; then
	dir=$2
	shift 2
fi
[ $# -gt 0 ] || {
	sed -n '3,18s/^# //p' "$0" >&2
	exit 2
}
[ -d "$dir/meson-info" ] || meson setup "$dir" >/dev/null
ninja -C "$dir" tests/proof/proof_fleet tools/sesstool/sesstool >/dev/null
export SESS_LONG=1

status=0
run() {
	echo "== $*"
	"$@" || status=1
}

foreign() {
	judges=
	for judge in sess libjwt cjose jose; do
		ninja -C "$dir" "tests/interop/foreign/judge_$judge" >/dev/null 2>&1 &&
			judges="$judges $dir/tests/interop/foreign/judge_$judge"
	done
	export SESS_NPM="$dir/tests/interop/npm"
	# shellcheck disable=SC2086
	run /usr/bin/python3 tests/interop/foreign/test_foreign.py "$(pkg-config --modversion libjwt)" $judges
}

crash() {
	for proof in kills faults races places; do
		run python3 "tests/proof/$proof.py" "$dir/tools/sesstool/sesstool"
	done
}

fleet() {
	run "$dir/tests/proof/proof_fleet"
	run "$dir/tests/proof/proof_fleet" --plant
}

# Builds these under ThreadSanitizer, which must see a race that is planted.
tsan() {
	[ -d "$dir-tsan/meson-info" ] || CC=clang meson setup "$dir-tsan" -Db_sanitize=thread -Db_lundef=false >/dev/null
	ninja -C "$dir-tsan" tests/planted_race "$@" >/dev/null
	export TSAN_OPTIONS=halt_on_error=1 CK_TIMEOUT_MULTIPLIER=10
	if "$dir-tsan/tests/planted_race" >/dev/null 2>&1; then
		echo 'not ok - a planted race is seen'
		status=1
	else
		echo 'ok - a planted race is seen'
	fi
}

reload() {
	tsan tests/session_test_threads tests/session_test_unknown_kid
	run "$dir-tsan/tests/session_test_threads"
	run "$dir-tsan/tests/session_test_unknown_kid"
}

threads() {
	tsan tests/session_test_crowd
	run "$dir-tsan/tests/session_test_crowd"
}

ctime() {
	ninja -C "$dir" tests/proof/proof_ctime >/dev/null
	run valgrind --quiet --error-limit=no --leak-check=no --suppressions=tests/proof/ctime.supp "$dir/tests/proof/proof_ctime"
}

secrets() {
	ninja -C "$dir" tests/proof/proof_holder tests/proof/proof_teller >/dev/null
	run python3 tests/proof/secrets_held.py "$dir/tools/sesstool/sesstool" "$dir/tests/proof/proof_holder"
	run python3 tests/proof/canaries.py "$dir/tools/sesstool/sesstool" "$dir/tests/proof/proof_teller"
}

# TAP as it is, and the figures once more as lines of their own; those of a sanitized build under that name.
figures() {
	echo "== $*"
	"$@" >"$dir/figures" || status=1
	case $1 in
	"$dir-asan"/*) sed -i 's/^# figure: [a-z]*\./&sanitized./' "$dir/figures" ;;
	esac
	cat "$dir/figures"
	sed -n 's/^# figure: /figure: /p' "$dir/figures"
}

# Built beside DIR with these options, which go before the targets.
beside() {
	[ -d "$dir-$1/meson-info" ] || case $1 in
	release) meson setup "$dir-release" --buildtype=release ;;
	asan) CC=clang meson setup "$dir-asan" -Db_sanitize=address,undefined -Db_lundef=false ;;
	esac >/dev/null
	ninja -C "$dir-$1" tests/proof/proof_mutate tests/proof/proof_mints >/dev/null
	export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 CK_TIMEOUT_MULTIPLIER=10
}

mutate_release() {
	beside release
	figures "$dir-release/tests/proof/proof_mutate"
	figures "$dir-release/tests/proof/proof_mutate" --plant
}

mutate_sanitized() {
	beside asan
	figures "$dir-asan/tests/proof/proof_mutate"
}

mints() {
	beside release
	figures "$dir-release/tests/proof/proof_mints"
	figures "$dir-release/tests/proof/proof_mints" --plant
	figures python3 tests/proof/randomness.py "$dir-release/tests/proof/proof_mints"
}

hungry='session_test_starve session_test_starve_reload ring_test_ring_famine ring_test_ring_hunger foreign_test_foreign_starve
revocation_test_redis_starve'

hunger() {
	beside asan
	targets=
	for program in session_test_refuse $hungry; do
		targets="$targets tests/$program"
	done
	# shellcheck disable=SC2086
	ninja -C "$dir-asan" $targets >/dev/null
	figures "$dir-asan/tests/session_test_refuse"
	for program in $hungry; do
		figures "$dir-asan/tests/$program"
	done
}

feed() {
	ninja -C "$dir" tests/proof/proof_feed_node >/dev/null
	for proof in harness spread faults forged everywhere; do
		figures python3 "tests/proof/feed_$proof.py" "$dir/tools/sesstool/sesstool" "$dir/tests/proof/proof_feed_node"
	done
}

revoked() {
	beside release
	ninja -C "$dir" tests/revocation_test_lmdb >/dev/null
	ninja -C "$dir-release" tests/revocation_test_cost tests/revocation_test_revocation_index >/dev/null
	run "$dir/tests/revocation_test_lmdb"
	figures "$dir-release/tests/revocation_test_cost"
	run "$dir-release/tests/revocation_test_revocation_index"
}

for name; do
	case $name in
	mutate-release) mutate_release ;;
	mutate-sanitized) mutate_sanitized ;;
	mutate) mutate_release && mutate_sanitized ;;
	crash | fleet | reload | threads | ctime | secrets | mints | hunger | feed | revoked | foreign) $name ;;
	all) crash && fleet && reload && threads && ctime && secrets && mutate_release && mutate_sanitized && mints && hunger && feed && revoked && foreign ;;
	*)
		echo "tools/proof.sh: no proof \"$name\"" >&2
		exit 2
		;;
	esac
done
exit $status
