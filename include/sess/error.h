/* SPDX-License-Identifier: MIT */
/*
 * Errors, reasons and diagnostics.
 *
 * Every function that can fail returns 0 for success, or a negative code from the one table below.
 * A code belongs to one of four classes: USAGE (the caller's mistake), SYSTEM (memory, I/O),
 * RING (the key file's) and REJECTED (the token's). SESS_ERR_REJECTED carries a bit set of reasons
 * in the diagnostic. Detail goes into a caller-owned sess_diag, which never holds a token, a key or
 * a claim value. The library never prints.
 */
#ifndef SESS_ERROR_H
#define SESS_ERROR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SESS_API __attribute__((visibility("default")))
#define SESS_CHECKED __attribute__((warn_unused_result))
#else
#define SESS_API
#define SESS_CHECKED
#endif

/* X(name, value, class, exit status of sesstool, sentence) */
#define SESS_ERROR_TABLE(X)                                                                        \
	X(ARGUMENT, -1, USAGE, 2, "an argument is missing or out of range")                        \
	X(POLICY, -2, USAGE, 2, "the policy is not valid")                                         \
	X(CLAIMS, -3, USAGE, 2, "the claims cannot be put into a token")                           \
	X(TOKEN_SIZE, -4, USAGE, 2, "the token would be larger than the policy allows")            \
	X(NO_CLAIM, -5, USAGE, 2, "the session has no such claim, or it has another type")         \
	X(JWK, -6, USAGE, 2, "the JSON Web Key cannot be used")                                    \
	X(UNSUPPORTED, -7, USAGE, 2, "this build, or a library it uses, cannot do that")           \
	X(MEMORY, -20, SYSTEM, 10, "out of memory")                                                \
	X(IO, -21, SYSTEM, 9, "a file could not be read or written")                               \
	X(EXISTS, -22, SYSTEM, 9, "the file exists already")                                       \
	X(RANDOM, -23, SYSTEM, 10, "the random number generator failed")                           \
	X(CRYPTO, -24, SYSTEM, 10, "the cryptographic library failed")                             \
	X(CLOCK, -25, SYSTEM, 10, "the clock could not be read or is out of range")                \
	X(BUSY, -26, SYSTEM, 9, "another process is rewriting the file")                           \
	X(STORE, -27, SYSTEM, 9, "the revocation store failed or is full")                         \
	X(RING_FILE, -40, RING, 8, "the ring file is not safe to read")                            \
	X(RING_FORMAT, -41, RING, 8, "the ring is not a valid key ring")                           \
	X(RING_KEY, -42, RING, 8, "a key of the ring is not valid")                                \
	X(RING_NO_KEY, -43, RING, 8, "no key of the ring may do this now")                         \
	X(RING_LIFETIME, -44, RING, 8, "the policy's lifetimes exceed the ring's")                 \
	X(RING_STATE, -47, RING, 8, "the ring does not allow this now")                            \
	X(KEY_SPENT, -48, RING, 8, "the minting key has made as many tokens as it may")            \
	X(RING_ROLLBACK, -45, RING, 8, "the ring is older than one that was seen before")          \
	X(RING_ENCRYPTED, -46, RING, 8, "the ring is encrypted and was not opened")                \
	X(REJECTED, -60, REJECTED, 5, "the token was refused")

/* X(name, bit, step of verification, exit status of sesstool, sentence) */
#define SESS_REASON_TABLE(X)                                                                       \
	X(MALFORMED, 0, 1, 3, "the token is malformed")                                            \
	X(OVERSIZE, 1, 1, 3, "the token is larger than the policy allows")                         \
	X(WRONG_FORM, 2, 2, 3, "the token is not of the ring's form")                              \
	X(UNKNOWN_KEY, 3, 3, 4, "the token names a key that is not in the ring")                   \
	X(EXPIRED_KEY, 4, 3, 4, "the token's key has expired")                                     \
	X(REVOKED_KEY, 5, 3, 4, "the token's key has been revoked")                                \
	X(BAD_TAG, 6, 5, 5, "the token does not decrypt: its authentication tag is wrong")         \
	X(BAD_SIGNATURE, 7, 6, 5, "the token's signature is wrong")                                \
	X(BAD_PAYLOAD, 8, 7, 3, "the token's payload is not a valid claims object")                \
	X(WRONG_TYPE, 9, 8, 7, "the token is of another type")                                     \
	X(WRONG_ISSUER, 10, 8, 7, "the token was issued by somebody else")                         \
	X(WRONG_AUDIENCE, 11, 8, 7, "the token is meant for somebody else")                        \
	X(NOT_YET, 12, 9, 6, "the token is not valid yet")                                         \
	X(IDLE_EXPIRED, 13, 9, 6, "the session has been idle for too long")                        \
	X(ABSOLUTE_EXPIRED, 14, 9, 6, "the session has reached its hard end")                      \
	X(REVOKED, 15, 10, 7, "the session has been revoked")                                      \
	X(REUSED, 16, 10, 7, "the token has been used already")                                    \
	X(CONTEXT_MISMATCH, 17, 11, 7, "the token was bound to another client")                    \
	X(TORN_COOKIE, 18, 1, 3, "the cookie's parts do not belong together")                      \
	X(STORE_UNAVAILABLE, 19, 10, 9, "the revocation store is unavailable")

