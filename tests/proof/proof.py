# SPDX-License-Identifier: MIT
"""What the proofs of the ring file share: a ring to be changed, the states it may be found in, and how long to go on."""
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
import cli  # noqa: E402

LONG = os.environ.get("SESS_LONG", "") == "1"
NOW = cli.NOW
DAY = 86400
ROTATE = ["key", "rotate", "--now", str(NOW + DAY), "ring"]


def note(text):
    print(f"# {text}", flush=True)


def figure(name, value):
    """For the page of tools/hardening.sh."""
    note(f"figure: {name} = {value}")


class Place(cli.Folder):
    """A folder with a ring that is a day old at the time of ROTATE."""

    def __init__(self, *options):
        super().__init__()
        made = self.run("key", "new", "--now", str(NOW), *options, "ring")
        if made.status != 0:
            raise SystemExit(f"Bail out! no ring: {made}")
        self.ring = self.path / "ring"
        self.old = self.ring.read_bytes()

    def restore(self):
        """The old ring again, by a rename of our own; whatever else lies there stays."""
        copy = self.path / "copy"
        copy.write_bytes(self.old)
        copy.chmod(0o600)
        copy.rename(self.ring)

    def generation(self):
        """As `key list` reads it; 0: it does not."""
        return self.run("key", "list", "--json", "--now", str(NOW + DAY), "ring").json().get("generation", 0)

    def others(self):
        return sorted(p.name for p in self.path.iterdir() if p.name != "ring")

    def clear(self):
        for name in self.others():
            path = self.path / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def readable_by_others(self):
        return [p.name for p in self.path.iterdir() if stat.S_IMODE(p.lstat().st_mode) & 0o077]

    def state(self):
        """old, new, or what is wrong with the ring."""
        found = self.generation()
        if found == 1:
            return "old" if self.ring.read_bytes() == self.old else "generation 1, but another text"
        return "new" if found == 2 else "broken"


cli.TOOL = os.path.abspath(cli.TOOL)  # the proofs run it in folders of their own


def spawn(place, *args, **kw):
    return subprocess.Popen([cli.TOOL, *args], cwd=place.path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, **kw)


def ring_document(path):
    return json.loads(pathlib.Path(path).read_text())
