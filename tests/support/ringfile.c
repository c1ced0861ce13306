/* SPDX-License-Identifier: MIT */
/* Ring files for tests, and how to change them. */
#include "support/ringfile.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
ringfile_init(struct ringfile *f, const sess_ring_spec *spec)
{
	static const sess_ring_spec defaults = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/sess-ringfile-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof(f->path), "%s/ring", f->dir);
	ck_assert_int_eq(sess_ring_generate(spec != NULL ? spec : &defaults, 1, &ring, NULL), 0);
	ck_assert_int_eq(sess_ring_create_file(ring, f->path, NULL), 0);
	sess_ring_free(ring);
}

void
ringfile_done(struct ringfile *f)
{
	char other[128];

	(void)unlink(f->path);
	(void)snprintf(other, sizeof(other), "%s.lock", f->path);
	(void)unlink(other);
	ck_assert_int_eq(rmdir(f->dir), 0);
}

json_t *
ringfile_read(const struct ringfile *f)
{
	json_t *ring = json_load_file(f->path, 0, NULL);

	ck_assert_ptr_nonnull(ring);
	return ring;
}

void
ringfile_write_text(const struct ringfile *f, const void *text, size_t len)
{
	char temp[128];
	int fd;

	(void)snprintf(temp, sizeof(temp), "%s/new", f->dir);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(rename(temp, f->path), 0);
}

void
ringfile_write(const struct ringfile *f, const json_t *ring)
{
	char *text = json_dumps(ring, 0);

	ck_assert_ptr_nonnull(text);
	ringfile_write_text(f, text, strlen(text));
	free(text);
}

void
ringfile_step(json_t *ring, int step)
{
	json_t *sess = json_object_get(ring, "sess");

	json_object_set_new(sess, "generation", json_integer(json_integer_value(json_object_get(sess, "generation")) + step));
}

static int
rotate(const sess_ring *ring, void *arg, sess_ring **ret_ring, sess_diag *diag)
{
	const int64_t *now = arg;
	sess_rotation rotation = SESS_ROTATION_INIT;

	rotation.activate_in_s = 0;
	return sess_ring_rotate(ring, &rotation, *now, ret_ring, diag);
}

void
ringfile_rotate(const struct ringfile *f, int64_t now)
{
	sess_diag diag;
	int rc = sess_ring_update_file(f->path, NULL, rotate, &now, NULL, &diag);

	ck_assert_msg(rc == 0, "%s", diag.message);
}

void
ringfile_count(const sess_event *event, void *arg)
{
	struct ringfile_events *events = arg;

	events->count[event->kind]++;
	if (event->kind == SESS_EVENT_RING_REFUSED || event->kind == SESS_EVENT_RING_RELOADED) {
		events->code = event->code;
		events->generation = event->generation;
	}
	if (event->kind == SESS_EVENT_KEY_NEAR_LIMIT) {
		events->value = event->value;
		events->limit = event->limit;
	}
	if (event->kind == SESS_EVENT_RING_REFUSED || event->kind == SESS_EVENT_KEY_NEAR_LIMIT) {
		(void)snprintf(events->member, sizeof(events->member), "%s", event->member != NULL ? event->member : "");
		(void)snprintf(events->kid, sizeof(events->kid), "%s", event->kid != NULL ? event->kid : "");
	}
}
