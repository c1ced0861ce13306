# SPDX-License-Identifier: MIT
"""Three JOSE implementations behind one interface: sign, verify, encrypt, decrypt with a key of a ring. Part of the
interop tests; must not know the token format, nor what is right or wrong in it."""
import fcntl
import json
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
MATERIAL = ("kty", "k", "crv", "x", "y", "d")


class Missing(Exception):
    """The peer is not installed here."""


class Failed(Exception):
    """The peer refused, with its reason."""


def public(key):
    """A key of a ring for its verifier: without the private part where there is one to leave out."""
    return {name: value for name, value in key.items() if name != "d"}


class JoseCli:
    name = "jose CLI"

    def __init__(self, scratch):
        if shutil.which("jose") is None:
            raise Missing("jose is not installed")
        self.scratch = pathlib.Path(scratch)
        self.algorithms = set(self._run(["jose", "alg"], "").split())

    def lacks(self, names):
        return [name for name in names if name not in self.algorithms]

    @staticmethod
    def _run(command, text):
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise Failed(" ".join(done.stderr.split()) or f"exit {done.returncode}")
        return done.stdout

    def _file(self, name, text):
        path = self.scratch / name
        path.write_text(text)
        return str(path)

    def _key(self, key):
        # This tool takes the alg of a key used directly to be that of the content encryption.
        jwk = {name: key[name] for name in MATERIAL if name in key}
        jwk["alg"] = key["enc"] if key["alg"] == "dir" else key["alg"]
        return self._file("key.jwk", json.dumps(jwk))

    def sign(self, key, header, payload):
        return self._run(["jose", "jws", "sig", "-I", "-", "-k", self._key(key), "-s",
                          json.dumps({"protected": header}), "-c"], payload).strip()

    def verify(self, key, token):
        return self._run(["jose", "jws", "ver", "-i", self._file("token", token), "-k", self._key(public(key)),
                          "-O", "-"], "")

    def encrypt(self, key, header, plaintext):
        return self._run(["jose", "jwe", "enc", "-I", "-", "-k", self._key(key), "-i",
                          json.dumps({"protected": header}), "-c"], plaintext).strip()

    def decrypt(self, key, token):
        return self._run(["jose", "jwe", "dec", "-i", self._file("token", token), "-k", self._key(key)], "")


class Jwcrypto:
    name = "jwcrypto"

    def __init__(self, scratch):
        try:
            from jwcrypto import jwa, jwe, jwk, jws
        except ImportError as error:
            raise Missing(str(error)) from error
        # Versions that have a limit of p2c have a low one.
        jwa.default_max_pbkdf2_iterations = 1000000
        self.jwe, self.jwk, self.jws = jwe, jwk, jws

    @staticmethod
    def lacks(names):
        return []

    def _key(self, key):
        return self.jwk.JWK(**{name: key[name] for name in MATERIAL if name in key})

    def sign(self, key, header, payload):
        token = self.jws.JWS(payload.encode())
        token.add_signature(self._key(key), alg=header["alg"], protected=json.dumps(header))
        return token.serialize(compact=True)

    def verify(self, key, text):
        token = self.jws.JWS()
        token.allowed_algs = [key["alg"]]
        token.deserialize(text, self._key(public(key)))
        return token.payload.decode()

    def encrypt(self, key, header, plaintext):
        # Its p2c is always 8192, and it wants to write it itself.
        header = {name: value for name, value in header.items() if name != "p2c"}
        token = self.jwe.JWE(plaintext.encode(), protected=json.dumps(header))
        token.add_recipient(self._key(key))
        return token.serialize(compact=True)

    def decrypt(self, key, text):
        token = self.jwe.JWE()
        token.allowed_algs = [key["alg"], key["enc"]]
        token.deserialize(text, self._key(key))
        return token.payload.decode()


class NpmJose:
    name = "npm jose"

    def __init__(self, scratch, folder):
        if not folder:
            raise Missing("SESS_NPM names no folder")
        # Two tests share the folder and may run at once.
        with open(f"{folder}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = subprocess.run([HERE / "install_npm.sh", folder], capture_output=True, text=True, timeout=120)
        if done.returncode == 77:
            raise Missing(done.stdout.strip())
        if done.returncode != 0:
            raise Failed(f"install_npm.sh: exit {done.returncode} {done.stderr.strip()}")
        self.process = subprocess.Popen(["node", str(HERE / "peer.mjs"), folder], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    @staticmethod
    def lacks(names):
        return []

    def _ask(self, op, key, **more):
        jwk = {name: key[name] for name in MATERIAL if name in key}
        request = {"op": op, "jwk": jwk, "alg": key["alg"], "enc": key.get("enc"), **more}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the process has ended"}
        if "ok" not in answer:
            raise Failed(answer["error"])
        return answer["ok"]

    def sign(self, key, header, payload):
        return self._ask("sign", key, header=header, payload=payload)

    def verify(self, key, token):
        return self._ask("verify", public(key), token=token)

    def encrypt(self, key, header, plaintext):
        return self._ask("encrypt", key, header=header, payload=plaintext)

    def decrypt(self, key, token):
        return self._ask("decrypt", key, token=token)
