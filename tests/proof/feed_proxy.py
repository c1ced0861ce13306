# SPDX-License-Identifier: MIT
"""A proxy between a client and a real server, on a loopback port and a unix socket, which passes every byte on until it is told
to do harm. By hand: `python3 feed_proxy.py PORT` reads the names of faults, one a line, from stdin."""
import os
import pathlib
import selectors
import socket
import struct
import sys
import tempfile
import threading
import time

FLOOD = b"A" * 65536

# What a client gets instead of an answer. The last two never end: as much is sent as the client takes.
ANSWERS = {
    "garbage": b"\x00\xff\x16\x03\x01 this is no RESP\r\n\r\n",
    "http": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "half": b"$100\r\nonly a part of it",
    "array": b"*2147483648\r\n",
    "array31": b"*2147483647\r\n",
    "negative": b"*-2147483648\r\n$-7\r\n",
    "nested": b"*1\r\n" * 5000 + b":1\r\n",
    "loading": b"-LOADING Redis is loading the dataset in memory\r\n",
    "readonly": b"-READONLY You can't write against a read only replica.\r\n",
    "oom": b"-OOM command not allowed when used memory > 'maxmemory'.\r\n",
    "moved": b"-MOVED 3999 127.0.0.1:6381\r\n",
    "bulk": b"$2147483648\r\n",
    "endless": b"+",
}
ENDLESS = ("bulk", "endless")


def count_requests(data):
    """Whole requests at the start of `data`, as clients send them (arrays of bulk strings), and what is left of it."""
    count = 0
    while data.startswith(b"*") and b"\r\n" in data:
        at = data.index(b"\r\n") + 2
        for _ in range(int(data[1:at - 2])):
            end = data.find(b"\r\n", at)
            if end < 0:
                return count, data
            at = end + 2 + int(data[at + 1:end]) + 2
        if at > len(data):
            break
        data, count = data[at:], count + 1
    return count, data


