/* SPDX-License-Identifier: MIT */
/* L4: reading and checking the modes of context names. What a mode does is said in context.c and verify_context.c. */
#include "token/policy_context.h"

#include <string.h>

#include "base/diag.h"
#include "token/context.h"

static int
check_one(const sess_policy *policy, int32_t i, sess_diag *diag)
{
	const sess_policy_context *c = &policy->context[i];

	if (!context_is_name(c->name, strnlen(c->name, sizeof(c->name))))
		return diag_error_at(diag, SESS_ERR_POLICY, NULL, "context",
		    "each name in context must be 1 to %d characters of [a-z0-9_-]", SESS_CONTEXT_NAME_MAX);
	if (c->mode < SESS_CONTEXT_MODE_OFF || c->mode > SESS_CONTEXT_MODE_ENFORCE)
		return diag_error_at(diag, SESS_ERR_POLICY, NULL, c->name, "the mode of context %s must be off, report or enforce",
		    c->name);
	for (int32_t j = 0; j < i; j++) {
		if (strcmp(policy->context[j].name, c->name) == 0)
			return diag_error_at(diag, SESS_ERR_POLICY, NULL, c->name, "context names %s twice", c->name);
	}
	return 0;
}

int
policy_check_context(const sess_policy *policy, sess_diag *diag)
{
	int rc;

	if (policy->context_count < 0 || policy->context_count > SESS_CONTEXT_MAX)
		return diag_error_at(diag, SESS_ERR_POLICY, NULL, "context", "context holds %ld names; it must hold at most %d",
		    (long)policy->context_count, SESS_CONTEXT_MAX);
	for (int32_t i = 0; i < policy->context_count; i++) {
		if ((rc = check_one(policy, i, diag)) != 0)
			return rc;
	}
	return 0;
}

/* -1: no mode of that name. */
static int32_t
mode_of(const json_t *value)
{
	static const char *const names[] = { "off", "report", "enforce" };

	for (int32_t i = 0; json_is_string(value) && i < 3; i++) {
		if (strcmp(json_string_value(value), names[i]) == 0)
			return i;
	}
	return -1;
}

int
policy_parse_context(const json_t *doc, sess_policy *policy, sess_diag *diag)
{
	json_t *object = json_object_get(doc, "context"), *value;
	const char *name;

	if (object == NULL)
		return 0;
	if (!json_is_object(object) || json_object_size(object) > SESS_CONTEXT_MAX)
		return diag_error_at(diag, SESS_ERR_POLICY, NULL, "context",
		    "context must be an object of at most %d names, e.g. {\"ua\": \"report\"}", SESS_CONTEXT_MAX);
	json_object_foreach(object, name, value) {
		sess_policy_context *c = &policy->context[policy->context_count];

		if (!context_is_name(name, strlen(name)))
			return diag_error_at(diag, SESS_ERR_POLICY, NULL, name,
			    "each name in context must be 1 to %d characters of [a-z0-9_-]", SESS_CONTEXT_NAME_MAX);
		if ((c->mode = mode_of(value)) < 0)
			return diag_error_at(diag, SESS_ERR_POLICY, NULL, name,
			    "the mode of context %s must be \"off\", \"report\" or \"enforce\"", name);
		memcpy(c->name, name, strlen(name) + 1);
		policy->context_count++;
	}
	return 0;
}
