/* SPDX-License-Identifier: MIT */
/* L7: sess_foreign_verify(): the gate, libjwt's one answer, and the rules, in their order. */
#include <string.h>

#include "base/diag.h"
#include "foreign/foreign.h"
#include "session/event.h"

static void
gate_cleanup(struct gate **g)
{
	gate_free(*g);
}

int
foreign_check_arguments(const char *function, const sess_manager *m, const sess_foreign_keys *keys, const char *token,
    size_t len, const sess_foreign_expectations *e, sess_diag *diag)
{
	if (m == NULL || keys == NULL || e == NULL || (token == NULL && len > 0))
		return diag_error(diag, SESS_ERR_ARGUMENT, "%s: a pointer is NULL", function);
	return expectations_check(e, diag);
}

static int
check_signature(struct gate *g)
{
	const struct foreign_key *key = g->key;
	const struct libjwt_key theirs = { key->alg, key->bytes.data, key->bytes.len, (const char *)key->jwk.data, key->jwk.len - 1 };
	const char *alg = "none";
	int rc = libjwt_signature(&theirs, g->token, &alg);

	if (rc == SESS_ERR_MEMORY)
		return diag_error(g->diag, rc, NULL);
	if (rc != 0)
		return gate_refuse(g, SESS_REASON_BAD_SIGNATURE, NULL, "a text signed with this key",
		    "it was changed, or signed with another key");
	/* What libjwt says it has verified must be what it was to verify: else it has verified nothing. */
	if (strcmp(alg, key->alg->name) != 0)
		return gate_refuse(g, SESS_REASON_BAD_SIGNATURE, "alg", key->alg->name, "libjwt went by another algorithm");
	return 0;
}

int
foreign_judge(const sess_manager *m, struct gate *g, const char *token, size_t len, int64_t now, struct sess_foreign **ret)
{
	struct foreign_claims claims;
	int rc;

	if ((rc = gate_text(g, token, len)) != 0 || (rc = gate_header(g)) != 0 || (rc = gate_key(g)) != 0 ||
	    (rc = gate_lengths(g)) != 0 || (rc = gate_payload(g)) != 0 || (rc = check_signature(g)) != 0 ||
	    (rc = verdict_claims(g, now, m->policy.leeway_s, &claims)) != 0)
		return rc;
	return foreign_new(g, &claims, ret);
}

/* Nothing of the token goes into the event: its kid is not a key of the ring, and it names no session. */
void
foreign_tell(const sess_manager *m, int64_t now, int rc, uint32_t reasons)
{
	if (rc == SESS_ERR_REJECTED)
		event_raise(m, NULL, &(struct event_fact){ .kind = SESS_EVENT_REJECTED, .now = now, .reasons = reasons });
}

int
sess_foreign_verify(sess_manager *manager, const sess_foreign_keys *keys, const char *token, size_t token_len,
    const sess_foreign_expectations *expectations, sess_foreign **ret_foreign, sess_diag *diag)
{
	__attribute__((cleanup(gate_cleanup))) struct gate *g = NULL;
	int64_t now = -1;
	int rc;

	diag_clear(diag);
	if ((rc = foreign_check_arguments("sess_foreign_verify", manager, keys, token, token_len, expectations, diag)) != 0)
		return rc;
	if (ret_foreign == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_foreign_verify: ret_foreign is NULL");
	if ((rc = manager_now(manager, &now, diag)) != 0 || (rc = gate_new(keys, expectations, diag, &g)) != 0)
		return rc;
	rc = foreign_judge(manager, g, token, token_len, now, ret_foreign);
	foreign_tell(manager, now, rc, g->reasons);
	return rc;
}
