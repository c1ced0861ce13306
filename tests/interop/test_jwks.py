# SPDX-License-Identifier: MIT
"""The keys of `key export --jwks` in other libraries: they load there, verify our tokens, and hold nothing that could sign."""
import json
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
import cli  # noqa: E402


def by_jose(keys, token):
    """With the whole set, as it came: jose looks for the key that fits."""
    run = subprocess.run(["jose", "jws", "ver", "-i", "-", "-k", str(keys), "-O", "-"], input=token.encode(), capture_output=True,
                         check=False)
    return json.loads(run.stdout) if run.returncode == 0 else None


def by_jwcrypto(keys, token):
    from jwcrypto import jwk, jws
    found = jwk.JWKSet.from_json(keys.read_text())
    signed = jws.JWS()
    signed.deserialize(token)
    try:
        signed.verify(found.get_key(signed.jose_header["kid"]))
    except jws.InvalidJWSSignature:
        return None
    return json.loads(signed.payload)


def judges():
    if shutil.which("jose") is not None:
        supported = subprocess.run(["jose", "alg"], capture_output=True, text=True, check=False).stdout.split()
        yield "jose", by_jose, [alg for alg in ("ES256", "EdDSA") if alg in supported]
    try:
        import jwcrypto  # noqa: F401
        yield "jwcrypto", by_jwcrypto, ["ES256", "EdDSA"]
    except ImportError:
        pass


def check(name, judge, alg):
    folder = cli.Folder()
    folder.run("key", "new", "--form", "signed", "--alg", alg, "--now", str(cli.NOW), "ring.jwks")
    before = folder.mint("--sub", "anna", "--now", str(cli.NOW))
    folder.run("key", "rotate", "--activate-in", "10s", "--now", str(cli.NOW), "ring.jwks")
    after = folder.mint("--sub", "otto", "--now", str(cli.NOW + 10))
    exported = folder.run("key", "export", "--jwks", "-o", "keys.jwks", "--now", str(cli.NOW + 10), "ring.jwks")
    keys = folder.path / "keys.jwks"
    members = {m for key in json.loads(keys.read_text())["keys"] for m in key} if exported.status == 0 else set()
    cli.ok(f"{name} {alg}: public members alone", members and not members & {"d", "k", "p", "q"}, exported, members)
    for which, token, subject in (("the old key", before, "anna"), ("the new key", after, "otto")):
        claims = judge(keys, token) if members else None
        cli.ok(f"{name} {alg}: a token of {which} verifies", claims and claims.get("sub") == subject, claims)
    head, payload, signature = after.split(".")
    forged = ".".join([head, payload, ("A" if signature[0] != "A" else "B") + signature[1:]])
    cli.ok(f"{name} {alg}: a forgery does not", members and judge(keys, forged) is None)


def main():
    tried = 0
    for name, judge, algs in judges():
        for alg in algs:
            check(name, judge, alg)
            tried += 1
    if tried == 0:
        print("1..0 # SKIP neither jose nor python3-jwcrypto is installed")
        return
    cli.done()


if __name__ == "__main__":
    main()
