# SPDX-License-Identifier: MIT
"""Changes the verify, ring and cookie code in one place at a time, and asks the tests whether they notice (tools/mutants.sh).

    mutants.py BUILD [--seed N] [--count N] [--jobs N] [--only TEXT] [--list]
    mutants.py BUILD --short          a few mutants, whose verdicts are known; TAP

BUILD is a build directory that is up to date. A mutant's object stands before the library in the link of each test program that
concerns its folder; the first that fails, or does not end, has noticed it. A mutant that does not compile, or compiles to the same
code, is none. Those that may live, because they change nothing that can be observed, stand in equivalent.txt with the reason."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import mutate

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FILES = ("src/token/*.c", "src/ring/*.c", "src/jose/*.c", "src/session/verify.c", "src/session/cookie*.c", "src/session/session.c",
         "src/session/rules.c", "src/session/renew.c", "src/session/mint.c", "src/session/ended.c")
# The test programs that concern a folder: the beginnings of their names, cheap ones first.
SESSION = ("session_test_cookie", "session_", "reference_")
TESTS = {
    "src/jose/": ("jose_", "session_test_raw", "session_test_hostile", "session_test_session", "session_test_m", "ring_", "vectors_"),
    "src/token/": ("token_",) + SESSION,
    "src/ring/": ("ring_", "session_test_m", "session_test_re", "session_test_unknown", "session_test_session", "session_test_hostile_r"),
    "src/session/": SESSION,
}
# Programs that race or take long, and would say no more.
LEAVE_OUT = ("session_test_threads", "session_test_revocation_race", "session_test_revocation_lmdb", "session_test_watch")
MEMORY = 4 << 30


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 28, 1 << 28))


class Build:
    """A build directory: how its sources are compiled and its tests linked, and how long each test takes."""

    def __init__(self, path):
        self.path = pathlib.Path(path).resolve()
        entries = json.loads((self.path / "compile_commands.json").read_text())
        self.compile = {}
        for e in entries:
            if "libsess-internal" in e["output"]:
                file = (self.path / e["file"]).resolve().relative_to(ROOT)
                self.compile[str(file)] = self.words(e["command"], e["file"])
        names = subprocess.run(["ninja", "-C", self.path, "-t", "targets", "all"], check=True, capture_output=True, text=True).stdout
        self.tests = sorted(line.split(":")[0][6:] for line in names.splitlines()
                            if line.startswith("tests/") and "_test_" in line.split(":")[0] and ".p/" not in line
                            and line.split(":")[0].count("/") == 1)
        self.links, self.seconds, self.lock = {}, {}, threading.Lock()

    @staticmethod
    def words(command, source):
        words = [w for w in shlex.split(command) if w not in ("ccache", "-c", source, "-MD")]
        for option in ("-o", "-MQ", "-MF"):
            if option in words:
                del words[words.index(option):words.index(option) + 2]
        return words + ["-w", "-Werror=int-conversion", "-Werror=implicit-function-declaration", "-c"]

    def link(self, test):
        with self.lock:
            if test not in self.links:
                said = subprocess.run(["ninja", "-C", self.path, "-t", "commands", f"tests/{test}"], check=True, capture_output=True,
                                      text=True).stdout.splitlines()
                self.links[test] = shlex.split(said[-1])
            return self.links[test]

    def object(self, file, source, out):
        """Compiles `source` as if it were `file`; false: it is not C."""
        text = out.with_suffix(".c")
        text.write_text(source)
        folder = (ROOT / file).parent
        done = subprocess.run([*self.compile[file], "-I", folder, text, "-o", out], cwd=self.path, capture_output=True)
        return done.returncode == 0

    def run(self, test, obj, folder):
        """Links and runs one test program; None: it passed, else why not. No obj: as it was built."""
        program = self.path / "tests" / test
        if obj is not None:
            program = folder / test
            words = list(self.link(test))
            at = words.index("-o")
            words[at + 1] = str(program)
            words.insert(at + 2, str(obj))
            subprocess.run(words, cwd=self.path, check=True, capture_output=True)
        env = dict(os.environ, SESS_SOURCE=str(ROOT), CK_TIMEOUT_MULTIPLIER="10", TMPDIR=str(folder))
        begun = time.monotonic()
        child = subprocess.Popen([program], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=limit)
        try:
            status = child.wait(60 + 4 * self.seconds.get(test, 60))
        except subprocess.TimeoutExpired:
            status = "it does not end"
        finally:
            try:
                os.killpg(child.pid, signal.SIGKILL)  # its own group: what a killed test left behind
            except ProcessLookupError:
                pass
            child.wait()
            if obj is not None:
                program.unlink()
        if obj is None:
            self.seconds[test] = time.monotonic() - begun
        return None if status == 0 else str(status)


class Hunt:
    """Which mutants the tests notice."""

    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.noticed_by, self.lock, self.same = {}, threading.Lock(), {}

    def order(self, file):
        """The programs for a file: those first that have noticed most of it, then the quick ones."""
        beginnings = next(v for k, v in TESTS.items() if file.startswith(k))
        tests = [t for t in self.build.tests if t.startswith(beginnings) and t not in LEAVE_OUT]
        with self.lock:
            noticed = dict(self.noticed_by.get(file, {}))
        return sorted(tests, key=lambda t: (self.build.seconds.get(t, 9) + 0.3) / (0.3 + noticed.get(t, 0)))

    def judge(self, mutant, tests=None):
        """"none", "lives", or the test that noticed."""
        source = SOURCES[mutant.file]
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        try:
            obj = folder / "mutant.o"
            if not self.build.object(mutant.file, mutant.apply(source), obj) or self.is_same(mutant.file, source, obj, folder):
                return "none"
            for test in tests or self.order(mutant.file):
                if self.build.run(test, obj, folder) is not None:
                    with self.lock:
                        of_file = self.noticed_by.setdefault(mutant.file, {})
                        of_file[test] = of_file.get(test, 0) + 1
                    return test
            return "lives"
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def is_same(self, file, source, obj, folder):
        """Whether the compiler made the same code of it."""
        with self.lock:
            if file not in self.same:
                plain = folder / "plain.o"
                if not self.build.object(file, source, plain):
                    raise SystemExit(f"{file} does not compile")
                self.same[file] = code_of(plain)
            return code_of(obj) == self.same[file]


def code_of(obj):
    stripped = obj.with_suffix(".code")
    subprocess.run(["objcopy", "-g", "-R", ".comment", obj, stripped], check=True)
    text = subprocess.run(["objdump", "-d", "-r", "-s", "--no-show-raw-insn", stripped], check=True, capture_output=True, text=True).stdout
    return text.split("\n", 3)[3]


def equivalents():
    """{(file, was, is): why} of equivalent.txt: records of four lines, parted by empty ones."""
    known = {}
    for record in (HERE / "equivalent.txt").read_text().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in record.splitlines() if line and not line.startswith("#"))
        if fields:
            known[fields["file"], fields["was"], fields["is"]] = fields["why"]
    return known


def read_sources():
    """{file: text}, read once: they may be worked on meanwhile."""
    paths = [path for pattern in FILES for path in sorted(ROOT.glob(pattern))]
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths}


SOURCES = read_sources()


def all_mutants(only):
    for file, source in SOURCES.items():
        if only in file:
            yield from mutate.of_file(file, source)


def describe(mutant):
    was, now = mutant.lines(SOURCES[mutant.file])
    return f"file: {mutant.file}:{mutant.line}\nwas: {was}\nis: {now}"


def measure(build, jobs):
    """Every test passes as it is, and takes so long."""
    concerned = tuple({b for v in TESTS.values() for b in v})
    tests = [t for t in build.tests if t.startswith(concerned) and t not in LEAVE_OUT]
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for test, why in zip(tests, pool.map(lambda t: build.run(t, None, pathlib.Path(folder)), tests)):
            if why is not None:
                raise SystemExit(f"{test} fails without any mutant: {why}")


def hunt(options):
    build = Build(options.build)
    measure(build, options.jobs)
    chosen = list(all_mutants(options.only))
    total = len(chosen)
    random.Random(options.seed).shuffle(chosen)
    known = equivalents()
    counts = {"noticed": 0, "equivalent": 0, "lives": 0}
    chosen = iter(chosen)
    lock = threading.Lock()
    with tempfile.TemporaryDirectory() as folder:
        h = Hunt(build, pathlib.Path(folder))

        def work():
            while True:
                with lock:
                    mutant = next(chosen, None) if sum(counts.values()) < options.count else None
                if mutant is None:
                    return
                verdict = h.judge(mutant)
                with lock:
                    if verdict == "none":
                        continue
                    was, now = mutant.lines(SOURCES[mutant.file])
                    why = known.get((mutant.file, was, now))
                    kind = "noticed" if verdict != "lives" else "equivalent" if why else "lives"
                    counts[kind] += 1
                    if options.list or kind != "noticed":
                        print(f"{describe(mutant)}\n{'why: ' + why if kind == 'equivalent' else kind + ': ' + verdict}\n", flush=True)

        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for done in [pool.submit(work) for _ in range(options.jobs)]:
                done.result()
    judged = sum(counts.values())
    share = 100 * counts["noticed"] / judged
    for name, value in (("places", total), ("judged", judged), *counts.items(), ("percent", f"{share:.1f}")):
        print(f"figure: mutants-{name} = {value}")
    return 0 if share >= 95 and counts["lives"] == 0 else 1


# file, was, is, what must come of it, the test programs that are asked
SHORT = (
    ("src/token/verify_rules.c", "if (v->now >= hard + p->leeway_s)", "if (v->now > hard + p->leeway_s)", "noticed"),
)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--count", type=int, default=240)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--short", action="store_true")
    sys.exit(hunt(parser.parse_args()))


main()
