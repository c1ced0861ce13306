# SPDX-License-Identifier: MIT
"""Every public function is called while memory fails (a row of a hunger test that begins with its name), or cannot hunger."""
import pathlib
import re
import sys

import api
import tap

root = pathlib.Path(sys.argv[1])
declared = api.declared(root)
rows = set()
# Test programs that link allocators that fail (tests/session/famine.h), but for the one in which OpenSSL fails instead.
for path in (root / "tests").rglob("test_*.c"):
    text = path.read_text()
    if "famine.h" in text and path.name != "test_refuse.c":
        rows |= api.in_rows(text)
excused = api.excused(declared)

tap.check("rows were found", [] if len(rows) > 30 else [f"only {len(rows)}"])
tap.check("each function has a row in a hunger test, or a reason in tests/lint/api.py", sorted(declared - rows - excused))
tap.check("each row is of a function that there is", sorted(rows - declared))
tap.check("each reason is of a function without a row", sorted(rows & excused))
tap.check("each reason is needed", sorted(p for p in api.CANNOT_FAIL if not any(re.fullmatch(p, name) for name in declared)))
tap.check("a planted function would be missed", sorted({"sess_planted"} & (rows | api.excused({"sess_planted"}))))
tap.done()
