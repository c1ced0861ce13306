/* SPDX-License-Identifier: MIT */
/* The frame of every page, text made harmless for HTML, and the panel of the session's clocks. */
#include <inttypes.h>
#include <string.h>

#include "demo.h"

void
html_text(FILE *out, const char *text)
{
	for (const char *p = text; p != NULL && *p != '\0'; p++) {
		switch (*p) {
		case '&':
			(void)fputs("&amp;", out);
			break;
		case '<':
			(void)fputs("&lt;", out);
			break;
		case '>':
			(void)fputs("&gt;", out);
			break;
		case '"':
			(void)fputs("&quot;", out);
			break;
		case '\'':
			(void)fputs("&#39;", out);
			break;
		default:
			(void)fputc(*p, out);
		}
	}
}

void
html_span(FILE *out, int64_t s)
{
	if (s < 0)
		s = 0;
	if (s >= 3600)
		(void)fprintf(out, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
	else if (s >= 60)
		(void)fprintf(out, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
	else
		(void)fprintf(out, "%" PRId64 " s", s);
}

static void
nav_link(FILE *out, const char *path, const char *text, const char *here)
{
	(void)fprintf(out, "<li><a href=\"%s\"%s>%s</a></li>", path,
	    strcmp(path, here) == 0 ? " aria-current=\"page\"" : "", text);
}

static void
user_menu(FILE *out, const struct request *r)
{
	if (r->session == NULL) {
		(void)fputs("<div class=\"user\"><a href=\"/session\">Sign in</a></div>", out);
		return;
	}
	(void)fputs("<div class=\"user\"><span>Signed in as <strong>", out);
	html_text(out, sess_session_subject(r->session));
	(void)fputs("</strong></span><form method=\"post\" action=\"/log-out\"><button class=\"quiet\">Log "
		    "out</button></form></div>",
	    out);
}

void
html_begin(FILE *out, const struct request *r, const char *title, const char *here, const char *message)
{
	(void)fprintf(out,
	    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>%s · Leaf &amp; "
	    "Cup</title>\n"
	    "<link rel=\"stylesheet\" href=\"/style.css\">\n<link rel=\"icon\" href=\"/icon.svg\" "
	    "type=\"image/svg+xml\">\n"
	    "<script src=\"/clock.js\" defer></script>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to "
	    "content</a>\n"
	    "<header><div class=\"bar\"><a class=\"brand\" href=\"/\">Leaf &amp; Cup</a><nav aria-label=\"Pages\"><ul>",
	    title);
	nav_link(out, "/", "Shop", here);
	nav_link(out, "/session", "Session", here);
	nav_link(out, "/manager", "Back office", here);
	(void)fputs("</ul></nav>", out);
	user_menu(out, r);
	(void)fputs("</div></header>\n<main id=\"main\">\n", out);
	if (message != NULL)
		(void)fprintf(out, "<p class=\"message\" role=\"status\">%s</p>\n", message);
	(void)fprintf(out, "<h1>%s</h1>\n", title);
}

void
html_end(FILE *out, const struct request *r)
{
	(void)fputs(
	    "</main>\n<footer>A demo of libsess: this server keeps no session. Answered by instance <strong>", out);
	html_text(out, r->demo->instance);
	(void)fputs("</strong>.</footer>\n</body>\n</html>\n", out);
}

/* The server writes the times; the script only moves them on. */
static void
clock_row(FILE *out, const char *id, const char *label, int64_t from, int64_t to, int64_t now)
{
	(void)fprintf(out,
	    "<div class=\"clock\" data-to=\"%" PRId64
	    "\"><div><span id=\"%s\">%s</span> <span class=\"left\" role=\"timer\">",
	    to, id, label);
	html_span(out, to - now);
	(void)fprintf(out,
	    "</span></div><progress aria-labelledby=\"%s\" max=\"%" PRId64 "\" value=\"%" PRId64
	    "\"></progress></div>\n",
	    id, to > from ? to - from : 1, to > now ? to - now : 0);
}

static void
fact(FILE *out, const char *name, int64_t value, const char *unit)
{
	(void)fprintf(out, "<div><dt>%s</dt><dd>%" PRId64 "%s</dd></div>\n", name, value, unit);
}

void
html_clocks(FILE *out, const struct request *r)
{
	const sess_policy *policy = sess_manager_policy(r->demo->manager);
	sess_session *s = r->session;
	size_t room = sess_cookie_capacity(&policy->cookie),
	       one = sess_cookie_capacity(&policy->cookie) / (size_t)policy->cookie.max_chunks;
	int64_t now = 0;

	(void)demo_clock_now((void *)(uintptr_t)&r->demo->clock, &now);
	(void)fprintf(out,
	    "<section class=\"panel clocks\" aria-labelledby=\"clocks\" data-now=\"%" PRId64 "\" data-speed=\"%g\" "
	    "data-leeway=\"%" PRId64 "\">\n<h2 id=\"clocks\">Your session</h2>\n",
	    now, r->demo->clock.speed, policy->leeway_s);
	clock_row(out, "idle", "When idle, ends in", sess_session_issued_at(s), sess_session_idle_deadline(s), now);
	clock_row(
	    out, "hard", "Ends in any case in", sess_session_auth_time(s), sess_session_absolute_deadline(s), now);
	(void)fprintf(
	    out, "<dl>\n<div><dt>Name</dt><dd><code id=\"sid\">%.8s…</code></dd></div>\n", sess_session_id(s));
	fact(out, "Renewed", sess_session_renewals(s), sess_session_renewals(s) == 1 ? " time" : " times");
	fact(out, "Token", (int64_t)r->token_len, " characters");
	fact(out, "Cookies", (int64_t)(r->token_len <= one + 15 ? 1 : (r->token_len + one - 1) / one), "");
	(void)fprintf(out,
	    "</dl>\n<div class=\"fill\"><span id=\"fill\">Room used in the cookies</span><meter "
	    "aria-labelledby=\"fill\" max=\"%zu\" "
	    "high=\"%zu\" value=\"%zu\">%zu of %zu</meter></div>\n",
	    room, room * 8 / 10, r->token_len, r->token_len, room);
	(void)fputs("<noscript><p class=\"hint\">These stand as they were when the page was made; <a href=\"\">load it "
		    "again</a> to see them "
		    "move.</p></noscript>\n</section>\n",
	    out);
}
