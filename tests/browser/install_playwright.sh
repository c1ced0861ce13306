#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the pinned npm package playwright-core into the folder DIR, once; it brings no browser. Exit 77, with the reason on
# stdout, when npm or its registry is not there.
set -u
version=1.64.1
dir=${1:?usage: install_playwright.sh DIR}

grep -qs "\"version\": \"$version\"" "$dir/node_modules/playwright-core/package.json" && exit 0
command -v node >/dev/null || { echo "node is not installed"; exit 77; }
command -v npm >/dev/null || { echo "npm is not installed"; exit 77; }
mkdir -p "$dir" || exit 1
if ! npm install --prefix "$dir" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts \
	--fetch-retries=0 --fetch-timeout=20000 "playwright-core@$version" >"$dir/install.log" 2>&1; then
	echo "npm could not install playwright-core $version"
	exit 77
fi
