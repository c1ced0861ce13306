/* SPDX-License-Identifier: MIT */
/* sesstool key encrypt, decrypt: how the file lies on the disk. The ring, and whoever reads it, goes on as before. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"

struct protect {
	struct tool_ring from;
	sess_protection *fresh; /* borrowed; NULL: plain text */
};

static int
parse_count(const char *text, int64_t *ret)
{
	char *end;
	long long value = strtoll(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || value < SESS_P2C_MIN || value > SESS_P2C_MAX)
		return tool_usage("--p2c is a number of iterations in %d..%d", SESS_P2C_MIN, SESS_P2C_MAX);
	*ret = value;
	return 0;
}

static int
parse(int argc, char **argv, struct protect *p, int encrypts)
{
	static const struct option options[] = { { "p2c", 1, NULL, 'p' },
		{ "new-passphrase-file", 1, NULL, TOOL_OPT_NEW }, { "new-passphrase-fd", 1, NULL, TOOL_OPT_NEW + 1 },
		{ "new-kek-file", 1, NULL, TOOL_OPT_NEW + 2 }, { "new-kek-fd", 1, NULL, TOOL_OPT_NEW + 3 }, TOOL_RING_OPTIONS,
		{ NULL, 0, NULL, 0 } };
	int c, status = 0;

	while (status == 0 && (c = tool_option(argc, argv, options)) != -1) {
		if (c == 'p')
			status = parse_count(optarg, &p->from.p2c);
		else if (!tool_ring_option(&p->from, c, optarg, &status))
			return tool_see(encrypts ? "key encrypt" : "key decrypt");
	}
	if (status == 0 && optind != argc - 1)
		return tool_usage("name one ring: sesstool key %s RING", encrypts ? "encrypt" : "decrypt");
	if (status == 0 && !encrypts && (p->from.p2c != 0 || tool_secret_is_given(&p->from.fresh)))
		return tool_usage("decrypt takes what opens the ring, and nothing new");
	p->from.path = argv[argc - 1];
	return status;
}

static int
protect(const sess_ring *ring, void *arg, sess_ring **ret, sess_diag *diag)
{
	const struct protect *p = arg;

	return sess_ring_protect(ring, p->fresh, ret, diag);
}

static int
change(struct protect *p)
{
	sess_ring *ring = NULL;
	const char *how;
	sess_diag diag;
	int rc = sess_ring_update_file(p->from.path, &p->from.access, protect, p, &ring, &diag);

	if (rc != 0)
		return tool_fail("rewriting the ring", rc, &diag);
	how = ring == NULL ? NULL : sess_ring_encryption(ring);
	if (ring == NULL)
		tool_fold(stdout, "the ring is in plain text already; it was left as it is\n");
	else if (how == NULL)
		tool_fold(stdout, "the ring is in plain text now, mode 0600; copies and backups of the encrypted file stay as they are\n");
	else if (sess_ring_p2c(ring) > 0)
		tool_say(stdout, "the ring is encrypted now: %s, %lld iterations; earlier copies in plain text stay as they are\n", how,
		    (long long)sess_ring_p2c(ring));
	else
		tool_say(stdout, "the ring is encrypted now: %s; earlier copies in plain text stay as they are\n", how);
	sess_ring_free(ring);
	return 0;
}

static int
run(int argc, char **argv, int encrypts)
{
	struct protect p = { .from = TOOL_RING_NONE };
	sess_protection *fresh = NULL;
	int status = parse(argc, argv, &p, encrypts);

	if (status == 0)
		status = tool_ring_unlock(&p.from);
	/* Under what was named as new; or what was named at all; or what is asked for. */
	p.fresh = encrypts ? p.from.access.protection : NULL;
	if (status == 0 && encrypts && (tool_secret_is_given(&p.from.fresh) || !tool_secret_is_given(&p.from.secret))) {
		status = tool_protection(&p.from.fresh, 1, p.from.p2c, &fresh);
		p.fresh = fresh;
	}
	if (status == 0)
		status = change(&p);
	sess_protection_free(fresh);
	tool_ring_done(&p.from);
	return status;
}

int
key_encrypt(int argc, char **argv)
{
	return run(argc, argv, 1);
}

int
key_decrypt(int argc, char **argv)
{
	return run(argc, argv, 0);
}
