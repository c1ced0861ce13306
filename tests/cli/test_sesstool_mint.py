# SPDX-License-Identifier: MIT
"""sesstool mint: a token for every situation that a test needs, in every form; each is refused for that, and for nothing else."""
import cli
from cli import NOW, ok

f = cli.Folder()
AT = ("--now", str(NOW))
SITUATIONS = [(("--expired",), "IDLE_EXPIRED", 6), (("--ended",), "ABSOLUTE_EXPIRED", 6), (("--from-future",), "NOT_YET", 6),
              (("--not-yet",), "NOT_YET", 6), (("--unknown-key",), "UNKNOWN_KEY", 4), (("--issuer", "https://x.example"), "WRONG_ISSUER", 7),
              (("--audience", "x"), "WRONG_AUDIENCE", 7), (("--typ", "x+jwt"), "WRONG_TYPE", 7)]


def reasons(token, ring):
    run = f.run("verify", "--ring", ring, *AT, "--json", stdin=token.encode())
    return [x["reason"] for x in run.json().get("findings", [])], run


def situations(form, *new):
    ring = f"{form}.jwks"
    f.run("key", "new", "--form", form, *new, *AT, ring)
    before = (f.path / ring).read_bytes()
    spoiled = "BAD_SIGNATURE" if form == "signed" else "BAD_TAG"
    for args, reason, status in [*SITUATIONS, (("--tampered",), spoiled, 5)]:
        made = f.run("mint", "--ring", ring, *AT, "--sub", "alice", *args)
        got, run = reasons(made.out.strip(), ring)
        ok(f"{form} {' '.join(args)}: {reason}", made.status == 0 and got == [reason] and run.status == status
           and "for tests" in made.err, made, run)
    both = f.mint("--expired", "--audience", "x", *AT, ring=ring)
    ok(f"{form}: two at once", sorted(reasons(both, ring)[0]) == ["IDLE_EXPIRED", "WRONG_AUDIENCE"])
    ok(f"{form}: the ring is left alone", (f.path / ring).read_bytes() == before)


def keys():
    """Under each key of a ring in every state: minting, old, pending, revoked, expired."""
    f.run("key", "new", *AT, "life.jwks")
    first = [k["kid"] for k in f.run("key", "list", *AT, "--json", "life.jwks").json()["keys"]]
    f.run("key", "rotate", *AT, "life.jwks")
    later = ("--now", str(NOW + 3600))
    f.run("key", "revoke", *later, "life.jwks", first[0])
    for key in f.run("key", "list", *later, "--json", "life.jwks").json()["keys"]:
        made = f.run("mint", "--ring", "life.jwks", *later, "--sub", "alice", "--key", key["kid"])
        run = f.run("verify", "--ring", "life.jwks", *later, "--json", stdin=made.out.encode())
        found = [x["reason"] for x in run.json().get("findings", [])]
        want = ["REVOKED_KEY"] if key["state"] == "revoked" else []
        ok(f"--key: {key['state']} {key['use']}", made.status == 0 and found == want
           and (run.status == 0) == (not want), made, run)
    end = NOW + 3600 * 3
    made = f.run("mint", "--ring", "life.jwks", "--now", str(end), "--key", first[1])
    run = f.run("verify", "--ring", "life.jwks", "--now", str(end), stdin=made.out.encode())
    ok("--key: an expired one", run.status == 4 and "EXPIRED_KEY" in run.err, made, run)


def usage():
    mint = ("mint", "--ring", "nested.jwks", *AT)
    for args, near in ((("--expired", "--ended"), "one at a time"), (("--key", "nobody"), "key list"),
                       (("--key", "x", "--unknown-key"), "one of"), (("--not-yet", "--not-before", str(NOW)), "one of the two"),
                       (("--ended", "--end", str(NOW + 5)), "one of the two"), (("--audience", "x" * 300), "at most 255"),
                       (("--expird",), "--expired")):
        run = f.run(*mint, *args)
        ok(f"mint {' '.join(args)[:40]}: usage", run.status == 2 and near in run.err and not run.out, run)
    f.run("key", "new", "--alg", "ES256", *AT, "es.jwks")
    f.run("key", "export", *AT, "--verify-only", "-o", "reader.jwks", "es.jwks")
    run = f.run("mint", "--ring", "reader.jwks", *AT, "--expired")
    ok("a verify-only ring mints nothing, whatever the situation", run.status == 8 and not run.out, run)


situations("nested")
situations("sealed", "--enc", "A256CBC-HS512")
situations("signed", "--alg", "EdDSA")
keys()
usage()
cli.done()
