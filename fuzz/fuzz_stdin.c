/* SPDX-License-Identifier: MIT */
/*
 * What sesstool reads on stdin: tokens, Cookie headers, claims, pasted by somebody who does not know who wrote them. The first
 * byte chooses the command line, the rest is stdin, in which each byte 0x7f stands for a token of the harness's own ring. A
 * finding means a crash; an exit status that the manual does not have; a session verified or renewed where no token of this
 * ring was in the input; something other than printable text on the terminal (escape sequences out of a token); --json that
 * is no JSON; or, of a batch, a line without its verdict, or with another line's.
 */
#include <getopt.h>
#include <jansson.h>
#include <sess/sess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tools/sesstool/tool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX 16384
#define GENUINE 0x7f
#define WORDS 8
#define NOW "1800000000"

/* What stdout is; 0 means a genuine token; stdout has the input's own bytes; an object for each line. */
enum { TEXT = 1, JSON = 2, PROVES = 4, ECHOES = 8, LINES = 16 };

static char ring_path[64], jwk_path[64], token_path[64], *genuine;

/* "@" is the ring, "%" its key alone, "#" a genuine token. */
static const struct command {
	int (*verb)(int argc, char **argv);
	const char *words[WORDS];
	unsigned traits;
} commands[] = {
	{ verb_inspect, { "inspect", "--now", NOW }, TEXT },
	{ verb_inspect, { "inspect", "--now", NOW, "--json" }, TEXT | JSON },
	{ verb_verify, { "verify", "--ring", "@", "--now", NOW }, TEXT | PROVES },
	{ verb_verify, { "verify", "--ring", "@", "--now", NOW, "--json", "-" }, TEXT | JSON | PROVES },
	{ verb_verify, { "verify", "--raw", "--jwk", "%" }, 0 },
	{ verb_renew, { "renew", "--ring", "@", "--now", NOW }, TEXT | PROVES },
	{ verb_cookie, { "cookie", "get" }, TEXT | ECHOES },
	{ verb_cookie, { "cookie", "get", "--json" }, TEXT | JSON | ECHOES },
	{ verb_cookie, { "cookie", "set", "--ring", "@", "--now", NOW }, TEXT | PROVES },
	{ verb_mint, { "mint", "--ring", "@", "--now", NOW, "--claims", "-" }, TEXT },
	{ verb_verify, { "verify", "--raw", "--jwk", "-", "#" }, 0 },
	{ verb_verify, { "verify", "--batch", "--ring", "@", "--now", NOW, "-" }, TEXT | LINES },
};

static void
must(int holds)
{
	if (!holds)
		abort();
}

static void
put_file(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "we");

	must(f != NULL && fchmod(fileno(f), 0600) == 0 && fwrite(text, 1, n, f) == n && fclose(f) == 0);
}

static void
clean_up(void)
{
	(void)unlink(ring_path);
	(void)unlink(jwk_path);
	(void)unlink(token_path);
	*strrchr(ring_path, '/') = '\0';
	(void)rmdir(ring_path);
}

/* The same keys on every run, so that an input means the same on every run. */
static void
prepare(void)
{
	static const char jwk[] = "{\"kid\":\"s\",\"use\":\"sig\",\"alg\":\"HS256\",\"iat\":1,\"nbf\":1,\"kty\":\"oct\","
				  "\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}";
	static const char raw[] = "{\"alg\":\"HS256\",\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}";
	char folder[] = "/tmp/sess-fuzz-XXXXXX", ring[1024];
	static int64_t now = 1800000000;
	sess_config config = SESS_CONFIG_INIT;
	sess_manager *manager = NULL;
	size_t n = 0;

	(void)snprintf(ring, sizeof(ring), "{\"sess\":{\"v\":1,\"form\":\"signed\",\"generation\":1,\"token_life_s\":3600,"
	    "\"session_life_s\":43200,\"leeway_s\":30,\"max_rate_per_s\":1,\"tag\":\"QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8\"},"
	    "\"keys\":[%s]}", jwk);
	must(mkdtemp(folder) != NULL);
	(void)snprintf(ring_path, sizeof(ring_path), "%s/ring", folder);
	(void)snprintf(jwk_path, sizeof(jwk_path), "%s/jwk", folder);
	(void)snprintf(token_path, sizeof(token_path), "%s/token", folder);
	put_file(ring_path, ring, strlen(ring));
	put_file(jwk_path, raw, strlen(raw));
	(void)atexit(clean_up);
	config.ring_path = ring_path;
	config.clock = tool_fixed_clock;
	config.clock_arg = &now;
	must(sess_manager_new(&config, &manager, NULL) == 0);
	must(sess_mint(manager, "anna", NULL, 0, NULL, &genuine, &n, NULL) == 0);
	put_file(token_path, genuine, n);
	sess_manager_free(manager);
}

