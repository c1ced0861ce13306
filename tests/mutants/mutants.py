# SPDX-License-Identifier: MIT
"""Changes the verify, ring and cookie code in one place at a time, and asks the tests whether they notice (tools/mutants.sh).

    mutants.py BUILD [--seed N] [--count N] [--jobs N] [--only TEXT] [--list] [--quick]
    mutants.py BUILD --short          a few mutants, whose verdicts are known; TAP

BUILD is a build directory that is up to date. A mutant's object stands before the library in the link of each test program that
concerns its folder; the first that fails, or does not end, has noticed it. A mutant that does not compile, or compiles to the same
code, is none. Those that may live, because they change nothing that can be observed, stand in equivalent.txt with the reason, and
are not judged again."""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

import mutate

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FILES = ("src/token/*.c", "src/ring/*.c", "src/jose/*.c", "src/session/verify.c", "src/session/cookie*.c", "src/session/session.c",
         "src/session/rules.c", "src/session/renew.c", "src/session/mint.c", "src/session/ended.c")
# The test programs that concern a folder: the beginnings of their names, cheap ones first.
SESSION = ("session_test_cookie", "session_", "reference_")
TESTS = {
    "src/jose/": ("jose_", "session_test_raw", "session_test_wiped", "session_test_hostile", "session_test_session", "session_test_m",
                  "session_test_steps", "session_test_refuse", "session_test_starve", "ring_", "vectors_"),
    "src/token/": ("token_", "ring_test_budget") + SESSION,
    "src/ring/": ("ring_", "session_test_m", "session_test_re", "session_test_starve", "session_test_unknown", "session_test_session",
                  "session_test_hostile_r", "session_test_steps", "session_test_wiped"),
    "src/session/": SESSION,
}
# Programs that race or take long, and would say no more.
LEAVE_OUT = ("session_test_threads", "session_test_watch", "ring_test_ring_life")
PATIENCE = 120  # seconds of a test that may wait for the machine; who does not end has noticed
MEMORY = 4 << 30


FAST_LINKER = ["-fuse-ld=gold"] if shutil.which("ld.gold") else []


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 28, 1 << 28))


def kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


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
                            and line.split(":")[0].count("/") == 1 and (self.path / line.split(":")[0]).exists())
        self.links, self.lock, self.cost_file = {}, threading.Lock(), self.path / "mutants-cost.json"
        self.seconds = json.loads(self.cost_file.read_text()) if self.cost_file.exists() else {}
        self.forks = set(self.seconds.get("", []))  # programs that do not pass in one process
        self.made = self.last_made()

    def last_made(self):
        """When ninja last made something here."""
        return (self.path / ".ninja_log").stat().st_mtime_ns

    def expect_unchanged(self):
        """A verdict of programs that were partly made anew is none, and some are not there for a moment."""
        if self.last_made() != self.made:
            raise SystemExit(f"{self.path} was built anew meanwhile: start again, and it goes on where it was")

    @staticmethod
    def words(command, source):
        words = [w for w in shlex.split(command) if w not in ("ccache", "-c", source, "-MD")]
        for option in ("-o", "-MQ", "-MF"):
            if option in words:
                del words[words.index(option):words.index(option) + 2]
        return words + ["-g0", "-w", "-Werror=int-conversion", "-Werror=implicit-function-declaration", "-c"]

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
        words = [w.replace("-I", f"-I{self.path}/") if w.startswith("-I") and w[2:3] != "/" else w for w in self.compile[file]]
        done = subprocess.run([*words, "-I", folder, text.name, "-o", out], cwd=out.parent, capture_output=True)
        return done.returncode == 0

    def run(self, test, obj, folder):
        """Links and runs one test program; None: it passed, else why not. No obj: as it was built."""
        program = self.path / "tests" / test
        if obj is not None:
            program = folder / test
            words = list(self.link(test))
            at = words.index("-o")
            words[at + 1] = str(program)
            words[at + 2:at + 2] = [str(obj), *FAST_LINKER]
            subprocess.run(words, cwd=self.path, check=True, capture_output=True)
        env = dict(os.environ, SESS_SOURCE=str(ROOT), CK_TIMEOUT_MULTIPLIER="5", TMPDIR=str(folder))
        if test not in self.forks:
            env["CK_FORK"] = "no"  # a process for each test takes longer than most tests
        child = subprocess.Popen([program], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=limit)
        alarm = threading.Timer(PATIENCE, kill_group, [child.pid])
        alarm.start()
        # One point that does not hold is enough.
        is_noticed = any(line.startswith(b"not ok") for line in child.stdout)
        if is_noticed:
            kill_group(child.pid)
        _, status, used = os.wait4(child.pid, 0)
        alarm.cancel()
        child.returncode = status
        child.stdout.close()
        kill_group(child.pid)  # what a killed test left behind
        if obj is not None:
            program.unlink()
        elif status == 0:
            self.seconds[test] = used.ru_utime + used.ru_stime
        return None if status == 0 else str(status)

    def cost(self, test, folder):
        """Processor time; found out once, and with it that the test passes without any mutant."""
        if test not in self.seconds:
            why = self.run(test, None, folder)
            if why is not None:
                self.forks.add(test)
                why = self.run(test, None, folder)
            if why is not None:
                raise SystemExit(f"{test} fails without any mutant: {why}")
            with self.lock:
                self.seconds[""] = sorted(self.forks)
                self.cost_file.write_text(json.dumps(self.seconds, indent=1, sort_keys=True))
        return self.seconds[test]


