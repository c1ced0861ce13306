# SPDX-License-Identifier: MIT
"""
doc/vectors.json: what it holds is what sesstool says, and what a stranger computes from doc/format.md.
  vectors.py ROOT SESSTOOL NAMES           the test
  vectors.py ROOT SESSTOOL NAMES --write   makes the file anew, with fresh keys
"""
import json
import pathlib
import subprocess
import sys
import tempfile

root, tool, names = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
FILE = root / "doc" / "vectors.json"
NOW = 1800000000
ISSUER = "https://login.example"
POLICY = {"issuer": ISSUER, "audience": "shop"}
RINGS = {"nested": ["--form", "nested"], "nested-es256-kw-cbc": ["--alg", "ES256", "--kw", "A256KW", "--enc", "A256CBC-HS512"],
         "sealed": ["--form", "sealed"], "sealed-kw": ["--form", "sealed", "--kw", "A256KW"], "sealed-cbc": ["--form", "sealed", "--enc", "A256CBC-HS512"],
         "signed": ["--form", "signed"], "signed-es256": ["--form", "signed", "--alg", "ES256"], "signed-eddsa": ["--form", "signed", "--alg", "EdDSA"]}
CLAIMS = '{"role":"admin","cart":[{"sku":"a}b","n":2}],"price":19.90,"name":"J\\u00fcrgen \u20ac"}'
CONTEXT = {"ua": "Mozilla/5.0 (X11; Linux x86_64)", "tls": "exporter"}
REFUSED = {"expired": ["--expired"], "ended": ["--ended"], "not yet": ["--not-yet"], "another audience": ["--audience", "mail"],
           "another issuer": ["--issuer", "https://other.example"], "another type": ["--typ", "other+jwt"], "tampered": ["--tampered"],
           "an unknown key": ["--unknown-key"]}
PASSPHRASE, KEK = b"correct horse battery staple", bytes(range(1, 33))
count = failed = 0


def ok(name, holds, *detail):
    global count, failed
    count += 1
    failed += not holds
    print(f"{'ok' if holds else 'not ok'} {count} - {name}")
    for line in ("\n".join(map(str, detail)).splitlines() if not holds else ()):
        print(f"#   {line}")


def run(folder, *args, stdin=b""):
    done = subprocess.run([tool, *args], cwd=folder, input=stdin, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def lay_out(folder, vectors):
    for name, ring in vectors["rings"].items():
        (folder / f"{name}.jwks").write_text(json.dumps(ring))
        (folder / f"{name}.jwks").chmod(0o600)
    (folder / "policy.json").write_text(json.dumps(vectors["policy"]))


def verdict(folder, token):
    args = ["verify", "--ring", f"{token['ring']}.jwks", "--policy", "policy.json", "--now", str(token["now"]), "--json"]
    for name, value in token.get("context", {}).items():
        args += ["--context", f"{name}={value}"]
    _, out, err = run(folder, *args, stdin=token["token"].encode())
    doc = json.loads(out or "{}")
    return [f["reason"] for f in doc.get("findings", [])], doc.get("claims"), err


def names_of(folder, token):
    done = subprocess.run([names, folder / f"{token['ring']}.jwks", folder / "policy.json", str(token["now"]), token["token"]],
                          capture_output=True, text=True, check=False)
    return {"token_name" if k == "token" else k: v for k, v in (line.split() for line in done.stdout.splitlines())}


def make():
    vectors = {"about": "Test vectors of doc/format.md. Every key in here is public: use none of them.", "rings": {}, "policy": POLICY,
               "tokens": [], "names": [], "at_rest": []}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "policy.json").write_text(json.dumps(POLICY))
        (folder / "claims.json").write_text(CLAIMS)
        (folder / "pass").write_bytes(PASSPHRASE)
        (folder / "kek").write_bytes(KEK)
        for ring, options in RINGS.items():
            run(folder, "key", "new", *options, "--now", str(NOW), f"{ring}.jwks")
            vectors["rings"][ring] = json.loads((folder / f"{ring}.jwks").read_text())
            mint = ["mint", "--ring", f"{ring}.jwks", "--policy", "policy.json", "--now", str(NOW), "--sub", "alice", "--claims", "claims.json"]
            bound = [w for n, v in CONTEXT.items() for w in ("--context", f"{n}={v}")]
            vectors["tokens"].append({"name": f"{ring}: good", "ring": ring, "now": NOW + 60, "context": CONTEXT,
                                      "token": run(folder, *mint, *bound)[1].strip()})
            for title, situation in REFUSED.items() if ring in ("nested", "signed-es256") else ():
                vectors["tokens"].append({"name": f"{ring}: {title}", "ring": ring, "now": NOW,
                                          "token": run(folder, *mint, *situation)[1].strip()})
        for token in vectors["tokens"]:
            token["reasons"], claims, _ = verdict(folder, token)
            token.update({"claims": claims} if claims else {})
        free = {"ring": "nested", "now": NOW, "token": run(folder, "mint", "--ring", "nested.jwks", "--policy", "policy.json", "--now",
                                                           str(NOW), "--sub", "alice")[1].strip()}
        vectors["names"].append({**free, **names_of(folder, free)})
        for how, options, secret in (("passphrase", ["--passphrase-file", "pass", "--p2c", "1000"], PASSPHRASE.decode()),
                                     ("kek", ["--kek-file", "kek"], KEK.hex())):
            text = (folder / "sealed.jwks").read_text()
            (folder / "rest.jwks").write_text(text)
            (folder / "rest.jwks").chmod(0o600)
            run(folder, "key", "encrypt", *options, "rest.jwks")
            vectors["at_rest"].append({how: secret, "text": (folder / "rest.jwks").read_text().strip()})
    FILE.write_text(json.dumps(vectors, indent=1, ensure_ascii=True) + "\n")


