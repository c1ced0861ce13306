# SPDX-License-Identifier: MIT
"""Includes go downward only; each foreign library has its one place. A planted violation must be found."""
import pathlib
import re
import shutil
import sys
import tempfile

import tap

LAYER = {"base": 0, "crypto": 1, "json": 1, "jose": 2, "ring": 3, "token": 4, "revocation": 5, "session": 6, "foreign": 7}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def includes(path):
    return INCLUDE.findall(path.read_text())


def src_problems(src):
    jwt = []
    for path in sorted(src.rglob("*.[ch]")):
        own = path.relative_to(src).parts[0]
        for quote, name in includes(path):
            if name == "jwt.h":
                jwt.append(path)
            if name.startswith("openssl/") and own != "crypto":
                yield f"{path}: <{name}> outside src/crypto"
            if name.startswith("hiredis/") and not path.name.startswith("redis"):
                yield f"{path}: <{name}> outside the Redis store"
            if quote != '"':
                continue
            layer = name.split("/")[0]
            if layer not in LAYER:
                yield f'{path}: "{name}" is not included by its layer path'
            elif layer != own and LAYER[layer] >= LAYER[own]:
                yield f'{path}: "{name}" goes upward or sideways'
    if len(jwt) > 1:
        yield f"<jwt.h> in more than one file: {jwt}"


def tool_problems(tools):
    for path in sorted(tools.rglob("*.[ch]")):
        for quote, name in includes(path):
            if quote == '"' and not (path.parent / name).exists():
                yield f'{path}: "{name}" is not one of the tool\'s own headers'
            if name.startswith("openssl/"):
                yield f"{path}: <{name}>: tools use the public API only"


def planted(src):
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "src"
        shutil.copytree(src, copy)
        for file, line in (("base/buf.c", '#include "ring/ring.h"'), ("json/doc.c", '#include "crypto/lib.h"'),
                           ("token/mint.c", "#include <openssl/evp.h>"), ("revocation/check.c", '#include "session/manager.h"'),
                           ("revocation/lmdb.c", "#include <hiredis/hiredis.h>")):
            victim = copy / file
            victim.write_text(victim.read_text() + line + "\n")
            if not any(str(victim) in p for p in src_problems(copy)):
                yield f"{line} in {file} was not noticed"
        for file in ("session/manager.c", "token/mint.c"):
            (copy / file).write_text((copy / file).read_text() + "#include <jwt.h>\n")
        if not any("jwt.h" in p for p in src_problems(copy)):
            yield "a second place of <jwt.h> was not noticed"
        tool = pathlib.Path(folder) / "tools"
        tool.mkdir()
        for line in ("#include <openssl/evp.h>", '#include "ring/ring.h"'):
            (tool / "main.c").write_text(line + "\n")
            if not list(tool_problems(tool)):
                yield f"{line} in a tool was not noticed"


root = pathlib.Path(sys.argv[1])
tap.check("src includes downward only", src_problems(root / "src"))
tap.check("tools use the public API only", tool_problems(root / "tools"))
tap.check("planted violations are found", planted(root / "src"))
tap.done()
