#!/bin/sh
# SPDX-License-Identifier: MIT
# Each source compiles for x86 with 32 bits, whose compilers promise SSE2 and lack a part of its functions. Nothing is linked: a
# header that only the C library for 32 bits brings is stood in for.
set -u
cd "$1" || exit 1
stand_in=$(mktemp -d)
trap 'rm -rf "$stand_in"' EXIT
mkdir "$stand_in/gnu"
: >"$stand_in/gnu/stubs-32.h"
narrow() {
	cc -m32 -msse2 -std=c11 -D_GNU_SOURCE -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64 -Werror=implicit-function-declaration \
	    -fsyntax-only -Iinclude -Isrc -I"$stand_in" -I"/usr/include/$(cc -print-multiarch 2>/dev/null)" "$@" 2>&1
}
if ! printf '#include <emmintrin.h>\n#include <jansson.h>\n#include <stdlib.h>\n' | narrow -x c - >/dev/null; then
	echo '1..0 # SKIP this compiler has no 32 bits of x86'
	exit 0
fi
count=0
failed=0
for source in src/base/*.c src/crypto/*.c src/json/*.c src/jose/*.c src/ring/*.c src/token/*.c src/session/*.c; do
	count=$((count + 1))
	if said=$(narrow "$source"); then
		echo "ok $count - $source"
	else
		echo "$said" | sed 's/^/# /'
		echo "not ok $count - $source"
		failed=1
	fi
done
echo "1..$count"
exit $failed
