#!/bin/sh
# SPDX-License-Identifier: MIT
# Each public header compiles alone, as C99 and as C++.
set -u
include=$1/include
count=0
failed=0
for header in "$include"/sess/*.h; do
	for mode in 'cc -std=c99 -x c' 'c++ -std=c++11 -x c++'; do
		count=$((count + 1))
		name="$(basename "$header") as ${mode%% *}"
		# shellcheck disable=SC2086
		if printf '#include <sess/%s>\n' "$(basename "$header")" |
		    $mode -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$include" - 2>&1 | sed 's/^/# /' | grep .; then
			echo "not ok $count - $name"
			failed=1
		else
			echo "ok $count - $name"
		fi
	done
done
echo "1..$count"
exit $failed
