/* SPDX-License-Identifier: MIT */
/* Revocation as a manager has it: the cap and its events, arguments, names of stores, names of what is revoked, forks. */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session/revoked.h"
#include "support/runner.h"

/* A kernel that says yes to every advice and follows none; and how often a child left behind what its parent's threads were reading.
 * Linked with -Wl,--wrap. */
static int only_nods, forgotten;

struct revocation_index;
int __real_madvise(void *p, size_t n, int advice);
int __wrap_madvise(void *p, size_t n, int advice);
void __real_index_forget_readers(struct revocation_index *x);
void __wrap_index_forget_readers(struct revocation_index *x);

int
__wrap_madvise(void *p, size_t n, int advice)
{
	return only_nods ? 0 : __real_madvise(p, n, advice);
}

void
__wrap_index_forget_readers(struct revocation_index *x)
{
	forgotten++;
	__real_index_forget_readers(x);
}

struct told {
	unsigned count[16];
	sess_event last;
};

static void
on_event(const sess_event *event, void *arg)
{
	struct told *told = arg;

	told->count[event->kind]++;
	told->last = *event;
}

static int
clock_at(void *arg, int64_t *ret_now)
{
	*ret_now = *(const int64_t *)arg;
	return 0;
}

static sess_manager *
listening(struct judge *j, const char *uri, struct told *told, sess_diag *diag)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *m = NULL;
	sess_ring *ring = NULL;
	char *text = json_dumps(j->ring, 0);

	ck_assert_int_eq(sess_ring_load_mem(text, strlen(text), NULL, &ring, NULL), 0);
	config.ring = ring;
	config.policy = &j->policy;
	config.clock = clock_at;
	config.clock_arg = &j->now;
	config.on_event = on_event;
	config.on_event_arg = told;
	config.revocations = uri;
	ck_assert_int_eq(sess_manager_new(&config, &m, diag) == 0, m != NULL);
	sess_ring_free(ring);
	free(text);
	return m;
}

/* At the cap everything is refused until what did not fit would have expired, and both turns are told once. */
START_TEST(test_cap)
{
	struct told told = { 0 };
	struct judge j;
	sess_policy policy;
	sess_session *s = NULL, *spared = NULL;
	sess_revoke_opts opts = SESS_REVOKE_OPTS_INIT;
	char *token;
	sess_diag diag;

	sess_policy_init(&policy);
	policy.revocations_max = 1;
	judge_init(&j, &judge_combos[0], &policy);
	sess_manager_free(j.manager);
	j.manager = listening(&j, "memory:", &told, NULL);
	token = mint(&j, "anna");
	ck_assert_int_eq(sess_revoke_session(j.manager, SID_A, NULL, NULL, NULL), 0);
	ck_assert_int_eq(sess_verify(j.manager, token, strlen(token), NULL, &spared, &diag), 0);
	ck_assert_int_eq(sess_revoke_session(j.manager, SID_B, NULL, NULL, &diag), SESS_ERR_STORE);
	ck_assert_str_eq(diag.member, "revocations_max");
	/* It may be among what did not fit. */
	opts.spare = spared;
	ck_assert_int_eq(sess_revoke_subject(j.manager, "anna", &opts, NULL, &diag), SESS_ERR_STORE);
	ck_assert_str_eq(diag.member, "revocations");
	sess_session_free(spared);
	ck_assert_uint_eq(told.count[SESS_EVENT_STORE_LOST], 1);
	ck_assert_str_eq(told.last.member, "FULL");
	ck_assert_int_eq(told.last.code, SESS_ERR_STORE);
	ck_assert_int_eq(sess_verify(j.manager, token, strlen(token), NULL, &s, &diag), SESS_ERR_REJECTED);
	ck_assert_uint_eq(diag.reasons, SESS_REASON_STORE_UNAVAILABLE);
	ck_assert_msg(strstr(diag.findings[0].got_text, "revocations_max") != NULL, "%s", diag.findings[0].got_text);
	ck_assert_int_eq(sess_revocations_list(j.manager, see, &(struct seen){ 0 }, &diag), SESS_ERR_STORE);
	free(token);
	ck_assert_uint_eq(told.count[SESS_EVENT_STORE_LOST], 1);
	j.now = JUDGE_NOW + LIFE;
	token = mint(&j, "anna");
	ck_assert_uint_eq(verdict(&j, token), 0);
	ck_assert_uint_eq(told.count[SESS_EVENT_STORE_BACK], 1);
	free(token);
	judge_done(&j);
}
END_TEST

