/* SPDX-License-Identifier: MIT */
/*
 * A process that lives through a session's whole life with secrets that its parent knows, and stops twice to have its memory searched
 * (tests/proof/secrets_held.py): while everything is in use, and after all has been given back. It knows none of the canaries itself; what
 * it reads it reads into one buffer, which it wipes.
 *   holder RING PASSPHRASE|- CLAIMS [--wipe] [--plant]
 * --wipe gives jansson and OpenSSL an allocator that wipes what it frees: what is found then is ours. --plant keeps a copy of a key.
 */
#include <fcntl.h>
#include <jansson.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <sess/jansson.h>
#include <sess/sess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[65536];

static void
need(int ok, const char *what)
{
	if (!ok) {
		(void)!write(2, what, strlen(what));
		_exit(3);
	}
}

static size_t
read_all(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	need(n >= 0, "a file cannot be read");
	(void)close(fd);
	text[n] = '\0';
	return (size_t)n;
}

/* Says where it is, and waits until the parent has looked. */
static void
stop(const char *where)
{
	char go;

	need(write(1, where, strlen(where)) > 0 && read(0, &go, 1) == 1, "the parent is gone");
}

static void
wiping_free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void
openssl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	wiping_free(p);
}

static void *
openssl_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(n);
}

static void *
openssl_realloc(void *p, size_t n, const char *file, int line)
{
	size_t old = p == NULL ? 0 : malloc_usable_size(p);
	void *q = n == 0 ? NULL : malloc(n);

	(void)file;
	(void)line;
	if (n != 0 && q == NULL)
		return NULL;
	if (p != NULL && q != NULL)
		memcpy(q, p, old < n ? old : n);
	wiping_free(p);
	return q;
}

/* The nth byte of the content keys that this process's tokens are sealed with; the parent computes the same. */
static int
count_up(void *arg, uint8_t *buf, size_t len)
{
	unsigned *calls = arg;

	for (size_t i = 0; i < len; i++)
		buf[i] = len >= 32 ? (uint8_t)(i * 29 + 7) ^ 0xc3 : (uint8_t)(*calls + i * 3);
	(*calls)++;
	return 0;
}

static int
next_day(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = 1800000000 + 86400; /* tests/proof/proof.py made the ring a day before */
	return 0;
}

/* As a request does: a good token, a changed one, and a renewal. */
static void
serve(sess_manager *manager, const char *claims_path)
{
	size_t n = read_all(claims_path), len = 0, fresh_len = 0;
	sess_session *session = NULL;
	char *token = NULL, *fresh = NULL;
	sess_diag diag;

	need(sess_mint(manager, "anna", text, n, NULL, &token, &len, &diag) == 0, diag.message);
	explicit_bzero(text, sizeof(text));
	need(sess_verify(manager, token, len, NULL, &session, NULL) == 0, "the token was refused");
	need(sess_renew(manager, session, NULL, &fresh, &fresh_len, NULL) == 0, "no renewal");
	stop("alive\n");
	sess_session_free(session);
	session = NULL;
	for (size_t at = 4; at < len; at += len / 7) {
		token[at] ^= 1;
		need(sess_verify(manager, token, len, NULL, &session, NULL) != 0, "a changed token was accepted");
		token[at] ^= 1;
	}
	sess_token_free(token);
	sess_token_free(fresh);
}

int
main(int argc, char **argv)
{
	sess_ring_access access = SESS_RING_ACCESS_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_protection *protection = NULL;
	sess_manager *manager = NULL;
	unsigned calls = 0;
	char *kept = NULL;
	int plant = 0;

	need(argc >= 4, "usage");
	for (int i = 4; i < argc; i++) {
		if (strcmp(argv[i], "--wipe") == 0) {
			json_set_alloc_funcs(malloc, wiping_free);
			need(CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) == 1, "no allocator");
		} else if (strcmp(argv[i], "--plant") == 0) {
			plant = 1;
		}
	}
	if (strcmp(argv[2], "-") != 0) {
		size_t n = read_all(argv[2]);

		need(sess_protection_new_passphrase(text, n, 0, &protection, NULL) == 0, "no protection");
		explicit_bzero(text, sizeof(text));
		access.protection = protection;
	}
	config.ring_path = argv[1];
	config.ring_access = &access;
	config.clock = next_day;
	config.insecure_random = count_up;
	config.insecure_random_arg = &calls;
	need(sess_manager_new(&config, &manager, NULL) == 0, "no manager");
	sess_protection_free(protection);
	serve(manager, argv[3]);
	if (plant) {
		/* What a library does that copies a ring's text and forgets it. */
		kept = strndup(text, read_all(argv[1]));
		explicit_bzero(text, sizeof(text));
		free(kept);
	}
	sess_manager_free(manager);
	stop("freed\n");
	return 0;
}
