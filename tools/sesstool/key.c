/* SPDX-License-Identifier: MIT */
/* sesstool key: making rings, and saying what each key does. Never prints a secret. */
#include <getopt.h>
#include <string.h>

#include "tool.h"

static int
parse_form(const char *name, sess_form *ret)
{
	for (int form = SESS_FORM_NESTED; form <= SESS_FORM_SIGNED; form++) {
		if (strcmp(name, sess_form_name((sess_form)form)) == 0) {
			*ret = (sess_form)form;
			return 0;
		}
	}
	return tool_usage("--form is nested, sealed or signed");
}

static const char *
state_words(const sess_key_info *k, int64_t now, char *out, size_t room)
{
	switch (k->state) {
	case SESS_KEY_REVOKED:
		(void)snprintf(out, room, "revoked %s", tool_when(k->revoked_at, now));
		break;
	case SESS_KEY_EXPIRED:
		(void)snprintf(out, room, "expired %s; safe to prune", tool_when(k->exp, now));
		break;
	case SESS_KEY_PENDING:
		(void)snprintf(out, room, "verifies; mints from %s", tool_when(k->nbf, now));
		break;
	default:
		(void)snprintf(out, room, "%s", k->state == SESS_KEY_VERIFIES ? "verifies" : k->can_mint ? "mints now" :
		    "verifies (no private part here; its turn to mint elsewhere)");
		if (k->exp >= 0)
			(void)snprintf(out + strlen(out), room - strlen(out), ", verifies until %s, then safe to prune",
			    tool_when(k->exp, now));
		break;
	}
	return out;
}

static const char *
state_name(sess_key_state state)
{
	static const char *const names[] = { "mints", "pending", "verifies", "expired", "revoked" };

	return names[state];
}

static json_t *
key_json(const sess_key_info *k)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s*, s:I, s:I, s:s, s:b}", "kid", k->kid, "use", k->use, "alg", k->alg, "enc",
	    k->enc, "iat", (json_int_t)k->iat, "nbf", (json_int_t)k->nbf, "state", state_name(k->state), "can_mint",
	    k->can_mint);

	if (k->exp >= 0)
		json_object_set_new(o, "exp", json_integer(k->exp));
	if (k->revoked_at >= 0)
		json_object_set_new(o, "revoked_at", json_integer(k->revoked_at));
	return o;
}

static int
print_ring_json(const sess_ring *ring, int64_t now)
{
	json_t *keys = json_array();
	sess_key_info k;

	for (size_t i = 0; i < sess_ring_key_count(ring); i++) {
		if (sess_ring_key_info(ring, i, now, &k) == 0)
			json_array_append_new(keys, key_json(&k));
	}
	tool_print_json(json_pack("{s:i, s:s, s:I, s:I, s:I, s:I, s:f, s:I, s:o}", "schema", TOOL_SCHEMA, "form",
	    sess_form_name(sess_ring_form(ring)), "generation", (json_int_t)sess_ring_generation(ring), "token_life_s",
	    (json_int_t)sess_ring_token_life_s(ring), "session_life_s", (json_int_t)sess_ring_session_life_s(ring), "leeway_s",
	    (json_int_t)sess_ring_leeway_s(ring), "max_rate_per_s", sess_ring_rate_per_s(ring), "now", (json_int_t)now, "keys",
	    keys));
	return 0;
}

static int
print_ring(const sess_ring *ring, int64_t now)
{
	char words[256], alg[64];
	sess_key_info k;

	printf("%s ring, generation %lld: sessions of at most %s, idle %s, leeway %s, %g tokens a second\n",
	    sess_form_name(sess_ring_form(ring)), (long long)sess_ring_generation(ring),
	    tool_span(sess_ring_session_life_s(ring)), tool_span(sess_ring_token_life_s(ring)),
	    tool_span(sess_ring_leeway_s(ring)), sess_ring_rate_per_s(ring));
	for (size_t i = 0; i < sess_ring_key_count(ring); i++) {
		if (sess_ring_key_info(ring, i, now, &k) != 0)
			continue;
		(void)snprintf(alg, sizeof(alg), k.enc == NULL ? "%s" : "%s %s", k.alg, k.enc);
		printf("  %s%-16s%s  %-3s  %-20s  %s\n", tool_bold(stdout), k.kid, tool_plain(stdout), k.use, alg,
		    state_words(&k, now, words, sizeof(words)));
	}
	return 0;
}