START_TEST(test_events)
{
	struct told told = { 0 };
	struct judge j;
	uint8_t name[16];
	sess_session *s;
	char *token;

	judge_init(&j, &judge_combos[0], NULL);
	sess_manager_free(j.manager);
	j.manager = listening(&j, "memory:", &told, NULL);
	token = mint(&j, "anna");
	s = verified(&j, token);
	memcpy(name, told.last.session, 16);
	ck_assert_int_eq(sess_revoke_session(j.manager, sess_session_id(s), NULL, NULL, NULL), 0);
	ck_assert_int_eq(told.last.kind, SESS_EVENT_REVOKED);
	ck_assert_int_eq(told.last.has_session, 1);
	ck_assert_mem_eq(told.last.session, name, 16);
	ck_assert_int_eq(told.last.age_s, -1);
	ck_assert_uint_eq(verdict(&j, token), R);
	ck_assert_int_eq(told.last.kind, SESS_EVENT_REJECTED);
	ck_assert_uint_eq(told.last.reasons, R);
	ck_assert_int_eq(sess_revoke_all(j.manager, NULL, NULL, NULL), 0);
	ck_assert_int_eq(told.last.kind, SESS_EVENT_REVOKED);
	ck_assert_int_eq(told.last.has_session, 0);
	ck_assert_uint_eq(told.count[SESS_EVENT_REVOKED], 2);
	sess_session_free(s);
	free(token);
	judge_done(&j);
}
END_TEST

