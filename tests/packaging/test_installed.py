# SPDX-License-Identifier: MIT
"""
`meson install` into an empty root, and the README's program built against what lies there: by pkg-config, shared and static. Then
what a packager asks: soname, symbol versions, exports, pages, completion, and that nothing lies anywhere else.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

root, build, cc = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
count = failed = 0


def ok(name, holds, *detail):
    global count, failed
    count += 1
    failed += not holds
    print(f"{'ok' if holds else 'not ok'} {count} - {name}")
    for line in ("\n".join(map(str, detail)).splitlines() if not holds else ()):
        print(f"#   {line}")


def run(*args, **kw):
    return subprocess.run(list(map(str, args)), capture_output=True, text=True, check=False, **kw)


def option(name):
    return next(o["value"] for o in json.loads((build / "meson-info" / "intro-buildoptions.json").read_text()) if o["name"] == name)


def readme_program():
    return next(b for b in re.findall(r"```c\n(.*?)```", (root / "README.md").read_text(), re.S) if "int main" in b)


def pkg_config(*args):
    env = {**os.environ, "PKG_CONFIG_LIBDIR": str(lib / "pkgconfig") + ":" + run("pkg-config", "--variable=pc_path", "pkg-config").stdout.strip()}
    # Where the files would be, in the root where they are.
    moved = [f"--define-variable={k}={dest}{v}" for k, v in (("prefix", prefix), ("includedir", prefix / "include"), ("libdir", libdir))]
    return run("pkg-config", *moved, *args, "sess", env=env).stdout.split()


def consumer(name, *flags, environment=None):
    program = dest / name
    built = run(cc, "-std=c11", "-Wall", "-Wextra", "-Werror", dest / "main.c", "-o", program, *flags)
    done = run(program, cwd=dest, env={**os.environ, **(environment or {})}) if built.returncode == 0 else built
    ok(f"the README's program, {name}", done.returncode == 0 and done.stdout == "alice\n", built.stderr, done.stderr, done.stdout)
    return program


def headers():
    installed = {p.name for p in (dest / str(prefix)[1:] / "include/sess").glob("*.h")}
    ok("all public headers, and no other", installed == {p.name for p in (root / "include/sess").glob("*.h")}, installed)


def library():
    shared = lib / "libsess.so"
    dynamic = run("readelf", "-dW", shared).stdout
    ok("the soname", "Library soname: [libsess.so.0]" in dynamic and (lib / "libsess.so.0").is_symlink(), dynamic)
    symbols = [line.split()[-1] for line in run("nm", "-D", "--defined-only", "--with-symbol-versions", shared).stdout.splitlines()]
    bare = [s for s in symbols if not re.fullmatch(r"sess_\w+@@SESS_0|SESS_0(@@SESS_0)?", s)]
    ok("every export has its version", len(symbols) > 100 and not bare, bare)
    needed = re.findall(r"NEEDED.*\[(.*)\]", dynamic)
    ok("no library is linked for nothing", not [n for n in needed if not re.match(r"lib(crypto|jansson|lmdb|hiredis|jwt|c|pthread)\b", n)], needed)
    ok("no path of the build is left in it", not re.search("R(UN)?PATH", dynamic), dynamic)


def pages():
    man = dest / str(prefix)[1:] / option("mandir")
    verbs = {p.name for p in (man / "man1").glob("*")}
    ok("manual pages", {"sesstool.1", "sesstool-key.1", "sesstool-verify.1", "sesstool-doctor.1"} <= verbs and
       (man / "man3/sess_verify.3").exists(), verbs)
    share = dest / str(prefix)[1:] / option("datadir")
    missing = [p for p in ("bash-completion/completions/sesstool", "zsh/site-functions/_sesstool", "fish/vendor_completions.d/sesstool.fish")
               if not (share / p).exists()]
    ok("completion for three shells", not missing, missing)
    top = {str(p.relative_to(dest / str(prefix)[1:])).split("/")[0] for p in (dest / str(prefix)[1:]).rglob("*") if p.is_file()}
    ok("nothing lies anywhere else", top == {"bin", "include", libdir.relative_to(prefix).parts[0], option("datadir")}, top)


prefix = pathlib.Path(option("prefix"))
libdir = prefix / option("libdir")
with tempfile.TemporaryDirectory() as folder:
    dest = pathlib.Path(folder)
    lib = dest / str(libdir)[1:]
    installed = run(shutil.which("meson"), "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", dest)
    ok("meson install", installed.returncode == 0, installed.stdout[-2000:], installed.stderr[-2000:])
    tool = dest / str(prefix)[1:] / "bin/sesstool"
    paths = {"LD_LIBRARY_PATH": str(lib)}
    (dest / "main.c").write_text(readme_program())
    made = run(tool, "key", "new", "ring.jwks", cwd=dest, env={**os.environ, **paths})
    ok("the installed sesstool makes its ring", made.returncode == 0, made.stderr)
    version = re.search(r"version: '(.*)'", (root / "meson.build").read_text()).group(1)
    ok("pkg-config knows the version", pkg_config("--modversion") == [version], pkg_config("--modversion"))
    consumer("shared", *pkg_config("--cflags", "--libs"), environment=paths)
    # libsess itself static, what it stands on shared: Debian 12's libjwt.pc asks --static for a library that is nowhere.
    beneath = [word for word in pkg_config("--print-requires-private") if re.match("[a-z]", word)]
    below = run("pkg-config", "--libs", *beneath).stdout.split()
    program = consumer("static", *pkg_config("--cflags"), lib / "libsess.a", *below, "-pthread")
    ok("and it needs no libsess.so", "libsess" not in run("readelf", "-d", program).stdout)
    cpp = shutil.which("c++")
    (dest / "main.cc").write_text(readme_program())
    if cpp and not option("b_lto"):
        built = run(cpp, "-Wall", "-Wextra", "-Werror", dest / "main.cc", "-o", dest / "cpp", *pkg_config("--cflags", "--libs"))
        ok("the same as C++", built.returncode == 0, built.stderr)
    headers()
    library()
    pages()
print(f"1..{count}")
sys.exit(1 if failed else 0)
