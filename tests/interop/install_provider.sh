#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the pinned npm package oidc-provider into the folder DIR, once. Exit 77, with the reason on stdout, when npm or
# its registry is not there.
set -u
version=9.13.3
dir=${1:?usage: install_provider.sh DIR}

grep -qs "\"version\": \"$version\"" "$dir/node_modules/oidc-provider/package.json" && exit 0
command -v node >/dev/null || { echo "node is not installed"; exit 77; }
command -v npm >/dev/null || { echo "npm is not installed"; exit 77; }
mkdir -p "$dir" || exit 1
if ! npm install --prefix "$dir" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts \
	--fetch-retries=0 --fetch-timeout=20000 "oidc-provider@$version" >"$dir/install.log" 2>&1; then
	echo "npm could not install oidc-provider $version"
	exit 77
fi
