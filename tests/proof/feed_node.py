# SPDX-License-Identifier: MIT
"""Drives proof_feed_node: a process that is one node of a service. Its answers come back in order; what it says unasked (events,
verdicts that changed) is kept with its time. Times are microseconds of CLOCK_MONOTONIC, here as there."""
import json
import os
import queue
import subprocess
import sys
import threading
import time

from proof import cli

PROGRAM = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else ""
PATIENCE_S = 120
REASONS = {1 << 15: "REVOKED", 1 << 19: "STORE_UNAVAILABLE"}


def now_us():
    return time.monotonic_ns() // 1000


def hexed(subject):
    data = subject if isinstance(subject, bytes) else subject.encode()
    return data.hex() or "-"


class Lines:
    """What a node has said, sorted into answers and news."""

    def __init__(self, stream):
        self.stream = stream
        self.answers = queue.Queue()
        self.news = []  # lists of words, in order
        self.changed = threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.stream:
            words = line.rstrip("\n").split(" ")
            if words[0] in ("event", "seen", "refused", "stopped", "watched"):
                with self.changed:
                    self.news.append(words)
                    self.changed.notify_all()
            else:
                self.answers.put(words)
        self.answers.put(["ended"])


class Node:
    """`place` has the ring and the policy. A node that cannot be opened has `failed`, and the words why."""

    def __init__(self, place, store, skew=0, policy="policy.json", options=()):
        self.process = subprocess.Popen([PROGRAM, "ring", policy, store, str(skew), *options], cwd=place.path, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.place, self.input = place, self.process.stdin
        self.pid = self.process.pid
        self.lines = Lines(self.process.stdout)
        first = self.answer()
        self.failed = None if first[0] == "ready" else " ".join(first[1:])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def answer(self):
        try:
            return self.lines.answers.get(timeout=PATIENCE_S)
        except queue.Empty:
            raise SystemExit(f"Bail out! a node says nothing: {self.lines.news[-3:]}") from None

    def ask(self, *words):
        self.input.write(" ".join(str(w) for w in words) + "\n")
        self.input.flush()
        got = self.answer()
        if got[0] not in (words[0], "churned", "judged"):
            raise SystemExit(f"Bail out! asked to {words[0]}, a node said {' '.join(got)[:300]}")
        return got[1:]

    def mint(self, subject, skew=0):
        """token, sid, jti, auth_time; the last three only where it is valid here."""
        got = self.ask("mint", hexed(subject), skew)
        if got[0] != "0":
            raise SystemExit(f"Bail out! no token: {' '.join(got)}")
        return got[1:] + [None] * (5 - len(got))

    def verify(self, token):
        return int(self.ask("verify", token)[0], 16)

    def revoke(self, kind, name="-"):
        """A dict: rc, and id, queued, begin, end; or message."""
        got = self.ask("revoke", kind, hexed(name) if kind == "subject" else name)
        if got[0] != "0":
            return {"rc": int(got[0]), "message": " ".join(got[1:])}
        return {"rc": 0, "id": got[1], "queued": got[2] == "1", "begin": int(got[3]), "end": int(got[4])}

    def sample(self, name, token, pause_us=2000):
        self.ask("sample", name, token, pause_us)

    def stop(self):
        """Ends samplers and watchers; what they counted: name -> (verified, accepted); "watched" -> three numbers."""
        self.ask("stop")
        counts = {w[1]: tuple(int(n) for n in w[2:]) for w in self.news("stopped")}
        counts["watched"] = tuple(int(n) for n in self.news("watched")[-1][1:])
        return counts

    def news(self, kind):
        with self.lines.changed:
            return [n for n in self.lines.news if n[0] == kind]

    def events(self, name=None):
        """(name, time, code, member) of each event so far."""
        return [(w[1], int(w[2]), int(w[3]), " ".join(w[4:])) for w in self.news("event") if name in (None, w[1])]

    def sights(self, name):
        """(begin of the last one before, begin, end, reasons) for each change of a sampler's verdict."""
        return [(int(w[2]), int(w[3]), int(w[4]), int(w[5], 16)) for w in self.news("seen") if w[1] == name]

    def wait(self, holds, seconds=PATIENCE_S):
        """Until something holds of its news; None when it does not come to that."""
        end = time.monotonic() + seconds
        while True:
            got = holds(self)
            if got:
                return got
            with self.lines.changed:
                left = end - time.monotonic()
                if left <= 0:
                    return None
                self.lines.changed.wait(min(left, 0.1))

    def fork(self):
        """A node that is a forked child of this one, with its manager."""
        number = len(list(self.place.path.glob("in*")))
        paths = [self.place.path / f"{way}{number}-{self.pid}" for way in ("in", "out")]
        for path in paths:
            os.mkfifo(path)
        pid = int(self.ask("fork", *paths)[0])
        return Child(self.place, pid, paths)

    def status(self):
        """open, why, entries, queued, and the age of the last contact in ms."""
        got = self.ask("status")
        if got[0] != "0":
            raise SystemExit(f"Bail out! no status: {' '.join(got)}")
        return {"open": got[1] == "1", "why": got[2], "entries": int(got[3]), "queued": int(got[4]), "age_ms": int(got[5])}

    def close(self):
        """0: it ended by itself, and well."""
        try:
            self.input.close()
        except BrokenPipeError:
            pass
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class Child(Node):
    def __init__(self, place, pid, paths):  # pylint: disable=super-init-not-called
        self.place, self.pid, self.failed = place, pid, None
        self.input = open(paths[0], "w", encoding="ascii")
        self.lines = Lines(open(paths[1], encoding="ascii"))
        first = self.answer()
        if first[0] != "forked":
            raise SystemExit(f"Bail out! a forked node said {first}")

    def close(self):
        self.input.close()
        while self.answer()[0] != "ended":
            pass
        return 0


class Place(cli.Folder):
    """A folder with a fresh ring and a policy that all nodes share."""

    def __init__(self, **policy):
        super().__init__()
        made = self.run("key", "new", "ring")
        if made.status != 0:
            raise SystemExit(f"Bail out! no ring: {made}")
        self.write_policy("policy.json", **policy)

    def write_policy(self, name, **policy):
        self.write(name, json.dumps(policy))


def init(place, uri, *options):
    """What an operator does once to a new server, or to one that has lost its log: 0, or the words why not."""
    run = subprocess.run([PROGRAM, "ring", "policy.json", uri, "0", "init", *options], cwd=place.path, text=True, timeout=60,
                         capture_output=True, check=False)
    return 0 if run.returncode == 0 else run.stdout.strip() or run.stderr.strip()


def words_of(reasons):
    """A verdict as people say it."""
    if reasons == 0:
        return "accepted"
    known = [name for bit, name in REASONS.items() if reasons & bit]
    rest = reasons & ~sum(REASONS)
    return "+".join(known + ([f"{rest:#x}"] if rest else []))
