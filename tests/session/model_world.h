/* SPDX-License-Identifier: MIT */
/*
 * A small world for the property test of a session's life: minters with clocks apart and policies of their own, one ring that
 * rotates and reaches them late, tokens and verified sessions in all states, and beside each what the model says of it. Test
 * support over the public API. A disagreement ends the walk with a sentence.
 */
#ifndef SESSION_MODEL_WORLD_H
#define SESSION_MODEL_WORLD_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reference/model.h"
#include "session/model_counts.h"

#define NODES 4
#define TOKENS 48
#define SESSIONS 12
#define ID_ROOM 24

struct node {
	sess_manager *manager;
	int policy;
	int64_t skew;
	struct model_ring ring; /* as this node knows it */
	struct model_counts counts;
};

/* What the world remembers of a token beside the model: its text, and its ids once somebody has read them. */
struct held_token {
	char *text;
	size_t len;
	struct model_token model;
	int sid_number;
	char sid[ID_ROOM], jti[ID_ROOM];
	int claims;
};

struct held_session {
	sess_session *session;
	int node;
	struct held_token token; /* its text is not kept */
	int state[MODEL_NAMES];
};

struct world {
	uint64_t random;
	int64_t now;
	sess_form form;
	sess_ring *ring; /* the file */
	struct node node[NODES];
	struct held_token token[TOKENS];
	struct held_session session[SESSIONS];
	int sids;
	uint64_t accepted, refused[SESS_REASON_COUNT], minted, renewed, regenerated, rings;
	uint64_t heard[16]; /* events, by kind */
	/* What the managers' metrics must add up to. */
	uint64_t tokens_refused, context_changed;
	const char *metrics_folder; /* where they are written; NULL: nowhere */
	int metrics_files;
	char complaint[300]; /* "": none yet */
};

