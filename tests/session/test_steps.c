/* SPDX-License-Identifier: MIT */
/*
 * The library's own steps failing: a buffer that does not grow, a text that does not decode, randomness that is not had, each in turn,
 * alone or with all after it, also where memory that was kept or a check that went before lets no such failure happen today. An error
 * comes out and nothing else, a forgery is never accepted, and the same manager works afterwards.
 */
#include "base/b64url.h"
#include "base/buf.h"
#include "crypto/rng.h"
#include "crypto/sig.h"
#include "json/text.h"
#include "session/starve_calls.h"
#include "support/runner.h"
#include "token/claims.h"

#define TURNS_MAX 2000

static struct {
	int armed;
	size_t left; /* granted before the first that fails */
	int once;    /* that one alone */
	size_t refused;
	int is_verdict; /* a text that does not decode is a bad token's, or READ_AGAIN */
} steps;

#define READ_AGAIN 2

/* Without blocks of 16 bytes the short way to the claims decodes these two, and what it does not take goes the long way. */
static int
kind_of(const char *in, size_t n)
{
#ifndef TEXT_SSE2
	if (n == CLAIMS_ID_LEN && (memcmp(in - 7, "\"sid\":\"", 7) == 0 || memcmp(in - 7, "\"jti\":\"", 7) == 0))
		return READ_AGAIN;
#endif
	(void)in;
	(void)n;
	return 1;
}

static int
refuse(int is_verdict)
{
	if (!steps.armed)
		return 0;
	if (steps.left > 0) {
		steps.left--;
		return 0;
	}
	if (steps.once && steps.refused > 0)
		return 0;
	steps.refused++;
	steps.is_verdict |= is_verdict;
	return 1;
}

/* In front of the library's own, which is linked with -Wl,--wrap. */
#define STEP(type, name, parameters, arguments, is_verdict, failure) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		return refuse(is_verdict) ? (failure) : __real_##name arguments; \
	}

STEP(int, buf_reserve, (struct buf *b, size_t more), (b, more), 0, SESS_ERR_MEMORY)
STEP(int, buf_append, (struct buf *b, const void *p, size_t n), (b, p, n), 0, SESS_ERR_MEMORY)
STEP(int, buf_append_str, (struct buf *b, const char *s), (b, s), 0, SESS_ERR_MEMORY)
STEP(int, buf_append_int, (struct buf *b, int64_t n), (b, n), 0, SESS_ERR_MEMORY)
STEP(char *, buf_take, (struct buf *b, size_t *ret_len), (b, ret_len), 0, NULL)
STEP(int, rng_bytes, (struct rng *rng, uint8_t *out, size_t n), (rng, out, n), 0, SESS_ERR_CRYPTO)
STEP(int, sig_sign, (struct sig *sig, const uint8_t *msg, size_t n, uint8_t *out), (sig, msg, n, out), 0, SESS_ERR_CRYPTO)
STEP(int, b64url_decode, (uint8_t *out, const char *in, size_t n), (out, in, n), kind_of(in, n), SESS_ERR_REJECTED)

static const sess_context shown[] = { { "ua", "Lynx", 4 }, { "net", "192.0.2.0/24", 12 } };
/* What a call says besides its code: the names in its events, the form that it found; and with no failure. */
static int told, told_last, told_in_peace;
static char *bound_token;

static void
on_event(const sess_event *event, void *arg)
{
	(void)arg;
	told += event->has_session + event->has_client + event->has_context;
}

/* As manager_make(), with a policy that fills every claim, and somebody who listens. */
static int
make(const struct scene *s, sess_manager **ret)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_policy policy;

	sess_policy_init(&policy);
	(void)strcpy(policy.issuer, "https://shop.example");
	(void)strcpy(policy.audience, "shop");
	config.ring = s->ring;
	config.policy = &policy;
	config.clock = clock_now;
	config.on_event = on_event;
	return sess_manager_new(&config, ret, NULL);
}

static int
make_again(struct scene *s, sess_diag *diag)
{
	sess_manager *manager = NULL;
	int rc = make(s, &manager);

	if (diag != NULL)
		diag->code = rc;
	s->out = manager;
	s->release = release_manager;
	return rc;
}

