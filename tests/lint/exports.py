# SPDX-License-Identifier: MIT
"""The shared library exports what the public headers declare: nothing less, nothing more."""
import pathlib
import re
import subprocess
import sys

import tap

root, library = pathlib.Path(sys.argv[1]), sys.argv[2]
declared = set()
for header in (root / "include" / "sess").glob("*.h"):
    text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
    declared |= set(re.findall(r"SESS_API[^;{]*?\b(sess_\w+)\s*\(", text))
listing = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
exported = {line.split()[2].split("@")[0] for line in listing.splitlines() if line.split()[1] != "A"}

tap.check("something is declared", [] if len(declared) > 40 else [f"only {len(declared)} declarations found"])
tap.check("what is declared is exported", sorted(declared - exported))
tap.check("what is exported is declared", sorted(exported - declared))
tap.done()
