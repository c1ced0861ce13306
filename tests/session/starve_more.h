/* SPDX-License-Identifier: MIT */
/*
 * More calls for test_starve: revoking, files, and those that are to allocate nothing. Over the scene of starve_calls.h; the
 * files lie in a folder that is made at the first need and removed at the end of the process.
 */
#ifndef SESSION_STARVE_MORE_H
#define SESSION_STARVE_MORE_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session/starve_calls.h"

static struct {
	char folder[32], ring[48], made[48], policy[48], keys[48], store[48];
} starve_paths;

static inline void
starve_paths_remove(void)
{
	char path[64];

	(void)unlink(starve_paths.ring);
	(void)unlink(starve_paths.made);
	(void)unlink(starve_paths.policy);
	(void)unlink(starve_paths.keys);
	(void)snprintf(path, sizeof(path), "%s/data.mdb", starve_paths.store);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/lock.mdb", starve_paths.store);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/begun", starve_paths.store);
	(void)unlink(path);
	(void)rmdir(starve_paths.store);
	(void)rmdir(starve_paths.folder);
}

static inline void
starve_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(close(fd), 0);
}

#define FOREIGN_KEY "{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"f\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}"

/* Before hunger begins. */
static inline void
starve_paths_make(const struct scene *s)
{
	strcpy(starve_paths.folder, "/tmp/sess-starve-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(starve_paths.folder));
	(void)snprintf(starve_paths.ring, sizeof(starve_paths.ring), "%s/ring", starve_paths.folder);
	(void)snprintf(starve_paths.made, sizeof(starve_paths.made), "%s/made", starve_paths.folder);
	(void)snprintf(starve_paths.store, sizeof(starve_paths.store), "%s/store", starve_paths.folder);
	(void)snprintf(starve_paths.policy, sizeof(starve_paths.policy), "%s/policy", starve_paths.folder);
	ck_assert_int_eq(sess_ring_create_file(s->ring, starve_paths.ring, NULL), 0);
	(void)snprintf(starve_paths.keys, sizeof(starve_paths.keys), "%s/keys", starve_paths.folder);
	starve_write(starve_paths.policy, "{\"leeway_s\":5}");
	starve_write(starve_paths.keys, "{\"keys\":[" FOREIGN_KEY "]}");
}

static inline int
act_load_file(struct scene *s, sess_diag *diag)
{
	sess_ring *ring = NULL;
	int rc = sess_ring_load_file(starve_paths.ring, NULL, &ring, diag);

	s->out = ring;
	s->release = release_ring;
	return rc;
}

static inline int
act_load_fd(struct scene *s, sess_diag *diag)
{
	int fd = open(starve_paths.ring, O_RDONLY | O_CLOEXEC);
	sess_ring *ring = NULL;
	int rc = sess_ring_load_fd(fd, NULL, &ring, diag);

	(void)close(fd);
	s->out = ring;
	s->release = release_ring;
	return rc;
}

static inline int
act_create_file(struct scene *s, sess_diag *diag)
{
	int rc;

	(void)unlink(starve_paths.made);
	rc = sess_ring_create_file(s->ring, starve_paths.made, diag);
	s->release = NULL;
	/* There is a file exactly where it said so. */
	return (access(starve_paths.made, F_OK) == 0) == (rc == 0) ? rc : 1;
}

static inline int
act_replace_file(struct scene *s, sess_diag *diag)
{
	s->release = NULL;
	return sess_ring_replace_file(s->ring, starve_paths.ring, diag);
}

static inline int
act_policy_file(struct scene *s, sess_diag *diag)
{
	sess_policy policy;

	s->release = NULL;
	return sess_policy_load_file(starve_paths.policy, &policy, diag);
}

#define SOME_ID "AAAAAAAAAAAAAAAAAAAAAA"

static inline int
act_revoke_session(struct scene *s, sess_diag *diag)
{
	s->release = NULL;
	return sess_revoke_session(s->manager, SOME_ID, NULL, NULL, diag);
}

static inline int
act_revoke_token(struct scene *s, sess_diag *diag)
{
	s->release = NULL;
	return sess_revoke_token(s->manager, SOME_ID, NULL, NULL, diag);
}

static inline int
act_revoke_subject(struct scene *s, sess_diag *diag)
{
	s->release = NULL;
	return sess_revoke_subject(s->manager, "anna", NULL, NULL, diag);
}

static inline int
act_revoke_all(struct scene *s, sess_diag *diag)
{
	s->release = NULL;
	return sess_revoke_all(s->manager, NULL, NULL, diag);
}

static inline int
act_undo(struct scene *s, sess_diag *diag)
{
	sess_revocation what;
	int rc = sess_revoke_token(s->manager, SOME_ID, NULL, &what, diag);

	s->release = NULL;
	return rc != 0 ? rc : sess_revoke_undo(s->manager, what.id, NULL, diag);
}

static inline int
see(const sess_revocation *revocation, void *arg)
{
	(void)revocation;
	(void)arg;
	return 0;
}

static inline int
act_list(struct scene *s, sess_diag *diag)
{
	s->release = NULL;
	return sess_revocations_list(s->manager, see, NULL, diag);
}

static inline int
act_event_name(struct scene *s, sess_diag *diag)
{
	uint8_t name[SESS_EVENT_NAME_LEN];

	s->release = NULL;
	return sess_session_event_name(s->manager, s->session, name, diag);
}

static inline int
act_find(struct scene *s, sess_diag *diag)
{
	static const sess_cookie_header header = { "a=b; __Host-session=a.b.c", 25 };
	char *token = NULL;
	sess_policy policy;
	int rc;

	sess_policy_init(&policy);
	rc = sess_cookie_find(&policy.cookie, &header, 1, &token, &s->out_len, diag);
	s->out = token;
	s->release = release_token;
	return rc;
}

static inline int
act_double(struct scene *s, sess_diag *diag)
{
	double real = 0;
	int rc = sess_session_get_double(s->session, "load", &real);

	s->release = NULL;
	if (diag != NULL)
		diag->code = rc;
	return rc;
}

/* What else a session answers with: the escaped string too. */
static inline int
act_getters(struct scene *s, sess_diag *diag)
{
	const char *text = NULL;
	int64_t number = 0;
	size_t n = 0;

	(void)diag;
	s->release = NULL;
	if (sess_session_get_string(s->session, "name", &text, &n) != 0 || sess_session_get_int(s->session, "n", &number) != 0 ||
	    sess_session_get_json(s->session, "n", &text, &n) != 0)
		return 1;
	return sess_session_subject(s->session) != NULL && sess_session_id(s->session) != NULL ? 0 : 1;
}

static inline int
act_check(struct scene *s, sess_diag *diag)
{
	sess_policy policy;

	s->release = NULL;
	sess_policy_init(&policy);
	return sess_policy_check(&policy, diag);
}

#ifdef SESS_WITH_LMDB
/* A manager of files alone: ring, policy and store. */
static inline int
act_lmdb(struct scene *s, sess_diag *diag)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	char uri[64];
	int rc;

	(void)snprintf(uri, sizeof(uri), "lmdb:%s", starve_paths.store);
	config.ring_path = starve_paths.ring;
	config.policy_path = starve_paths.policy;
	config.revocations = uri;
	config.clock = clock_now;
	s->release = NULL;
	if ((rc = sess_manager_new(&config, &manager, diag)) == 0)
		rc = sess_revoke_session(manager, sess_session_id(s->session), NULL, NULL, diag);
	sess_manager_free(manager);
	return rc;
}
#endif

/* A store that is not there: what can be waited for is not, and what cannot is said. */
#define NO_SERVER "redis+unix:/tmp/sess-starve-no-such-server"

static inline int
act_init(struct scene *s, sess_diag *diag)
{
	sess_config config = SESS_CONFIG_INIT;

	config.ring = s->ring;
	config.revocations = NO_SERVER;
	s->release = NULL;
	return sess_revocations_init(&config, diag);
}

static inline int
act_poll(struct scene *s, sess_diag *diag)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	int wait = 0, rc;

	config.ring = s->ring;
	config.clock = clock_now;
	config.revocations = NO_SERVER;
	config.revocations_feed = SESS_FEED_CALLER;
	s->release = NULL;
	if ((rc = sess_manager_new(&config, &manager, diag)) == 0)
		rc = sess_revocations_poll(manager, &wait, diag);
	sess_manager_free(manager);
	return rc;
}

static inline int
act_status(struct scene *s, sess_diag *diag)
{
	sess_revocation_status status = SESS_REVOCATION_STATUS_INIT;

	s->release = NULL;
	return sess_revocations_status(s->manager, &status, diag);
}

#endif