static int
mint_all(struct scene *s, sess_diag *diag)
{
	sess_mint_opts opts = SESS_MINT_OPTS_INIT;
	char *token = NULL;
	int rc;

	opts.context = shown;
	opts.context_count = 2;
	opts.not_before = JUDGE_NOW;
	opts.hard_end = JUDGE_NOW + 600;
	opts.persistent = 1;
	rc = sess_mint(s->manager, "anna", CLAIMS, strlen(CLAIMS), &opts, &token, &s->out_len, diag);
	s->out = token;
	s->release = release_token;
	return rc;
}

static int
verify_shown(struct scene *s, sess_diag *diag)
{
	sess_verify_opts opts = SESS_VERIFY_OPTS_INIT;
	sess_session *session = NULL;
	int rc;

	opts.context = shown;
	opts.context_count = 2;
	opts.client = "192.0.2.7";
	opts.client_len = 9;
	rc = sess_verify(s->manager, bound_token, strlen(bound_token), &opts, &session, diag);
	s->out = session;
	s->release = release_session;
	return rc;
}

static int
renew_bound(struct scene *s, sess_diag *diag)
{
	sess_renew_opts opts = SESS_RENEW_OPTS_INIT;
	sess_session *session = NULL;
	char *token = NULL;
	int rc = sess_verify(s->manager, bound_token, strlen(bound_token), NULL, &session, diag);

	if (rc == 0)
		rc = sess_renew(s->manager, session, &opts, &token, &s->out_len, diag);
	sess_session_free(session);
	s->out = token;
	s->release = release_token;
	return rc;
}

static int
inspect_form(struct scene *s, sess_diag *diag)
{
	sess_form form;
	int rc = act_inspect(s, diag);

	if (rc == 0)
		told += sess_inspection_form(s->out, &form);
	return rc;
}

static const struct row {
	const char *what;
	action *act;
	int fed; /* what it returns in peace */
} rows[] = {
	{ "a manager", make_again, 0 },
	{ "a token with every claim", mint_all, 0 },
	{ "verification before an audience", verify_shown, 0 },
	{ "verification of a forgery", act_verify_forged, SESS_ERR_REJECTED },
	{ "renewal", renew_bound, 0 },
	{ "another sid", act_regenerate, 0 },
	{ "inspection", inspect_form, 0 },
	{ "one token and one key", act_raw, 0 },
	{ "cookies", act_cookie_set, 0 },
};
#define ROWS ((int)(sizeof(rows) / sizeof(rows[0])))

static const char *
judge_turn(const struct scene *s, const struct row *row, int rc)
{
	if ((rc == 0) != (s->out != NULL))
		return "what came out does not fit the code";
	if (steps.refused == 0)
		return rc == row->fed ? NULL : "an error without a failure";
	if (rc == 0)
		return told < told_in_peace || (steps.refused == 1 && steps.is_verdict == READ_AGAIN) ? NULL : "it takes no notice";
	if (sess_error_class_of(rc) == SESS_CLASS_SYSTEM)
		return NULL;
	return rc == SESS_ERR_REJECTED && (steps.is_verdict || row->fed == rc) ? NULL : "not an error of class SYSTEM";
}

static const char *
still_works(struct scene *s)
{
	sess_session *session = NULL;
	int rc = sess_verify(s->manager, bound_token, strlen(bound_token), NULL, &session, NULL);

	if (rc == SESS_ERR_REJECTED) /* for it shows no context */
		rc = verify_shown(s, NULL);
	sess_session_free(s->out);
	sess_session_free(session);
	if (rc != 0)
		return "the manager does not work any more";
	session = NULL;
	rc = sess_verify(s->manager, s->forged, strlen(s->forged), NULL, &session, NULL);
	sess_session_free(session);
	return rc == SESS_ERR_REJECTED ? NULL : "a forgery is accepted afterwards";
}

