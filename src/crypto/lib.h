/* SPDX-License-Identifier: MIT */
/*
 * L1: the algorithms of OpenSSL that we use, fetched once per manager and shared, read-only, by all
 * contexts. src/crypto is the only folder that includes <openssl/...>.
 */
#ifndef CRYPTO_LIB_H
#define CRYPTO_LIB_H

#include <sess/error.h>

struct crypto_lib;

SESS_CHECKED int crypto_lib_new(struct crypto_lib **ret_lib); /* SESS_ERR_CRYPTO, SESS_ERR_MEMORY */
struct crypto_lib *crypto_lib_ref(struct crypto_lib *lib);    /* thread-safe count */
void crypto_lib_free(struct crypto_lib *lib);		      /* gives one reference back; NULL allowed */

#endif
