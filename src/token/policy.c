/* SPDX-License-Identifier: MIT */
/* L4: the policy: defaults, ranges, contradictions, and its JSON file. Reads no ring and no clock. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sess/policy.h>

#include "base/buf.h"
#include "base/diag.h"
#include "json/doc.h"
#include "json/index.h"
#include "token/policy_context.h"
#include "token/policy_cookie.h"
#include "ring/ring.h"

#define FILE_MAX 65536

/* One row a number: its member, its place and width, its range. */
struct number {
	const char *name;
	size_t offset;
	int wide; /* int64_t, else int32_t */
	int64_t min, max;
};

#define AT(field) offsetof(sess_policy, field)

static const struct number numbers[] = {
	{ "idle_timeout_s", AT(idle_timeout_s), 1, 1, RING_LIFE_MAX_S },
	{ "absolute_timeout_s", AT(absolute_timeout_s), 1, 1, RING_LIFE_MAX_S },
	{ "leeway_s", AT(leeway_s), 1, 0, RING_LEEWAY_MAX_S },
	{ "renew_after_percent", AT(renew_after_percent), 0, 1, 99 },
	{ "max_token_bytes", AT(max_token_bytes), 0, 256, 65536 },
	{ "max_depth", AT(max_depth), 0, 1, JSON_DEPTH_MAX },
	{ "max_members", AT(max_members), 0, 16, JSON_MEMBERS_MAX },
	{ "revocations_max", AT(revocations_max), 0, 1, 100000000 },
	{ "revocations_max_staleness_s", AT(revocations_max_staleness_s), 0, 1, 86400 },
	{ "watch_window_s", AT(watch_window_s), 0, 1, 86400 },
	{ "watch_client_rejections", AT(watch_client_rejections), 0, 0, 1000000 },
	{ "watch_session_contexts", AT(watch_session_contexts), 0, 0, 16 },
	{ "watch_unknown_keys", AT(watch_unknown_keys), 0, 0, 1000000 },
	{ "watch_slots", AT(watch_slots), 0, 8, 65536 },
};

struct text {
	const char *name;
	size_t offset, room;
};

static const struct text texts[] = {
	{ "issuer", AT(issuer), SESS_NAME_MAX + 1 },
	{ "audience", AT(audience), SESS_NAME_MAX + 1 },
	{ "typ", AT(typ), SESS_TYP_MAX + 1 },
};

#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

void
sess_policy_init(sess_policy *policy)
{
	*policy = (sess_policy){
		.typ = "sess+jwt",
		.idle_timeout_s = 3600,
		.absolute_timeout_s = 43200,
		.leeway_s = 30,
		.renew_after_percent = 50,
		.max_token_bytes = 4096,
		.max_depth = JSON_DEPTH_MAX,
		.max_members = JSON_MEMBERS_MAX,
		.revocations_max = 1000000,
		.revocations_max_staleness_s = 30,
		.watch_window_s = 60,
		.watch_client_rejections = 20,
		.watch_session_contexts = 4,
		.watch_unknown_keys = 50,
		.watch_slots = 1024,
	};
	policy_cookie_init(&policy->cookie);
}

void
sess_policy_insecure_any_audience(sess_policy *policy)
{
	policy->any_audience = 1;
}

static int64_t
get_number(const sess_policy *policy, const struct number *row)
{
	const char *at = (const char *)policy + row->offset;
	int64_t wide;
	int32_t narrow;

	if (row->wide) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, at, sizeof(narrow));
	return narrow;
}

static void
set_number(sess_policy *policy, const struct number *row, int64_t value)
{
	int32_t narrow = (int32_t)value;

	if (row->wide)
		memcpy((char *)policy + row->offset, &value, sizeof(value));
	else
		memcpy((char *)policy + row->offset, &narrow, sizeof(narrow));
}

static int
check_number(const char *name, int64_t value, int64_t min, int64_t max, sess_diag *diag)
{
	if (value >= min && value <= max)
		return 0;
	return diag_error_at(diag, SESS_ERR_POLICY, NULL, name, "%s is %lld; it must lie in %lld..%lld", name, (long long)value,
	    (long long)min, (long long)max);
}

