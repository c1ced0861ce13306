/* SPDX-License-Identifier: MIT */
/* sesstool revoke: logging out early, taking that back, and listing what is in force. */
#include <getopt.h>
#include <string.h>

#include "tool.h"

/* What is to be done: exactly one of these. */
enum deed { DEED_NONE, DEED_SESSION, DEED_SUBJECT, DEED_TOKEN, DEED_ALL, DEED_UNDO, DEED_LIST, DEED_INIT };

struct revoke_args {
	struct tool_ring ring;
	const char *policy, *now, *value;
	enum deed deed;
	int as_json;
};

static const char *
kind_name(sess_revocation_kind kind)
{
	static const char *const names[] = { "", "session", "subject", "token", "all", "spared", "undone" };

	return kind <= SESS_REVOCATION_UNDO ? names[kind] : "";
}

static json_t *
revocation_json(const sess_revocation *r)
{
	json_t *o = json_pack("{s:s, s:s, s:I, s:b, s:b}", "id", r->id, "kind", kind_name(r->kind), "until", (json_int_t)r->until,
	    "queued", r->queued, "merged", r->merged);

	if (r->kind == SESS_REVOCATION_SUBJECT || r->kind == SESS_REVOCATION_ALL || r->kind == SESS_REVOCATION_SPARE)
		json_object_set_new(o, "before", json_integer(r->before));
	return o;
}

static int
print_done(const struct revoke_args *a, const sess_revocation *r, int64_t now)
{
	char before[128] = "";
	json_t *o;

	if (a->as_json) {
		o = json_pack("{s:i}", "schema", TOOL_SCHEMA);
		json_object_set_new(o, "revocation", revocation_json(r));
		tool_print_json(o);
		return 0;
	}
	if (r->kind == SESS_REVOCATION_SUBJECT || r->kind == SESS_REVOCATION_ALL)
		(void)snprintf(before, sizeof(before), "signed in until %s, ", tool_when(r->before, now));
	tool_say(stdout, "%s%s%s  %s, %sdone; kept until %s\n", tool_bold(stdout), r->id, tool_plain(stdout), kind_name(r->kind), before,
	    tool_when(r->until, now));
	return 0;
}

struct listing {
	int64_t now;
	json_t *rows; /* NULL: as text */
	size_t count;
};

static int
list_one(const sess_revocation *r, void *arg)
{
	struct listing *l = arg;

	l->count++;
	if (l->rows != NULL) {
		json_array_append_new(l->rows, revocation_json(r));
		return 0;
	}
	tool_say(stdout, "%s%s%s  %-8s until %s%s\n", tool_bold(stdout), r->id, tool_plain(stdout), kind_name(r->kind),
	    tool_when(r->until, l->now), r->merged ? ", several in one" : "");
	return 0;
}

static int
list(const struct revoke_args *a, sess_manager *m, int64_t now)
{
	struct listing l = { now, a->as_json ? json_array() : NULL, 0 };
	sess_diag diag;
	int rc;

	if ((rc = sess_revocations_list(m, list_one, &l, &diag)) != 0) {
		json_decref(l.rows);
		return tool_fail("listing revocations", rc, &diag);
	}
	if (a->as_json)
		tool_print_json(json_pack("{s:i, s:I, s:o}", "schema", TOOL_SCHEMA, "now", (json_int_t)now, "revocations", l.rows));
	else if (l.count == 0)
		puts("nothing is in force");
	return 0;
}

static int
carry_out(const struct revoke_args *a, sess_manager *m, sess_revocation *ret, sess_diag *diag)
{
	switch (a->deed) {
	case DEED_SESSION: return sess_revoke_session(m, a->value, NULL, ret, diag);
	case DEED_SUBJECT: return sess_revoke_subject(m, a->value, NULL, ret, diag);
	case DEED_TOKEN: return sess_revoke_token(m, a->value, NULL, ret, diag);
	case DEED_ALL: return sess_revoke_all(m, NULL, ret, diag);
	default: return sess_revoke_undo(m, a->value, ret, diag);
	}
}

/* Before anything is done: what is revoked here ends with this process, unless the store takes it. */
static int
check_store(sess_manager *m)
{
	sess_revocation_status status = SESS_REVOCATION_STATUS_INIT;
	sess_diag diag;
	int rc = sess_revocations_status(m, &status, &diag);

	if (rc != 0)
		return tool_fail("the revocation store", rc, &diag);
	/* A full one takes what is taken back. */
	if (status.is_open || status.why == NULL || strcmp(status.why, "FULL") == 0)
		return 0;
	tool_say(stderr, "sesstool: the revocation store: %s (%s)\n", status.why_text, status.why);
	return TOOL_EXIT_IO;
}

