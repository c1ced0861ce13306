/* SPDX-License-Identifier: MIT */
/* sesstool doctor: what was found, the gravest first; for people or as JSON. */
#include <string.h>

#include "doctor.h"

static const struct {
	const char *id;
	enum doctor_weight weight;
	int exit_status;
	const char *rules, *why;
} rules[] = {
#define X(name, id, weight, exit_status, rules, why) { id, WEIGHT_##weight, exit_status, rules, why },
	DOCTOR_RULES(X)
#undef X
};

static const char *const weights[] = { "note", "risk", "ERROR" };

static size_t
indent_of(size_t width)
{
	return width < 40 ? 4 : 10;
}

/* Words within the terminal's width, behind a label; to the end of the text or of its line. */
static void
print_wrapped(const char *label, const char *text)
{
	size_t width = (size_t)tool_width(), indent = indent_of(width), at = indent;

	printf(width < 40 ? "  %s\n    " : "  %-8s", label);
	while (*text != '\0' && *text != DOCTOR_COMMAND[0]) {
		size_t n = strcspn(text, " " DOCTOR_COMMAND);

		if (at > indent && at + 1 + n > width - 1) {
			printf("\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			putchar(' ');
			at++;
		}
		tool_print_safe(stdout, text, n);
		at += n;
		text += n + (text[n] == ' ');
	}
	putchar('\n');
}

/* A command is one line, however long: it is there to be copied. */
static void
print_mend(const char *mend)
{
	const char *command = doctor_command(mend);
	size_t width = (size_t)tool_width();

	if (command == NULL || command > mend + strlen(DOCTOR_COMMAND))
		print_wrapped("mend", mend);
	if (command == NULL)
		return;
	if (command == mend + strlen(DOCTOR_COMMAND))
		printf(width < 40 ? "  %s\n    " : "  %-8s", "mend");
	else
		printf("%*s", (int)indent_of(width), "");
	tool_print_safe(stdout, command, strlen(command));
	putchar('\n');
}

static void
print_finding(const struct doctor_finding *f)
{
	enum doctor_weight weight = rules[f->rule].weight;

	tool_say(stdout, "%s%s%s  %s%s%s\n", weight == WEIGHT_NOTE ? "" : weight == WEIGHT_RISK ? tool_bold(stdout) : tool_red(stdout),
	    weights[weight], weight == WEIGHT_NOTE ? "" : tool_plain(stdout), rules[f->rule].id,
	    rules[f->rule].rules[0] != '\0' ? "  " : "", rules[f->rule].rules);
	print_wrapped("found", f->found);
	print_wrapped("why", rules[f->rule].why);
	print_mend(f->mend);
}

static size_t
count_of(const struct doctor *d, enum doctor_weight weight)
{
	size_t n = 0;

	for (size_t i = 0; i < d->count; i++)
		n += rules[d->finding[i].rule].weight == weight;
	return n;
}

static void
print_held(const struct doctor *d)
{
	for (int i = 0; i < DOCTOR_RULE_COUNT; i++) {
		if (d->is_checked[i] && !d->has_failed[i])
			tool_say(stdout, "holds  %s%s%s\n", rules[i].id, rules[i].rules[0] != '\0' ? "  " : "", rules[i].rules);
	}
}

static void
print(const struct doctor *d)
{
	size_t held = 0, checked = 0;

	for (int weight = WEIGHT_ERROR; weight >= WEIGHT_NOTE; weight--) {
		for (size_t i = 0; i < d->count; i++) {
			if ((int)rules[d->finding[i].rule].weight == weight)
				print_finding(&d->finding[i]);
		}
	}
	if (d->all)
		print_held(d);
	for (int i = 0; i < DOCTOR_RULE_COUNT; i++) {
		checked += (size_t)d->is_checked[i];
		held += d->is_checked[i] && !d->has_failed[i];
	}
	tool_say(stdout, "%zu of %zu rules hold; errors %zu, risks %zu, notes %zu\n", held, checked, count_of(d, WEIGHT_ERROR),
	    count_of(d, WEIGHT_RISK), count_of(d, WEIGHT_NOTE));
}

static json_t *
finding_json(const struct doctor_finding *f)
{
	const char *command = doctor_command(f->mend);
	size_t words = strcspn(f->mend, DOCTOR_COMMAND);
	char mend[sizeof(f->mend)];
	json_t *json;

	(void)snprintf(mend, sizeof(mend), "%.*s%s%s", (int)words, f->mend, words > 0 && command != NULL ? " " : "", command != NULL ? command : "");
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", rules[f->rule].id, "weight",
	    rules[f->rule].weight == WEIGHT_ERROR ? "error" : weights[rules[f->rule].weight], "rules", rules[f->rule].rules, "found",
	    f->found, "why", rules[f->rule].why, "mend", mend);
	if (command != NULL)
		json_object_set_new(json, "command", json_string(command));
	return json;
}

static void
print_json(const struct doctor *d, int status)
{
	json_t *findings = json_array(), *held = json_array();

	for (size_t i = 0; i < d->count; i++)
		json_array_append_new(findings, finding_json(&d->finding[i]));
	for (int i = 0; i < DOCTOR_RULE_COUNT; i++) {
		if (d->is_checked[i] && !d->has_failed[i])
			json_array_append_new(held, json_string(rules[i].id));
	}
	tool_print_json(json_pack("{s:i, s:i, s:I, s:o, s:o}", "schema", TOOL_SCHEMA, "exit_status", status, "now", (json_int_t)d->now,
	    "findings", findings, "holds", held));
}

int
doctor_report(const struct doctor *d)
{
	enum doctor_weight least = d->strict ? WEIGHT_RISK : WEIGHT_ERROR, gravest = WEIGHT_NOTE;
	int status = 0;

	for (size_t i = 0; i < d->count; i++) {
		enum doctor_weight weight = rules[d->finding[i].rule].weight;

		if (weight < least || weight < gravest)
			continue;
		if (weight > gravest)
			status = 0;
		gravest = weight;
		if (rules[d->finding[i].rule].exit_status > status)
			status = rules[d->finding[i].rule].exit_status;
	}
	if (d->as_json)
		print_json(d, status);
	else
		print(d);
	return status;
}
