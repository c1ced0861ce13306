/* SPDX-License-Identifier: MIT */
/* sesstool key rotate, revoke, prune: one change of a ring file each, by the library's own functions. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"

/* One change, and what was asked of it. */
struct change {
	sess_ring_edit_fn *edit;
	struct tool_ring from;
	const char *doing;
	int64_t now;
	int dry_run, as_json;
	/* rotate */
	sess_rotation rotation;
	/* revoke, prune */
	const char *kid, *reason;
	int force;
	int64_t forced_until; /* until when tokens under a key that is pruned by force might have been valid; -1: for ever */
};

static int
rotate(const sess_ring *ring, void *arg, sess_ring **ret, sess_diag *diag)
{
	const struct change *c = arg;

	return sess_ring_rotate(ring, &c->rotation, c->now, ret, diag);
}

static int
revoke(const sess_ring *ring, void *arg, sess_ring **ret, sess_diag *diag)
{
	const struct change *c = arg;

	return sess_ring_revoke(ring, c->kid, c->reason, c->now, ret, diag);
}

static int
prune(const sess_ring *ring, void *arg, sess_ring **ret, sess_diag *diag)
{
	struct change *c = arg;
	sess_key_info k;

	for (size_t i = 0; c->kid != NULL && i < sess_ring_key_count(ring); i++) {
		if (sess_ring_key_info(ring, i, c->now, &k) == 0 && strcmp(k.kid, c->kid) == 0)
			c->forced_until = k.prune_at;
	}
	return sess_ring_prune(ring, c->kid, c->force, c->now, ret, diag);
}

/* The ring as it would be, or as it is now in the file. NULL: there was nothing to change. */
static int
carry_out(struct change *c, sess_ring **ret)
{
	sess_ring *old = NULL;
	sess_diag diag;
	int rc, status;

	if ((status = tool_ring_unlock(&c->from)) != 0)
		return status;
	if (!c->dry_run) {
		rc = sess_ring_update_file(c->from.path, &c->from.access, c->edit, c, ret, &diag);
		return rc == 0 ? 0 : tool_fail(c->doing, rc, &diag);
	}
	if ((status = tool_ring_load(&c->from, &old)) != 0)
		return status;
	rc = c->edit(old, c, ret, &diag);
	sess_ring_free(old);
	return rc == 0 ? 0 : tool_fail(c->doing, rc, &diag);
}

/* The whole ring after the change; where there was none, the ring as it stands. */
static int
show(struct change *c, const sess_ring *changed, const char *done, const char *nothing)
{
	sess_ring *same = NULL;
	int status;

	if (changed != NULL && !c->as_json)
		tool_say(stdout, "%s%s\n", c->dry_run ? "dry run, nothing was written; this would be: " : "", done);
	if (changed != NULL)
		return key_show(changed, c->now, 0, c->as_json);
	if (!c->as_json) {
		puts(nothing);
		return 0;
	}
	if ((status = tool_ring_load(&c->from, &same)) == 0)
		status = key_show(same, c->now, 0, 1);
	sess_ring_free(same);
	return status;
}

static int
parse_use(const char *text, sess_rotation *rotation)
{
	if (strcmp(text, "sig") == 0)
		rotation->sig = 1;
	else if (strcmp(text, "enc") == 0)
		rotation->enc = 1;
	else
		return tool_usage("--use is sig or enc; leave it out for both");
	return 0;
}

static int
parse_rotate(int argc, char **argv, struct change *c)
{
	static const struct option options[] = { { "if-due", 0, NULL, 'd' }, { "activate-in", 1, NULL, 'i' },
		{ "use", 1, NULL, 'u' }, { "alg", 1, NULL, 'a' }, { "kw", 1, NULL, 'k' }, { "enc", 1, NULL, 'e' },
		{ "key-life", 1, NULL, 'l' }, { "rate", 1, NULL, 'r' }, { "dry-run", 0, NULL, 'y' }, { "now", 1, NULL, 'n' },
		{ "json", 0, NULL, 'j' }, TOOL_RING_OPTIONS, { NULL, 0, NULL, 0 } };
	const char *now = NULL;
	int o, status = 0;

	while (status == 0 && (o = tool_option(argc, argv, options)) != -1) {
		switch (o) {
		case 'd': c->rotation.if_due = 1; break;
		case 'i': status = tool_duration(optarg, &c->rotation.activate_in_s); break;
		case 'u': status = parse_use(optarg, &c->rotation); break;
		case 'a': c->rotation.alg = optarg; break;
		case 'k': c->rotation.kw = optarg; break;
		case 'e': c->rotation.content_enc = optarg; break;
		case 'l': status = tool_duration(optarg, &c->rotation.key_life_s); break;
		case 'r': status = tool_rate(optarg, &c->rotation.rate_per_s); break;
		case 'y': c->dry_run = 1; break;
		case 'n': now = optarg; break;
		case 'j': c->as_json = 1; break;
		default:
			if (!tool_ring_option(&c->from, o, optarg, &status))
				return tool_see("key rotate");
		}
	}
	if (status == 0 && optind != argc - 1)
		return tool_usage("name one ring: sesstool key rotate RING");
	return status != 0 ? status : tool_now(now, &c->now);
}