class Hunt:
    """Which mutants the tests notice."""

    def __init__(self, build, folder, most=None):
        self.build, self.folder, self.most = build, folder, most
        self.noticed_by, self.lock, self.same = {}, threading.Lock(), {}
        self.verdict_file = build.path / "mutants-verdicts.json"
        self.verdicts = json.loads(self.verdict_file.read_text()) if self.verdict_file.exists() else {}

    def order(self, file):
        """The programs for a file: those first that have noticed most of it, then the quick ones."""
        beginnings = next(v for k, v in TESTS.items() if file.startswith(k))
        tests = [t for t in self.build.tests if t.startswith(beginnings) and t not in LEAVE_OUT]
        with self.lock:
            noticed = dict(self.noticed_by.get(file, {}))
        stem = pathlib.Path(file).stem
        # What is named after the file, or after a part of it, has the most to say; and what makes each step fail, of each `rc`.
        near = {t: sum(part in t.split("_") for part in stem.split("_")) + 9 * t.endswith("_test_" + stem) +
                2 * t.endswith("_test_steps") for t in tests}
        return sorted(tests, key=lambda t: (self.build.cost(t, self.folder) + 0.3) / (0.2 + noticed.get(t, 0) + near[t]))[:self.most]

    def remembered(self, mutant):
        """The verdict, also of an earlier run that was stopped; whoever lived is judged again, for tests get better."""
        source = SOURCES[mutant.file]
        name = hashlib.sha256(f"{mutant.file} {mutant.start} {mutant.end} {mutant.text} {source}".encode()).hexdigest()
        if name not in self.verdicts:
            try:
                verdict = self.judge(mutant)
            finally:
                self.build.expect_unchanged()
            if verdict == "lives":
                return verdict
            with self.lock:
                self.verdicts[name] = verdict
                whole = self.verdict_file.with_suffix(".new")
                whole.write_text(json.dumps(self.verdicts, indent=1))
                whole.replace(self.verdict_file)  # at once: it may be stopped anywhere
        return self.verdicts[name]

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
                plain = folder / "plain"
                plain.mkdir()
                if not self.build.object(file, source, plain / obj.name):
                    raise SystemExit(f"{file} does not compile")
                self.same[file] = (plain / obj.name).read_bytes()
            return obj.read_bytes() == self.same[file]


def read_sources():
    """{file: text}, read once: they may be worked on meanwhile."""
    paths = [path for pattern in FILES for path in sorted(ROOT.glob(pattern))]
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths}


SOURCES = read_sources()


def lines_that_are(file, was, after):
    """The numbers of the lines WAS of a file, those that come after a line AFTER where there is one."""
    lines = [line.strip() for line in SOURCES.get(file, "").splitlines()]
    return [i + 1 for i, line in enumerate(lines) if line == was and after in (None, lines[i - 1])]


def equivalents():
    """{(file, line, is): why} of equivalent.txt: records of lines "name: text", parted by empty ones. A record is of one place."""
    known = {}
    for record in (HERE / "equivalent.txt").read_text().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in record.splitlines() if not line.startswith("#"))
        if fields:
            places = lines_that_are(fields["file"], fields["was"], fields.get("after"))
            if len(places) != 1:
                raise SystemExit(f"equivalent.txt: {fields['file']} has {len(places)} places for the record of \"{fields['was']}\"; one "
                                 "is expected: take the record away, or tell places apart by \"after: the line before\"")
            known[fields["file"], places[0], fields["is"]] = fields["why"]
    return known


def all_mutants(only):
    for file, source in SOURCES.items():
        if only in file:
            yield from mutate.of_file(file, source)


