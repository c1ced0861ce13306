/* SPDX-License-Identifier: MIT */
/* The demo's routes: what is read, and what a posted form does. A form is answered by a redirect to a page. */
#include <stdlib.h>
#include <string.h>

#include "demo.h"

static const struct {
	const char *code, *text;
} messages[] = {
	{ "in", "Welcome." },
	{ "out", "You are logged out." },
	{ "everywhere", "You are logged out here and everywhere else." },
	{ "added", "It is in your cart." },
	{ "removed", "It is out of your cart." },
	{ "full", "The cart is full: the browser’s cookies hold no more. Nothing was added." },
	{ "manager", "Confirmed. Your session has a new name." },
};

static const char *
message_of(const struct request *r)
{
	const char *code = MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, "m");

	for (size_t i = 0; code != NULL && i < sizeof(messages) / sizeof(messages[0]); i++) {
		if (strcmp(messages[i].code, code) == 0)
			return messages[i].text;
	}
	return NULL;
}

static enum MHD_Result
failed(struct request *r, const sess_diag *diag)
{
	fprintf(stderr, "sess-demo: %s: %s\n", r->path, diag->message);
	return page_error(r, MHD_HTTP_SERVICE_UNAVAILABLE, "Not now", "That did not work. Please try again soon.");
}

static enum MHD_Result
post_sign_in(struct request *r)
{
	char name[DEMO_NAME_MAX + 1], stay[2];
	sess_diag diag;

	if (form_field(r, "name", name, sizeof(name)) != 0 || name[strspn(name, " ")] == '\0')
		return page_error(r, MHD_HTTP_BAD_REQUEST, "Which name?", "Please give a name of at most 40 bytes.");
	if (session_start(r, name, form_field(r, "stay", stay, sizeof(stay)) == 0, &diag) != 0)
		return diag.code == SESS_ERR_CLAIMS ?
		    page_error(r, MHD_HTTP_BAD_REQUEST, "Which name?", "This name cannot be used.") :
		    failed(r, &diag);
	return respond_see_other(r, "/?m=in");
}

static enum MHD_Result
save(struct request *r, json_t *claims, const char *done)
{
	sess_diag diag;
	int rc = session_save(r, claims, &diag);

	if (rc == SESS_ERR_TOKEN_SIZE)
		return respond_see_other(r, "/?m=full");
	return rc == 0 ? respond_see_other(r, done) : failed(r, &diag);
}

static enum MHD_Result
post_add(struct request *r)
{
	char id[16], note[2401];
	json_t *claims;

	if (form_field(r, "id", id, sizeof(id)) != 0 || product_find(id) == NULL)
		return page_error(r, MHD_HTTP_BAD_REQUEST, "Not in stock", "We do not sell that.");
	if (form_field(r, "note", note, sizeof(note)) != 0)
		note[0] = '\0';
	claims = cart_claims(r);
	if (cart_add(claims, id, note) == 0)
		return save(r, claims, "/?m=added");
	json_decref(claims);
	return page_error(
	    r, MHD_HTTP_BAD_REQUEST, "Not added", "99 of a kind is the most, and words must be plain text.");
}

static enum MHD_Result
post_remove(struct request *r)
{
	json_t *claims = cart_claims(r);
	char line[8];

	if (form_field(r, "line", line, sizeof(line)) == 0 && line[0] >= '0' && line[0] <= '9' &&
	    cart_remove(claims, strtoul(line, NULL, 10)) == 0)
		return save(r, claims, "/?m=removed");
	json_decref(claims);
	return respond_see_other(r, "/");
}

static enum MHD_Result
post_log_out(struct request *r)
{
	sess_diag diag;

	return session_end(r, 0, &diag) == 0 ? respond_see_other(r, "/?m=out") : failed(r, &diag);
}

static enum MHD_Result
post_log_out_everywhere(struct request *r)
{
	sess_diag diag;

	return session_end(r, 1, &diag) == 0 ? respond_see_other(r, "/?m=everywhere") : failed(r, &diag);
}

static enum MHD_Result
post_manager(struct request *r)
{
	sess_diag diag;

	return session_elevate(r, &diag) == 0 ? respond_see_other(r, "/manager?m=manager") : failed(r, &diag);
}

static const struct {
	const char *path;
	enum MHD_Result (*run)(struct request *r);
	int signed_in; /* otherwise it makes no sense */
} forms[] = {
	{ "/sign-in", post_sign_in, 0 },
	{ "/cart/add", post_add, 1 },
	{ "/cart/remove", post_remove, 1 },
	{ "/log-out", post_log_out, 1 },
	{ "/log-out-everywhere", post_log_out_everywhere, 1 },
	{ "/manager", post_manager, 1 },
};

static enum MHD_Result
post(struct request *r)
{
	if (!form_is_ours(r))
		return page_error(
		    r, MHD_HTTP_FORBIDDEN, "Not from here", "This form was not sent from a page of ours.");
	if (r->too_large || strlen(r->body) != r->body_len)
		return page_error(r, MHD_HTTP_CONTENT_TOO_LARGE, "Too much", "The form holds more than we take.");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strcmp(forms[i].path, r->path) == 0)
			return forms[i].signed_in && r->session == NULL ? respond_see_other(r, "/") : forms[i].run(r);
	}
	return page_error(r, MHD_HTTP_NOT_FOUND, "Not here", "There is no such page.");
}

static enum MHD_Result
get_metrics(struct request *r)
{
	enum MHD_Result sent;
	char *text = NULL;
	size_t len = 0;
	sess_diag diag;

	if (sess_manager_metrics(r->demo->manager, &text, &len, &diag) != 0)
		return failed(r, &diag);
	sent = respond(r, MHD_HTTP_OK, "application/openmetrics-text; version=1.0.0; charset=utf-8", text, len);
	sess_metrics_free(text);
	return sent;
}

/* For a proxy's sub-request: whether there is a session, and whose. */
static enum MHD_Result
get_auth(struct request *r)
{
	r->tell_user = 1;
	return respond(r, r->session != NULL ? MHD_HTTP_NO_CONTENT : MHD_HTTP_UNAUTHORIZED, "text/plain", "", 0);
}

static enum MHD_Result
get(struct request *r)
{
	if (strcmp(r->path, "/auth") == 0)
		return get_auth(r);
	if (strcmp(r->path, "/metrics") == 0)
		return get_metrics(r);
	session_renew(r);
	if (strcmp(r->path, "/") == 0)
		return page_shop(r, message_of(r));
	if (strcmp(r->path, "/session") == 0)
		return page_session(r, message_of(r));
	if (strcmp(r->path, "/manager") == 0)
		return page_manager(r, message_of(r));
	return page_error(r, MHD_HTTP_NOT_FOUND, "Not here", "There is no such page.");
}

enum MHD_Result
routes_answer(struct request *r, const char *method)
{
	int is_get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;

	for (size_t i = 0; is_get && i < asset_count; i++) {
		if (strcmp(assets[i].path, r->path) == 0)
			return respond(r, MHD_HTTP_OK, assets[i].type, assets[i].data, assets[i].len);
	}
	session_open(r);
	if (is_get)
		return get(r);
	if (strcmp(method, "POST") == 0)
		return post(r);
	return page_error(r, MHD_HTTP_METHOD_NOT_ALLOWED, "Not so", "Pages are read, and forms are posted.");
}
