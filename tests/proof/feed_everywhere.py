# SPDX-License-Identifier: MIT
""""Log out everywhere" on nodes whose clocks are 5 s apart, while sessions of the subject are signed in, renewed and regenerated
on all of them: no session that was signed in before survives on any node, whatever it was renewed to, and who signs in right
after is let in by all. On each store; memory: is one process, whose threads have the clocks. SESS_LONG=1: 40 rounds, else 2."""
import time

import feed_server
import proof
from feed_node import Node, Place, hexed
from feed_stores import Store, lacks
from proof import cli, note

ROUNDS = 40 if proof.LONG else 2
SKEWS = (0, 5, 2)
TURNS = 100  # renewals and regenerations of a node before its sessions are revoked


class Tally:
    def __init__(self):
        self.judged = self.survivors = self.otherwise = self.renewed = self.regenerated = 0
        self.fresh = self.fresh_refused = self.same_second = 0
        self.wrong, self.ended = [], set()


def knows(node, canary):
    return feed_server.until("a node knows of the revocation", lambda: node.verify(canary) != 0, every=0.0005)


def sign_in_again(nodes, skews, subject, begun, tally):
    """On every node, as soon as it may; each must be let in by all."""
    fresh = [node.mint(subject, skew)[0] for node in nodes for skew in skews]
    tally.same_second += int(time.time()) == int(begun)
    for token in fresh:
        for node in nodes:
            got = node.verify(token)
            tally.fresh += 1
            tally.fresh_refused += got != 0


def judge(nodes, files, revoked_us, tally):
    for node in nodes:
        for path in files:
            judged, survivors, otherwise = (int(n) for n in node.ask("judge", path, revoked_us))
            tally.judged += judged
            tally.survivors += survivors
            tally.otherwise += otherwise


def run_round(number, place, nodes, skews, tally):
    subject, revoker = f"victim {number}", nodes[number % len(nodes)]
    # Two threads a node; of memory:, one process, one for each clock as well.
    for node in nodes:
        for skew in skews * 2:
            node.ask("churn", skew, hexed(subject))
    canary = nodes[0].mint(subject)[0]
    for node in nodes:
        feed_server.until("sessions are in use", lambda node=node: int(node.ask("turns")[0]) > TURNS)
    begun = time.time()
    revoked = revoker.revoke("subject", subject)
    if revoked["rc"] != 0:
        tally.wrong.append(revoked)
        return
    for node in nodes:
        knows(node, canary)
    sign_in_again(nodes, skews, subject, begun, tally)
    files = []
    for i, node in enumerate(nodes):
        files.append(place.path / f"tokens-{number}-{i}")
        counts = [int(n) for n in node.ask("settle", files[-1])]
        tally.renewed += counts[3]
        tally.regenerated += counts[4]
    judge(nodes, files, revoked["begin"], tally)
    for path in files:
        path.unlink()


def live(place, name, skews, rounds):
    """One process of memory: has each clock in threads of its own; else each clock is a process."""
    own, threads = ((0,), skews) if name == "memory" else (skews, (0,))
    tally = Tally()
    with Store(place, name) as store:
        nodes = [Node(place, store.uri, skew) for skew in own]
        for number in range(rounds):
            run_round(number, place, nodes, threads, tally)
        tally.ended = {node.close() for node in nodes}
    note(f"{name}: {rounds} rounds on {len(nodes)} nodes; {tally.renewed} renewals and {tally.regenerated} regenerations; "
         f"{tally.judged} verdicts on tokens of before, {tally.survivors} survived; {tally.fresh} on fresh sign-ins "
         f"({tally.same_second} rounds within the second of the revocation), {tally.fresh_refused} refused")
    return tally


def prove(name):
    place = Place()
    if lacks(place, name):
        cli.ok(f"{name} # SKIP this library was built without it", True)
        return
    tally = live(place, name, SKEWS, ROUNDS)
    note(f"figure: feed.everywhere.{name}.judged = {tally.judged}")
    note(f"figure: feed.everywhere.{name}.survivors = {tally.survivors}")
    cli.ok(f"{name}: nothing of the subject survives", tally.judged > 0 and tally.renewed > 0 and tally.regenerated > 0
           and tally.survivors == 0 and tally.otherwise == 0 and not tally.wrong, vars(tally))
    cli.ok(f"{name}: a fresh sign-in works everywhere", tally.fresh > 0 and tally.fresh_refused == 0, vars(tally))
    cli.ok(f"{name}: the nodes end well", tally.ended == {0}, tally.ended)


def main():
    for name in ("memory", "lmdb", *feed_server.BINARIES):
        prove(name)
    tally = live(Place(), "memory", (0, 14), 1)
    cli.ok("planted: clocks further apart than is allowed for, and what survives is noticed", tally.survivors > 0, vars(tally))
    cli.done()


if __name__ == "__main__":
    main()