def describe(mutant):
    was, now = mutant.lines(SOURCES[mutant.file])
    return f"file: {mutant.file}:{mutant.line}\nwas: {was}\nis: {now}"


def hunt(options):
    build = Build(options.build)
    # In an order that hangs on each mutant alone, so that a change elsewhere leaves the choice as it was.
    chosen = sorted(all_mutants(options.only), key=lambda m: m.rank(options.seed, SOURCES[m.file]))
    total = len(chosen)
    known = equivalents()
    counts = {"noticed": 0, "equivalent": 0, "lives": 0}
    unnoticed = []  # place and reason
    chosen = iter(chosen)
    lock = threading.Lock()
    with tempfile.TemporaryDirectory() as folder:
        h = Hunt(build, pathlib.Path(folder), 12 if options.quick else None)

        def work():
            while True:
                with lock:
                    mutant = next(chosen, None) if sum(counts.values()) < options.count else None
                if mutant is None:
                    return
                why = known.get((mutant.file, mutant.line, mutant.lines(SOURCES[mutant.file])[1]))
                verdict = "lives" if why else h.remembered(mutant)
                with lock:
                    if verdict == "none":
                        continue
                    kind = "noticed" if verdict != "lives" else "equivalent" if why else "lives"
                    counts[kind] += 1
                    if kind != "noticed":
                        unnoticed.append((f"{mutant.file}:{mutant.line}", why or "no reason: it lives"))
                    if options.list or kind != "noticed":
                        print(f"{describe(mutant)}\n{'why: ' + why if kind == 'equivalent' else kind + ': ' + verdict}\n", flush=True)

        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for done in [pool.submit(work) for _ in range(options.jobs)]:
                done.result()
    judged = sum(counts.values())
    share = 100 * counts["noticed"] / judged
    for name, value in (("places", total), ("judged", judged), *counts.items(), ("percent", f"{share:.1f}")):
        print(f"figure: mutants-{name} = {value}")
    for number, (place, why) in enumerate(sorted(unnoticed), 1):
        print(f"figure: mutants.unnoticed.{number}.place = {place}\nfigure: mutants.unnoticed.{number}.why = {why}")
    return 0 if share >= 95 and counts["lives"] == 0 else 1


# The short form: file, the line before and after, the test program that is asked, and whether it must notice.
SHORT = (
    ("src/token/verify_rules.c", "if (v->now >= hard + p->leeway_s)", "if (v->now > hard + p->leeway_s)", "session_test_hostile_rules", True),
    ("src/token/verify_layer.c", "if (key->alg != layer->alg || key->enc != layer->enc)",
     "if (((key->alg != layer->alg || key->enc != layer->enc), 0))", "session_test_hostile_header", True),
    ("src/jose/jws.c", "return jws->len[JWS_SIGNATURE] == B64URL_ENCODED_LEN(sig_len(alg->sig));", "return 0;", "session_test_raw", True),
    ("src/ring/ring.c", "if (secret_is_zero(key->jwk.secret.bytes, key->jwk.secret.len))",
     "if (((secret_is_zero(key->jwk.secret.bytes, key->jwk.secret.len)), 0))", "ring_test_ring", True),
    ("src/session/cookie_scan.c", "if (n < whole->len || memcmp(name, whole->text, whole->len) != 0)",
     "if (n < whole->len && memcmp(name, whole->text, whole->len) != 0)", "session_test_cookie_get", True),
    ("src/ring/ring.c", "if (key->alg->use == use && key->nbf <= now && (best == NULL || key->nbf > best->nbf))",
     "if (key->alg->use == use && key->nbf <= now && (best == NULL || key->nbf >= best->nbf))", "ring_test_ring_rules", False),
)


def short(options):
    """A few, in the build that is here; TAP."""
    build, failed = Build(options.build), 0
    with tempfile.TemporaryDirectory() as folder:
        h = Hunt(build, pathlib.Path(folder))
        for number, (file, was, now, test, is_noticed) in enumerate(SHORT, 1):
            found = [m for m in mutate.of_file(file, SOURCES[file]) if m.lines(SOURCES[file]) == (was, now)]
            verdict = h.judge(found[0], [test]) if found else "not there any more: choose another line"
            holds = verdict == (test if is_noticed else "lives") and (is_noticed or (file, found[0].line, now) in equivalents())
            failed += not holds
            print(f"{'ok' if holds else 'not ok'} {number} - {file}: {now} {'is noticed' if is_noticed else 'changes nothing'}")
            if not holds:
                print(f"# {verdict}")
    print(f"1..{len(SHORT)}")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    sys.exit(short(options) if options.short else hunt(options))


if __name__ == "__main__":
    main()
