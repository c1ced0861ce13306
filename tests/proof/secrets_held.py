# SPDX-License-Identifier: MIT
"""Searches a process for secrets that it has given back: its memory through /proc, and a core dump of it. The canaries are the ring's keys
and tag, raw and as text, the passphrase, the content keys, the claims and the token.

    secrets.py SESSTOOL HOLDER

With an allocator for jansson and OpenSSL that wipes, nothing may be found: nothing of ours is left. Without it, what is found is theirs,
and is printed."""
import base64
import json
import os
import pathlib
import resource
import shutil
import signal
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import proof  # noqa: E402
from proof import cli  # noqa: E402

HOLDER = os.path.abspath(sys.argv[2])
CLAIM = "canary-7f3d9c51e2b84a06-of-the-payload"
PASSPHRASE = "canary-passphrase-5b1e77c0d2"
CONTENT_KEY = bytes(((i * 29 + 7) & 0xFF) ^ 0xC3 for i in range(64))
FORMS = (("nested", "--kw", "A256KW"), ("nested", "--alg", "ES256"), ("sealed", "--kw", "A256KW", "--enc", "A256CBC-HS512"),
         ("nested", "--alg", "EdDSA", "--enc", "A256CBC-HS512"), ("signed",))


def raw(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def canaries(ring, wraps):
    """{name: parts}: half of a secret is as good as found."""
    found = {"claim": CLAIM.encode(), "passphrase": PASSPHRASE.encode(), "tag": raw(ring["sess"]["tag"]),
             "tag as text": ring["sess"]["tag"].encode()}
    for number, key in enumerate(ring["keys"]):
        for member in "kd":
            if member in key:
                found[f"{key['use']} key {number}"] = raw(key[member])
                found[f"{key['use']} key {number} as text"] = key[member].encode()
                # OpenSSL keeps numbers in the machine's order.
                found[f"{key['use']} key {number} reversed"] = raw(key[member])[::-1]
    if wraps:
        found["content key"] = CONTENT_KEY[:32]
    return {name: (secret[:16], secret[-16:]) for name, secret in found.items()}


def search(chunks, wanted):
    seen = set()
    for chunk in chunks:
        seen.update(name for name, parts in wanted.items() if any(part in chunk for part in parts))
    return sorted(seen)


def memory(pid):
    """Every readable page, but for the kernel's own."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem, open(f"/proc/{pid}/maps") as maps:
        for line in maps:
            span, mode = line.split()[:2]
            if mode[0] != "r" or "[v" in line:
                continue
            start, end = (int(x, 16) for x in span.split("-"))
            mem.seek(start)
            try:
                yield mem.read(end - start)
            except OSError:
                continue


def loaded(core):
    """The memory in a core dump (ELF, PT_LOAD); the notes besides hold the registers, which nobody gives back."""
    data = core.read_bytes()
    is_64 = data[4] == 2
    offset, = struct.unpack_from("<Q" if is_64 else "<I", data, 32 if is_64 else 28)
    size, count = struct.unpack_from("<HH", data, 54 if is_64 else 42)
    for i in range(count):
        at = offset + i * size
        if is_64:
            kind, _, start, _, _, length = struct.unpack_from("<IIQQQQ", data, at)
        else:
            kind, start, _, _, length = struct.unpack_from("<IIIII", data, at)
        if kind == 1:
            yield data[start:start + length]


class Held:
    """A run of the holder over a ring of some form."""

    def __init__(self, form, locked, *options):
        self.place = proof.Place("--form", *form)
        ring = proof.ring_document(self.place.ring)
        self.wanted = canaries(ring, "A256KW" in form)
        self.place.write("pass", PASSPHRASE)
        self.place.write("claims", json.dumps({"data": CLAIM, "more": [CLAIM, {"deep": CLAIM}]}))
        if locked:
            run = self.place.run("key", "encrypt", "--passphrase-file", "pass", "ring")
            if run.status != 0:
                raise SystemExit(f"Bail out! {run}")
        # At the first call of a function the dynamic linker saves the registers on the stack, plaintext among them; the shared libsess
        # is bound when it is loaded, but libcrypto is not.
        # Meson sets MALLOC_PERTURB_, which would wipe for us.
        env = {name: value for name, value in os.environ.items() if name != "MALLOC_PERTURB_"}
        if "--wipe" in options:
            env["LD_BIND_NOW"] = "1"
        self.process = subprocess.Popen([HOLDER, "ring", "pass" if locked else "-", "claims", *options], cwd=self.place.path, env=env,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=self.allow_core)

    @staticmethod
    def allow_core():
        resource.setrlimit(resource.RLIMIT_CORE, (1 << 28, 1 << 28))

    def wait(self, word):
        line = self.process.stdout.readline()
        if line != word:
            raise SystemExit(f"Bail out! the holder said {line}, not {word}")

    def go(self):
        self.process.stdin.write(b"x")
        self.process.stdin.flush()

    def look(self):
        return search(memory(self.process.pid), self.wanted)

    def core(self):
        """A core dump, by whatever makes one here; None: nothing does."""
        pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip()
        if shutil.which("gcore"):
            subprocess.run(["gcore", "-a", "-o", "core", str(self.process.pid)], cwd=self.place.path, capture_output=True, check=False)
        elif not pattern.startswith(("/", "|")):
            self.process.send_signal(signal.SIGABRT)
            self.process.wait()
        found = sorted(self.place.path.glob("core*"))
        return found[0] if found else None

    def end(self):
        if self.process.poll() is None:
            self.go()
        self.process.stdin.close()
        return self.process.wait()


def judge(form, locked):
    name = " ".join(form) + (", under a passphrase" if locked else "")
    held = Held(form, locked, "--wipe")
    held.wait(b"alive\n")
    alive = held.look()
    keys = sum("key" in canary and "text" not in canary and "content" not in canary and "reversed" not in canary for canary in alive)
    cli.ok(f"{name}: in use, keys and claims are found", keys > 0 and "claim" in alive, alive)
    held.go()
    held.wait(b"freed\n")
    left = held.look()
    cli.ok(f"{name}: given back, nothing of ours is found", not left, left)
    held.end()
    return len(held.wanted)


def dumped():
    held = Held(FORMS[0], True, "--wipe")
    held.wait(b"alive\n")
    held.go()
    held.wait(b"freed\n")
    core = held.core()
    if core is None:
        cli.ok("a core dump # SKIP neither gcore nor a core_pattern that leaves one here", True)
        held.end()
        return 0
    size = sum(len(part) for part in loaded(core))
    left = search(loaded(core), held.wanted)
    cli.ok("a core dump holds nothing of ours", not left and size > 100000, left, size)
    held.end()
    return size


def planted():
    held = Held(FORMS[0], False, "--wipe", "--plant")
    held.wait(b"alive\n")
    held.go()
    held.wait(b"freed\n")
    left = held.look()
    cli.ok("a planted copy is found", any("as text" in canary for canary in left), left)
    held.end()


def theirs():
    """What jansson and OpenSSL leave with the allocator that they have."""
    left = set()
    for form in FORMS:
        held = Held(form, False)
        held.wait(b"alive\n")
        held.go()
        held.wait(b"freed\n")
        left.update(" ".join(w for w in canary.split() if not w.isdigit()) for canary in held.look())
        held.end()
    proof.note(f"left by jansson, OpenSSL and the dynamic linker: {', '.join(sorted(left)) or 'nothing'}")
    proof.figure("secrets-kept-by-others", len(left))


try:
    with open(f"/proc/{os.getpid()}/mem", "rb"):
        pass
except OSError:
    print("1..0 # SKIP /proc/PID/mem cannot be read here")
    sys.exit(0)
looked_for = sum(judge(form, False) for form in FORMS) + judge(FORMS[0], True)
size = dumped()
planted()
theirs()
proof.figure("secrets-looked-for", looked_for)
proof.figure("core-dump-bytes-searched", size)
cli.done()
