/* SPDX-License-Identifier: MIT */
/* sesstool: options through getopt_long, and the word that was probably meant. Knows no verb. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

#define OPTIONS_MAX 48

static int lists_only; /* see tool_list_options() */

void
tool_list_options(void)
{
	lists_only = 1;
}

static void
list(const struct option *options)
{
	for (; options->name != NULL; options++)
		printf("--%s%s\n", options->name, options->has_arg ? " VALUE" : "");
	exit(fflush(stdout) == 0 ? 0 : TOOL_EXIT_IO);
}

/* Edit distance, for words of a verb's length. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[33], n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

const char *
tool_closest(const char *word, const char *const *words)
{
	const char *best = NULL;
	size_t least = 3;

	for (; *words != NULL; words++) {
		size_t d = strlen(*words) > 32 || strlen(word) > 32 ? 99 : distance(word, *words);

		if (d < least) {
			least = d;
			best = *words;
		}
	}
	return best;
}

/* What was mistyped is not repeated: it may be a token in the wrong place. */
static int
unknown_option(const char *given, const struct option *options)
{
	const char *names[OPTIONS_MAX + 1] = { NULL }, *close;
	char word[33] = "";
	size_t n = strcspn(given, "=");

	for (size_t i = 0; i < OPTIONS_MAX && options[i].name != NULL; i++)
		names[i] = options[i].name;
	if (n < sizeof(word))
		memcpy(word, given, n);
	close = word[0] != '\0' ? tool_closest(word, names) : NULL;
	if (close != NULL)
		return tool_usage("there is no such option here; did you mean --%s?", close);
	return tool_usage("there is no such option here; --help after the verb lists them");
}

static const char *
name_of(const struct option *options, int value)
{
	while (options->name != NULL && options->val != value)
		options++;
	return options->name != NULL ? options->name : "?";
}

int
tool_option(int argc, char **argv, const struct option *options)
{
	int c;

	if (lists_only)
		list(options);
	opterr = 0;
	c = getopt_long(argc, argv, ":o:", options, NULL);
	if (c == 'o' && strcmp(name_of(options, 'o'), "?") == 0)
		return tool_usage("there is no option -o here; redirect stdout, or see --help"), '?';
	if (c == ':')
		(void)tool_usage("--%s needs a value", name_of(options, optopt));
	else if (c == '?' && optopt != 0 && argv[optind - 1][0] == '-' && argv[optind - 1][1] == '-')
		(void)tool_usage("--%s takes no value", name_of(options, optopt));
	else if (c == '?')
		(void)unknown_option(optopt == 0 ? argv[optind - 1] + 2 : "", options);
	return c == ':' ? '?' : c;
}
