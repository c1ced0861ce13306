/* SPDX-License-Identifier: MIT */
/*
 * sesstool: lines of words on a terminal, broken between words where it is narrower than they are. In a pipe or a file a line
 * stays a line. Not for data: JSON, tokens and commands to copy stay as they are.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tool.h"

#define NARROWEST 20 /* below it nothing is folded: there is no room for words */

/* The columns of out; 0: it is no terminal, or says no sensible number. */
static size_t
columns_of(FILE *out)
{
	struct winsize size;

	if (!isatty(fileno(out)) || ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col < NARROWEST)
		return 0;
	return size.ws_col;
}

/* The columns that n bytes of ASCII take; a colour takes none. */
static size_t
columns_taken(const char *s, size_t n)
{
	size_t columns = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\033')
			i += strcspn(s + i, "m");
		else
			columns++;
	}
	return columns;
}

/* Where the text begins behind a label on the left; 0: there is none. */
static size_t
find_label(const char *line, size_t n, size_t width)
{
	size_t at = 0;

	for (size_t i = strspn(line, " "); i + 2 < n && i + 2 <= width / 2; i++) {
		if (line[i] == ' ' && line[i + 1] == ' ' && line[i + 2] != ' ')
			at = i + 2;
	}
	return at;
}

/* n: without the line's end. */
static void
fold_line(FILE *out, const char *line, size_t n, size_t width)
{
	size_t own = strspn(line, " "), label = find_label(line, n, width), i = label > 0 ? label : own;
	size_t indent = label > 0 ? label : own + 2, at = i, start = i;

	(void)fwrite(line, 1, i, out);
	while (i < n) {
		size_t gap = strspn(line + i, " "), len = strcspn(line + i + gap, " \n"), taken = columns_taken(line + i + gap, len);

		if (i > start && at + gap + taken > width - 1) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else {
			fprintf(out, "%*s", (int)gap, "");
			at += gap;
		}
		(void)fwrite(line + i + gap, 1, len, out);
		at += taken;
		i += gap + len;
	}
}

void
tool_fold(FILE *out, const char *text)
{
	size_t width = columns_of(out);

	if (width == 0) {
		fputs(text, out);
		return;
	}
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		if (columns_taken(text, n) <= width)
			(void)fwrite(text, 1, n, out);
		else
			fold_line(out, text, n, width);
		text += n;
		if (*text == '\n')
			fputc(*text++, out);
	}
}

void
tool_say(FILE *out, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n >= 0)
		tool_fold(out, text);
	free(text);
}
