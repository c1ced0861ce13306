# SPDX-License-Identifier: MIT
"""Writes the page of tools/hardening.sh from the logs of its parts: figures that were printed, and the machine. Knows no figure itself.

    hardening_page.py LOGS"""
import os
import pathlib
import platform
import re
import subprocess
import sys

PARTS = {
    "fuzz": ("Fuzzing", "Harnesses at every entry point, libFuzzer under ASan and UBSan.", "tools/fuzz.sh 180"),
    "starve": ("Starvation", "Every allocation and every call of OpenSSL fails in turn: an error, nothing leaked, never an accept.",
               "tools/proof.sh hunger"),
    "mutate": ("Changed tokens", "Every bit, byte, cut and exchange of segments, for every form and algorithm.", "tools/proof.sh mutate"),
    "mints": ("Minting", "Tokens opened independently; nothing is drawn twice; without randomness nothing is minted.", "tools/proof.sh mints"),
    "threads": ("Threads", "Threads that do everything at once, under ThreadSanitizer.", "tools/proof.sh threads"),
    "ctime": ("Constant time", "No branch and no address depends on a key.", "tools/proof.sh ctime"),
    "secrets": ("Secrets", "Memory given back, a core dump, and whatever is said of failures hold no secret.", "tools/proof.sh secrets"),
    "mutants": ("Tests of the tests", "The code is changed in one place at a time, and the tests must notice.", "tools/mutants.sh"),
    "matrix": ("Compilers", "gcc and clang, -O0 to -O3 and LTO, without a warning.", "tools/matrix.sh"),
    "analyze": ("Static analysis", "clang-tidy, cppcheck, gcc -fanalyzer.", "tools/analyze.sh"),
    "coverage": ("Coverage", "Of the lowest layers and the token path.", "tools/coverage.sh"),
    "short": ("Short forms", "What the default test run holds of all this.", "tools/hardening.sh --short"),
}
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


def figures(log):
    """{name: value}, the last of each name."""
    return dict(FIGURE.findall(log.read_text(errors="replace"))) if log.exists() else {}


def table(rows, head):
    yield f"| {head} | |"
    yield "|---|---|"
    for name, value in rows:
        yield f"| {name} | {value} |"
    yield ""


def page(logs):
    yield "# Hardening"
    yield ""
    yield "Written by `tools/hardening.sh`; each figure was printed by the command above it. Not run: parts without figures."
    yield ""
    yield from table(machine(), "machine")
    for name, (title, sentence, command) in PARTS.items():
        found = figures(logs / f"{name}.log")
        if not found:
            continue
        yield f"## {title}"
        yield ""
        yield f"{sentence} `{command}`"
        yield ""
        yield from table(found.items(), "figure")


print("\n".join(page(pathlib.Path(sys.argv[1]))).rstrip())
