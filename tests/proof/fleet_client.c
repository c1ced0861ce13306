/* SPDX-License-Identifier: MIT */
/*
 * Tests: requests of clients that keep their sessions going, served as a service would: verify, renew when that is wanted, ask for a
 * new sign-in when the token is refused. A client has one request at a time, and comes to any verifier.
 */
#include "proof/fleet.h"

#include <stdio.h>
#include <string.h>

void
fleet_read_enc_kid(const char *text, size_t len, char ret[SESS_KID_MAX + 1])
{
	static const char mark[] = "\"kid\":\"";
	sess_inspection *inspection = NULL;
	const char *at;

	ret[0] = '\0';
	if (sess_inspect(text, len, &inspection, NULL) != 0)
		return;
	if ((at = strstr(sess_inspection_header(inspection, NULL), mark)) != NULL) {
		size_t n = strcspn(at + sizeof(mark) - 1, "\"");

		if (n <= SESS_KID_MAX) {
			(void)memcpy(ret, at + sizeof(mark) - 1, n);
			ret[n] = '\0';
		}
	}
	sess_inspection_free(inspection);
}

/* The answer's Set-Cookie. */
static void
hand_over(struct fleet_client *client, char *text, size_t len, const char *sig, int64_t exp)
{
	client->len = 0;
	client->exp = exp;
	if (len < FLEET_TOKEN_ROOM) {
		client->len = (uint32_t)len;
		(void)memcpy(client->text, text, len + 1);
		(void)snprintf(client->sig, sizeof(client->sig), "%s", sig);
		fleet_read_enc_kid(text, len, client->enc);
	}
	sess_token_free(text);
}

static void
sign_in(const struct fleet *f, sess_manager *manager, struct fleet_client *client, struct fleet_visit *visit,
    const int64_t *now, const char *kid)
{
	char *text = NULL;
	size_t len = 0;

	visit->signed_in = 1;
	if ((visit->code = sess_mint(manager, "client", NULL, 0, NULL, &text, &len, NULL)) == 0)
		hand_over(client, text, len, kid, *now + f->plan.idle_s);
}

static void
come_again(const struct fleet *f, sess_manager *manager, struct fleet_client *client, struct fleet_visit *visit,
    const int64_t *now, const char *kid)
{
	sess_session *session = NULL;
	char *text = NULL;
	size_t len = 0;
	sess_diag diag;

	(void)memcpy(visit->sig, client->sig, sizeof(visit->sig));
	(void)memcpy(visit->enc, client->enc, sizeof(visit->enc));
	visit->exp = client->exp;
	visit->code = sess_verify(manager, client->text, client->len, NULL, &session, &diag);
	visit->now = *now;
	visit->reasons = diag.reasons;
	if (visit->code != 0) {
		client->len = 0;
		return;
	}
	visit->iat = sess_session_issued_at(session);
	visit->wanted = sess_session_wants_renewal(session) || f->plan.plant == PLANT_EAGER;
	if (f->plan.plant == PLANT_EAGER)
		visit->renewed = sess_mint(manager, "client", NULL, 0, NULL, &text, &len, NULL);
	else if (visit->wanted)
		visit->renewed = sess_renew(manager, session, NULL, &text, &len, NULL);
	if (text != NULL)
		hand_over(client, text, len, kid, (*now > visit->iat ? *now : visit->iat) + f->plan.idle_s);
	sess_session_free(session);
}

void
fleet_serve(struct fleet *f, int verifier, int64_t begin_us, sess_manager *manager, int number, const int64_t *now,
    const char *kid)
{
	struct fleet_client *client = &f->client[number];
	struct fleet_visit visit = { .begin_us = begin_us, .verifier = (int16_t)verifier };
	size_t n;

	if (atomic_flag_test_and_set(&client->busy))
		return;
	if (client->len == 0)
		sign_in(f, manager, client, &visit, now, kid);
	else
		come_again(f, manager, client, &visit, now, kid);
	visit.end_us = fleet_real_us();
	if ((n = atomic_load(&f->visits[number])) < FLEET_VISITS_MAX) {
		f->visit[number][n] = visit;
		atomic_store(&f->visits[number], n + 1);
	} else {
		atomic_fetch_add(&f->node[FLEET_MINTERS + verifier].lost, 1);
	}
	atomic_flag_clear(&client->busy);
}
