# SPDX-License-Identifier: MIT
"""
Every code block of the documentation is run. The blocks of a page share a folder, in their order.
  ```c     compiles without a warning; a whole program (it has main) runs too, and ends with 0
  ```sh    runs with `sesstool` in PATH, each command ending with 0, or as `# exit status N` behind it says
  ```json  is JSON; ```ini is read as a unit
A comment above a block, unseen on the page, may say: `<!-- with: C -->` what stands around a piece of C; `<!-- not run: why -->`.
Blocks without a language are output, and are not run.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

root, tool, library = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
sanitized = sys.argv[4] != "none"
PAGES = [root / "README.md", root / "SECURITY.md", *sorted((root / "doc").glob("*.md"))]
BLOCK = re.compile(r"((?:^<!--.*?-->\n+)?)^```(\w*)\n(.*?)^```$", re.S | re.M)
count = failed = 0


def ok(name, holds, *detail):
    global count, failed
    count += 1
    failed += not holds
    print(f"{'ok' if holds else 'not ok'} {count} - {name}")
    for line in ("\n".join(map(str, detail)).splitlines() if not holds else ()):
        print(f"#   {line}")


def run_c(code, around, folder):
    whole = "int main(" in code
    source = code if whole else f"#include <sess/sess.h>\n#include <stdio.h>\n#include <string.h>\n{around}\n"
    if not whole:
        source += "int piece(PARAMETERS);\nint\npiece(PARAMETERS)\n{\n{\n" + code + "\n}\n\treturn 0;\n}\n" if "PARAMETERS" in around else code
    (folder / "block.c").write_text(source)
    flags = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-I", str(root / "include")]
    if not whole or sanitized:
        done = subprocess.run(["cc", *flags, "-fsyntax-only", "block.c"], cwd=folder, capture_output=True, text=True, check=False)
        return done.returncode == 0, done.stderr
    link = ["-L", str(library.parent), f"-Wl,-rpath,{library.parent}", "-lsess", "-ljansson", "-pthread"]
    done = subprocess.run(["cc", *flags, "block.c", "-o", "block", *link], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        subprocess.run([tool, "key", "new", "ring.jwks"], cwd=folder, capture_output=True, check=False)
        done = subprocess.run(["./block"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def script(code):
    """Each command has a status: 0, or what the comment behind it says."""
    lines, text = ["set -eu"], re.sub(r"\\\n", " ", code)
    document = None
    for line in text.splitlines():
        want = re.search(r"# exit status (\d+)", line)
        heredoc = re.search(r"<<-?\s*'?(\w+)'?", line)
        if document:
            lines.append(line)
            document = None if line.strip() == document else document
        elif want:
            lines.append(f"status=0; {line[:line.index('#')]} || status=$?; test $status -eq {want.group(1)} || exit 99")
        else:
            lines.append(line)
            document = heredoc.group(1) if heredoc else None
    return "\n".join(lines) + "\n"


def run_sh(code, folder):
    env = {"PATH": f"{tool.parent}:{os.environ['PATH']}", "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    env.update({k: v for k, v in os.environ.items() if k.startswith(("ASAN", "UBSAN", "LSAN", "TSAN"))})
    done = subprocess.run(["bash", "-c", script(code)], cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False,
                          stdin=subprocess.DEVNULL)
    return done.returncode == 0, f"exit status {done.returncode}\n{done.stdout[-500:]}\n{done.stderr[-500:]}"


def judge(language, code, around, folder):
    if language == "c":
        (folder / "c").mkdir(exist_ok=True)
        return run_c(code, around, folder / "c")
    if language in ("sh", "bash"):
        return run_sh(code, folder)
    if language == "json":
        json.loads(code)
        return True, ""
    return language in ("", "ini", "text"), f"blocks of {language} are not run by anything"


def skip_reason(comment):
    found = re.search(r"<!--\s*not run:(.*?)-->", comment, re.S)
    return found and found.group(1).strip()


def page_points(page):
    with tempfile.TemporaryDirectory() as name:
        for comment, language, code in BLOCK.findall(page.read_text()):
            first = next((line.strip() for line in code.splitlines() if line.strip()), "")
            title = f"{page.relative_to(root)}: {first[:60]}".replace("#", "")
            around = re.search(r"<!--\s*with:(.*?)-->", comment, re.S)
            if not language:
                continue
            if skip_reason(comment):
                ok(f"{title} (not run: {skip_reason(comment)})", True)
                continue
            try:
                good, said = judge(language, code, around.group(1) if around else "", pathlib.Path(name))
            except ValueError as error:
                good, said = False, error
            ok(title, good, said)


def own_faults():
    """The judge itself: what must fail does."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for language, code in (("sh", "sesstool key list absent\n"), ("sh", "true # exit status 6\n"), ("c", "int x = y;\n"),
                               ("c", "int main(void) { return 1; }\n") if not sanitized else ("c", "int main(void) { return y; }\n")):
            ok(f"a planted fault is seen: {code.strip()}".replace("#", ""), not judge(language, code, "", folder)[0])


for path in PAGES:
    page_points(path)
own_faults()
ok("blocks were found", count > 20)
print(f"1..{count}")
sys.exit(1 if failed else 0)
