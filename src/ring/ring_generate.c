/* SPDX-License-Identifier: MIT */
/* L3: making a fresh ring: one key for each role, and the choice of key management by mint rate. Touches no file. */
#include <string.h>

#include "base/diag.h"
#include "crypto/rng.h"
#include "ring/ring_change.h"

static void
rng_cleanup(struct rng **rng)
{
	rng_free(*rng);
}

static int
check_spec(const sess_ring_spec *spec, int64_t now, sess_diag *diag)
{
	const int code = SESS_ERR_ARGUMENT;

	if (spec == NULL || spec->size != sizeof(*spec))
		return diag_error(diag, code, "sess_ring_generate: initialise the spec with SESS_RING_SPEC_INIT");
	if (!time_is_valid(now))
		return diag_error(diag, code, "the time must lie in 0..%lld", (long long)TIME_MAX);
	if ((unsigned)spec->form > SESS_FORM_SIGNED)
		return diag_error_at(diag, code, NULL, "form", "the form must be nested, sealed or signed");
	if (spec->token_life_s < 1 || spec->token_life_s > spec->session_life_s)
		return diag_error_at(diag, code, NULL, "token_life_s", "the idle timeout must be at least 1 s and at most the absolute one");
	if (spec->session_life_s > RING_LIFE_MAX_S)
		return diag_error_at(diag, code, NULL, "session_life_s", "the absolute timeout must be at most 400 days");
	if (spec->leeway_s < 0 || spec->leeway_s > RING_LEEWAY_MAX_S)
		return diag_error_at(diag, code, NULL, "leeway_s", "the leeway must lie in 0..%d s", RING_LEEWAY_MAX_S);
	if (!(spec->rate_per_s >= 1e-9 && spec->rate_per_s <= RING_RATE_MAX))
		return diag_error_at(diag, code, NULL, "rate_per_s", "the rate must be above 0 and at most 1e9 a second");
	if (spec->key_life_s < 1 || spec->key_life_s > TIME_MAX)
		return diag_error_at(diag, code, NULL, "key_life_s", "the key life must be at least 1 s");
	return 0;
}

static int
choose_signing(const sess_ring_spec *spec, const struct jose_alg **ret, sess_diag *diag)
{
	if (!ring_form_needs(spec->form, JOSE_USE_SIG)) {
		if (spec->alg != NULL)
			return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "alg", "a sealed ring has no signing key; leave alg out");
		return 0;
	}
	if ((*ret = alg_find(JOSE_USE_SIG, spec->alg == NULL ? "HS256" : spec->alg)) == NULL)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "alg", "alg must be HS256, ES256 or EdDSA");
	return 0;
}

static int
choose_encryption(const sess_ring_spec *spec, const struct jose_alg **ret_alg, const struct jose_enc **ret_enc,
    sess_diag *diag)
{
	const int code = SESS_ERR_ARGUMENT;
	const struct jose_alg *dir = alg_find(JOSE_USE_ENC, "dir");
	int over;

	if (!ring_form_needs(spec->form, JOSE_USE_ENC)) {
		if (spec->kw != NULL || spec->enc != NULL)
			return diag_error_at(diag, code, NULL, "enc", "a signed ring has no encryption key; leave kw and enc out");
		return 0;
	}
	if ((*ret_enc = enc_find(spec->enc == NULL ? "A256GCM" : spec->enc)) == NULL)
		return diag_error_at(diag, code, NULL, "enc", "enc must be A256GCM or A256CBC-HS512");
	over = ring_gcm_is_over(dir, *ret_enc, spec->rate_per_s, spec->key_life_s);
	if ((*ret_alg = alg_find(JOSE_USE_ENC, spec->kw != NULL ? spec->kw : over ? "A256KW" : "dir")) == NULL)
		return diag_error_at(diag, code, NULL, "kw", "kw must be dir or A256KW");
	if (over && !(*ret_alg)->wraps)
		return diag_error_at(diag, code, NULL, "kw",
		    "%.10g mints a second for %lld s come near the 2^32 that one dir key with A256GCM may make; take A256KW",
		    spec->rate_per_s, (long long)spec->key_life_s);
	return 0;
}

static int
fill_ring(struct sess_ring *ring, const sess_ring_spec *spec, const struct jose_alg *sig, const struct jose_alg *kw,
    const struct jose_enc *enc, int64_t now)
{
	__attribute__((cleanup(rng_cleanup))) struct rng *rng = NULL;
	size_t i = 0;
	int rc;

	ring->form = spec->form;
	ring->generation = 1;
	ring->token_life_s = spec->token_life_s;
	ring->session_life_s = spec->session_life_s;
	ring->leeway_s = spec->leeway_s;
	ring->max_rate_per_s = spec->rate_per_s;
	ring->tag.len = RING_TAG_LEN;
	if ((rc = crypto_lib_new(&ring->lib)) != 0 || (rc = rng_new(NULL, NULL, &rng)) != 0 ||
	    (rc = rng_bytes(rng, ring->tag.bytes, ring->tag.len)) != 0)
		return rc;
	if (sig != NULL && (rc = ring_key_generate(ring->lib, rng, sig, NULL, now, now, &ring->keys[i++])) != 0)
		return rc;
	if (kw != NULL && (rc = ring_key_generate(ring->lib, rng, kw, enc, now, now, &ring->keys[i])) != 0)
		return rc;
	return 0;
}

int
sess_ring_generate(const sess_ring_spec *spec, int64_t now, sess_ring **ret_ring, sess_diag *diag)
{
	const struct jose_alg *sig = NULL, *kw = NULL;
	const struct jose_enc *enc = NULL;
	struct sess_ring *ring;
	int rc;

	diag_clear(diag);
	if (ret_ring == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_generate: ret_ring is NULL");
	if ((rc = check_spec(spec, now, diag)) != 0 || (rc = choose_signing(spec, &sig, diag)) != 0 ||
	    (rc = choose_encryption(spec, &kw, &enc, diag)) != 0)
		return rc;
	if ((ring = ring_new((size_t)(sig != NULL) + (size_t)(kw != NULL))) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	if ((rc = fill_ring(ring, spec, sig, kw, enc, now)) != 0)
		rc = diag_error(diag, rc, NULL);
	else
		rc = ring_finish(ring, diag);
	if (rc != 0) {
		sess_ring_free(ring);
		return rc;
	}
	*ret_ring = ring;
	return 0;
}
