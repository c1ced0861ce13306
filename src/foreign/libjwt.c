/* SPDX-License-Identifier: MIT */
/* L7: libjwt behind foreign/libjwt.h, chosen by what Meson found. */
#include "foreign/libjwt.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "crypto/pubkey.h"

#ifndef SESS_LIBJWT_VERSION

const char *
libjwt_version(void)
{
	return NULL;
}

int
libjwt_can(const struct foreign_alg *alg)
{
	(void)alg;
	return 0;
}

int
libjwt_can_typ(const char *typ)
{
	(void)typ;
	return 0;
}

int
libjwt_signature(const struct libjwt_key *key, const char *token, const char **ret_alg)
{
	(void)key;
	(void)token;
	(void)ret_alg;
	return SESS_ERR_REJECTED;
}

#else

#include <jwt.h>

const char *
libjwt_version(void)
{
	return SESS_LIBJWT_VERSION;
}

#if SESS_LIBJWT_API >= 3

static void
checker_cleanup(jwt_checker_t **checker)
{
	jwt_checker_free(*checker);
}

static void
set_cleanup(jwk_set_t **set)
{
	jwks_free(*set);
}

int
libjwt_can(const struct foreign_alg *alg)
{
	jwt_alg_t theirs = jwt_str_alg(alg->name);

	return theirs != JWT_ALG_NONE && theirs < JWT_ALG_INVAL;
}

int
libjwt_can_typ(const char *typ)
{
	(void)typ;
	return 1;
}

/* Between parsing and verifying: what the token's algorithm is to libjwt. */
static int
see_alg(jwt_t *jwt, jwt_config_t *config)
{
	*(jwt_alg_t *)config->ctx = jwt_get_alg(jwt);
	return 0;
}

/* Times are judged by the manager's clock, and not by libjwt's. */
static int
set_up(jwt_checker_t *checker, const jwk_item_t *item, const struct foreign_alg *alg, jwt_alg_t *ret_seen)
{
	return jwt_checker_setkey(checker, jwt_str_alg(alg->name), item) == 0 &&
	    jwt_checker_setcb(checker, see_alg, ret_seen) == 0 && jwt_checker_time_leeway(checker, JWT_CLAIM_EXP, -1) == 0 &&
	    jwt_checker_time_leeway(checker, JWT_CLAIM_NBF, -1) == 0;
}

/* It says one thing for all that goes wrong within it, want of memory too, and nothing is then accepted. */
int
libjwt_signature(const struct libjwt_key *key, const char *token, const char **ret_alg)
{
	__attribute__((cleanup(set_cleanup))) jwk_set_t *set = NULL;
	__attribute__((cleanup(checker_cleanup))) jwt_checker_t *checker = NULL;
	jwt_alg_t seen = JWT_ALG_NONE;
	int rc;

	if (key->jwk == NULL || key->jwk_len == 0)
		return SESS_ERR_REJECTED;
	if ((set = jwks_create_strn(key->jwk, key->jwk_len)) == NULL || (checker = jwt_checker_new()) == NULL)
		return SESS_ERR_MEMORY;
	rc = jwks_error_any(set) == 0 && jwks_item_count(set) == 1 && set_up(checker, jwks_item_get(set, 0), key->alg, &seen) &&
	    jwt_checker_verify(checker, token) == 0 ? 0 : SESS_ERR_REJECTED;
	pubkey_forget_errors();
	if (rc != 0)
		return rc;
	*ret_alg = jwt_alg_str(seen);
	if (*ret_alg == NULL)
		*ret_alg = "none";
	return 0;
}

#else /* 1.10 to 2.x */

static void
jwt_cleanup(jwt_t **jwt)
{
	jwt_free(*jwt);
}

int
libjwt_can(const struct foreign_alg *alg)
{
	/* It compares names without regard to case; ours are exact. */
	return jwt_str_alg(alg->name) < JWT_ALG_TERM;
}

int
libjwt_can_typ(const char *typ)
{
#ifdef SESS_LIBJWT_ANY_TYP
	(void)typ;
	return 1;
#else
	return typ == NULL || strcasecmp(typ, "JWT") == 0;
#endif
}

/*
 * What libjwt says is not enough by half: where it finds no memory for a copy of the key, 1.10 reports success without having
 * looked at the signature. Its algorithm is then "none", and the caller compares that.
 */
int
libjwt_signature(const struct libjwt_key *key, const char *token, const char **ret_alg)
{
	__attribute__((cleanup(jwt_cleanup))) jwt_t *jwt = NULL;
	int rc;

	if (key->bytes == NULL || key->bytes_len == 0 || key->bytes_len > INT_MAX)
		return SESS_ERR_REJECTED;
	rc = jwt_decode(&jwt, token, key->bytes, (int)key->bytes_len);
	pubkey_forget_errors();
	if (rc == ENOMEM)
		return SESS_ERR_MEMORY;
	if (rc != 0 || jwt == NULL)
		return SESS_ERR_REJECTED;
	*ret_alg = jwt_alg_str(jwt_get_alg(jwt));
	if (*ret_alg == NULL)
		*ret_alg = "none";
	return 0;
}

#endif
#endif
