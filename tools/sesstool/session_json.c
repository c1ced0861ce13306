/* SPDX-License-Identifier: MIT */
/* sesstool: a verified session as one JSON object, for those who verify one token or many. */
#include <sess/jansson.h>

#include "tool.h"

json_t *
tool_context_json(sess_session *s)
{
	static const char *const states[] = { "not bound", "matched", "changed", "not given", "off" };
	json_t *found = json_object(), *ctx = NULL, *value;
	const char *text, *name;
	size_t len = 0;

	if (sess_session_get_json(s, "ctx", &text, &len) == 0)
		ctx = json_loadb(text, len, 0, NULL);
	json_object_foreach(ctx, name, value)
		json_object_set_new(found, name, json_string(states[sess_session_context(s, name)]));
	json_decref(ctx);
	return found;
}

int
tool_session_json(sess_session *s, int64_t now, json_t **ret)
{
	json_t *claims = NULL;
	sess_diag diag;
	int rc;

	if ((rc = sess_session_claims_jansson(s, &claims, &diag)) != 0)
		return tool_fail("reading the claims", rc, &diag);
	*ret = json_pack("{s:i, s:b, s:s, s:I, s:I, s:I, s:b, s:b, s:b, s:o, s:o}", "schema", TOOL_SCHEMA,
	    "verified", 1, "kid", sess_session_kid(s), "now", (json_int_t)now,
	    "idle_deadline", (json_int_t)sess_session_idle_deadline(s),
	    "absolute_deadline", (json_int_t)sess_session_absolute_deadline(s),
	    "wants_renewal", sess_session_wants_renewal(s), "last", sess_session_is_last(s),
	    "persistent", sess_session_is_persistent(s), "context", tool_context_json(s), "claims", claims);
	return 0;
}
