# SPDX-License-Identifier: MIT
"""The proofs' own tools are proved: servers that start, die, freeze, forget and follow; and a proxy whose every fault arrives at a
client, seen on the wire and by redis-cli. A fault that is not injected would make the proofs of the feed say nothing."""
import shutil
import socket
import subprocess
import time

import feed_server
from feed_proxy import ANSWERS, ENDLESS, Proxy, count_requests
from feed_server import Client, Reply, Server
from proof import cli, note


def fails(call, *kinds):
    try:
        return f"no error: {call()!r}"
    except kinds as e:
        return None if str(e) is not None else "no words"


def prove_server(binary):
    with Server(binary) as s:
        cli.ok(f"{binary}: port and socket lead to one server", s("SET", "k", "v") == b"OK"
               and Client(s.address)("GET", "k") == b"v")
        idle = Client(s.address, 0.3)
        s.freeze()
        cli.ok(f"{binary}: a frozen one takes connections and says nothing", fails(lambda: idle("PING"), TimeoutError) is None)
        s.thaw()
        idle.socket.settimeout(30)
        cli.ok(f"{binary}: thawed, it answers what was asked", idle.read() == b"PONG")
        s.kill()
        cli.ok(f"{binary}: a killed one is gone", fails(lambda: s("PING"), OSError) is None and fails(lambda: idle("PING"), OSError) is None)
        s.restart()
        cli.ok(f"{binary}: restarted, it has forgotten everything", s("GET", "k") is None and s("PING") == b"PONG")
        prove_replica(s, binary)


def prove_replica(master, binary):
    with Server(binary) as replica, Proxy(master.address) as link:
        master("SET", "a", "1")
        replica.replicate(link.port)
        cli.ok(f"{binary}: a replica has what its master has", replica("GET", "a") == b"1")
        cli.ok(f"{binary}: and takes no writes", "READONLY" in str(error_of(lambda: replica("SET", "a", "2"))))
        link.set("drop")
        master("SET", "a", "3")
        time.sleep(0.1)
        lags = replica("GET", "a") == b"1"
        master.kill()
        replica.promote()
        cli.ok(f"{binary}: cut off it lags, and promoted it takes writes", lags and replica("SET", "b", "2") == b"OK"
               and replica("GET", "a") == b"1")


def error_of(call):
    try:
        call()
    except (Reply, OSError, ValueError) as e:
        return e
    return None


def prove_counting():
    whole = b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
    cut = [i for i in range(len(whole)) if count_requests(whole + whole[:i]) != (1, whole[:i])]
    cli.ok("requests are counted, however they are cut", count_requests(whole * 3) == (3, b"") and not cut, cut)


def prove_answers(proxy, server):
    """Each as a client sees it that asks in the middle of a fault, and whose question does not reach the server."""
    for name, bytes_ in ANSWERS.items():
        proxy.set("pass")
        client = Client(proxy.address, 10)
        fine = client("SET", "seen", "before") == b"OK"
        proxy.set(name)
        client.send("SET", "seen", name)
        wanted = len(bytes_) + (1 << 20 if name in ENDLESS else 0)
        got = client.take(wanted)
        client.close()
        cli.ok(f"the proxy answers for the server: {name}", fine and got.startswith(bytes_) and len(got) == wanted
               and proxy.hits > 0 and server("GET", "seen") == b"before", got[:80])
    proxy.set("pass")
    waiting = Client(proxy.address, 10)
    waiting.send("BLPOP", "list", "0")
    time.sleep(0.05)
    proxy.set("oom")
    server("LPUSH", "list", "x")
    cli.ok("an answer that was waited for is replaced too", "OOM" in str(error_of(waiting.read)))


def prove_ways(proxy, server):
    proxy.set("pass")
    client = Client(proxy.address, 0.3)
    client("SET", "seen", "0")
    proxy.set("drop")
    silent = fails(lambda: client("SET", "seen", "1"), TimeoutError)
    cli.ok("drop: the connection stays, and nothing goes through", silent is None and server("GET", "seen") == b"0", silent)
    proxy.set("pass")
    client = Client(proxy.address, 0.3)
    proxy.set("deaf")
    silent = fails(lambda: client("SET", "seen", "2"), TimeoutError)
    cli.ok("deaf: the server does it, and its answer vanishes", silent is None and server("GET", "seen") == b"2", silent)
    proxy.set("delay", 0.5)
    late = Client(proxy.address, 10)
    begun = time.monotonic()
    cli.ok("delay: the same answer, later", late("GET", "seen") == b"2" and time.monotonic() - begun >= 0.5)
    proxy.set("cut")
    cli.ok("cut: open connections end, and new ones at once", fails(lambda: late("PING"), OSError) is None
           and fails(lambda: Client(proxy.address)("PING"), OSError) is None)
    proxy.set("refuse")
    cli.ok("refuse: nobody listens", fails(lambda: Client(proxy.address), OSError) is None
           and fails(lambda: Client(proxy.socket), OSError) is None)
    proxy.set("pass")
    cli.ok("and all is well again, on the port and on the socket", Client(proxy.address)("PING") == b"PONG"
           and Client(proxy.socket)("PING") == b"PONG")


def prove_by_client(proxy):
    """What the servers' own command line says through the proxy."""
    expected = {"garbage": "Protocol error", "http": "Protocol error", "loading": "LOADING", "readonly": "READONLY", "oom": "OOM",
                "moved": "MOVED", "cut": "Server closed the connection", "refuse": "Connection refused"}
    for fault, words in expected.items():
        proxy.set(fault)
        run = subprocess.run(["redis-cli", "-p", str(proxy.port), "PING"], capture_output=True, text=True, timeout=60, check=False)
        said = run.stdout + run.stderr
        cli.ok(f"redis-cli through the proxy: {fault}", words in said or (fault == "cut" and "reset" in said), said)
    proxy.set("pass")
    run = subprocess.run(["redis-cli", "-p", str(proxy.port), "PING"], capture_output=True, text=True, timeout=60, check=False)
    cli.ok("redis-cli through the proxy: no fault", run.stdout.strip() == "PONG", run)


def main():
    if feed_server.absent():
        return
    note(feed_server.environment_note())
    for binary in feed_server.BINARIES:
        prove_server(binary)
    prove_counting()
    with Server() as server, Proxy(server.address) as proxy:
        prove_answers(proxy, server)
        prove_ways(proxy, server)
        if shutil.which("redis-cli"):
            prove_by_client(proxy)
    with Server() as server, Proxy(server.socket) as proxy:
        cli.ok("a proxy before a unix socket", Client(proxy.socket)("PING") == b"PONG")
    cli.done()


if __name__ == "__main__":
    socket.setdefaulttimeout(60)
    main()
