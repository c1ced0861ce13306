/* SPDX-License-Identifier: MIT */
/*
 * Verifies tokens that ask to be judged by a key from elsewhere, between two marks for who traces its system calls: what it opens
 * or connects to between them, verification has opened. Without arguments; test_touch.py runs it.
 */
#include <fcntl.h>
#include <stdio.h>

#include "foreign/desk.h"

static struct desk desk;

static int
complain(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, desk.diag.message);
	return 1;
}

/* Opening it fails, and shows in a trace. */
static void
mark(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd >= 0)
		abort();
}

static int
judge(const sess_foreign_keys *keys, const struct issuer *issuer, const char *header, int want)
{
	char *token = issuer_sign_under(issuer, NULL, header, PAYLOAD(""));
	sess_foreign *foreign = NULL;
	int rc = sess_foreign_verify(desk.manager, keys, token, strlen(token), &desk.e, &foreign, &desk.diag);

	sess_foreign_free(foreign);
	free(token);
	return rc == want ? 0 : complain(header);
}

int
main(int argc, char **argv)
{
	static const char *const hostile[] = {
		"{\"alg\":\"RS256\",\"kid\":\"k1\",\"jku\":\"http://127.0.0.1:9/jwks\"}",
		"{\"alg\":\"RS256\",\"kid\":\"k1\",\"x5u\":\"file:///etc/hostname\"}",
		"{\"alg\":\"RS256\",\"kid\":\"/etc/hostname\"}",
		"{\"alg\":\"RS256\",\"kid\":\"../../../../etc/hostname\"}",
		"{\"alg\":\"RS256\",\"kid\":\"file:///etc/hostname\"}",
		"{\"alg\":\"RS256\",\"kid\":\"http://127.0.0.1:9/key\"}",
	};
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	const sess_foreign_expectations blank = SESS_FOREIGN_EXPECTATIONS_INIT;
	sess_foreign_keys *keys = NULL;
	struct issuer issuer;
	int failed = 0;
	char *jwk;

	issuer_init(&issuer, "RS256", "k1", 0);
	jwk = issuer_jwk(&issuer);
	if (sess_ring_generate(&spec, NOW - 1, &config.ring, &desk.diag) != 0 ||
	    sess_foreign_keys_load_mem(jwk, strlen(jwk), NULL, &keys, &desk.diag) != 0)
		return complain("keys");
	config.clock = desk_clock;
	if (sess_manager_new(&config, &desk.manager, &desk.diag) != 0)
		return complain("manager");
	sess_ring_free(config.ring);
	desk.e = blank;
	desk.e.issuer = ISSUER;
	desk.e.audience = CLIENT;
	desk.e.nonce = NONCE;
	desk.e.algs = desk_algs;
	desk.e.algs_count = sizeof(desk_algs) / sizeof(desk_algs[0]);
	/* What OpenSSL opens when it is used for the first time is its own. */
	failed |= judge(keys, &issuer, "{\"alg\":\"RS256\",\"kid\":\"k1\"}", 0);
	mark("/mark/begin");
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		failed |= judge(keys, &issuer, hostile[i], SESS_ERR_REJECTED);
	failed |= judge(keys, &issuer, "{\"alg\":\"RS256\",\"kid\":\"k1\"}", 0);
	/* So that a trace which shows nothing can be told from one that cannot: the test asks for this. */
	if (argc > 1)
		mark(argv[1]);
	mark("/mark/end");
	free(jwk);
	sess_foreign_keys_free(keys);
	desk_done(&desk);
	issuer_done(&issuer);
	return failed;
}
