/* SPDX-License-Identifier: MIT */
/*
 * sesstool verify --batch: a token a line in, a JSON object a line out, in the same order. The exit status is the greatest of
 * all. On a terminal stderr shows how far it is; it ends with one line of numbers.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch.h"

#define EVERY 100 /* tokens between two looks of the progress line */
#define BAR_MOST 30

struct progress {
	int is_shown, columns;
	size_t total, bytes, tokens, refused; /* total: bytes; 0: not known */
};

static void
progress_init(struct progress *p, FILE *in)
{
	struct winsize size;
	struct stat st;

	*p = (struct progress){ .is_shown = isatty(STDERR_FILENO), .columns = 80 };
	if (p->is_shown && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		p->columns = size.ws_col;
	if (fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		p->total = (size_t)st.st_size;
}

/* The numbers say all that the bar does. */
static void
progress_show(const struct progress *p)
{
	char text[80], bar[BAR_MOST + 4] = "";
	int room, n, percent = p->total == 0 ? 0 : (int)(p->bytes * 100 / p->total);

	if (!p->is_shown || p->tokens % EVERY != 0)
		return;
	n = snprintf(text, sizeof(text), "%zu tokens, %zu refused", p->tokens, p->refused);
	room = p->columns - n - 10;
	room = room > BAR_MOST ? BAR_MOST : room;
	if (p->total > 0 && room >= 5) {
		memset(bar, '.', (size_t)room + 2);
		memset(bar + 1, '=', (size_t)(room * percent / 100));
		bar[0] = '[';
		bar[room + 1] = ']';
		fprintf(stderr, "\r%s %3d %% %s", bar, percent, text);
	} else if (p->total > 0) {
		fprintf(stderr, "\r%3d %% %.*s", percent, p->columns > 7 ? p->columns - 7 : 0, text);
	} else {
		fprintf(stderr, "\r%.*s", p->columns - 1, text);
	}
	(void)fflush(stderr);
}

static void
progress_done(const struct progress *p)
{
	if (p->is_shown && p->tokens >= EVERY)
		fprintf(stderr, "\r%*s\r", p->columns - 1, "");
	tool_say(stderr, "sesstool: %zu token%s: %zu verified, %zu refused\n", p->tokens, p->tokens == 1 ? "" : "s",
	    p->tokens - p->refused, p->refused);
}

/* The verdict of one token; the exit status that it would have had alone. */
static int
judge(const struct batch *b, const struct tool_text *token, json_t **ret)
{
	sess_session *session = NULL;
	sess_diag diag;
	int rc, status;

	if ((rc = sess_verify(b->manager, token->data, token->len, b->opts, &session, &diag)) == 0)
		status = tool_session_json(session, b->now, ret);
	else if (rc == SESS_ERR_REJECTED)
		*ret = tool_refusal_json(&diag, b->now, status = sess_exit_status(rc, diag.reasons));
	else
		status = tool_fail("verifying", rc, &diag);
	sess_session_free(session);
	return status;
}

/* One line that is not empty. Its own trouble, such as a Cookie header without a token, is told in its object. */
static int
take_line(const struct batch *b, struct progress *p, size_t number, struct tool_text *line)
{
	json_t *verdict = NULL;
	int status = tool_find_token(line);

	if (status == 0)
		status = judge(b, line, &verdict);
	p->tokens++;
	p->refused += status != 0;
	if (verdict == NULL)
		verdict = json_pack("{s:i, s:b, s:i, s:s}", "schema", TOOL_SCHEMA, "verified", 0, "exit_status", status, "error",
		    status == TOOL_EXIT_MALFORMED ? "no token was found in this line" : "the token could not be judged");
	json_object_set_new(verdict, "line", json_integer((json_int_t)number));
	tool_print_json_line(verdict);
	progress_show(p);
	return status;
}

/* By its length: what begins with a NUL is no empty line, and gets its verdict. */
static int
is_blank(const struct tool_text *line)
{
	return strspn(line->data, " \t\r\n") == line->len;
}

static int
take_all(const struct batch *b, FILE *in, struct progress *p)
{
	struct tool_text line = { NULL, 0 };
	size_t room = 0, number = 0;
	int status, worst = 0;
	ssize_t n;

	while ((n = getline(&line.data, &room, in)) >= 0 && !ferror(stdout)) {
		line.len = (size_t)n;
		p->bytes += line.len;
		number++;
		if (is_blank(&line))
			continue;
		status = take_line(b, p, number, &line);
		worst = status > worst ? status : worst;
	}
	tool_text_done(&line);
	if (ferror(in)) {
		tool_say(stderr, "sesstool: reading the tokens: %s; %zu lines were read\n", strerror(errno), number);
		return TOOL_EXIT_IO;
	}
	return worst;
}

int
batch_verify(const struct batch *b, const char *path)
{
	int from_stdin = path == NULL || strcmp(path, "-") == 0;
	FILE *in = from_stdin ? stdin : fopen(path, "re");
	struct progress p;
	int status;

	if (in == NULL) {
		tool_say(stderr, "sesstool: opening the tokens: %s; --batch takes a file of one token a line, or stdin\n", strerror(errno));
		return TOOL_EXIT_IO;
	}
	if (from_stdin && isatty(STDIN_FILENO))
		tool_fold(stderr, "sesstool: waiting for tokens on stdin, one a line; end them with Ctrl-D\n");
	progress_init(&p, in);
	status = take_all(b, in, &p);
	progress_done(&p);
	if (!from_stdin)
		(void)fclose(in);
	return status;
}
