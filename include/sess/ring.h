/* SPDX-License-Identifier: MIT */
/*
 * The ring: the keys, and when each may mint and verify (a JWK Set, RFC 7517, with lifetimes).
 *
 * Immutable once loaded; any number of threads may share one. What each key may do is a pure
 * function of the ring and the clock: per use, the minting key has the greatest nbf that has come;
 * every key verifies until its exp, also before its nbf; a revoked key does nothing. The format is
 * described in doc/format.md; sess/rotation.h changes rings.
 */
#ifndef SESS_RING_H
#define SESS_RING_H

#include <sess/error.h>
#include <sess/protection.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sess_ring sess_ring;

typedef enum sess_form { SESS_FORM_NESTED, SESS_FORM_SEALED, SESS_FORM_SIGNED } sess_form;

#define SESS_RING_BYTES_MAX 262144 /* of a ring file */
#define SESS_RING_KEYS_MAX 128

/* Options of an access, or'ed together. */
enum {
	/* By path: follow symbolic links, and accept a file of mode 0440 or 0444 owned by anybody. For mounted
	 * secrets; gives up the checks that keep others from reading or replacing the file. */
	SESS_RING_INSECURE_FOLLOW_LINKS_ANY_OWNER = 1
};

/* How a ring is read. Initialise with SESS_RING_ACCESS_INIT; NULL in its place: the defaults. Read during the call only. */
typedef struct sess_ring_access {
	size_t size;
	unsigned options;
	sess_protection *protection; /* opens encrypted rings (sess/protection.h); NULL: plain text alone is read */
	int64_t min_generation; /* an older ring is SESS_ERR_RING_ROLLBACK; 0: any is accepted */
} sess_ring_access;
#define SESS_RING_ACCESS_INIT { sizeof(sess_ring_access), 0, 0, 0 }

/*
 * Load a ring from a file, a descriptor (read from its current position to its end, not closed) or
 * memory. By path the file must be a regular file, no symbolic link (O_NOFOLLOW), owned by the
 * effective user or root, and closed to group and others (mode 0600 or 0400); else SESS_ERR_RING_FILE.
 * An empty or truncated text is an error, never an empty ring: SESS_ERR_RING_FORMAT (naming the
 * member) or SESS_ERR_RING_KEY (naming key and member). An encrypted ring (RFC 7517 §7, compact) is opened with the access's
 * protection: SESS_ERR_RING_ENCRYPTED when there is none, when it is of the other kind, and when it does not open (a wrong
 * passphrase or key and a changed file cannot be told apart); a header with "p2c" out of range, or anything else that is not
 * in doc/format.md, is SESS_ERR_RING_FORMAT at once. Plain text is read with or without a protection. SESS_ERR_RING_ROLLBACK, SESS_ERR_IO, SESS_ERR_MEMORY, SESS_ERR_CRYPTO.
 * The caller frees *ret_ring with sess_ring_free().
 */
SESS_API SESS_CHECKED int sess_ring_load_file(const char *path, const sess_ring_access *access, sess_ring **ret_ring,
    sess_diag *diag);
SESS_API SESS_CHECKED int sess_ring_load_fd(int fd, const sess_ring_access *access, sess_ring **ret_ring, sess_diag *diag);
SESS_API SESS_CHECKED int sess_ring_load_mem(const void *json, size_t json_len, const sess_ring_access *access,
    sess_ring **ret_ring, sess_diag *diag);

/* What to generate. Initialise with SESS_RING_SPEC_INIT, then change members. */
typedef struct sess_ring_spec {
	size_t size;
	sess_form form;
	const char *alg; /* "HS256", "ES256", "EdDSA"; NULL: HS256 */
	const char *kw;	 /* "dir", "A256KW"; NULL: chosen from rate_per_s and life (see below) */
	const char *enc; /* "A256GCM", "A256CBC-HS512"; NULL: A256GCM */
	int64_t token_life_s;	/* the longest idle timeout of any policy on this ring */
	int64_t session_life_s; /* the longest absolute timeout */
	int64_t leeway_s;	/* the greatest leeway */
	double rate_per_s;	/* highest mint rate that the ring is meant for */
	int64_t key_life_s;	/* how long one key is meant to mint; decides kw together with the rate */
} sess_ring_spec;
/* nested HS256 dir A256GCM, idle 1 h, absolute 12 h, leeway 30 s, 10/s, 90 days */
#define SESS_RING_SPEC_INIT \
	{ sizeof(sess_ring_spec), SESS_FORM_NESTED, NULL, NULL, NULL, 3600, 43200, 30, 10.0, 7776000 }

/*
 * Make a ring with one fresh key for each role of its form, minting from `now` (seconds since the
 * epoch). With kw NULL, A256KW is chosen where rate_per_s * key_life_s comes within a factor of two
 * of the 2^32 invocations that NIST SP 800-38D allows a GCM key with random nonces; asking for dir
 * there is SESS_ERR_ARGUMENT. SESS_ERR_RANDOM, SESS_ERR_CRYPTO, SESS_ERR_MEMORY.
 */
