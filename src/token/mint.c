/* SPDX-License-Identifier: MIT */
/*
 * L4: minting: keys, times, claims, then signature and encryption as the form demands. The caller's claims pass the same
 * index that verification runs, under the same limits, so that what comes out can be verified.
 */
#include "token/mint.h"

#include <stdlib.h>
#include <string.h>

#include "base/b64url.h"
#include "base/diag.h"
#include "base/secret.h"
#include "jose/jwe.h"
#include "jose/jws.h"
#include "token/claim_names.h"

struct mint_keys {
	const struct keytab_entry *sig, *enc; /* NULL: not in this form */
};

static int
find_key(struct work *w, enum jose_use use, int64_t now, const struct keytab_entry **ret, sess_diag *diag)
{
	const struct ring_key *key = NULL;
	int rc;

	if (!ring_form_needs(w->tab->ring->form, use))
		return 0;
	if ((rc = ring_minting_key(w->tab->ring, use, now, &key, diag)) != 0)
		return rc;
	*ret = keytab_of(w->tab, key);
	return 0;
}

static int
find_keys(struct work *w, int64_t now, struct mint_keys *ret, sess_diag *diag)
{
	int rc = find_key(w, JOSE_USE_SIG, now, &ret->sig, diag);

	return rc != 0 ? rc : find_key(w, JOSE_USE_ENC, now, &ret->enc, diag);
}

static int64_t
cap_at_key(int64_t exp, const struct keytab_entry *entry, const sess_policy *policy)
{
	if (entry == NULL || entry->key->exp == TIME_NONE)
		return exp;
	return time_min(exp, entry->key->exp - policy->leeway_s);
}

static int64_t
latest_expiry(const sess_policy *policy, const struct mint_keys *keys, int64_t iat, int64_t hard)
{
	int64_t exp = time_min(time_add(iat, policy->idle_timeout_s), hard);

	return cap_at_key(cap_at_key(exp, keys->sig, policy), keys->enc, policy);
}

int
mint_latest_expiry(struct work *w, const sess_policy *policy, int64_t iat, int64_t hard, int64_t *ret_exp)
{
	struct mint_keys keys = { NULL, NULL };
	int rc = find_keys(w, iat, &keys, NULL);

	if (rc == 0)
		*ret_exp = latest_expiry(policy, &keys, iat, hard);
	return rc;
}

static int
choose_times(const struct mint_request *req, const sess_policy *policy, const struct mint_keys *keys,
    struct claims_new *c, sess_diag *diag)
{
	int64_t hard = time_add(req->auth_time, policy->absolute_timeout_s);

	if (!time_is_valid(req->not_before) || !time_is_valid(req->hard_end))
		return diag_error(diag, SESS_ERR_ARGUMENT, "not_before and hard_end must lie in 0..%lld", (long long)TIME_MAX);
	c->iat = req->iat;
	c->auth_time = req->auth_time;
	c->gen = req->gen;
	c->persistent = req->persistent;
	c->nbf = req->not_before == 0 ? TIME_NONE : req->not_before;
	c->end = req->hard_end == 0 ? TIME_NONE : req->hard_end;
	if (c->end != TIME_NONE) {
		hard = time_min(hard, c->end);
		if (hard <= req->iat)
			return diag_error(diag, SESS_ERR_ARGUMENT, "hard_end %lld is not after the present time %lld",
			    (long long)c->end, (long long)req->iat);
	}
	c->exp = latest_expiry(policy, keys, req->iat, hard);
	if (c->exp <= req->iat)
		return diag_error_at(diag, SESS_ERR_RING_NO_KEY, keys->sig != NULL ? keys->sig->key->kid : keys->enc->key->kid, "exp",
		    "the minting key expires within the leeway, or the end of time is near: no token of any life can be minted");
	return 0;
}

static int
draw_ids(struct work *w, const struct mint_request *req, struct claims_new *c, sess_diag *diag)
{
	uint8_t bytes[2 * CLAIMS_ID_BYTES];
	int rc;

	if ((rc = rng_bytes(w->rng, bytes, sizeof(bytes))) != 0)
		return diag_error(diag, rc, NULL);
	if (req->sid != NULL)
		memcpy(c->sid, req->sid, sizeof(c->sid));
	else
		c->sid[b64url_encode(c->sid, bytes, CLAIMS_ID_BYTES)] = '\0';
	c->jti[b64url_encode(c->jti, bytes + CLAIMS_ID_BYTES, CLAIMS_ID_BYTES)] = '\0';
	return 0;
}

