/* SPDX-License-Identifier: MIT */
/* sesstool verify: the session, or every rule that failed; with --raw, one JWS or JWE with one JWK; else, a foreign token. */
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "foreign.h"

struct verify_args {
	struct tool_ring ring;
	const char *policy, *jwk, *now;
	struct tool_context context;
	struct tool_foreign foreign;
	int raw, batch, as_json;
};

static void
print_context(sess_session *s)
{
	json_t *found = tool_context_json(s), *state;
	const char *name, *lead = "context   ";

	json_object_foreach(found, name, state) {
		printf("%s%s %s", lead, name, json_string_value(state));
		lead = ", ";
	}
	if (json_object_size(found) > 0)
		putchar('\n');
	json_decref(found);
}

static void
print_renewal(sess_session *s)
{
	printf("renewal   %s%s\n", sess_session_is_last(s) ? "none: this token lasts to the hard end" :
	    sess_session_wants_renewal(s) ? "wanted: `sesstool renew`" : "not wanted yet",
	    sess_session_is_persistent(s) ? "; the cookie is persistent" : "");
}

static void
print_session(sess_session *s, int64_t now)
{
	const char *subject = sess_session_subject(s);
	const char *text;
	size_t len = 0;

	printf("%sVERIFIED%s\n", tool_green(stdout), tool_plain(stdout));
	tool_print_clocks(s, now);
	printf("subject   ");
	if (subject == NULL)
		printf("(none)");
	else
		tool_print_safe(stdout, subject, strlen(subject));
	putchar('\n');
	tool_say(stdout, "session   %s, renewed %lld times\n", sess_session_id(s), (long long)sess_session_renewals(s));
	printf("key       %s\n", sess_session_kid(s));
	tool_say(stdout, "started   %s\n", tool_when(sess_session_auth_time(s), now));
	tool_say(stdout, "issued    %s\n", tool_when(sess_session_issued_at(s), now));
	tool_say(stdout, "idle end  %s\n", tool_when(sess_session_idle_deadline(s), now));
	tool_say(stdout, "hard end  %s\n", tool_when(sess_session_absolute_deadline(s), now));
	print_renewal(s);
	print_context(s);
	printf("claims    ");
	text = sess_session_claims_json(s, &len);
	tool_print_json_text(stdout, text, len, 0);
	putchar('\n');
}

static int
print_session_json(sess_session *s, int64_t now)
{
	json_t *object = NULL;
	int status = tool_session_json(s, now, &object);

	if (status == 0)
		tool_print_json(object);
	return status;
}

static int
verify_batch(struct verify_args *a, const char *path)
{
	sess_verify_opts opts = SESS_VERIFY_OPTS_INIT;
	struct batch batch = { .opts = &opts };
	int status;

	opts.context = a->context.item;
	opts.context_count = a->context.count;
	if ((status = tool_now(a->now, &batch.now)) == 0 &&
	    (status = tool_manager(&a->ring, a->policy, &batch.now, &batch.manager)) == 0)
		status = batch_verify(&batch, path);
	sess_manager_free(batch.manager);
	return status;
}

static int
verify_session(struct verify_args *a, const struct tool_text *token)
{
	sess_verify_opts opts = SESS_VERIFY_OPTS_INIT;
	sess_manager *manager = NULL;
	sess_session *session = NULL;
	sess_diag diag;
	int64_t now;
	int rc, status;

	opts.context = a->context.item;
	opts.context_count = a->context.count;
	if ((status = tool_now(a->now, &now)) != 0 || (status = tool_manager(&a->ring, a->policy, &now, &manager)) != 0)
		return status;
	rc = sess_verify(manager, token->data, token->len, &opts, &session, &diag);
	if (rc == SESS_ERR_REJECTED)
		status = tool_refuse(&diag, sess_manager_policy(manager), now, a->as_json);
	else if (rc != 0)
		status = tool_fail("verifying", rc, &diag);
	else if (a->as_json)
		status = print_session_json(session, now);
	else
		print_session(session, now);
	sess_session_free(session);
	sess_manager_free(manager);
	return status;
}

/* The bytes alone, but nothing that a terminal would obey. */
static void
print_payload(const uint8_t *payload, size_t len)
{
	if (!isatty(STDOUT_FILENO)) {
		(void)fwrite(payload, 1, len, stdout);
		return;
	}
	tool_print_safe(stdout, (const char *)payload, len);
	putchar('\n');
}