static const char *
fail_once(struct scene *s, const struct row *row, int once, size_t turn)
{
	sess_diag diag;
	const char *wrong;
	int rc;

	s->out = NULL;
	if (make(s, &s->manager) != 0)
		return "no manager";
	steps.left = turn;
	steps.once = once;
	steps.refused = 0;
	steps.is_verdict = 0;
	told = 0;
	steps.armed = 1;
	rc = row->act(s, &diag);
	steps.armed = 0;
	told_last = told; /* before what comes afterwards */
	wrong = judge_turn(s, row, rc);
	if (s->out != NULL)
		s->release(s);
	s->out = NULL;
	if (wrong == NULL)
		wrong = still_works(s);
	sess_manager_free(s->manager);
	return wrong;
}

/* What is wrong with how a call takes each failure; NULL: nothing. */
static const char *
fail_all(struct scene *s, const struct row *row, int once)
{
	const char *wrong = fail_once(s, row, once, TURNS_MAX);

	if (wrong != NULL)
		return wrong;
	told_in_peace = told_last;
	for (size_t turn = 0; turn < TURNS_MAX; turn++) {
		wrong = fail_once(s, row, once, turn);
		if (wrong != NULL)
			return wrong;
		if (steps.refused == 0)
			return turn == 0 ? "nothing in it can fail" : NULL;
	}
	return "it has no end";
}

/* Tokens of this program's policy in the place of the scene's. */
static void
begin(struct scene *s, const struct judge_combo *combo)
{
	size_t n = 0;

	scene_init(s, combo);
	ck_assert_int_eq(make(s, &s->manager), 0);
	sess_token_free(s->token);
	free(s->forged);
	ck_assert_int_eq(act_mint(s, NULL), 0);
	s->token = s->out;
	n = s->out_len;
	s->forged = strdup(s->token);
	s->forged[n - 4] = s->forged[n - 4] == 'A' ? 'B' : 'A';
	ck_assert_int_eq(mint_all(s, NULL), 0);
	bound_token = s->out;
	sess_manager_free(s->manager);
}

static const char *const combo_names[] = { "nested HS256 dir A256GCM", "nested ES256 A256KW A256CBC-HS512",
	"sealed dir A256CBC-HS512", "signed EdDSA" };

START_TEST(test_failing)
{
	for (size_t i = 0; i < JUDGE_COMBOS; i++) {
		struct scene s;
		int is_chosen = 0;

		for (size_t k = 0; k < sizeof(combo_names) / sizeof(combo_names[0]); k++)
			is_chosen |= strcmp(judge_combos[i].name, combo_names[k]) == 0;
		if (!is_chosen)
			continue;
		begin(&s, &judge_combos[i]);
		for (int once = 0; once < 2; once++) {
			const char *wrong = fail_all(&s, &rows[_i], once);

			ck_assert_msg(wrong == NULL, "%s: %s, %s: %s", judge_combos[i].name, rows[_i].what,
			    once ? "once" : "from then on", wrong);
		}
		sess_token_free(bound_token);
		scene_done(&s);
	}
}
END_TEST

/* Wrong on purpose. */
static int
plant_deaf(struct scene *s, sess_diag *diag)
{
	BUF_CLEANUP struct buf b = { 0 };

	(void)!buf_append(&b, "x", 1);
	return act_verify(s, diag);
}

static int
plant_accept(struct scene *s, sess_diag *diag)
{
	int rc = act_verify_forged(s, diag);

	if (rc == SESS_ERR_REJECTED)
		return rc;
	steps.armed = 0;
	return act_verify(s, diag);
}

START_TEST(test_planted)
{
	static const struct row planted[] = { { "no notice taken", plant_deaf, 0 },
		{ "an accepted forgery", plant_accept, SESS_ERR_REJECTED } };
	struct scene s;

	begin(&s, &judge_combos[0]);
	for (size_t i = 0; i < sizeof(planted) / sizeof(planted[0]); i++)
		ck_assert_msg(fail_all(&s, &planted[i], 1) != NULL, "not noticed: %s", planted[i].what);
	sess_token_free(bound_token);
	scene_done(&s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("steps");
	TCase *tcase = tcase_create("steps");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_planted);
	tcase_add_loop_test(tcase, test_failing, 0, ROWS);
	suite_add_tcase(suite, tcase);
	return runner_main(suite);
}
