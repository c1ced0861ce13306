/* SPDX-License-Identifier: MIT */
/* L5: making revocations from a URI: which store, and what all of them have. */
#include "revocation/revocations.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "revocation/state.h"

static const struct store_ops *const stores[] = {
	&store_memory,
#ifdef SESS_WITH_LMDB
	&store_lmdb,
#endif
#ifdef SESS_WITH_REDIS
	&store_redis,
	&store_redis_unix,
	&store_redis_tls,
#endif
};

/* Every store that there could be, so that one left out of this build is told from one that never was. */
static const char *const schemes[] = { "memory:", "lmdb:", "redis://", "redis+unix:", "rediss://" };

static int
find_store(const char *uri, const struct store_ops **ret, const char **ret_rest, sess_diag *diag)
{
	for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++) {
		size_t n = strlen(stores[i]->scheme);

		if (strncmp(uri, stores[i]->scheme, n) == 0) {
			*ret = stores[i];
			*ret_rest = uri + n;
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strncmp(uri, schemes[i], strlen(schemes[i])) == 0)
			return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "revocations",
			    "this library was built without the store \"%s\"; build it in, or take another", schemes[i]);
	}
	return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "revocations",
	    "revocations names no store: memory: is one process, lmdb:PATH all processes of a host, redis://HOST:PORT/DB all hosts");
}

static int
prepare(struct revocations *r, const struct revocations_config *config, sess_diag *diag)
{
	int rc;

	r->config = *config;
	r->config.uri = r->config.issuer = r->config.auth_path = NULL;
	r->config.ring = NULL;
	if ((rc = forklock_new(&r->lock)) != 0)
		return diag_error(diag, rc, NULL);
	if ((rc = state_init(r)) != 0)
		return diag_error(diag, rc, "no page that a fork wipes can be had");
	if ((r->index = index_new(config->max)) == NULL || (r->used = index_new(config->max)) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	rc = names_init(&r->names, config->ring, config->issuer);
	return rc == 0 ? 0 : diag_error(diag, rc, NULL);
}

/* What a store is opened with goes when it is open. */
static int
open_store(struct revocations *r, const struct revocations_config *config, const char *rest, sess_diag *diag)
{
	int rc;

	r->config.ring = config->ring;
	r->config.auth_path = config->auth_path;
	rc = r->ops->open(r, rest, diag);
	r->config.ring = NULL;
	r->config.auth_path = NULL;
	return rc;
}

int
revocations_new(const struct revocations_config *config, struct revocations **ret, sess_diag *diag)
{
	const struct store_ops *ops = NULL;
	const char *rest = NULL;
	struct revocations *r;
	int rc;

	if ((rc = find_store(config->uri, &ops, &rest, diag)) != 0)
		return rc;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return diag_error(diag, SESS_ERR_MEMORY, NULL);
	if ((rc = prepare(r, config, diag)) == 0) {
		r->ops = ops;
		rc = open_store(r, config, rest, diag);
	}
	if (rc != 0) {
		revocations_free(r);
		return rc;
	}
	*ret = r;
	return 0;
}

int
revocations_init(const struct revocations_config *config, sess_diag *diag)
{
	const struct store_ops *ops = NULL;
	const char *rest = NULL;
	int rc;

	if ((rc = find_store(config->uri, &ops, &rest, diag)) != 0)
		return rc;
	if (ops->init == NULL)
		return diag_error_at(diag, SESS_ERR_ARGUMENT, NULL, "revocations",
		    "the store \"%s\" needs no initialisation: it is made when it is opened", ops->scheme);
	return ops->init(config, ops->scheme, rest, diag);
}

void
revocations_free(struct revocations *r)
{
	if (r == NULL)
		return;
	if (r->ops != NULL && r->ops->close != NULL)
		r->ops->close(r);
	index_free(r->index);
	index_free(r->used);
	state_done(r);
	forklock_free(r->lock);
	names_done(&r->names);
	free(r);
}

int
revocations_apply(struct revocations *r, const struct revocation *entry, int64_t now, enum index_put *ret_put)
{
	enum revocation_kind kind = (enum revocation_kind)REVOCATION_KIND_OF(entry->event);
	struct revocation e = *entry;
	unsigned stay;
	int rc;

	if (kind == REVOCATION_ONCE) {
		if ((rc = index_put(r->used, &e, now, ret_put)) == SESS_ERR_STORE && e.until > atomic_load(&r->used_full_until))
			atomic_store(&r->used_full_until, e.until);
		return rc;
	}
	/* Two nodes that spare different sessions of one subject in the same second would spare both: then neither. */
	if (kind == REVOCATION_SUBJECT || kind == REVOCATION_ALL) {
		stay = index_enter(r->index);
		if (index_find(r->index, e.key, kind, now) == e.t)
			e.t++;
		index_leave(r->index, stay);
	}
	rc = index_put(r->index, &e, now, ret_put);
	if (rc == SESS_ERR_STORE)
		state_set_full(r, e.until);
	return rc;
}
