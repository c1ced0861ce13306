# SPDX-License-Identifier: MIT
"""sesstool revoke over a real Redis server: --init once, revocations that other processes refuse, what it says while the server is away,
and that a password is read from a file."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import cli
from cli import NOW, Folder, ok

folder = Folder()
folder.run("key", "new", "ring.jwks", "--now", str(NOW - 1000))
where = pathlib.Path(tempfile.mkdtemp(prefix="sess-redis-"))
uri = f"redis+unix:{where}/sock"


def revoke(*args):
    return folder.run("revoke", "--ring", "ring.jwks", "--now", str(NOW), "--store", uri, *args)


def verify(token, *args):
    return folder.run("verify", "--ring", "ring.jwks", "--now", str(NOW), "--store", uri, *args, stdin=token.encode())


def start(*args):
    server = subprocess.Popen([program, "--port", "0", "--unixsocket", f"{where}/sock", "--save", "", "--dir", str(where), *args],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while not (where / "sock").exists():
        time.sleep(0.01)
    return server


def stop(server):
    server.send_signal(signal.SIGKILL)
    server.wait()
    (where / "sock").unlink(missing_ok=True)


program = shutil.which("redis-server") or shutil.which("valkey-server")
if "built without" in revoke("--list").err or program is None:
    print("1..0 # SKIP this library has no Redis, or no server is installed")
    raise SystemExit(0)

run = revoke("--list")
ok("nobody there", run.status == 9 and "cannot be reached" in run.err, run)
ok("nor to initialise", revoke("--init").status == 9, revoke("--init"))
run = revoke("--session", "A" * 22)
ok("nothing is called done", run.status == 9 and run.out == "", run)
server = start()
try:
    token = folder.mint("--sub", "anna", "--now", str(NOW))
    run = revoke("--all")
    ok("without a log", run.status == 9 and "NO_EPOCH" in run.err and "--init" in run.err, run)
    run = verify(token)
    ok("no token is good", run.status == 9, run)
    ok("a store is wanted", folder.run("revoke", "--ring", "ring.jwks", "--init").status == 2)
    ok("another needs none", folder.run("revoke", "--ring", "ring.jwks", "--init", "--store", "lmdb:x").status == 2)
    run = folder.run("doctor", "--ring", "ring.jwks", "--store", uri, "--now", str(NOW), "--json")
    told = next(x for x in run.json()["findings"] if x["id"] == "store.open")
    ok("doctor has the command, and a word of caution", told["command"] == f"sesstool revoke --init --ring ring.jwks --store {uri}" and
       "emptied" in told["mend"], run)
    run = revoke("--init", "--json")
    ok("initialised", run.status == 0 and run.json().get("initialised") is True, run)
    run = revoke("--init")
    ok("once", run.status != 0 and "already" in run.err, run)
    ok("a token is good", verify(token).status == 0, verify(token))
    run = revoke("--subject", "anna", "--json")
    revocation = run.json().get("revocation", {})
    ok("revoked", run.status == 0 and revocation.get("queued") is False, run)
    ok("refused in another process", verify(token).status == 7, verify(token))
    ok("listed", revocation["id"] in revoke("--list").out, revoke("--list"))
    ok("taken back", revoke("--undo", revocation["id"]).status == 0 and verify(token).status == 0, verify(token))
    stop(server)
    server = start("--requirepass", "horse")
    run = revoke("--list")
    ok("without the password", run.status == 9 and "DENIED" in run.err, run)
    secret = where / "secret"
    secret.write_text("horse\n")
    os.chmod(secret, 0o644)
    run = revoke("--init", "--store-auth", str(secret))
    ok("a password that all may read", run.status == 9 and "chmod 600" in run.err, run)
    os.chmod(secret, 0o600)
    ok("with it", revoke("--init", "--store-auth", str(secret)).status == 0)
    ok("verify too", verify(token, "--store-auth", str(secret)).status == 0)
    ok("said nowhere", "horse" not in revoke("--list").err + verify(token).err)
finally:
    stop(server)
    shutil.rmtree(where)
cli.done()