/* A name that the policy looks at nowhere is not bound: the token would only be longer. */
static int
bind_context(struct work *w, const sess_policy *policy, const struct mint_request *req, struct claims_new *c,
    sess_diag *diag)
{
	int rc;

	if (req->bound != NULL) {
		c->context_count = req->context_count;
		memcpy(c->context, req->bound, req->context_count * sizeof(*req->bound));
		return 0;
	}
	for (size_t i = 0; i < req->context_count; i++) {
		const sess_context *given = &req->context[i];
		struct context_bound *bound = &c->context[c->context_count];

		if (context_mode(policy, given->name) == SESS_CONTEXT_MODE_OFF)
			continue;
		if ((rc = work_hash_context(w, c->sid, given, bound->hash)) != 0)
			return diag_error(diag, rc, NULL);
		memcpy(bound->name, given->name, strlen(given->name) + 1);
		c->context_count++;
	}
	return 0;
}

static int
check_subject(const char *subject, sess_diag *diag)
{
	if (subject == NULL)
		return 0;
	if (subject[0] == '\0')
		return diag_error_at(diag, SESS_ERR_CLAIMS, NULL, "sub", "the subject is empty; name the user, or give none");
	if (!json_is_utf8(subject, strlen(subject)))
		return diag_error_at(diag, SESS_ERR_CLAIMS, NULL, "sub", "the subject is not UTF-8");
	return 0;
}

/* The caller's object by itself, so that what is wrong can be said in the caller's terms. */
static int
check_claims(struct work *w, const sess_policy *policy, const struct mint_request *req, sess_diag *diag)
{
	const struct json_limits limits = { (size_t)policy->max_depth, (size_t)policy->max_members };
	const struct json_begun begun = { .watched = claim_names_all };
	struct json_index *index = &w->index;
	const char *name;

	if (json_index_resume(req->claims_json, req->claims_json_len, &limits, &w->scratch.json, &begun, index) != 0)
		return diag_error(diag, SESS_ERR_CLAIMS, "the claims, at byte %zu: %s", index->fault_off,
		    json_fault_sentence(index->fault));
	if (index->is_met && (name = claims_find_reserved(req->claims_json, index)) != NULL)
		return diag_error_at(diag, SESS_ERR_CLAIMS, NULL, name, "\"%s\" is a claim of the library's own; leave it out", name);
	return 0;
}

/* Appends the caller's members after ours and closes the object. */
static int
append_claims(struct work *w, const struct mint_request *req, sess_diag *diag)
{
	struct buf *out = &w->payload;
	size_t n, start;
	int rc;

	if (req->claims_json_len > 0 && w->index.count > 0) {
		if ((rc = buf_reserve(out, req->claims_json_len + 1)) != 0)
			return diag_error(diag, rc, NULL);
		start = out->len;
		n = req->claims_json_len;
		if (w->index.is_spaced)
			n = json_compact((char *)out->data + start, req->claims_json, n);
		else
			memcpy(out->data + start, req->claims_json, n);
		out->data[start] = ','; /* in place of the opening brace */
		out->len = start + n;
		return 0;
	}
	rc = buf_append(out, "}", 1);
	return rc == 0 ? 0 : diag_error(diag, rc, NULL);
}

/*
 * Whether the index will take both together, without another pass: the caller's members have passed it, ours are well-formed by how
 * they are written, no name stands in both, and all keep the depth that they had. What is left is what the limits count.
 */
static int
check_together(const struct work *w, const sess_policy *policy, const struct claims_new *c, sess_diag *diag)
{
	enum json_fault fault = JSON_F_NONE;

	if (w->index.count + claims_count(c) > (size_t)policy->max_members)
		fault = JSON_F_MEMBERS;
	else if (c->context_count > 0 && policy->max_depth < CLAIMS_CONTEXT_DEPTH)
		fault = JSON_F_DEPTH;
	if (fault == JSON_F_NONE)
		return 0;
	return diag_error(diag, SESS_ERR_CLAIMS, "the claims together with the library's own: %s", json_fault_sentence(fault));
}

static int
build_payload(struct work *w, const sess_policy *policy, const struct mint_request *req, const struct claims_new *c,
    sess_diag *diag)
{
	int rc;

	w->index.count = 0;
	if ((rc = check_subject(req->subject, diag)) != 0)
		return rc;
	if (req->claims_json_len > 0 && (rc = check_claims(w, policy, req, diag)) != 0)
		return rc;
	if ((rc = check_together(w, policy, c, diag)) != 0)
		return rc;
	buf_clear(&w->payload);
	if ((rc = claims_format(&w->payload, c)) != 0)
		return diag_error(diag, rc, NULL);
	return append_claims(w, req, diag);
}

