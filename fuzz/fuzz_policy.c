/* SPDX-License-Identifier: MIT */
/*
 * A policy file. A finding means a crash; a policy in force that a check of it refuses, or whose lifetimes, names or modes are not
 * those that stand in the file as jansson reads it (so that sessions live longer than an operator wrote); or one that no manager
 * takes, though it was accepted.
 */
#include <jansson.h>
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int holds)
{
	if (!holds)
		abort();
}

static void
check_number(const json_t *doc, const char *name, int64_t value, int64_t otherwise)
{
	const json_t *member = json_object_get(doc, name);

	must(member == NULL ? value == otherwise : json_is_integer(member) && json_integer_value(member) == value);
}

static void
check_text(const json_t *doc, const char *name, const char *value, const char *otherwise)
{
	const json_t *member = json_object_get(doc, name);

	must(member == NULL ? strcmp(value, otherwise) == 0 :
	    json_is_string(member) && json_string_length(member) == strlen(value) && strcmp(json_string_value(member), value) == 0);
}

static void
check_context(const json_t *modes, const sess_policy *p)
{
	static const char *const names[] = { "off", "report", "enforce" };
	static const int values[] = { SESS_CONTEXT_MODE_OFF, SESS_CONTEXT_MODE_REPORT, SESS_CONTEXT_MODE_ENFORCE };

	must((size_t)p->context_count == json_object_size(modes));
	for (int i = 0; i < p->context_count; i++) {
		const char *mode = json_string_value(json_object_get(modes, p->context[i].name));
		int found = 0;

		for (size_t k = 0; mode != NULL && k < 3; k++)
			found |= strcmp(mode, names[k]) == 0 && p->context[i].mode == values[k];
		must(found);
	}
}

static void
check(const json_t *doc, const sess_policy *p)
{
	sess_policy d;

	sess_policy_init(&d);
	check_number(doc, "idle_timeout_s", p->idle_timeout_s, d.idle_timeout_s);
	check_number(doc, "absolute_timeout_s", p->absolute_timeout_s, d.absolute_timeout_s);
	check_number(doc, "leeway_s", p->leeway_s, d.leeway_s);
	check_number(doc, "renew_after_percent", p->renew_after_percent, d.renew_after_percent);
	check_number(doc, "max_token_bytes", p->max_token_bytes, d.max_token_bytes);
	check_number(doc, "max_depth", p->max_depth, d.max_depth);
	check_number(doc, "max_members", p->max_members, d.max_members);
	check_number(doc, "revocations_max", p->revocations_max, d.revocations_max);
	check_number(doc, "watch_window_s", p->watch_window_s, d.watch_window_s);
	check_number(doc, "watch_slots", p->watch_slots, d.watch_slots);
	check_text(doc, "issuer", p->issuer, d.issuer);
	check_text(doc, "audience", p->audience, d.audience);
	check_text(doc, "typ", p->typ, d.typ);
	check_context(json_object_get(doc, "context"), p);
	must(p->idle_timeout_s >= 1 && p->idle_timeout_s <= p->absolute_timeout_s && p->leeway_s >= 0 && p->leeway_s <= 600);
	must(p->any_audience == 0);
}

/* Refused for the lifetimes that the ring was not made for, and for nothing else; then what it mints it verifies. */
static void
work_under(const sess_policy *policy)
{
	static sess_ring *ring;
	sess_config config = SESS_CONFIG_INIT;
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_session *session = NULL;
	sess_manager *manager = NULL;
	char *token = NULL;
	size_t n = 0;
	int rc;

	spec.form = SESS_FORM_SIGNED;
	if (ring == NULL)
		must(sess_ring_generate(&spec, 1, &ring, NULL) == 0);
	config.ring = ring;
	config.policy = policy;
	rc = sess_manager_new(&config, &manager, NULL);
	must(rc == 0 || rc == SESS_ERR_RING_LIFETIME);
	if (rc != 0)
		return;
	rc = sess_mint(manager, "anna", NULL, 0, NULL, &token, &n, NULL);
	must(rc == 0 || rc == SESS_ERR_TOKEN_SIZE || rc == SESS_ERR_CLAIMS);
	if (rc == 0)
		must(sess_verify(manager, token, n, NULL, &session, NULL) == 0);
	sess_session_free(session);
	sess_token_free(token);
	sess_manager_free(manager);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sess_policy policy, untouched;
	sess_diag diag;
	json_t *doc;
	int rc;

	memset(&policy, 0x5a, sizeof(policy));
	untouched = policy;
	rc = sess_policy_parse((const char *)data, size, &policy, &diag);
	must(diag.code == rc && (rc == 0 || rc == SESS_ERR_POLICY));
	if (rc != 0) {
		must(memcmp(&policy, &untouched, sizeof(policy)) == 0 && diag.message[0] != '\0');
		return 0;
	}
	doc = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	must(json_is_object(doc) && sess_policy_check(&policy, &diag) == 0);
	check(doc, &policy);
	work_under(&policy);
	json_decref(doc);
	return 0;
}
