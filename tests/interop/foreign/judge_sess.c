/* SPDX-License-Identifier: MIT */
/* We as judge of foreign tokens: each key a set of its own. Public API alone. */
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

#include "interop/foreign/lines.h"

struct ours {
	sess_foreign_keys *keys;
	const char *algs[1];
};

static sess_manager *manager;

static int
fixed(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = LINES_NOW;
	return 0;
}

static void *
load(const json_t *key)
{
	struct ours *k = calloc(1, sizeof(*k));
	char *text = json_dumps(json_object_get(key, "jwk"), JSON_COMPACT);

	if (k == NULL || text == NULL || sess_foreign_keys_load_mem(text, strlen(text), NULL, &k->keys, NULL) != 0) {
		free(text);
		free(k);
		return NULL;
	}
	free(text);
	k->algs[0] = json_string_value(json_object_get(key, "alg"));
	return k;
}

/* "WRONG_ISSUER,NOT_YET" */
static const char *
words(uint32_t reasons)
{
	static char text[512];
	size_t n = 0;

	text[0] = '\0';
	for (unsigned bit = 0; bit < SESS_REASON_COUNT; bit++) {
		if ((reasons & (UINT32_C(1) << bit)) != 0)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n > 0 ? "," : "", sess_reason_name(UINT32_C(1) << bit));
	}
	return text;
}

static void
judge(void *key, const char *kind, const char *token, size_t len, struct verdict *ret)
{
	sess_foreign_expectations e = SESS_FOREIGN_EXPECTATIONS_INIT;
	struct ours *k = key;
	sess_foreign *foreign = NULL;
	const char *claims;
	sess_diag diag;
	int rc;

	e.kind = strcmp(kind, "id") == 0 ? SESS_FOREIGN_ID_TOKEN : SESS_FOREIGN_JWT;
	e.issuer = LINES_ISSUER;
	e.audience = LINES_AUDIENCE;
	e.nonce = e.kind == SESS_FOREIGN_ID_TOKEN ? LINES_NONCE : NULL;
	e.algs = k->algs;
	e.algs_count = 1;
	rc = sess_foreign_verify(manager, k->keys, token, len, &e, &foreign, &diag);
	ret->sign = rc == 0 ? '+' : rc == SESS_ERR_REJECTED ? '-' : '!';
	ret->why = rc == SESS_ERR_REJECTED ? words(diag.reasons) : sess_error_name(rc);
	if (rc == 0) {
		claims = sess_foreign_claims_json(foreign, &ret->claims_len);
		ret->claims = strndup(claims, ret->claims_len);
	}
	sess_foreign_free(foreign);
}

int
main(int argc, char **argv)
{
	static const struct judge_of_lines ours = { load, judge };
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_config config = SESS_CONFIG_INIT;
	int status;

	if (sess_ring_generate(&spec, LINES_NOW, &config.ring, NULL) != 0)
		return 1;
	config.clock = fixed;
	if (sess_manager_new(&config, &manager, NULL) != 0)
		return 1;
	status = lines_main(argc, argv, &ours);
	sess_manager_free(manager);
	sess_ring_free(config.ring);
	return status;
}
