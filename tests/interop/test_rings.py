# SPDX-License-Identifier: MIT
"""Encrypted ring files against other JOSE implementations: they open what sesstool encrypts, also after it was written
again, and sesstool opens, rewrites or refuses what they encrypt (doc/format.md, "The ring at rest"). Uses sesstool
(SESS_SESSTOOL) only from outside, and must not know the library."""
import base64
import json
import os
import pathlib
import secrets
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import peers

PBES2, KW, CTY = "PBES2-HS512+A256KW", "A256KW", "jwk-set+json"
CONTENTS = ("A256GCM", "A256CBC-HS512")
PASSPHRASE = "entrap_o–peter_long–credit_tun"  # RFC 7520 §5.3, not ASCII on purpose
RING_ERROR = 8
SOON = 5.0  # seconds for what must happen at once; 2^31 iterations would take half an hour
tool = os.environ.get("SESS_SESSTOOL", "")
count = failed = 0


def point(name, problems=(), skip=None):
    global count, failed
    count += 1
    failed += bool(problems)
    print(f"{'not ok' if problems else 'ok'} {count} - {name}{' # SKIP ' + skip if skip else ''}")
    for problem in problems:
        print(f"#   {problem}", flush=True)


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def header_of(text):
    return json.loads(unb64(text.split(".")[0]))


def run(*arguments):
    return subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True, timeout=120)


def private(path, data):
    path.write_bytes(data)
    path.chmod(0o600)
    return path


class Secret:
    """What a ring is encrypted under: the options for sesstool, and the same as a JSON Web Key for the peers."""

    def __init__(self, folder, alg, p2c=None):
        self.alg, self.p2c = alg, p2c
        data = secrets.token_bytes(32) if alg == KW else PASSPHRASE.encode()
        self.name = f"{alg}, p2c {p2c}" if p2c else alg
        self.option = "--kek-file" if alg == KW else "--passphrase-file"
        self.jwk = {"kty": "oct", "alg": alg, "k": b64(data)}
        self.open = [self.option, private(folder / f"secret-{alg}", data)]
        self.wrong = [self.option, private(folder / f"wrong-{alg}", b"x" * 32)]
        self.seal = [*self.open, *(["--p2c", str(p2c)] if p2c else [])]

    def key(self, enc):
        return {**self.jwk, "enc": enc}

    def header(self, enc, **more):
        p2c = {"p2c": self.p2c} if self.p2c else {}
        return {"alg": self.alg, "enc": enc, **p2c, "cty": CTY, **more}


def plain_ring(folder):
    path = folder / "ring.jwks"
    path.unlink(missing_ok=True)
    made = run("key", "new", "--alg", "ES256", path)
    if made.returncode != 0:
        raise SystemExit(f"Bail out! key new: {made.stderr}")
    return path, json.loads(path.read_text())


def same_ring(one, two):
    """But for the generation, which each change raises."""
    return all({**a["sess"], "generation": 0} == {**b["sess"], "generation": 0} and a["keys"] == b["keys"]
               for a, b in [(one, two)])


def listing(path, *options):
    done = run("key", "list", "--json", *options, path)
    return done.returncode, done.stdout, done.stderr


def check_opens(peer, secret, folder):
    path, ring = plain_ring(folder)
    try:
        done = run("key", "encrypt", *secret.seal, path)
        if done.returncode != 0:
            return [f"key encrypt: {done.stderr}"]
        text = path.read_text()
        header, problems = header_of(text), []
        if header["alg"] != secret.alg or header.get("p2c") != secret.p2c:
            problems.append(f"the header is {header}")
        if not same_ring(json.loads(peer.decrypt(secret.key(header["enc"]), text.strip())), ring):
            problems.append("the peer reads another ring than was encrypted")
        done = run("key", "rotate", *secret.open, path)
        again = path.read_text()
        if done.returncode != 0 or again == text or header_of(again) != header:
            problems.append(f"after key rotate: {done.stderr}, header {header_of(again)}")
        rotated = json.loads(peer.decrypt(secret.key(header["enc"]), again.strip()))
        if len(rotated["keys"]) != len(ring["keys"]) + 2:
            problems.append("the peer does not see the rotated keys")
        return problems
    except Exception as error:
        return [f"refused: {error!r}"]


def encrypted(peer, secret, enc, folder, **more):
    """A ring that the peer has encrypted, in a file; and the ring."""
    path, ring = plain_ring(folder)
    text = peer.encrypt(secret.key(enc), secret.header(enc, **more), path.read_text())
    private(path, text.encode())
    return path, ring, text


