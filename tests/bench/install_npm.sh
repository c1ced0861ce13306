#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the pinned npm packages that the benchmark compares with into the folder DIR, once.
set -eu
dir=${1:?usage: install_npm.sh DIR}
packages='jose@6.2.3 fast-jwt@6.0.2 iron-webcrypto@1.2.1'

[ "$(cat "$dir/packages" 2>/dev/null || true)" != "$packages" ] || exit 0
mkdir -p "$dir"
# shellcheck disable=SC2086
npm install --prefix "$dir" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts \
	--fetch-retries=1 --fetch-timeout=20000 $packages >"$dir/install.log" 2>&1
echo "$packages" >"$dir/packages"
