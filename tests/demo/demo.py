# SPDX-License-Identifier: MIT
"""What the tests of the demo share: an instance in a folder of its own, curl as its client, and TAP."""
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

DEMO = sys.argv[1]
count = failed = 0


def ok(name, holds, *detail):
    """One point; what was seen goes beneath it when it does not hold."""
    global count, failed
    count += 1
    print(f"{'ok' if holds else 'not ok'} {count} - {name}", flush=True)
    if not holds:
        failed += 1
        for line in "\n".join(str(d)[:1500] for d in detail).splitlines():
            print(f"#   {line}")


def skip(name, why):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {why}", flush=True)


def skip_all(why):
    print(f"1..0 # SKIP {why}")
    sys.exit(0)


def done():
    print(f"1..{count}")
    sys.exit(1 if failed else 0)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, process, seconds=20):
    for _ in range(seconds * 20):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            if process.poll() is not None:
                return False
            time.sleep(0.05)
    return False


class Instance:
    """One process of the demo; `with` ends it."""

    def __init__(self, folder, *args, port=None, plain=False):
        self.port = port or free_port()
        self.url = f"http{'' if plain else 's'}://localhost:{self.port}"
        self.log = open(pathlib.Path(folder) / f"log-{self.port}", "w+", encoding="utf-8")
        self.process = subprocess.Popen([DEMO, "--port", str(self.port), *(["--plain"] if plain else []), *args], cwd=folder,
                                        stdout=self.log, stderr=self.log)
        self.up = wait_for(self.port, self.process)

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.status = self.process.wait(20)
        self.log.close()


class Answer:
    def __init__(self, text, error=""):
        head, _, self.body = text.partition("\r\n\r\n")
        lines = head.split("\r\n")
        self.status = int(lines[0].split()[1]) if len(lines[0].split()) > 1 else 0
        self.headers = [tuple(line.split(": ", 1)) for line in lines[1:] if ": " in line]
        self.error = error

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def cookies(self):
        """The cookies that carry something."""
        return [v for v in self.all("Set-Cookie") if "Max-Age=0;" not in v]

    def number(self, label):
        found = re.search(rf"<dt>{label}</dt><dd>(?:<code[^>]*>)?([^< ]+)", self.body)
        return found.group(1) if found else ""

    def __str__(self):
        return f"{self.status} {self.headers}\n{self.body[:800]}\n{self.error}"


class Client:
    """curl, with a jar of our own: curl's forgets what was cleared when several cookies are cleared in one answer. It keeps what a
    browser keeps, and posts as a browser does, naming the origin."""

    def __init__(self, url):
        self.url, self.jar = url, {}

    def curl(self, path, *args):
        sent = ["-H", "Cookie: " + "; ".join(f"{n}={v}" for n, v in self.jar.items())] if self.jar else []
        run = subprocess.run(["curl", "-sk", "-i", "--max-time", "20", *sent, *args, self.url + path], capture_output=True, check=False)
        answer = Answer(run.stdout.decode(), run.stderr.decode())
        for line in answer.all("Set-Cookie"):
            self.keep(line)
        return answer

    def keep(self, line):
        pair, _, attributes = line.partition(";")
        name, _, value = pair.partition("=")
        self.jar.pop(name, None)
        if "Max-Age=0;" not in attributes and len(name) + len(value) <= 4096:
            self.jar[name] = value

    def get(self, path="/"):
        return self.curl(path)

    def post(self, path, origin=None, **fields):
        data = [x for name, value in fields.items() for x in ("--data-urlencode", f"{name}={value}")] or ["--data", ""]
        return self.curl(path, "-H", f"Origin: {origin or self.url}", *data)

    def names(self):
        return sorted(self.jar)

    def copy(self):
        other = Client(self.url)
        other.jar = dict(self.jar)
        return other


if shutil.which("curl") is None:
    skip_all("curl is not installed")
