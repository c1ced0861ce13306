/* SPDX-License-Identifier: MIT */
/*
 * L3: sess_protection. All its secrets lie in pages of their own. The lock is held only to look up and to remember, never
 * during a PBKDF2: a process that forks meanwhile would leave its child a lock that nobody opens, and two rings can be opened
 * at once. Two threads that open the same ring for the first time at the same instant both derive; none of them waits.
 */
#include "ring/protection.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "crypto/keywrap.h"
#include "jose/jwk.h"
#include "jose/pbes2.h"
#include "json/doc.h"

/* Enough for a ring before and after it was encrypted anew, and for some others under the same passphrase. */
#define REMEMBERED 4

struct derived {
	int64_t p2c; /* 0: nothing here */
	size_t p2s_len;
	uint8_t p2s[PBES2_SALT_MAX];
	struct secret key;
};

struct vault {
	size_t passphrase_len;
	uint8_t passphrase[SESS_PASSPHRASE_MAX];
	struct secret kek;
	struct derived derived[REMEMBERED];
	size_t next; /* place of the next one derived: the oldest goes */
};

struct sess_protection {
	atomic_size_t refs;
	enum protection_kind kind;
	int64_t p2c;
	struct crypto_lib *lib;
	pthread_mutex_t lock; /* of derived[] and next */
	struct vault *vault;
	atomic_size_t derivations;
};

static int
protection_new(enum protection_kind kind, struct sess_protection **ret)
{
	struct sess_protection *p = calloc(1, sizeof(*p));
	int rc;

	if (p == NULL)
		return SESS_ERR_MEMORY;
	if ((rc = crypto_lib_new(&p->lib)) != 0) {
		free(p);
		return rc;
	}
	if ((p->vault = secret_pages_new(sizeof(*p->vault))) == NULL || pthread_mutex_init(&p->lock, NULL) != 0) {
		secret_pages_free(p->vault, sizeof(*p->vault));
		crypto_lib_free(p->lib);
		free(p);
		return SESS_ERR_MEMORY;
	}
	atomic_init(&p->refs, 1);
	atomic_init(&p->derivations, 0);
	p->kind = kind;
	*ret = p;
	return 0;
}

int
sess_protection_new_passphrase(const void *passphrase, size_t passphrase_len, int64_t p2c, sess_protection **ret_protection,
    sess_diag *diag)
{
	const int code = SESS_ERR_ARGUMENT;
	struct sess_protection *p;
	int rc;

	diag_clear(diag);
	if ((passphrase == NULL && passphrase_len > 0) || ret_protection == NULL)
		return diag_error(diag, code, "sess_protection_new_passphrase: a pointer is NULL");
	if (passphrase_len == 0)
		return diag_error_at(diag, code, NULL, "passphrase", "the passphrase is empty");
	if (passphrase_len > SESS_PASSPHRASE_MAX)
		return diag_error_at(diag, code, NULL, "passphrase", "the passphrase has %zu bytes; at most %d are taken",
		    passphrase_len, SESS_PASSPHRASE_MAX);
	if (p2c != 0 && (p2c < SESS_P2C_MIN || p2c > SESS_P2C_MAX))
		return diag_error_at(diag, code, NULL, "p2c", "p2c must lie in %d..%d, or be 0 for %d", SESS_P2C_MIN,
		    SESS_P2C_MAX, SESS_P2C_DEFAULT);
	if ((rc = protection_new(PROTECTION_PASSPHRASE, &p)) != 0)
		return diag_error(diag, rc, NULL);
	p->p2c = p2c == 0 ? SESS_P2C_DEFAULT : p2c;
	memcpy(p->vault->passphrase, passphrase, passphrase_len);
	p->vault->passphrase_len = passphrase_len;
	*ret_protection = p;
	return 0;
}

/* RFC 7517 §4: a member that says what the key is for must not say something else. Others are passed over. */
static int
check_purpose(const json_t *doc, const char *member, const char *needed, sess_diag *diag)
{
	const char *value = NULL;
	int rc = doc_get_string(doc, member, 0, SESS_ERR_JWK, NULL, &value, NULL, diag);

	if (rc != 0 || value == NULL || strcmp(value, needed) == 0)
		return rc;
	return diag_error_at(diag, SESS_ERR_JWK, NULL, member, "a key-encryption key's \"%s\" must be %s, or be left out", member,
	    needed);
}

static int
read_jwk(const char *text, size_t n, struct secret *ret, sess_diag *diag)
{
	JWK_CLEANUP struct jwk jwk = { JOSE_KTY_OCT, { { 0 }, 0 }, { 0 } };
	DOC_CLEANUP json_t *doc = NULL;
	int rc;

	if ((doc = doc_parse_object(text, n, "the key-encryption key", SESS_ERR_JWK, diag)) == NULL)
		return diag->code;
	if (json_object_get(doc, "keys") != NULL)
		return diag_error_at(diag, SESS_ERR_JWK, NULL, "keys", "this is a JWK Set; give one key of it");
	if ((rc = jwk_parse(doc, SESS_ERR_JWK, NULL, &jwk, diag)) != 0)
		return rc;
	if (jwk.kty != JOSE_KTY_OCT)
		return diag_error_at(diag, SESS_ERR_JWK, NULL, "kty", "a key-encryption key's \"kty\" must be oct");
	if (jwk.secret.len != KEYWRAP_KEY_LEN)
		return diag_error_at(diag, SESS_ERR_JWK, NULL, "k", "a key-encryption key has %d bytes, and \"k\" has %zu",
		    KEYWRAP_KEY_LEN, jwk.secret.len);
	if ((rc = check_purpose(doc, "alg", "A256KW", diag)) != 0 || (rc = check_purpose(doc, "use", "enc", diag)) != 0)
		return rc;
	*ret = jwk.secret;
	return 0;
}

