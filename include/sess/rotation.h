/* SPDX-License-Identifier: MIT */
/*
 * The life of a ring: rotate, revoke, prune, export, and rewriting its file.
 *
 * A ring never changes: each function here takes one and makes another, of the next generation. What a key may do is
 * a function of the file and the clock (sess/ring.h), so nodes with the same file need no other word from each other.
 * sess_ring_update_file() puts any of these into a file, under a lock and durably. All are pure but that one, and safe in
 * any number of threads. The caller frees *ret_ring with sess_ring_free().
 */
#ifndef SESS_ROTATION_H
#define SESS_ROTATION_H

#include <sess/ring.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What to rotate, and to what. Initialise with SESS_ROTATION_INIT, then change members. */
typedef struct sess_rotation {
	size_t size;
	int sig, enc;		/* non-zero: the key of this use; both 0: of each use that the form has */
	const char *alg;	/* of the new signing key; NULL: its predecessor's */
	const char *kw;		/* "dir", "A256KW"; NULL: its predecessor's */
	const char *content_enc; /* "A256GCM", "A256CBC-HS512"; NULL: its predecessor's */
	int64_t activate_in_s;	/* until the new key mints: the time in which the file reaches every node; 0..2592000 (30 days) */
	int64_t key_life_s;	/* how long one key is meant to mint */
	double rate_per_s;	/* the ring's highest mint rate from now on; 0: as it was */
	int if_due;		/* non-zero: only where no key is pending and the minting key reaches key_life_s before the new one
				   could mint, or has an end too near for that, or cannot mint, or is not of the algorithm asked
				   for; errors are errors all the same, also where nothing is due */
} sess_rotation;
/* each use, same algorithms, in 1 h, 90 days, same rate, in any case */
#define SESS_ROTATION_INIT { sizeof(sess_rotation), 0, 0, NULL, NULL, NULL, 3600, 7776000, 0.0, 0 }

/*
 * Append one key a use, minting from now + activate_in_s (at once where nothing can mint), and set its predecessor's exp to
 * that moment + token_life_s + 2 * leeway_s: no token that was valid before is refused for it, and the file itself says
 * when the old key may go. *ret_ring is NULL where if_due finds nothing to do.
 * SESS_ERR_RING_STATE: a key is pending already (named), the ring is verify-only or full, or a dir key with A256GCM, the new one or
 * at a new rate the one that stays, would come near the 2^32 mints of NIST SP 800-38D within its life. SESS_ERR_ARGUMENT names the member. SESS_ERR_RANDOM,
 * SESS_ERR_CRYPTO, SESS_ERR_MEMORY.
 */
SESS_API SESS_CHECKED int sess_ring_rotate(const sess_ring *ring, const sess_rotation *rotation, int64_t now,
    sess_ring **ret_ring, sess_diag *diag);

/*
 * Revoke a key: what was minted with it is refused wherever the new file is read. Of the minting key a successor of the same
 * algorithm is appended that mints at once; of a pending key one that takes its place. A verify-only ring gets none.
 * reason: at most 127 bytes of UTF-8 for those who read the file, or NULL. *ret_ring is NULL where the key was revoked
 * before. SESS_ERR_ARGUMENT: no such kid. SESS_ERR_RING_STATE: the ring is full.
 */
SESS_API SESS_CHECKED int sess_ring_revoke(const sess_ring *ring, const char *kid, const char *reason, int64_t now,
    sess_ring **ret_ring, sess_diag *diag);

/*
 * Remove keys that no valid token needs: expired ones, and revoked ones whose last token would have expired by now
 * (sess_key_info.prune_at). kid NULL: all such keys, *ret_ring NULL where there is none. A kid that is not yet safe is
 * SESS_ERR_RING_STATE, with the date; force removes it all the same, and the tokens under it are refused as of an unknown key. The
 * minting key and a pending one are never removed. SESS_ERR_ARGUMENT: no such kid.
 */
SESS_API SESS_CHECKED int sess_ring_prune(const sess_ring *ring, const char *kid, int force, int64_t now,
    sess_ring **ret_ring, sess_diag *diag);

/*
 * The same ring for those who verify but must not mint: encryption keys, tag, and the public part of the signing keys.
 * The generation stays. It is in plain text, however the whole ring is encrypted; see sess_ring_protect(). SESS_ERR_RING_STATE, with what to do instead: a sealed ring (who can read it can mint), or a living
 * HMAC key (who can verify with it can mint). HMAC keys that are revoked or expired are left out.
 */
SESS_API SESS_CHECKED int sess_ring_export_verify_only(const sess_ring *ring, int64_t now, sess_ring **ret_ring,
    sess_diag *diag);

/* The public signing keys that verify now or will, as a JWK Set (RFC 7517 §5) for other people's libraries. Free the text with
 * sess_ring_text_free(). SESS_ERR_RING_STATE: there is none. */
SESS_API SESS_CHECKED int sess_ring_export_jwks(const sess_ring *ring, int64_t now, char **ret_json, size_t *ret_json_len,
    sess_diag *diag);

/* One change: 0 with *ret_ring the next ring, or left NULL for none; else an error code, with diag filled. */
typedef int sess_ring_edit_fn(const sess_ring *ring, void *arg, sess_ring **ret_ring, sess_diag *diag);

/*
 * Change a ring file: take the lock (PATH.sess-lock, waited for up to 30 s), load, call edit, write PATH.sess-new, fsync, rename,
 * fsync of the directory. Whatever happens meanwhile, PATH is the old ring or the new one, whole, mode 0600. Processes that
 * do this at once come one after the other. *ret_ring (may be NULL) is the new ring, or NULL where edit made none; then the
 * file is not touched. All errors of sess_ring_load_file() and of edit; SESS_ERR_BUSY: the lock; SESS_ERR_IO names the step;
 * SESS_ERR_ARGUMENT: the access follows links, or edit returned another ring or an older generation.
 */
SESS_API SESS_CHECKED int sess_ring_update_file(const char *path, const sess_ring_access *access, sess_ring_edit_fn *edit,
    void *arg, sess_ring **ret_ring, sess_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
