/* SPDX-License-Identifier: MIT */
/* sesstool: how things are said: times in words, failed rules with hints, JSON, colour. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

static int
colours(FILE *out)
{
	const char *no_color = getenv("NO_COLOR");

	return isatty(fileno(out)) && (no_color == NULL || no_color[0] == '\0');
}

const char *
tool_bold(FILE *out)
{
	return colours(out) ? "\033[1m" : "";
}

const char *
tool_red(FILE *out)
{
	return colours(out) ? "\033[1;31m" : "";
}

const char *
tool_green(FILE *out)
{
	return colours(out) ? "\033[1;32m" : "";
}

const char *
tool_plain(FILE *out)
{
	return colours(out) ? "\033[0m" : "";
}

static char *
next_room(void)
{
	static char rooms[4][96];
	static unsigned next;

	return rooms[next++ % 4];
}

const char *
tool_span(int64_t seconds)
{
	static char rooms[4][48];
	static unsigned next;
	char *out = rooms[next++ % 4];
	int64_t s = seconds < 0 ? -seconds : seconds;

	if (s < 120)
		(void)snprintf(out, 48, "%" PRId64 "s", s);
	else if (s < 7200)
		(void)snprintf(out, 48, "%" PRId64 "m", s / 60);
	else if (s < 172800)
		(void)snprintf(out, 48, s / 60 % 60 == 0 ? "%" PRId64 "h" : "%" PRId64 "h %" PRId64 "m", s / 3600, s / 60 % 60);
	else
		(void)snprintf(out, 48, "%" PRId64 "d", s / 86400);
	return out;
}

const char *
tool_stamp(int64_t t)
{
	char *out = next_room();
	time_t clock = (time_t)t;
	struct tm tm;

	if (gmtime_r(&clock, &tm) == NULL || strftime(out, 96, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(out, 96, "%" PRId64, t);
	return out;
}

const char *
tool_when(int64_t t, int64_t now)
{
	const char *stamp = tool_stamp(t);
	char *out = next_room();

	if (t == now)
		(void)snprintf(out, 96, "%s (now)", stamp);
	else
		(void)snprintf(out, 96, t > now ? "%s (in %s)" : "%s (%s ago)", stamp, tool_span(t - now));
	return out;
}

void
tool_print_json(json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	if (text != NULL) {
		tool_print_json_text(stdout, text, strlen(text), 0);
		putchar('\n');
		explicit_bzero(text, strlen(text));
	}
	free(text);
	json_decref(object);
}

/* Where a claim that is the library's own comes from. */
static const char *
hint_for_claim(const char *name)
{
	static const struct {
		const char *name, *hint;
	} own[] = {
		{ "sub", "--sub names the subject" },
		{ "iss", "issuer and audience are the policy's: --policy FILE" },
		{ "aud", "issuer and audience are the policy's: --policy FILE" },
		{ "exp", "how long it lives is the policy's: --policy FILE; --end TIME ends the session earlier" },
		{ "end", "--end TIME ends the session" },
		{ "nbf", "--not-before TIME says from when it is valid" },
		{ "ctx", "--context NAME=VALUE binds the session" },
		{ "per", "--persistent makes the cookie outlive the browser" },
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strcmp(own[i].name, name) == 0)
			return own[i].hint;
	}
	return NULL;
}

/* What to do next where the message does not say it. */
static const char *
hint_for_code(int code, const char *member)
{
	switch (code) {
	case SESS_ERR_CLAIMS:
		return hint_for_claim(member);
	case SESS_ERR_IO:
		return "check the path, and who may read and write there; `sesstool key new RING` makes a ring";
	case SESS_ERR_POLICY:
		return "sess_policy(3) has the members of a policy, their ranges and defaults";
	case SESS_ERR_TOKEN_SIZE:
		return "`sesstool cookie size` shows of a smaller token which claim costs how much; max_token_bytes is the policy's";
	case SESS_ERR_RING_FORMAT:
	case SESS_ERR_RING_KEY:
		return "is this the ring? If it is, put back a copy of it: a good one is wherever it was last rotated";
	case SESS_ERR_EXISTS:
		return "choose another name, or move the old ring away: without it every token under it is refused";
	case SESS_ERR_RING_FILE:
		return "a ring is your own regular file of mode 0600; a mounted secret is read as fd:N, or with --insecure-any-owner";
	case SESS_ERR_RING_LIFETIME:
		return "shorten the policy's lifetimes, or make the ring with `key new --idle --absolute --leeway`";
	case SESS_ERR_RING_ROLLBACK:
		return "find out who put an older copy there; the newest one is where the ring was last rotated";
	case SESS_ERR_RING_ENCRYPTED:
		return "--passphrase-file or --kek-file names what opens it; on a terminal the passphrase is asked for";
	case SESS_ERR_RING_STATE:
		return "`sesstool key list RING` shows what each key does now and next";
	case SESS_ERR_BUSY:
		return "see who holds it: `fuser RING.sess-lock`";
	case SESS_ERR_RING_NO_KEY:
		return "`sesstool key list RING` shows what each key may do";
	case SESS_ERR_JWK:
		return "give one JSON Web Key of the kind that the token's alg needs";
	default:
		return NULL;
	}
}

