/* SPDX-License-Identifier: MIT */
/* Context binding for the reference verifier: the key derived anew for each value, with OpenSSL's own HKDF. */
#include "reference/ref_context.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <stdlib.h>
#include <string.h>

#include "reference/ref_text.h"

int
ref_context_has_shape(const json_t *ctx)
{
	const char *name;
	json_t *value;

	if (ctx == NULL)
		return 1;
	if (!json_is_object(ctx) || json_object_size(ctx) > 8)
		return 0;
	json_object_foreach((json_t *)(uintptr_t)ctx, name, value) {
		struct ref_bytes bytes = { NULL, 0 };
		size_t len = strlen(name);

		if (len < 1 || len > 15 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != len)
			return 0;
		if (json_string_length(value) != 16 || ref_text_decode(json_string_value(value), 16, &bytes) != 0)
			return 0;
		free(bytes.data);
	}
	return 1;
}

static void
derive(const json_t *ring, unsigned char out[32])
{
	const char *text = json_string_value(json_object_get(json_object_get(ring, "sess"), "tag"));
	char sha256[] = "SHA256", info[] = "sess context";
	struct ref_bytes tag = { NULL, 0 };
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[4];

	if (text == NULL || ref_text_decode(text, strlen(text), &tag) != 0)
		abort();
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, sha256, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, tag.data, tag.len);
	params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, strlen(info));
	params[3] = OSSL_PARAM_construct_end();
	if (EVP_KDF_derive(ctx, out, 32, params) != 1)
		abort();
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	free(tag.data);
}

void
ref_context_hash(const json_t *ring, const char *sid, const sess_context *context, char out[17])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t name_len = strlen(context->name), len = 22 + 1 + name_len + context->value_len;
	unsigned char key[32], mac[32], *text = malloc(len);

	if (text == NULL)
		abort();
	memcpy(text, sid, 22);
	text[22] = (unsigned char)name_len;
	memcpy(text + 23, context->name, name_len);
	if (context->value_len > 0)
		memcpy(text + 23 + name_len, context->value, context->value_len);
	derive(ring, key);
	if (HMAC(EVP_sha256(), key, 32, text, len, mac, NULL) == NULL)
		abort();
	free(text);
	for (size_t i = 0; i < 4; i++) {
		unsigned long three = (unsigned long)mac[3 * i] << 16 | (unsigned long)mac[3 * i + 1] << 8 | mac[3 * i + 2];

		for (size_t k = 0; k < 4; k++)
			out[4 * i + k] = alphabet[three >> (18 - 6 * k) & 63];
	}
	out[16] = '\0';
}

static int
is_enforced(const sess_policy *policy, const char *name)
{
	for (int i = 0; i < policy->context_count; i++)
		if (strcmp(policy->context[i].name, name) == 0)
			return policy->context[i].mode == SESS_CONTEXT_MODE_ENFORCE;
	return strcmp(name, "net") != 0 && strcmp(name, "ua") != 0;
}

static int
is_same(const json_t *ring, const json_t *claims, const char *name, const json_t *value, const sess_context *context,
    size_t context_count)
{
	char hash[17];

	for (size_t i = 0; i < context_count; i++) {
		if (strcmp(context[i].name, name) != 0)
			continue;
		ref_context_hash(ring, json_string_value(json_object_get(claims, "sid")), &context[i], hash);
		return strcmp(hash, json_string_value(value)) == 0;
	}
	return 0;
}

int
ref_context_holds(const json_t *ring, const sess_policy *policy, const json_t *claims, const sess_context *context,
    size_t context_count)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(claims, "ctx"), name, value)
		if (is_enforced(policy, name) && !is_same(ring, claims, name, value, context, context_count))
			return 0;
	return 1;
}