class Pair:
    """One client and its connection to the server."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.asked = b""
        self.late = []  # (when, bytes)
        self.answered = False  # with a fault that is said once
        self.floods = False


class Proxy:
    """`target` is an address, which may be changed while it runs: for the connections that come after. Faults: "pass"; "cut": open
    connections are reset, and new ones too; "refuse": nobody listens; "drop": bytes vanish in both directions; "deaf": the
    server hears and its answers vanish; "delay": they come `delay_s` later; and the names of ANSWERS."""

    def __init__(self, target):
        self.target = target
        self.fault, self.delay_s = "pass", 0.0
        self.hits = 0  # how often the fault was done to somebody
        self.flooded = self.bytes_up = self.bytes_down = self.connections = 0
        self.temporary = tempfile.TemporaryDirectory(prefix="sess-proxy-")
        self.socket = str(pathlib.Path(self.temporary.name) / "socket")
        self.selector = selectors.DefaultSelector()
        self.pairs = []
        self.lock = threading.Lock()
        self.over = False
        self.wake, self.waker = socket.socketpair()
        self.wake.setblocking(False)
        self.selector.register(self.wake, selectors.EVENT_READ, None)
        self.listeners = []
        self.port = 0
        self.listen()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def listen(self):
        tcp = socket.socket()
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind(("127.0.0.1", self.port))
        self.port = tcp.getsockname()[1]
        unix = socket.socket(socket.AF_UNIX)
        pathlib.Path(self.socket).unlink(missing_ok=True)
        unix.bind(self.socket)
        for listener in (tcp, unix):
            listener.listen(64)
            listener.setblocking(False)
            self.selector.register(listener, selectors.EVENT_READ, "listener")
            self.listeners.append(listener)

    def hush(self):
        for listener in self.listeners:
            self.selector.unregister(listener)
            listener.close()
        self.listeners = []
        pathlib.Path(self.socket).unlink(missing_ok=True)

    def set(self, fault, delay_s=0.0):
        """In force when it returns, for every byte that comes after."""
        assert fault in ("pass", "cut", "refuse", "drop", "deaf", "delay", *ANSWERS), fault
        with self.lock:
            was = self.fault
            self.fault, self.delay_s, self.hits, self.flooded = fault, delay_s, 0, 0
            for pair in self.pairs:
                pair.answered = False
                pair.asked = b""
            if fault in ("cut", "refuse"):
                self.cut()
            if fault == "refuse" and was != "refuse":
                self.hush()
            if fault != "refuse" and was == "refuse":
                self.listen()
            self.waker.send(b"x")

    def cut(self):
        """Resets every connection that there is."""
        for pair in list(self.pairs):
            self.hits += 1
            self.drop(pair)

    def drop(self, pair):
        for s in (pair.client, pair.server):
            try:
                self.selector.unregister(s)
            except (KeyError, ValueError):
                pass
            if s.family == socket.AF_INET:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()
        if pair in self.pairs:
            self.pairs.remove(pair)

    def accept(self, listener):
        try:
            client, _ = listener.accept()
        except OSError:
            return
        self.connections += 1
        if self.fault == "cut":
            self.hits += 1
            client.close()
            return
        server = socket.socket(socket.AF_UNIX if isinstance(self.target, str) else socket.AF_INET)
        try:
            server.settimeout(5)
            server.connect(self.target)
        except OSError:
            server.close()
            client.close()
            return
        pair = Pair(client, server)
        self.pairs.append(pair)
        for s, side in ((client, "client"), (server, "server")):
            s.setblocking(False)
            if s.family == socket.AF_INET:
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(s, selectors.EVENT_READ, (side, pair))

    def send(self, pair, to, data):
        """All of it: what a peer does not take within a while is a peer that is gone."""
        end = time.monotonic() + 5
        view = memoryview(data)
        while view:
            try:
                view = view[to.send(view):]
            except BlockingIOError:
                if time.monotonic() > end:
                    self.drop(pair)
                    return
                time.sleep(0.001)
            except OSError:
                self.drop(pair)
                return

    def say(self, pair, times):
        self.hits += times
        self.send(pair, pair.client, ANSWERS[self.fault] * times)
        if self.fault in ENDLESS and pair in self.pairs and not pair.floods:
            pair.floods = True
            self.selector.modify(pair.client, selectors.EVENT_READ | selectors.EVENT_WRITE, ("client", pair))

    def from_client(self, pair, data):
        if self.fault in ANSWERS:
            count, pair.asked = count_requests(pair.asked + data)
            if count > 0:
                self.say(pair, count)
        elif self.fault == "drop":
            self.hits += 1
        else:
            self.bytes_up += len(data)
            self.send(pair, pair.server, data)

    def from_server(self, pair, data):
        if self.fault in ANSWERS:
            if not pair.answered:
                pair.answered = True
                self.say(pair, 1)
        elif self.fault in ("drop", "deaf"):
            self.hits += 1
        elif self.fault == "delay" or pair.late:
            self.hits += self.fault == "delay"
            pair.late.append((time.monotonic() + self.delay_s, data))
        else:
            self.bytes_down += len(data)
            self.send(pair, pair.client, data)

    def flood(self, pair):
        if self.fault not in ENDLESS:
            self.drop(pair)  # there is no way back into RESP
            return
        try:
            self.flooded += pair.client.send(FLOOD)
        except BlockingIOError:
            pass
        except OSError:
            self.drop(pair)

    def read(self, side, pair):
        s = pair.client if side == "client" else pair.server
        try:
            data = s.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            (self.from_client if side == "client" else self.from_server)(pair, data)
        elif self.fault not in ("drop", "deaf") or side == "client":
            self.drop(pair)  # one side has closed; under "drop" nobody would hear of it
        else:
            self.selector.unregister(s)

    def deliver(self):
        now = time.monotonic()
        for pair in list(self.pairs):
            while pair.late and pair.late[0][0] <= now and pair in self.pairs:
                data = pair.late.pop(0)[1]
                self.bytes_down += len(data)
                self.send(pair, pair.client, data)

    def run(self):
        while not self.over:
            ready = self.selector.select(0.02 if any(p.late for p in self.pairs) else 1)
            with self.lock:
                for key, mask in ready:
                    self.turn(key, mask)
                self.deliver()

    def turn(self, key, mask):
        if key.data is None:
            self.wake.recv(4096)
        elif key.data == "listener":
            self.accept(key.fileobj)
        elif key.data[1] in self.pairs:
            if mask & selectors.EVENT_WRITE:
                self.flood(key.data[1])
            if mask & selectors.EVENT_READ and key.data[1] in self.pairs:
                self.read(*key.data)

    def close(self):
        self.over = True
        self.waker.send(b"x")
        self.thread.join()
        self.fault = "pass"
        self.cut()
        self.hush()
        self.selector.close()
        self.wake.close()
        self.waker.close()
        self.temporary.cleanup()


def main():
    with Proxy(("127.0.0.1", int(sys.argv[1]))) as proxy:
        print(f"127.0.0.1:{proxy.port} and {proxy.socket}; faults: pass cut refuse drop deaf delay {' '.join(ANSWERS)}", flush=True)
        for line in sys.stdin:
            words = line.split()
            if words:
                proxy.set(words[0], float(words[1]) if len(words) > 1 else 3.0)
                print(words[0], flush=True)
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
