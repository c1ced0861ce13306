/* SPDX-License-Identifier: MIT */
/* sesstool: finding the verb. Knows nothing of what the verbs do. */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static const char help_text[] =
    "sesstool: issue, inspect, verify and explain session tokens\n"
    "\n"
    "  sesstool key new [options] RING          make a ring of keys\n"
    "  sesstool key list RING                   what each key does, now and next\n"
    "  sesstool key rotate|revoke|prune|export|encrypt|decrypt   its life; `sesstool help key`\n"
    "  sesstool mint --ring RING [options]      a token, on stdout\n"
    "  sesstool inspect [TOKEN|FILE|-]          what it is and says of itself, without a key\n"
    "  sesstool verify --ring RING [TOKEN|FILE|-]   is it good, and if not, why not\n"
    "  sesstool verify --raw --jwk FILE [TOKEN|FILE|-]   one JWS or JWE with one JWK; payload on stdout\n"
    "  sesstool cookie set|clear|size|get      the token as a cookie, and out of one; `sesstool help cookie`\n"
    "  sesstool renew --ring RING [TOKEN|FILE|-]    the next token of the same session\n"
    "  sesstool revoke --ring RING --session SID|--subject SUB|--token JTI|--all   log out early; --undo, --list\n"
    "  sesstool bench --ring RING [options]     what calls cost on this ring and machine\n"
    "  sesstool help VERB                       the options of a verb\n"
    "\n"
    "A token comes from stdin, a file, or a pasted Cookie header. On the command line it works too, with a warning:\n"
    "other users and the shell's history can see it.\n"
    "\n"
    "  sesstool key new ring.jwks\n"
    "  sesstool mint --ring ring.jwks --sub alice --claim role=admin >token\n"
    "  sesstool verify --ring ring.jwks token\n"
    "\n"
    "Exit: 0 ok, 2 usage, 3 malformed, 4 unknown, expired or revoked key, 5 authentication failed, 6 time,\n"
    "7 policy, context or revoked, 8 ring file, 9 I/O, 10 internal.\n";

#define RING_HELP \
	"  --passphrase-file F  --passphrase-fd N    what opens an encrypted ring; else it is asked for on a terminal\n" \
	"  --kek-file F  --kek-fd N          the same by a key-encryption key: 32 bytes, or a JWK\n" \
	"  --insecure-any-owner              a mounted secret: follow links, accept mode 0440 and any owner\n" \
	"  RING may be fd:N, an open descriptor, where it is only read.\n"

static const char key_help[] =
    "sesstool key new [options] RING     RING must not exist yet; it is written with mode 0600\n"
    "  --form nested|sealed|signed       signed and encrypted (default), encrypted, signed\n"
    "  --alg HS256|ES256|EdDSA           signature (default HS256)\n"
    "  --kw dir|A256KW                   key management (default: dir, or A256KW where the rate asks for it)\n"
    "  --enc A256GCM|A256CBC-HS512       encryption (default A256GCM)\n"
    "  --idle D  --absolute D            longest idle and absolute timeout (default 1h, 12h)\n"
    "  --leeway D                        greatest tolerance for skewed clocks (default 30s)\n"
    "  --rate N/s                        highest mint rate (default 10/s; also /m /h /d)\n"
    "  --key-life D                      how long one key is meant to mint (default 90d)\n"
    "  --passphrase-file F, --kek-file F, ...-fd N   encrypted from the start: it never lies in plain text\n"
    "  --now TIME  --json\n"
    "sesstool key list [--rate N/s] RING       what each key does now and next; days until a dir key is spent\n"
    "sesstool key rotate [options] RING        append keys that mint soon, and set the end of those before them\n"
    "  --if-due                          only where it is time: a line for cron or a timer; else exit 0, no change\n"
    "  --activate-in D                   until the new key mints: time for the file to reach every node (default 1h)\n"
    "  --use sig|enc                     one of them alone (default: both)\n"
    "  --alg A  --kw K  --enc E          the new key's algorithms (default: as before)\n"
    "  --key-life D  --rate N/s          what is due, and the mint rate that the ring is meant for\n"
    "sesstool key revoke [--reason TEXT] RING KID    refuse its tokens; a minting key gets a successor at once\n"
    "sesstool key prune [--force] RING [KID]   remove keys that no valid token needs; --force: KID before its time\n"
    "sesstool key export --verify-only [-o FILE] RING   a ring that verifies and cannot mint\n"
    "sesstool key export --jwks [-o FILE] RING          public keys alone, for other libraries\n"
    "sesstool key encrypt [--p2c N] RING       an encrypted JWK Set (PBES2-HS512+A256KW, or A256KW) in its place\n"
    "  --new-passphrase-file F ...-fd N, --new-kek-file F ...-fd N   where the ring is encrypted already: a change\n"
    "sesstool key decrypt RING                 plain text again\n"
    "  rotate, revoke and prune take --dry-run, --json and --now TIME; all take:\n"
    RING_HELP
    "  Durations: 90s, 15m, 8h, 30d. Times: 2026-12-03T10:00:00Z or seconds since the epoch.\n";

