/* SPDX-License-Identifier: MIT */
/* L6: making, reading and wiping sessions. Verifies nothing. */
#include "session/session.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "json/doc.h"

static const struct json_member *
own_member(const struct verification *v, const sess_session *s, const struct json_member *m)
{
	return m == NULL ? NULL : &s->member[m - v->work->index.member];
}

static void
keep_context(sess_session *s, const struct verification *v)
{
	for (size_t i = 0; i < s->context_count; i++) {
		memcpy(s->context[i].name, v->claims.context[i].name, sizeof(s->context[i].name));
		s->context[i].state = v->context_state[i];
	}
}

/* Where a string's room begins: unescaped it is no longer than raw, and its NUL stands for one of the quotes. */
static size_t
strings_before(const struct json_member *member, const struct json_member *end)
{
	size_t room = 0;

	for (; member < end; member++)
		room += member->type == JSON_T_STRING ? member->value_len - 1 : 0;
	return room;
}

static char *
keep(char **end, const char *text, size_t n)
{
	char *at = memcpy(*end, text, n);

	at[n] = '\0';
	*end += n + 1;
	return at;
}

/* What has a size of its own, behind the members: the block has the room. */
static void
keep_texts(sess_session *s, const struct verification *v, const char *kid, const char *outer_kid)
{
	char *end = (char *)&s->member[s->count];

	s->context = (struct session_context *)(void *)end; /* of bytes alone: no place is wrong for it */
	keep_context(s, v);
	end += s->context_count * sizeof(*s->context);
	s->kid = keep(&end, kid, strlen(kid));
	s->outer_kid = keep(&end, outer_kid, strlen(outer_kid));
	s->text = keep(&end, v->payload, v->payload_len);
	s->text_len = v->payload_len;
	s->strings = end;
}

int
session_new(const sess_manager *manager, const struct verification *v, sess_session **ret)
{
	const struct json_index *index = &v->work->index;
	const char *kid = v->minted_with->entry->key->kid;
	const char *outer_kid = v->minted_with == &v->outer ? "" : v->outer.entry->key->kid;
	size_t members = index->count * sizeof(struct json_member);
	size_t block_len = sizeof(sess_session) + members + v->claims.context_count * sizeof(struct session_context) + strlen(kid) + 1 +
	    strlen(outer_kid) + 1 + v->payload_len + 1 + index->strings;
	sess_session *s = malloc(block_len);

	if (s == NULL)
		return SESS_ERR_MEMORY;
	s->block_len = block_len;
	s->verified_by = manager;
	memcpy(s->sid, v->claims.sid, sizeof(s->sid));
	memcpy(s->jti, v->claims.jti, sizeof(s->jti));
	s->iat = v->claims.iat;
	s->auth_time = v->claims.auth_time;
	s->gen = v->claims.gen;
	s->end = v->claims.end;
	s->persistent = v->claims.persistent;
	s->wants_renewal = v->wants_renewal;
	s->idle_deadline = v->idle_deadline;
	s->absolute_deadline = v->absolute_deadline;
	s->context_count = v->claims.context_count;
	s->count = index->count;
	memcpy(s->member, index->member, members);
	s->sub = own_member(v, s, v->claims.sub);
	keep_texts(s, v, kid, outer_kid);
	*ret = s;
	return 0;
}

void
sess_session_free(sess_session *session)
{
	if (session != NULL)
		secret_wipe(session, session->block_len);
	free(session);
}

const char *
session_string(sess_session *s, const struct json_member *m, size_t *ret_len)
{
	char *out = s->strings + strings_before(s->member, m);
	const char *raw = s->text + m->value_off + 1;
	size_t n = m->value_len - 2;

	if (m->value_escaped)
		n = json_unescape(out, raw, n);
	else
		memcpy(out, raw, n);
	out[n] = '\0';
	if (ret_len != NULL)
		*ret_len = n;
	return out;
}

const char *
sess_session_subject(sess_session *session)
{
	return session->sub == NULL ? NULL : session_string(session, session->sub, NULL);
}

