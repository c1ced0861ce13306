/* SPDX-License-Identifier: MIT */
/* sesstool: reading files, stdin, tokens and pasted Cookie headers. Verifies nothing. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool.h"

void
tool_text_done(struct tool_text *text)
{
	if (text->data != NULL)
		explicit_bzero(text->data, malloc_usable_size(text->data));
	free(text->data);
	text->data = NULL;
}

static int
read_stream(FILE *in, const char *what, struct tool_text *ret)
{
	char *data = malloc(TOOL_INPUT_MAX + 2);
	size_t n;

	if (data == NULL) {
		tool_fold(stderr, "sesstool: out of memory\n");
		return TOOL_EXIT_INTERNAL;
	}
	n = fread(data, 1, TOOL_INPUT_MAX + 1, in);
	if (ferror(in) || n > TOOL_INPUT_MAX) {
		if (n > TOOL_INPUT_MAX)
			tool_say(stderr, "sesstool: %s is larger than %d bytes\n", what, TOOL_INPUT_MAX);
		else
			tool_say(stderr, "sesstool: reading %s: %s\n", what, strerror(errno));
		free(data);
		return TOOL_EXIT_IO;
	}
	data[n] = '\0';
	ret->data = data;
	ret->len = n;
	return 0;
}

int
tool_read(const char *path_or_dash, const char *what, struct tool_text *ret)
{
	FILE *in;
	int status;

	if (strcmp(path_or_dash, "-") == 0) {
		if (isatty(STDIN_FILENO))
			tool_say(stderr, "sesstool: waiting for %s on stdin; end it with Ctrl-D\n", what);
		return read_stream(stdin, what, ret);
	}
	if ((in = fopen(path_or_dash, "re")) == NULL) {
		tool_say(stderr, "sesstool: opening %s: %s; check the path, and who may read it\n", what, strerror(errno));
		return TOOL_EXIT_IO;
	}
	status = read_stream(in, what, ret);
	(void)fclose(in);
	return status;
}

/* Length of a run of token characters with two or four dots, or 0. */
static size_t
token_run(const char *p)
{
	size_t n = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."), dots = 0;

	for (size_t i = 0; i < n; i++)
		dots += p[i] == '.';
	return dots == 2 || dots == 4 ? n : 0;
}

/* A part of a token that is spread over several cookies (doc/format.md, "The cookie"). */
static int
is_chunk(const char *value)
{
	return value[0] >= '2' && value[0] <= '4' && value[1] == '.' && value[2] >= '0' && value[2] <= '3' && value[3] == '.';
}

/* The value that looks like a token. Other cookies may have two dots as well, but a token's header begins with '{',
 * which is "ey" or a neighbour of it in base64url. */
static const char *
find_in_cookies(const char *header, size_t *ret_len, int *ret_chunks)
{
	const char *found = NULL;

	for (const char *p = strchr(header, '='); p != NULL; p = strchr(p + 1, '=')) {
		const char *value = p[1] == '"' ? p + 2 : p + 1;
		size_t n = token_run(value);

		*ret_chunks |= is_chunk(value);
		if (n == 0 || is_chunk(value) || strchr(";\r\n \"", value[n]) == NULL)
			continue;
		if (found == NULL || (value[0] == 'e' && found[0] != 'e')) {
			found = value;
			*ret_len = n;
		}
	}
	return found;
}

static int
is_cookie_header(const char *text)
{
	return strncasecmp(text, "cookie:", 7) == 0 || strncasecmp(text, "set-cookie:", 11) == 0;
}

static void
trim(struct tool_text *text)
{
	size_t start = strspn(text->data, " \t\r\n");

	text->len -= start;
	memmove(text->data, text->data + start, text->len + 1);
	while (text->len > 0 && memchr(" \t\r\n", text->data[text->len - 1], 4) != NULL)
		text->data[--text->len] = '\0';
}

static int
take_from_cookies(struct tool_text *text)
{
	size_t n = 0;
	int chunks = 0;
	const char *value = find_in_cookies(text->data, &n, &chunks);

	if (value == NULL && chunks) {
		tool_fold(stderr, "sesstool: the token is spread over several cookies; `sesstool cookie get` joins them\n");
		return TOOL_EXIT_MALFORMED;
	}
	if (value == NULL) {
		tool_fold(stderr, "sesstool: no cookie in this header looks like a token (two or four dots); paste the whole line\n");
		return TOOL_EXIT_MALFORMED;
	}
	memmove(text->data, value, n);
	text->data[n] = '\0';
	text->len = n;
	return 0;
}

static void
drop_front(struct tool_text *text, size_t n)
{
	text->len -= n;
	memmove(text->data, text->data + n, text->len + 1);
	trim(text);
}

/* What a paste brings along: `Authorization: Bearer`, and the quotes of a JSON string. */
static void
unwrap(struct tool_text *text)
{
	if (strncasecmp(text->data, "authorization:", 14) == 0)
		drop_front(text, 14);
	if (strncasecmp(text->data, "bearer ", 7) == 0)
		drop_front(text, 7);
	if (text->len > 2 && text->data[0] == '"' && text->data[text->len - 1] == '"') {
		text->data[--text->len] = '\0';
		drop_front(text, 1);
	}
}

int
tool_find_token(struct tool_text *text)
{
	trim(text);
	unwrap(text);
	if (text->len == 0) {
		tool_fold(stderr, "sesstool: the input is empty; give a token on stdin, or name a file\n");
		return TOOL_EXIT_MALFORMED;
	}
	return is_cookie_header(text->data) ? take_from_cookies(text) : 0;
}

/* is_any: whatever can be an argument, not only what looks like a token. */
static int
read_argument(const char *argument, int is_any, struct tool_text *ret)
{
	struct stat st;

	if (argument == NULL || strcmp(argument, "-") == 0)
		return tool_read("-", "the token", ret);
	if (stat(argument, &st) == 0)
		return tool_read(argument, "the token", ret);
	if (!is_any && !is_cookie_header(argument) && token_run(argument) == 0 && strchr(argument, '.') == NULL) {
		tool_fold(stderr, "sesstool: there is no such file, and it is no token either (two or four dots)\n");
		return TOOL_EXIT_IO;
	}
	tool_fold(stderr, "sesstool: warning: a token on the command line is seen by other users and kept in the shell's history; "
	      "prefer stdin or a file\n");
	ret->data = strdup(argument);
	ret->len = strlen(argument);
	return ret->data == NULL ? TOOL_EXIT_INTERNAL : 0;
}

static int
read_trimmed(const char *argument, int is_any, struct tool_text *ret)
{
	int status = read_argument(argument, is_any, ret);

	return status != 0 ? status : tool_find_token(ret);
}

int
tool_read_token(const char *argument, struct tool_text *ret)
{
	return read_trimmed(argument, 0, ret);
}

int
tool_read_any(const char *argument, int is_any, struct tool_text *ret)
{
	return read_trimmed(argument, is_any, ret);
}
