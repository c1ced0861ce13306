/* SPDX-License-Identifier: MIT */
/*
 * The Wycheproof vectors of the primitives, against src/crypto. Each vector is passed, refused by a named policy, or
 * skipped for a size that we do not have; a forgery that is accepted, or a good vector that is not, fails the test.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/aead.h"
#include "crypto/hex.h"
#include "crypto/kdf.h"
#include "crypto/keywrap.h"
#include "crypto/sig.h"
#include "support/runner.h"

#define BYTES_MAX 9000

enum verdict { PASSED, REFUSED, SKIPPED, FAILED };

struct bytes {
	uint8_t data[BYTES_MAX];
	size_t len;
};

struct counts {
	unsigned of[4];
};

/* One vector of a group; `good` says that its result is not "invalid". Static room: vectors run one at a time. */
typedef enum verdict check_fn(struct crypto_lib *lib, const json_t *group, const json_t *test, int good);

static struct bytes out, back;

static const struct bytes *
field(const json_t *object, const char *name, struct bytes *room)
{
	const char *text = json_string_value(json_object_get(object, name));

	ck_assert_msg(text != NULL, "the vector has no \"%s\"", name);
	room->len = hex_parse(text, room->data, sizeof(room->data));
	return room;
}

static long
number(const json_t *object, const char *name)
{
	return (long)json_integer_value(json_object_get(object, name));
}

static int
is_equal(const struct bytes *b, const uint8_t *p, size_t n)
{
	return b->len == n && memcmp(b->data, p, n) == 0;
}

/* What a good vector must yield, and a bad one must not. */
static enum verdict
judge(int good, int matched, int rc)
{
	if (good)
		return rc == 0 && matched ? PASSED : FAILED;
	return rc == SESS_ERR_REJECTED ? PASSED : FAILED;
}

static enum verdict
check_aead(struct crypto_lib *lib, enum aead_kind kind, const json_t *test, int good)
{
	static struct bytes key, iv, aad, msg, ct, tag;
	struct aead *a = NULL;
	uint8_t own_tag[AEAD_TAG_MAX];
	int same = 1;

	field(test, "key", &key);
	field(test, "iv", &iv);
	field(test, "aad", &aad);
	field(test, "msg", &msg);
	field(test, "ct", &ct);
	field(test, "tag", &tag);
	if (key.len != aead_key_len(kind) || iv.len != aead_iv_len(kind) || tag.len != aead_tag_len(kind))
		return SKIPPED;
	ck_assert_int_eq(aead_new(lib, kind, &a), 0);
	ck_assert_int_eq(aead_set_key(a, key.data), 0);
	if (good)
		same = aead_seal(a, iv.data, aad.data, aad.len, msg.data, msg.len, out.data, own_tag) == 0 &&
		    is_equal(&ct, out.data, aead_sealed_len(kind, msg.len)) && is_equal(&tag, own_tag, tag.len);
	int rc = aead_open(a, iv.data, aad.data, aad.len, ct.data, ct.len, tag.data, back.data, &back.len);
	same = same && rc == 0 && is_equal(&msg, back.data, back.len);
	aead_free(a);
	return judge(good, same, rc);
}

static enum verdict
check_gcm(struct crypto_lib *lib, const json_t *group, const json_t *test, int good)
{
	(void)group;
	return check_aead(lib, AEAD_A256GCM, test, good);
}

static enum verdict
check_cbc(struct crypto_lib *lib, const json_t *group, const json_t *test, int good)
{
	(void)group;
	return check_aead(lib, AEAD_A256CBC_HS512, test, good);
}

