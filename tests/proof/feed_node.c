/* SPDX-License-Identifier: MIT */
/*
 * Tests: a node's commands, one a line; what a command gives is one line that begins with the command's name. Subjects are in
 * hex, so that any byte but NUL may be in one. Other lines ("event", "seen", "refused") come when they happen.
 */
#include "proof/feed_node.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Thread_local int64_t thread_skew_s;

void
node_say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	flockfile(stdout);
	(void)vprintf(format, ap);
	(void)putchar('\n');
	(void)fflush(stdout);
	funlockfile(stdout);
	va_end(ap);
}

int64_t
node_us(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		abort();
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void
node_pause_us(int64_t us)
{
	const struct timespec t = { us / 1000000, (long)(us % 1000000) * 1000 };

	(void)nanosleep(&t, NULL);
}

void
node_set_thread_skew(int64_t skew_s)
{
	thread_skew_s = skew_s;
}

static int
tell_time(void *arg, int64_t *ret_now)
{
	const struct node *n = arg;
	struct timespec t;

	if (clock_gettime(CLOCK_REALTIME, &t) != 0)
		return 1;
	*ret_now = (int64_t)t.tv_sec + n->skew_s + thread_skew_s;
	return 0;
}

/* What happens to single sessions is not news here. */
static void
hear(const sess_event *event, void *arg)
{
	struct node *n = arg;

	switch ((int)event->kind) {
	case SESS_EVENT_MINTED:
	case SESS_EVENT_VERIFIED:
	case SESS_EVENT_REJECTED:
	case SESS_EVENT_RENEWED:
	case SESS_EVENT_REGENERATED:
	case SESS_EVENT_REVOKED:
		return;
	default:
		atomic_fetch_add(&n->heard, 1);
		node_say("event %s %" PRId64 " %d %s", sess_event_name((int)event->kind), node_us(), event->code,
		    event->member == NULL ? "-" : event->member);
	}
}

uint32_t
node_verdict(const struct node *n, const char *token)
{
	sess_session *s = NULL;
	sess_diag diag;
	int rc = sess_verify(n->manager, token, strlen(token), NULL, &s, &diag);

	sess_session_free(s);
	return rc == 0 ? 0 : rc == SESS_ERR_REJECTED ? diag.reasons : NODE_ERROR;
}

char *
node_sign_in(const struct node *n, const char *subject)
{
	char *token = NULL;
	size_t len = 0;

	return sess_mint(n->manager, subject, NULL, 0, NULL, &token, &len, NULL) == 0 ? token : NULL;
}

/* In place; "-" is the empty text. */
static char *
unhex(char *text)
{
	size_t n = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;

	for (size_t i = 0; i < n; i++) {
		const char pair[] = { text[2 * i], text[2 * i + 1], '\0' };

		text[i] = (char)strtol(pair, NULL, 16);
	}
	text[n] = '\0';
	return text;
}

/* A single line, so that a message is one word more of the answer. */
static void
say_failed(const char *command, int rc, const sess_diag *diag)
{
	node_say("%s %d %s", command, rc, diag->message);
}

/* mint SUBJECT [SKEW] */
static void
do_mint(struct node *n, char **word)
{
	sess_session *s = NULL;
	char *token = NULL;
	size_t len = 0;
	sess_diag diag;
	int rc;

	node_set_thread_skew(word[1] == NULL ? 0 : strtol(word[1], NULL, 10));
	rc = sess_mint(n->manager, unhex(word[0]), NULL, 0, NULL, &token, &len, &diag);
	node_set_thread_skew(0);
	if (rc != 0) {
		say_failed("mint", rc, &diag);
		return;
	}
	/* The store may be closed and refuse what was minted: its sid is then not known here. */
	if (sess_verify(n->manager, token, len, NULL, &s, NULL) == 0)
		node_say("mint 0 %s %s %s %" PRId64, token, sess_session_id(s), sess_session_token_id(s), sess_session_auth_time(s));
	else
		node_say("mint 0 %s", token);
	sess_session_free(s);
	sess_token_free(token);
}

/* verify TOKEN */
static void
do_verify(struct node *n, char **word)
{
	int64_t begin = node_us();
	uint32_t got = node_verdict(n, word[0]);

	node_say("verify %" PRIx32 " %" PRId64 " %" PRId64, got, begin, node_us());
}

/* flood TIMES TOKEN: the same many times; says how many were accepted. */
static void
do_flood(struct node *n, char **word)
{
	long times = strtol(word[0], NULL, 10), accepted = 0;

	for (long i = 0; i < times; i++)
		accepted += node_verdict(n, word[1]) == 0;
	node_say("flood %ld %ld", times, accepted);
}

/* revoke session|token|subject|all NAME [spare TOKEN] */
static void
do_revoke(struct node *n, char **word)
{
	int64_t begin = node_us();
	sess_revocation r;
	sess_diag diag;
	int rc;

	if (strcmp(word[0], "session") == 0)
		rc = sess_revoke_session(n->manager, word[1], NULL, &r, &diag);
	else if (strcmp(word[0], "token") == 0)
		rc = sess_revoke_token(n->manager, word[1], NULL, &r, &diag);
	else if (strcmp(word[0], "subject") == 0)
		rc = sess_revoke_subject(n->manager, unhex(word[1]), NULL, &r, &diag);
	else
		rc = sess_revoke_all(n->manager, NULL, &r, &diag);
	if (rc != 0)
		say_failed("revoke", rc, &diag);
	else
		node_say("revoke 0 %s %d %" PRId64 " %" PRId64, r.id, r.queued, begin, node_us());
}

/* undo ID */
static void
do_undo(struct node *n, char **word)
{
	sess_diag diag;
	int rc = sess_revoke_undo(n->manager, word[0], NULL, &diag);

	say_failed("undo", rc, &diag);
}

static int
count_one(const sess_revocation *r, void *arg)
{
	(void)r;
	++*(size_t *)arg;
	return 0;
}

/* list */
static void
do_list(struct node *n, char **word)
{
	size_t count = 0;
	sess_diag diag;
	int rc = sess_revocations_list(n->manager, count_one, &count, &diag);

	(void)word;
	node_say("list %d %zu", rc, count);
}

/* sample NAME TOKEN PAUSE_US */
static void
do_sample(struct node *n, char **word)
{
	eyes_sample(n, word[0], word[1], strtol(word[2], NULL, 10));
	node_say("sample");
}

/* watch TOKEN */
static void
do_watch(struct node *n, char **word)
{
	eyes_watch(n, word[0]);
	node_say("watch");
}

static void
do_stop(struct node *n, char **word)
{
	(void)n;
	(void)word;
	eyes_stop();
	node_say("stop");
}

/* churn SKEW SUBJECT */
static void
do_churn(struct node *n, char **word)
{
	churn_start(n, strtol(word[0], NULL, 10), unhex(word[1]));
	node_say("churn");
}

static void
do_turns(struct node *n, char **word)
{
	(void)n;
	(void)word;
	node_say("turns %zu", churn_turns());
}

/* settle FILE */
static void
do_settle(struct node *n, char **word)
{
	(void)n;
	churn_stop(word[0]);
}

/* judge FILE BEFORE_US */
static void
do_judge(struct node *n, char **word)
{
	churn_judge(n, word[0], strtoll(word[1], NULL, 10));
}

/* fork IN OUT: the child goes on with the same manager, and with these two for stdin and stdout. */
static void
do_fork(struct node *n, char **word)
{
	pid_t pid = fork();
	int in, out;

	if (pid != 0) {
		node_say("fork %ld", (long)pid);
		return;
	}
	if ((in = open(word[0], O_RDONLY)) < 0 || (out = open(word[1], O_WRONLY)) < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0)
		_exit(1);
	(void)close(in);
	(void)close(out);
	n->is_child = 1;
	node_say("forked");
}

/* status */
static void
do_status(struct node *n, char **word)
{
	sess_revocation_status st = SESS_REVOCATION_STATUS_INIT;
	sess_diag diag;
	int rc = sess_revocations_status(n->manager, &st, &diag);

	(void)word;
	if (rc != 0)
		say_failed("status", rc, &diag);
	else
		node_say("status 0 %d %s %zu %zu %" PRId64, st.is_open, st.why == NULL ? "-" : st.why, st.entries, st.queued,
		    st.contact_age_ms);
}

static const struct command {
	const char *name;
	int words; /* at least */
	void (*run)(struct node *n, char **word);
} commands[] = {
	{ "mint", 1, do_mint }, { "verify", 1, do_verify }, { "flood", 2, do_flood }, { "revoke", 2, do_revoke }, { "undo", 1, do_undo },
	{ "list", 0, do_list }, { "sample", 3, do_sample }, { "watch", 1, do_watch }, { "stop", 0, do_stop }, { "churn", 2, do_churn },
	{ "turns", 0, do_turns }, { "settle", 1, do_settle }, { "judge", 2, do_judge }, { "fork", 2, do_fork },
	{ "status", 0, do_status },
};

static void
obey(struct node *n, char *line)
{
	char *word[8] = { 0 }, *rest = NULL, *name = strtok_r(line, " \n", &rest);
	int words = 0;

	while (words < 7 && (word[words] = strtok_r(NULL, " \n", &rest)) != NULL)
		words++;
	for (size_t i = 0; name != NULL && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name) == 0 && words >= commands[i].words) {
			commands[i].run(n, word);
			return;
		}
	}
	node_say("what?");
}

