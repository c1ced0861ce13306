/* SPDX-License-Identifier: MIT */
/*
 * Example: a service that answers unusual activity by revoking the session. The watch is the manager's event callback;
 * its alarm names a session by a keyed hash and comes in the middle of sess_verify(), so it is only noted. After each
 * verification the service asks whether the session in hand is one of those noted, and if so revokes it. Uses the
 * public API only.
 *
 * Here one cookie is used from four networks within a minute. Exit status 0: the fourth network ended the session, the
 * request after it is refused, and another session was left alone.
 */
#include <pthread.h>
#include <sess/sess.h>
#include <stdio.h>
#include <string.h>

#define SUSPECTS_MAX 64

/* The alarms not answered yet. Alarms come from many threads. */
struct suspects {
	pthread_mutex_t lock;
	uint8_t name[SUSPECTS_MAX][SESS_EVENT_NAME_LEN];
	size_t count;
};

static void
on_unusual(const sess_unusual *unusual, void *arg)
{
	struct suspects *suspects = arg;

	if (!unusual->has_session)
		return; /* a client or a key: something for the operator's log */
	(void)pthread_mutex_lock(&suspects->lock);
	if (suspects->count < SUSPECTS_MAX)
		memcpy(suspects->name[suspects->count++], unusual->session, SESS_EVENT_NAME_LEN);
	(void)pthread_mutex_unlock(&suspects->lock);
}

/* Whether this session was noted; then it is noted no more. */
static int
take_suspect(struct suspects *suspects, const uint8_t *name)
{
	int found = 0;

	(void)pthread_mutex_lock(&suspects->lock);
	for (size_t i = 0; i < suspects->count && !found; i++) {
		if (memcmp(suspects->name[i], name, SESS_EVENT_NAME_LEN) != 0)
			continue;
		memmove(suspects->name[i], suspects->name[--suspects->count], SESS_EVENT_NAME_LEN);
		found = 1;
	}
	(void)pthread_mutex_unlock(&suspects->lock);
	return found;
}

/* One request. 0: served. SESS_ERR_REJECTED: the user is to sign in again. Others: the service's own trouble. */
static int
serve(sess_manager *manager, struct suspects *suspects, const char *cookie, const char *address, sess_diag *diag)
{
	sess_verify_opts opts = SESS_VERIFY_OPTS_INIT;
	char network[SESS_NET_PREFIX_MAX];
	sess_context context = { "net", network, 0 };
	uint8_t name[SESS_EVENT_NAME_LEN];
	sess_session *session = NULL;
	int rc;

	if ((rc = sess_context_net_prefix(address, 0, 0, network, diag)) != 0)
		return rc;
	context.value_len = strlen(network);
	opts.context = &context;
	opts.context_count = 1;
	opts.client = address;
	opts.client_len = strlen(address);
	if ((rc = sess_verify(manager, cookie, strlen(cookie), &opts, &session, diag)) != 0)
		return rc;
	if ((rc = sess_session_event_name(manager, session, name, diag)) == 0 && take_suspect(suspects, name)) {
		rc = sess_revoke_session(manager, sess_session_id(session), NULL, NULL, diag);
		if (rc == 0)
			rc = SESS_ERR_REJECTED;
	}
	sess_session_free(session);
	return rc;
}

static int
visit(sess_manager *manager, struct suspects *suspects, const char *stolen, const char *other, sess_diag *diag)
{
	static const struct {
		const char *from;
		int expected;
	} requests[] = {
		{ "192.0.2.7", 0 },
		{ "198.51.100.20", 0 },
		{ "203.0.113.5", 0 },
		{ "192.0.2.99", 0 }, /* the first network again */
		{ "2001:db8::1", SESS_ERR_REJECTED },
		{ "192.0.2.7", SESS_ERR_REJECTED },
	};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		int rc = serve(manager, suspects, stolen, requests[i].from, diag);

		printf("%-15s %s\n", requests[i].from, rc == 0 ? "served" : sess_error_name(rc));
		if (rc != requests[i].expected)
			return -1;
	}
	if ((diag->reasons & SESS_REASON_REVOKED) == 0)
		return -1;
	return serve(manager, suspects, other, "192.0.2.7", diag);
}

int
main(void)
{
	static struct suspects suspects = { .lock = PTHREAD_MUTEX_INITIALIZER };
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	sess_watch *watch = NULL;
	sess_ring *ring = NULL;
	char *stolen = NULL, *other = NULL;
	size_t len = 0;
	sess_diag diag;
	int rc;

	/* In a service: config.ring_path, and the policy that the manager has. */
	if ((rc = sess_ring_generate(&spec, 1, &ring, &diag)) == 0 &&
	    (rc = sess_watch_new(NULL, on_unusual, &suspects, &watch, &diag)) == 0) {
		config.ring = ring;
		config.revocations = "memory:";
		config.on_event = sess_watch_event;
		config.on_event_arg = watch;
		rc = sess_manager_new(&config, &manager, &diag);
	}
	if (rc == 0 && (rc = sess_mint(manager, "alice", NULL, 0, NULL, &stolen, &len, &diag)) == 0 &&
	    (rc = sess_mint(manager, "bob", NULL, 0, NULL, &other, &len, &diag)) == 0)
		rc = visit(manager, &suspects, stolen, other, &diag);
	if (rc != 0)
		fprintf(stderr, "%s\n", diag.message);
	sess_token_free(stolen);
	sess_token_free(other);
	sess_manager_free(manager);
	sess_watch_free(watch); /* after the manager, which calls it */
	sess_ring_free(ring);
	return rc == 0 ? 0 : 1;
}