int
tool_fail(const char *doing, int code, const sess_diag *diag)
{
	tool_say(stderr, "sesstool: %s: %s%s%s%s%s%s\n", doing, diag->kid[0] != '\0' ? "key " : "", diag->kid,
	    diag->kid[0] != '\0' ? ": " : "", diag->member, diag->member[0] != '\0' ? ": " : "",
	    diag->message[0] != '\0' ? diag->message : sess_error_sentence(code));
	if (hint_for_code(code, diag->member) != NULL)
		tool_say(stderr, "  hint      %s\n", hint_for_code(code, diag->member));
	return sess_exit_status(code, diag->reasons);
}

/* What to do next, by reason. */
static const struct {
	uint32_t reason;
	const char *hint;
} hints[] = {
	{ SESS_REASON_MALFORMED, "copy the whole cookie value, without quotes; `sesstool inspect` shows its parts" },
	{ SESS_REASON_OVERSIZE, "is this the token? If it is, its issuer allows more than this policy: see max_token_bytes" },
	{ SESS_REASON_WRONG_FORM, "the ring and the token do not belong together: `sesstool inspect` names the token's form, "
				  "`sesstool key list` the ring's" },
	{ SESS_REASON_UNKNOWN_KEY, "compare the kid that `sesstool inspect` shows with `sesstool key list`: an old copy of the "
				   "ring, or another environment's token?" },
	{ SESS_REASON_EXPIRED_KEY, "the user signs in again; if it is too early for that, check this machine's clock" },
	{ SESS_REASON_REVOKED_KEY, "the user signs in again; nothing minted with this key counts any more" },
	{ SESS_REASON_BAD_TAG, "changed on its way (truncated? a cookie of another site?), forged, or two rings share a kid" },
	{ SESS_REASON_BAD_SIGNATURE, "changed on its way, forged, or two rings share a kid" },
	{ SESS_REASON_BAD_PAYLOAD, "whoever minted this holds the keys but not the format: which program was it?" },
	{ SESS_REASON_WRONG_TYPE, "a token made for another purpose; use the policy that it was minted under" },
	{ SESS_REASON_WRONG_ISSUER, "use the policy of the service that minted it" },
	{ SESS_REASON_WRONG_AUDIENCE, "the token is for another service; use that service's policy" },
	{ SESS_REASON_NOT_YET, "compare the clocks of this machine and of the one that minted it" },
	{ SESS_REASON_IDLE_EXPIRED, "the user signs in again; a longer idle timeout is a matter of policy and ring" },
	{ SESS_REASON_TORN_COOKIE, "two responses crossed each other: clear the cookies of this name, and have the user sign in" },
	{ SESS_REASON_ABSOLUTE_EXPIRED, "the user signs in again; no renewal passes this limit" },
	{ SESS_REASON_REVOKED, "the user signs in again; `sesstool revoke --list` shows what is in force, and --undo takes it back" },
	{ SESS_REASON_STORE_UNAVAILABLE, "every token is refused until the store vouches for its list; see what it lacks above" },
	{ SESS_REASON_CONTEXT_MISMATCH, "give what the client shows with --context; if it is right, the cookie is in other hands" },
};

static const char *
hint_for(const sess_finding *f)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		if (hints[i].reason == f->reason)
			return hints[i].hint;
	}
	return "see the documentation of the reason";
}

