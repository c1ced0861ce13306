/* SPDX-License-Identifier: MIT */
/* sesstool doctor: options, and the order of the examinations. Changes nothing, and stops at no finding. */
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "doctor.h"

const char *
doctor_command(const char *mend)
{
	const char *mark = strstr(mend, DOCTOR_COMMAND);

	return mark == NULL ? NULL : mark + strlen(DOCTOR_COMMAND);
}

static void
write_mend(const struct doctor *d, const char *mend, char *out, size_t room)
{
	size_t n = strlen(DOCTOR_IN_POLICY);

	if (strncmp(mend, DOCTOR_IN_POLICY, n) != 0)
		(void)snprintf(out, room, "%s", mend);
	else if (d->policy_path == NULL)
		(void)snprintf(out, room, "in the services' policy, named here by --policy FILE%s", mend + n);
	else
		(void)snprintf(out, room, "in %s%s", d->policy_path, mend + n);
}

int
doctor_check(struct doctor *d, enum doctor_rule rule, int holds, const char *mend, const char *found, ...)
{
	struct doctor_finding *f;
	va_list args;

	d->is_checked[rule] = 1;
	if (holds || d->count == DOCTOR_FINDINGS_MAX)
		return holds;
	d->has_failed[rule] = 1;
	f = &d->finding[d->count++];
	f->rule = rule;
	write_mend(d, mend, f->mend, sizeof(f->mend));
	va_start(args, found);
	(void)vsnprintf(f->found, sizeof(f->found), found, args);
	va_end(args);
	return 0;
}

const char *
doctor_quote(const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:,+@%=";
	static char rooms[2][256];
	static unsigned next;
	char *out = rooms[next++ % 2];
	size_t n = 0;

	if (path[0] != '\0' && path[strspn(path, plain)] == '\0')
		return path;
	out[n++] = '\'';
	for (; *path != '\0' && n < sizeof(rooms[0]) - 6; path++) {
		if (*path == '\'') {
			memcpy(out + n, "'\\''", 4);
			n += 4;
		} else {
			out[n++] = *path;
		}
	}
	out[n++] = '\'';
	out[n] = '\0';
	return out;
}

static int
parse_one(struct doctor *d, int c, const char **now)
{
	switch (c) {
	case 'r': d->from.path = optarg; break;
	case 'p': d->policy_path = optarg; break;
	case 's': d->from.store = optarg; break;
	case 'm': return tool_rate(optarg, &d->rate_per_s);
	case 'l': return tool_duration(optarg, &d->key_life_s);
	case 't': d->strict = 1; break;
	case 'a': d->all = 1; break;
	case 'n': *now = optarg; break;
	case 'j': d->as_json = 1; break;
	default: return -1;
	}
	return 0;
}

static int
parse(int argc, char **argv, struct doctor *d)
{
	static const struct option options[] = { { "ring", 1, NULL, 'r' }, { "policy", 1, NULL, 'p' }, { "store", 1, NULL, 's' }, TOOL_STORE_AUTH,
		{ "rate", 1, NULL, 'm' }, { "key-life", 1, NULL, 'l' }, { "strict", 0, NULL, 't' }, { "all", 0, NULL, 'a' },
		{ "now", 1, NULL, 'n' }, { "json", 0, NULL, 'j' }, TOOL_RING_OPTIONS, { NULL, 0, NULL, 0 } };
	const char *now = NULL;
	int c, status = 0;

	while (status == 0 && (c = tool_option(argc, argv, options)) != -1) {
		if (!tool_ring_option(&d->from, c, optarg, &status) && (status = parse_one(d, c, &now)) < 0)
			return tool_see("doctor");
	}
	if (status != 0)
		return status;
	if (argc > optind)
		return tool_usage("doctor takes no operand; name the ring by --ring RING");
	if (d->from.path == NULL)
		return tool_usage("--ring is missing; `sesstool key new RING` makes one");
	d->has_now = now != NULL;
	return tool_now(now, &d->now);
}

int
verb_doctor(int argc, char **argv)
{
	static struct doctor d = { .from = TOOL_RING_NONE, .key_life_s = 7776000 };
	int status = parse(argc, argv, &d);

	if (status == 0) {
		doctor_ring_file(&d);
		doctor_ring(&d);
		doctor_clock(&d);
		doctor_policy(&d);
		doctor_cookie(&d);
		doctor_store(&d);
		status = doctor_report(&d);
	}
	sess_ring_free(d.ring);
	tool_ring_done(&d.from);
	return status;
}
