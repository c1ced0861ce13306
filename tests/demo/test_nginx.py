# SPDX-License-Identifier: MIT
"""The demo behind nginx, by the example's own configuration: auth_request, and two instances of which one is killed."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import demo
from demo import Client, Instance, free_port, ok, skip, wait_for

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
EXAMPLE = pathlib.Path(sys.argv[2])


def configure(folder, ports):
    text = EXAMPLE.read_text()
    for old, new in zip(("8440", "8441", "8442"), ports):
        text = text.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}")
    folder = pathlib.Path(folder)
    # Root's workers would be another user, who cannot enter this folder.
    (folder / "nginx.conf").write_text(("user root;\n" if os.geteuid() == 0 else "") + text)
    (folder / "tmp").mkdir()
    (folder / "files/members").mkdir(parents=True)
    (folder / "files/members/letter.txt").write_text("for members\n")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, capture_output=True, check=True)


def answering(client):
    page = client.get()
    return page.body.split("Answered by instance <strong>")[-1].split("<")[0]


def members(client):
    ok("auth_request: a visitor is sent to sign in", client.get("/members/letter.txt").status == 303)
    client.post("/sign-in", name="anna")
    letter = client.get("/members/letter.txt")
    ok("a member gets the file, and nginx knows who it is", letter.status == 200 and letter.body == "for members\n"
       and letter.all("X-Session-Subject") == ["anna"], letter)
    ok("metrics are not for the world", client.get("/metrics").status == 404)
    ok("nor is the sub-request", client.get("/auth").status == 404)


def failover(client, one):
    seen = {answering(client) for _ in range(6)}
    ok("two instances answer in turn", seen == {"one", "two"}, seen)
    for n in range(6):
        client.post("/cart/add", id="oolong", note=f"before {n} " + "b" * 500)
    one.kill()
    answers = [client.post("/cart/add", id="assam", note=f"after {n}").status for n in range(4)]
    page = client.get()
    ok("one is killed mid-cart: forms go on", answers == [303] * 4, answers)
    ok("nothing is lost", all(f"before {n} " in page.body for n in range(6)) and all(f"after {n}" in page.body for n in range(4)), page)
    ok("and the other answers", {answering(client) for _ in range(4)} == {"two"})
    ok("still a member", client.get("/members/letter.txt").status == 200)


def logout_is_shared(url, shared):
    name = "a logout at one instance ends the session at both"
    if not shared:
        skip(name, "this library has no lmdb: store")
        return
    client = Client(url)
    client.post("/sign-in", name="ben")
    copy = client.copy()
    client.post("/log-out")
    told = ["logged out" in copy.copy().get().body for _ in range(4)]
    ok(name, told == [True] * 4, told)


def main(folder):
    front, a, b = free_port(), free_port(), free_port()
    common = ("--ring", "ring.jwks", "--origin", f"https://localhost:{front}")
    configure(folder, (front, a, b))
    store, shared = "lmdb:" + str(pathlib.Path(folder) / "store"), True
    pathlib.Path(folder, "store").mkdir(mode=0o700)
    with Instance(folder, *common, "--revocations", store, port=a, plain=True) as probe:
        shared = probe.up
    with (Instance(folder, *common, "--instance", "one", "--revocations", store if shared else "memory:", port=a, plain=True) as one,
          Instance(folder, *common, "--instance", "two", "--revocations", store if shared else "memory:", port=b, plain=True) as two):
        ok("both start on one ring", one.up and two.up, one.said(), two.said())
        log = pathlib.Path(folder, "nginx.log").open("w+", encoding="utf-8")
        nginx = subprocess.Popen([NGINX, "-p", folder, "-c", "nginx.conf"], cwd=folder, stdout=log, stderr=log)
        try:
            log.seek(0)
            ok("nginx takes the example's configuration", wait_for(front, nginx), log.read())
            client = Client(f"https://localhost:{front}")
            members(client)
            logout_is_shared(f"https://localhost:{front}", shared)
            failover(client, one)
        finally:
            nginx.terminate()
            nginx.wait(20)
            log.close()


if NGINX is None or shutil.which("openssl") is None:
    demo.skip_all("nginx (Debian nginx-light) and openssl are not both installed")
with tempfile.TemporaryDirectory() as temporary:
    main(temporary)
demo.done()
