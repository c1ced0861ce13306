/* SPDX-License-Identifier: MIT */
/* sesstool bench: the token that is timed, minted or read, checked, and spoilt. Prints nothing of it. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define SUBJECT "bench"
#define PAD_MEMBERS 64
#define PAD_EACH 48 /* bytes of a member, where that many are enough */
#define PAD_AROUND 9 /* bytes of ,"p00":"" */

static const char session[] = "{\"name\":\"Ada Lovelace\",\"roles\":[\"customer\",\"reviewer\"],\"cart\":{\"n\":2,\"total\":129.95},"
    "\"tenant\":4711,\"plan\":\"pro\",\"locale\":\"en-GB\"}";

static int
no_memory(void)
{
	return tool_usage("out of memory"), TOOL_EXIT_INTERNAL;
}

static int
copy(const char *data, size_t len, struct tool_text *ret)
{
	if ((ret->data = malloc(len + 1)) == NULL)
		return no_memory();
	memcpy(ret->data, data, len);
	ret->data[len] = '\0';
	ret->len = len;
	return 0;
}

static int
mint(struct bench *b)
{
	char *token = NULL;
	size_t len = 0;
	sess_diag diag;
	int rc, status;

	if ((rc = sess_mint(b->manager, SUBJECT, b->claims.data, b->claims.len, NULL, &token, &len, &diag)) != 0) {
		status = tool_fail("minting", rc, &diag);
		if (rc == SESS_ERR_RING_NO_KEY)
			fputs("  or        give a token to verify: sesstool bench --ring RING TOKEN\n", stderr);
		return status;
	}
	b->minted++;
	b->can_mint = 1;
	tool_text_done(&b->token);
	status = copy(token, len, &b->token);
	sess_token_free(token);
	return status;
}

static int
check(struct bench *b)
{
	sess_diag diag;
	int rc;

	sess_session_free(b->session);
	b->session = NULL;
	rc = sess_verify(b->manager, b->token.data, b->token.len, NULL, &b->session, &diag);
	if (rc == SESS_ERR_REJECTED)
		return tool_refuse(&diag, sess_manager_policy(b->manager), b->start, b->as_json);
	if (rc != 0)
		return tool_fail("verifying", rc, &diag);
	(void)sess_session_claims_json(b->session, &b->payload_len);
	return 0;
}

/* Members that make a payload longer by `bytes`: many of a session's size, or as many as there may be of a greater one. */
static void
write_pad(FILE *out, size_t bytes)
{
	size_t members = bytes / PAD_EACH + 1 > PAD_MEMBERS ? PAD_MEMBERS : bytes / PAD_EACH + 1;

	fputc('{', out);
	for (size_t i = 0; i < members && bytes > PAD_AROUND; i++) {
		size_t each = bytes / (members - i) > PAD_AROUND ? bytes / (members - i) : bytes;

		fprintf(out, "%s\"p%02zu\":\"", i == 0 ? "" : ",", i);
		for (size_t n = PAD_AROUND; n < each; n++)
			fputc('a' + (int)(n % 26), out);
		fputc('"', out);
		bytes -= each;
	}
	fputc('}', out);
}

/* What the library's own claims take is measured: it depends on the policy. */
static int
pad(struct bench *b, size_t bytes)
{
	FILE *out;
	int status;

	if ((status = mint(b)) != 0 || (status = check(b)) != 0 || bytes <= b->payload_len)
		return status;
	if ((out = open_memstream(&b->claims.data, &b->claims.len)) == NULL)
		return no_memory();
	write_pad(out, bytes - b->payload_len);
	return fclose(out) == 0 ? 0 : no_memory();
}

static int
make(struct bench *b, const struct bench_source *from)
{
	int status;

	if (from->claims != NULL)
		status = tool_claims(from->claims, NULL, 0, &b->claims);
	else if (from->bytes > 0)
		status = pad(b, from->bytes);
	else
		status = copy(session, sizeof(session) - 1, &b->claims);
	return status != 0 ? status : mint(b);
}

/* Whether the ring mints is found by minting: a ring says of each key what it may do, but not of all together. */
static int
probe(struct bench *b)
{
	char *token = NULL;
	size_t len = 0;
	sess_diag diag;
	int rc = sess_mint(b->manager, NULL, NULL, 0, NULL, &token, &len, &diag);

	sess_token_free(token);
	b->can_mint = rc == 0;
	b->minted += rc == 0;
	return rc == 0 || rc == SESS_ERR_RING_NO_KEY ? 0 : tool_fail("minting", rc, &diag);
}

/* One character of the last part, and not its last one, some of whose bits must be zero. */
static int
spoil(struct bench *b)
{
	char *at;
	int status;

	if ((status = copy(b->token.data, b->token.len, &b->changed)) != 0 || (status = copy(b->token.data, b->token.len, &b->junk)) != 0)
		return status;
	at = b->changed.data + b->changed.len - 3;
	*at = *at == 'A' ? 'B' : 'A';
	memset(b->junk.data, 'A', b->junk.len);
	return 0;
}

int
bench_token(struct bench *b, const struct bench_source *from)
{
	int status;

	b->is_given = from->operand != NULL;
	status = b->is_given ? tool_read_token(from->operand, &b->token) : make(b, from);
	if (status != 0 || (status = check(b)) != 0 || (b->is_given && (status = probe(b)) != 0))
		return status;
	return spoil(b);
}
