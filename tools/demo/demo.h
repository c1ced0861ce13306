/* SPDX-License-Identifier: MIT */
/*
 * The demo: a small shop whose only state is in its customers' cookies. What its files share: the service, one request, and who
 * does what. Uses the library's public API, libmicrohttpd, GnuTLS for its certificate, and jansson for the cart.
 */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include <jansson.h>
#include <microhttpd.h>
#include <sess/jansson.h>
#include <sess/sess.h>
#include <stdio.h>

#define DEMO_BODY_MAX 16384 /* bytes of a form */
#define DEMO_ORIGINS_MAX 8
#define DEMO_NAME_MAX 40 /* bytes of a customer's name */

/* A wall clock that runs `speed` times as fast, from `base` on. */
struct demo_clock {
	int64_t base;
	double speed;
};

/* Made once, read by all threads. */
struct demo {
	sess_manager *manager;
	struct demo_clock clock;
	const char *instance; /* shown on each page: which of several answered */
	char origin[DEMO_ORIGINS_MAX][128]; /* that may post forms */
	size_t origin_count;
};

struct demo_options {
	const char *ring, *policy, *revocations, *instance, *cert, *key;
	const char *origin[DEMO_ORIGINS_MAX];
	size_t origin_count;
	int64_t clock_base;
	double speed;
	int port, plain;
};

struct request {
	const struct demo *demo;
	struct MHD_Connection *connection;
	const char *path;
	char body[DEMO_BODY_MAX + 1];
	size_t body_len;
	int too_large;
	sess_session *session; /* NULL: nobody is signed in */
	uint32_t refused;      /* SESS_REASON_* of the cookie that came along; 0: none came, or it was good */
	size_t token_len;
	int tell_user;	       /* name the user in headers of the answer, for a proxy that asks */
	sess_cookies *cookies; /* go out with the answer; NULL: none */
};

/* options.c: 0, or the exit status after its own complaint. */
int options_parse(int argc, char **argv, struct demo_options *ret);
/* service.c: ring, policy, manager. Prints its own complaint. */
int service_start(const struct demo_options *options, struct demo *ret);
void service_stop(struct demo *demo);
int demo_clock_now(void *arg, int64_t *ret_now); /* a sess_clock_fn over a struct demo_clock */
/* certificate.c: a self-signed certificate for loopback as PEM, on the heap. 0, or -1 after its own complaint. */
int certificate_make(char **ret_cert_pem, char **ret_key_pem);

/* routes.c */
enum MHD_Result routes_answer(struct request *r, const char *method);
/* respond.c */
enum MHD_Result respond(struct request *r, unsigned status, const char *type, const void *body, size_t len);
enum MHD_Result respond_see_other(struct request *r, const char *path);
/* form.c: a field of the posted form, decoded into out, NUL-terminated; -1: missing, too long or not clean text. */
int form_field(const struct request *r, const char *name, char *out, size_t room);
/* Whether a form may come from where it says (the Origin header, RFC 6454 §7). */
int form_is_ours(const struct request *r);

/* session.c: what comes out of a request's cookies, and what goes back. 0 or a SESS_ERR_* with diag filled. */
void session_open(struct request *r);
void session_close(struct request *r);
int session_start(struct request *r, const char *name, int stay, sess_diag *diag);
int session_save(struct request *r, json_t *claims, sess_diag *diag); /* takes the reference */
void session_renew(struct request *r);				     /* where it is wanted */
int session_elevate(struct request *r, sess_diag *diag);
int session_end(struct request *r, int everywhere, sess_diag *diag);
/* Its role: "customer", "manager"; NULL: nobody is signed in. */
const char *session_role(const struct request *r);

/* cart.c */
struct product {
	const char *id, *name, *about;
	int cents;
};
extern const struct product products[];
extern const size_t product_count;
const struct product *product_find(const char *id);
/* The session's claims, with the cart as an array of {"id", "n", "note"}; a new reference, never NULL but for want of memory. */
json_t *cart_claims(const struct request *r);
int cart_add(json_t *claims, const char *id, const char *note);
int cart_remove(json_t *claims, size_t index);

/* pages.c: whole pages. */
enum MHD_Result page_shop(struct request *r, const char *message);
enum MHD_Result page_session(struct request *r, const char *message);
enum MHD_Result page_manager(struct request *r, const char *message);
enum MHD_Result page_error(struct request *r, unsigned status, const char *title, const char *text);

/* html.c */
void html_text(FILE *out, const char *text); /* escaped */
void html_begin(FILE *out, const struct request *r, const char *title, const char *here, const char *message);
void html_end(FILE *out, const struct request *r);
void html_clocks(FILE *out, const struct request *r);
void html_span(FILE *out, int64_t seconds); /* "14 min 32 s" */

/* assets.c, made by embed.py. */
struct asset {
	const char *path, *type;
	const unsigned char *data;
	size_t len;
};
extern const struct asset assets[];
extern const size_t asset_count;

#endif
