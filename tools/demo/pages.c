/* SPDX-License-Identifier: MIT */
/* The demo's pages. They read the request and its session, and change nothing. */
#include <stdlib.h>
#include <string.h>

#include "demo.h"

/* A page as it is written; finish() sends it. */
struct page {
	FILE *out;
	char *text;
	size_t len;
};

static int
begin(struct page *p, const struct request *r, const char *title, const char *here, const char *message)
{
	*p = (struct page){ NULL, NULL, 0 };
	if ((p->out = open_memstream(&p->text, &p->len)) == NULL)
		return -1;
	html_begin(p->out, r, title, here, message);
	return 0;
}

static enum MHD_Result
finish(struct page *p, struct request *r, unsigned status)
{
	enum MHD_Result sent = MHD_NO;

	html_end(p->out, r);
	if (fclose(p->out) == 0)
		sent = respond(r, status, "text/html; charset=utf-8", p->text, p->len);
	free(p->text);
	return sent;
}

static void
price(FILE *out, int cents)
{
	(void)fprintf(out, "€ %d.%02d", cents / 100, cents % 100);
}

/* What a customer is told of a cookie that was refused: what to do, and no more. */
static const char *
ended_because(uint32_t refused)
{
	if ((refused & (SESS_REASON_IDLE_EXPIRED | SESS_REASON_ABSOLUTE_EXPIRED)) != 0)
		return "Your session has ended because nobody used it for a while. Please sign in again.";
	if ((refused & SESS_REASON_REVOKED) != 0)
		return "You were logged out, here or on another device. Please sign in again.";
	if ((refused & SESS_REASON_STORE_UNAVAILABLE) != 0)
		return "We cannot check your session at the moment. Please try again soon.";
	return refused == 0 ? NULL : "Your session could not be continued. Please sign in again.";
}

static void
sign_in_form(FILE *out, const struct request *r)
{
	const char *ended = ended_because(r->refused);

	(void)fputs(
	    "<section class=\"panel sign-in\" aria-labelledby=\"sign-in\">\n<h2 id=\"sign-in\">Sign in</h2>\n", out);
	if (ended != NULL)
		(void)fprintf(out, "<p class=\"ended\" role=\"alert\">%s</p>\n", ended);
	(void)fprintf(out,
	    "<form method=\"post\" action=\"/sign-in\">\n<label for=\"name\">Name</label>\n"
	    "<input id=\"name\" name=\"name\" required maxlength=\"%d\" autocomplete=\"username\" "
	    "aria-describedby=\"name-hint\">\n"
	    "<p class=\"hint\" id=\"name-hint\">A demo: any name will do, and there is no password.</p>\n"
	    "<label class=\"check\"><input type=\"checkbox\" name=\"stay\" value=\"1\"> Stay signed in when the "
	    "browser closes</label>\n"
	    "<button>Sign in</button>\n</form>\n</section>\n",
	    DEMO_NAME_MAX / 2);
}

static void
product_card(FILE *out, const struct product *p, int may_buy)
{
	(void)fprintf(out, "<li class=\"card\">\n<h3>%s</h3>\n<p>%s</p>\n<p class=\"price\">", p->name, p->about);
	price(out, p->cents);
	(void)fputs("</p>\n", out);
	if (may_buy)
		(void)fprintf(out,
		    "<form method=\"post\" action=\"/cart/add\"><input type=\"hidden\" name=\"id\" value=\"%s\">"
		    "<details><summary>Add a card</summary><label for=\"note-%s\">Words on the card</label>"
		    "<textarea id=\"note-%s\" name=\"note\" rows=\"3\" maxlength=\"600\"></textarea></details>"
		    "<button aria-label=\"Add %s to the cart\">Add to cart</button></form>\n",
		    p->id, p->id, p->id, p->name);
	(void)fputs("</li>\n", out);
}

static int
cart_line(FILE *out, const json_t *line, size_t i)
{
	const char *id = json_string_value(json_object_get(line, "id")),
		   *note = json_string_value(json_object_get(line, "note"));
	const struct product *p = id == NULL ? NULL : product_find(id);
	int n = (int)json_integer_value(json_object_get(line, "n"));

	if (p == NULL)
		return 0;
	(void)fprintf(out, "<li><div><span class=\"count\">%d ×</span> %s", n, p->name);
	if (note != NULL) {
		(void)fputs("<q>", out);
		html_text(out, note);
		(void)fputs("</q>", out);
	}
	(void)fputs("</div><span class=\"price\">", out);
	price(out, n * p->cents);
	(void)fprintf(out,
	    "</span><form method=\"post\" action=\"/cart/remove\"><input type=\"hidden\" name=\"line\" value=\"%zu\">"
	    "<button class=\"quiet\" aria-label=\"Remove %s from the cart\">Remove</button></form></li>\n",
	    i, p->name);
	return n * p->cents;
}

