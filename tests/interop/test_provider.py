# SPDX-License-Identifier: MIT
"""A real OpenID provider on loopback (npm oidc-provider): its ID token by the code flow, exchanged for a session that verifies;
then its new keys, which are known once its JWK Set has been fetched anew. usage: test_provider.py SESSTOOL LIBJWT_VERSION"""
import fcntl
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import oidc

HERE = pathlib.Path(__file__).resolve().parent
TOOL, LIBJWT = sys.argv[1], tuple(int(n) for n in re.findall(r"\d+", sys.argv[2]))[:3]
count = failed = 0


def ok(name, holds, *seen):
    global count, failed
    count += 1
    failed += not holds
    print(f"{'ok' if holds else 'not ok'} {count} - {name}", flush=True)
    if not holds:
        for line in "\n".join(map(str, seen)).splitlines():
            print(f"#   {line}")


def skip(why):
    print(f"1..0 # SKIP {why}")
    sys.exit(0)


class Provider:
    """The process, which ends with its stdin."""

    def __init__(self, folder):
        with open(f"{folder}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = subprocess.run([HERE / "install_provider.sh", folder], capture_output=True, text=True, check=False)
        if done.returncode == 77:
            skip(done.stdout.strip())
        self.process = subprocess.Popen(["node", HERE / "provider.mjs", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.issuer = self._line()["issuer"]

    def _line(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("Bail out! the provider has ended")
        return json.loads(line)

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self._line()["kids"]

    def end(self):
        self.process.stdin.close()
        return self.process.wait(20)


class Service:
    """What a service does: it keeps the JWK Set in a file, and exchanges ID tokens."""

    def __init__(self, folder, issuer, client):
        self.folder, self.issuer, self.client = folder, issuer, client
        self.run("key", "new", "ring.jwks")
        self.refresh()

    def run(self, *args, text=""):
        return subprocess.run([TOOL, *args], input=text, capture_output=True, text=True, cwd=self.folder, timeout=60, check=False)

    def refresh(self):
        """The new file in the old one's place, whole."""
        fresh = self.folder / "issuer.new"
        fresh.write_text(self.client.jwks())
        os.replace(fresh, self.folder / "issuer.jwks")

    def exchange(self, token, nonce, *args, audience=None):
        return self.run("exchange", "--ring", "ring.jwks", "--jwks", "issuer.jwks", "--issuer", self.issuer, "--audience",
                        audience or self.client.client_id, "--nonce", nonce, *args, text=token)

    def verify(self, session):
        done = self.run("verify", "--ring", "ring.jwks", "--json", text=session)
        return json.loads(done.stdout) if done.stdout else {}


def refused(name, status, word, done):
    ok(name, done.returncode == status and word in done.stderr and done.stdout == "", done.returncode, done.stdout, done.stderr)


def signed_in(provider, folder):
    """One sign-in of each client whose algorithm the installed libjwt has."""
    for client_id, alg in (("shop", "RS256"), ("desk", "ES256"), ("till", "EdDSA")):
        client = oidc.Client(provider.issuer, client_id)
        (folder / client_id).mkdir()
        service, nonce = Service(folder / client_id, provider.issuer, client), secrets.token_urlsafe(16)
        token = client.sign_in("alice", nonce)["id_token"]
        done = service.exchange(token, nonce, "--subject-prefix", "op:", "--alg", alg, "--cap-end")
        if alg == "EdDSA" and LIBJWT < (1, 18, 3):
            refused("EdDSA, which this libjwt does not have", 2, "does not verify EdDSA; version", done)
            continue
        seen = service.verify(done.stdout)
        claims = seen.get("claims", {})
        ok(f"{alg}: an ID token by the code flow, for a session that verifies", done.returncode == 0 and seen.get("verified")
           and claims["sub"] == "op:alice" and 0 <= claims["auth_time"] - claims["idp_auth_time"] < 300, done.stderr, seen)
        refused(f"{alg}: the same ID token again", 7, "REUSED", service.exchange(token, nonce, "--subject-prefix", "op:"))


def wrong_tokens(provider, folder):
    shop, other = (oidc.Client(provider.issuer, name) for name in ("shop", "other"))
    (folder / "wrong").mkdir()
    service = Service(folder / "wrong", provider.issuer, shop)
    answer = shop.sign_in("alice", "one")
    refused("another nonce than the request's", 7, "CONTEXT_MISMATCH", service.exchange(answer["id_token"], "two"))
    refused("its access token, which is a JWT for the same audience", 7, "WRONG_TYPE", service.exchange(answer["access_token"], "one"))
    refused("the ID token of another client", 7, "WRONG_AUDIENCE", service.exchange(other.sign_in("alice", "one")["id_token"], "one"))
    service.run("revoke", "--ring", "ring.jwks", "--subject", "alice")
    refused("a subject that was logged out since", 7, "REVOKED", service.exchange(answer["id_token"], "one"))


def rotation(provider, folder):
    client = oidc.Client(provider.issuer, "shop")
    (folder / "rotation").mkdir()
    service = Service(folder / "rotation", provider.issuer, client)
    before = client.sign_in("alice", "n1")["id_token"]
    waits = client.sign_in("alice", "n1b")["id_token"]
    kids = provider.tell("rotate")
    after = client.sign_in("alice", "n2")["id_token"]
    refused("a token under a new key, before the set is fetched anew", 4, "UNKNOWN_KEY", service.exchange(after, "n2"))
    service.refresh()
    done = service.exchange(after, "n2")
    ok("the same, after", done.returncode == 0 and service.verify(done.stdout).get("verified"), done.stderr)
    done = service.exchange(before, "n1")
    ok("a token under the old key, while the set has it", done.returncode == 0 and service.verify(done.stdout).get("verified"), done.stderr)
    left = provider.tell("retire")
    service.refresh()
    refused("and when the old key is gone", 4, "UNKNOWN_KEY", service.exchange(waits, "n1b"))
    ok("the old keys are gone, the new ones stay", len(kids) == 2 * len(left) and kids[:len(left)] == left, kids, left)


def main():
    if not LIBJWT:
        skip("built without libjwt")
    provider = Provider(os.environ["SESS_NPM"] + "-provider")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        try:
            signed_in(provider, folder)
            wrong_tokens(provider, folder)
            rotation(provider, folder)
        finally:
            status = provider.end()
    ok("the provider ends with its stdin", status == 0, status)
    print(f"1..{count}")
    sys.exit(1 if failed else 0)


main()
