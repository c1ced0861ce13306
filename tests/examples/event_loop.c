/* SPDX-License-Identifier: MIT */
/*
 * Example: a service with one thread and an event loop (poll). Verification never waits for anybody, so it is called where the
 * request is read. What would be a thread elsewhere is a timer here: once a second the loop looks whether the ring's file has
 * changed, by one stat(). A request is a line with a token, on a socket; the answer is the user's name, or "sign in". Uses the public
 * API only.
 *
 * Exit status 0: good tokens were answered by name and a bad one was not, before and after the ring was rotated in its file.
 */
#include <poll.h>
#include <sess/sess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 8192
#define TICK_NS 1000000 /* a second in a service; here the loop has no time to lose */

struct loop {
	sess_manager *manager;
	int client, tick;
	int64_t reloads;
};

static int
on_request(struct loop *l, sess_diag *diag)
{
	char line[LINE_MAX_BYTES];
	sess_session *session = NULL;
	ssize_t n = recv(l->client, line, sizeof(line), 0);
	const char *answer = "sign in";
	int rc;

	if (n <= 0)
		return 1; /* the client has gone */
	rc = sess_verify(l->manager, line, (size_t)n, NULL, &session, diag);
	if (rc == 0 && sess_session_subject(session) != NULL)
		answer = sess_session_subject(session); /* the session's own: not after it is freed */
	else if (rc == 0)
		answer = "a guest"; /* a session need not name anybody */
	else if (rc != SESS_ERR_REJECTED)
		answer = "try again"; /* memory, say: the service's trouble, not the client's */
	(void)send(l->client, answer, strlen(answer), MSG_NOSIGNAL);
	sess_session_free(session);
	return 0;
}

static int
on_tick(struct loop *l, sess_diag *diag)
{
	uint64_t ticks;
	int changed = 0;

	if (read(l->tick, &ticks, sizeof(ticks)) != (ssize_t)sizeof(ticks))
		return 0;
	/* A ring that is refused leaves the one before in force, and raises an event: the loop goes on. */
	if (sess_manager_reload_if_changed(l->manager, &changed, diag) == 0 && changed)
		l->reloads++;
	return 0;
}

/* Until the client closes. A service polls the descriptors of all its clients here. */
static void
run(struct loop *l)
{
	struct pollfd fds[2] = { { l->client, POLLIN, 0 }, { l->tick, POLLIN, 0 } };
	sess_diag diag;
	int done = 0;

	while (!done && poll(fds, 2, -1) > 0) {
		if (fds[1].revents != 0)
			(void)on_tick(l, &diag);
		if (fds[0].revents != 0)
			done = on_request(l, &diag);
	}
}

/* The other side, in a child process: it mints with a manager of its own, as another node does. */
static int
ask(int socket, const char *token, size_t len, const char *expected)
{
	char answer[64] = "";

	if (send(socket, token, len, 0) != (ssize_t)len || recv(socket, answer, sizeof(answer) - 1, 0) <= 0)
		return -1;
	printf("%s\n", answer);
	return strcmp(answer, expected) == 0 ? 0 : -1;
}

static int
rotate_now(const sess_ring *ring, void *arg, sess_ring **ret, sess_diag *diag)
{
	sess_rotation rotation = SESS_ROTATION_INIT;

	(void)arg;
	rotation.activate_in_s = 0;
	return sess_ring_rotate(ring, &rotation, time(NULL), ret, diag);
}

static int
client(int socket, const char *path)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *m = NULL;
	char *token = NULL;
	size_t len = 0;
	sess_diag diag;
	int bad = 0;

	config.ring_path = path;
	for (int round = 0; round < 2 && !bad; round++) {
		bad |= sess_manager_new(&config, &m, &diag) != 0 || sess_mint(m, "alice", NULL, 0, NULL, &token, &len, &diag) != 0;
		bad = bad || ask(socket, token, len, "alice") != 0 || ask(socket, token, len - 1, "sign in") != 0;
		sess_token_free(token);
		sess_manager_free(m);
		token = NULL;
		m = NULL;
		/* The next token is under a key that the loop has not seen: it looks at the file at once. */
		if (!bad && round == 0)
			bad = sess_ring_update_file(path, NULL, rotate_now, NULL, NULL, &diag) != 0;
	}
	return bad;
}

static int
serve(const char *path, int socket)
{
	struct itimerspec every = { { 0, TICK_NS }, { 0, TICK_NS } };
	sess_config config = SESS_CONFIG_INIT;
	struct loop l = { .client = socket };
	sess_diag diag;
	int rc;

	config.ring_path = path;
	if ((rc = sess_manager_new(&config, &l.manager, &diag)) != 0) {
		fprintf(stderr, "%s\n", diag.message);
		return rc;
	}
	l.tick = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	(void)timerfd_settime(l.tick, 0, &every, NULL);
	run(&l);
	rc = sess_manager_generation(l.manager) == 2 ? 0 : -1;
	(void)close(l.tick);
	sess_manager_free(l.manager);
	return rc;
}

int
main(void)
{
	char folder[] = "/tmp/sess-loop-XXXXXX", path[64], lock[80];
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;
	int pair[2], rc = 1, status = 1;
	sess_diag diag;
	pid_t child;

	if (mkdtemp(folder) == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/ring.jwks", folder);
	(void)snprintf(lock, sizeof(lock), "%s.sess-lock", path);
	if (sess_ring_generate(&spec, 1, &ring, &diag) == 0 && sess_ring_create_file(ring, path, &diag) == 0) {
		sess_ring_free(ring);
		(void)fflush(stdout);
		if ((child = fork()) == 0) {
			(void)close(pair[0]);
			status = client(pair[1], path);
			(void)fflush(stdout);
			_exit(status);
		}
		(void)close(pair[1]);
		rc = serve(path, pair[0]);
		if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
			rc = -1;
	} else {
		fprintf(stderr, "%s\n", diag.message);
		sess_ring_free(ring);
	}
	(void)unlink(path);
	(void)unlink(lock);
	(void)rmdir(folder);
	return rc == 0 ? 0 : 1;
}