/* The next line, while the feed is moved on where that is left to us. */
static int
next_line(struct node *n, char **line, size_t *room)
{
	struct pollfd p[2] = { { .fd = 0, .events = POLLIN }, { .fd = -1, .events = POLLIN } };
	int wait_ms = -1;

	while (n->config.revocations_feed == SESS_FEED_CALLER) {
		if (sess_revocations_poll(n->manager, &wait_ms, NULL) != 0)
			abort();
		p[1].fd = sess_revocations_fd(n->manager);
		if (poll(p, 2, wait_ms) > 0 && p[0].revents != 0)
			break;
	}
	return getline(line, room, stdin) > 0;
}

static int
stand_still(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = 1000;
	return 0;
}

/* What comes behind the four that must be given: "caller", "auth=FILE", "init"; and
 * "timeless", a clock of elapsed time that stands still. */
static int
take_options(struct node *n, char **option)
{
	int wants_init = 0;

	for (; *option != NULL; option++) {
		if (strcmp(*option, "caller") == 0)
			n->config.revocations_feed = SESS_FEED_CALLER;
		else if (strcmp(*option, "timeless") == 0)
			n->config.elapsed = stand_still;
		else if (strncmp(*option, "auth=", 5) == 0)
			n->config.revocations_auth_path = *option + 5;
		else
			wants_init |= strcmp(*option, "init") == 0;
	}
	return wants_init;
}

