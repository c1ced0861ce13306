/* SPDX-License-Identifier: MIT */
/*
 * Tells everything that the library says when it refuses: each member of each diagnostic, each event, for rings, policies and tokens
 * that are wrong. tests/proof/canaries.py looks for secrets in it.
 *   teller RING POLICY CLAIMS ISSUER-KEY ISSUER-TOKEN FILE…
 * Each FILE is read as a ring, a policy, a protection, a JWK, the keys of an issuer, claims, a cookie and a token, and put in RING's place.
 */
#include <sess/sess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long told;

static char *
read_all(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	char *text = calloc(1, 1 << 20);

	if (f == NULL || text == NULL)
		exit(3);
	*ret_len = fread(text, 1, (1 << 20) - 1, f);
	(void)fclose(f);
	return text;
}

static void
tell(const sess_diag *d)
{
	if (d->code == 0)
		return;
	told++;
	printf("%s|%s|%s|%s\n", sess_error_name(d->code), d->kid, d->member, d->message);
	for (size_t i = 0; i < d->findings_count; i++)
		printf("  %s|%s|%s|%lld|%lld\n", d->findings[i].member, d->findings[i].expected_text, d->findings[i].got_text,
		    (long long)d->findings[i].expected, (long long)d->findings[i].got);
}

static void
hex(const char *what, int has, const uint8_t name[SESS_EVENT_NAME_LEN])
{
	printf(" %s=", what);
	for (int i = 0; has && i < SESS_EVENT_NAME_LEN; i++)
		printf("%02x", name[i]);
}

static void
on_event(const sess_event *e, void *arg)
{
	(void)arg;
	told++;
	printf("event %s|%s|%s|%u", sess_event_name((int)e->kind), e->kid != NULL ? e->kid : "", e->member != NULL ? e->member : "", e->reasons);
	hex("session", e->has_session, e->session);
	hex("client", e->has_client, e->client);
	hex("context", e->has_context, e->context);
	printf("|%lld|%lld|%lld\n", (long long)e->age_s, (long long)e->value, (long long)e->limit);
}

static int
next_day(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = 1800000000 + 86400;
	return 0;
}

/* A token with one byte changed, with segments lost, too long, for another context, revoked. */
static void
refuse_tokens(sess_manager *m, char *token, size_t len)
{
	const sess_context context = { "net", "canary-context-value", 20 };
	sess_verify_opts opts = SESS_VERIFY_OPTS_INIT;
	sess_session *s = NULL;
	sess_inspection *seen = NULL;
	sess_diag d;

	opts.context = &context;
	opts.context_count = 1;
	opts.client = "canary-client-address";
	opts.client_len = 21;
	for (size_t i = 0; i < len; i += 3) {
		for (int bit = 1; bit <= 128; bit *= 8) {
			token[i] ^= (char)bit;
			if (sess_verify(m, token, len, &opts, &s, &d) == 0)
				exit(4);
			tell(&d);
			if (sess_inspect(token, len, &seen, &d) != 0)
				tell(&d);
			else
				sess_inspection_free(seen);
			token[i] ^= (char)bit;
		}
		if (sess_verify(m, token, i, &opts, &s, &d) == 0)
			exit(4);
		tell(&d);
	}
	if (sess_verify(m, token, len, &opts, &s, &d) != 0)
		tell(&d);
	sess_session_free(s);
}

/* Another issuer's token: meant for somebody else, changed, cut. */
static void
refuse_foreign(sess_manager *m, const char *key_path, const char *token_path)
{
	static const char *const algs[] = { "HS256" };
	sess_foreign_expectations e = SESS_FOREIGN_EXPECTATIONS_INIT;
	size_t key_len, len;
	char *key = read_all(key_path, &key_len), *token = read_all(token_path, &len);
	sess_foreign_keys *keys = NULL;
	sess_foreign *foreign = NULL;
	sess_diag d;

	e.issuer = "https://idp.example";
	e.audience = "somebody-else";
	e.algs = algs;
	e.algs_count = 1;
	e.nonce = "canary-context-value";
	if (sess_foreign_keys_load_mem(key, key_len, NULL, &keys, &d) != 0)
		exit(5);
	for (size_t i = 0; i <= len; i++) {
		if (i < len)
			token[i] ^= 1;
		if (sess_foreign_verify(m, keys, token, len, &e, &foreign, &d) == 0)
			exit(4);
		tell(&d);
		if (i < len)
			token[i] ^= 1;
		if (sess_foreign_verify(m, keys, token, i, &e, &foreign, &d) == 0)
			exit(4);
		tell(&d);
	}
	sess_foreign_keys_free(keys);
	free(token);
	free(key);
}

