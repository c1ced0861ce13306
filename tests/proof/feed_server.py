# SPDX-License-Identifier: MIT
"""Real Redis and Valkey servers for the proofs: each in a folder of its own on a free loopback port and a unix socket, started,
killed, frozen, emptied and made replicas by the pid that was started here, and ended with this program at the latest."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

BINARIES = [name for name in ("redis-server", "valkey-server") if shutil.which(name)]
PATIENCE_S = 60  # a busy machine is slow, not wrong


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(what, holds, seconds=PATIENCE_S, every=0.01):
    """Waits for something to hold; SystemExit names what did not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = holds()
        if got:
            return got
        time.sleep(every)
    raise SystemExit(f"Bail out! {what}: not within {seconds} s")


class Reply(Exception):
    """An error that the server answered with."""


class Client:
    """One connection that speaks RESP2 plainly, so that what a test sends and gets is what goes over the wire."""

    def __init__(self, address, timeout=PATIENCE_S):
        self.socket = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        self.socket.settimeout(timeout)
        self.socket.connect(address)
        self.unread = b""

    def close(self):
        self.socket.close()

    def take(self, n):
        """The next n bytes, or fewer where the connection ends. What came before a timeout is kept."""
        while len(self.unread) < n:
            more = self.socket.recv(1 << 16)
            if not more:
                break
            self.unread += more
        data, self.unread = self.unread[:n], self.unread[n:]
        return data

    def line(self):
        while b"\r\n" not in self.unread:
            more = self.socket.recv(1 << 16)
            if not more:
                raise ConnectionError(f"the connection ended: {self.unread[:40]!r}")
            self.unread += more
        return self.take(self.unread.index(b"\r\n") + 2)[:-2]

    def send(self, *args):
        words = [a if isinstance(a, bytes) else str(a).encode() for a in args]
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))

    def read(self):
        line = self.line()
        kind, rest = line[:1], line[1:]
        if kind == b"-":
            raise Reply(rest.decode())
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.take(int(rest) + 2)[:-2]
        if kind == b"*":
            return None if rest == b"-1" else [self.read() for _ in range(int(rest))]
        raise ValueError(f"not RESP: {line[:40]!r}")

    def __call__(self, *args):
        self.send(*args)
        return self.read()


class Server:
    """One server. `port` and `socket` stay the same through restarts."""

    def __init__(self, binary=None, **options):
        self.binary = binary or BINARIES[0]
        self.options = options
        self.temporary = tempfile.TemporaryDirectory(prefix="sess-feed-")
        self.path = pathlib.Path(self.temporary.name)
        self.socket = str(self.path / "socket")
        self.process = None
        for _ in range(10):
            self.port = free_port()
            if self.start():
                return
        raise SystemExit(f"Bail out! {self.binary} does not start: {self.log()[-400:]}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def log(self):
        log = self.path / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    def start(self):
        """False: the port was taken meanwhile, or whatever else its log says."""
        options = {"bind": "127.0.0.1", "port": self.port, "unixsocket": self.socket, "dir": self.path,
                   "logfile": self.path / "log", "save": "", "appendonly": "no", "daemonize": "no", "repl-diskless-sync-delay": 0, **self.options}
        words = [word for name, value in options.items() for word in ("--" + name.replace("_", "-"), str(value))]
        pathlib.Path(self.socket).unlink(missing_ok=True)
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", self.binary, *words], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return until("the server answers", lambda: "dead" if self.process.poll() is not None else self.answers()) is True

    def answers(self):
        try:
            client = Client(self.socket, 5)
        except OSError:
            return False
        try:
            return client("PING") == b"PONG"
        except Reply as e:
            return str(e).startswith(("LOADING", "NOAUTH", "MASTERDOWN"))
        except OSError:
            return False
        finally:
            client.close()

    def __call__(self, *args):
        """One command on a connection of its own."""
        client = Client(self.socket)
        try:
            return client(*args)
        finally:
            client.close()

    def info(self, section):
        lines = self("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)
        until("the server stands still", lambda: state_of(self.process.pid) == "T")

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def restart(self):
        """On the same port, with nothing in it: nothing was ever written to disk."""
        self.kill()
        if not self.start():
            raise SystemExit(f"Bail out! the server does not start again: {self.log()[-400:]}")

    def replicate(self, master):
        self("REPLICAOF", "127.0.0.1", master.port if isinstance(master, Server) else master)
        until("the replica has caught up", lambda: self.info("replication").get("master_link_status") == "up")

    def promote(self):
        self("REPLICAOF", "NO", "ONE")

    def close(self):
        self.kill()
        self.temporary.cleanup()


def state_of(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


def memory_peak(pid):
    """Bytes that a process has ever had in memory."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def absent():
    """Whether no server can be started here; says so as TAP does."""
    if BINARIES and shutil.which("setpriv"):
        return False
    print("1..0 # SKIP neither redis-server nor valkey-server is installed" if not BINARIES else "1..0 # SKIP setpriv is missing")
    return True


def environment_note():
    version = subprocess.run([BINARIES[0], "--version"], capture_output=True, text=True, check=False).stdout.split()
    return f"{' '.join(version[:3])}; load {os.getloadavg()[0]:.1f}"
