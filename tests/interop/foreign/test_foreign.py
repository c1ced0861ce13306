# SPDX-License-Identifier: MIT
"""Foreign tokens before several judges: libjwt itself, cjose, jose, jwcrypto and npm jose where they are installed, and we. Every
disagreement must be explained by a named rule (rules.py), and accepted claims must be the same.
usage: test_foreign.py LIBJWT_VERSION JUDGE…    SESS_LONG=1: 100,000 tokens; SESS_SEED: another seed."""
import base64
import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
count = failed = 0


def point(name, problems=(), skip=None):
    global count, failed
    count += 1
    failed += bool(problems)
    print(f"{'not ok' if problems else 'ok'} {count} - {name}{' # SKIP ' + skip if skip else ''}")
    for problem in problems[:40]:
        print(f"#   {problem}", flush=True)


try:
    import keys
except ImportError as error:
    print(f"1..0 # SKIP python3-cryptography: {error}")
    sys.exit(0)
import rules
import sight
import tokens

LONG = bool(os.environ.get("SESS_LONG"))
SEED = int(os.environ.get("SESS_SEED", "1"))
TOKENS = 100_000 if LONG else 1_000


def judges_of(programs, keyfile):
    """Name to command; a judge that is not here to a reason."""
    found = {pathlib.Path(p).name.split("_", 1)[1]: [p, keyfile] for p in programs}
    for name in ("libjwt", "cjose", "jose"):
        found.setdefault(name, f"lib{name.removeprefix('lib')} was not there when this was built")
    done = subprocess.run([sys.executable, "-c", "import jwcrypto.jwt"], capture_output=True, text=True, check=False)
    found["jwcrypto"] = [sys.executable, str(HERE / "judge_jwcrypto.py"), keyfile] if done.returncode == 0 else "jwcrypto is not installed"
    folder = os.environ.get("SESS_NPM", "")
    done = subprocess.run([HERE.parent / "install_npm.sh", folder], capture_output=True, text=True, check=False) if folder else None
    found["npm"] = ["node", str(HERE / "judge_npm.mjs"), folder, keyfile] if done and done.returncode == 0 else \
        done.stdout.strip() if done else "SESS_NPM names no folder"
    return found


