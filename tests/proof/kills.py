# SPDX-License-Identifier: MIT
"""kill -9 at random instants of `key rotate`: 10,000 with SESS_LONG=1, else 200. Each time the ring is the old one or the new
one, whatever is left over is closed to others, and the next run is not hindered by it."""
import collections
import os
import random
import sys
import threading
import time

import proof
from proof import cli

KILLS = 10000 if proof.LONG else 200
WORKERS = 2


class Worker:
    def __init__(self, kills, seed):
        self.place = proof.Place()
        self.kills, self.random = kills, random.Random(seed)
        self.outcomes = collections.Counter()
        self.wrong = []
        self.usual = 0.0

    def start(self):
        """posix_spawn, which returns when the program runs: no time of ours lies between."""
        quiet = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1, 2)]
        return os.posix_spawn(cli.TOOL, [cli.TOOL, *proof.ROTATE[:-1], str(self.place.ring)], os.environ, file_actions=quiet)

    def measure(self):
        times = []
        for _ in range(10):
            begun = time.monotonic()
            _, status = os.waitpid(self.start(), 0)
            times.append(time.monotonic() - begun)
            if status != 0 or self.place.state() != "new":
                self.wrong.append(f"a run without a kill: wait status {status}, {self.place.state()}")
            self.place.restore()
        self.usual = sorted(times)[len(times) // 2]

    def kill_once(self):
        pid = self.start()
        time.sleep(self.random.uniform(0, 1.1 * self.usual))
        os.kill(pid, 9)
        _, status = os.waitpid(pid, 0)
        state, left = self.place.state(), self.place.others()
        finished = os.WIFEXITED(status)
        self.outcomes[("finished before the kill" if finished else "killed") + f": {state} ring"
                      + (", left " + " and ".join(left) if left else ", nothing left")] += 1
        if state not in ("old", "new") or set(left) - {"ring.sess-new", "ring.sess-lock"} or self.place.readable_by_others():
            self.wrong.append(f"{state} ring, {left}, readable: {self.place.readable_by_others()}")
        if finished and (status != 0 or state != "new" or left):
            self.wrong.append(f"a finished run: wait status {status}, {state}, {left}")
        if state == "new":
            self.place.restore()
        # Else the next kill finds what this one left; and now and then a run that nobody kills.
        if left and self.random.random() < 0.25:
            self.recover()

    def recover(self):
        begun = time.monotonic()
        run = self.place.run(*proof.ROTATE)
        self.outcomes["a run after that, not killed"] += 1
        if run.status != 0 or self.place.state() != "new" or self.place.others():
            self.wrong.append(f"the next run: {run} {self.place.others()}")
        if time.monotonic() - begun > 20:
            self.wrong.append("the next run waited")
        self.place.restore()

    def work(self):
        self.measure()
        for _ in range(self.kills):
            self.kill_once()


def main():
    seed = int(os.environ.get("SESS_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
    proof.note(f"{KILLS} kills by {WORKERS} workers, SESS_SEED={seed}")
    workers = [Worker(KILLS // WORKERS, seed + i) for i in range(WORKERS)]
    threads = [threading.Thread(target=w.work) for w in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = sum((w.outcomes for w in workers), collections.Counter())
    for outcome, count in total.most_common():
        proof.note(f"{count:6d} {outcome}")
    wrong = [text for w in workers for text in w.wrong]
    broken = sum(count for outcome, count in total.items() if "broken" in outcome)
    proof.note(f"{broken} broken rings")
    killed = sum(count for outcome, count in total.items() if outcome.startswith("killed"))
    in_time = sum(count for outcome, count in total.items() if " left ring" in outcome)
    for name, value in (("kills", KILLS), ("struck", killed), ("struck_in_the_midst", in_time), ("broken", broken), ("wrong", len(wrong))):
        proof.figure(f"crash.{name}", value)
    cli.ok("each ring is the old one or the new one, and the next run goes on", not wrong, *wrong[:20])
    cli.ok("as many kills as were meant", sum(total.values()) - total["a run after that, not killed"] == KILLS)
    cli.ok("many of them struck, some in the midst of the change", killed > KILLS // 4 and in_time > 0, total)
    cli.done()


if __name__ == "__main__":
    sys.exit(main())
