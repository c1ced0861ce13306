# SPDX-License-Identifier: MIT
"""SECURITY.md names, for each threat and each fault of others, a test that proves the defence: file and test must be
there. A planted name must be found."""
import pathlib
import re
import sys

import tap

root = pathlib.Path(sys.argv[1])
NAMED = re.compile(r"`(tests/[\w/.]+)`(?: `(\w+)`)?")


def table(text, title="Threats"):
    """The rows under a title, without head and rule."""
    part = text.split(f"## {title}", 1)[1].split("\n## ", 1)[0]
    return [line for line in part.splitlines() if line.startswith("|")][2:]


def missing(text):
    for file, name in NAMED.findall(text):
        path = root / file
        if not path.is_file():
            yield f"{file} is not there"
        elif name and not re.search(rf"\b(START_TEST\(|def ){name}\b", path.read_text()):
            yield f"{file} has no test {name}"


def built(text):
    """A program that Meson does not know proves nothing."""
    known = "".join(p.read_text() for p in (root / "tests").rglob("meson.build"))
    for file, _ in NAMED.findall(text):
        if pathlib.Path(file).stem not in known:
            yield f"{file} is in no meson.build"


security = (root / "SECURITY.md").read_text()
tap.check("every threat names a defence and a test",
          [row for row in table(security) if row.count("|") != 4 or not NAMED.search(row.split("|")[3])])
tap.check("threats were found", [] if len(table(security)) >= 25 else [f"{len(table(security))} rows"])
others = table(security, "What broke others")
tap.check("every fault of others names where it was and a test",
          [row for row in others if row.count("|") != 4 or not NAMED.search(row.split("|")[3])] + ([] if len(others) >= 8 else ["too few"]))
tap.check("the tests are there", missing(security))
tap.check("and are built", built(security))
tap.check("a planted name is noticed",
          [] if len(list(missing("`tests/session/test_none.c` and `tests/session/test_starve.c` `test_none`"))) == 2 else ["it was not"])
tap.done()
