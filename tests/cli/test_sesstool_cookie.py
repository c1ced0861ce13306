# SPDX-License-Identifier: MIT
"""sesstool cookie: Set-Cookie out, Cookie in, and which claims fill it."""
import cli
from cli import NOW, ok

f = cli.Folder()
RING = ("--ring", "ring.jwks", "--now", str(NOW))


def exits(name, status, run, *needles):
    ok(f"{name}: exit {status}", run.status == status and all(n in run.err for n in needles), run)
    return run


def pairs(out):
    """What a browser would send back after these Set-Cookie lines."""
    kept = {}
    for line in out.splitlines():
        pair, attributes = line.removeprefix("Set-Cookie: ").split(";", 1)
        name, value = pair.split("=", 1)
        kept.pop(name, None)
        if "Max-Age=0" not in attributes:
            kept[name] = value
    return "; ".join(f"{n}={v}" for n, v in kept.items())


def one_cookie():
    token = f.mint("--now", str(NOW), "--sub", "alice", "--claim", "role=admin")
    f.write("token", token)
    done = f.run("cookie", "set", *RING, "token")
    ok("set", done.status == 0 and done.out == f"Set-Cookie: __Host-session={token}; Path=/; Secure; HttpOnly; SameSite=Lax\n"
       and "bytes to spare" in done.err, done)
    ok("set, from stdin", f.run("cookie", "set", *RING, stdin=token.encode()).out == done.out)
    doc = f.run("cookie", "set", "--json", *RING, "token").json()
    ok("set --json", doc.get("schema") == 1 and doc.get("chunks") == 1 and doc.get("spare_bytes") == 4096 - 14 - len(token)
       and doc.get("set_cookie") == [done.out[12:-1]], doc)
    cleared = f.run("cookie", "clear", *RING)
    ok("clear: the same attributes", cleared.out == "Set-Cookie: __Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; "
       "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT\n" and cleared.err == "", cleared)
    lasting = f.mint("--now", str(NOW), "--persistent")
    ok("a persistent session has a Max-Age", "; Max-Age=3600\n" in f.run("cookie", "set", *RING, stdin=lasting.encode()).out)
    ok("which is what is left of the token", "; Max-Age=3540\n" in f.run("cookie", "set", "--ring", "ring.jwks", "--now",
                                                                        str(NOW + 60), stdin=lasting.encode()).out)
    exits("an expired token", 6, f.run("cookie", "set", "--ring", "ring.jwks", "--now", str(NOW + 3600), "token"), "IDLE_EXPIRED")
    exits("another ring's token", 4, f.run("cookie", "set", "--ring", "other.jwks", "--now", str(NOW), "token"), "UNKNOWN_KEY")
    return token


def reading(token):
    pasted = f"Cookie: theme=dark; __Host-session={token}; lang=de\r\n"
    got = f.run("cookie", "get", stdin=pasted.encode())
    ok("get", got.status == 0 and got.out == token + "\n" and "theme" in got.err and token not in got.err, got)
    ok("get, from a file", f.run("cookie", "get", f.write("header", pasted)).out == got.out)
    request = f"GET / HTTP/1.1\r\nHost: shop.example\r\ncookie: a=b\r\nCOOKIE: __Host-session={token}\r\n\r\n"
    ok("get, from a whole request", f.run("cookie", "get", stdin=request.encode()).out == got.out)
    ok("get, without the word", f.run("cookie", "get", stdin=f"a=b; __Host-session={token}".encode()).out == got.out)
    doc = f.run("cookie", "get", "--json", stdin=pasted.encode()).json()
    ok("get --json", doc.get("token") == token and [c["name"] for c in doc.get("cookies", [])] == ["theme", "__Host-session", "lang"]
       and [c["ours"] for c in doc["cookies"]] == [False, True, False]
       and doc["cookies"][1]["bytes"] == 14 + len(token) and doc["header_bytes"] == len(pasted) - 10, doc)
    exits("none of ours", 3, f.run("cookie", "get", stdin=b"Cookie: __host-session=x"), "__Host-session, exactly so")
    for name, header in (("twice", b"__Host-session=a; __Host-session=b"), ("quotes", b'__Host-session="a"'),
                         ("a comma", b"__Host-session=a,b"), ("empty", b"__Host-session=")):
        exits(name, 3, f.run("cookie", "get", stdin=b"Cookie: " + header), "MALFORMED", "__Host-session")
    hostile = f.run("cookie", "get", stdin=b"Cookie: \x1b]0;x\x07=1; \xff\xfe=2")
    ok("no escape sequence of a name reaches the terminal", b"\x1b" not in hostile.err_bytes and b"\xff" not in hostile.err_bytes)


