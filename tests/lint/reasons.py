# SPDX-License-Identifier: MIT
"""Every reason that verification can give is produced by a test that names it."""
import pathlib
import re
import sys

import tap

root = pathlib.Path(sys.argv[1])
table = (root / "include/sess/error.h").read_text().split("SESS_REASON_TABLE(X)", 1)[1].split("enum {", 1)[0]
reasons = set(re.findall(r"X\((\w+),", table))
src = "".join(p.read_text() for p in (root / "src").rglob("*.c"))
tests = "".join(p.read_text() for p in (root / "tests").rglob("test_*.c"))

tap.check("the table was read", [] if len(reasons) == 20 else [f"{len(reasons)} reasons"])
tap.check("all are raised by the library",
          sorted(r for r in reasons if not re.search(rf"SESS_REASON_{r}\b", src)))
tap.check("all are named by a test",
          sorted(r for r in reasons if not re.search(rf"\b(SESS_REASON_)?{r}\b", tests)))
tap.done()
