/* SPDX-License-Identifier: MIT */
/*
 * Writes doc/sizing.md: how many bytes of claims fit into a cookie, by form and algorithm, as the library itself answers. Sizes hang on
 * no key, time or chance, so a test compares the page with what this prints.
 */
#include <sess/sess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLAIMS_MOST 16384

static const struct {
	sess_form form;
	const char *alg, *kw, *enc;
} rings[] = {
	{ SESS_FORM_NESTED, "HS256", "dir", "A256GCM" },
	{ SESS_FORM_NESTED, "HS256", "A256KW", "A256GCM" },
	{ SESS_FORM_NESTED, "HS256", "dir", "A256CBC-HS512" },
	{ SESS_FORM_NESTED, "HS256", "A256KW", "A256CBC-HS512" },
	{ SESS_FORM_NESTED, "ES256", "dir", "A256GCM" },
	{ SESS_FORM_NESTED, "EdDSA", "dir", "A256GCM" },
	{ SESS_FORM_NESTED, "ES256", "A256KW", "A256CBC-HS512" },
	{ SESS_FORM_SEALED, NULL, "dir", "A256GCM" },
	{ SESS_FORM_SEALED, NULL, "A256KW", "A256GCM" },
	{ SESS_FORM_SEALED, NULL, "dir", "A256CBC-HS512" },
	{ SESS_FORM_SEALED, NULL, "A256KW", "A256CBC-HS512" },
	{ SESS_FORM_SIGNED, "HS256", NULL, NULL },
	{ SESS_FORM_SIGNED, "ES256", NULL, NULL },
};

static int
fixed_clock(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = 1800000000;
	return 0;
}

static void
die(const sess_diag *diag)
{
	fprintf(stderr, "sizing: %s\n", diag->message);
	exit(1);
}

/* Of a token with n bytes of claims; 0: more than the cookies hold. */
static size_t
token_bytes(sess_manager *m, size_t n)
{
	char claims[CLAIMS_MOST + 1], *token = NULL;
	size_t len = 0;
	sess_diag diag;
	int rc;

	/* One member, {"x":"…"}, whose bytes between the braces are n. */
	if (n > 0) {
		(void)snprintf(claims, sizeof(claims), "{\"x\":\"");
		memset(claims + 6, 'a', n - 6);
		(void)snprintf(claims + n, sizeof(claims) - n, "\"}");
	}
	rc = n == 0 ? sess_mint(m, NULL, NULL, 0, NULL, &token, &len, &diag) :
	    sess_mint(m, NULL, claims, strlen(claims), NULL, &token, &len, &diag);
	if (rc != 0 && rc != SESS_ERR_TOKEN_SIZE)
		die(&diag);
	sess_token_free(token);
	return rc == 0 ? len : 0;
}

static sess_manager *
manager_of(sess_ring *ring, int chunks)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *m = NULL;
	sess_policy policy;
	sess_diag diag;

	sess_policy_init(&policy);
	policy.cookie.max_chunks = chunks;
	policy.max_token_bytes = (int32_t)sess_cookie_capacity(&policy.cookie);
	config.ring = ring;
	config.policy = &policy;
	config.clock = fixed_clock;
	if (sess_manager_new(&config, &m, &diag) != 0)
		die(&diag);
	return m;
}

/* The greatest n that fits. */
static size_t
room(sess_ring *ring, int chunks, size_t *ret_empty)
{
	sess_manager *m = manager_of(ring, chunks);
	size_t low = 7, high = CLAIMS_MOST - 4;

	*ret_empty = token_bytes(m, 0);
	while (low < high) {
		size_t middle = (low + high + 1) / 2;

		if (token_bytes(m, middle) > 0)
			low = middle;
		else
			high = middle - 1;
	}
	sess_manager_free(m);
	return low;
}

static void
row(size_t i)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;
	size_t empty, one, two, four;
	sess_diag diag;

	spec.form = rings[i].form;
	spec.alg = rings[i].alg;
	spec.kw = rings[i].kw;
	spec.enc = rings[i].enc;
	if (sess_ring_generate(&spec, 1800000000, &ring, &diag) != 0)
		die(&diag);
	one = room(ring, 1, &empty);
	two = room(ring, 2, &empty);
	four = room(ring, 4, &empty);
	printf("| %s | %s | %s | %s | %zu | %zu | %zu | %zu |\n", sess_form_name(spec.form), spec.alg == NULL ? "" : spec.alg,
	    spec.kw == NULL ? "" : spec.kw, spec.enc == NULL ? "" : spec.enc, empty, one, two, four);
	sess_ring_free(ring);
}

int
main(void)
{
	printf("# How much fits\n\n"
	       "Written by `tests/doc/sizing.c`; a test compares. Browsers drop a cookie whose name and value are together longer than 4096\n"
	       "bytes. What is left for claims of yours, under the cookie's default name `__Host-session`, without issuer, audience and subject:\n\n"
	       "| form | alg | kw | enc | bytes of an empty token | bytes of claims in 1 cookie | in 2 chunks | in 4 chunks |\n"
	       "|---|---|---|---|---:|---:|---:|---:|\n");
	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++)
		row(i);
	printf("\nBytes of claims are those between the braces, `\"cart\":[1,2]` for instance, without white space. `iss`, `aud` and `sub` take their\n"
	       "own (`\"sub\":\"alice\",` is 14), each bound context name about 24, `end` 17, `per` 11. A byte of claims becomes 16/9 bytes of a nested\n"
	       "token and 4/3 of the others. `sesstool cookie size` says for a real token which claim costs how much.\n\n"
	       "More than one cookie needs `max_chunks` in the policy, and a server in front that takes such headers: 8192 bytes of all\n"
	       "cookies together is a usual limit (`max_header_bytes`), 16384 needs a setting. Every request carries it all: at 4 KB, a page of\n"
	       "50 requests uploads 200 KB. Where it does not fit: put what is large on the server and its key into the token, shorten names, or\n"
	       "take the sealed form, if who may read may mint.\n");
	return 0;
}
