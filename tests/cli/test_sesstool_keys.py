# SPDX-License-Identifier: MIT
"""sesstool key: the life of a ring as an operator goes through it, from rotation to pruning, export and encryption."""
import json
import os
import pty
import select
import stat
import time

import cli
from cli import NOW, ok

f = cli.Folder()
DAY = 86400


def at(offset):
    return ("--now", str(NOW + offset))


def keys(ring, offset, *more):
    return f.run("key", "list", "--json", *at(offset), *more, ring).json().get("keys", [])


def kid(ring, offset, use, state):
    return next((k["kid"] for k in keys(ring, offset) if (k["use"], k["state"]) == (use, state)), "none")


def exits(name, status, run, *needles):
    ok(f"{name}: exit {status}", run.status == status and all(n in run.err + run.out for n in needles), run)
    return run


def doc(ring):
    return json.loads((f.path / ring).read_text())


def rotation():
    f.run("key", "new", *at(0), "r")
    token = f.mint("--sub", "alice", *at(100 * DAY - 1), ring="r").encode()
    before = (f.path / "r").read_bytes()
    exits("rotate --dry-run writes nothing", 0, f.run("key", "rotate", "--dry-run", *at(0), "r"), "dry run", "generation 2")
    ok("byte for byte", (f.path / "r").read_bytes() == before)
    exits("--if-due: nothing is due", 0, f.run("key", "rotate", "--if-due", *at(0), "r"), "nothing is due")
    ok("byte for byte", (f.path / "r").read_bytes() == before)
    same = f.run("key", "rotate", "--if-due", "--json", *at(0), "r")
    ok("--if-due --json: the ring as it is", same.status == 0 and same.json().get("generation") == 1, same)
    exits("--if-due after the key's life", 0, f.run("key", "rotate", "--if-due", *at(100 * DAY), "r"), "rotated", "generation 2")
    exits("and again: the successor is pending", 0, f.run("key", "rotate", "--if-due", *at(100 * DAY), "r"), "nothing is due")
    exits("rotate while a key is pending", 8, f.run("key", "rotate", *at(100 * DAY), "r"), "pending already", "2027-04-25T09:00:00Z")
    states = sorted((k["use"], k["state"], k.get("exp", 0), k["nbf"]) for k in keys("r", 100 * DAY))
    switch = NOW + 100 * DAY + 3600
    ok("both uses, an hour ahead, the old ones end with their last token",
       states == sorted([(u, s, e, n) for u in ("sig", "enc") for s, e, n in
                         (("mints", switch + 3600 + 60, NOW), ("pending", 0, switch))]), states)
    verify = ("verify", "--ring", "r")
    exits("a token from before", 0, f.run(*verify, *at(100 * DAY + 3500), stdin=token), "VERIFIED")
    late = f.mint("--sub", "alice", "--now", str(switch - 1), ring="r").encode()
    exits("the last token under the old key, to its end", 0, f.run(*verify, "--now", str(switch + 3600), stdin=late), "VERIFIED")
    exits("its key is gone after that", 4, f.run(*verify, "--now", str(switch + 3660), stdin=late), "EXPIRED_KEY")
    exits("one use alone, another algorithm", 0,
          f.run("key", "rotate", "--use", "sig", "--alg", "ES256", "--activate-in", "10m", *at(101 * DAY), "r"), "ES256")
    ok("of the other use there is no new key", sum(k["use"] == "enc" for k in keys("r", 101 * DAY)) == 2)
    for wrong, status, words in ((("--use", "both"), 2, "sig or enc"), (("--alg", "none"), 2, "HS256"), (("--use", "enc", "--alg", "ES256"), 2, "alg"),
                                 (("--activate-in", "31d"), 2, "30 days"), (("--activate-in", "soon"), 2, "duration"),
                                 (("--key-life", "0"), 2, "key life"), (("--rate", "1000/s", "--use", "enc"), 8, "A256KW"), (("--frob",), 2, "help key")):
        exits("key rotate " + " ".join(wrong), status, f.run("key", "rotate", *wrong, *at(150 * DAY), "r"), words)
    exits("no ring named", 2, f.run("key", "rotate"), "RING")
    exits("a ring by descriptor", 2, f.run("key", "rotate", "fd:0"), "descriptor")
    exits("a high rate, with A256KW", 0,
          f.run("key", "rotate", "--rate", "1000/s", "--use", "enc", "--kw", "A256KW", *at(150 * DAY), "r"), "A256KW")
    ok("the ring keeps the rate", doc("r")["sess"]["max_rate_per_s"] == 1000)


