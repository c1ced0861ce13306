/* SPDX-License-Identifier: MIT */
/* sesstool doctor: what lies outside ring and policy: this machine's clock, and the revocation store. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>

#include "doctor.h"

void
doctor_clock(struct doctor *d)
{
	struct timex t = { .modes = 0 };
	int state;

	if (d->has_now)
		return;
	if ((state = adjtimex(&t)) >= 0)
		(void)doctor_check(d, DOCTOR_CLOCK_SYNC, state != TIME_ERROR && (t.status & STA_UNSYNC) == 0, DOCTOR_COMMAND "timedatectl set-ntp true",
		    "the kernel calls it not synchronised");
}

static int
count_one(const sess_revocation *r, void *arg)
{
	(void)r;
	++*(size_t *)arg;
	return 0;
}

/* m NULL: it could not even be made. */
static const char *
mend_store(const struct doctor *d, const char *uri, sess_manager *m)
{
	sess_revocation_status status = SESS_REVOCATION_STATUS_INIT;
	const char *auth = d->from.store_auth;
	static char mend[768];

	if (m == NULL || sess_revocations_status(m, &status, NULL) != 0 || status.why == NULL)
		return "name the store that this ring's services use, by --store; this user must be able to read it";
	if (strcmp(status.why, "NO_EPOCH") != 0)
		return "see that the server runs, that this machine reaches it, and that --store names the one that the services use";
	(void)snprintf(mend, sizeof(mend), "if it is new (else find out first who emptied it: what was revoked is forgotten there):" DOCTOR_COMMAND
	    "sesstool revoke --init --ring %s --store %s", doctor_quote(d->from.path), doctor_quote(uri));
	if (auth != NULL)
		(void)snprintf(mend + strlen(mend), sizeof(mend) - strlen(mend), " --store-auth %s", doctor_quote(auth));
	return mend;
}

/* Through a manager, as a service opens it. */
static void
open_store(struct doctor *d, const char *uri)
{
	const char *mend = "";
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *m = NULL;
	size_t count = 0;
	sess_diag diag;
	int rc;

	config.ring = d->ring;
	config.policy = &d->policy;
	config.revocations = uri;
	config.revocations_auth_path = d->from.store_auth;
	config.clock = tool_fixed_clock;
	config.clock_arg = &d->now;
	if ((rc = sess_manager_new(&config, &m, &diag)) == 0)
		rc = sess_revocations_list(m, count_one, &count, &diag);
	if (rc != 0)
		mend = mend_store(d, uri, m);
	sess_manager_free(m);
	if (doctor_check(d, DOCTOR_STORE_OPEN, rc == 0, mend, "%s",
	    rc == 0 ? "" : diag.message))
		(void)doctor_check(d, DOCTOR_STORE_ROOM, count * 5 <= (size_t)d->policy.revocations_max * 4,
		    DOCTOR_IN_POLICY ": a greater \"revocations_max\" (64 bytes of memory each)", "%zu of %d places are taken", count,
		    d->policy.revocations_max);
}

static int
look_at_folder(struct doctor *d, const char *uri)
{
	const char *path = uri + 5;
	char mend[512];
	struct stat st;

	(void)snprintf(mend, sizeof(mend), DOCTOR_COMMAND "sesstool revoke --ring %s --store %s --list", doctor_quote(d->from.path), doctor_quote(uri));
	if (stat(path, &st) != 0)
		return doctor_check(d, DOCTOR_STORE_OPEN, 0, mend, "there is no such folder yet; the first to open it makes it");
	(void)snprintf(mend, sizeof(mend), DOCTOR_COMMAND "chmod 700 %s", doctor_quote(path));
	(void)doctor_check(d, DOCTOR_STORE_MODE, (st.st_mode & 077) == 0, mend, "its folder has mode %04o", (unsigned)(st.st_mode & 07777));
	return 1;
}

/* Loopback by name or number, or a socket of this host. */
static int
is_here(const char *uri)
{
	static const char *const here[] = { "redis+unix:", "redis://127.", "redis://localhost", "redis://[::1]", NULL };
	size_t i = 0;

	while (here[i] != NULL && strncmp(uri, here[i], strlen(here[i])) != 0)
		i++;
	return here[i] != NULL;
}

static void
look_at_server(struct doctor *d, const char *uri)
{
	(void)doctor_check(d, DOCTOR_STORE_STALE, d->policy.revocations_when_stale != SESS_STALE_OPEN,
	    DOCTOR_IN_POLICY ": \"revocations_when_stale\": \"closed\"", "the policy says \"open\" after %s of silence",
	    tool_span(d->policy.revocations_max_staleness_s));
	(void)doctor_check(d, DOCTOR_STORE_AUTH, d->from.store_auth != NULL,
	    "a user of its own on the server; config.revocations_auth_path, and here --store-auth FILE", "no password was named");
	(void)doctor_check(d, DOCTOR_STORE_NETWORK, is_here(uri), "a tunnel with TLS on this host, and the URI to its end here",
	    "the server is on another host, and the connection has no TLS");
}

void
doctor_store(struct doctor *d)
{
	char *uri = NULL;

	if (d->ring == NULL || !d->has_policy || d->has_failed[DOCTOR_POLICY_RING] || tool_store(&d->from, &uri) != 0)
		return;
	if (doctor_check(d, DOCTOR_STORE_NAMED, uri != NULL,
	    "in the services: config.revocations = \"lmdb:PATH\", and here --store lmdb:PATH", "no revocation store was named")) {
		(void)doctor_check(d, DOCTOR_STORE_REACH, strncmp(uri, "memory:", 7) != 0,
		    "where there is more than one process: config.revocations = \"lmdb:PATH\"", "it is the memory of one process");
		if (strncmp(uri, "redis", 5) == 0)
			look_at_server(d, uri);
		if (strncmp(uri, "lmdb:", 5) != 0 || look_at_folder(d, uri))
			open_store(d, uri);
	}
	free(uri);
}