const char *
sess_session_id(sess_session *session)
{
	return session->sid;
}

const char *
sess_session_token_id(sess_session *session)
{
	return session->jti;
}

const char *
sess_session_kid(const sess_session *session)
{
	return session->kid;
}

int64_t
sess_session_issued_at(const sess_session *session)
{
	return session->iat;
}

int64_t
sess_session_auth_time(const sess_session *session)
{
	return session->auth_time;
}

int64_t
sess_session_renewals(const sess_session *session)
{
	return session->gen;
}

int64_t
sess_session_idle_deadline(const sess_session *session)
{
	return session->idle_deadline;
}

int64_t
sess_session_absolute_deadline(const sess_session *session)
{
	return session->absolute_deadline;
}

int64_t
sess_session_hard_end(const sess_session *session)
{
	return session->end;
}

int
sess_session_is_persistent(const sess_session *session)
{
	return session->persistent;
}

int
sess_session_is_last(const sess_session *session)
{
	return session->idle_deadline >= session->absolute_deadline;
}

int
sess_session_wants_renewal(const sess_session *session)
{
	return session->wants_renewal;
}

sess_context_state
sess_session_context(const sess_session *session, const char *name)
{
	for (size_t i = 0; name != NULL && i < session->context_count; i++) {
		if (strcmp(session->context[i].name, name) == 0)
			return (sess_context_state)session->context[i].state;
	}
	return SESS_CONTEXT_UNBOUND;
}

const char *
sess_session_claims_json(const sess_session *session, size_t *ret_len)
{
	if (ret_len != NULL)
		*ret_len = session->text_len;
	return session->text;
}

static const struct json_member *
find(const sess_session *s, const char *name)
{
	return s == NULL || name == NULL ? NULL : json_member_find(s->text, s->member, s->count, name, strlen(name));
}

int
sess_session_get_string(sess_session *session, const char *name, const char **ret_value, size_t *ret_len)
{
	const struct json_member *m = find(session, name);

	if (m == NULL || m->type != JSON_T_STRING || ret_value == NULL)
		return SESS_ERR_NO_CLAIM;
	*ret_value = session_string(session, m, ret_len);
	return 0;
}

int
sess_session_get_int(sess_session *session, const char *name, int64_t *ret_value)
{
	const struct json_member *m = find(session, name);

	if (m == NULL || m->type != JSON_T_INT || ret_value == NULL || json_member_int(session->text, m, ret_value) != 0)
		return SESS_ERR_NO_CLAIM;
	return 0;
}

int
sess_session_get_bool(sess_session *session, const char *name, int *ret_value)
{
	const struct json_member *m = find(session, name);

	if (m == NULL || (m->type != JSON_T_TRUE && m->type != JSON_T_FALSE) || ret_value == NULL)
		return SESS_ERR_NO_CLAIM;
	*ret_value = m->type == JSON_T_TRUE;
	return 0;
}

/* jansson reads the number, whatever the locale's decimal point is. */
int
sess_session_get_double(sess_session *session, const char *name, double *ret_value)
{
	const struct json_member *m = find(session, name);
	DOC_CLEANUP json_t *number = NULL;

	if (m == NULL || (m->type != JSON_T_REAL && m->type != JSON_T_INT) || ret_value == NULL)
		return SESS_ERR_NO_CLAIM;
	if ((number = json_loadb(session->text + m->value_off, m->value_len, JSON_DECODE_ANY, NULL)) == NULL)
		return SESS_ERR_MEMORY;
	*ret_value = json_number_value(number);
	return 0;
}

int
sess_session_get_json(sess_session *session, const char *name, const char **ret_json, size_t *ret_len)
{
	const struct json_member *m = find(session, name);

	if (m == NULL || ret_json == NULL || ret_len == NULL)
		return SESS_ERR_NO_CLAIM;
	*ret_json = session->text + m->value_off;
	*ret_len = m->value_len;
	return 0;
}
