/* SPDX-License-Identifier: MIT */
/*
 * What minting draws from chance: sid, jti, IV and content key of very many tokens of every form and algorithm are all different,
 * each token opened by the reference's cryptography; so are those of 64 children of one process; and where the kernel gives
 * no randomness nothing is minted. The short form mints 9,500, SESS_LONG=1 a million. With --plant the draws are spoilt on
 * purpose, which must be noticed. With --one: one token on stdout, for tests/proof/randomness.py. TAP, and lines of figures.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sess/sess.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proof/draws.h"
#include "support/forge.h"
#include "support/judge.h"

#define CHILDREN 64
#define EACH 16 /* tokens of a child */

struct mint {
	json_t *ring; /* document */
	sess_manager *manager;
};

static void
must(int holds, const char *what)
{
	if (!holds) {
		printf("Bail out! %s\n", what);
		exit(1);
	}
}

static struct mint
make(const struct judge_combo *combo, sess_random_fn *random)
{
	struct mint m = { NULL, NULL };
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	char *text = NULL;
	size_t n = 0;

	spec.form = combo->form;
	spec.alg = combo->alg;
	spec.kw = combo->kw;
	spec.enc = combo->enc;
	config.insecure_random = random;
	must(sess_ring_generate(&spec, time(NULL) - 1, &config.ring, NULL) == 0, "no ring");
	must(sess_ring_dump(config.ring, &text, &n, NULL) == 0 && (m.ring = forge_ring(text, n)) != NULL, "no text of the ring");
	must(sess_manager_new(&config, &m.manager, NULL) == 0, "no manager");
	sess_ring_free(config.ring);
	sess_ring_text_free(text, n);
	return m;
}

static void
unmake(struct mint *m)
{
	sess_manager_free(m->manager);
	json_decref(m->ring);
}

static char *
mint(struct mint *m, size_t *ret_len)
{
	char *token = NULL;

	must(sess_mint(m->manager, "anna", NULL, 0, NULL, &token, ret_len, NULL) == 0, "not minted");
	return token;
}

static void
add(struct draws *d, const struct mint *m, const char *token, size_t len)
{
	must(draws_add(d, forge_key(m->ring, "sig"), forge_key(m->ring, "enc"), token, len) == 0,
	    "the reference cannot open a token");
}

static void
mint_many(const struct judge_combo *combo, size_t count, sess_random_fn *random, struct draws *d)
{
	struct mint m = make(combo, random);

	for (size_t i = 0; i < count; i++) {
		size_t len = 0;
		char *token = mint(&m, &len);

		add(d, &m, token, len);
		sess_token_free(token);
	}
	unmake(&m);
}

/* How many draws repeat one another. */
static size_t
report(struct draws *d, const char *what)
{
	size_t repeated = d->flat;

	for (int k = 0; k < DRAWS; k++) {
		size_t own = draws_repeated(d, (enum draw)k);

		repeated += own;
		printf("# figure: mints.%s.%s = %zu\n# figure: mints.%s.%s_repeated = %zu\n", what, draw_names[k], d->of[k].count, what,
		    draw_names[k], own);
	}
	return repeated;
}

static int
audit(int is_long)
{
	/* Public keys are slow, and draw nothing more than an ECDSA nonce: they get a tenth. */
	size_t quick = is_long ? 100000 : 900, slow = is_long ? 10000 : 140, tokens = 0, repeated;
	struct draws d = { .flat = 0 };

	for (int i = 0; i < JUDGE_COMBOS; i++) {
		const struct judge_combo *combo = &judge_combos[i];
		size_t count = combo->alg == NULL || strcmp(combo->alg, "HS256") == 0 ? quick : slow;

		mint_many(combo, count, NULL, &d);
		tokens += count;
	}
	repeated = report(&d, "audit");
	printf("# figure: mints.audit.tokens = %zu\n# figure: mints.audit.opened_by_reference = %zu\n", tokens, d.of[DRAW_JTI].count);
	printf("%s 1 - %zu tokens, opened independently, draw nothing twice\n", repeated == 0 ? "ok" : "not ok", tokens);
	draws_done(&d);
	return repeated != 0;
}