static void
cart_panel(FILE *out, const struct request *r)
{
	json_t *claims = cart_claims(r), *cart = json_object_get(claims, "cart"), *line;
	int total = 0;
	size_t i;

	(void)fputs("<section class=\"panel cart\" aria-labelledby=\"cart\">\n<h2 id=\"cart\">Your cart</h2>\n", out);
	if (json_array_size(cart) == 0)
		(void)fputs("<p class=\"hint\">Nothing in it yet.</p>\n", out);
	else
		(void)fputs("<ul>\n", out);
	json_array_foreach (cart, i, line)
		total += cart_line(out, line, i);
	if (json_array_size(cart) > 0) {
		(void)fputs("</ul>\n<p class=\"total\"><span>Total</span> <strong>", out);
		price(out, total);
		(void)fputs("</strong></p>\n", out);
	}
	(void)fputs("</section>\n", out);
	json_decref(claims);
}

enum MHD_Result
page_shop(struct request *r, const char *message)
{
	struct page p;

	if (begin(&p, r, "Tea, and what it needs", "/", message) != 0)
		return MHD_NO;
	(void)fputs("<div class=\"columns\">\n<ul class=\"goods\" aria-label=\"Goods\">\n", p.out);
	for (size_t i = 0; i < product_count; i++)
		product_card(p.out, &products[i], r->session != NULL);
	(void)fputs("</ul>\n<div class=\"side\">\n", p.out);
	if (r->session == NULL) {
		sign_in_form(p.out, r);
	} else {
		cart_panel(p.out, r);
		html_clocks(p.out, r);
	}
	(void)fputs("</div>\n</div>\n", p.out);
	return finish(&p, r, MHD_HTTP_OK);
}

enum MHD_Result
page_session(struct request *r, const char *message)
{
	struct page p;

	if (begin(&p, r, "Session", "/session", message) != 0)
		return MHD_NO;
	(void)fputs("<div class=\"narrow\">\n", p.out);
	if (r->session == NULL) {
		sign_in_form(p.out, r);
	} else {
		html_clocks(p.out, r);
		(void)fputs("<section class=\"panel\" aria-labelledby=\"end\">\n<h2 id=\"end\">End it</h2>\n"
			    "<p>Log out here, or end every session in your name: on other browsers and devices "
			    "too.</p>\n<div class=\"buttons\">"
			    "<form method=\"post\" action=\"/log-out\"><button>Log out</button></form>"
			    "<form method=\"post\" action=\"/log-out-everywhere\"><button class=\"strong\">Log out "
			    "everywhere</button></form>"
			    "</div>\n</section>\n",
		    p.out);
	}
	(void)fputs("</div>\n", p.out);
	return finish(&p, r, MHD_HTTP_OK);
}

enum MHD_Result
page_manager(struct request *r, const char *message)
{
	const char *role = session_role(r);
	int is_manager = role != NULL && strcmp(role, "manager") == 0;
	struct page p;

	if (begin(&p, r, "Back office", "/manager", message) != 0)
		return MHD_NO;
	(void)fputs("<div class=\"narrow\">\n", p.out);
	if (role == NULL)
		sign_in_form(p.out, r);
	else if (!is_manager)
		(void)fputs("<section class=\"panel\" aria-labelledby=\"more\">\n<h2 id=\"more\">You need more rights "
			    "here</h2>\n"
			    "<p>Confirm that it is you. Your session then goes on under a new name, with its cart, and "
			    "the old name is worth "
			    "nothing to whoever learned it.</p>\n"
			    "<form method=\"post\" action=\"/manager\"><button>It is me</button></form>\n</section>\n",
		    p.out);
	else
		(void)fputs(
		    "<section class=\"panel\" aria-labelledby=\"office\">\n<h2 id=\"office\">Good day, manager</h2>\n"
		    "<p>What the service has counted is at <a href=\"/metrics\">/metrics</a>, as OpenMetrics "
		    "text.</p>\n</section>\n",
		    p.out);
	if (role != NULL)
		html_clocks(p.out, r);
	(void)fputs("</div>\n", p.out);
	return finish(&p, r, is_manager || role == NULL ? MHD_HTTP_OK : MHD_HTTP_FORBIDDEN);
}

enum MHD_Result
page_error(struct request *r, unsigned status, const char *title, const char *text)
{
	struct page p;

	if (begin(&p, r, title, "", NULL) != 0)
		return MHD_NO;
	(void)fprintf(p.out,
	    "<div class=\"narrow\"><section class=\"panel\"><p>%s</p><p><a href=\"/\">Back to the "
	    "shop</a></p></section></div>\n",
	    text);
	return finish(&p, r, status);
}
