# SPDX-License-Identifier: MIT
"""sesstool revoke: session, subject, token, all, undo and list, over the store beside the ring and one that is named."""
import cli
from cli import NOW, Folder, ok

folder = Folder()
folder.run("key", "new", "ring.jwks", "--now", str(NOW - 1000))


def revoke(*args, now=NOW):
    return folder.run("revoke", "--ring", "ring.jwks", "--now", str(now), *args)


def verify(token, *args, now=NOW):
    return folder.run("verify", "--ring", "ring.jwks", "--now", str(now), *args, stdin=token.encode())


def mint(sub, *args):
    return folder.mint("--sub", sub, "--now", str(NOW), *args)


if "built without" in revoke("--list").err:
    print("1..0 # SKIP this library has no LMDB")
    raise SystemExit(0)

token, other = mint("anna"), mint("anna")
claims = verify(token, "--json").json()["claims"]
ok("before", verify(token).status == 0)

run = revoke("--session", claims["sid"], "--json")
ok("a session is revoked", run.status == 0, run)
revocation = run.json().get("revocation", {})
ok("and described", revocation.get("kind") == "session" and revocation.get("queued") is False and
   len(revocation.get("id", "")) == 15, run)
ok("its token is refused", verify(token).status == 7, verify(token))
ok("by name", "REVOKED" in str(verify(token, "--json").json()), verify(token, "--json"))
ok("another's is not", verify(other).status == 0)
ok("renewal is refused", folder.run("renew", "--ring", "ring.jwks", "--now", str(NOW), stdin=token.encode()).status == 7)

run = revoke("--list", "--json")
ok("it is listed", [r["id"] for r in run.json().get("revocations", [])] == [revocation.get("id")], run)
ok("in words too", revocation["id"] in revoke("--list").out, revoke("--list"))
ok("taken back", revoke("--undo", revocation["id"]).status == 0)
ok("it is good again", verify(token).status == 0)
run = revoke("--undo", revocation["id"])
ok("once only", run.status == 2 and "no live revocation" in run.err, run)

ok("a token", revoke("--token", claims["jti"]).status == 0 and verify(token).status == 7 and verify(other).status == 0)
run = revoke("--subject", "anna")
ok("a subject", run.status == 0 and "signed in until" in run.out, run)
ok("all its sessions", verify(other).status == 7)
fresh = mint("anna")
ok("a fresh sign-in in the same second", verify(fresh).status == 0, verify(fresh))
stranger = mint("otto")
ok("another subject", verify(stranger).status == 0)
ok("all", revoke("--all").status == 0 and verify(stranger).status == 7)

ok("a store that is named", folder.run("revoke", "--ring", "ring.jwks", "--store", "lmdb:other", "--list").status == 0 and
   verify(stranger, "--store", "lmdb:other").status == 0)
ok("memory: too", verify(stranger, "--store", "memory:").status == 0)
folder.run("key", "new", "second.jwks")
run = folder.run("revoke", "--ring", "second.jwks", "--store", "lmdb:other", "--list")
ok("another ring's store", run.status == 9 and "another ring" in run.err, run)
run = folder.run("verify", "--ring", "ring.jwks", "--store", "lmdb:/dev/null/x", stdin=token.encode())
ok("a store that cannot be opened", run.status == 9, run)

for args, words in (((), "what is to be revoked"), (("--all", "--list"), "one at a time"), (("--all", "x"), "no operand"),
                    (("--session", "x"), "base64url"), (("--token", ""), "base64url"), (("--subject", ""), "sub"),
                    (("--subject", "\udcff"), "UTF-8"), (("--undo", "x"), "hex"), (("--store", "file:x", "--all"), "no store"),
                    (("--nosuch",), "help revoke")):
    run = revoke(*args)
    ok(f"usage: {ascii(args)}", run.status == 2 and words in run.err, run)
ok("no ring", folder.run("revoke", "--all").status == 2)
run = folder.run("revoke", "--ring", "fd:0", "--all", stdin=(folder.path / "ring.jwks").read_bytes())
ok("a ring by descriptor has no folder", run.status == 2 or "descriptor" in run.err, run)
ok("help", "--undo ID" in folder.run("help", "revoke").out)
cli.done()