static void
child(struct mint *m, int fd)
{
	for (int i = 0; i < EACH; i++) {
		size_t len = 0;
		char *token = NULL;

		if (sess_mint(m->manager, "anna", NULL, 0, NULL, &token, &len, NULL) != 0 ||
		    write(fd, token, len) != (ssize_t)len || write(fd, "\n", 1) != 1)
			_exit(1);
		sess_token_free(token);
	}
	_exit(0);
}

/* A parent that has used a part of its buffer, 64 children, and the parent again: what comes out of all of them. */
static void
fork_all(const struct judge_combo *combo, sess_random_fn *random, struct draws *d)
{
	struct mint m = make(combo, random);
	int fds[CHILDREN];
	pid_t pids[CHILDREN];

	for (int i = 0; i < CHILDREN; i++) {
		int ends[2];
		size_t len = 0;
		char *token = i < 3 ? mint(&m, &len) : NULL;

		if (token != NULL)
			add(d, &m, token, len);
		sess_token_free(token);
		must(pipe(ends) == 0 && fflush(stdout) == 0 && (pids[i] = fork()) >= 0, "fork");
		if (pids[i] == 0) {
			(void)close(ends[0]);
			child(&m, ends[1]);
		}
		(void)close(ends[1]);
		fds[i] = ends[0];
	}
	for (int i = 0; i < EACH; i++) {
		size_t len = 0;
		char *token = mint(&m, &len);

		add(d, &m, token, len);
		sess_token_free(token);
	}
	for (int i = 0; i < CHILDREN; i++) {
		FILE *in = fdopen(fds[i], "r");
		char line[4096];
		int lines = 0, status = 0;

		must(in != NULL, "fdopen");
		for (; fgets(line, sizeof(line), in) != NULL; lines++)
			add(d, &m, line, strcspn(line, "\n"));
		(void)fclose(in);
		must(waitpid(pids[i], &status, 0) == pids[i] && status == 0 && lines == EACH, "a child has not minted");
	}
	unmake(&m);
}

static int
children(void)
{
	/* dir and A256KW, GCM and CBC, sealed, signed, and ECDSA, whose nonce is OpenSSL's own affair. */
	static const int combos[] = { 0, 5, 9, 14, 2 };
	struct draws d = { .flat = 0 };
	size_t repeated;

	for (size_t i = 0; i < sizeof(combos) / sizeof(combos[0]); i++)
		fork_all(&judge_combos[combos[i]], NULL, &d);
	repeated = report(&d, "forks");
	printf("# figure: mints.forks.children = %d\n", CHILDREN);
	printf("%s 2 - %d forked children and their parent draw nothing twice\n", repeated == 0 ? "ok" : "not ok", CHILDREN);
	draws_done(&d);
	return repeated != 0;
}

/* From now on the kernel gives this process no randomness, and opens no file. */
static int
cut_off(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EIO),
	};
	const struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

enum { CUT_REFUSED = 10, CUT_MINTED, CUT_OTHER, CUT_IMPOSSIBLE };

