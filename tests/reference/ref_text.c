/* SPDX-License-Identifier: MIT */
/* Splits a compact serialization and decodes its segments, plainly. Reference verifier; knows no JSON and no keys. */
#include "reference/ref_text.h"

#include <sess/error.h>
#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int
value_of(char c)
{
	const char *at = c == '\0' ? NULL : strchr(alphabet, c);

	return at == NULL ? -1 : (int)(at - alphabet);
}

int
ref_text_decode(const char *text, size_t len, struct ref_bytes *ret_bytes)
{
	unsigned char *data;
	size_t written = 0;
	unsigned bits = 0, held = 0;

	if (len % 4 == 1)
		return -1;
	data = malloc(len + 1);
	if (data == NULL)
		abort();
	for (size_t i = 0; i < len; i++) {
		int value = value_of(text[i]);

		if (value < 0) {
			free(data);
			return -1;
		}
		held = (held << 6 | (unsigned)value) & 0xffffu;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			data[written++] = (unsigned char)(held >> bits & 0xffu);
		}
	}
	/* RFC 4648 §3.5: only one spelling is canonical, the one whose unused bits are zero. */
	if ((held & ((1u << bits) - 1u)) != 0) {
		free(data);
		return -1;
	}
	data[written] = '\0';
	ret_bytes->data = data;
	ret_bytes->len = written;
	return 0;
}

uint32_t
ref_text_split(const char *text, size_t len, struct ref_split *ret_split)
{
	size_t start = 0;

	memset(ret_split, 0, sizeof(*ret_split));
	for (size_t i = 0; i < len; i++)
		if (text[i] != '.' && value_of(text[i]) < 0)
			return SESS_REASON_MALFORMED;
	for (size_t i = 0; i <= len; i++) {
		struct ref_segment *segment = &ret_split->segment[ret_split->count];

		if (i < len && text[i] != '.')
			continue;
		if (ret_split->count == 5)
			return SESS_REASON_MALFORMED;
		segment->text = text + start;
		segment->text_len = i - start;
		ret_split->count++;
		start = i + 1;
	}
	if (ret_split->count != 3 && ret_split->count != 5)
		return SESS_REASON_MALFORMED;
	for (size_t i = 0; i < ret_split->count; i++) {
		struct ref_segment *segment = &ret_split->segment[i];
		int is_encrypted_key = ret_split->count == 5 && i == 1;

		if (segment->text_len == 0 && !is_encrypted_key)
			return SESS_REASON_MALFORMED;
		if (ref_text_decode(segment->text, segment->text_len, &segment->bytes) != 0)
			return SESS_REASON_MALFORMED;
	}
	return 0;
}

void
ref_text_release(struct ref_split *split)
{
	for (size_t i = 0; i < 5; i++)
		free(split->segment[i].bytes.data);
	memset(split, 0, sizeof(*split));
}