def listing():
    out = f.run("key", "list", *at(101 * DAY), "r").out
    ok("key list: words", all(w in out for w in ("mints now, until 2027-04-26T08:10:00Z (in 10m)", "then safe to prune",
                                                 "verifies already, mints from 2027-04-26T08:10:00Z (in 10m)")), out)
    picture = [l for l in out.splitlines() if set(l) <= set(" =-.x|") or " now " in l]
    ok("key list: a picture within 80 columns", all(len(l) <= 80 for l in picture) and "====" in out and "...." in out
       and sum("|" in l for l in picture) == 2, out)
    ok("key list: no trailing spaces", not any(l != l.rstrip() for l in out.splitlines()), out)
    f.run("key", "new", *at(0), "d")
    budget = f.run("key", "list", "--rate", "100/s", *at(0), "d")
    ok("key list --rate: days to the limit", "497 days" in budget.out, budget)
    days = [k.get("budget_days") for k in keys("d", 0, "--rate", "100/s")]
    ok("the same as JSON, of the dir key alone", days[0] is None and 497 < days[1] < 498, days)
    exits("no rate", 2, f.run("key", "list", "--rate", "fast", "d"), "rate")


def revocation():
    f.run("key", "new", *at(0), "v")
    minting = kid("v", 10, "sig", "mints")
    token = f.mint("--sub", "alice", *at(5), ring="v").encode()
    exits("revoke without a key", 2, f.run("key", "revoke", "v"), "KID")
    exits("revoke a key that is not there", 2, f.run("key", "revoke", "v", "nobody"), "no key of this ring")
    done = exits("revoke the minting key", 0, f.run("key", "revoke", "--reason", "laptop \x1b[31mstolen", *at(10), "v", minting), "revoked")
    ok("its reason is told without what a terminal would obey", "laptop" in done.out and "\x1b" not in done.out, done)
    exits("its token", 4, f.run("verify", "--ring", "v", *at(11), stdin=token), "REVOKED_KEY")
    again = f.mint("--sub", "alice", *at(11), ring="v").encode()
    exits("a successor mints at once", 0, f.run("verify", "--ring", "v", *at(11), stdin=again), "VERIFIED")
    exits("revoking it again changes nothing", 0, f.run("key", "revoke", *at(20), "v", minting), "before")
    ok("generation", doc("v")["sess"]["generation"] == 2)
    exits("prune before the safe date says when that is", 8, f.run("key", "prune", *at(20), "v", minting), "2027-01-15T09:01:10Z")
    exits("prune with nothing safe", 0, f.run("key", "prune", *at(20), "v"), "the first will be", "2027-01-15T09:01:10Z")
    exits("prune of the minting key", 8, f.run("key", "prune", "--force", *at(20), "v", kid("v", 20, "sig", "mints")), "minting key")
    exits("prune --force without a key", 2, f.run("key", "prune", "--force", "v"), "KID")
    exits("prune --dry-run", 0, f.run("key", "prune", "--dry-run", *at(3670), "v"), "dry run")
    forced = exits("prune --force says what breaks", 0, f.run("key", "prune", "--force", *at(30), "v", minting), "UNKNOWN_KEY")
    ok("and until when", "2027-01-15T09:01:10Z" in forced.err and minting not in str(doc("v")), forced)
    f.run("key", "rotate", "--activate-in", "0", *at(40), "v")
    exits("prune on the safe date", 0, f.run("key", "prune", *at(40 + 3660), "v"), "pruned")
    ok("one key a use is left", len(doc("v")["keys"]) == 2)


