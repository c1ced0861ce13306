# SPDX-License-Identifier: MIT
"""Cheap rules of the house: a licence line in each file, no file too long, no goto, no line comments."""
import pathlib
import re
import sys

import tap

root = pathlib.Path(sys.argv[1])
files = [p for folder in ("src", "include", "tools", "tests", "fuzz") for p in sorted((root / folder).rglob("*.[ch]"))]

tap.check("files were found", [] if len(files) > 60 else [f"only {len(files)}"])
tap.check("one SPDX line, and first", [p for p in files if p.read_text().count("SPDX-License-" "Identifier: MIT") != 1
                                      or "SPDX" not in p.read_text().splitlines()[0]])
tap.check("no source file over 500 lines", [f"{p}: {len(p.read_text().splitlines())}" for p in files
                                            if len(p.read_text().splitlines()) > 500])
tap.check("no goto", [p for p in files if re.search(r"^\s*goto\s", p.read_text(), re.M)])
tap.check("block comments only", [p for p in files if re.search(r"^\s*//", p.read_text(), re.M)])
# A script's folder comes before Python's own: `import tempfile` beside a random.py gets that one.
scripts = [p for folder in ("tools", "tests", "fuzz") for p in sorted((root / folder).rglob("*.py"))]
tap.check("no script has the name of one of Python's modules", [p for p in scripts if p.stem in getattr(sys, "stdlib_module_names", ())]
          if len(scripts) > 30 else [f"only {len(scripts)} were found"])
tap.done()
