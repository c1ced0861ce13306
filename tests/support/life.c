/* SPDX-License-Identifier: MIT */
/* Test support: rings made, spoilt, looked up and used. */
#include "support/life.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

sess_ring *
life_ring(sess_form form, const char *alg, const char *kw, const char *enc, int64_t now)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;
	sess_diag diag;

	spec.form = form;
	spec.alg = alg;
	spec.kw = kw;
	spec.enc = enc;
	ck_assert_msg(sess_ring_generate(&spec, now, &ring, &diag) == 0, "%s", diag.message);
	return ring;
}

sess_ring *
life_load(const json_t *doc)
{
	char *text = json_dumps(doc, 0);
	sess_ring *ring = NULL;
	sess_diag diag;

	ck_assert_msg(sess_ring_load_mem(text, strlen(text), NULL, &ring, &diag) == 0, "%s (%s %s)", diag.message, diag.kid,
	    diag.member);
	free(text);
	return ring;
}

json_t *
life_document(const sess_ring *ring)
{
	char *text = NULL;
	size_t n = 0;
	json_t *doc;

	ck_assert_int_eq(sess_ring_dump(ring, &text, &n, NULL), 0);
	doc = json_loadb(text, n, 0, NULL);
	ck_assert_ptr_nonnull(doc);
	sess_ring_text_free(text, n);
	return doc;
}

static json_t *
place(json_t *doc, const char *kid)
{
	json_t *key;
	size_t i;

	if (kid[0] == '\0')
		return json_object_get(doc, "sess");
	json_array_foreach(json_object_get(doc, "keys"), i, key) {
		if (strcmp(json_string_value(json_object_get(key, "kid")), kid) == 0)
			return key;
	}
	ck_abort_msg("no key %s", kid);
	return NULL;
}

sess_ring *
life_edit(sess_ring *ring, const char *kid, const char *name, const char *value)
{
	json_t *doc = life_document(ring), *at = place(doc, kid);
	sess_ring *edited;

	if (value == NULL)
		ck_assert_int_eq(json_object_del(at, name), 0);
	else
		ck_assert_int_eq(json_object_set_new(at, name, json_loads(value, JSON_DECODE_ANY, NULL)), 0);
	edited = life_load(doc);
	json_decref(doc);
	sess_ring_free(ring);
	return edited;
}

static int
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

void
life_check(const sess_ring *ring)
{
	json_t *a = life_document(ring), *b;
	sess_ring *again = life_load(a);
	sess_key_info was, is;

	b = life_document(again);
	ck_assert(json_equal(a, b));
	for (size_t i = 0; sess_ring_key_info(ring, i, 0, &was) == 0; i++) {
		ck_assert_int_eq(sess_ring_key_info(again, i, 0, &is), 0);
		ck_assert_msg(same_text(was.kid, is.kid) && same_text(was.use, is.use) && same_text(was.alg, is.alg) &&
		    same_text(was.enc, is.enc) && was.iat == is.iat && was.nbf == is.nbf && was.exp == is.exp &&
		    was.revoked_at == is.revoked_at && same_text(was.reason, is.reason) && was.can_mint == is.can_mint,
		    "key %zu is not what it was", i);
	}
	sess_ring_free(again);
	json_decref(a);
	json_decref(b);
}

void
life_become(sess_ring **ring, sess_ring *next)
{
	ck_assert_ptr_nonnull(next);
	life_check(next);
	sess_ring_free(*ring);
	*ring = next;
}

size_t
life_count(const sess_ring *ring, const char *use, sess_key_state state, int64_t now)
{
	sess_key_info info;
	size_t count = 0;

	for (size_t i = 0; sess_ring_key_info(ring, i, now, &info) == 0; i++)
		count += strcmp(info.use, use) == 0 && info.state == state;
	return count;
}

sess_key_info
life_only(const sess_ring *ring, const char *use, sess_key_state state, int64_t now)
{
	sess_key_info info, found = { 0 };

	for (size_t i = 0; sess_ring_key_info(ring, i, now, &info) == 0; i++) {
		if (strcmp(info.use, use) == 0 && info.state == state)
			found = info;
	}
	ck_assert_msg(life_count(ring, use, state, now) == 1, "%zu keys of use %s in state %d", life_count(ring, use, state, now),
	    use, (int)state);
	return found;
}

sess_key_info
life_find(const sess_ring *ring, const char *kid, int64_t now)
{
	sess_key_info info;

	for (size_t i = 0; sess_ring_key_info(ring, i, now, &info) == 0; i++) {
		if (strcmp(info.kid, kid) == 0)
			return info;
	}
	ck_abort_msg("no key %s", kid);
	return info;
}

static int
clock_at(void *arg, int64_t *ret_now)
{
	*ret_now = *(const int64_t *)arg;
	return 0;
}

static sess_manager *
manager_of(sess_ring *ring, int64_t *now)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	sess_diag diag;

	config.ring = ring;
	config.clock = clock_at;
	config.clock_arg = now;
	ck_assert_msg(sess_manager_new(&config, &manager, &diag) == 0, "%s", diag.message);
	return manager;
}

char *
life_mint(sess_ring *ring, int64_t now, sess_diag *diag)
{
	sess_manager *manager = manager_of(ring, &now);
	char *token = NULL;
	size_t n = 0;
	int rc = sess_mint(manager, "anna", NULL, 0, NULL, &token, &n, diag);

	ck_assert((rc == 0) == (token != NULL));
	sess_manager_free(manager);
	return token;
}

uint32_t
life_verify(sess_ring *ring, int64_t now, const char *token)
{
	sess_manager *manager = manager_of(ring, &now);
	sess_session *session = NULL;
	sess_diag diag;
	int rc = sess_verify(manager, token, strlen(token), NULL, &session, &diag);

	ck_assert_msg(rc == 0 || (rc == SESS_ERR_REJECTED && diag.reasons != 0), "%d %s", rc, diag.message);
	sess_session_free(session);
	sess_manager_free(manager);
	return rc == 0 ? 0 : diag.reasons;
}

void
life_expect(const char *what, int rc, const sess_diag *diag, int code, const char *member, const char *words)
{
	ck_assert_msg(rc == code, "%s: %s, not %s: %s", what, sess_error_name(rc), sess_error_name(code), diag->message);
	ck_assert_int_eq(diag->code, code);
	if (member != NULL)
		ck_assert_msg(strcmp(diag->member, member) == 0, "%s: member \"%s\": %s", what, diag->member, diag->message);
	if (words != NULL)
		ck_assert_msg(strstr(diag->message, words) != NULL, "%s: not \"%s\" but \"%s\"", what, words, diag->message);
}