def check_accepted(peer, secret, enc, folder):
    more = {"kid": "kek-2026", "typ": "JOSE"}
    try:
        path, ring, text = encrypted(peer, secret, enc, folder, **more)
    except Exception as error:
        return [f"the peer does not encrypt: {error!r}"]
    problems = []
    status, listed, errors = listing(path, *secret.open)
    kids = [key["kid"] for key in json.loads(listed)["keys"]] if status == 0 else errors
    if kids != [key["kid"] for key in ring["keys"]]:
        problems.append(f"key list: exit {status}, {kids}")
    done = run("key", "rotate", *secret.open, path)
    if done.returncode != 0 or header_of(path.read_text()) != header_of(text):
        problems.append(f"key rotate: {done.stderr}, header {header_of(path.read_text())}")
    if {**header_of(text), **more} != header_of(text):
        problems.append(f"the peer wrote {header_of(text)}")
    done = run("key", "decrypt", *secret.open, path)
    if done.returncode != 0 or json.loads(path.read_text())["keys"][0]["d"] != ring["keys"][0]["d"]:
        problems.append(f"key decrypt: {done.stderr}")
    return problems


def changed(text, **changes):
    """The text under a changed header; a value of None removes the member."""
    header = {name: value for name, value in {**header_of(text), **changes}.items() if value is not None}
    return ".".join([b64(json.dumps(header, separators=(",", ":")).encode()), *text.split(".")[1:]])


def flipped(text, segment):
    parts = text.split(".")
    parts[segment] = ("B" if parts[segment][0] == "A" else "A") + parts[segment][1:]
    return ".".join(parts)


def refusals(secret, text):
    """Name, text, options, and what standard error must say."""
    yield "another secret", text, secret.wrong, "does not open"
    yield "no secret", text, [], "encrypted under"
    for segment, name in enumerate(("encrypted key", "initialization vector", "ciphertext", "tag"), 1):
        yield f"a changed {name}", flipped(text, segment), secret.open, "does not open"
    yield "a changed header", changed(text, kid="other"), secret.open, "does not open"
    yield "no cty", changed(text, cty=None), secret.open, "cty"
    yield "zip", changed(text, zip="DEF"), secret.open, "zip"
    yield "crit", changed(text, crit=["exp"]), secret.open, "crit"
    yield "half of it", text[:len(text) // 2], secret.open, "encrypted ring is damaged"
    if secret.p2c:
        for p2c in (0, 999, 1000001, 2**31, 2**63, -1, "1000"):
            yield f"p2c {p2c!r}", changed(text, p2c=p2c), secret.open, "p2c"
        yield "a short p2s", changed(text, p2s="AAAA"), secret.open, "p2s"


def check_refused(peer, secret, folder):
    try:
        path, _, text = encrypted(peer, secret, "A256GCM", folder)
    except Exception as error:
        return [f"the peer does not encrypt: {error!r}"]
    problems = []
    for name, bad, options, words in refusals(secret, text):
        private(path, bad.encode())
        started = time.monotonic()
        status, _, errors = listing(path, *options)
        if status != RING_ERROR or words not in errors or time.monotonic() - started > SOON:
            problems.append(f"{name}: exit {status}, {time.monotonic() - started:.1f} s, {errors.strip()}")
        if path.read_text() != bad:
            problems.append(f"{name}: the file was changed")
    return problems


def check_serialization(peer, secret, folder):
    path, _, text = encrypted(peer, secret, "A256GCM", folder)
    names = ("protected", "encrypted_key", "iv", "ciphertext", "tag")
    private(path, json.dumps(dict(zip(names, text.split(".")))).encode())
    status, _, errors = listing(path, *secret.open)
    return [] if status == RING_ERROR and "compact" in errors else [f"exit {status}, {errors.strip()}"]


def make_peers(scratch):
    for kind, arguments in ((peers.JoseCli, (scratch,)), (peers.Jwcrypto, (scratch,)),
                            (peers.NpmJose, (scratch, os.environ.get("SESS_NPM")))):
        try:
            yield kind(*arguments)
        except peers.Missing as why:
            point(kind.name, skip=str(why))
        except (peers.Failed, OSError, subprocess.SubprocessError) as error:
            point(kind.name, [repr(error)])


def main():
    if not os.access(tool, os.X_OK):
        print("1..0 # SKIP SESS_SESSTOOL names no program")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        key, short, long = Secret(folder, KW), Secret(folder, PBES2, 20000), Secret(folder, PBES2, 210000)
        for peer in make_peers(folder):
            lacks = peer.lacks([KW, PBES2, *CONTENTS])
            if lacks:
                point(peer.name, skip=f"it has no {', '.join(lacks)}")
                continue
            # jose refuses more than 32768 iterations.
            for secret in (key, short, *([] if peer.name == "jose CLI" else [long])):
                point(f"{secret.name}: {peer.name} opens what sesstool encrypts", check_opens(peer, secret, folder))
            for secret in (key, short):
                for enc in CONTENTS:
                    point(f"{secret.name}, {enc}: sesstool opens what {peer.name} encrypts",
                          check_accepted(peer, secret, enc, folder))
                point(f"{secret.name}: sesstool refuses what is wrong in what {peer.name} encrypts",
                      check_refused(peer, secret, folder))
            point(f"{peer.name}: a JSON serialization is told apart", check_serialization(peer, key, folder))
    print(f"1..{count}")
    return 1 if failed else 0


sys.exit(main())
