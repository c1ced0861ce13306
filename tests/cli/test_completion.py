# SPDX-License-Identifier: MIT
"""
Completion in bash, zsh and fish, each asked what it offers for a line, and compared with the table that the tool's own options are
compared with (tests/lint/pages.py). A shell that is not installed is skipped.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

import cli

root = pathlib.Path(sys.argv[2])
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "tools" / "pages"))
import table  # noqa: E402

BASH = """source "$1"; shift
IFS=' ' read -r -a COMP_WORDS <<<"$1"; [[ $1 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=(); _sesstool; printf '%s\\n' "${COMPREPLY[@]}"
"""
# What zsh's own functions would be told.
ZSH = """
_describe() { local -a list=("${(@P)2}"); print -l -- "${(@)list%%:*}" }
compadd() { print -l -- "$@" }
_arguments() { local a; for a; do case ${a#\\*} in
  --*) a=${${a#\\*}%%\\[*}; [[ $PREVIOUS == $a ]] || print -- $a;; esac
  if [[ $a == ${PREVIOUS}\\[*'('*')' || $a == '*'${PREVIOUS}\\[*'('*')' ]]; then print -l -- ${=${a##*\\(}%\\)}; fi; done }
compdef() { }
source "$1"
words=(${(s: :)2}); [[ $2 == *' ' ]] && words+=('')
CURRENT=$#words; _sesstool
"""
FISH = "source $argv[1]; complete -C \"$argv[2]\""


def ask(shell, script, line):
    run = {"bash": ["bash", "-c", BASH, "-", script, line], "zsh": ["zsh", "-f", "-c", ZSH, "-", script, line],
           "fish": ["fish", "--no-config", "-c", FISH, script, line]}[shell]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False,
                          env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"})
    return {word.split("\t")[0] for word in done.stdout.split("\n")} - {""}, done.stderr


def judge(shell, script):
    wrong = []

    def expect(line, words, exactly=True):
        got, said = ask(shell, script, line)
        if said or (got != words if exactly else not words <= got):
            wrong.append(f"{line!r}: {sorted(words ^ got)} {said}")

    expect("sesstool ", {*table.verb_names(), "help"}, exactly=False)
    expect("sesstool key ", {v.path.split()[1] for v in table.VERBS if v.path.startswith("key ")})
    expect("sesstool cookie ", {v.path.split()[1] for v in table.VERBS if v.path.startswith("cookie ")})
    for verb in table.VERBS:
        expect(f"sesstool {verb.path} --", {f"--{o.name}" for o in verb.options}, exactly=False)
    if shell != "zsh":
        expect("sesstool key new --form ", set(table.words_of(table.FORMS)))
        expect("sesstool key rotate --use ", {"sig", "enc"})
    cli.ok(f"{shell} offers what the table has", not wrong, *wrong)
    got, _ = ask(shell, script, "sesstool inspect --")
    cli.ok(f"{shell} offers a verb nothing of another", "--ring" not in got and "--json" in got, got)


with tempfile.TemporaryDirectory() as name:
    for sh in ("bash", "zsh", "fish"):
        if shutil.which(sh) is None:
            cli.count += 1
            print(f"ok {cli.count} - {sh} # SKIP it is not installed")
            continue
        path = f"{name}/completion.{sh}"
        subprocess.run([sys.executable, "-B", root / "tools/pages/completion.py", sh, path], check=True)
        judge(sh, path)
cli.done()
