/* SPDX-License-Identifier: MIT */
/* Tests: edits of a ring's JSON text that the library itself would not make. */
#include "proof/fleet_plant.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef void edit_fn(json_t *ring, const char *kid, int64_t number);

/* Out of the library, through the edit, and back into it. */
static int
edited(const sess_ring *ring, edit_fn *edit, const char *kid, int64_t number, sess_ring **ret, sess_diag *diag)
{
	json_t *json;
	char *text = NULL;
	size_t len = 0;
	int rc;

	if ((rc = sess_ring_dump(ring, &text, &len, diag)) != 0)
		return rc;
	json = json_loadb(text, len, 0, NULL);
	sess_ring_text_free(text, len);
	if (json == NULL)
		return SESS_ERR_MEMORY;
	edit(json, kid, number);
	text = json_dumps(json, 0);
	json_decref(json);
	if (text == NULL)
		return SESS_ERR_MEMORY;
	rc = sess_ring_load_mem(text, strlen(text), NULL, ret, diag);
	free(text);
	return rc;
}

static void
end_earlier(json_t *ring, const char *kid, int64_t by_s)
{
	json_t *key;
	size_t i;

	(void)kid;
	json_array_foreach(json_object_get(ring, "keys"), i, key) {
		json_t *exp = json_object_get(key, "exp");
		json_int_t earlier = json_integer_value(exp) - by_s;

		/* Where that leaves the key a life at all. */
		if (exp != NULL && earlier > json_integer_value(json_object_get(key, "nbf")))
			(void)json_integer_set(exp, earlier);
	}
}

int
plant_earlier_ends(sess_ring **ring, int64_t by_s, sess_diag *diag)
{
	sess_ring *before = *ring;
	int rc;

	*ring = NULL;
	rc = edited(before, end_earlier, NULL, by_s, ring, diag);
	sess_ring_free(before);
	return rc;
}

static void
strike_out(json_t *ring, const char *kid, int64_t now)
{
	json_t *generation = json_object_get(json_object_get(ring, "sess"), "generation");
	json_t *key;
	size_t i;

	(void)json_integer_set(generation, json_integer_value(generation) + 1);
	json_array_foreach(json_object_get(ring, "keys"), i, key) {
		if (strcmp(json_string_value(json_object_get(key, "kid")), kid) == 0)
			(void)json_object_set_new(key, "revoked", json_pack("{s:I}", "revoked_at", (json_int_t)now));
	}
}

int
plant_bare_revocation(const sess_ring *ring, const char *kid, int64_t now, sess_ring **ret_ring, sess_diag *diag)
{
	return edited(ring, strike_out, kid, now, ret_ring, diag);
}