static int
verify_raw(const struct verify_args *a, const struct tool_text *token)
{
	struct tool_text jwk = { NULL, 0 };
	uint8_t *payload = NULL;
	size_t len = 0;
	sess_diag diag;
	int rc, status;

	if ((status = tool_read(a->jwk, "the JWK", &jwk)) != 0)
		return status;
	rc = sess_raw_open(jwk.data, jwk.len, token->data, token->len, &payload, &len, &diag);
	if (rc == SESS_ERR_REJECTED)
		status = tool_refuse(&diag, NULL, 0, 0);
	else if (rc != 0)
		status = tool_fail("opening the token", rc, &diag);
	else
		print_payload(payload, len);
	sess_raw_free(payload, len);
	tool_text_done(&jwk);
	return status;
}

static int
check_args(const struct verify_args *a, int operands)
{
	if (operands > 1)
		return tool_usage("verify takes one token");
	if (a->raw && a->batch)
		return tool_usage("--batch verifies sessions: give --ring RING, and leave out --raw");
	if (a->raw && (a->jwk == NULL || a->ring.path != NULL || a->policy != NULL || a->as_json || a->now != NULL ||
	    a->ring.store != NULL || a->context.count > 0 || tool_foreign_is_given(&a->foreign)))
		return tool_usage("--raw goes with --jwk FILE, and with nothing but a token");
	if (!a->raw && a->jwk != NULL)
		return tool_usage("--jwk goes with --raw; a session is verified with --ring RING");
	if (a->foreign.jwks != NULL || a->foreign.pem != NULL)
		return a->ring.path != NULL || a->ring.store != NULL || a->context.count > 0 || a->batch ?
		    tool_usage("--ring, --store, --context and --batch are for our own tokens, --jwks and --pem for another issuer's") : 0;
	if (!a->raw && tool_foreign_is_given(&a->foreign))
		return tool_usage("what a token of another issuer must be goes with its keys: --jwks FILE or --pem FILE");
	if (!a->raw && a->ring.path == NULL)
		return tool_usage("--ring is missing; `sesstool key new RING` makes one");
	return 0;
}

/* What has a nonce, or waives it, is an ID token. */
static int
verify_other(struct verify_args *a, const struct tool_text *token)
{
	int status = tool_foreign_begin(&a->foreign, a->foreign.expect.nonce != NULL || a->foreign.expect.waive_nonce);

	return status != 0 ? status : verify_foreign(&a->foreign, a->policy, a->now, a->as_json, token);
}

static int
verify_token(struct verify_args *a, const struct tool_text *token)
{
	if (a->raw)
		return verify_raw(a, token);
	return a->foreign.jwks != NULL || a->foreign.pem != NULL ? verify_other(a, token) : verify_session(a, token);
}

int
verb_verify(int argc, char **argv)
{
	static const struct option options[] = { { "ring", 1, NULL, 'r' }, { "policy", 1, NULL, 'p' },
		{ "jwk", 1, NULL, 'k' }, { "store", 1, NULL, 's' }, TOOL_STORE_AUTH,
		{ "raw", 0, NULL, 'w' }, { "batch", 0, NULL, 'b' }, { "context", 1, NULL, 'x' }, { "now", 1, NULL, 'n' },
		{ "json", 0, NULL, 'j' }, TOOL_RING_OPTIONS, TOOL_FOREIGN_OPTIONS, { NULL, 0, NULL, 0 } };
	struct verify_args a = { .ring = TOOL_RING_NONE, .foreign = TOOL_FOREIGN_NONE };
	struct tool_text token = { NULL, 0 };
	int c, status = 0;

	while (status == 0 && (c = tool_option(argc, argv, options)) != -1) {
		switch (c) {
		case 'r': a.ring.path = optarg; break;
		case 'p': a.policy = optarg; break;
		case 's': a.ring.store = optarg; break;
		case 'k': a.jwk = optarg; break;
		case 'w': a.raw = 1; break;
		case 'b': a.batch = 1; break;
		case 'x': status = tool_context_add(&a.context, optarg); break;
		case 'n': a.now = optarg; break;
		case 'j': a.as_json = 1; break;
		default:
			if (!tool_foreign_option(&a.foreign, c, optarg, &status) &&
			    !tool_ring_option(&a.ring, c, optarg, &status))
				return tool_see("verify");
		}
	}
	if (status != 0 || (status = check_args(&a, argc - optind)) != 0)
		return status;
	if (a.batch)
		status = verify_batch(&a, argv[optind]);
	else if ((status = tool_read_token(argv[optind], &token)) == 0)
		status = verify_token(&a, &token);
	tool_text_done(&token);
	tool_foreign_done(&a.foreign);
	tool_ring_done(&a.ring);
	return status;
}