enum {
	SESS_OK = 0,
#define SESS_X(name, value, cls, exit_status, sentence) SESS_ERR_##name = value,
	SESS_ERROR_TABLE(SESS_X)
#undef SESS_X
};

enum {
#define SESS_X(name, bit, step, exit_status, sentence) SESS_REASON_##name = 1 << (bit),
	SESS_REASON_TABLE(SESS_X)
#undef SESS_X
};

#define SESS_REASON_COUNT 20
#define SESS_KID_MAX 64	     /* bytes of a key id, without the NUL */
#define SESS_MEMBER_MAX 63   /* bytes of a member name in a diagnostic, without the NUL */
#define SESS_FINDINGS_MAX 12 /* failed rules that one diagnostic can hold */

typedef enum sess_error_class {
	SESS_CLASS_NONE,
	SESS_CLASS_USAGE,
	SESS_CLASS_SYSTEM,
	SESS_CLASS_RING,
	SESS_CLASS_REJECTED
} sess_error_class;

/* What the two numbers of a finding count. */
typedef enum sess_unit { SESS_UNIT_NONE, SESS_UNIT_TIME, SESS_UNIT_SECONDS, SESS_UNIT_BYTES, SESS_UNIT_COUNT } sess_unit;

/* One rule of verification that did not hold. */
typedef struct sess_finding {
	uint32_t reason;   /* exactly one SESS_REASON_* bit */
	sess_unit unit;	   /* of the two numbers; SESS_UNIT_NONE: they say nothing */
	int64_t expected;  /* the limit that the rule sets (a deadline, a size) */
	int64_t got;	   /* what was found against it (the clock, a size) */
	char member[SESS_MEMBER_MAX + 1]; /* the header member or claim concerned, or "" */
	char expected_text[128]; /* what the verifier wanted, in words; a policy value, or "" */
	char got_text[128];	 /* what it found, in words; never a claim's value */
} sess_finding;

/*
 * Caller-owned detail of the last call it was given to. Every function that takes one first clears
 * it; it needs no initialisation and no release. NULL is allowed everywhere.
 */
typedef struct sess_diag {
	int code;			     /* what the function returned */
	uint32_t reasons;		     /* SESS_REASON_* bits, for SESS_ERR_REJECTED */
	char kid[SESS_KID_MAX + 1];	     /* the key concerned, or "" */
	char member[SESS_MEMBER_MAX + 1];    /* the member concerned, or "" */
	char message[256];		     /* one English sentence: what, expected, what to do */
	size_t findings_count;
	sess_finding findings[SESS_FINDINGS_MAX]; /* in the order of verification */
} sess_diag;

/* The name of a code ("RING_KEY"), its sentence, its class and sesstool's exit status. Any int is
 * allowed; an unknown one is "UNKNOWN". Static strings. Thread-safe. */
SESS_API const char *sess_error_name(int code);
SESS_API const char *sess_error_sentence(int code);
SESS_API sess_error_class sess_error_class_of(int code);

/* The same for one reason bit; step is the step of verification it belongs to (1..11), 0 unknown. */
SESS_API const char *sess_reason_name(uint32_t reason);
SESS_API const char *sess_reason_sentence(uint32_t reason);
SESS_API int sess_reason_step(uint32_t reason);

/* The one reason of a set that decides where a single answer is needed: the earliest failed step's.
 * 0 for an empty set. */
SESS_API uint32_t sess_reason_first(uint32_t reasons);

/* sesstool's exit status for a code and, with SESS_ERR_REJECTED, a set of reasons. */
SESS_API int sess_exit_status(int code, uint32_t reasons);

#ifdef __cplusplus
}
#endif
#endif