/* A child has an empty buffer and a generator that wants new entropy: it cannot have it, so it must not mint. */
static int
forsaken(void)
{
	static const int combos[] = { 0, 5, 2 };
	int status = 0, refused = 0, impossible = 0;

	for (size_t i = 0; i < sizeof(combos) / sizeof(combos[0]); i++) {
		struct mint m = make(&judge_combos[combos[i]], NULL);
		size_t len = 0;
		pid_t pid = -1;

		sess_token_free(mint(&m, &len));
		must(fflush(stdout) == 0 && (pid = fork()) >= 0, "fork");
		if (pid == 0) {
			char *token = NULL;
			int rc = cut_off() ? sess_mint(m.manager, "anna", NULL, 0, NULL, &token, &len, NULL) : 1;

			_exit(rc == SESS_ERR_RANDOM && token == NULL ? CUT_REFUSED : rc == 0 ? CUT_MINTED : rc == 1 ?
				  CUT_IMPOSSIBLE : CUT_OTHER);
		}
		must(waitpid(pid, &status, 0) == pid && WIFEXITED(status), "a child died");
		refused += WEXITSTATUS(status) == CUT_REFUSED;
		impossible += WEXITSTATUS(status) == CUT_IMPOSSIBLE;
		unmake(&m);
	}
	if (impossible > 0) {
		printf("ok 3 - no randomness, no token # SKIP this kernel lets no filter be set\n");
		return 0;
	}
	printf("# figure: mints.without_randomness.refused = %d\n", refused);
	printf("%s 3 - a child without randomness mints nothing\n", refused == 3 ? "ok" : "not ok");
	return refused != 3;
}

/* A generator that a fork copies, one that gives zeros, and one that comes round too soon. */
static uint64_t state = 1;

static int
copied(void *arg, uint8_t *buf, size_t len)
{
	(void)arg;
	for (size_t i = 0; i < len; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		buf[i] = (uint8_t)(state >> 56);
	}
	return 0;
}

static int
zeros(void *arg, uint8_t *buf, size_t len)
{
	(void)arg;
	memset(buf, 0, len);
	return 0;
}

static int
short_period(void *arg, uint8_t *buf, size_t len)
{
	state %= 1009;
	return copied(arg, buf, len);
}

static int
plant(void)
{
	static const struct {
		const char *name;
		sess_random_fn *random;
		int forks;
	} plants[] = { { "is copied by a fork", copied, 1 }, { "gives zeros", zeros, 0 }, { "comes round", short_period, 0 } };
	int failed = 0;

	printf("1..3\n");
	for (int i = 0; i < 3; i++) {
		struct draws d = { .flat = 0 };
		size_t repeated;

		state = 1;
		if (plants[i].forks)
			fork_all(&judge_combos[0], plants[i].random, &d);
		else
			mint_many(&judge_combos[5], 2000, plants[i].random, &d);
		repeated = d.flat;
		for (int k = 0; k < DRAWS; k++)
			repeated += draws_repeated(&d, (enum draw)k);
		draws_done(&d);
		failed |= repeated == 0;
		printf("%s %d - noticed: a source that %s\n", repeated > 0 ? "ok" : "not ok", i + 1, plants[i].name);
	}
	return failed;
}

/* A fixed ring, so that the token alone asks for randomness. */
static int
one(void)
{
	static const char ring[] =
	    "{\"sess\":{\"v\":1,\"form\":\"sealed\",\"generation\":1,\"token_life_s\":3600,\"session_life_s\":43200,"
	    "\"leeway_s\":30,\"max_rate_per_s\":1,\"tag\":\"QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8\"},\"keys\":[{\"kid\":\"e\","
	    "\"use\":\"enc\",\"alg\":\"A256KW\",\"enc\":\"A256GCM\",\"iat\":1,\"nbf\":1,\"kty\":\"oct\","
	    "\"k\":\"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8\"}]}";
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	char *token = NULL;
	size_t len = 0;
	int rc = sess_ring_load_mem(ring, strlen(ring), NULL, &config.ring, NULL);

	if (rc == 0)
		rc = sess_manager_new(&config, &manager, NULL);
	if (rc == 0)
		rc = sess_mint(manager, "anna", NULL, 0, NULL, &token, &len, NULL);
	printf("%s\n", rc == 0 ? token : sess_error_name(rc));
	return rc == 0 ? 0 : 3;
}

int
main(int argc, char **argv)
{
	const char *value = getenv("SESS_LONG");

	if (argc > 1 && strcmp(argv[1], "--one") == 0)
		return one();
	if (argc > 1 && strcmp(argv[1], "--plant") == 0)
		return plant();
	printf("1..3\n");
	return audit(value != NULL && strcmp(value, "1") == 0) | children() | forsaken();
}