static size_t
token_len(const struct mint_keys *keys, size_t payload_len)
{
	size_t n = payload_len;

	if (keys->sig != NULL)
		n = jws_text_len(keys->sig->key->alg, keys->sig->header_len, n);
	if (keys->enc != NULL)
		n = jwe_text_len(keys->enc->key->alg, keys->enc->key->enc, keys->enc->header_len, n);
	return n;
}

static int
sign(struct work *w, const struct keytab_entry *entry, char *out)
{
	struct sig *sig = NULL;
	int rc;

	if ((rc = work_sig(w, entry, &sig)) != 0)
		return rc;
	return jws_sign(sig, entry->key->alg, entry->header, entry->header_len, w->payload.data, w->payload.len, out);
}

static int
seal(struct work *w, const struct keytab_entry *entry, const struct buf *plain, char *out)
{
	SECRET_CLEANUP struct secret cek = { { 0 }, 0 };
	uint8_t iv[AEAD_IV_MAX];
	struct jwe_context *jwe = NULL;
	int rc;

	if ((rc = work_jwe(w, entry, &jwe)) != 0 || (rc = rng_bytes(w->rng, iv, aead_iv_len(entry->key->enc->aead))) != 0)
		return rc;
	if (entry->key->alg->wraps && (rc = rng_bytes(w->rng, cek.bytes, aead_key_len(entry->key->enc->aead))) != 0)
		return rc;
	return jwe_seal(jwe, entry->header, entry->header_len, plain->data, plain->len, cek.bytes, iv, &w->ciphertext, out);
}

static int
protect(struct work *w, const struct mint_keys *keys, char *out)
{
	size_t n;
	int rc;

	if (keys->enc == NULL)
		return sign(w, keys->sig, out);
	if (keys->sig == NULL)
		return seal(w, keys->enc, &w->payload, out);
	n = jws_text_len(keys->sig->key->alg, keys->sig->header_len, w->payload.len);
	buf_clear(&w->plain);
	if ((rc = buf_reserve(&w->plain, n)) != 0 || (rc = sign(w, keys->sig, (char *)w->plain.data)) != 0)
		return rc;
	w->plain.len = n;
	return seal(w, keys->enc, &w->plain, out);
}

int
mint_token(struct work *w, const sess_policy *policy, const struct mint_request *req, struct minted *ret, sess_diag *diag)
{
	struct mint_keys keys = { NULL, NULL };
	struct claims_new c; /* of its context as much is set as it counts */
	int64_t near_limit = 0;
	size_t n;
	char *token;
	int rc;

	c.iss = policy->issuer;
	c.aud = policy->audience;
	c.sub = req->subject;
	c.context_count = 0;
	if ((rc = find_keys(w, req->iat, &keys, diag)) != 0 || (rc = choose_times(req, policy, &keys, &c, diag)) != 0 ||
	    (rc = draw_ids(w, req, &c, diag)) != 0 || (rc = bind_context(w, policy, req, &c, diag)) != 0 ||
	    (rc = build_payload(w, policy, req, &c, diag)) != 0)
		return rc;
	if ((n = token_len(&keys, w->payload.len)) > (size_t)policy->max_token_bytes)
		return diag_error(diag, SESS_ERR_TOKEN_SIZE, "the token would have %zu bytes and the policy allows %ld; put less into it",
		    n, (long)policy->max_token_bytes);
	if ((rc = work_claim_mint(w, keys.enc, &near_limit)) != 0)
		return diag_error_at(diag, rc, keys.enc->key->kid, NULL,
		    "the minting key has made %lld tokens here, as many as a dir key with A256GCM may; rotate the ring (to A256KW, which has no limit)",
		    (long long)BUDGET_LIMIT);
	if ((token = malloc(n + 1)) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	if ((rc = protect(w, &keys, token)) != 0) {
		secret_wipe(token, n);
		free(token);
		return diag_error(diag, rc, NULL);
	}
	token[n] = '\0';
	ret->token = token;
	ret->len = n;
	ret->kid = keys.sig != NULL ? keys.sig->key->kid : keys.enc->key->kid;
	memcpy(ret->sid, c.sid, sizeof(ret->sid));
	ret->near_limit_kid = near_limit != 0 ? keys.enc->key->kid : NULL;
	ret->near_limit = near_limit;
	return 0;
}
