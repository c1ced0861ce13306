/* SPDX-License-Identifier: MIT */
/* sesstool doctor: the ring: its file, what its keys do now and next, and what its form means. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor.h"

#define GCM_MINTS_MAX 4294967296.0 /* NIST SP 800-38D: 2^32 with random nonces */

static char mend[512];

#define MEND(...) ((void)snprintf(mend, sizeof(mend), __VA_ARGS__), mend)
#define RUN(...) MEND(DOCTOR_COMMAND __VA_ARGS__)

static int
is_path(const struct doctor *d)
{
	return strncmp(d->from.path, "fd:", 3) != 0;
}

static void
add_opener(char *out, size_t room, const char *option, const char *file)
{
	size_t n = strlen(out);

	if (file != NULL)
		(void)snprintf(out + n, room - n, "%s %s ", option, doctor_quote(file));
}

/* The ring as it was named here, for a command that opens it: what opens it, and its path. Descriptors are of no use to another. */
static const char *
ring_words(const struct doctor *d)
{
	static char words[768];
	size_t n;

	words[0] = '\0';
	add_opener(words, sizeof(words), "--passphrase-file", d->from.secret.passphrase.file);
	add_opener(words, sizeof(words), "--kek-file", d->from.secret.kek.file);
	n = strlen(words);
	(void)snprintf(words + n, sizeof(words) - n, "%s", is_path(d) ? doctor_quote(d->from.path) : "RING");
	return words;
}

/* What other people may do with it. Of a folder it is enough that they may not write. */
static void
look_at_file(struct doctor *d)
{
	char folder[4096];
	const char *slash = strrchr(d->from.path, '/');
	struct stat st;
	size_t n = slash == NULL ? 0 : (size_t)(slash - d->from.path);

	if (stat(d->from.path, &st) == 0)
		(void)doctor_check(d, DOCTOR_RING_MODE, (st.st_mode & 077) == 0, RUN("chmod 600 %s", doctor_quote(d->from.path)),
		    "mode %04o", (unsigned)(st.st_mode & 07777));
	if (n >= sizeof(folder))
		return;
	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash == NULL ? 1 : n == 0 ? 1 : n), slash == NULL ? "." : d->from.path);
	if (stat(folder, &st) == 0)
		(void)doctor_check(d, DOCTOR_RING_FOLDER, (st.st_mode & 022) == 0 || (st.st_mode & S_ISVTX) != 0,
		    RUN("chmod go-w %s", doctor_quote(folder)), "its folder has mode %04o", (unsigned)(st.st_mode & 07777));
}

static const char *
mend_owner(const struct doctor *d)
{
	const char *path = doctor_quote(d->from.path);
	struct stat st;

	if (lstat(d->from.path, &st) == 0 && !S_ISREG(st.st_mode))
		return "name a regular file; a mounted secret is read as fd:N, or with --insecure-any-owner";
	if (stat(d->from.path, &st) == 0 && st.st_uid != geteuid() && st.st_uid != 0)
		return RUN("chown %u %s && chmod 600 %s", (unsigned)geteuid(), path, path);
	return RUN("chmod 600 %s", path);
}

static const char *
mend_load(const struct doctor *d, int code)
{
	switch (code) {
	case SESS_ERR_IO: return RUN("sesstool key new %s", doctor_quote(d->from.path));
	case SESS_ERR_RING_FILE: return mend_owner(d);
	case SESS_ERR_RING_ENCRYPTED: return RUN("sesstool doctor --ring %s --passphrase-file FILE", doctor_quote(d->from.path));
	default: return "restore the ring from where it was last rotated";
	}
}

void
doctor_ring_file(struct doctor *d)
{
	sess_diag diag = { .code = 0 };
	int rc;

	if (tool_ring_open(&d->from, &d->ring, &rc, &diag) != 0) {
		(void)doctor_check(d, DOCTOR_RING_FILE, 0, "name a file that holds the passphrase or key", "what opens it could not be read");
		return;
	}
	(void)doctor_check(d, DOCTOR_RING_FILE, rc == 0, mend_load(d, rc), "%s", diag.message);
	if (rc == 0 && is_path(d))
		look_at_file(d);
}

static void
look_at_rest(struct doctor *d)
{
	const char *how = sess_ring_encryption(d->ring);

	(void)doctor_check(d, DOCTOR_RING_AT_REST, how != NULL, RUN("sesstool key encrypt %s", doctor_quote(d->from.path)),
	    "the file is plain text");
	if (how != NULL && sess_ring_p2c(d->ring) > 0)
		(void)doctor_check(d, DOCTOR_RING_P2C, sess_ring_p2c(d->ring) >= SESS_P2C_DEFAULT,
		    RUN("sesstool key encrypt --p2c %d %s", SESS_P2C_DEFAULT, doctor_quote(d->from.path)), "%lld iterations of PBKDF2, where %d are usual", (long long)sess_ring_p2c(d->ring),
		    SESS_P2C_DEFAULT);
}