/* The text as a header, and as the value of the session's cookie. */
static void
read_cookie(sess_manager *m, const char *text, size_t n)
{
	static const char name[] = "a=b; __Host-session=";
	char *pair = malloc(sizeof(name) + n), *token = NULL;
	sess_diag d;
	size_t len = 0;

	if (pair == NULL)
		exit(3);
	memcpy(pair, name, sizeof(name) - 1);
	memcpy(pair + sizeof(name) - 1, text, n);
	for (int whole = 0; whole < 2; whole++) {
		const sess_cookie_header header = { whole ? pair : text, whole ? sizeof(name) - 1 + n : n };

		if (sess_cookie_get(m, &header, 1, &token, &len, &d) != 0)
			tell(&d);
		else
			sess_token_free(token);
		token = NULL;
	}
	free(pair);
}

static void
put_in_place(sess_manager *m, const char *ring_path, const char *text, size_t n)
{
	FILE *f = fopen(ring_path, "wb");
	sess_diag d;

	if (f == NULL || fwrite(text, 1, n, f) != n || fclose(f) != 0)
		exit(3);
	if (sess_manager_reload(m, &d) != 0)
		tell(&d);
}

static void
read_wrongly(sess_manager *m, const char *ring_path, const char *path)
{
	sess_ring_access access = SESS_RING_ACCESS_INIT;
	sess_protection *p = NULL;
	sess_ring *ring = NULL;
	sess_foreign_keys *keys = NULL;
	sess_session *s = NULL;
	sess_policy policy;
	uint8_t *payload = NULL;
	char *token = NULL;
	size_t n, payload_len = 0, len = 0;
	char *text = read_all(path, &n);
	sess_diag d;

	if (sess_ring_load_mem(text, n, &access, &ring, &d) != 0)
		tell(&d);
	if (sess_policy_load_file(path, &policy, &d) != 0)
		tell(&d);
	if (sess_protection_new_kek(text, n, &p, &d) != 0)
		tell(&d);
	if (sess_raw_open(text, n, "e30.e30.AAAA", 12, &payload, &payload_len, &d) != 0)
		tell(&d);
	if (sess_verify(m, text, n, NULL, &s, &d) != 0)
		tell(&d);
	if (sess_mint(m, "canary-subject-77", text, n, NULL, &token, &len, &d) != 0)
		tell(&d);
	if (sess_foreign_keys_load_mem(text, n, NULL, &keys, &d) != 0)
		tell(&d);
	read_cookie(m, text, n);
	put_in_place(m, ring_path, text, n);
	sess_foreign_keys_free(keys);
	sess_token_free(token);
	sess_session_free(s);
	sess_protection_free(p);
	sess_ring_free(ring);
	sess_raw_free(payload, payload_len);
	free(text);
}

int
main(int argc, char **argv)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *m = NULL;
	size_t n, len = 0;
	char *claims, *token = NULL;
	sess_diag d;

	if (argc < 6)
		return 2;
	config.ring_path = argv[1];
	config.policy_path = argv[2];
	config.clock = next_day;
	config.on_event = on_event;
	config.revocations = "memory:";
	if (sess_manager_new(&config, &m, &d) != 0) {
		tell(&d);
		return 3;
	}
	claims = read_all(argv[3], &n);
	if (sess_mint(m, "canary-subject-77", claims, n, NULL, &token, &len, &d) != 0) {
		tell(&d);
		return 3;
	}
	refuse_tokens(m, token, len);
	if (sess_revoke_subject(m, "canary-subject-77", NULL, NULL, &d) != 0)
		tell(&d);
	refuse_tokens(m, token, len);
	refuse_foreign(m, argv[4], argv[5]);
	for (int i = 6; i < argc; i++)
		read_wrongly(m, argv[1], argv[i]);
	fprintf(stderr, "%lu\n", told);
	fwrite(token, 1, len, stderr);
	sess_token_free(token);
	sess_manager_free(m);
	free(claims);
	return 0;
}
