/* SPDX-License-Identifier: MIT */
/* L0: filling diagnostics. Whatever comes in as a name is cut to its room and stripped of what a terminal would obey. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
diag_clear(sess_diag *diag)
{
	if (diag == NULL)
		return;
	diag->code = 0;
	diag->reasons = 0;
	diag->kid[0] = '\0';
	diag->member[0] = '\0';
	diag->message[0] = '\0';
	diag->findings_count = 0;
}

static void
copy_name(char *out, size_t room, const char *name)
{
	size_t n = 0;

	for (; name != NULL && name[n] != '\0' && n + 1 < room; n++) {
		char c = name[n];

		out[n] = c >= 0x20 && c <= 0x7e && c != '"' && c != '\\' ? c : '?';
	}
	out[n] = '\0';
}

/* Texts may hold policy values, which are UTF-8: only control characters go (U+0080 to U+009F are c2 80 to c2 9f), and
 * no character is cut in two. */
static void
copy_text(char *out, size_t room, const char *text)
{
	const unsigned char *in = (const unsigned char *)text;
	size_t n = 0;

	for (; in != NULL && in[n] != '\0' && n + 1 < room; n++) {
		int is_control = in[n] < 0x20 || in[n] == 0x7f;
		int is_high_control = (in[n] == 0xc2 && (in[n + 1] & 0xe0) == 0x80) ||
		    (n > 0 && in[n - 1] == 0xc2 && (in[n] & 0xe0) == 0x80);

		out[n] = is_control || is_high_control ? '?' : text[n];
	}
	if (in != NULL && (in[n] & 0xc0) == 0x80) {
		while (n > 0 && (in[n] & 0xc0) == 0x80)
			n--;
	}
	out[n] = '\0';
}

static void
set_message(sess_diag *diag, int code, const char *fmt, va_list args)
{
	/* Longer than the room, so that copy_text() sees what it cuts. */
	char message[sizeof(diag->message) + 4];

	diag->code = code;
	if (fmt == NULL) {
		copy_text(diag->message, sizeof(diag->message), sess_error_sentence(code));
		return;
	}
	(void)vsnprintf(message, sizeof(message), fmt, args);
	copy_text(diag->message, sizeof(diag->message), message);
}

int
diag_error(sess_diag *diag, int code, const char *fmt, ...)
{
	va_list args;

	if (diag == NULL)
		return code;
	va_start(args, fmt);
	set_message(diag, code, fmt, args);
	va_end(args);
	return code;
}

int
diag_error_at(sess_diag *diag, int code, const char *kid, const char *member, const char *fmt, ...)
{
	va_list args;

	if (diag == NULL)
		return code;
	copy_name(diag->kid, sizeof(diag->kid), kid);
	copy_name(diag->member, sizeof(diag->member), member);
	va_start(args, fmt);
	set_message(diag, code, fmt, args);
	va_end(args);
	return code;
}

int
diag_reject_num(sess_diag *diag, uint32_t reason, const char *member, sess_unit unit, int64_t expected, int64_t got,
    const char *expected_text, const char *got_text)
{
	sess_finding *f;

	if (diag == NULL)
		return SESS_ERR_REJECTED;
	diag->code = SESS_ERR_REJECTED;
	diag->reasons |= reason;
	if (diag->findings_count < SESS_FINDINGS_MAX) {
		f = &diag->findings[diag->findings_count++];
		f->reason = reason;
		f->unit = unit;
		f->expected = expected;
		f->got = got;
		copy_name(f->member, sizeof(f->member), member);
		copy_text(f->expected_text, sizeof(f->expected_text), expected_text);
		copy_text(f->got_text, sizeof(f->got_text), got_text);
	}
	copy_name(diag->member, sizeof(diag->member), diag->findings[0].member);
	copy_text(diag->message, sizeof(diag->message), sess_reason_sentence(sess_reason_first(diag->reasons)));
	return SESS_ERR_REJECTED;
}

int
diag_reject(sess_diag *diag, uint32_t reason, const char *member, const char *expected_text, const char *got_text)
{
	return diag_reject_num(diag, reason, member, SESS_UNIT_NONE, 0, 0, expected_text, got_text);
}

void
diag_set_kid(sess_diag *diag, const char *kid)
{
	if (diag != NULL)
		copy_name(diag->kid, sizeof(diag->kid), kid);
}
