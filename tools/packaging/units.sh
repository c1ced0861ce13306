#!/bin/sh
# SPDX-License-Identifier: MIT
# Asks systemd what it thinks of the units: that they are valid, and how exposed the service is (of 10, less is better; more than
# 1.5 fails). TAP. Needs no running systemd.   tools/packaging/units.sh SESSTOOL
set -eu
tool=$(realpath "${1:?usage: tools/packaging/units.sh SESSTOOL}")
cd "$(dirname "$0")/systemd"
if ! command -v systemd-analyze >/dev/null 2>&1; then
	echo '1..0 # SKIP systemd-analyze is not installed'
	exit 0
fi
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/units"
# An instance, with a tool that is there.
for kind in service timer; do
	sed "s,/usr/bin/sesstool,$tool," "sess-rotate@.$kind" >"$root/units/sess-rotate@daemon.$kind"
done
status=0
said=$(SYSTEMD_UNIT_PATH=$root/units: systemd-analyze verify --man=no --recursive-errors=no \
    "$root/units/sess-rotate@daemon.service" "$root/units/sess-rotate@daemon.timer" 2>&1) || status=1
# A unit without a fault says nothing.
if [ "$status" -eq 0 ] && [ -z "$said" ]; then
	echo 'ok 1 - systemd-analyze verify'
else
	printf '%s\n' "$said" | sed 's/^/# /'
	echo 'not ok 1 - systemd-analyze verify'
	status=1
fi
sed 's/^ProtectSystem/ProtectSysten/' "sess-rotate@.service" >"$root/units/planted@.service"
if SYSTEMD_UNIT_PATH=$root/units: systemd-analyze verify --man=no "$root/units/planted@x.service" 2>&1 | grep -q ProtectSysten; then
	echo 'ok 2 - a planted fault is noticed'
else
	echo 'not ok 2 - a planted fault is noticed'
	status=1
fi
if said=$(systemd-analyze security --offline=true --threshold=15 "$root/units/sess-rotate@daemon.service" 2>&1); then
	printf '%s\n' "$said" | tail -n 1 | sed 's/^/# /'
	echo 'ok 3 - systemd-analyze security'
else
	printf '%s\n' "$said" | grep -v '^✓' | sed 's/^/# /'
	echo 'not ok 3 - systemd-analyze security'
	status=1
fi
echo 1..3
exit $status