int
key_rotate(int argc, char **argv)
{
	struct change c = { .edit = rotate, .doing = "rotating", .from = TOOL_RING_NONE, .rotation = SESS_ROTATION_INIT };
	sess_ring *ring = NULL;
	int status = parse_rotate(argc, argv, &c);

	if (status == 0) {
		c.from.path = argv[argc - 1];
		status = carry_out(&c, &ring);
	}
	if (status == 0)
		status = show(&c, ring, "rotated: copy this file to every node before the new key mints",
		    "nothing is due; the ring was left as it is");
	sess_ring_free(ring);
	tool_ring_done(&c.from);
	return status;
}

/* Options that revoke and prune have, and their operands: RING, and KID where `kids` allows it. */
static int
parse_kid(int argc, char **argv, struct change *c, int kid_required)
{
	static const struct option options[] = { { "reason", 1, NULL, 'r' }, { "force", 0, NULL, 'f' },
		{ "dry-run", 0, NULL, 'y' }, { "now", 1, NULL, 'n' }, { "json", 0, NULL, 'j' }, TOOL_RING_OPTIONS,
		{ NULL, 0, NULL, 0 } };
	const char *now = NULL;
	int o, status = 0;

	while (status == 0 && (o = tool_option(argc, argv, options)) != -1) {
		switch (o) {
		case 'r': c->reason = optarg; break;
		case 'f': c->force = 1; break;
		case 'y': c->dry_run = 1; break;
		case 'n': now = optarg; break;
		case 'j': c->as_json = 1; break;
		default:
			if (!tool_ring_option(&c->from, o, optarg, &status))
				return tool_see(kid_required ? "key revoke" : "key prune");
		}
	}
	if (status != 0)
		return status;
	if (argc - optind < 1 + kid_required || argc - optind > 2)
		return tool_usage(kid_required ? "name a ring and a key of it: sesstool key revoke RING KID" :
		    "name a ring, and a key of it where only that is to go: sesstool key prune RING [KID]");
	c->from.path = argv[optind];
	c->kid = argc - optind == 2 ? argv[optind + 1] : NULL;
	return tool_now(now, &c->now);
}

int
key_revoke(int argc, char **argv)
{
	struct change c = { .edit = revoke, .doing = "revoking", .from = TOOL_RING_NONE };
	sess_ring *ring = NULL;
	int status = parse_kid(argc, argv, &c, 1);

	if (status == 0 && c.force)
		status = tool_usage("revoke needs no --force");
	if (status == 0)
		status = carry_out(&c, &ring);
	if (status == 0)
		status = show(&c, ring, "revoked: nodes refuse the key's tokens as soon as they have this file",
		    "the key has been revoked before; the ring was left as it is");
	sess_ring_free(ring);
	tool_ring_done(&c.from);
	return status;
}

/* Nothing was safe: when will something be? */
static int
say_next_prune(struct change *c)
{
	sess_ring *ring = NULL;
	int64_t first = -1;
	sess_key_info k, next = { .kid = NULL };
	int status = tool_ring_load(&c->from, &ring);

	for (size_t i = 0; status == 0 && i < sess_ring_key_count(ring); i++) {
		if (sess_ring_key_info(ring, i, c->now, &k) == 0 && k.prune_at >= 0 && (first < 0 || k.prune_at < first)) {
			first = k.prune_at;
			next = k;
		}
	}
	if (status == 0 && first >= 0)
		tool_say(stdout, "nothing is safe to prune yet; the first will be %s, %s\n", next.kid, tool_when(first, c->now));
	else if (status == 0)
		tool_fold(stdout, "nothing is safe to prune: a key is once a newer one has taken its turn, and its last token is dead\n");
	sess_ring_free(ring);
	return status;
}

int
key_prune(int argc, char **argv)
{
	struct change c = { .edit = prune, .doing = "pruning", .from = TOOL_RING_NONE, .forced_until = -1 };
	sess_ring *ring = NULL;
	int status = parse_kid(argc, argv, &c, 0);

	if (status == 0 && c.reason != NULL)
		status = tool_usage("--reason goes with key revoke");
	if (status == 0 && c.force && c.kid == NULL)
		status = tool_usage("--force takes the one key that is to go: sesstool key prune --force RING KID");
	if (status == 0)
		status = carry_out(&c, &ring);
	if (status == 0 && ring == NULL && !c.as_json)
		status = say_next_prune(&c);
	else if (status == 0)
		status = show(&c, ring, "pruned", "");
	if (status == 0 && c.force && ring != NULL && (c.forced_until < 0 || c.forced_until > c.now))
		tool_say(stderr, "sesstool: pruned before its time: tokens under %s are refused as UNKNOWN_KEY from now on; some might "
		    "have been valid %s%s\n", c.kid, c.forced_until < 0 ? "without end" : "until ",
		    c.forced_until < 0 ? "" : tool_when(c.forced_until, c.now));
	sess_ring_free(ring);
	tool_ring_done(&c.from);
	return status;
}
