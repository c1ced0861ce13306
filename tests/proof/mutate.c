/* SPDX-License-Identifier: MIT */
/*
 * Every small change of a valid token, for every form and algorithm: each bit, each byte value at each position, each cut from either
 * end, each byte deleted or put in between, each mixture of the segments of two valid tokens. None may be accepted, and the
 * valid ones must be all along. The short form takes some positions, SESS_LONG=1 all. With --plant the verdict comes from
 * verifiers that are lax on purpose, which must be noticed. TAP, and lines of figures.
 */
#include <sess/sess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/judge.h"

#define ROOM 4096

enum { BITS, BYTES, CUTS, DELETIONS, INSERTIONS, SEGMENTS, KINDS };
static const char *const kinds[KINDS] = { "bits", "bytes", "cuts", "deletions", "insertions", "segments" };

struct subject {
	const struct judge_combo *combo;
	sess_manager *manager;
	char *token[2]; /* of two sessions */
	size_t len[2];
	size_t step; /* positions */
	int (*verdict)(const struct subject *s, const char *token, size_t n);
	unsigned long tried[KINDS], accepted[KINDS], since;
	char *room; /* its end is the end of its block: a sanitizer sees the first byte read past a token */
};

static int
clock_now(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = JUDGE_NOW;
	return 0;
}

static void
must(int holds, const char *what)
{
	if (!holds) {
		printf("Bail out! %s\n", what);
		exit(1);
	}
}

static int
verify(const struct subject *s, const char *token, size_t n)
{
	sess_session *session = NULL;
	int rc = sess_verify(s->manager, token, n, NULL, &session, NULL);

	must(rc == 0 || rc == SESS_ERR_REJECTED, "an error that is no verdict");
	must((rc == 0) == (session != NULL), "verdict and session differ");
	sess_session_free(session);
	return rc == 0;
}

/* Lax on purpose: one trims, one does not look at the header, one takes the first of several. */
static int
verify_trimmed(const struct subject *s, const char *token, size_t n)
{
	while (n > 0 && (token[n - 1] == '=' || token[n - 1] == ' '))
		n--;
	return verify(s, token, n);
}

static int
verify_headless(const struct subject *s, const char *token, size_t n)
{
	const char *dot = memchr(token, '.', n);
	size_t head = strcspn(s->token[0], "."), rest = dot == NULL ? 0 : n - (size_t)(dot - token);
	char text[ROOM];

	if (dot == NULL || head + rest > sizeof(text))
		return 0;
	memcpy(text, s->token[0], head);
	memcpy(text + head, dot, rest);
	return verify(s, text, head + rest);
}

static int
verify_completed(const struct subject *s, const char *token, size_t n)
{
	char text[ROOM];

	/* As if a tag or signature were compared as far as it goes. */
	if (n < s->len[0] - 8 || n > s->len[0])
		return verify(s, token, n);
	memcpy(text, s->token[0], s->len[0]);
	memcpy(text, token, s->len[0] - 8);
	return verify(s, text, s->len[0]);
}

static void
try(struct subject *s, int kind, const char *token, size_t n)
{
	char *at = s->room + ROOM - n;

	must(n <= ROOM, "a token is too long for this test");
	for (int i = 0; i < 2; i++) {
		if (n == s->len[i] && memcmp(token, s->token[i], n) == 0)
			return; /* not a change: two segments are the same */
	}
	memcpy(at, token, n);
	s->tried[kind]++;
	s->accepted[kind] += (unsigned)s->verdict(s, at, n);
	if (++s->since % 5000 == 0)
		must(verify(s, s->token[s->since / 5000 % 2], s->len[s->since / 5000 % 2]), "a valid token is refused");
}

static void
in_place(struct subject *s)
{
	char text[ROOM];
	size_t n = s->len[0];

	memcpy(text, s->token[0], n);
	for (size_t i = 0; i < n; i += s->step) {
		char kept = text[i];

		for (int bit = 0; bit < 8; bit++) {
			text[i] = (char)((unsigned char)kept ^ 1u << bit);
			try(s, BITS, text, n);
		}
		for (int value = 0; value < 256; value++) {
			text[i] = (char)(unsigned char)value;
			try(s, BYTES, text, n);
		}
		text[i] = kept;
	}
}

static void
longer_and_shorter(struct subject *s)
{
	const char *token = s->token[0];
	size_t n = s->len[0];
	char text[ROOM];

	for (size_t i = 0; i < n; i++) {
		try(s, CUTS, token, i);
		try(s, CUTS, token + i + 1, n - i - 1);
		memcpy(text, token, i);
		memcpy(text + i, token + i + 1, n - i - 1);
		try(s, DELETIONS, text, n - 1);
	}
	/* Both ends always. */
	for (size_t i = 0; i <= n; i = i < n && i + s->step > n ? n : i + s->step) {
		memcpy(text, token, i);
		memcpy(text + i + 1, token + i, n - i);
		for (int value = 0; value < 256; value++) {
			text[i] = (char)(unsigned char)value;
			try(s, INSERTIONS, text, n + 1);
		}
	}
}

static size_t
split(const char *token, const char *segment[5], size_t len[5])
{
	size_t count = 0;

	for (;;) {
		segment[count] = token;
		len[count] = strcspn(token, ".");
		token += len[count++];
		if (*token++ == '\0')
			return count;
	}
}