static int
read_kek(const uint8_t *kek, size_t n, struct secret *ret, sess_diag *diag)
{
	size_t start = 0;

	/* No text of a JWK is so short: its k alone has 43 characters. */
	if (n == KEYWRAP_KEY_LEN) {
		if (secret_is_zero(kek, n))
			return diag_error(diag, SESS_ERR_ARGUMENT, "the key-encryption key consists of zero bytes only; make a new one");
		memcpy(ret->bytes, kek, n);
		ret->len = n;
		return 0;
	}
	while (start < n && strchr(" \t\r\n", kek[start]) != NULL && kek[start] != '\0')
		start++;
	if (start == n || kek[start] != '{')
		return diag_error(diag, SESS_ERR_ARGUMENT,
		    "a key-encryption key is %d raw bytes, or a JSON Web Key of kty oct; this is %zu bytes of something else",
		    KEYWRAP_KEY_LEN, n);
	return read_jwk((const char *)kek, n, ret, diag);
}

int
sess_protection_new_kek(const void *kek, size_t kek_len, sess_protection **ret_protection, sess_diag *diag)
{
	SECRET_CLEANUP struct secret key = { { 0 }, 0 };
	struct sess_protection *p;
	sess_diag own;
	int rc;

	if (diag == NULL)
		diag = &own; /* whatever parses documents says its code there alone */
	diag_clear(diag);
	if ((kek == NULL && kek_len > 0) || ret_protection == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_protection_new_kek: a pointer is NULL");
	if ((rc = read_kek(kek, kek_len, &key, diag)) != 0)
		return rc;
	if ((rc = protection_new(PROTECTION_KEK, &p)) != 0)
		return diag_error(diag, rc, NULL);
	p->vault->kek = key;
	*ret_protection = p;
	return 0;
}

struct sess_protection *
protection_ref(struct sess_protection *p)
{
	atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return p;
}

void
sess_protection_free(sess_protection *protection)
{
	if (protection == NULL || atomic_fetch_sub_explicit(&protection->refs, 1, memory_order_acq_rel) != 1)
		return;
	secret_pages_free(protection->vault, sizeof(*protection->vault));
	(void)pthread_mutex_destroy(&protection->lock);
	crypto_lib_free(protection->lib);
	free(protection);
}

enum protection_kind
protection_kind_of(const struct sess_protection *p)
{
	return p->kind;
}

int64_t
protection_p2c(const struct sess_protection *p)
{
	return p->p2c;
}

struct crypto_lib *
protection_lib(const struct sess_protection *p)
{
	return p->lib;
}

size_t
protection_derivations(const struct sess_protection *p)
{
	return atomic_load_explicit(&p->derivations, memory_order_relaxed);
}

/* Under the lock. The key remembered for this salt and count, or NULL. */
static const struct secret *
find(const struct vault *vault, const uint8_t *p2s, size_t p2s_len, int64_t p2c)
{
	for (size_t i = 0; i < REMEMBERED; i++) {
		const struct derived *d = &vault->derived[i];

		if (d->p2c == p2c && d->p2s_len == p2s_len && memcmp(d->p2s, p2s, p2s_len) == 0)
			return &d->key;
	}
	return NULL;
}

static void
remember(struct sess_protection *p, const uint8_t *p2s, size_t p2s_len, int64_t p2c, const struct secret *key)
{
	struct vault *vault = p->vault;

	(void)pthread_mutex_lock(&p->lock);
	if (find(vault, p2s, p2s_len, p2c) == NULL) {
		struct derived *d = &vault->derived[vault->next];

		vault->next = (vault->next + 1) % REMEMBERED;
		memcpy(d->p2s, p2s, p2s_len);
		d->p2s_len = p2s_len;
		d->p2c = p2c;
		d->key = *key;
	}
	(void)pthread_mutex_unlock(&p->lock);
}

int
protection_key(struct sess_protection *p, const uint8_t *p2s, size_t p2s_len, int64_t p2c, struct secret *ret_key)
{
	SECRET_CLEANUP struct secret key = { { 0 }, 0 };
	const struct secret *known;
	int rc;

	if (p->kind == PROTECTION_KEK) {
		*ret_key = p->vault->kek;
		return 0;
	}
	(void)pthread_mutex_lock(&p->lock);
	if ((known = find(p->vault, p2s, p2s_len, p2c)) != NULL)
		key = *known;
	(void)pthread_mutex_unlock(&p->lock);
	if (key.len == 0) {
		if ((rc = pbes2_derive(p->lib, p->vault->passphrase, p->vault->passphrase_len, p2s, p2s_len, p2c, &key)) != 0)
			return rc;
		atomic_fetch_add_explicit(&p->derivations, 1, memory_order_relaxed);
		remember(p, p2s, p2s_len, p2c, &key);
	}
	*ret_key = key;
	return 0;
}