/* "acceptable" here is the wrapping of 8 bytes, which RFC 3394 does not have. */
static enum verdict
check_wrap(struct crypto_lib *lib, const json_t *group, const json_t *test, int good)
{
	static struct bytes key, msg, ct;
	struct keywrap *kw = NULL;
	int same = 1;

	(void)group;
	field(test, "key", &key);
	field(test, "msg", &msg);
	field(test, "ct", &ct);
	if (key.len != KEYWRAP_KEY_LEN)
		return SKIPPED;
	ck_assert_int_eq(keywrap_new(lib, key.data, &kw), 0);
	int rc = keywrap_unwrap(kw, ct.data, ct.len, back.data);
	if (good && msg.len >= 16)
		same = rc == 0 && is_equal(&msg, back.data, ct.len - KEYWRAP_OVERHEAD) &&
		    keywrap_wrap(kw, msg.data, msg.len, out.data) == 0 && is_equal(&ct, out.data, ct.len);
	keywrap_free(kw);
	if (good && msg.len < 16)
		return rc == SESS_ERR_REJECTED ? REFUSED : FAILED;
	return judge(good, same, rc);
}

/* Keys that the signing interface refuses are still tried with the plain function, as far as they fit it. */
static enum verdict
check_hmac_by_hand(struct crypto_lib *lib, const struct bytes *key, const struct bytes *msg, const struct bytes *tag,
    int good)
{
	struct secret secret = { .len = key->len };
	uint8_t mac[32];

	if (key->len > SECRET_MAX)
		return REFUSED;
	memcpy(secret.bytes, key->data, key->len);
	ck_assert_int_eq(kdf_hmac_sha256(lib, &secret, msg->data, msg->len, mac), 0);
	return (memcmp(mac, tag->data, tag->len) == 0) == good ? REFUSED : FAILED;
}

static enum verdict
check_hmac(struct crypto_lib *lib, const json_t *group, const json_t *test, int good)
{
	static struct bytes key, msg, tag;
	struct secret secret = {0};
	struct sig_key *hmac_key = NULL;
	struct sig *s = NULL;

	(void)group;
	field(test, "key", &key);
	field(test, "msg", &msg);
	field(test, "tag", &tag);
	ck_assert_uint_le(tag.len, 32);
	secret.len = key.len;
	memcpy(secret.bytes, key.data, key.len < SECRET_MAX ? key.len : SECRET_MAX);
	int rc = sig_key_new(lib, SIG_HS256, &secret, NULL, &hmac_key);
	if (key.len < 32 || key.len > 64)
		return rc == SESS_ERR_ARGUMENT ? check_hmac_by_hand(lib, &key, &msg, &tag, good) : FAILED;
	ck_assert_int_eq(rc, 0);
	ck_assert_int_eq(sig_new(hmac_key, &s), 0);
	rc = sig_verify(s, msg.data, msg.len, tag.data, tag.len);
	sig_free(s);
	sig_key_free(hmac_key);
	if (tag.len != sig_len(SIG_HS256))
		return rc == SESS_ERR_REJECTED ? SKIPPED : FAILED;
	return judge(good, 1, rc);
}

static enum verdict
check_signature(struct crypto_lib *lib, enum sig_kind kind, const uint8_t *pub, const json_t *test, int good)
{
	static struct bytes msg, sig;
	struct sig_key *key = NULL;
	struct sig *s = NULL;

	field(test, "msg", &msg);
	field(test, "sig", &sig);
	ck_assert_int_eq(sig_key_new(lib, kind, NULL, pub, &key), 0);
	ck_assert_int_eq(sig_new(key, &s), 0);
	int rc = sig_verify(s, msg.data, msg.len, sig.data, sig.len);
	sig_free(s);
	sig_key_free(key);
	return judge(good, 1, rc);
}

static enum verdict
check_ecdsa(struct crypto_lib *lib, const json_t *group, const json_t *test, int good)
{
	static struct bytes point;

	field(json_object_get(group, "publicKey"), "uncompressed", &point);
	ck_assert_uint_eq(point.len, 65);
	return check_signature(lib, SIG_ES256, point.data + 1, test, good);
}

static enum verdict
check_ed25519(struct crypto_lib *lib, const json_t *group, const json_t *test, int good)
{
	static struct bytes point;

	field(json_object_get(group, "publicKey"), "pk", &point);
	ck_assert_uint_eq(point.len, 32);
	return check_signature(lib, SIG_EDDSA, point.data, test, good);
}

