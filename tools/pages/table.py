# SPDX-License-Identifier: MIT
"""
The one table of sesstool's verbs and options. Help pages, completion and manual pages are made from it, and a test compares it
with what the tool takes. An option of a group stands on the group's line in the help page, and by itself in the manual.
"""
from collections import namedtuple

Option = namedtuple("Option", "name meta text group", defaults=(None,))
Verb = namedtuple("Verb", "path synopsis summary options examples text groups", defaults=("", {}))

FORMS, ALGS, KWS, ENCS = "nested|sealed|signed", "HS256|ES256|EdDSA", "dir|A256KW", "A256GCM|A256CBC-HS512"

NOW = Option("now", "TIME", "the time to go by, in the place of the clock's", "common")
JSON = Option("json", "", "one JSON object on stdout, with a schema number", "common")
RING = Option("ring", "RING", "the ring of keys; fd:N is an open descriptor", "ring")
POLICY = Option("policy", "FILE", "issuer, audience, lifetimes, cookie")
STORE = Option("store", "URI", "the revocation store (default: RING.revocations)")
STORE_AUTH = Option("store-auth", "FILE", "its password, or user and password on two lines, mode 0600")
CONTEXT = Option("context", "NAME=VALUE", "what the client shows, repeatable: ua, tls, net, ...")
CLAIMS = [Option("claims", "FILE", "a JSON object of claims; - is stdin"),
          Option("claim", "NAME=VALUE", "one more, repeatable; VALUE is JSON, or else a string")]
OPENERS = [
    Option("passphrase-file", "FILE", "the passphrase of an encrypted ring; without it a terminal is asked", "open"),
    Option("passphrase-fd", "N", "the same from an open descriptor", "open"),
    Option("kek-file", "FILE", "the key-encryption key of an encrypted ring: 32 bytes, or a JWK", "open"),
    Option("kek-fd", "N", "the same from an open descriptor", "open"),
    Option("insecure-any-owner", "", "for mounted secrets: follow links, accept mode 0440 and any owner", "open"),
]
FOREIGN = [
    Option("jwks", "FILE", "the issuer's JWK Set", "foreign"),
    Option("pem", "FILE", "in its place, one public key", "foreign"),
    Option("kid", "KID", "the key id of --pem; without it any", "foreign"),
    Option("issuer", "I", "\"iss\" of the token", "foreign"),
    Option("audience", "A", "in \"aud\": your client id", "foreign"),
    Option("alg", "A", "accepted, repeatable (default: what the keys are for)", "foreign"),
    Option("kind", "id-token|jwt", "an ID token has sub, iat and nonce; a JWT need not", "foreign"),
    Option("nonce", "N", "that of the request which the ID token answers", "foreign"),
    Option("waive-nonce", "", "an ID token of any request will do", "foreign"),
    Option("azp", "P", "the authorized party (of an ID token: the audience)", "foreign"),
    Option("typ", "T", "header typ (of an ID token: JWT, or none)", "foreign"),
    Option("max-age", "D", "the user signed in at most so long ago", "foreign"),
    Option("insecure-any-issuer", "", "whoever has the keys may say that he is anybody", "foreign"),
    Option("insecure-any-audience", "", "a token for somebody else will do", "foreign"),
]
FOREIGN_LINE = "A token of another issuer: `sesstool help foreign`"
OPEN_LINE = "A ring that is encrypted or mounted: `sesstool help ring`"
WITH_RING = [STORE, STORE_AUTH, RING, NOW, JSON, *OPENERS]
NEW_OPENERS = [
    Option("new-passphrase-file", "FILE", "the new passphrase, where the ring is encrypted already", "new"),
    Option("new-passphrase-fd", "N", "the same from an open descriptor", "new"),
    Option("new-kek-file", "FILE", "the new key-encryption key, where the ring is encrypted already", "new"),
    Option("new-kek-fd", "N", "the same from an open descriptor", "new"),
]
DRY = Option("dry-run", "", "show what would be, and write nothing")
RATE = Option("rate", "N/s", "highest mint rate that the ring is meant for; also /m /h /d")
KEY_LIFE = Option("key-life", "D", "how long one key is meant to mint (default 90d)")
TOKEN = "[TOKEN|FILE|-]"

