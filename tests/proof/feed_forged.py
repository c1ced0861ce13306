# SPDX-License-Identifier: MIT
"""What somebody can do to the log who can write to the server but has no ring: forged entries, altered ones, true ones again, taken
back ones again, undoing, another log's; each is ignored and told. And what clients can do: forged tokens that name a victim,
subjects and sids with whatever bytes, which reach no server as they are."""
import base64
import random
import time

import feed_server
from feed_node import Node, Place, init
from feed_proxy import Proxy
from feed_scene import REVOKED
from feed_server import Client, Server
from feed_stores import servers
from proof import cli, note

class Log:
    """The stream of a ring as an intruder sees it: names and bytes."""

    def __init__(self, server):
        self.server = Client(server.socket)
        self.name = self.server("KEYS", "sess:*:log")[0]

    def entries(self):
        return [(entry[0], entry[1]) for entry in self.server("XRANGE", self.name, "-", "+")]

    def add(self, *fields):
        return self.server("XADD", self.name, "*", *fields)

    def last(self):
        return self.entries()[-1][1]


def told(node):
    return len(node.events("FEED_IGNORED"))


class Forger:
    """One node that is watched, one that writes, and the intruder."""

    def __init__(self, server, place):
        self.log, self.place = None, place
        uri = f"redis://127.0.0.1:{server.port}/0"
        cli.ok("a new server is begun", init(place, uri) == 0)
        again = init(place, uri)
        cli.ok("and only once", again != 0 and "already" in again, again)
        self.writer, self.reader = Node(place, uri), Node(place, uri)
        for node in (self.writer, self.reader):
            feed_server.until("a node is open", lambda node=node: node.status()["open"])
        self.good = self.writer.mint("good")
        self.out = self.writer.mint("out")
        self.back = self.writer.mint("back")
        cli.ok("a session is revoked", self.writer.revoke("session", self.out[1])["rc"] == 0
               and self.knows(self.out[0], REVOKED))
        self.log = Log(server)
        self.true = self.log.last()
        self.uri = uri

    def knows(self, token, verdict):
        return self.reader.wait(lambda n: n.verify(token) == verdict)

    def settle(self):
        """Until the reader has read everything that is there: what is revoked last is known."""
        marker = self.writer.mint("marker")
        self.writer.revoke("session", marker[1])
        return self.knows(marker[0], REVOKED)

    def expect(self, what, do, tells=True):
        """What the intruder does changes no verdict, closes nothing, and is told by an event."""
        before = told(self.reader)
        do()
        settled = self.settle()
        heard = self.reader.wait(lambda n: told(n) > before, 20) if tells else True
        verdicts = [self.reader.verify(t[0]) for t in (self.good, self.out, self.back)]
        cli.ok(f"ignored{' and told' if tells else ''}: {what}", settled and heard and verdicts == [0, REVOKED, 0], verdicts,
               self.reader.events()[-3:], self.reader.status())


def unb64(text):
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def flip_each(forger):
    """Every byte of a true entry in turn, and every length around its own."""
    whole = unb64(forger.true[1])
    for i in range(len(whole)):
        forger.log.add("e", b64(whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1:]))
    text = forger.true[1]
    for i in range(1, len(text)):
        forger.log.add("e", text[:i])
    forger.log.add("e", text + b"A")


def undo_forged(forger):
    """The entry's kind, in its event's lowest bits, turned into that of taking back."""
    whole = bytearray(unb64(forger.true[1]))
    whole[23] = whole[23] & 0xF8 | 6
    forger.log.add("e", b64(bytes(whole)))


def noise(forger):
    dice = random.Random(5)
    forger.log.add("e", "")
    forger.log.add("x", forger.true[1])
    forger.log.add("e", forger.true[1], "e", forger.true[1])
    forger.log.add("e\r\n", b"\x00\xff%n\r\n$5\r\n")
    forger.log.add("e", dice.randbytes(100_000))
    forger.log.add(*[word for n in range(500) for word in (f"f{n}", dice.randbytes(20))])


def of_another_ring(forger):
    other = Place()
    words = init(other, forger.uri)
    with Node(other, forger.uri) as node:
        feed_server.until("a node of another ring is open", lambda: node.status()["open"])
        node.revoke("all")
        name = [n for n in forger.log.server("KEYS", "sess:*:log") if n != forger.log.name][0]
        for _, fields in forger.log.server("XRANGE", name, "-", "+"):
            forger.log.add(*fields)
        if words != 0:
            raise SystemExit(f"Bail out! another ring's log: {words}")


