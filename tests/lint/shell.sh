#!/bin/sh
# SPDX-License-Identifier: MIT
# Every shell script of the project passes shellcheck.
set -u
cd "$1" || exit 1
if ! command -v shellcheck >/dev/null 2>&1; then
	echo '1..0 # SKIP shellcheck is not installed'
	exit 0
fi
count=0
failed=0
for script in .ci/run tools/*.sh tools/*/*.sh tests/*/*.sh; do
	count=$((count + 1))
	if shellcheck -x "$script" | sed 's/^/# /' | grep .; then
		echo "not ok $count - $script"
		failed=1
	else
		echo "ok $count - $script"
	fi
done
echo "1..$count"
exit $failed