static inline uint64_t
draw(struct world *w, uint64_t below)
{
	uint64_t z = (w->random += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % below;
}

#define COMPLAIN(w, ...) \
	do { \
		if ((w)->complaint[0] == '\0') \
			(void)snprintf((w)->complaint, sizeof((w)->complaint), __VA_ARGS__); \
	} while (0)

/* The policies that nodes change between; all within the ring's lifetimes. */
static const struct model_policy policies[] = {
	{ 3600, 43200, 30, 50, 0, { SESS_CONTEXT_MODE_REPORT, SESS_CONTEXT_MODE_ENFORCE } },
	{ 600, 2000, 30, 80, 0, { SESS_CONTEXT_MODE_ENFORCE, SESS_CONTEXT_MODE_OFF } },
	{ 3600, 7200, 0, 10, 0, { SESS_CONTEXT_MODE_REPORT, SESS_CONTEXT_MODE_REPORT } },
	{ 60, 43200, 30, 50, 0, { SESS_CONTEXT_MODE_OFF, SESS_CONTEXT_MODE_ENFORCE } },
	{ 3600, 43200, 30, 50, 1, { SESS_CONTEXT_MODE_REPORT, SESS_CONTEXT_MODE_ENFORCE } },
};
#define POLICIES (sizeof(policies) / sizeof(policies[0]))

static const char *const names[MODEL_NAMES] = { "ua", "tls" };
static const char *const values[] = { NULL, "one", "two" };
static const char *const claims_texts[] = { NULL, "{}", "{\"role\":\"user\"}", "{\"role\":\"admin\",\"n\":[1,2.50]}" };
static const char *const roles[] = { NULL, NULL, "user", "admin" };

static int
clock_of_node(void *arg, int64_t *ret_now);
static void on_world_event(const sess_event *event, void *arg);

/* What a clock needs to know. */
struct seat {
	struct world *world;
	int number;
};
static struct seat seats[NODES];

static int
clock_of_node(void *arg, int64_t *ret_now)
{
	const struct seat *seat = arg;

	*ret_now = seat->world->now + seat->world->node[seat->number].skew;
	return 0;
}

static void
on_world_event(const sess_event *event, void *arg)
{
	((struct world *)arg)->heard[event->kind]++;
}

static inline void
read_ring(const sess_ring *ring, struct model_ring *ret)
{
	sess_key_info info;

	memset(ret, 0, sizeof(*ret));
	for (ret->count = 0; ret->count < sess_ring_key_count(ring); ret->count++) {
		struct model_key *key = &ret->key[ret->count];

		ck_assert_int_eq(sess_ring_key_info(ring, ret->count, 0, &info), 0);
		(void)snprintf(key->kid, sizeof(key->kid), "%s", info.kid);
		key->enc = strcmp(info.use, "enc") == 0;
		key->nbf = info.nbf;
		key->exp = info.exp;
		key->revoked_at = info.revoked_at;
		ret->needs[key->enc] = 1;
	}
}

static inline void
node_open(struct world *w, int number, int policy)
{
	struct node *node = &w->node[number];
	const struct model_policy *p = &policies[policy];
	sess_config config = SESS_CONFIG_INIT;
	sess_policy real;
	sess_diag diag;

	sess_policy_init(&real);
	real.idle_timeout_s = p->idle;
	real.absolute_timeout_s = p->absolute;
	real.leeway_s = p->leeway;
	real.renew_after_percent = p->percent;
	if (p->audience != 0)
		strcpy(real.audience, "other");
	real.context_count = MODEL_NAMES;
	for (int i = 0; i < MODEL_NAMES; i++) {
		strcpy(real.context[i].name, names[i]);
		real.context[i].mode = p->mode[i];
	}
	seats[number] = (struct seat){ w, number };
	config.ring = w->ring;
	config.policy = &real;
	config.clock = clock_of_node;
	config.clock_arg = &seats[number];
	config.on_event = on_world_event;
	config.on_event_arg = w;
	ck_assert_msg(sess_manager_new(&config, &node->manager, &diag) == 0, "%s", diag.message);
	counts_open(&node->counts);
	node->policy = policy;
	read_ring(w->ring, &node->ring);
}

/* A manager goes: what it has counted stays behind as a file. */
static inline void
node_close(struct world *w, int number)
{
	char *text = NULL, path[4096];
	size_t len = 0;
	FILE *out;

	if (w->metrics_folder != NULL) {
		ck_assert_int_eq(sess_manager_metrics(w->node[number].manager, &text, &len, NULL), 0);
		(void)snprintf(path, sizeof(path), "%s/%d-%d.txt", w->metrics_folder, (int)w->form, w->metrics_files++);
		ck_assert_ptr_nonnull(out = fopen(path, "w"));
		ck_assert_uint_eq(fwrite(text, 1, len, out), len);
		ck_assert_int_eq(fclose(out), 0);
		sess_metrics_free(text);
		(void)snprintf(path, sizeof(path), "%s/%d-%d.json", w->metrics_folder, (int)w->form, w->metrics_files - 1);
		ck_assert_int_eq(json_dump_file(w->node[number].counts.told, path, 0), 0);
	}
	counts_close(&w->node[number].counts);
	sess_manager_free(w->node[number].manager);
	w->node[number].manager = NULL;
}

static inline void
drop_session(struct held_session *s)
{
	sess_session_free(s->session);
	memset(s, 0, sizeof(*s));
}

static inline void
world_open(struct world *w, uint64_t seed, sess_form form)
{
	static const int64_t skews[NODES] = { 0, 30, -30, 7 };
	sess_ring_spec spec = SESS_RING_SPEC_INIT;

	memset(w, 0, sizeof(*w));
	w->random = seed;
	w->now = INT64_C(1800000000);
	w->form = form;
	spec.form = form;
	ck_assert_int_eq(sess_ring_generate(&spec, w->now - 1000, &w->ring, NULL), 0);
	for (int i = 0; i < NODES; i++) {
		w->node[i].skew = skews[i];
		node_open(w, i, i % 2);
	}
}

static inline void
world_close(struct world *w)
{
	for (int i = 0; i < SESSIONS; i++)
		drop_session(&w->session[i]);
	for (int i = 0; i < TOKENS; i++)
		sess_token_free(w->token[i].text);
	for (int i = 0; i < NODES; i++)
		node_close(w, i);
	sess_ring_free(w->ring);
}

/* The context that a call is given, from the values of both names; returns how many. */
static inline size_t
spell_context(const int given[MODEL_NAMES], sess_context out[MODEL_NAMES])
{
	size_t n = 0;

	for (int i = 0; i < MODEL_NAMES; i++)
		if (given[i] != 0)
			out[n++] = (sess_context){ names[i], values[given[i]], strlen(values[given[i]]) };
	return n;
}

/* A token that has come out, in the place of some other. */
static inline void
keep_token(struct world *w, char *text, size_t len, const struct model_token *model, int sid_number, const char *sid, int claims)
{
	struct held_token *t = &w->token[draw(w, TOKENS)];

	sess_token_free(t->text);
	memset(t, 0, sizeof(*t));
	t->text = text;
	t->len = len;
	t->model = *model;
	t->sid_number = sid_number;
	t->claims = claims;
	if (sid != NULL)
		memcpy(t->sid, sid, sizeof(t->sid));
}

#endif