static enum verdict
check_hkdf(struct crypto_lib *lib, const json_t *group, const json_t *test, int good)
{
	static struct bytes ikm, salt, info, okm;
	long size = number(test, "size");

	(void)group;
	field(test, "ikm", &ikm);
	field(test, "salt", &salt);
	field(test, "info", &info);
	field(test, "okm", &okm);
	ck_assert(size >= 0 && size <= BYTES_MAX);
	int rc = kdf_hkdf_sha256_raw(lib, ikm.data, ikm.len, salt.data, salt.len, info.data, info.len, out.data,
	    (size_t)size);
	if (!good)
		return rc == SESS_ERR_ARGUMENT ? PASSED : FAILED;
	return judge(good, is_equal(&okm, out.data, (size_t)size), rc);
}

static const struct {
	const char *name;
	const char *policy; /* why a vector may be refused though it is good; NULL: none may */
	const char *skipped;
	check_fn *check;
	unsigned passed_min; /* of all its vectors: a file that was not read would pass too */
} files[] = {
	{ "aes_gcm", NULL, "other key, IV or tag sizes", check_gcm, 66 },
	{ "a256cbc_hs512", NULL, "other key, IV or tag sizes", check_cbc, 94 },
	{ "aes_wrap", "wrapped keys of 16 bytes and more", "other key sizes", check_wrap, 67 },
	{ "hmac_sha256", "HMAC key of 32..64 bytes", "truncated tags, all of them rejected", check_hmac, 81 },
	{ "ecdsa_secp256r1_sha256_p1363", NULL, "none", check_ecdsa, 262 },
	{ "ed25519", NULL, "none", check_ed25519, 151 },
	{ "hkdf_sha256", NULL, "none", check_hkdf, 86 },
};

static void
run_group(size_t i, struct crypto_lib *lib, const json_t *group, struct counts *counts)
{
	size_t at = 0;
	const json_t *test = NULL;

	json_array_foreach(json_object_get(group, "tests"), at, test) {
		const char *result = json_string_value(json_object_get(test, "result"));
		const char *comment = json_string_value(json_object_get(test, "comment"));
		ck_assert(result != NULL && comment != NULL);
		enum verdict v = files[i].check(lib, group, test, strcmp(result, "invalid") != 0);
		ck_assert_msg(v != FAILED && (v != REFUSED || files[i].policy), "%s %ld (%s): %s", files[i].name,
		    number(test, "tcId"), result, comment);
		counts->of[v]++;
	}
}

START_TEST(every_vector_is_judged_right)
{
	char path[1024];
	json_error_t error;
	struct counts counts = {{0}};
	struct crypto_lib *lib = NULL;
	size_t at = 0;
	const json_t *group = NULL;

	snprintf(path, sizeof(path), "%s/wycheproof/%s_test.json", runner_vectors_dir(), files[_i].name);
	json_t *root = json_load_file(path, 0, &error);
	ck_assert_msg(root != NULL, "%s: %s", path, error.text);
	ck_assert_int_eq(crypto_lib_new(&lib), 0);
	json_array_foreach(json_object_get(root, "testGroups"), at, group)
		run_group((size_t)_i, lib, group, &counts);
	printf("# %-30s passed %3u, refused by policy %2u (%s), skipped %3u (%s)\n", files[_i].name, counts.of[PASSED],
	    counts.of[REFUSED], files[_i].policy ? files[_i].policy : "none", counts.of[SKIPPED], files[_i].skipped);
	fflush(stdout);
	unsigned judged = counts.of[PASSED] + counts.of[REFUSED] + counts.of[SKIPPED];
	ck_assert_int_eq((long)judged, number(root, "numberOfTests"));
	ck_assert_uint_ge(counts.of[PASSED], files[_i].passed_min);
	crypto_lib_free(lib);
	json_decref(root);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("vectors/wycheproof_primitives");
	TCase *tc = tcase_create("primitives");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, every_vector_is_judged_right, 0, (int)(sizeof(files) / sizeof(files[0])));
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	if (!runner_vectors_dir())
		return runner_skip("SESS_VECTORS does not name the folder of the public vectors");
	return runner_main(make_suite());
}
