/* SPDX-License-Identifier: MIT */
/*
 * sesstool verify --jwks FILE and --pem FILE: one JWT of another issuer. A manager gives the clock and the leeway; it has a ring
 * because every manager has one, made here, which nothing is minted with.
 */
#include <sess/jansson.h>
#include <stdlib.h>
#include <string.h>

#include "foreign.h"

static int
make_manager(const char *policy_path, int64_t *now, sess_manager **ret)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_policy policy;
	sess_ring *ring = NULL;
	sess_diag diag;
	int rc;

	sess_policy_init(&policy);
	if (policy_path != NULL && (rc = sess_policy_load_file(policy_path, &policy, &diag)) != 0)
		return tool_fail("the policy", rc, &diag);
	spec.token_life_s = policy.idle_timeout_s;
	spec.session_life_s = policy.absolute_timeout_s;
	spec.leeway_s = policy.leeway_s;
	if ((rc = sess_ring_generate(&spec, *now, &ring, &diag)) != 0)
		return tool_fail("making a manager", rc, &diag);
	config.ring = ring;
	config.policy = &policy;
	config.clock = tool_fixed_clock;
	config.clock_arg = now;
	rc = sess_manager_new(&config, ret, &diag);
	sess_ring_free(ring);
	return rc == 0 ? 0 : tool_fail("making a manager", rc, &diag);
}

static void
print_name(const char *label, const char *text)
{
	printf("%-10s", label);
	if (text == NULL)
		printf("(none)");
	else
		tool_print_safe(stdout, text, strlen(text));
	putchar('\n');
}

static void
print_time(const char *label, int64_t t, int64_t now)
{
	if (t >= 0)
		printf("%-10s%s\n", label, tool_when(t, now));
}

static void
print_foreign(sess_foreign *foreign, int64_t now)
{
	const char *claims;
	size_t len = 0;

	printf("%sVERIFIED%s: a token of another issuer\n", tool_green(stdout), tool_plain(stdout));
	print_name("issuer", sess_foreign_issuer(foreign));
	print_name("subject", sess_foreign_subject(foreign));
	printf("key       %s%s%s\n", sess_foreign_kid(foreign), *sess_foreign_kid(foreign) != '\0' ? ", " : "",
	    sess_foreign_alg(foreign));
	print_time("signed in", sess_foreign_auth_time(foreign), now);
	print_time("issued", sess_foreign_issued_at(foreign), now);
	print_time("expires", sess_foreign_expires_at(foreign), now);
	printf("claims    ");
	claims = sess_foreign_claims_json(foreign, &len);
	tool_print_json_text(stdout, claims, len, 0);
	putchar('\n');
}

static int
print_foreign_json(sess_foreign *foreign, int64_t now)
{
	size_t len = 0;
	const char *text = sess_foreign_claims_json(foreign, &len);
	json_t *claims = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

	if (claims == NULL) {
		tool_fold(stderr, "sesstool: out of memory\n");
		return TOOL_EXIT_INTERNAL;
	}
	tool_print_json(json_pack("{s:i, s:b, s:b, s:s, s:s, s:I, s:o}", "schema", TOOL_SCHEMA, "verified", 1, "foreign", 1,
	    "kid", sess_foreign_kid(foreign), "alg", sess_foreign_alg(foreign), "now", (json_int_t)now, "claims", claims));
	return 0;
}

int
verify_foreign(struct tool_foreign *f, const char *policy_path, const char *now_text, int as_json, const struct tool_text *token)
{
	sess_manager *manager = NULL;
	sess_foreign *foreign = NULL;
	sess_diag diag;
	int64_t now = 0;
	int rc, status;

	if ((status = tool_now(now_text, &now)) != 0 || (status = make_manager(policy_path, &now, &manager)) != 0)
		return status;
	rc = sess_foreign_verify(manager, f->keys, token->data, token->len, &f->expect, &foreign, &diag);
	if (rc != 0)
		status = tool_foreign_fail("verifying", rc, &diag, sess_manager_policy(manager), now, as_json);
	else if (as_json)
		status = print_foreign_json(foreign, now);
	else
		print_foreign(foreign, now);
	sess_foreign_free(foreign);
	sess_manager_free(manager);
	return status;
}