static int
print_queued(void)
{
	tool_fold(stderr, "sesstool: the store has not taken it, and nobody else will publish it: nothing was revoked; repeat it when the "
	    "store is there\n");
	return TOOL_EXIT_IO;
}

static int
init(const struct revoke_args *a)
{
	sess_config config = SESS_CONFIG_INIT;
	struct tool_ring from = a->ring;
	sess_ring *ring = NULL;
	sess_diag diag;
	int rc, status;

	if (from.path == NULL)
		return tool_usage("--ring is missing; `sesstool key new RING` makes one");
	if (from.store == NULL)
		return tool_usage("--store is missing: only redis://HOST:PORT/DB and redis+unix:PATH are initialised");
	if ((status = tool_ring_load(&from, &ring)) != 0)
		return status;
	config.ring = ring;
	config.revocations = from.store;
	config.revocations_auth_path = from.store_auth;
	rc = sess_revocations_init(&config, &diag);
	sess_ring_free(ring);
	if (rc != 0)
		return tool_fail("initialising the store", rc, &diag);
	if (a->as_json)
		tool_print_json(json_pack("{s:i, s:b}", "schema", TOOL_SCHEMA, "initialised", 1));
	else
		puts("initialised; nodes that run publish what they know, and verify again within a second");
	return 0;
}

static int
act(const struct revoke_args *a, sess_manager *m, int64_t now)
{
	sess_revocation done;
	sess_diag diag;
	int rc = carry_out(a, m, &done, &diag);

	if (rc != 0)
		return tool_fail("revoking", rc, &diag);
	return done.queued ? print_queued() : print_done(a, &done, now);
}

static int
run(struct revoke_args *a)
{
	sess_manager *m = NULL;
	int64_t now;
	int status;

	if (a->deed == DEED_INIT)
		return init(a);
	a->ring.makes_store = 1;
	if ((status = tool_now(a->now, &now)) != 0 || (status = tool_manager(&a->ring, a->policy, &now, &m)) != 0)
		return status;
	if ((status = check_store(m)) == 0)
		status = a->deed == DEED_LIST ? list(a, m, now) : act(a, m, now);
	sess_manager_free(m);
	return status;
}

static int
set_deed(struct revoke_args *a, enum deed deed)
{
	if (a->deed != DEED_NONE)
		return tool_usage("one at a time: --session, --subject, --token, --all, --undo, --list or --init");
	a->deed = deed;
	a->value = optarg;
	return 0;
}

static int
parse_one(struct revoke_args *a, int c)
{
	switch (c) {
	case 'r': a->ring.path = optarg; break;
	case 'p': a->policy = optarg; break;
	case 's': a->ring.store = optarg; break;
	case 'n': a->now = optarg; break;
	case 'j': a->as_json = 1; break;
	case 'S': return set_deed(a, DEED_SESSION);
	case 'B': return set_deed(a, DEED_SUBJECT);
	case 'T': return set_deed(a, DEED_TOKEN);
	case 'A': return set_deed(a, DEED_ALL);
	case 'U': return set_deed(a, DEED_UNDO);
	case 'L': return set_deed(a, DEED_LIST);
	case 'I': return set_deed(a, DEED_INIT);
	default: return -1;
	}
	return 0;
}

int
verb_revoke(int argc, char **argv)
{
	static const struct option options[] = { { "ring", 1, NULL, 'r' }, { "policy", 1, NULL, 'p' }, { "store", 1, NULL, 's' }, TOOL_STORE_AUTH,
		{ "session", 1, NULL, 'S' }, { "subject", 1, NULL, 'B' }, { "token", 1, NULL, 'T' }, { "all", 0, NULL, 'A' },
		{ "undo", 1, NULL, 'U' }, { "list", 0, NULL, 'L' }, { "init", 0, NULL, 'I' }, { "now", 1, NULL, 'n' }, { "json", 0, NULL, 'j' },
		TOOL_RING_OPTIONS, { NULL, 0, NULL, 0 } };
	struct revoke_args a = { .ring = TOOL_RING_NONE };
	int c, status = 0;

	while (status == 0 && (c = tool_option(argc, argv, options)) != -1) {
		if (!tool_ring_option(&a.ring, c, optarg, &status) && (status = parse_one(&a, c)) < 0)
			status = tool_see("revoke");
	}
	if (status == 0 && argc > optind)
		status = tool_usage("revoke takes no operand; name what is revoked by --session, --subject or --token");
	else if (status == 0 && a.deed == DEED_NONE)
		status = tool_usage("what is to be revoked? --session, --subject, --token, --all, --undo, --list or --init");
	if (status == 0)
		status = run(&a);
	tool_ring_done(&a.ring);
	return status;
}
