/* SPDX-License-Identifier: MIT */
/*
 * What the verbs of sesstool share: arguments, durations and times, reading tokens, and saying what went wrong.
 * Data goes to stdout, diagnostics to stderr. Uses the library's public headers only.
 */
#ifndef SESSTOOL_TOOL_H
#define SESSTOOL_TOOL_H

#include <jansson.h>
#include <sess/sess.h>
#include <stdio.h>

#define TOOL_EXIT_USAGE 2
#define TOOL_EXIT_MALFORMED 3
#define TOOL_EXIT_IO 9
#define TOOL_EXIT_INTERNAL 10
#define TOOL_SCHEMA 1
#define TOOL_INPUT_MAX 1048576

struct tool_text {
	char *data; /* NUL-terminated */
	size_t len;
};

/* The verbs: each returns the exit status. argv[0] is the verb. */
int verb_key(int argc, char **argv);
int verb_mint(int argc, char **argv);
int verb_inspect(int argc, char **argv);
int verb_verify(int argc, char **argv);
int verb_cookie(int argc, char **argv);
int verb_renew(int argc, char **argv);
int verb_revoke(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_bench(int argc, char **argv);
int verb_exchange(int argc, char **argv);

/* args.c: all print their own complaint and return 0 for success, else an exit status. */
int tool_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int tool_duration(const char *text, int64_t *ret_s);	 /* 90, 90s, 15m, 8h, 30d */
int tool_time(const char *text, int64_t *ret_time);	 /* RFC 3339 or seconds since the epoch */
int tool_rate(const char *text, double *ret_per_s);	 /* 10, 10/s, 600/m, 5/h, 1/d */
int tool_now(const char *option, int64_t *ret_now);	 /* the option's time, or the clock's where it is NULL */
int tool_fixed_clock(void *arg, int64_t *ret_now);	 /* a sess_clock_fn over an int64_t */
int tool_see(const char *verb);				 /* names the help page; returns TOOL_EXIT_USAGE */

/* options.c */
struct option;
/* getopt_long() over long options alone; '?' after complaining, with the option that was probably meant. */
int tool_option(int argc, char **argv, const struct option *options);
void tool_list_options(void); /* the next tool_option() prints its table, and ends the program */
const char *tool_closest(const char *word, const char *const *words); /* NULL: none is close */

/* input.c */
int tool_read(const char *path_or_dash, const char *what, struct tool_text *ret);
/* The token from the argument (NULL: stdin), from a file, or from a pasted Cookie header. */
int tool_read_token(const char *argument, struct tool_text *ret);
int tool_read_any(const char *argument, int is_any, struct tool_text *ret); /* is_any: the argument need not look like one */
/* In a text that has been read: white space goes, and of a Cookie header all but the token. */
int tool_find_token(struct tool_text *text);
void tool_text_done(struct tool_text *text); /* wipes and frees */

/* claims.c: one JSON object of the file's members and the NAME=VALUE pairs, as they are spelled; NULL data when there
 * are none. Prints its own complaint, naming no value. */
#define TOOL_CLAIMS_MAX 128
int tool_claims(const char *path, const char *const *pairs, size_t count, struct tool_text *ret);

/* context.c: what the client shows, of --context; zero-initialised: nothing. Prints its own complaint. */
struct tool_context {
	sess_context item[SESS_CONTEXT_MAX];
	char name[SESS_CONTEXT_MAX][SESS_CONTEXT_NAME_MAX + 1];
	size_t count;
};
int tool_context_add(struct tool_context *to, const char *pair);

/* clocks.c: a line of the terminal's width, and what its signs mean. */
void tool_print_clocks(sess_session *session, int64_t now);

/* report.c */
int tool_fail(const char *doing, int code, const sess_diag *diag); /* prints, returns the exit status */
int tool_refuse(const sess_diag *diag, const sess_policy *policy, int64_t now, int as_json); /* every failed rule */
json_t *tool_refusal_json(const sess_diag *diag, int64_t now, int status);
typedef const char *tool_hint_fn(const sess_finding *finding);
int tool_refuse_hinted(const sess_diag *diag, const sess_policy *policy, int64_t now, int as_json, tool_hint_fn *hint);
/* RFC 3339 and words: "2026-12-03T10:00:00Z (in 57m)". Four results stay valid at once. */
const char *tool_when(int64_t t, int64_t now);
const char *tool_stamp(int64_t t);
const char *tool_span(int64_t seconds); /* "57m", "3d 4h" */
int tool_width(void);			/* columns of the terminal; 80 where there is none */
void tool_print_json(json_t *object);	/* pretty, stdout; takes the reference */
/* Starts and ends emphasis on a terminal; "" elsewhere. */
const char *tool_bold(FILE *out);
const char *tool_red(FILE *out);
const char *tool_green(FILE *out);
const char *tool_plain(FILE *out);

/* fold.c: whole lines of words, broken between words where a terminal is narrower; ASCII, with nothing that is not safe. */
void tool_fold(FILE *out, const char *text);
void tool_say(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* safe.c: what came out of a token, made harmless for a terminal: printable ASCII, all else escaped. */
void tool_print_safe(FILE *out, const char *text, size_t len);
/* JSON text that is known to be valid, laid out anew; numbers keep their spelling. */
void tool_print_json_text(FILE *out, const char *json, size_t len, int indent);

void tool_print_json_line(json_t *object); /* on one line of ASCII, stdout; takes the reference */

/* session_json.c: a verified session; and {"ua": "matched"}, of each name that its token binds. */
int tool_session_json(sess_session *session, int64_t now, json_t **ret);
json_t *tool_context_json(sess_session *session);

/* secret.c: passphrases and keys, from a file, a descriptor or the terminal. */
struct tool_source {
	const char *file; /* NULL: the descriptor; -1: neither */
	int fd;
};
struct tool_secret {
	struct tool_source passphrase, kek;
};
#define TOOL_SECRET_NONE { { NULL, -1 }, { NULL, -1 } }
int tool_secret_is_given(const struct tool_secret *secret);
/* Where nothing is given, the terminal is asked; twice where it is new. p2c 0: the default. Prints its own complaint. */
int tool_protection(const struct tool_secret *secret, int is_new, int64_t p2c, sess_protection **ret);

/* ring.c: a ring from a path or fd:N, opened by the options that every verb with a ring has. */
struct tool_ring {
	const char *path;
	struct tool_secret secret, fresh; /* what opens it, and what it is to be encrypted under */
	int64_t p2c; /* of a passphrase, where the ring is encrypted anew; 0: the default */
	sess_ring_access access;
	const char *store; /* the revocation store's URI; NULL: the folder RING.revocations, where it is */
	int makes_store;   /* NULL: that folder, also where it is not there yet */
	const char *store_auth; /* the file with the store's user and password; NULL: none */
};
#define TOOL_RING_NONE { NULL, TOOL_SECRET_NONE, TOOL_SECRET_NONE, 0, SESS_RING_ACCESS_INIT, NULL, 0, NULL }
/* TOOL_OPT_NEW: the same four for what is new. */
enum { TOOL_OPT_ANY_OWNER = 256, TOOL_OPT_PASSPHRASE_FILE, TOOL_OPT_PASSPHRASE_FD, TOOL_OPT_KEK_FILE, TOOL_OPT_KEK_FD,
	TOOL_OPT_STORE_AUTH, TOOL_OPT_NEW = 272 };
/* Of verbs that have --store; tool_ring_option() takes it. */
#define TOOL_STORE_AUTH { "store-auth", 1, NULL, TOOL_OPT_STORE_AUTH }
#define TOOL_RING_OPTIONS \
	{ "insecure-any-owner", 0, NULL, TOOL_OPT_ANY_OWNER }, { "passphrase-file", 1, NULL, TOOL_OPT_PASSPHRASE_FILE }, \
	{ "passphrase-fd", 1, NULL, TOOL_OPT_PASSPHRASE_FD }, { "kek-file", 1, NULL, TOOL_OPT_KEK_FILE }, \
	{ "kek-fd", 1, NULL, TOOL_OPT_KEK_FD }
/* Whether the option was one of these; its complaint has been printed where *ret_status is not 0. */
int tool_ring_option(struct tool_ring *from, int option, const char *value, int *ret_status);
int tool_ring_unlock(struct tool_ring *from);		     /* before the file is rewritten; prints its own complaint */
int tool_ring_load(struct tool_ring *from, sess_ring **ret); /* prints its own complaint */
/* The same, but what loading said comes back in *ret_rc and diag; the status, and a complaint, are of what is to open it. */
int tool_ring_open(struct tool_ring *from, sess_ring **ret, int *ret_rc, sess_diag *diag);
void tool_ring_done(struct tool_ring *from);
#define TOOL_RING_CLEANUP __attribute__((cleanup(tool_ring_done)))

/* manager.c: a manager from --ring, --policy and --now; or from a ring that is loaded already, with a clock. */
int tool_manager(struct tool_ring *from, const char *policy_path, const int64_t *now, sess_manager **ret);
int tool_manager_of(const struct tool_ring *from, sess_ring *ring, const char *policy_path, sess_clock_fn *clock, void *clock_arg,
    sess_manager **ret);
/* The store that was named, or the one beside the ring; *ret NULL: none. It is free()d by the caller. */
int tool_store(const struct tool_ring *from, char **ret);
/* The file's policy; where there is no file, the ring's lifetimes. And a manager that goes by a policy. */
int tool_policy(const sess_ring *ring, const char *policy_path, sess_policy *ret);
int tool_manager_with(const struct tool_ring *from, sess_ring *ring, const sess_policy *policy, sess_clock_fn *clock,
    void *clock_arg, sess_manager **ret);

#endif
