/* SPDX-License-Identifier: MIT */
/*
 * Text that a token brought along, made safe for a terminal: printable ASCII as it is, all else escaped. Also lays
 * JSON text out anew without going through a document, so that numbers keep their spelling.
 */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

#define LINE_ROOM 64 /* characters of an object or array that stays on one line */

/* One UTF-8 sequence (RFC 3629 §4): its length and code point, or 0 when it is none. */
static size_t
decode_utf8(const unsigned char *s, size_t n, unsigned *ret_point)
{
	size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	unsigned point = s[0] & (0xffu >> (len + 1));
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (s[0] < 0xc2 || s[0] > 0xf4 || n < len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (s[i] & 0x3fu);
	}
	if (point < least[len] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return len;
}

static void
put_point(FILE *stream, unsigned point)
{
	if (point < 0x10000) {
		(void)fprintf(stream, "\\u%04x", point);
		return;
	}
	point -= 0x10000;
	(void)fprintf(stream, "\\u%04x\\u%04x", 0xd800 + (point >> 10), 0xdc00 + (point & 0x3ff));
}

/* One character at s, escaped unless it is printable ASCII; how many bytes it took. */
static size_t
put_safely(FILE *stream, const unsigned char *s, size_t n)
{
	unsigned point = 0;
	size_t len;

	if (s[0] >= 0x20 && s[0] < 0x7f) {
		(void)fputc(s[0], stream);
		return 1;
	}
	if (s[0] < 0x80) {
		put_point(stream, s[0]);
		return 1;
	}
	if ((len = decode_utf8(s, n, &point)) == 0) {
		(void)fprintf(stream, "\\x%02x", s[0]);
		return 1;
	}
	put_point(stream, point);
	return len;
}

void
tool_print_safe(FILE *stream, const char *text, size_t n)
{
	for (size_t i = 0; i < n;)
		i += put_safely(stream, (const unsigned char *)text + i, n - i);
}

static void
new_line(FILE *stream, int depth)
{
	(void)fputc('\n', stream);
	for (int i = 0; i < depth && i < 32; i++)
		(void)fputs("  ", stream);
}

/* From the opening quote to behind the closing one. */
static size_t
put_string(FILE *stream, const char *s, size_t n)
{
	size_t i = 1;

	(void)fputc('"', stream);
	while (i < n && s[i] != '"') {
		if (s[i] == '\\' && i + 1 < n)
			(void)fputc(s[i++], stream);
		i += put_safely(stream, (const unsigned char *)s + i, n - i);
	}
	(void)fputc('"', stream);
	return i + 1;
}

static int
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t
skip_space(const char *s, size_t n, size_t i)
{
	while (i < n && is_space(s[i]))
		i++;
	return i;
}

/* Whether the object or array that begins s ends within a line's room; the index behind its end. */
static size_t
find_short_end(const char *s, size_t n)
{
	int depth = 0, in_string = 0;

	for (size_t i = 0; i < n && i < LINE_ROOM; i++) {
		if (in_string && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			in_string = !in_string;
		else if (!in_string && (s[i] == '{' || s[i] == '['))
			depth++;
		else if (!in_string && (s[i] == '}' || s[i] == ']') && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* Opens an object or array; an empty one stays on its line. */
static size_t
put_open(FILE *stream, const char *s, size_t n, size_t i, int *depth)
{
	size_t next = skip_space(s, n, i + 1);

	(void)fputc(s[i], stream);
	if (next < n && (s[next] == '}' || s[next] == ']')) {
		(void)fputc(s[next], stream);
		return next + 1;
	}
	new_line(stream, ++*depth);
	return i + 1;
}

void
tool_print_json_text(FILE *stream, const char *json, size_t n, int indent)
{
	int depth = indent;
	size_t flat = 0; /* up to here no new lines */

	for (size_t i = skip_space(json, n, 0); i < n; i = skip_space(json, n, i)) {
		switch (json[i]) {
		case '"':
			i += put_string(stream, json + i, n - i);
			break;
		case '{':
		case '[':
			if (i >= flat && depth > indent)
				flat = i + find_short_end(json + i, n - i);
			if (i < flat)
				(void)fputc(json[i++], stream);
			else
				i = put_open(stream, json, n, i, &depth);
			break;
		case '}':
		case ']':
			if (i >= flat)
				new_line(stream, --depth);
			(void)fputc(json[i++], stream);
			break;
		case ',':
			(void)fputs(i < flat ? ", " : ",", stream);
			if (i++ >= flat)
				new_line(stream, depth);
			break;
		case ':':
			(void)fputs(": ", stream);
			i++;
			break;
		default:
			i += put_safely(stream, (const unsigned char *)json + i, n - i);
		}
	}
}

void
tool_print_json_line(json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);

	if (text != NULL) {
		tool_print_safe(stdout, text, strlen(text));
		putchar('\n');
		explicit_bzero(text, strlen(text));
	}
	free(text);
	json_decref(object);
}
