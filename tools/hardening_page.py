# SPDX-License-Identifier: MIT
"""Writes the page of tools/hardening.sh: figures that parts have printed, and the machine. Knows no figure itself. A part that has
not been run now keeps the section that the old page has of it.

    hardening_page.py OLD-PAGE LOGS PART...    PART=WHAT: a part of it, whose figures are put among the old ones"""
import os
import pathlib
import platform
import re
import subprocess
import sys

# Of each part: its title, what was done and what would be bad, and the command of it.
PARTS = {
    "fuzz": ("Fuzzing", "A harness at each entry point, libFuzzer under ASan and UBSan. A finding is a crash, a leak, or a property that does "
             "not hold: what is accepted was minted by us and is spelled canonically; the verdict is the reference verifier's, reason "
             "by reason; what the payload index accepts jansson accepts, with the same values. Edges: reached, of those in the program "
             "with all its libraries of ours.", "tools/fuzz.sh 180"),
    "afl": ("Fuzzing with AFL++", "The same harnesses and properties, in persistent mode, without sanitizers.", "tools/fuzz.sh --afl 60"),
    "starve": ("Starvation", "Each allocation of each public function fails in turn, alone or with all after it, and each call of OpenSSL "
               "likewise, in every way it can. Bad would be anything but an error, a lost block, an object that is of no use "
               "afterwards, or a forgery that is accepted: any of them fails the part.", "tools/proof.sh hunger"),
    "mutate": ("Changed tokens", "Each bit, each byte value at each place, each cut, deletion and insertion, and each mixture of the segments of "
               "two tokens, for every form and algorithm. Accepted must be 0.", "tools/proof.sh mutate"),
    "mints": ("Minting", "Tokens opened by the reference verifier; what was drawn from chance must never come twice; 64 forked children "
              "draw apart; where the source of randomness fails, by strace, nothing is minted.", "tools/proof.sh mints"),
    "crash": ("Killed", "Processes that change the ring: killed at random instants, each system call failing or killing in turn, many "
              "at once, and where nothing can be written. The ring is the old one or the new one; broken and wrong must be 0.",
              "tools/proof.sh crash"),
    "threads": ("Threads", "Threads that verify, mint, renew, revoke, reload and rotate at once, under ThreadSanitizer, which ends the run "
                "at the first race.", "tools/proof.sh threads"),
    "ctime": ("Constant time", "valgrind is told that secrets are undefined, and names each branch and address that depends on one, on "
              "every path of ours that a key takes.", "tools/proof.sh ctime"),
    "secrets": ("Secrets", "The memory of a process that has given everything back, its core dump, and all that is said of failures, "
                "searched for keys, claims and content keys. One of ours would fail the part; what others keep is in SECURITY.md.",
                "tools/proof.sh secrets"),
    "mutants": ("Tests of the tests", "The verify, ring and cookie code is changed in one place at a time, chosen from a fixed seed; the "
                "tests must notice. What lives is named, with the reason.", "tools/mutants.sh"),
    "matrix": ("Compilers", "gcc and clang, -O0 to -O3 and LTO: no warning, and the tests of compiled code pass.", "tools/matrix.sh"),
    "processors": ("Other processors", "Big-endian, 32 bits, and ARM: the same tests, in qemu's user mode or as they are.", "tools/matrix.sh s390x i386 arm64"),
    "analyze": ("Static analysis", "clang-tidy, cppcheck, gcc -fanalyzer. What is not a fault is explained, place by place.", "tools/analyze.sh"),
    "coverage": ("Coverage", "Each line of the lowest layers and of the token path, and at least 95 % of branches.", "tools/coverage.sh"),
    "short": ("Short forms", "What the default test run holds of all this.", "tools/hardening.sh --short"),
}
VERDICT = ("proof", "seconds", "day", "source")  # of a part, as tools/hardening.sh prints it: "proof-of-PART"
FIGURE = re.compile(r"^(?:# )?figure: (\S+) = (.*)$", re.M)


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return None


def cpu():
    found = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return found.group(1) if found else platform.machine()