def nothing_mints():
    """Words for rings whose keys have neither a successor nor a date."""
    f.run("key", "new", *at(0), "u")
    exits("prune of a new ring", 0, f.run("key", "prune", *at(10), "u"), "nothing is safe to prune: ")
    f.run("key", "rotate", *at(20), "u")
    exits("prune right after a rotation says when", 0, f.run("key", "prune", *at(30), "u"), "the first will be", "2027-01-15T10:01:20Z")
    exits("prune of a minting key with a successor", 8, f.run("key", "prune", *at(30), "u", kid("u", 30, "sig", "mints")),
          "minting key", "2027-01-15T10:01:20Z")
    f.run("key", "new", *at(0), "z")
    ring = doc("z")
    for key in ring["keys"]:
        key["exp"] = key["nbf"] + 10
    f.write("z", json.dumps(ring))
    out = exits("list of a ring that mints no more", 0, f.run("key", "list", *at(20), "z"), "nothing mints in its place: rotate the ring").out
    ok("without loose ends", not any(l.endswith((";", "; ")) for l in out.splitlines()), out)
    exits("prune of it", 0, f.run("key", "prune", *at(20), "z"), "nothing is safe to prune: ")


def exports():
    for form, alg in (("sealed", None), ("nested", "HS256"), ("nested", "EdDSA"), ("signed", "ES256")):
        ring = f"x-{form}-{alg}"
        f.run("key", "new", "--form", form, *(["--alg", alg] if alg else []), *at(0), ring)
        run = f.run("key", "export", "--verify-only", *at(1), ring)
        if form == "sealed" or alg == "HS256":
            exits(f"verify-only of {ring}", 8, run, "ES256 or EdDSA")
            exits(f"public keys of {ring}", 8, f.run("key", "export", "--jwks", *at(1), ring), "no living public key")
            continue
        secrets = [k["d"] for k in doc(ring)["keys"] if "d" in k]
        ok(f"verify-only of {ring} has no signing secret", run.status == 0 and not any(s in run.out for s in secrets)
           and run.json()["sess"]["tag"] == doc(ring)["sess"]["tag"], run)
        exits("to a file", 0, f.run("key", "export", "--verify-only", "-o", "copy", *at(1), ring))
        ok("of mode 0600, replaced the second time", stat.S_IMODE((f.path / "copy").stat().st_mode) == 0o600
           and f.run("key", "export", "--verify-only", "--output", "copy", *at(1), ring).status == 0)
        token = f.mint("--sub", "alice", *at(1), ring=ring).encode()
        exits("it verifies", 0, f.run("verify", "--ring", "copy", *at(2), stdin=token), "VERIFIED")
        exits("it does not mint, and says why", 8, f.run("mint", "--ring", "copy", *at(2)), "verify-only")
        exits("it does not rotate", 8, f.run("key", "rotate", *at(2), "copy"), "verify-only")
        ok("it says what it is", "verify-only, generation 1" in f.run("key", "list", *at(2), "copy").out)
        f.run("key", "export", "--verify-only", "-o", "copy2", *at(1), ring)
        gone = exits("revoked there, it has no successor", 0, f.run("key", "revoke", *at(2), "copy2", kid("copy2", 2, "sig", "mints")))
        ok("and nobody is told to rotate it", "; nothing mints in its place\n" in gone.out, gone)
        whole = (f.path / ring).read_bytes()
        for what in ("--verify-only", "--jwks"):
            exits(f"{what} into the ring itself", 2, f.run("key", "export", what, "-o", f"./{ring}", *at(1), ring), "name another file")
        ok("which stays whole", (f.path / ring).read_bytes() == whole)
        jwks = f.run("key", "export", "--jwks", *at(1), ring)
        ok("public keys alone", jwks.status == 0 and list(jwks.json()) == ["keys"] and not any(s in jwks.out for s in secrets)
           and all(set(k) <= {"kid", "use", "alg", "kty", "crv", "x", "y"} for k in jwks.json()["keys"]), jwks)
        exits("to a file", 0, f.run("key", "export", "--jwks", "-o", "public.json", *at(1), ring))
        ok("that all may read", stat.S_IMODE((f.path / "public.json").stat().st_mode) == 0o644
           and (f.path / "public.json").read_text() == jwks.out)
        (f.path / "one.json").write_text(json.dumps(jwks.json()["keys"][0]))
        if form == "signed":
            exits("another library's way in: one JWK", 0, f.run("verify", "--raw", "--jwk", "one.json", stdin=token), "alice")
    exits("both at once", 2, f.run("key", "export", "--verify-only", "--jwks", "copy"), "one of")
    exits("neither", 2, f.run("key", "export", "copy"), "one of")
    exits("into a folder that is not there", 9, f.run("key", "export", "--jwks", "-o", "no/file", "copy"), "No such file")
    exits("-o where it means nothing", 2, f.run("key", "list", "-o", "x", "copy"), "no option -o")