/* Names go into JSON as they are, and into messages. */
static int
check_name(const char *name, const char *value, size_t room, sess_diag *diag)
{
	size_t n = strnlen(value, room);

	if (n == room)
		return diag_error_at(diag, SESS_ERR_POLICY, NULL, name, "%s is not NUL-terminated", name);
	if (!json_is_utf8(value, n))
		return diag_error_at(diag, SESS_ERR_POLICY, NULL, name, "%s must be UTF-8", name);
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)value[i] < 0x20 || value[i] == 0x7f || value[i] == '"' || value[i] == '\\')
			return diag_error_at(diag, SESS_ERR_POLICY, NULL, name,
			    "%s must hold no control characters, quotes or backslashes", name);
	}
	return 0;
}

static int
check_typ(const char *typ, sess_diag *diag)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&^_.+-/";
	size_t n = strnlen(typ, SESS_TYP_MAX + 1);

	if (n < 1 || n > SESS_TYP_MAX || strspn(typ, allowed) != n)
		return diag_error_at(diag, SESS_ERR_POLICY, NULL, "typ",
		    "typ must be 1 to %d characters of a media type: letters, digits and !#$&^_.+-/", SESS_TYP_MAX);
	return 0;
}

static int
check_when_stale(const sess_policy *policy, sess_diag *diag)
{
	return check_number("revocations_when_stale", policy->revocations_when_stale, SESS_STALE_CLOSED, SESS_STALE_OPEN, diag);
}

