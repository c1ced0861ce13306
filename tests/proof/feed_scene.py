# SPDX-License-Identifier: MIT
"""One fault, from before to after: a real server, a node that writes straight to it, and a node behind the proxy that verifies
three tokens all the time: one good, one that was revoked before, and one that is revoked elsewhere while the fault lasts."""
import traceback

from feed_node import Node, Place, init, now_us, words_of
from feed_proxy import Proxy
from feed_server import Server, memory_peak

STALE_S = 2
# Verification judges the silence itself, by a clock in milliseconds: a busy machine makes it no later.
SLACK_US = 250_000
REVOKED, UNAVAILABLE = 1 << 15, 1 << 19
MEMORY_MAX = 96 << 20  # that a node may grow by, whatever a server says


class Fault:
    """`events`: one of these words comes with STORE_LOST. `inject` and `heal` take the scene; `loses`: the server forgets, and
    an operator has to say that it is to be begun anew."""

    def __init__(self, name, events, inject, heal=None, loses=False, **server):
        self.name, self.events, self.inject, self.server = name, events, inject, server
        self.heal = heal or (lambda scene: scene.proxy.set("pass"))
        self.loses = loses


class Scene:
    patience_s = 60

    def __init__(self, fault, unix=False, stale="closed", options=()):
        self.fault, self.problems, self.options = fault, [], options
        self.place = Place(revocations_max_staleness_s=STALE_S, revocations_when_stale=stale)
        self.server = Server(**fault.server)
        self.proxy = Proxy(self.server.address)
        self.others = []  # servers that an injection has started
        self.direct = f"redis://127.0.0.1:{self.server.port}/0"
        self.uri = f"redis+unix:{self.proxy.socket}" if unix else f"redis://127.0.0.1:{self.proxy.port}/0"
        self.nodes = []
        self.row = {"verdict": "-", "event": "-", "closed": "-", "late": "-", "back": "-", "sights": 0}

    def open(self, uri, options=()):
        node = Node(self.place, uri, options=options)
        self.nodes.append(node)
        if node.failed:
            raise SystemExit(f"a node cannot be opened: {node.failed}")
        return node

    def check(self, holds, *what):
        if not holds:
            self.problems.append(" ".join(str(w) for w in what))
        return holds

    def first(self, node, name, wanted, after=0):
        """The first sight after a moment whose verdict is wanted; waits for it."""
        return self.wait(node, lambda n: next((s for s in n.sights(name) if s[1] >= after and wanted(s[3])), None))

    def wait(self, node, holds):
        return node.wait(holds, self.patience_s)

    def prepare(self):
        words = init(self.place, self.direct)
        self.check(words == 0, "init:", words)
        self.writer, self.reader = self.open(self.direct), self.open(self.uri, self.options)
        for node in (self.writer, self.reader):
            self.check(self.wait(node, lambda n: n.status()["open"]), "a node does not open:", node.status())
        self.good, self.early, self.victim = (self.writer.mint(name) for name in ("good", "early", "victim"))
        revoked = self.writer.revoke("session", self.early[1])
        self.check(revoked["rc"] == 0, "a revocation with all well:", revoked)
        self.check(self.wait(self.reader, lambda n: n.verify(self.early[0]) == REVOKED), "it is not heard of")
        self.memory = memory_peak(self.reader.pid)
        for name, token in (("good", self.good), ("early", self.early), ("victim", self.victim)):
            self.reader.sample(name, token[0])
            self.first(self.reader, name, lambda _: True)

    def harm(self):
        self.fault.inject(self)
        self.harmed_us = now_us()
        self.revoked = self.writer.revoke("session", self.victim[1])
        if self.check(self.revoked["rc"] == 0, "revoking during the fault:", self.revoked):
            self.check(self.writer.verify(self.victim[0]) & REVOKED, "it is not in force where it was issued")

    def see_closed(self):
        """The verdict and the event of the fault, and how long both took."""
        lost = self.wait(self.reader, lambda n: [e for e in n.events("STORE_LOST") if e[3] in self.fault.events])
        self.check(lost, "no event of", self.fault.events, "but", self.reader.events())
        self.row["event"] = "STORE_LOST " + lost[0][3] if lost else "-"
        closed = self.first(self.reader, "good", lambda v: v & UNAVAILABLE)
        if self.check(closed, "it does not close:", self.reader.status(), self.reader.sights("good")):
            self.row["verdict"] = words_of(closed[3])
            self.closed_us = closed[1]
            last_accepted = closed[0] - self.harmed_us
            self.row["closed"] = f"{max(0, last_accepted) / 1e6:.2f}"
            self.check(last_accepted <= STALE_S * 1_000_000 + SLACK_US, "accepted", last_accepted, "us after the fault")

    def mend(self):
        self.fault.heal(self)
        mended_us = now_us()
        if self.fault.loses:
            self.begin_anew()
        back = self.wait(self.reader, lambda n: n.verify(self.good[0]) == 0)
        self.check(back, "it does not open again:", self.reader.status())
        self.row["back"] = f"{(now_us() - mended_us) / 1e6:.2f}"
        for node in (self.writer, self.reader):
            self.check(self.wait(node, lambda n: n.status()["open"] and n.status()["queued"] == 0), "not published:", node.status())
        self.check(self.wait(self.reader, lambda n: n.sights("victim")[-1][3] == REVOKED), "the victim is not refused after all")
        back = self.wait(self.reader, lambda n: [e for e in n.events("STORE_BACK") if e[1] > self.harmed_us])
        self.check(back, "no event of its return", self.reader.events())

    def begin_anew(self):
        """Closed with the reason, for old nodes and for new ones, until an operator has said that the loss is known."""
        new = self.open(self.uri)
        for node in (self.reader, new):
            self.check(self.wait(node, lambda n: n.status()["why"] == "NO_EPOCH"), "open without an epoch:", node.status())
            self.check(self.wait(node, lambda n: [e for e in n.events("STORE_LOST") if e[3] == "NO_EPOCH"]), "no event", node.events())
            self.check(node.verify(self.good[0]) == UNAVAILABLE and node.verify(self.victim[0]) & UNAVAILABLE,
                       "accepted without an epoch")
        words = init(self.place, self.direct)
        self.check(words == 0, "init after the loss:", words)
        self.check(self.wait(new, lambda n: n.verify(self.good[0]) == 0), "a new node does not open:", new.status())
        self.check(self.wait(new, lambda n: n.verify(self.victim[0]) == REVOKED and n.verify(self.early[0]) == REVOKED),
                   "what the server lost does not come back to a new node")

    def see_newcomer(self):
        """Whoever comes later has it from the server, from its first acceptance on."""
        new = self.open(self.uri)
        self.check(self.wait(new, lambda n: n.verify(self.good[0]) == 0), "a new node does not open:", new.status())
        # On a machine that stands still for as long as the bound, it may have closed again by now.
        for name, token in (("victim", self.victim), ("early", self.early)):
            got = new.verify(token[0])
            self.check(got & REVOKED, "a new node on the", name, words_of(got), new.status(), new.events())

    def judge(self):
        """What the samplers saw from the first to the last."""
        counts = self.reader.stop()
        self.row["sights"] = sum(counts[name][0] for name in ("good", "early", "victim"))
        self.check(counts["early"][1] == 0, "what was revoked before was accepted", counts["early"][1], "times")
        self.judge_victim(self.reader.sights("victim"))
        grown = memory_peak(self.reader.pid) - self.memory
        self.check(grown <= MEMORY_MAX, "a node grew by", grown, "bytes")
        self.row["grown"] = f"{grown / (1 << 20):.1f}"

    def judge_victim(self, sights):
        gone = next((i for i, s in enumerate(sights) if s[3] != 0), None)
        if not self.check(gone is not None, "the victim was accepted all the time"):
            return
        late = max(0, sights[gone][0] - self.revoked["end"])
        self.row["late"] = f"{late / 1e3:.0f}"
        self.check(late <= STALE_S * 1_000_000 + SLACK_US, "accepted", late, "us after it was revoked elsewhere")
        # A revocation that had to wait for the server is not known to others that have it back a moment earlier; until then
        # they are closed.
        reopened = self.first(self.reader, "good", lambda v: v == 0, self.closed_us)
        for s in sights[gone:]:
            self.check(s[3] != 0 or (self.revoked["queued"] and reopened and s[1] > reopened[0]), "accepted again:", s, sights)

    def play(self):
        """Problems; none: all is as it should be."""
        try:
            self.prepare()
            self.harm()
            self.see_closed()
            self.mend()
            self.see_newcomer()
            self.judge()
        except (SystemExit, Exception):  # pylint: disable=broad-exception-caught
            self.problems.append(traceback.format_exc(limit=-3))
        ended = [node.close() for node in self.nodes]
        self.check(set(ended) == {0}, "nodes ended with", ended)
        self.proxy.close()
        for server in (self.server, *self.others):
            server.close()
        return self.problems
