/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL refusing: each call of it that can fail fails in turn, alone or with all after it, by 0 or by a negative number, silently or
 * with an error of memory in its queue, while rings are loaded, made, changed and encrypted, tokens minted, verified and renewed.
 * An error comes out and nothing else, no block is lost, the same objects work afterwards, and a forgery is never accepted.
 * Links with -Wl,--wrap of all that session/refused.txt names, and of what famine.h counts.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* SHA256_Init() and its kind may be made to fail too */
#define FAMINE_COUNTS
#include "session/famine.h"
#include "session/refuse.h"
#include "session/refuse_calls.h"
#include "session/refuse_keys.h"
#include "support/runner.h"

#define TURNS_MAX 5000

/* One for ways and how often; the short form takes some, SESS_LONG=1 all. */
static const struct way {
	unsigned way;
	int once, is_short;
} ways[] = {
	{ REFUSE_ZERO, 1, 1 },
	{ REFUSE_NEGATIVE | REFUSE_TOLD, 1, 1 },
	{ REFUSE_ZERO, 0, 0 },
	{ REFUSE_NEGATIVE, 1, 0 },
	{ REFUSE_NEGATIVE, 0, 0 },
	{ REFUSE_TOLD, 1, 0 },
	{ REFUSE_TOLD, 0, 0 },
	{ REFUSE_NEGATIVE | REFUSE_TOLD, 0, 1 },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static sess_protection *kek;

static int
act_rotate(struct scene *s, sess_diag *diag)
{
	sess_rotation what = SESS_ROTATION_INIT;
	sess_ring *ring = NULL;
	int rc = sess_ring_rotate(s->ring, &what, JUDGE_NOW, &ring, diag);

	s->out = ring;
	s->release = release_ring;
	return rc;
}

static int
act_protect(struct scene *s, sess_diag *diag)
{
	sess_ring *ring = NULL;
	char *text = NULL;
	int rc = sess_ring_protect(s->ring, kek, &ring, diag);

	if (rc == 0)
		rc = sess_ring_dump_protected(ring, &text, &s->out_len, diag);
	sess_ring_free(ring);
	s->out = text;
	s->release = release_text;
	return rc;
}

/* The key without its private part, where it has one. */
static char *public_jwk;

static int
act_raw_public(struct scene *s, sess_diag *diag)
{
	uint8_t *payload = NULL;
	int rc = sess_raw_open(public_jwk, strlen(public_jwk), s->token, strlen(s->token), &payload, &s->out_len, diag);

	s->out = payload;
	s->release = release_payload;
	return rc;
}

/* Wrong on purpose: a block lost where OpenSSL fails; a forgery accepted there; no notice taken. */
static int
plant_leak(struct scene *s, sess_diag *diag)
{
	int rc = act_mint(s, diag);

	if (rc != 0)
		famine_lose(malloc(sizeof(void *)));
	return rc;
}

static int
plant_accept(struct scene *s, sess_diag *diag)
{
	int rc = act_verify_forged(s, diag);

	if (rc != SESS_ERR_REJECTED) {
		rc = act_verify(s, diag);
		diag->code = 0;
	}
	return refuse.refused > 0 ? 0 : rc;
}

static int
plant_deaf(struct scene *s, sess_diag *diag)
{
	uint8_t byte[1];

	diag->code = 0;
	(void)!RAND_bytes(byte, 1);
	s->release = NULL;
	return 0;
}

struct row {
	const char *what;
	action *act;
	int fed; /* what it returns in peace; REFUSED: some error of a key */
	unsigned traits;
};
#define REFUSED 1

enum {
	ALIKE = 1,   /* for every kind of ring: one of them will do */
	REVOKES = 2, /* with a store of revocations */
	NOTHING = 4  /* it is to call nothing of OpenSSL, so that nothing can be refused */
};

static const struct row rows[] = {
	{ "sess_ring_load_mem", act_load, 0, 0 },
	{ "sess_ring_generate", act_generate, 0, 0 },
	{ "sess_ring_dump", act_dump, 0, NOTHING },
	{ "sess_ring_rotate", act_rotate, 0, 0 },
	{ "sess_ring_protect, sess_ring_dump_protected", act_protect, 0, 0 },
	{ "sess_ring_revoke", act_revoke_key, 0, ALIKE },
	{ "sess_ring_prune", act_prune, 0, ALIKE },
	{ "sess_ring_export_verify_only", act_verify_only, 0, ALIKE },
	{ "sess_ring_export_jwks", act_jwks, 0, NOTHING | ALIKE },
	{ "sess_ring_load_file", act_load_file, 0, ALIKE },
	{ "sess_ring_load_fd", act_load_fd, 0, ALIKE },
	{ "sess_ring_create_file", act_create_file, 0, ALIKE },
	{ "sess_ring_replace_file", act_replace_file, 0, ALIKE },
	{ "sess_ring_update_file", act_update_file, 0, ALIKE },
	{ "sess_protection_new_passphrase", act_passphrase, 0, ALIKE },
	{ "sess_protection_new_kek", act_kek, 0, ALIKE },
	{ "a key derived from a passphrase", act_derive, 0, 0 },
	{ "sess_manager_new", act_manager, 0, NOTHING },
	{ "sess_manager_reload", act_reload, 0, ALIKE },
	{ "sess_manager_reload_if_changed", act_reload_if_changed, 0, ALIKE },
	{ "sess_manager_set_ring", act_set_ring, 0, NOTHING | ALIKE },
	{ "sess_manager_metrics", act_metrics, 0, NOTHING | ALIKE },
	{ "sess_policy_parse", act_policy, 0, NOTHING | ALIKE },
	{ "sess_policy_load_file", act_policy_file, 0, NOTHING | ALIKE },
	{ "sess_policy_check", act_check, 0, NOTHING | ALIKE },
	{ "sess_mint", act_mint, 0, 0 },
	{ "sess_mint with context", act_mint_bound, 0, 0 },
	{ "sess_mint_jansson", act_mint_jansson, 0, 0 },
	{ "sess_verify", act_verify, 0, 0 },
	{ "sess_verify of a forgery", act_verify_forged, SESS_ERR_REJECTED, 0 },
	{ "sess_verify with context", act_verify_bound, 0, 0 },
	{ "sess_verify with another context", act_verify_elsewhere, SESS_ERR_REJECTED, 0 },
	{ "sess_session_event_name", act_event_name, 0, ALIKE },
	{ "sess_session_claims_jansson", act_document, 0, NOTHING | ALIKE },
	{ "sess_session_get_double", act_double, 0, NOTHING | ALIKE },
	{ "sess_inspect", act_inspect, 0, NOTHING | ALIKE },
	{ "sess_renew", act_renew, 0, 0 },
	{ "sess_regenerate", act_regenerate, 0, 0 },
	{ "sess_raw_open", act_raw, 0, 0 },
	{ "sess_raw_open by a public key", act_raw_public, 0, 0 },
	{ "sess_cookie_set", act_cookie_set, 0, 0 },
	{ "sess_cookie_get", act_cookie_get, 0, NOTHING | ALIKE },
	{ "sess_cookie_find", act_find, 0, NOTHING | ALIKE },
	{ "sess_cookie_clear", act_cookie_clear, 0, NOTHING | ALIKE },
	{ "sess_watch_new", act_watch, 0, NOTHING | ALIKE },
	{ "sess_revoke_session", act_revoke_session, 0, REVOKES | ALIKE },
	{ "sess_revoke_token", act_revoke_token, 0, REVOKES | ALIKE },
	{ "sess_revoke_subject", act_revoke_subject, 0, REVOKES | ALIKE },
	{ "sess_revoke_all", act_revoke_all, 0, REVOKES | ALIKE },
	{ "sess_revoke_undo", act_undo, 0, REVOKES | ALIKE },
	{ "sess_revocations_list", act_list, 0, NOTHING | REVOKES | ALIKE },
	{ "sess_revocations_status", act_status, 0, NOTHING | REVOKES | ALIKE },
	{ "the key of a revocation feed", act_feed_key, 0, ALIKE },
	{ "an entry of a revocation feed", act_feed_entry, 0, ALIKE },
	{ "a forged entry of a revocation feed", act_feed_forged, SESS_ERR_REJECTED, ALIKE },
#ifdef SESS_WITH_LMDB
	{ "sess_manager_new, sess_revoke_session, over files and LMDB", act_lmdb, 0, ALIKE },
#endif
#ifdef SESS_WITH_REDIS
	{ "sess_revocations_init", act_init, SESS_ERR_STORE, ALIKE },
	{ "sess_revocations_poll", act_poll, 0, ALIKE },
#endif
#ifdef SESS_LIBJWT_VERSION
	{ "sess_foreign_verify", act_foreign_verify, 0, NOTHING | ALIKE },
	{ "sess_foreign_claims_jansson", act_foreign_claims, 0, NOTHING | ALIKE },
	{ "sess_exchange", act_exchange, 0, REVOKES | ALIKE },
	{ "sess_foreign_keys_load_file", act_foreign_file, 0, ALIKE },
#endif
	{ "sess_foreign_keys_load_mem of an RSA JWK", act_rsa_jwk, 0, ALIKE },
	{ "sess_foreign_keys_load_mem of an EC JWK", act_ec_jwk, 0, ALIKE },
	{ "sess_foreign_keys_load_mem of an OKP JWK", act_okp_jwk, 0, ALIKE },
	{ "sess_foreign_keys_load_mem of an RSA PEM", act_rsa_pem, 0, ALIKE },
	{ "sess_foreign_keys_load_mem of an EC PEM", act_ec_pem, 0, ALIKE },
	{ "sess_foreign_keys_load_mem of an OKP PEM", act_okp_pem, 0, ALIKE },
	{ "sess_foreign_keys_load_mem of a secret", act_secret, 0, ALIKE },
	{ "sess_foreign_keys_load_mem of a public key as a secret", act_bad_spki, REFUSED, ALIKE },
	{ "sess_foreign_keys_load_mem of an RSA key as a secret", act_bad_pkcs1, REFUSED, ALIKE },
	{ "sess_foreign_keys_load_mem of a certificate as a secret", act_bad_x509, REFUSED, ALIKE },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct row planted[] = {
	{ "a lost block", plant_leak, 0, 0 },
	{ "an accepted forgery", plant_accept, SESS_ERR_REJECTED, 0 },
	{ "no notice taken", plant_deaf, 0, 0 },
};

static const char *
still_works(struct scene *s)
{
	sess_session *session = NULL;
	char *token = NULL;
	size_t n = 0;
	int rc = sess_mint(s->manager, "otto", NULL, 0, NULL, &token, &n, NULL);

	if (rc == 0)
		rc = sess_verify(s->manager, token, n, NULL, &session, NULL);
	if (rc == 0 && strcmp(sess_session_subject(session), "otto") != 0)
		rc = -1;
	sess_session_free(session);
	sess_token_free(token);
	if (rc != 0)
		return "the manager does not work any more";
	session = NULL;
	rc = sess_verify(s->manager, s->forged, strlen(s->forged), NULL, &session, NULL);
	sess_session_free(session);
	return rc == SESS_ERR_REJECTED ? NULL : "a forgery is accepted afterwards";
}

static const char *
judge_turn(const struct scene *s, const struct row *row, int rc, const sess_diag *diag)
{
	if (s->release != NULL && ((rc == 0) != (s->out != NULL) || diag->code != rc))
		return "what came out does not fit the code";
	if (refuse.refused == 0)
		return rc == row->fed || (row->fed == REFUSED && rc < 0 && sess_error_class_of(rc) != SESS_CLASS_SYSTEM) ? NULL :
		    "an error without a refusal";
	if (rc == 0)
		return "it takes no notice";
	if (sess_error_class_of(rc) == SESS_CLASS_SYSTEM || refuse.verdict || row->fed == REFUSED)
		return NULL;
	return "not an error of class SYSTEM";
}

static const char *
refuse_once(struct scene *s, const struct row *row, const struct way *way, size_t turn)
{
	sess_diag diag = { .code = 0 };
	const char *wrong;
	int rc;

	s->out = NULL;
	if (manager_make(s, &s->manager, NULL) != 0)
		return "no manager";
	refuse.left = turn;
	refuse.once = way->once;
	refuse.way = way->way;
	refuse.refused = 0;
	refuse.verdict = 0;
	refuse.context_failed = 0;
	refuse.armed = 1;
	rc = row->act(s, &diag);
	refuse.armed = 0;
	wrong = judge_turn(s, row, rc, &diag);
	if (wrong == NULL && ERR_peek_error() != 0)
		wrong = "an error is left in OpenSSL's queue";
	if (s->out != NULL)
		s->release(s);
	if (wrong == NULL)
		wrong = still_works(s);
	sess_manager_free(s->manager);
	ERR_clear_error();
	return wrong;
}

static size_t
live(void)
{
	return famine.live + famine.live_openssl;
}

/* What is wrong with how a call takes each refusal; NULL: nothing. */
static const char *
refuse_all(struct scene *s, const struct row *row, const struct way *way)
{
	for (size_t turn = 0; turn < TURNS_MAX; turn++) {
		const char *wrong = NULL;
		size_t before;

		/* OpenSSL keeps some of what it makes at a first time, and texts of its last 16 errors: what is made anew each of
		 * twenty times has been lost. */
		for (int i = 0; i < 20; i++) {
			before = live();
			if ((wrong = refuse_once(s, row, way, turn)) != NULL || live() == before)
				break;
		}
		if (wrong == NULL && live() > before)
			wrong = "a block is lost";
		if (wrong != NULL)
			return wrong;
		if (refuse.refused == 0)
			return turn == 0 && (row->traits & NOTHING) == 0 ? "it calls nothing of OpenSSL" : NULL;
		if ((row->traits & NOTHING) != 0)
			return "it calls OpenSSL";
	}
	return "it has no end";
}

static const char *const combo_names[] = { "nested HS256 dir A256GCM", "nested ES256 A256KW A256CBC-HS512",
	"sealed dir A256CBC-HS512", "signed HS256", "signed EdDSA" };

static void
init_named(struct scene *s, const char *name)
{
	for (size_t i = 0; i < JUDGE_COMBOS; i++) {
		if (strcmp(judge_combos[i].name, name) == 0) {
			json_t *key;

			scene_init(s, &judge_combos[i]);
			starve_paths_make(s);
#ifdef SESS_LIBJWT_VERSION
			abroad_make(s);
#endif
			key = json_loads(s->jwk, 0, NULL);
			json_object_del(key, "d");
			free(public_jwk);
			public_jwk = json_dumps(key, 0);
			json_decref(key);
			return;
		}
	}
	ck_abort_msg("no combination %s", name);
}

static void
done(struct scene *s)
{
	starve_paths_remove();
	abroad_done();
	scene_done(s);
}

/* All in one process, which then knows of every function whether it was ever refused. */
START_TEST(test_refused)
{
	const char *value = getenv("SESS_LONG");
	int is_long = value != NULL && strcmp(value, "1") == 0;
	size_t refusals = 0;

	for (size_t i = 0; i < sizeof(combo_names) / sizeof(combo_names[0]); i++) {
		struct scene s;

		init_named(&s, combo_names[i]);
		for (size_t k = 0; k < ROWS; k++) {
			s.revocations = (rows[k].traits & REVOKES) != 0 ? "memory:" : NULL;
			for (size_t w = 0; w < WAYS && (i == 0 || (rows[k].traits & ALIKE) == 0); w++) {
				const char *wrong = ways[w].is_short || is_long ? refuse_all(&s, &rows[k], &ways[w]) : NULL;

				ck_assert_msg(wrong == NULL, "%s: %s: way %zu: %s", combo_names[i], rows[k].what, w, wrong);
			}
		}
		done(&s);
	}
	/* A function that the linker was not told of, or that no row above calls, is not among them. */
	ck_assert_uint_eq(refuse.count, REFUSE_ROWS);
	for (size_t i = 0; i < refuse.count; i++) {
		ck_assert_msg(refuse.row[i].refused > 0, "%s was never refused", refuse.row[i].name);
		refusals += refuse.row[i].refused;
	}
	printf("# figure: refuse.functions = %zu\n# figure: refuse.refusals = %zu\n", refuse.count, refusals);
}
END_TEST

START_TEST(test_planted)
{
	struct scene s;

	scene_init(&s, &judge_combos[0]);
	for (size_t i = 0; i < sizeof(planted) / sizeof(planted[0]); i++)
		for (size_t w = 0; w < WAYS; w++)
			ck_assert_msg(refuse_all(&s, &planted[i], &ways[w]) != NULL, "not noticed: %s", planted[i].what);
	scene_done(&s);
}
END_TEST

static void
setup(void)
{
	static const char jwk[] = "{\"kty\":\"oct\",\"alg\":\"A256KW\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}";

	ck_assert_int_eq(sess_protection_new_passphrase("secret", 6, 0, &passphrase, NULL), 0);
	keys_make();
	calls_make();
	ck_assert_int_eq(sess_protection_new_kek(jwk, strlen(jwk), &kek, NULL), 0);
}

static void
teardown(void)
{
	sess_protection_free(passphrase);
	sess_protection_free(kek);
	free(public_jwk);
	keys_done();
	calls_done();
}

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("refuse");
	TCase *tcase = tcase_create("refusals");

	tcase_set_timeout(tcase, 600);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_planted);
	tcase_add_test(tcase, test_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	if (famine_install() != 0)
		return runner_skip("OpenSSL has allocated already");
	return runner_main(make_suite());
}