VERBS = [
    Verb("key new", "sesstool key new [options] RING", "make a ring of keys; mode 0600, and never over a file that exists", [
        Option("form", FORMS, "signed and encrypted (default), or one of them"),
        Option("alg", ALGS, "signature (default HS256)"),
        Option("kw", KWS, "key management (default: by the rate)"),
        Option("enc", ENCS, "encryption (default A256GCM)"),
        Option("idle", "D", "longest idle timeout of any policy (default 1h)"),
        Option("absolute", "D", "longest session (default 12h)"),
        Option("leeway", "D", "greatest tolerance for skewed clocks (default 30s)"),
        RATE, KEY_LIFE, NOW, JSON, *OPENERS],
        ["sesstool key new ring.jwks",
         "sesstool key new --alg ES256 --idle 15m --absolute 8h ring.jwks"],
        "With --passphrase-file or --kek-file it is encrypted from the start."),
    Verb("key list", "sesstool key list [options] RING", "what each key does, now and next", [
        Option("rate", "N/s", "days until a dir key is spent, at this rate"), NOW, JSON, *OPENERS],
        ["sesstool key list ring.jwks", "sesstool key list --now 2027-02-14T09:00:00Z ring.jwks"],
        "The line above each key: = mints and verifies, - verifies, . will mint, x revoked; the words beneath it say the same."),
    Verb("key rotate", "sesstool key rotate [options] RING", "append keys that mint soon; those before them get an end", [
        Option("if-due", "", "only where it is time: for cron or a timer; else exit 0, no change"),
        Option("activate-in", "D", "time for the file to reach every node (default 1h)"),
        Option("use", "sig|enc", "one of them alone (default: both)"),
        Option("alg", ALGS, "of the new key (default: as before)"),
        Option("kw", KWS, "of the new key (default: as before)"),
        Option("enc", ENCS, "of the new key (default: as before)"),
        KEY_LIFE, RATE, DRY, NOW, JSON, *OPENERS],
        ["sesstool key rotate --dry-run ring.jwks", "sesstool key rotate --if-due ring.jwks"],
        "Copy the file to every node before the new key mints; doc/rotation.md has the steps."),
    Verb("key revoke", "sesstool key revoke [options] RING KID", "refuse a key's tokens; a minting key gets a successor at once", [
        Option("reason", "TEXT", "for those who read the file; at most 127 bytes"),
        DRY, NOW, JSON, *OPENERS],
        ["sesstool key revoke --reason 'laptop stolen' ring.jwks v6gDzU3IcNCEoDpU"],
        "Everybody whose token is under the key signs in again."),
    Verb("key prune", "sesstool key prune [options] RING [KID]", "remove keys that no valid token needs", [
        Option("force", "", "KID before its time: its tokens are refused from then on"),
        DRY, NOW, JSON, *OPENERS],
        ["sesstool key prune ring.jwks"], "Without KID: every key that is safe to remove."),
    Verb("key export", "sesstool key export --verify-only|--jwks [options] RING", "a ring that cannot mint, or public keys", [
        Option("verify-only", "", "a ring that verifies and cannot mint (ES256, EdDSA)"),
        Option("jwks", "", "public signing keys alone, for other libraries"),
        Option("output", "FILE", "write it there; -o too (default: stdout)"), NOW._replace(group=None), *OPENERS],
        ["sesstool key export --verify-only -o shop.jwks ring.jwks",
         "sesstool key export --jwks ring.jwks >public.jwks"]),
    Verb("key encrypt", "sesstool key encrypt [options] RING", "put the file under a passphrase or a key-encryption key", [
        Option("p2c", "N", "iterations of PBKDF2 (default 210000)"), *NEW_OPENERS, *OPENERS],
        ["sesstool key encrypt --passphrase-file pass ring.jwks",
         "sesstool key encrypt --passphrase-file pass --new-kek-file kek ring.jwks"],
        "A standard encrypted JWK Set: PBES2-HS512+A256KW, or A256KW. Copies from before stay as they are.",
        {"new": "Under another secret than before"}),
    Verb("key decrypt", "sesstool key decrypt [options] RING", "put the file into plain text again", [*OPENERS],
         ["sesstool key decrypt --kek-file kek ring.jwks"]),
    Verb("mint", "sesstool mint --ring RING [options]", "a token, on stdout", [
        Option("sub", "S", "the subject"), *CLAIMS,
        Option("end", "TIME", "the session ends then at the latest"),
        Option("not-before", "TIME", "not valid before"),
        CONTEXT._replace(text="bind the session to what the client shows, repeatable"),
        Option("persistent", "", "the cookie outlives the browser"),
        POLICY._replace(text="issuer, audience, lifetimes"),
        Option("expired", "", "idle for too long", "when"),
        Option("ended", "", "past its hard end", "when"),
        Option("from-future", "", "issued ahead of this clock", "when"),
        Option("not-yet", "", "its nbf is still to come", "when"),
        Option("key", "KID", "under this key, whatever its turn: an old, a pending or a revoked one", "key"),
        Option("unknown-key", "", "under a key that the ring does not have", "key"),
        Option("issuer", "I", "of another issuer than the policy's", "as"),
        Option("audience", "A", "for another audience than the policy's", "as"),
        Option("typ", "T", "of another type than the policy's", "as"),
        Option("tampered", "", "with one character changed at its end", "as"), *WITH_RING],
        ["sesstool mint --ring ring.jwks --sub alice --claim role=admin >token",
         "sesstool mint --ring ring.jwks --expired | sesstool verify --ring ring.jwks"],
        "", {"when": "For tests, a token to be refused", "key": None, "as": None}),
    Verb("inspect", f"sesstool inspect [options] {TOKEN}", "what it is and says of itself, without a key", [NOW, JSON],
         ["sesstool inspect token", "sesstool mint --ring ring.jwks | sesstool inspect --json"],
         "A session of ours, a JWT or JWE of another issuer, a PASETO, a signed cookie, an opaque id; its header, sizes and, of a signed one, its "
         "claims; and what would open it. Verifies nothing."),
    Verb("verify", f"sesstool verify --ring RING [options] {TOKEN}", "is it good, and if not, why not", [
        POLICY, CONTEXT,
        Option("batch", "", "a token a line, a JSON object a line; exit: the greatest of all"),
        Option("raw", "", "one JWS or JWE with one JWK; its payload on stdout"),
        Option("jwk", "FILE", "the JSON Web Key of --raw"), *FOREIGN, *WITH_RING],
        ["sesstool verify --ring ring.jwks token",
         "sesstool verify --ring ring.jwks --batch <tokens >verdicts",
         "sesstool verify --raw --jwk key.json token",
         "sesstool verify --jwks keys.json --issuer https://id.example --audience shop"],
        "The session when it is good; else every rule that failed, with expected, got and a hint. The line of its clocks: "
        "[ started, r renewed, * now, i idle end, ] hard end; the words beneath it say the same."),
    Verb("renew", f"sesstool renew --ring RING [options] {TOKEN}", "the next token of the same session", [
        POLICY, *CLAIMS, CONTEXT,
        Option("regenerate", "", "another session id, as for a change of privilege"), *WITH_RING],
        ["sesstool renew --ring ring.jwks token >next",
         "sesstool renew --ring ring.jwks --regenerate --claim role=admin token"],
        "Same session and sign-in, new deadline, newest keys. Claims given here take the place of all in the token."),
    Verb("exchange", f"sesstool exchange --ring RING --jwks FILE [options] {TOKEN}", "another issuer's token for a session, once", [
        Option("subject-prefix", "P", "put before the token's subject: google:, say"),
        Option("take", "NAME", "a claim that the session takes over, repeatable"), *CLAIMS,
        Option("cap-end", "", "the session ends when the token does, at the latest"),
        Option("end", "TIME", "the session ends then at the latest"),
        Option("persistent", "", "the cookie outlives the browser"),
        CONTEXT._replace(text="bind the session to what the client shows, repeatable"), POLICY,
        Option("insecure-exchange-again", "", "ask no store: the token works again and again"),
        *FOREIGN, *WITH_RING],
        ["sesstool exchange --ring ring.jwks --jwks keys.json --nonce n-0S6 \\",
         "  --issuer https://id.example --audience shop --take email idtoken"],
        "The store (default: RING.revocations, made here) keeps what was exchanged."),
    Verb("cookie set", f"sesstool cookie set --ring RING [options] {TOKEN}", "the Set-Cookie lines for a token",
         [POLICY, RING, NOW, JSON, *OPENERS], ["sesstool cookie set --ring ring.jwks token"]),
    Verb("cookie clear", "sesstool cookie clear --ring RING [options]", "the lines that make a browser forget it",
         [POLICY, RING, NOW, JSON, *OPENERS], ["sesstool cookie clear --ring ring.jwks"]),
    Verb("cookie size", f"sesstool cookie size --ring RING [options] {TOKEN}", "which claims cost how many bytes",
         [POLICY, RING, NOW, JSON, *OPENERS], ["sesstool cookie size --ring ring.jwks token"]),
    Verb("cookie get", "sesstool cookie get [options] [FILE|-]", "the token in a pasted Cookie header or request",
         [POLICY._replace(text="the cookie's name"), JSON],
         ["sesstool cookie get header | sesstool verify --ring ring.jwks"],
         "Read as a service reads it, chunks and all; every cookie's size goes to stderr. Needs no ring."),
    Verb("revoke", "sesstool revoke --ring RING [options] WHAT", "log out early, take that back, list what is in force", [
        Option("session", "SID", "one session, through all its renewals"),
        Option("subject", "SUB", "all sessions of a subject that were signed in until now"),
        Option("token", "JTI", "one token, not what it was renewed to"),
        Option("all", "", "everybody who was signed in until now"),
        Option("undo", "ID", "take back what was revoked under this id"),
        Option("list", "", "what is in force"),
        Option("init", "", "make the log of this ring in redis://, once, or after it was lost"), POLICY,
        STORE._replace(text="the store (default: RING.revocations, made here)"), STORE_AUTH,
        RING, NOW, JSON, *OPENERS],
        ["sesstool revoke --ring ring.jwks --subject alice", "sesstool revoke --ring ring.jwks --list",
         "sesstool revoke --ring ring.jwks --store redis://127.0.0.1:6379/0 --init"],
        "Services name the same store in config.revocations."),
    Verb("doctor", "sesstool doctor --ring RING [options]", "is it all set up well, and if not, what mends it", [
        POLICY, Option("store", "URI", "the revocation store that the services use"), STORE_AUTH,
        Option("rate", "N/s", "the highest mint rate that is really seen"), KEY_LIFE,
        Option("strict", "", "risks too make the exit status other than 0"),
        Option("all", "", "also the rules that hold"), RING, NOW, JSON, *OPENERS],
        ["sesstool doctor --ring ring.jwks --policy policy.json",
         "sesstool doctor --ring ring.jwks --strict --json"],
        "Each finding has its rule (OWASP ASVS 5, RFC 8725), why it matters, and the command that mends it. Exit: of the gravest."),
    Verb("bench", f"sesstool bench --ring RING [options] {TOKEN}", "what calls cost on this ring and machine", [
        POLICY, Option("claims", "FILE", "a JSON object of claims (default: a small session)"),
        Option("bytes", "N", "in its place, claims for a payload of about N bytes"),
        Option("seconds", "S", "for the table, and as much for the threads (default 1)"),
        Option("threads", "N", "at most so many at once (default 1; up to 64)"),
        STORE, STORE_AUTH, RING, JSON, *OPENERS],
        ["sesstool bench --ring ring.jwks", "sesstool bench --ring ring.jwks --threads 2 --json"],
        "Verify, mint, renew, refuse: nanoseconds a call, the median of interleaved rounds. Machines are noisy: take the ratios of one "
        "run. A ring that cannot mint needs the TOKEN. Each token minted here counts as its key's work: of a dir key as one of 2^32."),
]

