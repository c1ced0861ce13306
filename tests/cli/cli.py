# SPDX-License-Identifier: MIT
"""What the tests of sesstool share: running it in a folder of their own, and TAP. Knows no verb."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

TOOL = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SESS_SESSTOOL", "")
NOW = 1_800_000_000  # 2027-01-15T08:00:00Z

count = 0
failed = 0


def ok(name, holds, *detail):
    """One point; what was seen goes beneath it when it does not hold."""
    global count, failed
    count += 1
    print(f"{'ok' if holds else 'not ok'} {count} - {name}")
    if not holds:
        failed += 1
        for line in "\n".join(str(d) for d in detail).splitlines():
            print(f"#   {line}")


def done():
    print(f"1..{count}")
    sys.exit(1 if failed else 0)


class Run:
    """One run's status and both streams; bytes, and text where they are ASCII."""

    def __init__(self, status, out, err):
        self.status, self.out_bytes, self.err_bytes = status, out, err
        self.out, self.err = out.decode("utf-8", "replace"), err.decode("utf-8", "replace")

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            return {}

    def __str__(self):
        return f"status {self.status}\nstdout: {self.out[:600]}\nstderr: {self.err[:600]}"


class Folder:
    """A temporary folder in which sesstool runs."""

    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)

    def write(self, name, content, mode=0o600):
        path = self.path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return name

    def run(self, *args, stdin=b"", env=None):
        environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TZ", "LC_ALL")}
        environment.update(env or {})
        done = subprocess.run([TOOL, *args], input=stdin, capture_output=True, cwd=self.path, env=environment,
                              timeout=60, check=False)
        return Run(done.returncode, done.stdout, done.stderr)

    def shell(self, command):
        """A command that sesstool advised."""
        done = subprocess.run(["sh", "-c", command], capture_output=True, cwd=self.path, timeout=60, check=False)
        return Run(done.returncode, done.stdout, done.stderr)

    def mint(self, *args, ring="ring.jwks", **kw):
        return self.run("mint", "--ring", ring, *args, **kw).out.strip()
