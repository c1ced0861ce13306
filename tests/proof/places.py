# SPDX-License-Identifier: MIT
"""Places where a ring file cannot be changed: a full disk, too small a limit, no descriptor left, a directory that may not be
written, files that are no ring. Each time an error in words of its own, the old ring as it was, and nothing left over."""
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile

import proof
from proof import cli

NOBODY = 65534


def attempt(place, *arguments, **kw):
    done = subprocess.run([cli.TOOL, *(arguments or proof.ROTATE)], cwd=place.path, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=60, check=False, **kw)
    return cli.Run(done.returncode, done.stdout, done.stderr)


def refused(name, place, run, status, *words):
    said = [w for w in words if w not in run.err]
    cli.ok(name, run.status == status and not said and place.state() == "old" and not place.others()
           and not place.readable_by_others(), run, f"not said: {said}", place.state(), place.others())


def full_disk():
    name = "a full disk"
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", folder], capture_output=True, check=False)
        if mounted.returncode != 0:
            print(f"ok {cli.count + 1} - {name} # SKIP nothing may be mounted here")
            cli.count += 1
            return
        try:
            place = proof.Place()
            place.path = pathlib.Path(folder)
            place.ring = place.path / "ring"
            place.ring.write_bytes(place.old)
            place.ring.chmod(0o600)
            # One page is the ring's; another goes to the lock's name or to the new text, whatever is first.
            filler = place.path / "filler"
            with open(filler, "wb", buffering=0) as out:
                try:
                    while True:
                        out.write(b"x" * 512)
                except OSError:
                    pass
            run = attempt(place)
            state, left = place.state(), place.others()
            cli.ok(name, run.status == 9 and "No space left on device" in run.err and state == "old" and left == ["filler"]
                   and place.ring.read_bytes() == place.old, run, state, left)
            filler.unlink()
            cli.ok(f"{name}: with room again it goes on", attempt(place).status == 0 and place.state() == "new")
        finally:
            subprocess.run(["umount", folder], check=True)


def limit(kind, soft, *, quiet=True):
    def prepare():
        resource.setrlimit(kind, (soft, soft))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN if quiet else signal.SIG_DFL)
    return prepare


def limits():
    place = proof.Place()
    half = len(place.old) // 2
    # The kernel takes the first half and says so: a short write, then EFBIG.
    refused("a short write, then no more", place, attempt(place, preexec_fn=limit(resource.RLIMIT_FSIZE, half),
                                                          restore_signals=False), 9, "writing the ring: File too large")
    run = attempt(place, preexec_fn=limit(resource.RLIMIT_FSIZE, half, quiet=False), restore_signals=False)
    left = place.others()
    cli.ok("the same, and the signal of it kills", run.status == -signal.SIGXFSZ and place.state() == "old"
           and set(left) <= {"ring.sess-new", "ring.sess-lock"} and not place.readable_by_others(), run, left)
    cli.ok("after that the next run goes through", attempt(place).status == 0 and place.state() == "new" and not place.others())
    place.restore()
    seen = set()
    for room in range(3, 9):
        run = attempt(place, preexec_fn=limit(resource.RLIMIT_NOFILE, room))
        if run.status == 0:
            place.restore()
        elif "Too many open files" in run.err and run.err.startswith("sesstool:"):
            seen.add(run.err.strip())
        if place.state() != "old" or place.others():
            seen = set()
            break
    cli.ok("no descriptors left, each step in words of its own", len(seen) >= 2, *seen)


def as_nobody(place, *arguments, folder_mode):
    """As a user who owns the ring, in a directory that is not theirs to write."""
    os.chown(place.ring, NOBODY, NOBODY)
    os.chown(place.path, 0, NOBODY)
    os.chmod(place.path, folder_mode)
    for above in place.path.parents:
        if not above.stat().st_mode & 0o001:
            return None
    try:
        return attempt(place, *arguments, user=NOBODY, group=NOBODY, extra_groups=[])
    except PermissionError:
        return None  # sesstool itself is out of their reach