def encryption():
    f.write("pp", "correct horse\n")
    f.write("pp2", "battery staple")
    f.write("open", "correct horse\n", 0o644)
    f.write("kek", bytes(range(32)))
    f.run("key", "new", *at(0), "e")
    secrets = [doc("e")["sess"]["tag"], *(k["k"] for k in doc("e")["keys"])]
    token = f.mint("--sub", "alice", *at(1), ring="e").encode()
    pp, pp2, kek = ("--passphrase-file", "pp"), ("--passphrase-file", "pp2"), ("--kek-file", "kek")
    exits("encrypt", 0, f.run("key", "encrypt", "--p2c", "1000", *pp, "e"), "PBES2-HS512+A256KW", "1000 iterations")
    ok("nothing of it is readable", not any(s in (f.path / "e").read_text() for s in secrets)
       and stat.S_IMODE((f.path / "e").stat().st_mode) == 0o600)
    exits("without what opens it", 8, f.run("key", "list", "e"), "encrypted", "--passphrase-file")
    exits("with the wrong passphrase", 8, f.run("key", "list", *pp2, "e"), "wrong")
    exits("with a key of the other kind", 8, f.run("key", "list", *kek, "e"), "passphrase")
    exits("with both", 2, f.run("key", "list", *pp, *kek, "e"), "not both")
    exits("a passphrase file that others read", 0, f.run("key", "list", "--passphrase-file", "open", "e"), "warning", "0644")
    exits("a passphrase file that is not there", 9, f.run("key", "list", "--passphrase-file", "no", "e"), "No such file")
    exits("list says how it lies there", 0, f.run("key", "list", *pp, "e"), "encrypted at rest: PBES2")
    exits("verify with it", 0, f.run("verify", "--ring", "e", *pp, *at(2), stdin=token), "VERIFIED")
    ok("mint with it", f.mint(*pp, *at(2), ring="e").count(".") == 4)
    salt = (f.path / "e").read_text().split(".")[0]
    exits("rotate keeps it encrypted", 0, f.run("key", "rotate", *pp, *at(3), "e"), "rotated")
    after = (f.path / "e").read_text()
    ok("under the same salt, as readers have derived it", after.split(".")[0] == salt and not any(s in after for s in secrets))
    exits("rotate without what opens it", 8, f.run("key", "rotate", "e"), "encrypted")
    ok("byte for byte", (f.path / "e").read_text() == after)
    exits("another passphrase", 0, f.run("key", "encrypt", *pp, "--new-passphrase-file", "pp2", "--p2c", "1001", "e"), "1001")
    exits("the old one", 8, f.run("key", "list", *pp, "e"), "wrong")
    exits("a key instead", 0, f.run("key", "encrypt", *pp2, "--new-kek-file", "kek", "e"), "A256KW")
    exits("--p2c with a key", 2, f.run("key", "encrypt", *kek, "--p2c", "1000", "e"), "--p2c")
    for count in ("999", "1000001", "-1", "1e5", "2147483648"):
        exits(f"--p2c {count}", 2, f.run("key", "encrypt", *pp, "--p2c", count, "e"), "1000..1000000")
    f.write("bad", bytes(31))
    exits("a key of 31 bytes", 2, f.run("key", "list", "--kek-file", "bad", "e"), "32")
    exits("decrypt takes nothing new", 2, f.run("key", "decrypt", *kek, "--new-kek-file", "kek", "e"), "nothing new")
    exits("decrypt", 0, f.run("key", "decrypt", *kek, "e"), "plain text now")
    exits("decrypt again", 0, f.run("key", "decrypt", *kek, "e"), "already")
    ok("the ring went through all of it", doc("e")["sess"]["tag"] == secrets[0] and len(doc("e")["keys"]) == 4)
    exits("a new ring that is never in plain text", 0, f.run("key", "new", *kek, "n"), "encrypted at rest: A256KW")
    tampered = (f.path / "n").read_text()
    f.write("t", tampered[:-20] + ("A" if tampered[-20] != "A" else "B") + tampered[-19:])
    exits("a changed file", 8, f.run("key", "list", *kek, "t"), "the file was changed")
    (f.path / "link").symlink_to("e")
    exits("a link", 8, f.run("key", "list", "link"), "symbolic link")
    (f.path / "e").chmod(0o440)
    exits("a mounted secret, by the option that says so", 0, f.run("key", "list", "--insecure-any-owner", "link"), "mints")
    exits("is not rewritten there", 2, f.run("key", "rotate", "--insecure-any-owner", "link"), "where it comes from")
    with (f.path / "e").open("rb") as ring:
        os.dup2(ring.fileno(), 0, inheritable=True)
    (f.path / "e").chmod(0o600)
    exits("a ring on a descriptor", 0, f.run("key", "list", "fd:0", stdin=(f.path / "e").read_bytes()), "mints")
    exits("a passphrase on a descriptor", 0, f.run("key", "encrypt", "--p2c", "1000", "--passphrase-fd", "0", "e", stdin=b"correct horse"), "PBES2")
    exits("is the same as in a file", 0, f.run("key", "list", *pp, "e"), "mints")
    exits("no terminal to ask", 8, f.run("key", "list", "e"), "none was given")


