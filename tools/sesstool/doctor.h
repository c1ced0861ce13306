/* SPDX-License-Identifier: MIT */
/* sesstool doctor: what its examinations share: the rules, and what was found. An examination only looks. */
#ifndef SESSTOOL_DOCTOR_H
#define SESSTOOL_DOCTOR_H

#include "tool.h"

enum doctor_weight { WEIGHT_NOTE, WEIGHT_RISK, WEIGHT_ERROR };

/* X(name, id, weight, exit status, rules that it follows, why it matters) */
#define DOCTOR_RULES(X) \
	X(RING_FILE, "ring.file", ERROR, 8, "ASVS 13.3.2", "who can read or replace the ring makes sessions for anybody") \
	X(RING_MODE, "ring.mode", RISK, 8, "ASVS 13.3.2", "who can read the ring makes sessions for anybody") \
	X(RING_FOLDER, "ring.folder", RISK, 8, "ASVS 13.3.2", "who can write the folder puts a ring of theirs in this one's place") \
	X(RING_AT_REST, "ring.at-rest", NOTE, 8, "ASVS 13.3.1", "a backup or a stolen disk is then as good as the ring itself") \
	X(RING_P2C, "ring.passphrase", RISK, 8, "RFC 7518 4.8.1.2", "who has the file guesses passphrases at this price each") \
	X(RING_MINTS, "ring.mints", ERROR, 8, "", "without a key whose turn it is no session begins and none is renewed") \
	X(RING_DUE, "ring.due", RISK, 8, "ASVS 13.3.4", "a key that leaks unnoticed is worth something until it is rotated away") \
	X(RING_END, "ring.end", RISK, 8, "ASVS 13.3.4", "a key without an end is believed for ever") \
	X(RING_PRUNE, "ring.prune", NOTE, 8, "ASVS 13.3.4", "no valid token needs these keys: keeping them only keeps secrets") \
	X(RING_BUDGET, "ring.budget", RISK, 8, "NIST SP 800-38D 8.3", "after 2^32 tokens a dir key's random nonces may repeat, and then tokens can be forged") \
	X(RING_RATE, "ring.rate", RISK, 8, "NIST SP 800-38D 8.3", "the ring's limits were reckoned for the rate that is written in it") \
	X(RING_ROLES, "ring.roles", NOTE, 8, "ASVS 13.3.2", "every service that verifies with this ring could mint as well") \
	X(RING_SECRECY, "ring.secrecy", NOTE, 8, "RFC 7519 12", "claims are for everybody who holds the cookie to read") \
	X(CLOCK_SET, "clock.set", ERROR, 6, "ASVS 9.2.1", "all that is said of time rests on this clock") \
	X(CLOCK_SYNC, "clock.sync", RISK, 6, "ASVS 9.2.1", "a clock that nobody sets drifts beyond the leeway, and tokens are refused or live too long") \
	X(POLICY_FILE, "policy.file", ERROR, 7, "", "no service starts with it") \
	X(POLICY_MODE, "policy.mode", RISK, 7, "ASVS 13.3.2", "who can write the policy sets how long sessions live and how the cookie is guarded") \
	X(POLICY_RING, "policy.ring", ERROR, 7, "", "a manager refuses this ring with this policy: tokens would outlive their keys") \
	X(POLICY_AUDIENCE, "policy.audience", RISK, 7, "ASVS 9.2.3, 9.2.4; RFC 8725 3.9", "a token that another service of the same ring was given works here too") \
	X(POLICY_ISSUER, "policy.issuer", NOTE, 7, "RFC 8725 3.8", "who made the token is then said by the key alone") \
	X(POLICY_TYPE, "policy.type", RISK, 7, "ASVS 9.2.2; RFC 8725 3.11, 3.12", "a token for another purpose passes for a session") \
	X(POLICY_IDLE, "policy.idle", RISK, 7, "ASVS 7.1.1, 7.3.1", "a cookie left behind on another's machine stays good for that long") \
	X(POLICY_IDLE_ACTS, "policy.idle-acts", RISK, 7, "ASVS 7.3.1", "the idle timeout never acts: who is away is signed in for as long as who is there") \
	X(POLICY_ABSOLUTE, "policy.absolute", RISK, 7, "ASVS 7.1.1, 7.3.2", "a stolen session that is used now and then lasts that long") \
	X(POLICY_LEEWAY, "policy.leeway", RISK, 7, "RFC 7519 4.1.4", "every token lives that much longer than it says") \
	X(COOKIE_SECURE, "cookie.secure", ERROR, 7, "ASVS 3.3.1", "it travels in plain text, and who sees it is the user") \
	X(COOKIE_PREFIX, "cookie.prefix", RISK, 7, "ASVS 3.3.1, 3.3.3", "another host of the domain, or plain HTTP, can put its own cookie in this one's place") \
	X(COOKIE_DOMAIN, "cookie.domain", RISK, 7, "ASVS 3.3.3", "every host below the domain is sent the session") \
	X(COOKIE_HTTP_ONLY, "cookie.http-only", ERROR, 7, "ASVS 3.3.4", "one injected script reads the session and sends it away") \
	X(COOKIE_SAME_SITE, "cookie.same-site", RISK, 7, "ASVS 3.3.2", "other sites make the browser act as the user") \
	X(COOKIE_SIZE, "cookie.size", RISK, 7, "ASVS 3.3.5", "browsers drop what is larger, and the user seems never to have signed in") \
	X(COOKIE_HEADER, "cookie.header", RISK, 7, "", "the server in front refuses requests with so much in their cookies") \
	X(STORE_NAMED, "store.named", RISK, 9, "ASVS 7.4.1, 7.4.2, 7.4.5", "who logs out, or is shut out, keeps a token that is good until it expires") \
	X(STORE_OPEN, "store.open", ERROR, 9, "ASVS 7.4.1", "while the store cannot vouch for its list, every token is refused") \
	X(STORE_MODE, "store.mode", RISK, 9, "ASVS 13.3.2", "who can write the store revokes sessions, and makes revocations forgotten") \
	X(STORE_STALE, "store.stale", RISK, 9, "ASVS 7.4.1", "a node that hears nothing from the store accepts who has logged out elsewhere") \
	X(STORE_AUTH, "store.auth", RISK, 9, "ASVS 13.2.1", "whoever reaches the server can empty it, and then every token is refused") \
	X(STORE_NETWORK, "store.network", RISK, 9, "ASVS 12.3.1", "on the way to the server the password can be read, and entries held back") \
	X(STORE_REACH, "store.reach", NOTE, 9, "ASVS 7.4.1", "what one process revokes, the others accept") \
	X(STORE_ROOM, "store.room", RISK, 9, "ASVS 7.4.1", "when it is full, nobody can be logged out, and every token is refused")

