#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the browser tests, TAP on stdout: run.sh DEMO FOLDER. The folder keeps playwright-core and the screenshots. Skips, and says
# why, where Chromium, node or the npm registry is not there.
set -u
demo=${1:?usage: run.sh DEMO FOLDER}
folder=${2:?usage: run.sh DEMO FOLDER}
here=$(dirname "$0")

chromium=$(command -v chromium || command -v chromium-browser) || {
	echo '1..0 # SKIP chromium is not installed; tools/browser.sh installs it'
	exit 0
}
why=$("$here/install_playwright.sh" "$folder/npm") || {
	echo "1..0 # SKIP $why"
	exit 0
}
mkdir -p "$folder/screenshots"
exec node "$here/test_browser.mjs" "$demo" "$chromium" "$folder"
