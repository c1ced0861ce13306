/* SPDX-License-Identifier: MIT */
/* sesstool: finding the verb, and its help page. Knows nothing of what the verbs do. */
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "tool.h"

#define NAMES_MAX 64

struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
};

static const struct verb verbs[] = {
	{ "key", verb_key },
	{ "mint", verb_mint },
	{ "inspect", verb_inspect },
	{ "verify", verb_verify },
	{ "renew", verb_renew },
	{ "exchange", verb_exchange },
	{ "cookie", verb_cookie },
	{ "revoke", verb_revoke },
	{ "doctor", verb_doctor },
	{ "bench", verb_bench },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

static const char *
find_page(const char *name)
{
	for (const struct help_page *page = help_pages; page->name != NULL; page++) {
		if (strcmp(page->name, name) == 0)
			return page->text;
	}
	return NULL;
}

/* The page of two words whose second is closest, such as "key rotate" for "rotat"; NULL: none is close. */
static const char *
closest_second(const char *word)
{
	const char *seconds[NAMES_MAX + 1] = { NULL }, *wholes[NAMES_MAX + 1] = { NULL }, *close;
	size_t count = 0, i = 0;

	for (const struct help_page *page = help_pages; page->name != NULL && count < NAMES_MAX; page++) {
		const char *space = strchr(page->name, ' ');

		if (space == NULL)
			continue;
		seconds[count] = space + 1;
		wholes[count++] = page->name;
	}
	if ((close = tool_closest(word, seconds)) == NULL)
		return NULL;
	while (seconds[i] != close)
		i++;
	return wholes[i];
}

static int
unknown_verb(const char *name)
{
	const char *names[VERBS + 2] = { "help" }, *close;

	for (size_t i = 0; i < VERBS; i++)
		names[i + 1] = verbs[i].name;
	if ((close = tool_closest(name, names)) != NULL || (close = closest_second(name)) != NULL)
		return tool_usage("there is no verb of this name; did you mean `sesstool %s`?", close);
	return tool_usage("there is no verb of this name; `sesstool help` lists them");
}

/* What was mistyped is not repeated: it may be a token in the wrong place. */
static int
unknown_page(const char *name)
{
	const char *names[NAMES_MAX + 1] = { NULL }, *close;
	size_t count = 0;

	for (const struct help_page *page = help_pages; page->name != NULL && count < NAMES_MAX; page++) {
		if (page->name[0] != '\0')
			names[count++] = page->name;
	}
	if ((close = tool_closest(name, names)) != NULL || (close = closest_second(name)) != NULL)
		return tool_usage("there is no help of this name; did you mean `sesstool help %s`?", close);
	return tool_usage("there is no help of this name; `sesstool help` lists what there is");
}

/* words: "mint", or "key" and "rotate"; the page of both, or else of the first. */
static int
help(int count, char **words)
{
	char name[64] = "";
	const char *page = NULL;

	if (count > 1 && (size_t)snprintf(name, sizeof(name), "%s %s", words[0], words[1]) < sizeof(name))
		page = find_page(name);
	else if (count == 1 && strlen(words[0]) < sizeof(name))
		(void)snprintf(name, sizeof(name), "%s", words[0]);
	if (page == NULL && (page = find_page(name)) == NULL)
		return unknown_page(name);
	tool_fold(stdout, page);
	return 0;
}

/* "key rotate --help" is the page of both words, "mint x --help" that of the first. */
static int
help_in_place(char **argv, int words)
{
	char name[64];

	if (words > 1 && ((size_t)snprintf(name, sizeof(name), "%s %s", argv[0], argv[1]) >= sizeof(name) || find_page(name) == NULL))
		words = 1;
	return help(words, argv);
}

static int
wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return i;
	}
	return 0;
}

static int
run(int argc, char **argv)
{
	const struct verb *verb;
	int at;

	if (argc < 2) {
		tool_fold(stderr, find_page(""));
		return TOOL_EXIT_USAGE;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help(argc - 2 > 2 ? 2 : argc - 2, argv + 2);
	if (strcmp(argv[1], "--version") == 0) {
		puts("sesstool " SESSTOOL_VERSION);
		return 0;
	}
	/* For the test that compares the table of options with what is really taken. */
	if (strcmp(argv[1], "--options") == 0 && argc > 2) {
		tool_list_options();
		argv++;
		argc--;
	}
	if ((verb = find_verb(argv[1])) == NULL)
		return unknown_verb(argv[1]);
	if ((at = wants_help(argc - 1, argv + 1)) > 0)
		return help_in_place(argv + 1, at > 1 ? 2 : 1);
	return verb->run(argc - 1, argv + 1);
}

int
main(int argc, char **argv)
{
	int status = run(argc, argv);

	if (fflush(stdout) != 0 || ferror(stdout)) {
		tool_fold(stderr, "sesstool: stdout could not be written: is the disk full, or the reader gone?\n");
		return status == 0 ? TOOL_EXIT_IO : status;
	}
	return status;
}
