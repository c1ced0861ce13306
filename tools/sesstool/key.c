/* SPDX-License-Identifier: MIT */
/* sesstool key: the sub-verbs, and making rings. Never prints a secret. */
#include <getopt.h>
#include <string.h>

#include "key.h"

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

/* So that it never lies in plain text. */
static int
protect(struct tool_ring *to, sess_ring **ring)
{
	sess_ring *protected = NULL;
	sess_diag diag;
	int rc, status;

	if (!tool_secret_is_given(&to->secret))
		return 0;
	if ((status = tool_protection(&to->secret, 1, 0, &to->access.protection)) != 0)
		return status;
	if ((rc = sess_ring_protect(*ring, to->access.protection, &protected, &diag)) != 0)
		return tool_fail("encrypting the ring", rc, &diag);
	sess_ring_free(*ring);
	*ring = protected;
	return 0;
}

static int
key_new(int argc, char **argv)
{
	static const struct option options[] = { { "form", 1, NULL, 'f' }, { "alg", 1, NULL, 'a' }, { "kw", 1, NULL, 'k' },
		{ "enc", 1, NULL, 'e' }, { "idle", 1, NULL, 'i' }, { "absolute", 1, NULL, 'b' }, { "leeway", 1, NULL, 'l' },
		{ "rate", 1, NULL, 'r' }, { "key-life", 1, NULL, 'g' }, { "now", 1, NULL, 'n' }, { "json", 0, NULL, 'j' },
		TOOL_RING_OPTIONS, { NULL, 0, NULL, 0 } };
	TOOL_RING_CLEANUP struct tool_ring to = TOOL_RING_NONE;
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
		case 'g': status = tool_duration(optarg, &spec.key_life_s); break;
		case 'n': now_text = optarg; break;
		case 'j': as_json = 1; break;
		default:
			if (!tool_ring_option(&to, c, optarg, &status))
				return tool_see("key new");
		}
	}
	if (status != 0 || (status = tool_now(now_text, &now)) != 0)
		return status;
	if (optind != argc - 1)
		return tool_usage("name one file for the new ring: sesstool key new RING");
	if ((rc = sess_ring_generate(&spec, now, &ring, &diag)) != 0)
		return tool_fail("making a ring", rc, &diag);
	if ((status = protect(&to, &ring)) == 0 && (rc = sess_ring_create_file(ring, argv[optind], &diag)) != 0)
		status = tool_fail("writing the ring", rc, &diag);
	if (status == 0)
		status = key_show(ring, now, 0, as_json);
	sess_ring_free(ring);
	return status;
}

int
verb_key(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} verbs[] = { { "new", key_new }, { "list", key_list }, { "rotate", key_rotate }, { "revoke", key_revoke },
		{ "prune", key_prune }, { "export", key_export }, { "encrypt", key_encrypt },
		{ "decrypt", key_decrypt } };
	const char *names[sizeof(verbs) / sizeof(verbs[0]) + 1] = { NULL };
	const char *close;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (argc >= 2 && strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
		names[i] = verbs[i].name;
	}
	close = argc >= 2 ? tool_closest(argv[1], names) : NULL;
	if (close != NULL)
		return tool_usage("there is no such word here; did you mean `sesstool key %s`?", close);
	return tool_usage("what of the key ring? new, list, rotate, revoke, prune, export, encrypt or decrypt RING; see `sesstool help key`");
}
