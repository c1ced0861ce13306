/* SPDX-License-Identifier: MIT */
/* sesstool: a manager from the options that several verbs have in common. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tool.h"

#define SUFFIX ".revocations"

int
tool_store(const struct tool_ring *from, char **ret)
{
	static const char scheme[] = "lmdb:";
	size_t room = sizeof(scheme) + strlen(from->path) + sizeof(SUFFIX);
	struct stat st;

	*ret = NULL;
	if (from->store == NULL && strncmp(from->path, "fd:", 3) == 0)
		return from->makes_store ? tool_usage("--store is missing: a ring from a descriptor has no folder beside it") : 0;
	if ((*ret = from->store != NULL ? strdup(from->store) : malloc(room)) == NULL) {
		tool_fold(stderr, "sesstool: out of memory\n");
		return TOOL_EXIT_INTERNAL;
	}
	if (from->store != NULL)
		return 0;
	(void)snprintf(*ret, room, "%s%s%s", scheme, from->path, SUFFIX);
	if (!from->makes_store && stat(*ret + sizeof(scheme) - 1, &st) != 0) {
		free(*ret);
		*ret = NULL;
	}
	return 0;
}

int
tool_policy(const sess_ring *ring, const char *policy_path, sess_policy *ret)
{
	sess_diag diag;
	int rc;

	sess_policy_init(ret);
	if (policy_path != NULL) {
		rc = sess_policy_load_file(policy_path, ret, &diag);
		return rc == 0 ? 0 : tool_fail("the policy", rc, &diag);
	}
	ret->idle_timeout_s = sess_ring_token_life_s(ring);
	ret->absolute_timeout_s = sess_ring_session_life_s(ring);
	ret->leeway_s = sess_ring_leeway_s(ring);
	return 0;
}

int
tool_manager_with(const struct tool_ring *from, sess_ring *ring, const sess_policy *policy, sess_clock_fn *clock, void *clock_arg,
    sess_manager **ret)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_diag diag;
	char *store = NULL;
	int rc, status;

	if ((status = tool_store(from, &store)) != 0)
		return status;
	config.revocations = store;
	config.revocations_auth_path = from->store_auth;
	config.ring = ring;
	config.clock = clock;
	config.clock_arg = clock_arg;
	config.policy = policy;
	rc = sess_manager_new(&config, ret, &diag);
	free(store);
	return rc == 0 ? 0 : tool_fail(rc == SESS_ERR_STORE ? "opening the store" : "ring and policy", rc, &diag);
}

int
tool_manager_of(const struct tool_ring *from, sess_ring *ring, const char *policy_path, sess_clock_fn *clock, void *clock_arg,
    sess_manager **ret)
{
	sess_policy policy;
	int status = tool_policy(ring, policy_path, &policy);

	return status != 0 ? status : tool_manager_with(from, ring, &policy, clock, clock_arg, ret);
}

int
tool_manager(struct tool_ring *from, const char *policy_path, const int64_t *now, sess_manager **ret)
{
	static int64_t fixed;
	sess_ring *ring = NULL;
	int status;

	if (from->path == NULL)
		return tool_usage("--ring is missing; `sesstool key new RING` makes one");
	if ((status = tool_ring_load(from, &ring)) != 0)
		return status;
	fixed = *now;
	status = tool_manager_of(from, ring, policy_path, tool_fixed_clock, &fixed, ret);
	sess_ring_free(ring);
	return status;
}