int
main(int argc, char **argv)
{
	struct node n = { .config = SESS_CONFIG_INIT };
	char *line = NULL;
	size_t room = 0;
	sess_diag diag;
	int rc;

	if (argc < 5) {
		(void)fprintf(stderr, "usage: proof_feed_node RING POLICY STORE SKEW [caller] [auth=FILE] [timeless] [init]\n");
		return 2;
	}
	n.config.ring_path = argv[1];
	n.config.policy_path = argv[2];
	n.config.revocations = argv[3];
	n.skew_s = strtol(argv[4], NULL, 10);
	n.config.clock = tell_time;
	n.config.clock_arg = &n;
	n.config.on_event = hear;
	n.config.on_event_arg = &n;
	if (take_options(&n, argv + 5)) {
		rc = sess_revocations_init(&n.config, &diag);
		say_failed("init", rc, &diag);
		return rc != 0;
	}
	if ((rc = sess_manager_new(&n.config, &n.manager, &diag)) != 0) {
		say_failed("failed", rc, &diag);
		return 1;
	}
	node_say("ready %ld", (long)getpid());
	while (next_line(&n, &line, &room))
		obey(&n, line);
	sess_manager_free(n.manager);
	/* What the parent's threads had in hand is left where it was: not a child's to free, nor a leak of its own. */
	if (n.is_child)
		_exit(0);
	free(line);
	return 0;
}
