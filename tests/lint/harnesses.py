# SPDX-License-Identifier: MIT
"""Every fuzz harness has a corpus that is replayed, a dictionary, and a comment that says what a finding would mean; and tools/fuzz.sh's
list is Meson's. A planted harness without them must be found."""
import pathlib
import re
import sys

import tap

root = pathlib.Path(sys.argv[1])
BUILT = set(re.findall(r"'(\w+)'", " ".join(re.findall(r"^ *harnesses \+?= .*$", (root / "fuzz/meson.build").read_text(), re.M))))


def name_of(path):
    return path.stem.removeprefix("fuzz_")


def without_meaning(harnesses):
    for path, text in harnesses.items():
        if not re.search(r"\A/\* SPDX[^\n]*\n/\*(?:(?!\*/).)*\b[Aa]\s[* ]*finding\s[* ]*means", text, re.S):
            yield f"{path} does not say what a finding means"


def without_corpus(harnesses):
    for path in harnesses:
        folder = root / "fuzz/corpus" / name_of(path)
        if not folder.is_dir() or len(list(folder.iterdir())) < 5:
            yield f"{path} has no corpus of five inputs or more"


def without_dict(harnesses):
    for path in harnesses:
        words = root / "fuzz/dict" / f"{name_of(path)}.dict"
        if not words.is_file() or not re.search(r'^"', words.read_text(), re.M):
            yield f"{path} has no dictionary"


def unbuilt(harnesses):
    yield from (f"{path} is not in fuzz/meson.build" for path in harnesses if name_of(path) not in BUILT)


harnesses = {path: path.read_text() for path in sorted((root / "fuzz").glob("fuzz_*.c"))}
planted = {root / "fuzz/fuzz_planted.c": "/* SPDX-License-Identifier: MIT */\n/* Fuzzes. */\n/* A finding means nothing here. */\n"}
checks = {"says what a finding means": without_meaning, "has a corpus": without_corpus, "has a dictionary": without_dict,
          "is built": unbuilt}
for what, problems_of in checks.items():
    tap.check(f"every harness {what}", problems_of(harnesses))
tap.check("harnesses were found", [] if len(harnesses) >= 13 else [f"{len(harnesses)}"])
tap.check("a planted harness is found by each", [what for what, problems_of in checks.items() if len(list(problems_of(planted))) != 1])
tap.done()