GROUPS = {"key": "the ring of keys and its life", "cookie": "the token as a cookie"}

EXIT = ["0 ok", "2 usage", "3 malformed", "4 unknown, expired or revoked key", "5 authentication failed", "6 time",
        "7 policy, context or revoked", "8 ring file", "9 I/O or store", "10 internal"]

TOPICS = {
    "ring": ("how a ring is opened", [
        "RING is a file of your own, mode 0600, or fd:N, an open descriptor.", "",
        *[(f"--{o.name} {o.meta}".strip(), o.text) for o in OPENERS], "",
        "Secrets come by file or descriptor, or are asked for; never as an argument.", "",
        "Durations: 90s, 15m, 8h, 30d. Times: 2026-12-03T10:00:00Z, or seconds since", "the epoch; always UTC.", "",
        "Examples:", "  sesstool key list --insecure-any-owner ring.jwks",
        "  sesstool mint --ring fd:3 3<ring.jwks"]),
    "foreign": ("tokens of other issuers", [
        *[(f"--{o.name} {o.meta}".strip(), o.text) for o in FOREIGN], "",
        "The signature is judged by libjwt, all else here. Where a nonce is given or", "waived, verify takes an ID token.", "",
        "Example:", "  sesstool verify --pem key.pem --issuer https://id.example --audience shop"]),
    "exit": ("exit statuses", [*EXIT, "", "Example:", "  sesstool verify --ring ring.jwks token || echo \"refused: $?\""]),
}


def verb_names():
    """The first words, in the table's order."""
    return list(dict.fromkeys(v.path.split()[0] for v in VERBS))


def words_of(meta):
    """The words that a value is chosen from, or none."""
    return meta.split("|") if "|" in meta else []


# Taken only to say what to do in its place.
ADVISED = {"key revoke": ["force"], "key prune": ["reason"],
           "key decrypt": ["p2c", "new-passphrase-file", "new-passphrase-fd", "new-kek-file", "new-kek-fd"],
           "cookie get": ["ring", "now", *[o.name for o in OPENERS]]}