enum doctor_rule {
#define X(name, id, weight, exit_status, rules, why) DOCTOR_##name,
	DOCTOR_RULES(X)
#undef X
	DOCTOR_RULE_COUNT
};

/* What mends it: words, a command, or words and the command that they speak of, in this order. */
#define DOCTOR_COMMAND "\n"
#define DOCTOR_IN_POLICY "in the policy"

struct doctor_finding {
	enum doctor_rule rule;
	char found[256], mend[512];
};

#define DOCTOR_FINDINGS_MAX 64

struct doctor {
	struct tool_ring from;
	const char *policy_path, *store;
	double rate_per_s; /* 0: not given */
	int64_t key_life_s, now;
	int has_now, strict, all, as_json;
	sess_ring *ring;     /* NULL: it could not be loaded */
	sess_policy policy;
	int has_policy;
	struct doctor_finding finding[DOCTOR_FINDINGS_MAX];
	size_t count;
	int is_checked[DOCTOR_RULE_COUNT], has_failed[DOCTOR_RULE_COUNT];
};

/*
 * Notes that the rule holds, or that it does not, with what mends it: words, then a command behind DOCTOR_COMMAND, either alone too.
 * Words that begin with DOCTOR_IN_POLICY are printed with the policy's file.
 */
int doctor_check(struct doctor *d, enum doctor_rule rule, int holds, const char *mend, const char *found, ...)
    __attribute__((format(printf, 5, 6)));
const char *doctor_command(const char *mend); /* NULL: it is words alone */
const char *doctor_quote(const char *path); /* for the shell, in a mend; two results stay valid at once */

/* The examinations. */
void doctor_ring_file(struct doctor *d); /* loads it */
void doctor_ring(struct doctor *d);
void doctor_policy(struct doctor *d); /* loads it */
void doctor_cookie(struct doctor *d);
void doctor_clock(struct doctor *d);
void doctor_store(struct doctor *d);

/* doctor_report.c: all that was found; the exit status. */
int doctor_report(const struct doctor *d);

#endif
