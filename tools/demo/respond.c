/* SPDX-License-Identifier: MIT */
/* Answers: the headers that all of them have, and the cookies that this request leaves. */
#include "demo.h"

static const char *const headers[][2] = {
	{ "Content-Security-Policy",
	    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
	    "base-uri 'none'; frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "same-origin" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Cache-Control", "no-store" },
};

static enum MHD_Result
send_it(struct request *r, unsigned status, struct MHD_Response *response)
{
	enum MHD_Result sent;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		(void)MHD_add_response_header(response, headers[i][0], headers[i][1]);
	for (size_t i = 0; r->cookies != NULL && i < sess_cookies_count(r->cookies); i++)
		(void)MHD_add_response_header(response, "Set-Cookie", sess_cookies_value(r->cookies, i, NULL));
	if (r->tell_user && r->session != NULL) {
		(void)MHD_add_response_header(response, "X-Session-Subject", sess_session_subject(r->session));
		(void)MHD_add_response_header(response, "X-Session-Role", session_role(r));
	}
	sent = MHD_queue_response(r->connection, status, response);
	MHD_destroy_response(response);
	return sent;
}

enum MHD_Result
respond(struct request *r, unsigned status, const char *type, const void *body, size_t len)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
	    len, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);

	if (response == NULL)
		return MHD_NO;
	(void)MHD_add_response_header(response, "Content-Type", type);
	return send_it(r, status, response);
}

enum MHD_Result
respond_see_other(struct request *r, const char *path)
{
	static char nothing[1];
	struct MHD_Response *response = MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);

	if (response == NULL)
		return MHD_NO;
	(void)MHD_add_response_header(response, "Location", path);
	return send_it(r, MHD_HTTP_SEE_OTHER, response);
}