/* A token of these segments: for each place the token that it is from, and its place there. */
static void
assemble(struct subject *s, size_t count, const unsigned from[5], const size_t place[5])
{
	const char *segment[2][5];
	size_t len[2][5], n = 0;
	char text[ROOM];

	for (int i = 0; i < 2; i++)
		must(split(s->token[i], segment[i], len[i]) == count, "segments");
	for (size_t i = 0; i < count; i++) {
		size_t more = len[from[i]][place[i]];

		must(n + more + 1 <= sizeof(text), "segments are too long");
		memcpy(text + n, segment[from[i]][place[i]], more);
		n += more;
		text[n++] = '.';
	}
	try(s, SEGMENTS, text, n - 1);
}

static void
segments(struct subject *s)
{
	const char *segment[5];
	size_t len[5], count = split(s->token[0], segment, len);

	for (unsigned mix = 0; mix < 1u << count; mix++) {
		unsigned from[5];
		size_t place[5];

		for (size_t i = 0; i < count; i++) {
			from[i] = mix >> i & 1;
			place[i] = i;
		}
		assemble(s, count, from, place);
		/* And one of the places holding what belongs to another place, of either token. */
		for (size_t i = 0; i < count * count * 2; i++) {
			size_t at = i / 2 / count, kept = place[at];
			unsigned whose = from[at];

			place[at] = i / 2 % count;
			from[at] = i % 2;
			assemble(s, count, from, place);
			place[at] = kept;
			from[at] = whose;
		}
	}
}

static void
prepare(struct subject *s, const struct judge_combo *combo)
{
	static const char *const claims[2] = { "{\"role\":\"reader\"}", "{\"role\":\"admins\"}" };
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_ring *ring = NULL;

	s->combo = combo;
	spec.form = combo->form;
	spec.alg = combo->alg;
	spec.kw = combo->kw;
	spec.enc = combo->enc;
	must(sess_ring_generate(&spec, JUDGE_NOW, &ring, NULL) == 0, "no ring");
	config.ring = ring;
	config.clock = clock_now;
	must(sess_manager_new(&config, &s->manager, NULL) == 0, "no manager");
	for (int i = 0; i < 2; i++) {
		must(sess_mint(s->manager, "anna", claims[i], strlen(claims[i]), NULL, &s->token[i], &s->len[i], NULL) == 0, "no token");
		must(verify(s, s->token[i], s->len[i]), "a valid token is refused");
	}
	sess_ring_free(ring);
}

static void
release(struct subject *s)
{
	for (int i = 0; i < 2; i++) {
		must(verify(s, s->token[i], s->len[i]), "a valid token is refused afterwards");
		sess_token_free(s->token[i]);
	}
	sess_manager_free(s->manager);
}

static void
mutate(struct subject *s)
{
	in_place(s);
	longer_and_shorter(s);
	segments(s);
}

static int
honest(size_t step)
{
	unsigned long tried = 0, accepted = 0, by_kind[KINDS] = { 0 };

	printf("1..%d\n", JUDGE_COMBOS);
	for (int i = 0; i < JUDGE_COMBOS; i++) {
		struct subject s = { .step = step, .verdict = verify, .room = malloc(ROOM) };
		unsigned long own = 0, own_accepted = 0;

		must(s.room != NULL, "memory");
		prepare(&s, &judge_combos[i]);
		mutate(&s);
		for (int k = 0; k < KINDS; k++) {
			by_kind[k] += s.tried[k];
			own += s.tried[k];
			own_accepted += s.accepted[k];
		}
		release(&s);
		free(s.room);
		printf("%s %d - %s: %lu changed tokens, %lu accepted\n", own_accepted == 0 ? "ok" : "not ok", i + 1, s.combo->name, own,
		    own_accepted);
		(void)fflush(stdout);
		tried += own;
		accepted += own_accepted;
	}
	for (int k = 0; k < KINDS; k++)
		printf("# figure: mutate.%s = %lu\n", kinds[k], by_kind[k]);
	printf("# figure: mutate.tokens = %lu\n# figure: mutate.accepted = %lu\n", tried, accepted);
	return accepted == 0 ? 0 : 1;
}

static int
plant(void)
{
	static const struct {
		const char *name;
		int (*verdict)(const struct subject *s, const char *token, size_t n);
		unsigned noticed; /* by these kinds */
	} plants[] = {
		{ "trims its input", verify_trimmed, 1u << INSERTIONS },
		{ "takes no notice of the header", verify_headless, 1u << BITS | 1u << BYTES | 1u << DELETIONS | 1u << INSERTIONS },
		{ "compares a tag as far as it goes", verify_completed, 1u << BITS | 1u << BYTES | 1u << CUTS | 1u << DELETIONS },
	};
	size_t count = sizeof(plants) / sizeof(plants[0]);
	int failed = 0;

	printf("1..%zu\n", count);
	for (size_t i = 0; i < count; i++) {
		struct subject s = { .step = 1, .verdict = plants[i].verdict, .room = malloc(ROOM) };
		unsigned noticed = 0;

		must(s.room != NULL, "memory");
		prepare(&s, &judge_combos[0]);
		mutate(&s);
		for (int k = 0; k < KINDS; k++)
			noticed |= s.accepted[k] > 0 ? 1u << k : 0;
		release(&s);
		free(s.room);
		failed |= (noticed & plants[i].noticed) != plants[i].noticed;
		printf("%s %zu - noticed: a verifier that %s (kinds 0x%x)\n",
		    (noticed & plants[i].noticed) == plants[i].noticed ? "ok" : "not ok", i + 1, plants[i].name, noticed);
	}
	return failed;
}

int
main(int argc, char **argv)
{
	const char *value = getenv("SESS_LONG");
	int is_long = value != NULL && strcmp(value, "1") == 0;

	if (argc > 1 && strcmp(argv[1], "--plant") == 0)
		return plant();
	return honest(is_long ? 1 : 41);
}
