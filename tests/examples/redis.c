/* SPDX-License-Identifier: MIT */
/*
 * Example: revocation over Redis. Two nodes, each with a manager of its own, share a server: who logs out at one is not known at the other a
 * moment later, though neither asks the server when a token is verified. The second node has no thread for it: it moves the
 * feed on in its own loop, by poll(). Uses the public API only.
 *
 *   redis URI       redis://127.0.0.1:6379/0, or redis+unix:/run/redis.sock
 *
 * Exit status 0: the second node accepted alice, then refused her, and knew bob all the time. 77: this library has no Redis.
 */
#include <poll.h>
#include <sess/sess.h>
#include <stdio.h>
#include <string.h>

#define LOOKS 6000 /* of 10 ms at most: a busy machine is slow, not wrong */

struct node {
	sess_manager *manager;
};

static int
node_new(struct node *node, sess_ring *ring, const char *uri, int feed, sess_diag *diag)
{
	sess_config config = SESS_CONFIG_INIT;

	config.ring = ring;
	config.revocations = uri;
	config.revocations_feed = feed;
	/* config.revocations_auth_path = "/etc/shop/redis.auth": the password; never in the URI */
	return sess_manager_new(&config, &node->manager, diag);
}

/* One turn of the loop: whatever the store has sent, and nothing that waits for it. A service has its clients in the same poll(). */
static int
turn(struct node *node, sess_diag *diag)
{
	struct pollfd store = { sess_revocations_fd(node->manager), POLLIN, 0 };
	int wait_ms = 0, rc = sess_revocations_poll(node->manager, &wait_ms, diag);

	if (rc == 0)
		(void)poll(&store, 1, wait_ms < 0 || wait_ms > 10 ? 10 : wait_ms);
	return rc;
}

/* 1: the store vouches for its list. Before that, every token is refused. */
static int
is_open(struct node *node)
{
	sess_revocation_status status = SESS_REVOCATION_STATUS_INIT;

	return sess_revocations_status(node->manager, &status, NULL) == 0 && status.is_open;
}

static int
knows(struct node *node, const char *token, sess_diag *diag)
{
	sess_session *session = NULL;
	int rc = sess_verify(node->manager, token, strlen(token), NULL, &session, diag);

	sess_session_free(session);
	return rc == 0;
}

/* The loop of the second node, until it has seen what is expected of it, or for a minute. */
static int
until(struct node *node, const char *token, int expected, sess_diag *diag)
{
	for (int i = 0; i < LOOKS; i++) {
		if (is_open(node) && knows(node, token, diag) == expected)
			return 0;
		if (turn(node, diag) != 0)
			return -1;
	}
	return -1;
}

static int
play(struct node *a, struct node *b, sess_diag *diag)
{
	char *alice = NULL, *bob = NULL;
	size_t len = 0;
	int rc;

	if ((rc = sess_mint(a->manager, "alice", NULL, 0, NULL, &alice, &len, diag)) == 0 &&
	    (rc = sess_mint(a->manager, "bob", NULL, 0, NULL, &bob, &len, diag)) == 0 &&
	    (rc = until(b, alice, 1, diag)) == 0 &&
	    (rc = sess_revoke_subject(a->manager, "alice", NULL, NULL, diag)) == 0) {
		printf("the first node: alice has logged out everywhere\n");
		rc = until(b, alice, 0, diag);
	}
	if (rc == 0) {
		printf("the second node: %s\n", sess_reason_sentence(sess_reason_first(diag->reasons)));
		rc = (diag->reasons & SESS_REASON_REVOKED) != 0 && knows(b, bob, diag) ? 0 : -1;
	}
	sess_token_free(alice);
	sess_token_free(bob);
	return rc;
}

int
main(int argc, char **argv)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config log = SESS_CONFIG_INIT;
	struct node a = { NULL }, b = { NULL };
	sess_ring *ring = NULL;
	sess_diag diag = { .message = "usage: redis URI" };
	int rc = -1;

	if (argc == 2 && (rc = sess_ring_generate(&spec, 1, &ring, &diag)) == 0) {
		/* Once for each ring, by hand: `sesstool revoke --init --ring RING --store URI`. */
		log.ring = ring;
		log.revocations = argv[1];
		rc = sess_revocations_init(&log, &diag);
	}
	if (rc == SESS_ERR_ARGUMENT && strstr(diag.message, "built without") != NULL) {
		sess_ring_free(ring);
		return 77;
	}
	if (rc == 0 && (rc = node_new(&a, ring, argv[1], SESS_FEED_THREAD, &diag)) == 0 &&
	    (rc = node_new(&b, ring, argv[1], SESS_FEED_CALLER, &diag)) == 0)
		rc = play(&a, &b, &diag);
	if (rc != 0)
		fprintf(stderr, "%s\n", diag.message);
	sess_manager_free(a.manager);
	sess_manager_free(b.manager);
	sess_ring_free(ring);
	return rc == 0 ? 0 : 1;
}