def undone_again(forger):
    """A session is revoked and that taken back; then somebody puts the revocation there again."""
    revoked = forger.writer.revoke("session", forger.back[1])
    there = forger.knows(forger.back[0], REVOKED)
    entry = forger.log.last()
    undone = forger.writer.ask("undo", revoked["id"])[0] == "0" and forger.knows(forger.back[0], 0)
    cli.ok("revoked and taken back", there and undone)
    for _ in range(3):
        forger.log.add(*entry)


def prove_log(server):
    forger = Forger(server, Place())
    forger.expect("every byte of an entry changed, every length", lambda: flip_each(forger))
    forger.expect("an entry that takes back, made of one that revokes", lambda: undo_forged(forger))
    forger.expect("no entries at all", lambda: noise(forger))
    forger.expect("true entries of another ring", lambda: of_another_ring(forger))
    forger.expect("a true entry once more", lambda: forger.log.add(*forger.true))
    forger.expect("a revocation that was taken back, once more", lambda: undone_again(forger))
    cut = [entry for entry, fields in forger.log.entries() if fields == forger.true]
    forger.expect("a true entry deleted", lambda: server("XDEL", forger.log.name, *cut), tells=False)
    forger.expect("an epoch that is none", lambda: server("XGROUP", "CREATE", forger.log.name, "epoch:AAAA.BBBB", "$"), tells=False)
    before = told(forger.reader)
    for _ in range(2000):
        forger.log.add("e", "a flood")
    forger.settle()
    note(f"a flood of 2,000 forged entries: {told(forger.reader) - before} events")
    cli.ok("a flood is told", 0 < told(forger.reader) - before <= 2000)
    # What a restarted node makes of all that lies there.
    with Node(forger.place, forger.uri) as new:
        feed_server.until("a new node is open", lambda: new.status()["open"])
        cli.ok("a new node reads it all, and tells", new.wait(lambda n: told(n) > 0) and new.verify(forger.good[0]) == 0
               and new.verify(forger.back[0]) == 0, new.events())
    cli.ok("nothing was lost or closed meanwhile", not [e for e in forger.reader.events("STORE_LOST") if e[3] != "READING"],
           forger.reader.events())
    cli.ok("the nodes end well", {forger.writer.close(), forger.reader.close()} == {0})


SUBJECTS = {
    "CR LF": b"anna\r\nDEL sess\r\n",
    "RESP": b"$3\r\nfoo\r\n*1\r\n$8\r\nFLUSHALL\r\n",
    "%n": b"%n%n%s%s%99999d",
    "quotes and a backslash": b"\"'\\",
    "not ASCII": "\u00e9\U0001f511".encode(),
    "control characters": bytes(range(1, 32)),
    "1 MB": b"a" * (1 << 20),
}


def prove_subjects(node, other, monitor, subject_said):
    """Each is revoked on one node and refused on the other, where a token can hold it at all; and nothing of it is on the wire."""
    for name, subject in SUBJECTS.items():
        token = node.mint(subject)[0] if len(subject) < 1000 else None
        revoked = node.revoke("subject", subject)
        known = token is None or other.wait(lambda n, token=token: n.verify(token) == REVOKED)
        cli.ok(f"a subject of {name}", revoked["rc"] == 0 and known, str(revoked)[:300])
        subject_said.append(subject[:40])
    for name, bad in (("empty", b""), ("not UTF-8", b"\xff\xfe")):
        revoked = node.revoke("subject", bad)
        cli.ok(f"a subject that is {name} is an error", revoked["rc"] == -1 and "subject" in revoked["message"], revoked)
    for bad in ("short", "A" * 21 + "%", "%n%n%n%n%n%n%n%n%n%n%n", "A" * (1 << 20), "A" * 21 + "\\"):
        for kind in ("session", "token"):
            revoked = node.revoke(kind, bad)
            cli.ok(f"a {kind} named {bad[:12]} ({len(bad)} bytes) is an error", revoked["rc"] == -1
                   and "22 characters" in revoked["message"] and len(revoked["message"]) < 300, str(revoked)[:300])
    time.sleep(0.2)
    monitor.socket.settimeout(0.5)
    seen = b""
    try:
        while True:
            seen += monitor.line() + b"\n"
    except (TimeoutError, OSError):
        pass
    said = [s for s in subject_said if s in seen or repr(s)[2:-1].encode() in seen]
    cli.ok("the server has seen revocations, and nothing of any subject", b'"XADD"' in seen and not said, said)


