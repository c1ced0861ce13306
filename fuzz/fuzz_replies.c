/* SPDX-License-Identifier: MIT */
/*
 * What a Redis server answers: the input is sent to a manager's feed as the server's replies, through a socket, cut where the
 * first byte says. In it 0x7f stands for a genuine epoch of the ring, 0x7e for a genuine entry. A finding means that whoever is
 * on the way to the server, or is the server, crashes a service or makes it believe a log that no holder of the ring has
 * begun; or that an entry or epoch has a second spelling, or one cut differently another meaning.
 */
#include <sess/sess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "revocation/feed_entry.h"
#include "revocation/resp_cap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EPOCH_SIGN 0x7f
#define ENTRY_SIGN 0x7e
#define INPUT_MAX 8192
#define ROUNDS 6

static const char ring_text[] =
    "{\"sess\":{\"v\":1,\"form\":\"sealed\",\"generation\":1,\"token_life_s\":3600,\"session_life_s\":43200,"
    "\"leeway_s\":30,\"max_rate_per_s\":1,\"tag\":\"QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8\"},\"keys\":[{\"kid\":\"e\","
    "\"use\":\"enc\",\"alg\":\"dir\",\"enc\":\"A256GCM\",\"iat\":1,\"nbf\":1,\"kty\":\"oct\","
    "\"k\":\"ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8\"}]}";

static struct sess_ring *ring;
static struct feed_key key;
static const uint8_t epoch[FEED_EPOCH_BYTES] = "an epoch of 16";
static char epoch_text[FEED_EPOCH_LEN], entry_text[FEED_ENTRY_LEN];
static char folder[] = "/tmp/sess-fuzz-XXXXXX", path[64], uri[96];
static int listener;
static int64_t elapsed;

static void
must(int holds)
{
	if (!holds)
		abort();
}

static int
clock_now(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = 1800000000;
	return 0;
}

/* Time passes as it is asked for, so that nothing is waited for. */
static int
clock_elapsed(void *arg, int64_t *ret_now)
{
	(void)arg;
	*ret_now = elapsed += 5;
	return 0;
}

static void
clean_up(void)
{
	(void)unlink(path);
	(void)rmdir(folder);
}

static void
prepare(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct feed_entry entry;

	must(sess_ring_load_mem(ring_text, strlen(ring_text), NULL, &ring, NULL) == 0 && feed_key_init(&key, ring) == 0);
	memset(&entry, 0, sizeof(entry));
	entry.r.t = 1800000000;
	entry.r.until = 1800050000;
	entry.r.event = (uint64_t)SESS_REVOCATION_SESSION | 1u << 4;
	entry.copy = 1;
	entry.at_ms = INT64_C(1800000000000);
	must(feed_epoch_format(&key, epoch, epoch_text) == 0 && feed_entry_format(&key, epoch, &entry, entry_text) == 0);
	must(mkdtemp(folder) != NULL);
	(void)snprintf(path, sizeof(path), "%s/socket", folder);
	(void)snprintf(uri, sizeof(uri), "redis+unix:%s", path);
	(void)atexit(clean_up);
	strcpy(at.sun_path, path);
	must((listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) >= 0);
	must(bind(listener, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(listener, 64) == 0);
}

static size_t
expand(const uint8_t *data, size_t n, char *out, int *ret_has_epoch)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (data[i] == EPOCH_SIGN) {
			memcpy(out + len, epoch_text, FEED_EPOCH_LEN);
			len += FEED_EPOCH_LEN;
			*ret_has_epoch = 1;
		} else if (data[i] == ENTRY_SIGN) {
			memcpy(out + len, entry_text, FEED_ENTRY_LEN);
			len += FEED_ENTRY_LEN;
		} else {
			out[len++] = (char)data[i];
		}
	}
	return len;
}

/* However it is cut, the same is let through or refused. */
static void
cap(const char *bytes, size_t n, size_t cut)
{
	static struct resp_cap whole, parts;
	enum fault once, twice;

	memset(&whole, 0, sizeof(whole));
	memset(&parts, 0, sizeof(parts));
	once = resp_cap_feed(&whole, bytes, n);
	twice = resp_cap_feed(&parts, bytes, cut);
	if (twice == FAULT_NONE)
		twice = resp_cap_feed(&parts, bytes + cut, n - cut);
	must(once == twice);
}

/* What is accepted is the one text of what it says, and of our epoch. */
static void
parse(const char *text, size_t n)
{
	char again[FEED_ENTRY_LEN], again_epoch[FEED_EPOCH_LEN];
	uint8_t found[FEED_EPOCH_BYTES];
	struct feed_entry entry;

	if (feed_entry_parse(&key, epoch, text, n, &entry) == 0)
		must(n == FEED_ENTRY_LEN && feed_entry_format(&key, epoch, &entry, again) == 0 && memcmp(again, text, n) == 0);
	if (feed_epoch_parse(&key, text, n, found) == 0)
		must(n == FEED_EPOCH_LEN && feed_epoch_format(&key, found, again_epoch) == 0 && memcmp(again_epoch, text, n) == 0);
}

static void
serve(const char *bytes, size_t n, size_t cut, int has_epoch)
{
	sess_revocation_status status = SESS_REVOCATION_STATUS_INIT;
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	int fd = -1, wait = 0;

	config.ring = ring;
	config.clock = clock_now;
	config.elapsed = clock_elapsed;
	config.revocations = uri;
	config.revocations_feed = SESS_FEED_CALLER;
	must(sess_manager_new(&config, &manager, NULL) == 0);
	for (int i = 0; i < ROUNDS; i++) {
		must(sess_revocations_poll(manager, &wait, NULL) == 0);
		if (fd < 0 && (fd = accept(listener, NULL, NULL)) >= 0)
			(void)!send(fd, bytes, cut, MSG_NOSIGNAL | MSG_DONTWAIT);
		else if (i == ROUNDS / 2 && fd >= 0)
			(void)!send(fd, bytes + cut, n - cut, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	must(sess_revocations_status(manager, &status, NULL) == 0);
	must(!status.is_open || has_epoch);
	if (fd >= 0)
		(void)close(fd);
	sess_manager_free(manager);
	/* Connections that were begun and not taken. */
	while ((fd = accept(listener, NULL, NULL)) >= 0)
		(void)close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int has_epoch = 0;
	char *text;
	size_t n, cut;

	if (ring == NULL)
		prepare();
	if (size < 2 || size > INPUT_MAX)
		return 0;
	must((text = malloc(size * FEED_ENTRY_LEN)) != NULL);
	n = expand(data + 1, size - 1, text, &has_epoch);
	cut = n * data[0] / 256;
	cap(text, n, cut);
	parse(text, n);
	serve(text, n, cut, has_epoch);
	free(text);
	return 0;
}
