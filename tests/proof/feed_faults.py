# SPDX-License-Identifier: MIT
"""Everything that can be wrong with a server and the way to it, done to a real one: for each fault the verdict, the event, how
long both took, and that nobody who had been logged out was let in while the node was closed, nor later than its policy allows.
SESS_LONG=1: five times each. Besides, what is wrong on purpose and must be noticed."""
import concurrent.futures

import feed_server
import proof
from feed_node import Place, now_us
from feed_proxy import Proxy
from feed_scene import REVOKED, STALE_S, Fault, Scene
from feed_server import Client, Server
from feed_stores import servers
from proof import cli, note

TIMES = 5 if proof.LONG else 1
WORKERS = 20  # nearly all of it is waiting


def by_proxy(name, fault, *events, delay_s=0.0):
    return Fault(name, events, lambda scene: scene.proxy.set(fault, delay_s))


def cut_off(scene):
    scene.server.kill()


def by_config(name, word, option, value, before):
    """What the server itself refuses by its configuration, to every node."""
    return Fault(name, (word,), lambda scene: scene.server("CONFIG", "SET", option, value),
                 lambda scene: scene.server("CONFIG", "SET", option, before))


def make_replica(scene):
    scene.server("REPLICAOF", "127.0.0.1", feed_server.free_port())