static const char mint_help[] =
    "sesstool mint --ring RING [options]\n"
    "  --policy FILE          issuer, audience, lifetimes\n"
    "  --sub S                the subject\n"
    "  --claims FILE|-        a JSON object of claims\n"
    "  --claim NAME=VALUE     one more claim, repeatable; VALUE is JSON, or else a string\n"
    "  --not-before TIME      not valid before\n"
    "  --end TIME             the session ends then at the latest\n"
    "  --context NAME=VALUE   bind the session to what the client shows, repeatable: ua, tls, dpop, net, ...\n"
    "  --persistent           the cookie outlives the browser\n"
    "  --now TIME  --json\n"
    "  echo '{\"role\":\"admin\"}' | sesstool mint --ring ring.jwks --sub alice --claims -\n";

static const char inspect_help[] =
    "sesstool inspect [--now TIME] [--json] [TOKEN|FILE|-]\n"
    "  What it is: a session of ours, a JWT or JWE of another issuer, a PASETO, a signed cookie, an opaque id; its header,\n"
    "  sizes and, of a signed one, its claims; and what would open it. Needs no key, and verifies nothing.\n";

static const char verify_help[] =
    "sesstool verify --ring RING [--policy FILE] [--context NAME=VALUE]... [--now TIME] [--json] [TOKEN|FILE|-]\n"
    "  The session when the token is good; else every rule that failed, with expected, got and a hint.\n"
    "  The line of its clocks: [ started, r renewed, * now, i idle end, ] hard end.\n"
    "sesstool verify --raw --jwk FILE [TOKEN|FILE|-]\n"
    "  One compact JWS or JWE with one JSON Web Key; the payload's bytes on stdout.\n";

static const char renew_help[] =
    "sesstool renew --ring RING [options] [TOKEN|FILE|-]\n"
    "  Verifies a token and mints the next one of its session: same session and sign-in, new deadline, newest keys.\n"
    "  --policy FILE          issuer, audience, lifetimes\n"
    "  --claims FILE|-  --claim NAME=VALUE   these in the place of all claims of the token (default: they stay)\n"
    "  --context NAME=VALUE   what the client shows, repeatable\n"
    "  --regenerate           another session id for the same sign-in, as for a change of privilege\n"
    "  --now TIME  --json\n";

static const char cookie_help[] =
    "sesstool cookie set --ring RING [--policy FILE] [TOKEN|FILE|-]    the Set-Cookie lines for a token\n"
    "sesstool cookie clear --ring RING [--policy FILE]                 the lines that make a browser forget it\n"
    "sesstool cookie size --ring RING [--policy FILE] [TOKEN|FILE|-]   which claims cost how many bytes\n"
    "sesstool cookie get [--policy FILE] [FILE|-]    the token in a pasted Cookie header or request, on stdout;\n"
    "  read as a service reads it, chunks and all, and every cookie's size. Needs no ring.\n"
    "  All take --json; those with a ring --now TIME and:\n"
    RING_HELP
    "  sesstool cookie get header | sesstool verify --ring ring.jwks\n";