def run_judge(name, command, out_path, cases, offsets):
    """Its verdicts. One that dies of a token has said "x" to it, and goes on with the next; a text is said of any other end."""
    # jose says on stderr why it refuses each; whether the libraries of others leak is not asked here.
    environment = os.environ if name == "sess" else {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    verdicts = []
    while True:
        with open(cases, "rb") as file, open(out_path, "w+b") as out:
            file.seek(offsets[len(verdicts)])
            status = subprocess.run(command, stdin=file, stdout=out, stderr=subprocess.DEVNULL, env=environment, check=False).returncode
            out.seek(0)
            verdicts += out.read().decode("ascii", "replace").splitlines()
        if len(verdicts) == TOKENS and status == 0:
            return verdicts
        if status == 0 or len(verdicts) >= TOKENS or name == "sess":
            return f"exit {status} after {len(verdicts)} of {TOKENS} verdicts"
        verdicts.append("x died")
        if len(verdicts) == TOKENS:
            return verdicts


def run_judges(judges, folder, cases):
    """The verdicts of each, all at once."""
    offsets = [0]
    with open(cases, "rb") as file:
        for line in file:
            offsets.append(offsets[-1] + len(line))
    with concurrent.futures.ThreadPoolExecutor(len(judges)) as pool:
        running = {n: pool.submit(run_judge, n, c, folder / f"{n}.out", cases, offsets) for n, c in judges.items()}
        return {name: future.result() for name, future in running.items()}


def claims_of(verdict, as_doubles):
    number = float if as_doubles else int
    return json.loads(base64.b64decode(verdict[2:]), parse_int=number)


def same_claims(ours, theirs, judge):
    if ours == theirs:
        return True
    return claims_of(ours, judge == "npm") == claims_of(theirs, judge == "npm")


class Comparison:
    """One judge beside us."""

    def __init__(self, judge, libjwt):
        self.judge, self.libjwt = judge, libjwt
        self.count = collections.Counter()
        self.rules = collections.Counter()
        self.problems = []

    def unexplained(self, number, case, ours, theirs):
        self.problems.append(f"token {number} ({case.what}, {case.key}, {case.kind}): ours {ours[:60]}, {self.judge} {theirs[:40]}: "
                             f"{case.token[:2000].decode('ascii', 'backslashreplace')}")

    def see(self, number, case, look, ours, theirs):
        alg = case.key.split("-")[0]
        if ours[0] == "!" and theirs[0] != "x":
            self._unsupported(number, case, look, ours, theirs)
        elif theirs[0] == "x":
            self._died(number, case, look, ours, theirs)
        elif theirs[0] == "!" or theirs[0] == "-" and rules.lacks(self.judge, alg, self.libjwt):
            if rules.lacks(self.judge, alg, self.libjwt):
                self.rules[f"{self.judge} does not have {alg}"] += 1
            else:
                self.unexplained(number, case, ours, theirs)
        elif ours[0] == theirs[0]:
            self.count["both accept" if ours[0] == "+" else "both refuse"] += 1
            if ours[0] == "+" and not same_claims(ours, theirs, self.judge):
                self.unexplained(number, case, "other claims", theirs)
        else:
            found = rules.explain(look, self.judge, set(ours[2:].split(",")) if ours[0] == "-" else set(), theirs[0] == "+")
            if not found:
                self.unexplained(number, case, ours, theirs)
            self.rules.update(found)

    def _died(self, number, case, look, ours, theirs):
        why = rules.dies(look, self.judge)
        if ours[0] != "-" or why is None:
            self.unexplained(number, case, ours, theirs)
        self.rules[f"{self.judge} dies of {why}"] += 1

    def _unsupported(self, number, case, look, ours, theirs):
        """We say that the installed libjwt cannot: it must be so, and it must be libjwt's doing."""
        alg = case.key.split("-")[0]
        typ = look.head("typ")
        if rules.lacks("libjwt", alg, self.libjwt):
            why = f"the installed libjwt does not verify {alg}"
        elif self.libjwt < (1, 12) and isinstance(typ, str) and typ.lower() != "jwt":
            why = "the installed libjwt takes no typ but JWT"
        else:
            why = None
        if why is None or (self.judge == "libjwt" and theirs[0] == "+"):
            self.unexplained(number, case, ours, theirs)
        self.rules[why] += 1


def version_of(text):
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def main():
    libjwt, programs = sys.argv[1], sys.argv[2:]
    rng = random.Random(SEED)
    made = keys.all_keys(rng)
    maker = tokens.Maker(made, rng)
    cases = [maker.case() for _ in range(TOKENS)]
    digest = hashlib.sha256(b"\n".join(c.token for c in cases)).hexdigest()
    print(f"# seed {SEED}: {TOKENS} tokens, SHA-256 {digest[:32]}; libjwt {libjwt}")
    kinds = collections.Counter(c.what.split(":")[0] for c in cases)
    print("# " + ", ".join(f"{n} {kind}" for kind, n in kinds.most_common()), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "keys.json").write_text(json.dumps(keys.as_document(made)))
        with open(folder / "cases", "wb") as file:
            for case in cases:
                file.write(b"%s %s %s\n" % (case.key.encode(), case.kind.encode(), base64.b64encode(case.token)))
        found = judges_of(programs, str(folder / "keys.json"))
        verdicts = run_judges({n: c for n, c in found.items() if isinstance(c, list)}, folder, folder / "cases")
    report(cases, made, found, verdicts, libjwt)


def report(cases, made, found, verdicts, libjwt):
    ours = verdicts["sess"]
    if isinstance(ours, str):
        point("we judge every token", [ours])
        return
    looks = [sight.Sight(case.token, case.kind, made[case.key]) for case in cases]
    tally = collections.Counter(reason for verdict in ours for reason in
                                (verdict[2:].split(",") if verdict[0] == "-" else ["accepted" if verdict[0] == "+" else verdict[2:]]))
    point("we judge every token", [] if tally["accepted"] > TOKENS / 10 else [f"only {tally['accepted']} were accepted"])
    print("# ours: " + ", ".join(f"{name} {n}" for name, n in tally.most_common()))
    for judge in sorted(rules.ALL):
        title = f"every disagreement with {judge} is explained"
        if not isinstance(found[judge], list):
            point(title, skip=found[judge])
            continue
        if isinstance(verdicts[judge], str):
            point(title, [verdicts[judge]])
            continue
        comparison = Comparison(judge, version_of(libjwt))
        for number, (case, look, mine, theirs) in enumerate(zip(cases, looks, ours, verdicts[judge])):
            comparison.see(number, case, look, mine, theirs)
        point(title, comparison.problems)
        c = comparison.count
        print(f"# {judge}: both accept {c['both accept']}, both refuse {c['both refuse']}, "
              f"unexplained {len(comparison.problems)}; explained:")
        for name, n in comparison.rules.most_common():
            print(f"# {judge}: {n:6}  {name}")


main()
print(f"1..{count}")
sys.exit(1 if failed else 0)
