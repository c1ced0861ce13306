# SPDX-License-Identifier: MIT
"""Each form and algorithm against other JOSE implementations: they open what sesstool mints, it accepts what they mint,
and refuses it, with the reason that doc/format.md names, when one member is wrong. Uses sesstool (SESS_SESSTOOL) only
from outside, and must not know the library."""
import base64
import itertools
import json
import os
import pathlib
import secrets
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import mutants
import peers

ISSUER, AUDIENCE, TYP = "https://login.example", "shop", "sess+jwt"
SIGNATURES, WRAPPINGS, CONTENTS = ("HS256", "ES256", "EdDSA"), ("dir", "A256KW"), ("A256GCM", "A256CBC-HS512")
OTHER = {"HS256": "ES256", "ES256": "HS256", "EdDSA": "HS256", "dir": "A256KW", "A256KW": "dir",
         "A256GCM": "A256CBC-HS512", "A256CBC-HS512": "A256GCM"}
tool = os.environ.get("SESS_SESSTOOL", "")
count = failed = 0


def point(name, problems=(), skip=None):
    global count, failed
    count += 1
    failed += bool(problems)
    print(f"{'not ok' if problems else 'ok'} {count} - {name}{' # SKIP ' + skip if skip else ''}")
    for problem in problems:
        print(f"#   {problem}", flush=True)


def run(*arguments, text=""):
    return subprocess.run([tool, *arguments], input=text, capture_output=True, text=True, timeout=60)


class Ring:
    """A ring made by sesstool, its policy, and the keys in it by use."""

    def __init__(self, folder, form, alg=None, kw=None, enc=None):
        self.form, self.names = form, [name for name in (alg, kw, enc) if name]
        self.title = " ".join([form, *self.names])
        self.path = str(folder / (self.title.replace(" ", "_") + ".jwks"))
        self.policy = str(folder / "policy.json")
        options = [x for pair in (("--alg", alg), ("--kw", kw), ("--enc", enc)) if pair[1] for x in pair]
        made = run("key", "new", "--form", form, *options, self.path)
        if made.returncode != 0:
            raise SystemExit(f"Bail out! key new: {made.stderr}")
        keys = json.loads(pathlib.Path(self.path).read_text())["keys"]
        self.sig = next((key for key in keys if key["use"] == "sig"), None)
        self.enc = next((key for key in keys if key["use"] == "enc"), None)

    def mint(self):
        return run("mint", "--ring", self.path, "--policy", self.policy, "--sub", "zoë", "--claim", "role=admin",
                   "--claim", 'more={"n":[1,2.5,null,true]}').stdout.strip()

    def verify(self, token):
        done = run("verify", "--ring", self.path, "--policy", self.policy, "--json", text=token)
        return done.returncode, json.loads(done.stdout) if done.stdout else {"stderr": done.stderr}

    def headers(self):
        sig = self.sig and {"alg": self.sig["alg"], "kid": self.sig["kid"], "typ": TYP}
        enc = self.enc and {"alg": self.enc["alg"], "enc": self.enc["enc"], "kid": self.enc["kid"], "typ": TYP}
        if self.form == "nested":
            enc["cty"] = "JWT"
        return sig, enc


def fresh_claims(now):
    def ident():
        return base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
    return {"iss": ISSUER, "aud": AUDIENCE, "sub": "zoë", "sid": ident(), "jti": ident(), "iat": now, "exp": now + 1800,
            "auth_time": now, "gen": 0, "role": "admin"}


def open_token(peer, ring, token):
    if ring.enc:
        token = peer.decrypt(ring.enc, token)
    return json.loads(peer.verify(ring.sig, token) if ring.sig else token)


def make(peer, ring, claims, sig=None, enc=None, sig_key=None, enc_key=None):
    """A token of the ring by the peer; headers and keys are the ring's unless given."""
    own_sig, own_enc = ring.headers()
    text = json.dumps(claims)
    if ring.sig:
        text = peer.sign(sig_key or ring.sig, sig or own_sig, text)
    if ring.enc:
        text = peer.encrypt(enc_key or ring.enc, enc or own_enc, text)
    return text


def check_opens(peer, ring):
    token = ring.mint()
    status, report = ring.verify(token)
    if status != 0 or len(report["claims"]) < 10:
        return [f"sesstool does not verify its own token: exit {status} {report}"]
    try:
        seen = open_token(peer, ring, token)
    except Exception as error:
        return [f"refused: {error!r}"]
    return [] if seen == report["claims"] else ["the peer reads other claims than sesstool reports"]