int
sess_policy_check(const sess_policy *policy, sess_diag *diag)
{
	int rc;

	diag_clear(diag);
	if (policy == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_policy_check: policy is NULL");
	for (size_t i = 0; i < NUMBERS; i++) {
		if ((rc = check_number(numbers[i].name, get_number(policy, &numbers[i]), numbers[i].min, numbers[i].max, diag)) != 0)
			return rc;
	}
	/* Idle longer than absolute would never be reached: surely not what was meant. */
	if (policy->idle_timeout_s > policy->absolute_timeout_s)
		return check_number("idle_timeout_s", policy->idle_timeout_s, 1, policy->absolute_timeout_s, diag);
	if ((rc = check_name("issuer", policy->issuer, sizeof(policy->issuer), diag)) != 0 ||
	    (rc = check_name("audience", policy->audience, sizeof(policy->audience), diag)) != 0)
		return rc;
	if ((rc = check_typ(policy->typ, diag)) != 0)
		return rc;
	if ((rc = check_when_stale(policy, diag)) != 0 || (rc = policy_check_context(policy, diag)) != 0)
		return rc;
	return policy_cookie_check(&policy->cookie, diag);
}

static int
parse_when_stale(const json_t *doc, sess_policy *policy, sess_diag *diag)
{
	const char *value = "closed";
	size_t n = strlen(value);
	int rc;

	if ((rc = doc_get_string(doc, "revocations_when_stale", 0, SESS_ERR_POLICY, NULL, &value, &n, diag)) != 0)
		return rc;
	if (strcmp(value, "closed") != 0 && strcmp(value, "open") != 0)
		return diag_error_at(diag, SESS_ERR_POLICY, NULL, "revocations_when_stale",
		    "revocations_when_stale must be \"closed\" or \"open\"");
	policy->revocations_when_stale = strcmp(value, "open") == 0 ? SESS_STALE_OPEN : SESS_STALE_CLOSED;
	return 0;
}

static int
parse_text(const json_t *doc, const struct text *row, sess_policy *policy, sess_diag *diag)
{
	char *out = (char *)policy + row->offset;
	const char *value = out;
	size_t n = strlen(out);
	int rc;

	if ((rc = doc_get_string(doc, row->name, 0, SESS_ERR_POLICY, NULL, &value, &n, diag)) != 0)
		return rc;
	if (n >= row->room || (n == 0 && json_object_get(doc, row->name) != NULL))
		return diag_error_at(diag, SESS_ERR_POLICY, NULL, row->name, "%s must be 1 to %zu bytes long; leave it out for none",
		    row->name, row->room - 1);
	memmove(out, value, n + 1);
	return 0;
}

int
sess_policy_parse(const char *json, size_t json_len, sess_policy *ret_policy, sess_diag *diag)
{
	static const char *const known[] = { "issuer", "audience", "typ", "idle_timeout_s", "absolute_timeout_s", "leeway_s",
		"renew_after_percent", "max_token_bytes", "max_depth", "max_members", "context", "cookie",
		"revocations_max", "revocations_max_staleness_s", "revocations_when_stale",
		"watch_window_s", "watch_client_rejections", "watch_session_contexts", "watch_unknown_keys", "watch_slots", NULL };
	DOC_CLEANUP json_t *doc = NULL;
	sess_policy policy;
	sess_diag own;
	int rc;

	if (diag == NULL)
		diag = &own; /* whatever parses documents says its code there alone */
	diag_clear(diag);
	if (ret_policy == NULL || (json == NULL && json_len > 0))
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_policy_parse: a pointer is NULL");
	if (json_len > FILE_MAX)
		return diag_error(diag, SESS_ERR_POLICY, "the policy is larger than %d bytes", FILE_MAX);
	sess_policy_init(&policy);
	if ((doc = doc_parse_object(json, json_len, "the policy", SESS_ERR_POLICY, diag)) == NULL)
		return diag->code;
	if ((rc = doc_check_members(doc, known, SESS_ERR_POLICY, NULL, diag)) != 0)
		return rc;
	for (size_t i = 0; i < TEXTS; i++) {
		if ((rc = parse_text(doc, &texts[i], &policy, diag)) != 0)
			return rc;
	}
	for (size_t i = 0; i < NUMBERS; i++) {
		int64_t value = get_number(&policy, &numbers[i]);

		if ((rc = doc_get_int(doc, numbers[i].name, 0, numbers[i].min, numbers[i].max, SESS_ERR_POLICY, NULL, &value,
			 diag)) != 0)
			return rc;
		set_number(&policy, &numbers[i], value);
	}
	if ((rc = parse_when_stale(doc, &policy, diag)) != 0 || (rc = policy_parse_context(doc, &policy, diag)) != 0 ||
	    (rc = policy_cookie_parse(doc, &policy.cookie, diag)) != 0 ||
	    (rc = sess_policy_check(&policy, diag)) != 0)
		return rc;
	*ret_policy = policy;
	return 0;
}

static void
fd_cleanup(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static int
read_all(int fd, struct buf *text, sess_diag *diag)
{
	for (;;) {
		ssize_t n;

		if (buf_reserve(text, 4096) != 0)
			return diag_error(diag, SESS_ERR_MEMORY, NULL);
		n = read(fd, text->data + text->len, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return diag_error(diag, SESS_ERR_IO, "reading the policy: %s", strerror(errno));
		if (n == 0)
			return 0;
		text->len += (size_t)n;
		if (text->len > FILE_MAX)
			return diag_error(diag, SESS_ERR_POLICY, "the policy is larger than %d bytes", FILE_MAX);
	}
}

int
sess_policy_load_file(const char *path, sess_policy *ret_policy, sess_diag *diag)
{
	__attribute__((cleanup(fd_cleanup))) int fd = -1;
	BUF_CLEANUP struct buf text = { 0 };
	struct stat st;
	int rc;

	diag_clear(diag);
	if (path == NULL || ret_policy == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_policy_load_file: a pointer is NULL");
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) < 0 || fstat(fd, &st) != 0)
		return diag_error(diag, SESS_ERR_IO, "opening the policy: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return diag_error(diag, SESS_ERR_IO, "the policy is not a regular file");
	if ((rc = read_all(fd, &text, diag)) != 0)
		return rc;
	return sess_policy_parse((const char *)text.data, text.len, ret_policy, diag);
}