static void
print_finding(const sess_finding *f, tool_hint_fn *hint)
{
	int is_time = f->unit == SESS_UNIT_TIME;

	tool_say(stderr, "  %s%s%s: %s\n", tool_bold(stderr), sess_reason_name(f->reason), tool_plain(stderr),
	    sess_reason_sentence(f->reason));
	fprintf(stderr, "    rule      step %d", sess_reason_step(f->reason));
	fprintf(stderr, f->member[0] != '\0' ? ", %s\n" : "\n", f->member);
	if (is_time) {
		fprintf(stderr, "    limit     %s\n", tool_stamp(f->expected));
		tool_say(stderr, "    clock     %s, %s %s it\n", tool_stamp(f->got), tool_span(f->got - f->expected),
		    f->got >= f->expected ? "after" : "before");
	} else if (f->unit != SESS_UNIT_NONE) {
		fprintf(stderr, "    expected  at most %" PRId64 " bytes\n", f->expected);
		fprintf(stderr, "    got       %" PRId64 " bytes\n", f->got);
	} else {
		fputs("    expected  ", stderr);
		tool_print_safe(stderr, f->expected_text, strlen(f->expected_text));
		fputc('\n', stderr);
		tool_say(stderr, "    got       %s\n", f->got_text);
	}
	tool_say(stderr, "    hint      %s\n", hint(f));
}

static json_t *
finding_json(const sess_finding *f, tool_hint_fn *hint)
{
	json_t *o = json_pack("{s:s, s:i, s:s, s:s}", "reason", sess_reason_name(f->reason), "step",
	    sess_reason_step(f->reason), "sentence", sess_reason_sentence(f->reason), "hint", hint(f));

	if (f->member[0] != '\0')
		json_object_set_new(o, "member", json_string(f->member));
	if (f->unit != SESS_UNIT_NONE) {
		json_object_set_new(o, "unit", json_string(f->unit == SESS_UNIT_TIME ? "time" : "bytes"));
		json_object_set_new(o, "expected", json_integer(f->expected));
		json_object_set_new(o, "got", json_integer(f->got));
	} else {
		json_object_set_new(o, "expected", json_string(f->expected_text));
		json_object_set_new(o, "got", json_string(f->got_text));
	}
	return o;
}

static json_t *
refusal_json(const sess_diag *diag, int64_t now, int status, tool_hint_fn *hint)
{
	json_t *findings = json_array();

	for (size_t i = 0; i < diag->findings_count; i++)
		json_array_append_new(findings, finding_json(&diag->findings[i], hint));
	return json_pack("{s:i, s:b, s:i, s:s*, s:I, s:o}", "schema", TOOL_SCHEMA, "verified", 0, "exit_status", status,
	    "kid", diag->kid[0] != '\0' ? diag->kid : NULL, "now", (json_int_t)now, "findings", findings);
}

int
tool_refuse_hinted(const sess_diag *diag, const sess_policy *policy, int64_t now, int as_json, tool_hint_fn *hint)
{
	int status = sess_exit_status(diag->code, diag->reasons);
	int by_time = 0;

	if (as_json) {
		tool_print_json(refusal_json(diag, now, status, hint));
		return status;
	}
	tool_say(stderr, "%sREFUSED%s: %s\n", tool_red(stderr), tool_plain(stderr), diag->message);
	if (diag->kid[0] != '\0')
		fprintf(stderr, "  key       %s\n", diag->kid);
	for (size_t i = 0; i < diag->findings_count; i++) {
		print_finding(&diag->findings[i], hint);
		by_time |= diag->findings[i].unit == SESS_UNIT_TIME;
	}
	if (by_time && policy != NULL)
		tool_say(stderr, "  clock     %s, leeway %s\n", tool_stamp(now), tool_span(policy->leeway_s));
	tool_say(stderr, "sesstool: refused by %s, exit %d\n", sess_reason_name(sess_reason_first(diag->reasons)), status);
	return status;
}

json_t *
tool_refusal_json(const sess_diag *diag, int64_t now, int status)
{
	return refusal_json(diag, now, status, hint_for);
}

int
tool_refuse(const sess_diag *diag, const sess_policy *policy, int64_t now, int as_json)
{
	return tool_refuse_hinted(diag, policy, now, as_json, hint_for);
}