static int
key_new(int argc, char **argv)
{
	static const struct option options[] = { { "form", 1, NULL, 'f' }, { "alg", 1, NULL, 'a' }, { "kw", 1, NULL, 'k' },
		{ "enc", 1, NULL, 'e' }, { "idle", 1, NULL, 'i' }, { "absolute", 1, NULL, 'b' }, { "leeway", 1, NULL, 'l' },
		{ "rate", 1, NULL, 'r' }, { "now", 1, NULL, 'n' }, { "json", 0, NULL, 'j' }, { NULL, 0, NULL, 0 } };
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	const char *now_text = NULL;
	sess_ring *ring = NULL;
	sess_diag diag;
	int64_t now;
	int c, rc, status = 0, as_json = 0;

	while (status == 0 && (c = tool_option(argc, argv, options)) != -1) {
		switch (c) {
		case 'f': status = parse_form(optarg, &spec.form); break;
		case 'a': spec.alg = optarg; break;
		case 'k': spec.kw = optarg; break;
		case 'e': spec.enc = optarg; break;
		case 'i': status = tool_duration(optarg, &spec.token_life_s); break;
		case 'b': status = tool_duration(optarg, &spec.session_life_s); break;
		case 'l': status = tool_duration(optarg, &spec.leeway_s); break;
		case 'r': status = tool_rate(optarg, &spec.rate_per_s); break;
		case 'n': now_text = optarg; break;
		case 'j': as_json = 1; break;
		default: return tool_see("key");
		}
	}
	if (status != 0 || (status = tool_now(now_text, &now)) != 0)
		return status;
	if (optind != argc - 1)
		return tool_usage("name one file for the new ring: sesstool key new RING");
	if ((rc = sess_ring_generate(&spec, now, &ring, &diag)) != 0)
		return tool_fail("making a ring", rc, &diag);
	if ((rc = sess_ring_create_file(ring, argv[optind], &diag)) != 0)
		status = tool_fail("writing the ring", rc, &diag);
	else
		status = as_json ? print_ring_json(ring, now) : print_ring(ring, now);
	sess_ring_free(ring);
	return status;
}

static int
key_list(int argc, char **argv)
{
	static const struct option options[] = { { "now", 1, NULL, 'n' }, { "json", 0, NULL, 'j' }, { NULL, 0, NULL, 0 } };
	const char *now_text = NULL;
	sess_ring *ring = NULL;
	sess_diag diag;
	int64_t now;
	int c, rc, status, as_json = 0;

	while ((c = tool_option(argc, argv, options)) != -1) {
		switch (c) {
		case 'n': now_text = optarg; break;
		case 'j': as_json = 1; break;
		default: return tool_see("key");
		}
	}
	if ((status = tool_now(now_text, &now)) != 0)
		return status;
	if (optind != argc - 1)
		return tool_usage("name one ring: sesstool key list RING");
	if ((rc = sess_ring_load_file(argv[optind], NULL, &ring, &diag)) != 0)
		return tool_fail("loading the ring", rc, &diag);
	status = as_json ? print_ring_json(ring, now) : print_ring(ring, now);
	sess_ring_free(ring);
	return status;
}

int
verb_key(int argc, char **argv)
{
	static const char *const names[] = { "new", "list", NULL };
	const char *close;

	if (argc >= 2 && strcmp(argv[1], "new") == 0)
		return key_new(argc - 1, argv + 1);
	if (argc >= 2 && strcmp(argv[1], "list") == 0)
		return key_list(argc - 1, argv + 1);
	close = argc >= 2 ? tool_closest(argv[1], names) : NULL;
	if (close != NULL)
		return tool_usage("did you mean `sesstool key %s`?", close);
	return tool_usage("sesstool key new RING, or sesstool key list RING");
}
