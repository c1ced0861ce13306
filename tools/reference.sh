#!/bin/sh
# SPDX-License-Identifier: MIT
# The HTML reference of the library, by doxygen from the public headers; a warning fails.   tools/reference.sh [DIR]
set -eu
cd "$(dirname "$0")/.."
out=${1:-build-reference}
command -v doxygen >/dev/null || {
	echo 'reference.sh: doxygen is missing: apt-get install doxygen' >&2
	exit 1
}
mkdir -p "$out"
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" meson.build)
{
	cat tools/reference/Doxyfile
	echo "PROJECT_NUMBER = $version"
	echo "INPUT = include/sess"
	echo "STRIP_FROM_PATH = include"
	echo "STRIP_FROM_INC_PATH = include"
	echo "INPUT_FILTER = \"python3 tools/reference/filter.py\""
	echo "OUTPUT_DIRECTORY = $out"
	echo "WARN_LOGFILE = $out/warnings"
} >"$out/Doxyfile"
doxygen "$out/Doxyfile"
if [ -s "$out/warnings" ]; then
	cat "$out/warnings" >&2
	exit 1
fi
pages=$(find "$out/html" -name '*.html' | wc -l)
echo "$out/html/index.html ($pages pages, no warning)"