def directories():
    if os.geteuid() != 0 or not os.access(cli.TOOL, os.X_OK):
        for name in ("a directory that may not be written", "a leftover of another user", "the ring of another user"):
            print(f"ok {cli.count + 1} - {name} # SKIP needs root, to become somebody else")
            cli.count += 1
        return
    place = proof.Place()
    run = as_nobody(place, folder_mode=0o550)
    if run is None or not run.err.startswith("sesstool:"):
        print(f"ok {cli.count + 1} - directories # SKIP another user cannot reach {place.path}, or sesstool and its libraries")
        cli.count += 1
        return
    cli.ok("a directory that may not be written", run.status == 9 and "making the ring's lock file: Permission denied" in run.err
           and place.ring.read_bytes() == place.old and not place.others(), run, place.others())
    listed = as_nobody(place, "key", "list", "ring", folder_mode=0o550)
    cli.ok("there the ring is read all the same", listed.status == 0, listed)
    os.chmod(place.path, 0o1770)
    (place.path / "ring.sess-new").write_bytes(b"")
    run = as_nobody(place, folder_mode=0o1770)
    cli.ok("a leftover of another user, in a sticky directory", run.status == 9 and place.ring.read_bytes() == place.old
           and "removing a temporary file that was left behind: Operation not permitted" in run.err, run, place.others())
    os.chown(place.ring, 0, 0)
    (place.path / "ring.sess-new").unlink()
    os.chmod(place.path, 0o770)
    os.chown(place.ring, 12345, 12345)
    run = attempt(place)
    cli.ok("the ring of another user", run.status == 8 and "belongs to user 12345" in run.err and not place.others(), run)


def not_a_ring():
    """What key rotate is given instead of a ring file; it is refused, in its own words, and stays as it is."""
    place = proof.Place()
    target = place.path / "target"
    target.write_bytes(place.old)
    target.chmod(0o600)
    cases = [("mode 0644", lambda p: (p.write_bytes(place.old), p.chmod(0o644)), 8, "mode is 0644"),
             ("mode 0660", lambda p: (p.write_bytes(place.old), p.chmod(0o660)), 8, "mode is 0660"),
             ("a symbolic link", lambda p: p.symlink_to("target"), 8, "symbolic link"),
             ("a link to nothing", lambda p: p.symlink_to("nothing"), 8, "symbolic link"),
             ("a FIFO", lambda p: os.mkfifo(p, 0o600), 8, "is a FIFO"),
             ("a directory", lambda p: p.mkdir(0o700), 8, "is a directory"),
             ("0 bytes", lambda p: (p.touch(), p.chmod(0o600)), 8, "the ring file is empty"),
             ("10 MB", lambda p: (p.write_bytes(b" " * (10 << 20)), p.chmod(0o600)), 8, "at most 262144 are read"),
             ("cut in the middle", lambda p: (p.write_bytes(place.old[:300]), p.chmod(0o600)), 8, "line"),
             ("no such file", lambda p: None, 9, "No such file")]
    words = set()
    for name, make, status, said in cases:
        file = place.path / "ring2"
        make(file)
        before = file.lstat() if file.is_symlink() or file.exists() else None
        run = attempt(place, "key", "rotate", "--now", str(proof.NOW + proof.DAY), "ring2")
        after = file.lstat() if file.is_symlink() or file.exists() else None
        same = before is None and after is None or before and after and \
            (before.st_ino, before.st_mode, before.st_mtime_ns, before.st_size) == (after.st_ino, after.st_mode, after.st_mtime_ns, after.st_size)
        cli.ok(f"key rotate of {name}", run.status == status and said in run.err and same and target.read_bytes() == place.old
               and set(place.others()) <= {"target", "ring2"}, run, place.others())
        words.add(run.err)
        if after is not None:
            file.rmdir() if file.is_dir() and not file.is_symlink() else file.unlink()
    cli.ok("each in words of its own", len(words) == len(cases) - 1, *words)  # both links are refused alike
    run = attempt(place, "key", "rotate", "nowhere/ring")
    cli.ok("a directory that is not there", run.status == 9 and "opening the ring's directory: No such file" in run.err, run)
    run = attempt(place, "key", "rotate", "x" * 251)
    cli.ok("a name too long for its lock", run.status != 0 and "at most 245 bytes" in run.err, run)


def main():
    full_disk()
    limits()
    directories()
    not_a_ring()
    cli.done()


if __name__ == "__main__":
    sys.exit(main())
