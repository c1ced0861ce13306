/* SPDX-License-Identifier: MIT */
/*
 * L5: writing an epoch: a consumer group of the stream, whose name is authentic under the ring. It is made only where there
 * is none, in one transaction, so that of two who try at once one is told. Waits for the server, unlike the feed.
 */
#include "revocation/redis_init.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "crypto/rng.h"
#include "revocation/redis_store.h"

static void
store_cleanup(struct redis_store **s)
{
	if (*s == NULL)
		return;
	redis_conn_close(&(*s)->main);
	secret_pages_free((*s)->auth, sizeof(*(*s)->auth));
	feed_key_done(&(*s)->key);
	free(*s);
}

static void
reply_cleanup(redisReply **reply)
{
	freeReplyObject(*reply);
}

#define REPLY_CLEANUP __attribute__((cleanup(reply_cleanup)))

static int
failed(enum fault fault, sess_diag *diag)
{
	return diag_error_at(diag, SESS_ERR_STORE, NULL, "revocations", "the revocation store: %s", fault_words(fault));
}

/* The next reply, waited for; error replies are faults. */
static enum fault
receive(struct redis_store *s, redisReply **ret)
{
	struct redis_conn *c = &s->main;
	enum fault fault = FAULT_NONE;

	*ret = NULL;
	while (fault == FAULT_NONE && (*ret = redis_conn_reply(c)) == NULL) {
		struct pollfd p = { .fd = atomic_load(&c->fd), .events = (short)(POLLIN | (redis_conn_wants_write(c) ? POLLOUT : 0)) };

		(void)poll(&p, 1, 50);
		fault = redis_conn_pump(c);
		/* What came before the end of a connection says why it ended. */
		if (fault != FAULT_NONE && (*ret = redis_conn_reply(c)) != NULL)
			break;
	}
	if (*ret == NULL)
		return fault;
	if ((*ret)->type != REDIS_REPLY_ERROR)
		return FAULT_NONE;
	return fault_of_error((*ret)->str, (*ret)->len);
}

static enum fault
call(struct redis_store *s, int argc, const char **argv, redisReply **ret)
{
	enum fault fault = redis_conn_send(&s->main, argc, argv, NULL, s->timeout_ms);

	if (fault == FAULT_NONE)
		fault = receive(s, ret);
	return fault;
}

static enum fault
log_in(struct redis_store *s)
{
	unsigned replies = 0;
	enum fault fault = redis_conn_open(&s->main, &s->target, s->timeout_ms);

	if (fault == FAULT_NONE)
		fault = redis_log_login(s, &s->main, &replies);
	while (fault == FAULT_NONE && replies-- > 0) {
		REPLY_CLEANUP redisReply *reply = NULL;

		fault = receive(s, &reply);
	}
	return fault;
}

/* *ret_there: whether an epoch is there. From here on a change of the log by others undoes what is to come. */
static enum fault
look(struct redis_store *s, int *ret_there)
{
	REPLY_CLEANUP redisReply *watched = NULL, *groups = NULL;
	uint8_t epoch[FEED_EPOCH_BYTES];
	enum fault fault;

	*ret_there = 0;
	if ((fault = call(s, 2, (const char *[]){ "WATCH", s->log }, &watched)) != FAULT_NONE)
		return fault;
	fault = call(s, 3, (const char *[]){ "XINFO", "GROUPS", s->log }, &groups);
	if (groups == NULL)
		return fault;
	if (groups->type == REDIS_REPLY_ERROR && strncmp(groups->str, "ERR no such key", 15) == 0)
		return FAULT_NONE;
	if (fault == FAULT_NONE && groups->type == REDIS_REPLY_ARRAY)
		*ret_there = redis_reply_find_epoch(&s->key, groups, epoch);
	return fault;
}

/* *ret_done 0: somebody else has changed the log meanwhile. */
static enum fault
create(struct redis_store *s, const char *epoch, int *ret_done)
{
	REPLY_CLEANUP redisReply *multi = NULL, *queued = NULL, *done = NULL;
	enum fault fault;

	if ((fault = call(s, 1, (const char *[]){ "MULTI" }, &multi)) != FAULT_NONE ||
	    (fault = call(s, 6, (const char *[]){ "XGROUP", "CREATE", s->log, epoch, "$", "MKSTREAM" }, &queued)) != FAULT_NONE ||
	    (fault = call(s, 1, (const char *[]){ "EXEC" }, &done)) != FAULT_NONE)
		return fault;
	if (done->type == REDIS_REPLY_ARRAY && done->elements == 1 && done->element[0]->type == REDIS_REPLY_ERROR)
		return fault_of_error(done->element[0]->str, done->element[0]->len);
	*ret_done = done->type == REDIS_REPLY_ARRAY && done->elements == 1;
	return FAULT_NONE;
}

static int
draw_epoch(const struct redis_store *s, char text[FEED_EPOCH_LEN + 1], sess_diag *diag)
{
	uint8_t epoch[FEED_EPOCH_BYTES];
	struct rng *rng = NULL;
	int rc = rng_new(NULL, NULL, &rng);

	if (rc == 0)
		rc = rng_bytes(rng, epoch, sizeof(epoch));
	rng_free(rng);
	if (rc == 0)
		rc = feed_epoch_format(&s->key, epoch, text);
	text[FEED_EPOCH_LEN] = '\0';
	return rc == 0 ? 0 : diag_error(diag, rc, NULL);
}

static int
prepare(struct redis_store *s, const struct revocations_config *config, const char *scheme, const char *rest,
    sess_diag *diag)
{
	struct names names;
	int rc;

	s->main = (struct redis_conn)REDIS_CONN_NONE;
	s->timeout_ms = REDIS_TIMEOUT_MS;
	if ((rc = redis_target_parse(scheme, rest, &s->target, diag)) != 0)
		return rc;
	if (config->auth_path != NULL && (rc = redis_auth_load(config->auth_path, &s->auth, diag)) != 0)
		return rc;
	if ((rc = feed_key_init(&s->key, config->ring)) != 0 || (rc = names_init(&names, config->ring, "")) != 0)
		return diag_error(diag, rc, NULL);
	redis_names(s, &names);
	names_done(&names);
	return 0;
}

int
redis_init(const struct revocations_config *config, const char *scheme, const char *rest, sess_diag *diag)
{
	__attribute__((cleanup(store_cleanup))) struct redis_store *s = calloc(1, sizeof(*s));
	char epoch[FEED_EPOCH_LEN + 1];
	enum fault fault;
	int rc, there = 0, done = 0;

	if (s == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	if ((rc = prepare(s, config, scheme, rest, diag)) != 0 || (rc = draw_epoch(s, epoch, diag)) != 0)
		return rc;
	if ((fault = log_in(s)) != FAULT_NONE || (fault = look(s, &there)) != FAULT_NONE)
		return failed(fault, diag);
	if (!there && (fault = create(s, epoch, &done)) != FAULT_NONE)
		return failed(fault, diag);
	if (!done)
		return diag_error_at(diag, SESS_ERR_EXISTS, NULL, "revocations",
		    "the revocation store has been initialised already; nothing was changed");
	return 0;
}
