# SPDX-License-Identifier: MIT
"""
The table of verbs and options is what sesstool takes; its help pages fit a terminal and show examples; the manual pages cover every
verb, option and public function, and pass mandoc's lint where that is installed.  usage: pages.py ROOT SESSTOOL
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import tap

root, tool = pathlib.Path(sys.argv[1]), sys.argv[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "tools" / "pages"))
import table  # noqa: E402


def taken(path):
    done = subprocess.run([tool, "--options", *path.split()], capture_output=True, text=True, check=False)
    return set(done.stdout.split("\n")) - {""} if done.returncode == 0 else {f"exit status {done.returncode}"}


def differences(verb, real):
    told = {f"--{o.name}" + (" VALUE" if o.meta else "") for o in verb.options}
    real = {o for o in real if o.split()[0][2:] not in table.ADVISED.get(verb.path, [])}
    yield from (f"{verb.path}: {o} is taken, and not in tools/pages/table.py" for o in sorted(real - told))
    yield from (f"{verb.path}: {o} is in tools/pages/table.py, and not taken" for o in sorted(told - real))


def verb_differences():
    main = (root / "tools/sesstool/main.c").read_text()
    verbs = set(re.findall(r'\{ "(\w+)", verb_\w+ \}', main))
    yield from (f"{v}: in main.c or in the table alone" for v in sorted(verbs ^ set(table.verb_names())))


def help_of(name):
    return subprocess.run([tool, "help", *name.split()], capture_output=True, text=True, check=False).stdout


def help_problems(name):
    text = help_of(name)
    lines = text.splitlines()
    if not lines or len(lines) > 24 or max(map(len, lines)) > 79:
        yield f"help {name}: {len(lines)} lines, {max(map(len, lines), default=0)} columns"
    if not re.search(r"^Examples?:\n  sesstool ", text, re.M):
        yield f"help {name}: no example"
    if not text.isascii():
        yield f"help {name}: not ASCII"


def unsaid(verb):
    text = help_of(verb.path)
    common = {o.name for o in table.OPENERS + table.FOREIGN}
    yield from (f"{verb.path}: --{o.name} is not on its page" for o in verb.options
                if o.name not in common and f"--{o.name}" not in text and f"--{o.name} " not in verb.synopsis)


def man_problems(folder):
    pages = {p.name: p.read_text() for p in folder.rglob("*.[13]")}
    for verb in table.VERBS:
        page = pages.get(f"sesstool-{verb.path.split()[0]}.1", "")
        yield from (f"sesstool-{verb.path}: no --{o.name}" for o in verb.options if f".It Fl -{o.name}" not in page)
    declared = set()
    for header in (root / "include/sess").glob("*.h"):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
        declared |= set(re.findall(r"SESS_API[^;{]*?\b(sess_\w+)\s*\(", text))
    for name in sorted(declared):
        page = pages.get(f"{name}.3", "")
        if page.startswith(".so man3/"):
            page = pages.get(page.split("/")[1].strip(), "")
        if f".Fo {name}\n" not in page or not re.search(rf'^\.Ss ".*\b{name}\b', page, re.M):
            yield f"{name}: no manual page says what it does"
    if len(declared) < 100:
        yield f"only {len(declared)} declarations were found"


def lint(folder):
    files = [p for p in sorted(folder.rglob("*.[13]")) if not p.read_text().startswith(".so ")]
    done = subprocess.run(["mandoc", "-Tlint", "-Wstyle", *files], capture_output=True, text=True, check=False)
    return [line for line in done.stdout.splitlines() if "referenced manual not found" not in line]


tap.check("verbs", verb_differences())
tap.check("options", [d for v in table.VERBS for d in differences(v, taken(v.path))])
first = table.VERBS[0]
tap.check("a missing and a surplus option are noticed",
          [] if len(list(differences(first, taken(first.path) ^ {"--json", "--planted"}))) == 2 else ["they were not"])
names = ["", *table.GROUPS, *[v.path for v in table.VERBS], *table.TOPICS]
tap.check("help fits a screen and shows examples", [p for n in names for p in help_problems(n)])
tap.check("help names every option", [p for v in table.VERBS for p in unsaid(v)])
with tempfile.TemporaryDirectory() as name:
    out = pathlib.Path(name)
    subprocess.run([sys.executable, "-B", root / "tools/pages/man.py", root / "include", out], check=True)
    tap.check("manual pages cover verbs, options and functions", man_problems(out))
    if shutil.which("mandoc"):
        tap.check("mandoc -Tlint", lint(out))
        (out / "man1" / "planted.1").write_text(".Dd today\n.Xx\n")
        tap.check("a planted fault is noticed", [] if lint(out) else ["it was not"])
    else:
        for point in ("mandoc -Tlint", "a planted fault is noticed"):
            tap.count += 1
            print(f"ok {tap.count} - {point} # SKIP mandoc is not installed")
tap.done()