/* One key of its use mints; whether it can, or does elsewhere. */
static void
look_at_minting(struct doctor *d, const char *use, int *ret_verify_only)
{
	int mints = 0, has_any = 0;
	sess_key_info k;

	for (size_t i = 0; i < sess_ring_key_count(d->ring); i++) {
		if (sess_ring_key_info(d->ring, i, d->now, &k) != 0 || strcmp(k.use, use) != 0)
			continue;
		has_any = 1;
		mints |= k.state == SESS_KEY_MINTS;
		*ret_verify_only |= !k.can_mint;
	}
	if (has_any)
		(void)doctor_check(d, DOCTOR_RING_MINTS, mints, RUN("sesstool key rotate --activate-in 0s %s", ring_words(d)),
		    "no %s key mints now", strcmp(use, "sig") == 0 ? "signing" : "encryption");
}

static void
look_at_due(struct doctor *d)
{
	sess_rotation rotation = SESS_ROTATION_INIT;
	sess_ring *next = NULL;
	sess_diag diag;
	int rc;

	rotation.if_due = 1;
	rotation.key_life_s = d->key_life_s;
	rc = sess_ring_rotate(d->ring, &rotation, d->now, &next, &diag);
	if (rc == 0)
		(void)doctor_check(d, DOCTOR_RING_DUE, next == NULL, RUN("sesstool key rotate --if-due --key-life %llds %s", (long long)d->key_life_s, ring_words(d)), "a key has minted for as long as it should: %s", tool_span(d->key_life_s));
	else
		(void)doctor_check(d, DOCTOR_RING_DUE, rc == SESS_ERR_RING_STATE && diag.kid[0] != '\0', RUN("sesstool key list %s", ring_words(d)),
		    "it could not be rotated now: %s", diag.message);
	sess_ring_free(next);
}

static void
look_at_budget(struct doctor *d, const sess_key_info *k, double rate)
{
	double days = GCM_MINTS_MAX / rate / 86400;

	if (strcmp(k->alg, "dir") != 0 || k->enc == NULL || strcmp(k->enc, "A256GCM") != 0 || k->state != SESS_KEY_MINTS)
		return;
	(void)doctor_check(d, DOCTOR_RING_BUDGET, days * 86400 >= 2.0 * (double)d->key_life_s,
	    RUN("sesstool key rotate --kw A256KW %s", ring_words(d)), "at %g/s key %s is spent in %.0f days", rate, k->kid, days);
}

static void
look_at_keys(struct doctor *d, double rate)
{
	size_t prunable = 0, shared = 0;
	sess_key_info k;

	for (size_t i = 0; i < sess_ring_key_count(d->ring); i++) {
		if (sess_ring_key_info(d->ring, i, d->now, &k) != 0)
			continue;
		prunable += k.prune_at >= 0 && k.prune_at <= d->now && (k.state == SESS_KEY_EXPIRED || k.state == SESS_KEY_REVOKED);
		shared += strcmp(k.alg, "HS256") == 0 && k.state != SESS_KEY_REVOKED && k.state != SESS_KEY_EXPIRED;
		if (k.state == SESS_KEY_VERIFIES)
			(void)doctor_check(d, DOCTOR_RING_END, k.exp >= 0, RUN("sesstool key revoke %s %s", ring_words(d), k.kid),
			    "key %s no longer mints, and has no end", k.kid);
		look_at_budget(d, &k, rate);
		(void)doctor_check(d, DOCTOR_CLOCK_SET, k.iat <= d->now + sess_ring_leeway_s(d->ring), DOCTOR_COMMAND "timedatectl set-ntp true",
		    "the clock is %s behind the one that made key %s", tool_span(k.iat - d->now), k.kid);
	}
	(void)doctor_check(d, DOCTOR_RING_PRUNE, prunable == 0, RUN("sesstool key prune %s", ring_words(d)),
	    "%zu key%s may go", prunable, prunable == 1 ? "" : "s");
	(void)doctor_check(d, DOCTOR_RING_ROLES, shared == 0 && sess_ring_form(d->ring) != SESS_FORM_SEALED,
	    sess_ring_form(d->ring) == SESS_FORM_SEALED ?
		"where services only verify, a nested ring:" DOCTOR_COMMAND "sesstool key new --alg ES256 NEW-RING" :
		MEND("where services only verify, and key export --verify-only when the old key has gone:" DOCTOR_COMMAND
		    "sesstool key rotate --use sig --alg ES256 %s", ring_words(d)),
	    sess_ring_form(d->ring) == SESS_FORM_SEALED ? "a sealed ring" : "its signing key is an HMAC key");
}

void
doctor_ring(struct doctor *d)
{
	int verify_only = 0;
	double rate;

	if (d->ring == NULL)
		return;
	rate = d->rate_per_s > 0 ? d->rate_per_s : sess_ring_rate_per_s(d->ring);
	if (is_path(d))
		look_at_rest(d);
	look_at_minting(d, "sig", &verify_only);
	look_at_minting(d, "enc", &verify_only);
	if (!verify_only)
		look_at_due(d);
	look_at_keys(d, rate);
	if (d->rate_per_s > 0)
		(void)doctor_check(d, DOCTOR_RING_RATE, d->rate_per_s <= sess_ring_rate_per_s(d->ring),
		    RUN("sesstool key rotate --rate %g/s %s", d->rate_per_s, ring_words(d)),
		    "%g/s are minted, and the ring is meant for %g/s", d->rate_per_s, sess_ring_rate_per_s(d->ring));
	(void)doctor_check(d, DOCTOR_RING_SECRECY, sess_ring_form(d->ring) != SESS_FORM_SIGNED,
	    "put nothing into claims that the client may not read, or make a nested ring:" DOCTOR_COMMAND "sesstool key new NEW-RING", "a signed ring");
}