START_TEST(test_arguments)
{
	static const char *const ids[] = { NULL, "", "short", SID_A "A", "AAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAAB",
		"AAAAAAAAAAAAAAAAAAAA\r\n", "%n%n%n%n%n%n%n%n%n%n%n" };
	struct told told = { 0 };
	struct judge j;
	sess_revoke_opts opts = SESS_REVOKE_OPTS_INIT;
	sess_manager *none;
	sess_session *s;
	char *huge = calloc(1, 1000001), *token;
	sess_diag diag;

	judge_init(&j, &judge_combos[0], NULL);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		ck_assert_int_eq(sess_revoke_session(j.manager, ids[i], NULL, NULL, &diag), SESS_ERR_ARGUMENT);
		ck_assert_str_eq(diag.member, "sid");
		ck_assert_int_eq(sess_revoke_token(j.manager, ids[i], NULL, NULL, &diag), SESS_ERR_ARGUMENT);
		ck_assert_str_eq(diag.member, "jti");
	}
	ck_assert_int_eq(sess_revoke_subject(j.manager, NULL, NULL, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_revoke_subject(j.manager, "", NULL, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_str_eq(diag.member, "sub");
	ck_assert_int_eq(sess_revoke_subject(j.manager, "\xff", NULL, NULL, &diag), SESS_ERR_ARGUMENT);
	/* A megabyte is a name like any other. */
	memset(huge, 'x', 1000000);
	ck_assert_int_eq(sess_revoke_session(j.manager, huge, NULL, NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_revoke_subject(j.manager, huge, NULL, NULL, NULL), 0);
	opts.size--;
	ck_assert_int_eq(sess_revoke_all(j.manager, &opts, NULL, NULL), SESS_ERR_ARGUMENT);
	opts.size++;
	token = mint(&j, "anna");
	s = verified(&j, token);
	opts.spare = s;
	ck_assert_int_eq(sess_revoke_session(j.manager, SID_A, &opts, NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_revoke_token(j.manager, SID_A, &opts, NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_revocations_list(j.manager, NULL, NULL, NULL), SESS_ERR_ARGUMENT);
	none = listening(&j, NULL, &told, NULL);
	ck_assert_int_eq(sess_revoke_session(none, SID_A, NULL, NULL, &diag), SESS_ERR_ARGUMENT);
	ck_assert_str_eq(diag.member, "revocations");
	ck_assert_int_eq(sess_revoke_token(none, SID_A, NULL, NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_revoke_subject(none, "anna", NULL, NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_revoke_all(none, NULL, NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_revoke_undo(none, "000000000000000", NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_revocations_list(none, see, NULL, NULL), SESS_ERR_ARGUMENT);
	ck_assert_int_eq(sess_revoke_all(NULL, NULL, NULL, NULL), SESS_ERR_ARGUMENT);
	sess_manager_free(none);
	sess_session_free(s);
	free(token);
	free(huge);
	judge_done(&j);
}
END_TEST

START_TEST(test_uris)
{
	static const char *const bad[] = { "", "memory", "memory:x", "file:/tmp", "Memory:" };
	struct told told = { 0 };
	struct judge j;
	sess_diag diag;

	judge_init(&j, &judge_combos[0], NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_ptr_null(listening(&j, bad[i], &told, &diag));
		ck_assert_int_eq(diag.code, SESS_ERR_ARGUMENT);
		ck_assert_str_eq(diag.member, "revocations");
	}
	judge_done(&j);
}
END_TEST

/* A manager whose ring has another tag, or whose issuer is another, gives other names to the same things. */
START_TEST(test_names)
{
	struct told told = { 0 };
	struct judge j, k;
	sess_revocation a, b, c, d;
	sess_manager *m;

	judge_init(&j, &judge_combos[0], NULL);
	judge_init(&k, &judge_combos[0], NULL);
	ck_assert_int_eq(sess_revoke_subject(j.manager, SID_A, NULL, &a, NULL), 0);
	ck_assert_int_eq(sess_revoke_session(j.manager, SID_A, NULL, &b, NULL), 0);
	ck_assert_int_eq(sess_revoke_subject(k.manager, SID_A, NULL, &c, NULL), 0);
	strcpy(j.policy.issuer, "us");
	m = listening(&j, "memory:", &told, NULL);
	ck_assert_int_eq(sess_revoke_subject(m, SID_A, NULL, &d, NULL), 0);
	sess_manager_free(m);
	ck_assert_mem_ne(a.name, b.name, 16);
	ck_assert_mem_ne(a.name, c.name, 16);
	ck_assert_mem_ne(a.name, d.name, 16);
	judge_done(&j);
	judge_done(&k);
}
END_TEST

/* A child goes on with what it had, and what it revokes is its own; also where no page tells it that it is one. */
START_TEST(test_fork)
{
	struct judge j;
	char *token;
	sess_session *s;
	pid_t child;
	int status = 0;

	only_nods = _i;
	judge_init(&j, &judge_combos[0], NULL);
	token = mint(&j, "anna");
	s = verified(&j, token);
	ck_assert_int_eq(forgotten, 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		int bad = verdict(&j, token) != 0 || sess_revoke_session(j.manager, sess_session_id(s), NULL, NULL, NULL) != 0 ||
		    verdict(&j, token) != R;

		/* Once, in both of its indexes. */
		_exit(bad || forgotten != 2);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(verdict(&j, token), 0);
	ck_assert_int_eq(forgotten, 0);
	sess_session_free(s);
	free(token);
	judge_done(&j);
	only_nods = 0;
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("revocation_store");
	TCase *calls = tcase_create("calls");

	tcase_add_test(calls, test_cap);
	tcase_add_test(calls, test_events);
	tcase_add_test(calls, test_arguments);
	tcase_add_test(calls, test_uris);
	tcase_add_test(calls, test_names);
	tcase_add_loop_test(calls, test_fork, 0, 2);
	suite_add_tcase(suite, calls);
	return runner_main(suite);
}
