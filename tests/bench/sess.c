/* SPDX-License-Identifier: MIT */
/* The library's own cases: what a service does, and what an attacker makes it do. */
#include <sess/jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define JUNK_BYTES (16u << 20)

struct own {
	const struct bench_token *on;
	const char *text; /* of a token that is to be refused */
	size_t len;
	sess_manager *manager;
	sess_session *session;
};

static int
verify(void *state)
{
	const struct own *o = state;
	sess_session *s = NULL;
	const char *plan = NULL;
	int64_t tenant = 0;
	int rc = sess_verify(o->manager, o->text, o->len, NULL, &s, NULL);

	if (rc == 0 && (sess_session_get_string(s, "plan", &plan, NULL) != 0 || sess_session_get_int(s, "tenant", &tenant) != 0))
		rc = -1;
	sess_session_free(s);
	return rc == 0 && tenant == 4711 ? 0 : -1;
}

static int
verify_document(void *state)
{
	const struct own *o = state;
	sess_session *s = NULL;
	json_t *claims = NULL;
	int rc = sess_verify(o->manager, o->text, o->len, NULL, &s, NULL);

	if (rc == 0)
		rc = sess_session_claims_jansson(s, &claims, NULL);
	json_decref(claims);
	sess_session_free(s);
	return rc;
}

/* What a document costs by itself: the same payload through jansson. */
static int
load_document(void *state)
{
	const struct own *o = state;
	json_t *doc = json_loadb(o->text, o->len, JSON_REJECT_DUPLICATES, NULL);

	json_decref(doc);
	return doc == NULL ? -1 : 0;
}

static int
mint(void *state)
{
	const struct own *o = state;
	char *token = NULL;
	size_t len = 0;
	int rc = sess_mint(o->manager, BENCH_SUBJECT, bench_claims, bench_claims_len, NULL, &token, &len, NULL);

	sess_token_free(token);
	return rc;
}

static int
renew(void *state)
{
	const struct own *o = state;
	char *token = NULL;
	size_t len = 0;
	int rc = sess_renew(o->manager, o->session, NULL, &token, &len, NULL);

	sess_token_free(token);
	return rc;
}

static int
refuse(void *state)
{
	const struct own *o = state;
	sess_session *s = NULL;

	return sess_verify(o->manager, o->text, o->len, NULL, &s, NULL) == SESS_ERR_REJECTED ? 0 : -1;
}

static int
late_clock(void *arg, int64_t *ret_now)
{
	*ret_now = *(const int64_t *)arg;
	return 0;
}

static struct own *
own_new(const struct bench_token *on, const char *text, size_t len)
{
	struct own *o = calloc(1, sizeof(*o));

	if (o == NULL)
		bench_die("out of memory");
	*o = (struct own){ on, text, len, on->manager, NULL };
	return o;
}

static char *
changed(const struct bench_token *on)
{
	char *text = malloc(on->len + 1);

	if (text == NULL)
		bench_die("out of memory");
	memcpy(text, on->text, on->len + 1);
	text[on->len - 3] = text[on->len - 3] == 'A' ? 'B' : 'A';
	return text;
}

static sess_manager *
late_manager(const struct bench_token *on, int64_t *now)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_session *s = NULL;
	sess_manager *m = NULL;
	sess_diag diag;

	if (sess_verify(on->manager, on->text, on->len, NULL, &s, &diag) != 0)
		bench_die(diag.message);
	*now = sess_session_absolute_deadline(s) + 100;
	sess_session_free(s);
	config.ring = on->ring;
	config.policy = sess_manager_policy(on->manager);
	config.clock = late_clock;
	config.clock_arg = now;
	if (sess_manager_new(&config, &m, &diag) != 0)
		bench_die(diag.message);
	return m;
}

void
sess_cases(const struct bench_token *on)
{
	static int64_t late; /* of all tokens' expired cases: the latest serves */
	static char *junk; /* of all tokens */
	struct own *o;
	char *payload;

	bench_add("sess", "verify", on, own_new(on, on->text, on->len), verify);
	bench_add("sess", "verify + document", on, own_new(on, on->text, on->len), verify_document);
	payload = bench_payload(on);
	bench_add("jansson", "json_loadb", on, own_new(on, payload, strlen(payload)), load_document);
	bench_add("sess", "mint", on, own_new(on, NULL, 0), mint);
	o = own_new(on, NULL, 0);
	if (sess_verify(on->manager, on->text, on->len, NULL, &o->session, NULL) != 0)
		bench_die("the token to renew does not verify");
	bench_add("sess", "renew", on, o, renew);
	bench_add("sess", "refuse: changed", on, own_new(on, changed(on), on->len), refuse);
	o = own_new(on, on->text, on->len);
	o->manager = late_manager(on, &late);
	bench_add("sess", "refuse: expired", on, o, refuse);
	if (junk == NULL && (junk = malloc(JUNK_BYTES)) != NULL)
		memset(junk, 'A', JUNK_BYTES);
	bench_add("sess", "refuse: 1 byte", on, own_new(on, "A", 1), refuse);
	bench_add("sess", "refuse: 4 kB of junk", on, own_new(on, junk, 4000), refuse);
	bench_add("sess", "refuse: 16 MB of junk", on, own_new(on, junk, JUNK_BYTES), refuse);
}