SESS_API SESS_CHECKED int sess_ring_generate(const sess_ring_spec *spec, int64_t now, sess_ring **ret_ring, sess_diag *diag);

/*
 * The same ring, next generation, to be written encrypted under this protection, with a fresh salt and the protection's p2c,
 * whatever it was under before; or, with protection NULL, in plain text. What is loaded encrypted is protected as it was, and so
 * is whatever is made of it, but for sess_ring_export_verify_only(). In an edit of sess_ring_update_file() this encrypts and
 * decrypts files. *ret_ring is NULL where plain text stays plain text. The ring holds a reference of the protection.
 * SESS_ERR_RANDOM, SESS_ERR_MEMORY, SESS_ERR_CRYPTO.
 */
SESS_API SESS_CHECKED int sess_ring_protect(const sess_ring *ring, sess_protection *protection, sess_ring **ret_ring,
    sess_diag *diag);
/* The ring as it is written to files: encrypted where it is protected, else as sess_ring_dump(). NUL-terminated. Free with
 * sess_ring_text_free(). SESS_ERR_RING_FORMAT: larger than SESS_RING_BYTES_MAX. SESS_ERR_RANDOM, SESS_ERR_CRYPTO, SESS_ERR_MEMORY. */
SESS_API SESS_CHECKED int sess_ring_dump_protected(const sess_ring *ring, char **ret_text, size_t *ret_text_len, sess_diag *diag);

/* The ring as JSON text in any case, NUL-terminated, secrets and all. Free (and wipe) with sess_ring_text_free(). */
SESS_API SESS_CHECKED int sess_ring_dump(const sess_ring *ring, char **ret_json, size_t *ret_json_len, sess_diag *diag);
SESS_API void sess_ring_text_free(char *json, size_t json_len);

/* Write a new ring file, mode 0600, durably (temporary file, fsync, link, fsync of the directory), under the lock of
 * sess_ring_update_file(), encrypted where the ring is protected. An existing file is never touched: SESS_ERR_EXISTS. SESS_ERR_IO names the step, SESS_ERR_BUSY: the
 * lock. The other one takes the place of whatever file has the name: for copies, such as a verify-only ring. */
SESS_API SESS_CHECKED int sess_ring_create_file(const sess_ring *ring, const char *path, sess_diag *diag);
SESS_API SESS_CHECKED int sess_ring_replace_file(const sess_ring *ring, const char *path, sess_diag *diag);

/* NULL is allowed. Keys are wiped when the last manager that uses the ring has gone. */
SESS_API void sess_ring_free(sess_ring *ring);

/* What the ring says of itself. Strings live as long as the ring. */
SESS_API sess_form sess_ring_form(const sess_ring *ring);
SESS_API const char *sess_form_name(sess_form form); /* "nested", "sealed", "signed" */
SESS_API int64_t sess_ring_generation(const sess_ring *ring);
SESS_API int64_t sess_ring_token_life_s(const sess_ring *ring);
SESS_API int64_t sess_ring_session_life_s(const sess_ring *ring);
SESS_API int64_t sess_ring_leeway_s(const sess_ring *ring);
SESS_API double sess_ring_rate_per_s(const sess_ring *ring);
SESS_API size_t sess_ring_key_count(const sess_ring *ring);
/* How the ring is encrypted in its file, that it was loaded from or that it would be written to: "PBES2-HS512+A256KW" (under a
 * passphrase), "A256KW" (under a key-encryption key), or NULL: plain text. */
SESS_API const char *sess_ring_encryption(const sess_ring *ring);
/* The iterations of PBKDF2 there; 0 where it was no passphrase. */
SESS_API int64_t sess_ring_p2c(const sess_ring *ring);

typedef enum sess_key_state {
	SESS_KEY_MINTS,	   /* mints and verifies */
	SESS_KEY_PENDING,  /* nbf lies ahead; verifies already */
	SESS_KEY_VERIFIES, /* a newer key mints */
	SESS_KEY_EXPIRED,
	SESS_KEY_REVOKED
} sess_key_state;

typedef struct sess_key_info {
	const char *kid, *use, *alg; /* use: "sig" or "enc" */
	const char *enc;	     /* content encryption of an "enc" key, else NULL */
	int64_t iat, nbf;
	int64_t exp;	    /* -1: none set */
	int64_t revoked_at; /* -1: not revoked */
	const char *reason; /* of the revocation; NULL: none given */
	int64_t mints_until; /* of the minting key and of a pending one: when a newer key takes over, or exp; -1: not known yet */
	int64_t prune_at;    /* from when no valid token needs it, see sess_ring_prune(); -1: not known yet */
	sess_key_state state;
	int can_mint; /* 0: the private part is not in this ring */
} sess_key_info;

/* Key number `index` (0..count-1, file order) as it stands at `now`. SESS_ERR_ARGUMENT. */
SESS_API SESS_CHECKED int sess_ring_key_info(const sess_ring *ring, size_t index, int64_t now, sess_key_info *ret_info);

#ifdef __cplusplus
}
#endif
#endif