static const char revoke_help[] =
    "sesstool revoke --ring RING [--policy FILE] [--store URI] what\n"
    "  --session SID          one session, through all its renewals\n"
    "  --subject SUB          all sessions of a subject that were signed in until now\n"
    "  --token JTI            one token, not what it was renewed to\n"
    "  --all                  everybody who was signed in until now\n"
    "  --undo ID              take back what was revoked under this id\n"
    "  --list                 what is in force\n"
    "  --store lmdb:PATH      the store; default: the folder RING.revocations, which is made here, and which verify,\n"
    "                         mint and renew go by where it is there. Services name it in config.revocations.\n"
    "  --now TIME  --json\n"
    RING_HELP;

static const char bench_help[] =
    "sesstool bench --ring RING [options] [TOKEN|FILE|-]\n"
    "  Verify (and read the subject; or make the jansson document), mint, renew, and refuse a changed token, an expired\n"
    "  one and junk: nanoseconds a call, the median of interleaved rounds; then verify by 1, 2, 4 ... threads.\n"
    "  Take the ratios of one run: machines are noisy.\n"
    "  --policy FILE          issuer, audience, lifetimes, the greatest token\n"
    "  --claims FILE|-        a JSON object of claims (default: a small session)\n"
    "  --bytes N              in its place, claims that make a payload of about N bytes\n"
    "  --seconds S            for the table, and as much for the threads (default 1; 0.05 to 60)\n"
    "  --threads N            at most so many at once (default 1; up to 64)\n"
    "  --store lmdb:PATH      the revocation store; default: the folder RING.revocations, where it is there\n"
    "  --json\n"
    RING_HELP
    "  A ring that cannot mint needs the TOKEN; mint and renew are then left out. A given token is not minted anew.\n"
    "  Each token minted here is thrown away, and counts as its key's work: of a dir key as one of 2^32.\n";

struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
};

static const struct verb verbs[] = {
	{ "key", verb_key, key_help },
	{ "mint", verb_mint, mint_help },
	{ "inspect", verb_inspect, inspect_help },
	{ "verify", verb_verify, verify_help },
	{ "renew", verb_renew, renew_help },
	{ "cookie", verb_cookie, cookie_help },
	{ "revoke", verb_revoke, revoke_help },
	{ "bench", verb_bench, bench_help },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

static int
unknown_verb(const char *name)
{
	static const char *const names[] = { "key", "mint", "inspect", "verify", "renew", "cookie", "revoke", "bench", "help", NULL };
	const char *close = tool_closest(name, names);

	if (close != NULL)
		return tool_usage("there is no verb of this name; did you mean `sesstool %s`?", close);
	return tool_usage("there is no verb of this name; `sesstool help` lists them");
}

static int
help(const char *name)
{
	const struct verb *verb = name == NULL ? NULL : find_verb(name);

	if (name != NULL && verb == NULL)
		return unknown_verb(name);
	fputs(verb == NULL ? help_text : verb->help, stdout);
	return 0;
}

static int
wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return 1;
	}
	return 0;
}

static int
run(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2) {
		fputs(help_text, stderr);
		return TOOL_EXIT_USAGE;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help(argc > 2 ? argv[2] : NULL);
	if (strcmp(argv[1], "--version") == 0) {
		puts("sesstool " SESSTOOL_VERSION);
		return 0;
	}
	if ((verb = find_verb(argv[1])) == NULL)
		return unknown_verb(argv[1]);
	if (wants_help(argc - 1, argv + 1))
		return help(verb->name);
	return verb->run(argc - 1, argv + 1);
}

int
main(int argc, char **argv)
{
	int status = run(argc, argv);

	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("sesstool: stdout could not be written\n", stderr);
		return status == 0 ? TOOL_EXIT_IO : status;
	}
	return status;
}
