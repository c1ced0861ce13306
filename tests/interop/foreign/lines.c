/* SPDX-License-Identifier: MIT */
/* The loop of a judge: see lines.h. Test support; base64 by OpenSSL. */
#include "interop/foreign/lines.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 64

struct named_key {
	const char *name;
	void *key;
};

static void
die(const char *why)
{
	fprintf(stderr, "judge: %s\n", why);
	exit(1);
}

static void
put_base64(const char *bytes, size_t len)
{
	unsigned char *text = malloc(len / 3 * 4 + 5);

	if (text == NULL)
		die("no memory");
	(void)EVP_EncodeBlock(text, (const unsigned char *)bytes, (int)len);
	fputs((const char *)text, stdout);
	free(text);
}

/* In place; the length. */
static size_t
take_base64(char *text)
{
	size_t n = strlen(text), pads = 0;
	unsigned char *bytes = malloc(n + 4);
	int len;

	if (bytes == NULL)
		die("no memory");
	while (pads < n && text[n - 1 - pads] == '=')
		pads++;
	if ((len = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)n)) < 0)
		die("a case is not base64");
	len -= (int)pads;
	memcpy(text, bytes, (size_t)len);
	text[len] = '\0';
	free(bytes);
	return (size_t)len;
}

static void
judge_line(const struct judge_of_lines *judge, const struct named_key *keys, size_t count, char *line)
{
	char *kind = strchr(line, ' '), *token = kind == NULL ? NULL : strchr(kind + 1, ' ');
	struct verdict v = { '!', "the key cannot be used", NULL, 0 };
	size_t i = 0, len;

	if (token == NULL)
		die("a case has no three parts");
	*kind++ = *token++ = '\0';
	len = take_base64(token);
	while (i < count && strcmp(keys[i].name, line) != 0)
		i++;
	if (i == count)
		die("a case names no key");
	if (keys[i].key != NULL)
		judge->judge(keys[i].key, kind, token, len, &v);
	printf("%c ", v.sign);
	if (v.sign == '+')
		put_base64(v.claims, v.claims_len);
	else
		fputs(v.why, stdout);
	putchar('\n');
	free(v.claims);
	/* A library that dies of the next token must not take this verdict along. */
	(void)fflush(stdout);
}

int
lines_main(int argc, char **argv, const struct judge_of_lines *judge)
{
	static struct named_key keys[KEYS_MAX];
	json_t *file = argc == 2 ? json_load_file(argv[1], 0, NULL) : NULL, *entry;
	size_t count = 0, room = 0;
	const char *name;
	char *line = NULL;
	ssize_t n;

	if (file == NULL || json_object_size(file) > KEYS_MAX)
		die("give the file of keys");
	json_object_foreach(file, name, entry) {
		keys[count].name = name;
		keys[count++].key = judge->load(entry);
	}
	while ((n = getline(&line, &room, stdin)) > 0) {
		line[n - 1] = '\0';
		judge_line(judge, keys, count, line);
	}
	free(line);
	return fflush(stdout) == 0 ? 0 : 1;
}