def chunks():
    f.write("policy.json", '{"max_token_bytes": 16384, "cookie": {"name": "shop", "max_chunks": 4}}')
    policy = ("--policy", "policy.json")
    big = f.mint("--now", str(NOW), *policy, "--claim", "cart=" + "x" * 4000)
    f.write("big", big)
    done = f.run("cookie", "set", *RING, *policy, "big")
    ok("set in chunks", done.status == 0 and done.out.count("Set-Cookie: __Host-shop") == 5
       and done.out.count("; Max-Age=0;") == 3 and "2 cookies" in done.err, done)
    sent = pairs(done.out)
    got = f.run("cookie", "get", *policy, stdin=sent.encode())
    ok("get joins them", got.status == 0 and got.out == big + "\n", got)
    ok("and verify takes it", f.run("verify", *RING, *policy, stdin=got.out.encode()).status == 0)
    exits("verify alone does not join", 3, f.run("verify", *RING, *policy, stdin=b"Cookie: " + sent.encode()), "sesstool cookie get")
    other = pairs(f.run("cookie", "set", *RING, *policy,
                        stdin=f.mint("--now", str(NOW), *policy, "--claim", "cart=" + "y" * 4000).encode()).out)
    torn = sent.split("; ")[0] + "; " + other.split("; ")[1]
    exits("two sets", 3, f.run("cookie", "get", *policy, stdin=torn.encode()), "TORN_COOKIE", "hint", "clear")
    exits("a part is missing", 3, f.run("cookie", "get", *policy, stdin=sent.split("; ")[0].encode()), "TORN_COOKIE", "not all")
    ok("clear clears all", f.run("cookie", "clear", *RING, *policy).out.count("; Max-Age=0;") == 5)
    exits("more than the policy's cookies hold", 2, f.run("cookie", "set", *RING, "--policy", f.write(
        "tight.json", '{"max_token_bytes": 16384}'), "big"), "4096", "chunks")


def sizes():
    f.write("token", f.mint("--now", str(NOW), "--sub", "alice", "--claim", "cart=" + "x" * 1400, "--claim", "role=admin"))
    told = f.run("cookie", "size", *RING, "token")
    ok("size: the largest first", told.status == 0 and told.out.splitlines()[3].endswith("cart") and "1.78" in told.out
       and "the library's own" in told.out and "NEARLY FULL" not in told.out, told)
    doc = f.run("cookie", "size", "--json", *RING, "token").json()
    total = sum(c["cookie_bytes"] for c in doc.get("claims", [])) + doc.get("overhead_bytes", 0)
    cart = next((c for c in doc.get("claims", []) if c["name"] == "cart"), {})
    ok("size --json adds up", doc.get("bytes") == total and cart.get("payload_bytes") == len('"cart":') + 1402 + 1
       and doc["bytes"] + doc["spare_bytes"] == doc["limit"] == 4096, doc)
    # What a claim is said to cost is what the cookie loses when it goes.
    f.write("less", f.mint("--now", str(NOW), "--sub", "alice", "--claim", "role=admin"))
    less = f.run("cookie", "size", "--json", *RING, "less").json()
    ok("and what it says is so", abs(doc["bytes"] - less["bytes"] - cart["cookie_bytes"]) <= 4, doc["bytes"], less["bytes"])
    f.write("token", f.mint("--now", str(NOW), "--claim", "cart=" + "x" * 1900))
    ok("nearly full", "NEARLY FULL" in f.run("cookie", "size", *RING, "token").out)
    f.run("key", "new", "--form", "sealed", "--now", str(NOW), "sealed.jwks")
    sealed = f.mint("--now", str(NOW), ring="sealed.jwks")
    ok("a sealed token grows less", "1.33" in f.run("cookie", "size", "--ring", "sealed.jwks", "--now", str(NOW),
                                                    stdin=sealed.encode()).out)


def usage():
    for name, args, words in (("no word", (), "set, clear, get, size"), ("an unknown word", ("gett",), "cookie get"),
                              ("get with a ring", ("get", "--ring", "ring.jwks"), "sesstool verify"),
                              ("two tokens", ("set", "--ring", "ring.jwks", "a", "b"), "one token"),
                              ("clear with an operand", ("clear", "--ring", "ring.jwks", "a"), "no operand"),
                              ("set without a ring", ("set",), "--ring"), ("an option too many", ("get", "--rin"), "--ring")):
        exits(name, 2, f.run("cookie", *args, stdin=b"a.b.c"), words)
    for policy, word in (('{"cookie":{"domain":"shop.example"}}', "__Host-"), ('{"cookie":{"secure":false}}', "secure")):
        exits("a contradiction", 2, f.run("cookie", "get", "--policy", f.write("bad.json", policy), stdin=b"a=b"), word)
    exits("no such file", 9, f.run("cookie", "get", "missing"))


for ring in ("ring.jwks", "other.jwks"):
    f.run("key", "new", "--now", str(NOW), ring)
reading(one_cookie())
chunks()
sizes()
usage()
cli.done()
