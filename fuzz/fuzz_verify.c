/* SPDX-License-Identifier: MIT */
/*
 * Verifying a token, for every kind of ring: the first byte chooses it, the rest is the token. A finding means a crash,
 * a token accepted that nobody minted, or a verdict other than the reference verifier's. The seeds are tokens of keys that
 * are not the harness's, so each run also puts in a genuine token with the input's bytes laid over it.
 */
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "reference/reference.h"
#include "support/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One kind of ring, with both verifiers and one token of its own. */
struct bench {
	sess_manager *manager;
	struct reference *reference;
	char *genuine;
	size_t genuine_len;
};

static struct bench benches[JUDGE_COMBOS];

static int
fixed_clock(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = JUDGE_NOW;
	return 0;
}

static void
must(int rc)
{
	if (rc != 0)
		abort();
}

static void
prepare(struct bench *b, const struct judge_combo *combo)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_policy policy;
	sess_ring *ring = NULL;
	char *text = NULL;
	size_t len = 0;

	spec.form = combo->form;
	spec.alg = combo->alg;
	spec.kw = combo->kw;
	spec.enc = combo->enc;
	sess_policy_init(&policy);
	must(sess_ring_generate(&spec, JUDGE_NOW, &ring, NULL));
	must(sess_ring_dump(ring, &text, &len, NULL));
	must(reference_new(text, len, &policy, &b->reference));
	config.ring = ring;
	config.policy = &policy;
	config.clock = fixed_clock;
	must(sess_manager_new(&config, &b->manager, NULL));
	must(sess_mint(b->manager, "alice", NULL, 0, NULL, &b->genuine, &b->genuine_len, NULL));
	sess_ring_text_free(text, len);
	sess_ring_free(ring);
}

static void
verdict(const struct bench *b, const char *token, size_t len)
{
	sess_session *session = NULL;
	sess_diag diag;
	int rc = sess_verify(b->manager, token, len, NULL, &session, &diag);
	uint32_t reference = reference_verify(b->reference, token, len, JUDGE_NOW, NULL);

	if ((rc == 0) != (session != NULL) || (rc != 0 && rc != SESS_ERR_REJECTED))
		abort();
	if (rc == 0 && (len != b->genuine_len || memcmp(token, b->genuine, len) != 0))
		abort();
	if ((rc == 0 ? 0 : diag.reasons) != reference)
		abort();
	sess_session_free(session);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bench *b;
	size_t which;
	char *overlaid;

	if (size < 1)
		return 0;
	which = data[0] % JUDGE_COMBOS;
	b = &benches[which];
	if (b->manager == NULL)
		prepare(b, &judge_combos[which]);
	verdict(b, (const char *)data + 1, size - 1);
	if ((overlaid = malloc(b->genuine_len)) == NULL)
		return 0;
	memcpy(overlaid, b->genuine, b->genuine_len);
	for (size_t i = 1; i + 2 < size; i += 3)
		overlaid[((size_t)data[i] << 8 | data[i + 1]) % b->genuine_len] = (char)data[i + 2];
	verdict(b, overlaid, b->genuine_len);
	free(overlaid);
	return 0;
}
