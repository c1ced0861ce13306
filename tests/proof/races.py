# SPDX-License-Identifier: MIT
"""Sixteen processes change one ring file at once (SESS_LONG=1: 100 rounds, else 3): they come one after the other, each on what
the one before it wrote, and no change is lost."""
import collections
import sys

import proof
from proof import DAY, NOW, cli

PROCESSES = 16
ROUNDS = 100 if proof.LONG else 3


def together(place, commands):
    """All started before the first is waited for: (exit status, stderr) of each."""
    running = [proof.spawn(place, *command) for command in commands]
    ended = [(p.communicate(timeout=120)[1].decode(), p.returncode) for p in running]
    return [(status, err) for err, status in ended]


def check(name, place, ended, wanted, generation):
    seen = collections.Counter(status for status, _ in ended)
    return [] if seen == wanted and place.generation() == generation and not place.others() and not place.readable_by_others() \
        else [f"{name}: exits {dict(seen)}, generation {place.generation()}, left {place.others()}",
              *[err for status, err in ended if status != 0][:3]]


def one_is_due():
    place = proof.Place()
    rotate = ["key", "rotate", "--if-due", "--now", str(NOW + 100 * DAY), "ring"]
    wrong = check("if due", place, together(place, [rotate] * PROCESSES), {0: PROCESSES}, 2)
    return wrong + ([] if len(proof.ring_document(place.ring)["keys"]) == 4 else ["not one new key a use"])


def one_is_pending():
    place = proof.Place()
    ended = together(place, [proof.ROTATE] * PROCESSES)
    wrong = check("rotate", place, ended, {0: 1, 8: PROCESSES - 1}, 2)
    return wrong + [err for status, err in ended if status != 0 and "is pending already" not in err]


def nothing_is_lost():
    """Old keys revoked by a process each, while one rotates and one prunes: generation and keys tell of every one."""
    place = proof.Place("--form", "signed")
    for i in range(1, PROCESSES - 1):
        place.run("key", "rotate", "--activate-in", "0s", "--now", str(NOW + i), "ring")
    now = NOW + 2 * PROCESSES
    keys = [k["kid"] for k in proof.ring_document(place.ring)["keys"]]
    before = place.generation()
    old = keys[:-1]
    commands = [["key", "revoke", "--now", str(now), "--reason", f"number {i}", "ring", kid] for i, kid in enumerate(old)]
    commands += [["key", "rotate", "--now", str(now), "ring"], ["key", "revoke", "--now", str(now), "ring", keys[-1]]]
    ended = together(place, commands)
    wrong = check("revoke", place, ended, {0: len(commands)}, before + len(commands))
    after = {k["kid"]: k for k in proof.ring_document(place.ring)["keys"]}
    wrong += [f"lost: {kid}" for kid in keys if "revoked" not in after.get(kid, {})]
    wrong += [f"another reason: {kid}" for i, kid in enumerate(old)
              if after.get(kid, {}).get("revoked", {}).get("reason", f"number {i}") != f"number {i}"]
    if len(after) != len(keys) + 2:
        wrong.append(f"{len(after)} keys after {len(keys)}, one rotation and one successor")
    return wrong


def one_is_new():
    place = proof.Place()
    place.ring.unlink()
    ended = together(place, [["key", "new", "--now", str(NOW), "ring"]] * PROCESSES)
    wrong = check("new", place, ended, {0: 1, 9: PROCESSES - 1}, 1)
    return wrong + [err for status, err in ended if status != 0 and "already" not in err]


def main():
    lost = 0
    for name, race in (("if due: exactly one changes the ring", one_is_due),
                       ("without it one rotates, the others hear of the pending key", one_is_pending),
                       ("revocations and a rotation at once: none is lost", nothing_is_lost),
                       ("of new rings one is made, the others find it there", one_is_new)):
        wrong = [text for _ in range(ROUNDS) for text in race()]
        lost += len(wrong)
        cli.ok(f"{name}, {ROUNDS} rounds of {PROCESSES} processes", not wrong, *wrong[:20])
    proof.figure("crash.races.processes", PROCESSES)
    proof.figure("crash.races.rounds", 4 * ROUNDS)
    proof.figure("crash.races.wrong", lost)
    cli.done()


if __name__ == "__main__":
    sys.exit(main())
