/* SPDX-License-Identifier: MIT */
/* L1: what the files of crypto/pubkey.h share. Nothing outside this folder may include it. */
#ifndef CRYPTO_PUBKEY_INTERNAL_H
#define CRYPTO_PUBKEY_INTERNAL_H

#include <openssl/evp.h>

#include "crypto/pubkey.h"

/* SESS_ERR_ARGUMENT: a point is not on its curve; SESS_ERR_CRYPTO. */
SESS_CHECKED int pubkey_load(const struct pubkey *key, EVP_PKEY **ret_pkey);

#endif
