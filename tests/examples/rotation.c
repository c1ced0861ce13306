/* SPDX-License-Identifier: MIT */
/*
 * Example: rotation under cron, while a service runs. Once a day somebody runs `sesstool key rotate --if-due ring.jwks`, or a
 * program that calls what is in rotate_if_due() here; most days nothing is due. The service follows the file by itself, and no session
 * is lost: this plays 200 days in a moment. Uses the public API only.
 *
 * Exit status 0: the ring was rotated twice, pruned twice, and each day's token was good on its day and the day's end.
 */
#include <sess/sess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_S 86400

static int64_t now = 1800000000;

static int
clock_now(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = now;
	return 0;
}

/* One key at most in 90 days; what no valid token needs goes with it. NULL: nothing to do, and the file is not touched. */
static int
rotate_if_due(const sess_ring *ring, void *arg, sess_ring **ret_ring, sess_diag *diag)
{
	sess_rotation rotation = SESS_ROTATION_INIT; /* the new key mints in an hour: time for the file to reach every node */

	(void)arg;
	rotation.if_due = 1;
	return sess_ring_rotate(ring, &rotation, now, ret_ring, diag);
}

static int
prune(const sess_ring *ring, void *arg, sess_ring **ret_ring, sess_diag *diag)
{
	(void)arg;
	return sess_ring_prune(ring, NULL, 0, now, ret_ring, diag);
}

/* *count grows where the file was changed. */
static int
change(const char *path, sess_ring_edit_fn *edit, int *count, sess_diag *diag)
{
	sess_ring *changed = NULL;
	int rc = sess_ring_update_file(path, NULL, edit, NULL, &changed, diag);

	*count += changed != NULL;
	sess_ring_free(changed);
	return rc;
}

/* A token of this morning, half an hour later. */
static int
serve(sess_manager *m, sess_diag *diag)
{
	sess_session *session = NULL;
	char *token = NULL;
	size_t len = 0;
	int rc = sess_mint(m, "alice", NULL, 0, NULL, &token, &len, diag);

	now += 1800;
	if (rc == 0 && (rc = sess_manager_reload_if_changed(m, NULL, diag)) == 0)
		rc = sess_verify(m, token, len, NULL, &session, diag);
	sess_session_free(session);
	sess_token_free(token);
	return rc;
}

static int
live(const char *path, sess_diag *diag)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *m = NULL;
	int rotations = 0, prunings = 0, rc;

	config.ring_path = path;
	config.clock = clock_now;
	/* In a service: config.watch_interval_s = 60, and no call of sess_manager_reload_if_changed(). */
	rc = sess_manager_new(&config, &m, diag);
	for (int day = 0; rc == 0 && day < 200; day++, now += DAY_S - 1800) {
		if ((rc = change(path, rotate_if_due, &rotations, diag)) == 0 && (rc = change(path, prune, &prunings, diag)) == 0)
			rc = serve(m, diag);
	}
	printf("200 days: %d rotations, %d prunings, generation %lld\n", rotations, prunings,
	    m == NULL ? 0 : (long long)sess_manager_generation(m));
	sess_manager_free(m);
	return rc != 0 ? rc : rotations == 2 && prunings == 2 ? 0 : -1000;
}

int
main(void)
{
	char folder[] = "/tmp/sess-rotation-XXXXXX", path[64], lock[80];
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;
	sess_diag diag = { .message = "" };
	int rc;

	if (mkdtemp(folder) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/ring.jwks", folder);
	(void)snprintf(lock, sizeof(lock), "%s.sess-lock", path);
	if ((rc = sess_ring_generate(&spec, now, &ring, &diag)) == 0 && (rc = sess_ring_create_file(ring, path, &diag)) == 0)
		rc = live(path, &diag);
	if (rc != 0)
		fprintf(stderr, "%s\n", diag.message);
	sess_ring_free(ring);
	(void)unlink(path);
	(void)unlink(lock);
	(void)rmdir(folder);
	return rc == 0 ? 0 : 1;
}