static char *
expand(const uint8_t *data, size_t n, size_t *ret_len, int *ret_genuine)
{
	size_t room = n + 1, at = 0, len = strlen(genuine);
	char *text;

	for (size_t i = 0; i < n; i++)
		room += data[i] == GENUINE ? len : 0;
	must((text = malloc(room)) != NULL);
	for (size_t i = 0; i < n; i++) {
		if (data[i] == GENUINE) {
			memcpy(text + at, genuine, len);
			at += len;
			*ret_genuine = 1;
		} else {
			text[at++] = (char)data[i];
		}
	}
	*ret_len = at;
	return text;
}

static void
check_text(const char *text, size_t n, int echoes)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		/* Names of cookies come out as they stand, where they are UTF-8; control characters never. */
		must((c >= 0x20 && c != 0x7f && (c < 0x7f || echoes)) || c == '\n' || c == '\t');
	}
}

/* One object of a batch; returns the exit status that its token would have had alone. */
static int
check_line(const char *text, size_t n, json_int_t number, int has_genuine)
{
	json_t *doc = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL), *status;
	int is_verified, alone;

	must(doc != NULL && json_is_boolean(json_object_get(doc, "verified")));
	must(json_integer_value(json_object_get(doc, "line")) == number);
	is_verified = json_is_true(json_object_get(doc, "verified"));
	status = json_object_get(doc, "exit_status");
	alone = is_verified ? 0 : (int)json_integer_value(status);
	must(is_verified ? has_genuine : alone > 0 && alone <= TOOL_EXIT_IO);
	json_decref(doc);
	return alone;
}

/* A batch: an object for each line that is not blank, in their order, and a status that is the greatest of theirs. */
static void
check_lines(const char *in, size_t in_len, const char *out, size_t out_len, int status, int has_genuine)
{
	const char *end = in + in_len, *out_end = out + out_len, *stop;
	int worst = 0;

	for (json_int_t number = 1; in < end; number++, in = stop + 1) {
		int is_blank = 1, alone;

		stop = memchr(in, '\n', (size_t)(end - in));
		stop = stop == NULL ? end : stop;
		for (const char *p = in; p < stop; p++)
			is_blank &= *p == ' ' || *p == '\t' || *p == '\r';
		if (is_blank)
			continue;
		in = memchr(out, '\n', (size_t)(out_end - out));
		must(in != NULL);
		alone = check_line(out, (size_t)(in - out), number, has_genuine);
		out = in + 1;
		worst = alone > worst ? alone : worst;
	}
	must(out == out_end && worst == status);
}

static void
run(const struct command *c, char *text, size_t len, int has_genuine)
{
	char words[WORDS][64], *argv[WORDS + 1] = { NULL }, *out = NULL, *err = NULL;
	FILE *own[3] = { stdin, stdout, stderr };
	size_t out_len = 0, err_len = 0;
	json_t *doc;
	int argc = 0, status;

	for (; argc < WORDS && c->words[argc] != NULL; argc++) {
		const char *word = c->words[argc];

		(void)snprintf(words[argc], sizeof(words[argc]), "%s", *word == '@' ? ring_path : *word == '%' ? jwk_path :
		    *word == '#' ? token_path : word);
		argv[argc] = words[argc];
	}
	stdin = fmemopen(text, len, "r");
	stdout = open_memstream(&out, &out_len);
	stderr = open_memstream(&err, &err_len);
	must(stdin != NULL && stdout != NULL && stderr != NULL);
	optind = 0;
	status = c->verb(argc, argv);
	must(fclose(stdin) == 0 && fclose(stdout) == 0 && fclose(stderr) == 0);
	stdin = own[0];
	stdout = own[1];
	stderr = own[2];
	must(status >= 0 && status <= TOOL_EXIT_IO && status != 1);
	must(status == 0 || out_len + err_len > 0);
	if ((c->traits & PROVES) != 0 && status == 0)
		must(has_genuine);
	if ((c->traits & LINES) != 0)
		check_lines(text, len, out, out_len, status, has_genuine);
	if ((c->traits & TEXT) != 0)
		check_text(out, out_len, (c->traits & ECHOES) != 0);
	check_text(err, err_len, (c->traits & ECHOES) != 0);
	if ((c->traits & JSON) != 0 && out_len > 0) {
		must((doc = json_loadb(out, out_len, JSON_REJECT_DUPLICATES, NULL)) != NULL);
		json_decref(doc);
	}
	free(out);
	free(err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = 0;
	int has_genuine = 0;
	char *text;

	if (genuine == NULL)
		prepare();
	if (size < 2 || size > INPUT_MAX)
		return 0;
	text = expand(data + 1, size - 1, &len, &has_genuine);
	run(&commands[data[0] % (sizeof(commands) / sizeof(commands[0]))], text, len, has_genuine);
	free(text);
	return 0;
}