def demand_password(scene):
    """Of every connection, as after a restart with another configuration."""
    scene.admin = Client(scene.server.address)
    scene.admin("CONFIG", "SET", "requirepass", "another")
    scene.admin("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


def put_another(scene):
    """Something that is no log stands in its place."""
    log = scene.server("KEYS", "sess:*:log")[0]
    scene.kept = scene.server("DUMP", log)
    scene.server("SET", log, "no stream")


def put_back(scene):
    log = scene.server("KEYS", "sess:*:log")[0]
    scene.server("RESTORE", log, 0, scene.kept, "REPLACE")


FAULTS = [
    Fault("kill -9, back with its log", ("CLOSED", "UNREACHABLE"), cut_off, lambda scene: scene.server.restart(), appendonly="yes",
          appendfsync="always"),
    Fault("kill -9, back empty", ("CLOSED", "UNREACHABLE"), cut_off, lambda scene: scene.server.restart(), loses=True),
    Fault("freeze (SIGSTOP)", ("TIMEOUT",), lambda scene: scene.server.freeze(), lambda scene: scene.server.thaw()),
    by_proxy("nobody listens", "refuse", "CLOSED", "UNREACHABLE"),
    by_proxy("connections are reset", "cut", "CLOSED", "UNREACHABLE"),
    by_proxy("drop, both ways", "drop", "TIMEOUT"),
    by_proxy("drop, the way back", "deaf", "TIMEOUT"),
    by_proxy("delay 3 s", "delay", "TIMEOUT", delay_s=3.0),
    by_proxy("delay 0.9 s", "delay", "STALE", "TIMEOUT", delay_s=0.9),
    by_proxy("garbage", "garbage", "GARBAGE"),
    by_proxy("another protocol", "http", "GARBAGE"),
    by_proxy("half an answer", "half", "TIMEOUT"),
    by_proxy("bulk of 2^31", "bulk", "TOO_LARGE"),
    by_proxy("array of 2^31", "array", "TOO_LARGE"),
    by_proxy("array of 2^31-1", "array31", "TOO_LARGE"),
    by_proxy("lengths below 0", "negative", "GARBAGE", "TOO_LARGE"),
    by_proxy("arrays in arrays", "nested", "TOO_LARGE", "GARBAGE"),
    by_proxy("a line without end", "endless", "TOO_LARGE", "GARBAGE"),
    by_proxy("LOADING", "loading", "LOADING"),
    by_proxy("READONLY", "readonly", "READONLY"),
    by_proxy("OOM", "oom", "OOM"),
    by_proxy("MOVED", "moved", "MOVED"),
    Fault("READONLY, a real replica", ("READONLY",), make_replica, lambda scene: scene.server.promote()),
    by_config("OOM, a real one", "OOM", "maxmemory", "1", "0"),
    by_config("too few replicas", "NO_WRITES", "min-replicas-to-write", "1", "0"),
    Fault("another password", ("DENIED", "CLOSED"), demand_password, lambda scene: scene.admin("CONFIG", "SET", "requirepass", "")),
    Fault("no log in its place", ("ERROR",), put_another, put_back),
    Fault("FLUSHALL", ("NO_EPOCH",), lambda scene: scene.server("FLUSHALL"), lambda scene: None, loses=True),
    Fault("the log deleted", ("NO_EPOCH",), lambda scene: scene.server("DEL", *scene.server("KEYS", "sess:*:log")),
          lambda scene: None, loses=True),
]
COLUMNS = ("fault", "verdict", "event", "closed s", "late ms", "back s", "grew MB", "verified", "")


class Failover(Scene):
    """Both nodes go through proxies, as through an address that moves. The victim is revoked while the replica's link stands
    still; then the master dies, and the replica takes its place without ever having heard of it."""

    def prepare(self):
        self.direct_proxy, self.link = Proxy(self.server.address), Proxy(self.server.address)
        self.direct = f"redis://127.0.0.1:{self.direct_proxy.port}/0"
        super().prepare()
        self.replica = Server()
        self.others.append(self.replica)
        self.replica.replicate(self.link.port)

    def harm(self):
        self.link.set("drop")
        self.revoked = self.writer.revoke("session", self.victim[1])
        self.check(self.wait(self.writer, lambda n: n.status()["queued"] == 0), "the master did not take it:", self.revoked)
        self.check(self.first(self.reader, "victim", lambda v: v == REVOKED), "it was not heard of")
        self.server.kill()
        self.harmed_us = self.closed_us = now_us()

    def see_closed(self):
        lost = self.wait(self.reader, lambda n: [e for e in n.events("STORE_LOST") if e[3] in self.fault.events])
        self.check(lost, "no event of", self.fault.events, "but", self.reader.events())
        self.row["event"] = "STORE_LOST " + lost[0][3] if lost else "-"

    def take_over(self):
        self.replica.promote()
        self.check(self.count_entries() == 1, "the replica does not lag:", self.count_entries())
        for proxy in (self.proxy, self.direct_proxy):
            proxy.target = self.replica.address
        feed_server.until("the nodes give back what the replica lacks", lambda: self.count_entries() >= 2)

    def count_entries(self):
        return self.replica("XLEN", self.replica("KEYS", "sess:*:log")[0])

    def play(self):
        problems = super().play()
        self.direct_proxy.close()
        self.link.close()
        return problems


FAILOVER = Fault("failover to a replica that lags", ("CLOSED", "UNREACHABLE"), None, lambda scene: scene.take_over())


def play(job):
    kind, fault, unix = job
    scene = kind(fault, unix)
    scene.play()
    return scene


def show(scenes):
    rows = [COLUMNS]
    for scene in scenes:
        r = scene.row
        rows.append((scene.fault.name, r["verdict"], r["event"], r["closed"], r["late"], r["back"], r.get("grown", "-"),
                     str(r["sights"]), "WRONG" if scene.problems else ""))
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    for row in rows:
        note("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())


class Open(Scene):
    """A policy that lets in whom it does not know to be out."""

    patience_s = 2 * STALE_S

    def __init__(self, fault, unix):
        super().__init__(fault, unix, stale="open")


class Timeless(Scene):
    """A node for which no time passes."""

    patience_s = 2 * STALE_S

    def __init__(self, fault, unix):
        super().__init__(fault, unix, options=("timeless",))


class Harmless(Scene):
    patience_s = 2 * STALE_S


REFUSE = by_proxy("nobody listens", "refuse", "CLOSED", "UNREACHABLE")
NOTHING = by_proxy("nothing at all", "pass", "CLOSED")
# Wrong on purpose, and the words of what must be noticed.
PLANTS = [
    ("a policy that stays open", Open, REFUSE, ("does not close", "after it was revoked elsewhere")),
    ("a clock of elapsed time that stands still", Timeless, REFUSE, ("does not close", "after it was revoked elsewhere")),
    ("a fault that is none", Harmless, NOTHING, ("no event",)),
]


def prove(scenes):
    show(scenes)
    note(f"figure: feed.faults = {len({scene.fault.name for scene in scenes})}")
    note(f"figure: feed.faults.verifications = {sum(scene.row['sights'] for scene in scenes)}")
    note(f"figure: feed.faults.wrong = {sum(len(scene.problems) for scene in scenes)}")
    for name in dict.fromkeys(scene.fault.name for scene in scenes):
        wrong = [p for scene in scenes if scene.fault.name == name for p in scene.problems]
        cli.ok(name, not wrong, *wrong[:6])


def prove_plants(scenes):
    for (name, _, _, words), scene in zip(PLANTS, scenes):
        missed = [w for w in words if not any(w in p for p in scene.problems)]
        cli.ok(f"planted: {name}", not missed, *missed, *scene.problems[:3])


def main():
    if not servers(Place()):
        return
    note(f"max_staleness {STALE_S} s: the last acceptance after the fault (closed) and after the revocation elsewhere (late); "
         f"{feed_server.environment_note()}")
    jobs = [(Scene, fault, i % 2 == 1) for i, fault in enumerate(FAULTS * TIMES)] + [(Failover, FAILOVER, False)] * TIMES
    planted = [(kind, fault, False) for _, kind, fault, _ in PLANTS]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        scenes = list(pool.map(play, planted + jobs))
    prove(scenes[len(PLANTS):])
    prove_plants(scenes[:len(PLANTS)])
    cli.done()


if __name__ == "__main__":
    main()
