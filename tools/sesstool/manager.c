/* SPDX-License-Identifier: MIT */
/* sesstool: a manager from the options that several verbs have in common. */
#include "tool.h"

int
tool_manager(struct tool_ring *from, const char *policy_path, const int64_t *now, sess_manager **ret)
{
	static int64_t fixed;
	sess_config config = SESS_CONFIG_INIT;
	sess_ring *ring = NULL;
	sess_policy policy;
	sess_diag diag;
	int rc, status;

	if (from->path == NULL)
		return tool_usage("--ring is missing; `sesstool key new RING` makes one");
	if ((status = tool_ring_load(from, &ring)) != 0)
		return status;
	fixed = *now;
	config.ring = ring;
	config.clock = tool_fixed_clock;
	config.clock_arg = &fixed;
	config.policy_path = policy_path;
	if (policy_path == NULL) {
		/* Without a file: the ring says how long its sessions live. */
		sess_policy_init(&policy);
		policy.idle_timeout_s = sess_ring_token_life_s(ring);
		policy.absolute_timeout_s = sess_ring_session_life_s(ring);
		policy.leeway_s = sess_ring_leeway_s(ring);
		config.policy = &policy;
	}
	rc = sess_manager_new(&config, ret, &diag);
	sess_ring_free(ring);
	return rc == 0 ? 0 : tool_fail("ring and policy", rc, &diag);
}
