# SPDX-License-Identifier: MIT
"""Four processes, one Redis: what one of them revokes, the other three refuse; how long that takes, and that none of what was
refused is ever accepted again. SESS_LONG=1: 1,000 revocations, else 50. Times are shown and not judged."""
import sys

import feed_server
import proof
from feed_node import Node, Place
from feed_stores import Store, servers
from proof import cli, note

COUNT = 1000 if proof.LONG else 50


def percentile(values, p):
    return sorted(values)[min(len(values) - 1, len(values) * p // 100)] / 1000


def tell(what, values):
    note(f"{what}: p50 {percentile(values, 50):.2f} ms, p99 {percentile(values, 99):.2f} ms, most {max(values) / 1000:.2f} ms")


def revoke_all(writer, readers, problems):
    """For each revocation: when it began, when it returned, and when each of the others had refused."""
    times = []
    sessions = [writer.mint(f"user {n}") for n in range(COUNT)]
    for n, (token, sid, *_) in enumerate(sessions):
        for reader in readers:
            reader.ask("watch", token)
        revoked = writer.revoke("session", sid)
        if revoked["rc"] != 0 or revoked["queued"]:
            problems.append(f"revocation {n}: {revoked}")
            continue
        if not all(reader.wait(lambda r, n=n: len(r.news("refused")) > n) for reader in readers):
            problems.append(f"revocation {n} was not heard of")
            return times
        times.append((revoked["begin"], revoked["end"], [int(r.news("refused")[n][1]) for r in readers]))
    return times


def prove(name):
    place, problems = Place(), []
    with Store(place, name) as store:
        writer, *readers = nodes = [Node(place, store.uri) for _ in range(4)]
        token = writer.mint("nobody")[0]
        for node in nodes:
            feed_server.until("a node is open", lambda node=node: node.verify(token) == 0)
        times = revoke_all(writer, readers, problems)
        counts = [reader.stop()["watched"] for reader in readers]
        still = [node.verify(token) for node in nodes]
        ended = [node.close() for node in nodes]
    note(f"{name}: {len(times)} revocations on one of four nodes; {feed_server.environment_note()}")
    if times:
        tell("from the call to its return", [end - begin for begin, end, _ in times])
        tell("from the call to the refusal, each of three", [at - begin for begin, _, all_ in times for at in all_])
        tell("from the call to the refusal on all three", [max(all_) - begin for begin, _, all_ in times])
        tell("from the return to the refusal, each of three", [max(0, at - end) for _, end, all_ in times for at in all_])
        all_three = [max(all_) - begin for begin, _, all_ in times]
        note(f"figure: feed.spread.{name}.p50_ms = {percentile(all_three, 50):.2f}")
        note(f"figure: feed.spread.{name}.p99_ms = {percentile(all_three, 99):.2f}")
    note(f"figure: feed.spread.{name}.accepted_after = {sum(c[2] for c in counts)}")
    note(f"verified again after their refusal: {sum(c[1] for c in counts)}, of these accepted: {sum(c[2] for c in counts)}")
    cli.ok(f"{name}: every revocation is refused by all others", len(times) == COUNT and not problems, *problems[:5])
    cli.ok(f"{name}: and none accepted after", all(c[0] == COUNT and c[1] > 0 and c[2] == 0 for c in counts), counts)
    cli.ok(f"{name}: what nobody revoked is accepted all the time", still == [0] * 4 and set(ended) == {0}, still, ended)


def main():
    stores = sys.argv[3:] or servers(Place())
    for name in stores:
        prove(name)
    if stores:
        cli.done()


if __name__ == "__main__":
    main()