def on_terminal(answers, *args):
    """The tool with a terminal of its own; what it wrote there, and its status."""
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(f.path)
        os.execv(cli.TOOL, [cli.TOOL, *args])
    seen, end = b"", time.monotonic() + 20
    while time.monotonic() < end and select.select([master], [], [], 10)[0]:
        try:
            chunk = os.read(master, 4096)
        except OSError:
            break
        if not chunk:
            break
        seen += chunk
        if chunk.rstrip().endswith(b":") and answers:
            time.sleep(0.1)
            os.write(master, answers.pop(0))
    os.close(master)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode("utf-8", "replace")


def terminal():
    f.run("key", "new", *at(0), "p")
    status, seen = on_terminal([b"geheim\n", b"geheim\n"], "key", "encrypt", "--p2c", "1000", "p")
    ok("asked twice for a new passphrase, which is not shown", status == 0 and "same again" in seen and "geheim" not in seen, seen)
    status, seen = on_terminal([b"gehx\x7feim\n"], "key", "list", "p")
    ok("asked once to open, with a key for corrections", status == 0 and "mints" in seen and "geh" not in seen, seen)
    status, seen = on_terminal([b"wrong\n"], "key", "rotate", "p")
    ok("a wrong one", status == 8 and "wrong" not in seen.split("Passphrase", 1)[1].split("sesstool")[0], seen)
    status, seen = on_terminal([b"geheim\n", b"neu\n", b"nue\n"], "key", "encrypt", "p")
    ok("two that differ", status == 2 and "differ" in seen, seen)
    status, seen = on_terminal([b"\x03"], "key", "list", "p")
    ok("given up", status == 2 and "no passphrase" in seen, seen)
    f.run("key", "new", "--alg", "ES256", *at(0), "terminal")
    status, seen = on_terminal([], "key", "export", "--verify-only", "terminal")
    ok("secrets do not go to a terminal", status == 2 and "-o FILE" in seen and '"k"' not in seen, seen)


rotation()
listing()
revocation()
nothing_mints()
exports()
encryption()
terminal()
left = sorted(p.name for p in f.path.iterdir() if p.name.endswith((".sess-new", ".sess-lock")))
ok("no lock and no temporary file is left behind", not left, left)
cli.done()
