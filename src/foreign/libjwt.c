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

#else /* 1.10 to 2.x */

#include <jwt.h>

static void
jwt_cleanup(jwt_t **jwt)
{
	jwt_free(*jwt);
}

const char *
libjwt_version(void)
{
	return SESS_LIBJWT_VERSION;
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