def by_tool(vectors):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        lay_out(folder, vectors)
        for token in vectors["tokens"]:
            reasons, claims, err = verdict(folder, token)
            ok(f"sesstool, {token['name']}", reasons == token["reasons"] and claims == token.get("claims"), reasons, claims, err)
        for entry in vectors["names"]:
            got = names_of(folder, entry)
            ok("the library's names", len(got) == 5 and all(entry[k] == v for k, v in got.items()), got)
        for entry in vectors["at_rest"]:
            (folder / "rest.jwks").write_text(entry["text"])
            (folder / "rest.jwks").chmod(0o600)
            option = "passphrase" if "passphrase" in entry else "kek"
            (folder / "secret").write_bytes(entry["passphrase"].encode() if option == "passphrase" else bytes.fromhex(entry["kek"]))
            status, out, err = run(folder, "key", "list", f"--{option}-file", "secret", "--json", "rest.jwks")
            ok(f"sesstool, a ring under a {option}", status == 0 and json.loads(out)["keys"][0]["kid"] ==
               vectors["rings"]["sealed"]["keys"][0]["kid"], err)


def by_stranger(vectors):
    import stranger
    opened = []
    for token in vectors["tokens"]:
        ring = vectors["rings"][token["ring"]]
        try:
            claims = json.loads(stranger.open_token(ring, token["token"]))
        except Exception:  # whatever a library of primitives says of a wrong key, tag or signature
            claims = None
        broken = any(r in token["reasons"] for r in ("BAD_TAG", "BAD_SIGNATURE", "UNKNOWN_KEY"))
        same = claims is None if broken else claims is not None and claims == token.get("claims", claims)
        ok(f"a stranger, {token['name']}", same, claims)
        for name, value in token.get("context", {}).items():
            opened.append(claims and claims["ctx"][name] == stranger.context_hash(ring, claims["sid"], name, value.encode()))
    ok("a stranger, context hashes", len(opened) == 16 and all(opened))
    for entry in vectors["names"]:
        ring = vectors["rings"][entry["ring"]]
        claims = json.loads(stranger.open_token(ring, entry["token"]))
        mine = {"event": stranger.event_name(ring, claims["sid"]), "session": stranger.revocation_name(ring, ISSUER, "session", claims["sid"]),
                "subject": stranger.revocation_name(ring, ISSUER, "subject", claims["sub"]),
                "token_name": stranger.revocation_name(ring, ISSUER, "token", claims["jti"]),
                "all": stranger.revocation_name(ring, ISSUER, "all", "")}
        ok("a stranger, names", all(entry[k] == v for k, v in mine.items()), mine, entry)
    for entry in vectors["at_rest"]:
        ring = stranger.open_ring(entry["text"], entry.get("passphrase", "").encode(), bytes.fromhex(entry.get("kek", "")))
        same = {k: v for k, v in ring["sess"].items() if k != "generation"}, ring["keys"]
        want = vectors["rings"]["sealed"]
        ok("a stranger, a ring at rest", same == ({k: v for k, v in want["sess"].items() if k != "generation"}, want["keys"]))


if sys.argv[4:] == ["--write"]:
    make()
    sys.exit(0)
everything = json.loads(FILE.read_text())
by_tool(everything)
try:
    import cryptography  # noqa: F401
    by_stranger(everything)
except ImportError:
    count += 1
    print(f"ok {count} - a stranger # SKIP python3-cryptography is not installed")
print(f"1..{count}")
sys.exit(1 if failed else 0)
