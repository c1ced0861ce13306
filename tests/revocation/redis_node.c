/* SPDX-License-Identifier: MIT */
/* Nodes over a server, and patience. */
#include "redis_node.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/forge.h"

struct redis_server redis_server;
struct judge redis_judge;
int64_t redis_elapsed_ms;
sess_config redis_config;
sess_policy redis_policy;

static int
clock_at(void *arg, int64_t *ret_now)
{
	*ret_now = __atomic_load_n((const int64_t *)arg, __ATOMIC_RELAXED);
	return 0;
}

int
redis_clock_elapsed(void *arg, int64_t *ret_ms)
{
	return clock_at(arg, ret_ms);
}

static sess_ring *
load_ring(void)
{
	sess_ring *ring = NULL;
	char *text = json_dumps(redis_judge.ring, 0);

	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	free(text);
	return ring;
}

void
redis_setup_bare(void)
{
	redis_server_init(&redis_server);
	judge_init(&redis_judge, &judge_combos[2], NULL);
	redis_server_start(&redis_server, NULL);
	sess_policy_init(&redis_policy);
	redis_config = (sess_config)SESS_CONFIG_INIT;
	redis_config.ring = load_ring();
	redis_config.policy = &redis_policy;
	redis_config.clock = clock_at;
	redis_config.clock_arg = &redis_judge.now;
	redis_config.revocations = redis_server.uri;
	redis_elapsed_ms = 1000;
}

void
redis_init_log(void)
{
	sess_diag diag;

	ck_assert_msg(sess_revocations_init(&redis_config, &diag) == 0, "%s", diag.message);
}

void
redis_setup(void)
{
	redis_setup_bare();
	redis_init_log();
}

void
redis_teardown(void)
{
	sess_ring_free(redis_config.ring);
	judge_done(&redis_judge);
	redis_server_done(&redis_server);
}

static void
on_event(const sess_event *event, void *arg)
{
	struct events *e = arg;

	if (event->kind == SESS_EVENT_STORE_LOST) {
		ck_assert_ptr_nonnull(event->member);
		ck_assert_int_eq(event->code, SESS_ERR_STORE);
		(void)snprintf(e->why[e->lost % 16], sizeof(e->why[0]), "%s", event->member);
		e->lost++;
	} else if (event->kind == SESS_EVENT_STORE_BACK) {
		e->back++;
	} else if (event->kind == SESS_EVENT_FEED_IGNORED) {
		e->ignored_entries += event->value;
		e->ignored++;
	}
}

void
redis_node_open(struct node *n)
{
	sess_config config = redis_config;
	sess_diag diag;

	memset(n, 0, sizeof(*n));
	config.on_event = on_event;
	config.on_event_arg = &n->events;
	ck_assert_msg(sess_manager_new(&config, &n->manager, &diag) == 0, "%s", diag.message);
}

void
redis_node_close(struct node *n)
{
	sess_manager_free(n->manager);
}

void
redis_sid(unsigned n, char sid[SID_LEN + 1])
{
	(void)snprintf(sid, SID_LEN + 1, "%021uA", n);
}

uint32_t
redis_verdict(sess_manager *m, unsigned n)
{
	char sid[SID_LEN + 1], *payload, *token;
	sess_session *s = NULL;
	sess_diag diag;
	int rc;

	redis_sid(n, sid);
	payload = forge_text("{\"sub\":\"anna\",\"sid\":\"%s\",\"jti\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"iat\":%lld,\"exp\":%lld,"
	    "\"auth_time\":%lld,\"gen\":0}", sid, (long long)redis_judge.now, (long long)redis_judge.now + 3600, (long long)redis_judge.now);
	token = judge_token(&redis_judge, payload, strlen(payload));
	free(payload);
	rc = sess_verify(m, token, strlen(token), NULL, &s, &diag);
	free(token);
	sess_session_free(s);
	ck_assert_msg(rc == 0 || rc == SESS_ERR_REJECTED, "%s", diag.message);
	return rc == 0 ? 0 : diag.reasons;
}

void
redis_revoke(sess_manager *m, unsigned n, sess_revocation *ret)
{
	char sid[SID_LEN + 1];
	sess_diag diag;

	redis_sid(n, sid);
	ck_assert_msg(sess_revoke_session(m, sid, NULL, ret, &diag) == 0, "%s", diag.message);
}

/* A thousandth of a second; 0 when patience is over. */
static int
wait_more(int *waited)
{
	const struct timespec pause = { 0, 1000000 };

	(void)nanosleep(&pause, NULL);
	return ++*waited < PATIENCE_MS;
}

void
redis_await_verdict(sess_manager *m, unsigned n, uint32_t verdict)
{
	uint32_t got;
	int waited = 0;

	while ((got = redis_verdict(m, n)) != verdict && wait_more(&waited))
		;
	ck_assert_uint_eq(got, verdict);
}

void
redis_await_why(sess_manager *m, const char *why)
{
	sess_revocation_status status = SESS_REVOCATION_STATUS_INIT;
	int waited = 0;

	do
		ck_assert_int_eq(sess_revocations_status(m, &status, NULL), 0);
	while ((why == NULL ? status.why != NULL : status.why == NULL || strcmp(status.why, why) != 0) && wait_more(&waited));
	if (why == NULL)
		ck_assert_msg(status.why == NULL, "%s", status.why);
	else
		ck_assert_str_eq(status.why == NULL ? "well" : status.why, why);
}

void
redis_await_queued(sess_manager *m, size_t queued)
{
	sess_revocation_status status = SESS_REVOCATION_STATUS_INIT;
	int waited = 0;

	do
		ck_assert_int_eq(sess_revocations_status(m, &status, NULL), 0);
	while (status.queued != queued && wait_more(&waited));
	ck_assert_uint_eq(status.queued, queued);
}

void
redis_await_count(_Atomic int *count, int least)
{
	int waited = 0;

	while (*count < least && wait_more(&waited))
		;
	ck_assert_int_ge(*count, least);
}
