/* SPDX-License-Identifier: MIT */
/* Tests: a minter of the fleet. It writes down what it has minted, and knows nothing of what is right. */
#include "proof/fleet_node.h"

#include <string.h>

#define SIGHTS_PER_TOKEN 20 /* on the average, at least */

static void
read_back(struct node *me, struct fleet_token *t)
{
	sess_session *session = NULL;

	t->exp = -1;
	if (sess_verify(me->manager, t->text, t->len, NULL, &session, NULL) != 0)
		return;
	if (sess_session_get_int(session, "exp", &t->exp) != 0)
		t->exp = -1;
	sess_session_free(session);
}

static void
write_failure(struct node *me, int number, int64_t begin_us, int code)
{
	struct fleet *f = me->f;
	size_t n = atomic_load(&f->failures[number]);

	if (n == FLEET_FAILURES_MAX) {
		atomic_fetch_add(&me->node->lost, 1);
		return;
	}
	f->failure[number][n] = (struct fleet_failure){ begin_us, fleet_real_us(), code };
	atomic_store(&f->failures[number], n + 1);
}

static void
mint_one(struct node *me, int number)
{
	static const char claims[] = "{\"cart\":[1,2,3],\"roles\":[\"buyer\"],\"locale\":\"en\"}";
	struct fleet *f = me->f;
	size_t n = atomic_load(&f->tokens[number]);
	struct fleet_token *t = &f->token[number][n];
	char *text = NULL;
	size_t len = 0;
	int64_t begin_us = fleet_real_us();
	int rc;

	node_keep_up(me, begin_us);
	if ((rc = sess_mint(me->manager, "somebody", claims, sizeof(claims) - 1, NULL, &text, &len, NULL)) != 0) {
		write_failure(me, number, begin_us, rc);
		return;
	}
	if (n == f->tokens_max || len >= FLEET_TOKEN_ROOM) {
		atomic_fetch_add(&me->node->lost, 1);
		sess_token_free(text);
		return;
	}
	t->begin_us = begin_us;
	t->now = me->now;
	t->len = (uint32_t)len;
	(void)memcpy(t->text, text, len + 1);
	(void)memcpy(t->sig, me->kid, sizeof(t->sig));
	sess_token_free(text);
	fleet_read_enc_kid(t->text, t->len, t->enc);
	read_back(me, t);
	t->end_us = fleet_real_us();
	/* From here on every process sees it. */
	atomic_store(&f->tokens[number], n + 1);
}

/* On a busy machine, fewer tokens rather than tokens that nobody looks at; but some in any case. */
static int
is_ahead(const struct fleet *f, int64_t minted_us)
{
	size_t tokens = 0, sights = 0;

	for (int i = 0; i < FLEET_MINTERS; i++)
		tokens += atomic_load(&f->tokens[i]);
	for (int i = 0; i < FLEET_VERIFIERS; i++)
		sights += atomic_load(&f->sights[i]);
	return tokens * SIGHTS_PER_TOKEN > sights + 1000 && fleet_real_us() - minted_us < 5 * f->plan.mint_us;
}

int
fleet_minter(struct fleet *f, int number)
{
	int64_t minted_us = 0;
	struct node me;

	if (node_begin(&me, f, number) != 0)
		return 1;
	while (atomic_load(&f->minting)) {
		if (!is_ahead(f, minted_us)) {
			minted_us = fleet_real_us();
			mint_one(&me, number);
		}
		fleet_pause_us(f->plan.mint_us / 2 + (int64_t)node_roll(&me, (uint64_t)f->plan.mint_us));
	}
	sess_manager_free(me.manager);
	return 0;
}