def check_accepted(peer, ring):
    problems, now = [], int(time.time())
    sig, enc = ring.headers()
    backward = [header and dict(reversed(header.items())) for header in (sig, enc)]
    claims = fresh_claims(now)
    for name, body, headers in (("as written", claims, (sig, enc)), ("headers in another order", claims, backward),
                                ("claims in another order", dict(reversed(claims.items())), (sig, enc)),
                                ("aud an array", {**claims, "aud": ["x", AUDIENCE]}, (sig, enc)),
                                ("no sub", mutants.changed(claims, {"sub": mutants.GONE}, now), (sig, enc))):
        try:
            status, report = ring.verify(make(peer, ring, body, *headers))
        except Exception as error:
            problems.append(f"{name}: the peer does not mint: {error!r}")
            continue
        if status != 0 or report.get("claims") != body:
            problems.append(f"{name}: exit {status} {report.get('findings', report)}")
    return problems


def alien_rows(ring, aliens):
    """Rows of the keys: another algorithm under the same kid, and another key of the same algorithm."""
    sig, enc = ring.headers()
    if sig:
        other = aliens[OTHER[sig["alg"]]]
        yield "alg of another key", {"sig": {**sig, "alg": other["alg"]}, "sig_key": other}, "MALFORMED"
        yield "another signing key", {"sig_key": aliens[sig["alg"]]}, "BAD_SIGNATURE"
    if enc:
        for name, alg, content, reason in (("alg of another key", OTHER[enc["alg"]], enc["enc"], "MALFORMED"),
                                           ("enc of another key", enc["alg"], OTHER[enc["enc"]], "MALFORMED"),
                                           ("another encryption key", enc["alg"], enc["enc"], "BAD_TAG")):
            yield name, {"enc": {**enc, "alg": alg, "enc": content}, "enc_key": aliens[alg, content]}, reason
    if sig and enc:
        yield "inner kid of the encryption key", {"sig": {**sig, "kid": enc["kid"]}}, "UNKNOWN_KEY"
        yield "outer kid of the signing key", {"enc": {**enc, "kid": sig["kid"]}}, "UNKNOWN_KEY"


def rows(ring, aliens, now):
    sig, enc = ring.headers()
    claims = fresh_claims(now)
    for name, changes, reason in mutants.CLAIMS:
        yield name, reason, {"claims": mutants.changed(claims, changes, now)}
    for name, changes, reason in mutants.SIGNING if sig else ():
        yield f"signing layer: {name}", reason, {"claims": claims, "sig": mutants.changed(sig, changes, now)}
    for name, changes, reason in mutants.ENCRYPTING + mutants.CTY[ring.form] if enc else ():
        yield f"encrypting layer: {name}", reason, {"claims": claims, "enc": mutants.changed(enc, changes, now)}
    for name, parts, reason in alien_rows(ring, aliens):
        yield name, reason, {"claims": claims, **parts}


def check_refused(peer, ring, aliens):
    problems, tried = [], 0
    for name, reason, parts in rows(ring, aliens, int(time.time())):
        key_names = [key[part] for key in (parts.get("sig_key"), parts.get("enc_key")) if key
                     for part in ("alg", "enc") if part in key]
        if peer.lacks(key_names):
            print(f"# {ring.title}, {peer.name}: skipped: {name} (no {', '.join(peer.lacks(key_names))})")
            continue
        tried += 1
        try:
            status, report = ring.verify(make(peer, ring, **parts))
        except Exception as error:
            problems.append(f"{name}: the peer does not mint: {error!r}")
            continue
        reasons = [finding["reason"] for finding in report.get("findings", ())]
        if status != mutants.EXIT[reason] or reasons != [reason]:
            problems.append(f"{name}: exit {status}, {reasons}; expected {mutants.EXIT[reason]}, {reason}")
    return problems if tried > len(mutants.CLAIMS) else [*problems, f"only {tried} rows were tried"]


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
        (folder / "policy.json").write_text(json.dumps({"issuer": ISSUER, "audience": AUDIENCE}))
        (folder / "aliens").mkdir()
        spare = [Ring(folder / "aliens", "signed", alg) for alg in SIGNATURES]
        aliens = {ring.sig["alg"]: ring.sig for ring in spare}
        for kw, enc in itertools.product(WRAPPINGS, CONTENTS):
            aliens[kw, enc] = Ring(folder / "aliens", "sealed", None, kw, enc).enc
        rings = [Ring(folder, "signed", alg) for alg in SIGNATURES]
        rings += [Ring(folder, "sealed", None, *pair) for pair in itertools.product(WRAPPINGS, CONTENTS)]
        rings += [Ring(folder, "nested", *three) for three in itertools.product(SIGNATURES, WRAPPINGS, CONTENTS)]
        for peer in make_peers(folder):
            for ring in rings:
                lacks = peer.lacks(ring.names)
                if lacks:
                    point(f"{ring.title}, {peer.name}", skip=f"it has no {', '.join(lacks)}")
                    continue
                point(f"{ring.title}: {peer.name} opens what sesstool mints", check_opens(peer, ring))
                point(f"{ring.title}: sesstool accepts what {peer.name} mints", check_accepted(peer, ring))
                point(f"{ring.title}: sesstool refuses what {peer.name} mints wrong", check_refused(peer, ring, aliens))
    print(f"1..{count}")
    return 1 if failed else 0


sys.exit(main())