def machine():
    memory = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)
    system = re.search(r'PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text()).group(1)
    yield "processor", f"{cpu()}, {os.cpu_count()} in use"
    yield "memory", f"{int(memory) / 2**20:.0f} GiB"
    yield "system", f"{system}, Linux {platform.release().split('-')[0]}"
    for name, *command in (("gcc", "gcc", "--version"), ("clang", "clang", "--version"), ("OpenSSL", "openssl", "version"),
                           ("valgrind", "valgrind", "--version")):
        line = first_line(*command)
        if line:
            yield name, line
    for name in ("jansson", "lmdb", "hiredis", "libjwt", "check"):
        version = first_line("pkg-config", "--modversion", name)
        if version:
            yield name, version


def in_words(name):
    """A row of a table of its own may have a name with a hyphen in it: gcc-0."""
    return re.sub("_" if is_row(name) else "[-_]", " ", name)


def is_row(name):
    return name.count(".") == 3


def figures(log):
    """{name: value}, the last of each name."""
    found = FIGURE.findall(log.read_text(errors="replace")) if log.exists() else []
    return {in_words(name): value for name, value in found}


def cell(text):
    """C has bars too."""
    return text.replace("|", "\\|")


def cells_of(line):
    return [text.strip().replace("\\|", "|") for text in re.split(r"(?<!\\)\|", line)[1:-1]] if line.startswith("|") else []


def table(rows, head):
    yield f"| {head} | |"
    yield "|---|---|"
    for name, value in rows:
        yield f"| {name} | {cell(value)} |"
    yield ""


def spread(found):
    """Of {a.b.NAME.WHAT: value}, a table with a row for each NAME and a column for each WHAT; all other figures in one below it."""
    found = {name: value for name, value in found.items() if name.partition(" of ")[0] not in VERDICT}
    wide = {name: name.rsplit(".", 2) for name in found if is_row(name)}
    for head in dict.fromkeys(head for head, _, _ in wide.values()):
        columns = list(dict.fromkeys(what for h, _, what in wide.values() if h == head))
        yield f"| {head} | {' | '.join(columns)} |"
        yield "|---" * (len(columns) + 1) + "|"
        for row in dict.fromkeys(row for h, row, _ in wide.values() if h == head):
            yield f"| {row} | {' | '.join(cell(found.get(f'{head}.{row}.{what}', '')) for what in columns)} |"
        yield ""
    rest = [(name, value) for name, value in found.items() if name not in wide]
    if rest:
        yield from table(rest, "figure")


def verdicts(parts, old, logs):
    """Of each part that was ever run: what came of it, when, and of which sources. Of a part of a part, what came of that."""
    yield "## What came of it"
    yield ""
    yield ("`source` is git's name of the tree `src` that was judged (`git rev-parse HEAD:src`), with a + where it had "
           "changes that were not committed. Where a part was last run in part (`fuzz=HARNESS`), its line is of that run.")
    yield ""
    yield "| part | proof | seconds | day | source | command |"
    yield "|---|---|---|---|---|---|"
    asked = {part.partition("=")[0] for part in parts}
    for name, (title, _, command) in PARTS.items():
        found = {what: old.get(f"part.{title}.{what}", "") for what in VERDICT}
        if name in asked:
            found |= {what: figures(logs / f"{name}.log").get(f"{what} of {name}", "") for what in VERDICT}
        if any(found.values()):
            yield f"| {title} | {' | '.join(found[what] for what in VERDICT)} | `{command}` |"
    yield ""


def old_figures(page):
    """{title: {name: value}} of a page that this has written."""
    sections, title, head = {}, None, None
    for line in page.read_text().splitlines() if page.exists() else []:
        cells = cells_of(line)
        if line.startswith("## "):
            title = line[3:]
            sections[title] = {}
        elif not cells:
            head = None
        elif head is None:
            head = cells
        elif title and not line.startswith("|---"):
            for what, value in zip(head[1:], cells[1:]):
                if value:
                    sections[title][in_words(f"{head[0]}.{cells[0]}.{what}" if what else cells[0])] = value
    return sections


def section(title, sentence, command, found):
    yield f"## {title}"
    yield ""
    yield f"{sentence} `{command}`"
    yield ""
    yield from spread(found)


def page(old, logs, parts):
    yield "# Hardening"
    yield ""
    yield ("Written by `tools/hardening.sh`; each figure was printed by the command above it. `tools/hardening.sh --full` runs all of "
           "them, `tools/hardening.sh PART` one of them, whose figures then replace the old ones.")
    yield ""
    yield from verdicts(parts, old.get("What came of it", {}), logs)
    for name, (title, sentence, command) in PARTS.items():
        if name in parts:
            found = figures(logs / f"{name}.log")
        elif any(part.startswith(name + "=") for part in parts):
            found = {**old.get(title, {}), **figures(logs / f"{name}.log")}
        else:
            found = old.get(title, {})
        if found:
            yield from section(title, sentence, command, found)
    yield "## The machine"
    yield ""
    yield from table(machine(), "machine")


PAGE, LOGS = map(pathlib.Path, sys.argv[1:3])
print("\n".join(page(old_figures(PAGE), LOGS, sys.argv[3:])).rstrip())