def prove_tokens(place, server):
    """A node that leaves its feed to the caller says nothing by itself: every byte it sends while it verifies is verification's."""
    with Proxy(server.address) as proxy, Node(place, f"redis://127.0.0.1:{proxy.port}/0", options=("caller",)) as node:
        feed_server.until("a node is open", lambda: node.status()["open"])
        token, sid, *_ = node.mint("victim")
        node.revoke("session", sid)
        cli.ok("a node in its caller's loop works", node.wait(lambda n: n.status()["queued"] == 0) and node.verify(token) == REVOKED)
        quiet = proxy.bytes_up
        forged = token[:-6] + ("AAAAAA" if token[-6:] != "AAAAAA" else "BBBBBB")
        begun = time.monotonic()
        accepted = int(node.ask("flood", 20000, forged)[1]) + int(node.ask("flood", 20000, token)[1])
        # A beat may fall between two commands; the verifications themselves are ten thousands.
        sent = proxy.bytes_up - quiet
        note(f"40,000 verifications in {time.monotonic() - begun:.1f} s, forged and revoked, naming the victim: {sent} bytes to the server "
             "(a round of the feed is some 300)")
        cli.ok("tokens, forged or revoked, touch no store", accepted == 0 and sent < 40000, accepted, sent)


def prove_prefork(place, server):
    """Children of a forked manager have connections of their own, are closed until they have read the log, and hear of all."""
    uri = f"redis://127.0.0.1:{server.port}/0"
    place.write_policy("patient.json", revocations_max_staleness_s=600)
    with Node(place, uri, policy="patient.json") as parent:
        feed_server.until("the parent is open", lambda: parent.status()["open"])
        good, out = parent.mint("good"), parent.mint("out")
        parent.revoke("session", out[1])
        before = count_clients(server)
        server.freeze()
        children = [parent.fork() for _ in range(3)]
        first = [child.verify(good[0]) for child in children]
        cli.ok("a child is closed before it has read the log itself, though its parent is open", set(first) == {1 << 19}
               and parent.verify(good[0]) == 0, first)
        server.thaw()
        opened = [child.wait(lambda n: n.verify(good[0]) == 0) for child in children]
        cli.ok("then it opens, and knows what its parent knew", all(opened) and all(c.verify(out[0]) == REVOKED for c in children))
        cli.ok("each by connections of its own", count_clients(server) >= before + 3, before, count_clients(server))
        late = children[0].mint("late")
        children[0].revoke("session", late[1])
        cli.ok("what a child revokes, all refuse", all(n.wait(lambda n: n.verify(late[0]) == REVOKED) for n in (parent, *children)))
        late = parent.mint("later")
        parent.revoke("session", late[1])
        cli.ok("and what the parent revokes", all(n.wait(lambda n: n.verify(late[0]) == REVOKED) for n in (parent, *children)))
        for child in children:
            child.close()
        cli.ok("the parent goes on when they have gone", parent.verify(good[0]) == 0 and parent.status()["open"])


def count_clients(server):
    return len(server("CLIENT", "LIST").splitlines())


def prove_password(place, server):
    """User and password from a file; wrong ones are said to be that."""
    server("ACL", "SETUSER", "sess", "on", ">a secret", "~sess:*", "+@all")
    uri = f"redis+unix:{server.socket}"
    place.write("auth", "sess\na secret\n")
    place.write("wrong", "sess\nanother\n")
    with Node(place, uri, options=("auth=auth",)) as node:
        cli.ok("user and password from a file", node.wait(lambda n: n.status()["open"]), node.status())
    with Node(place, uri, options=("auth=wrong",)) as node:
        token = node.mint("anna")[0]
        cli.ok("wrong ones: closed, and told", node.wait(lambda n: n.status()["why"] == "DENIED") and node.verify(token) == 1 << 19,
               node.status())
    with Node(place, uri, options=("auth=none",)) as node:
        cli.ok("a file that is not there is an error", node.failed is not None and "none" not in node.failed, node.failed)


def main():
    if not servers(Place()):
        return
    note(feed_server.environment_note())
    with Server() as server:
        prove_log(server)
    place = Place()
    with Server() as server:
        uri = f"redis+unix:{server.socket}"
        cli.ok("a server is begun over its socket", init(place, uri) == 0)
        with Node(place, uri) as node, Node(place, uri) as other:
            for n in (node, other):
                feed_server.until("a node is open", lambda n=n: n.status()["open"])
            monitor = Client(server.socket)
            monitor("MONITOR")
            prove_subjects(node, other, monitor, [])
            monitor.close()
        prove_tokens(place, server)
        prove_prefork(place, server)
        prove_password(place, server)
    cli.done()


if __name__ == "__main__":
    main()
