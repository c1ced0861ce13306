/* SPDX-License-Identifier: MIT */
/* The demo's one manager: ring, policy, revocations, clock. Answers no request. */
#include <string.h>
#include <time.h>

#include "demo.h"

static const char default_policy[] =
    "{\"issuer\":\"https://"
    "tea.example\",\"audience\":\"tea.example\",\"idle_timeout_s\":900,\"absolute_timeout_s\":28800,"
    "\"leeway_s\":10,\"max_token_bytes\":16384,"
    "\"cookie\":{\"name\":\"tea\",\"max_chunks\":4,\"max_header_bytes\":32768}}";

static int
complain(const char *doing, const sess_diag *diag)
{
	fprintf(stderr, "sess-demo: %s: %s\n", doing, diag->message);
	return sess_exit_status(diag->code, diag->reasons);
}

int
demo_clock_now(void *arg, int64_t *ret_now)
{
	const struct demo_clock *clock = arg;
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	*ret_now = clock->base +
	    (int64_t)(((double)(now.tv_sec - clock->base) + (double)now.tv_nsec / 1e9) * clock->speed);
	return 0;
}

/* The ring, made where there is none; another instance may be making it at the same time. */
static int
ensure_ring(const char *path, const sess_policy *policy, int64_t now, sess_diag *diag)
{
	sess_ring_spec spec = SESS_RING_SPEC_INIT;
	sess_ring *ring = NULL;
	int rc = sess_ring_load_file(path, NULL, &ring, diag);

	if (rc == SESS_ERR_IO) {
		spec.token_life_s = policy->idle_timeout_s;
		spec.session_life_s = policy->absolute_timeout_s;
		spec.leeway_s = policy->leeway_s;
		if ((rc = sess_ring_generate(&spec, now, &ring, diag)) == 0)
			rc = sess_ring_create_file(ring, path, diag);
		rc = rc == SESS_ERR_EXISTS ? 0 : rc;
	}
	sess_ring_free(ring);
	return rc;
}

static void
set_origins(const struct demo_options *o, struct demo *d)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1" };

	for (size_t i = 0; i < 2; i++)
		(void)snprintf(d->origin[d->origin_count++], sizeof(d->origin[0]), "%s://%s:%d",
		    o->plain ? "http" : "https", hosts[i], o->port);
	for (size_t i = 0; i < o->origin_count; i++)
		(void)snprintf(d->origin[d->origin_count++], sizeof(d->origin[0]), "%s", o->origin[i]);
}

int
service_start(const struct demo_options *o, struct demo *d)
{
	sess_config config = SESS_CONFIG_INIT;
	sess_policy policy;
	sess_diag diag;
	int64_t now = 0;
	int rc;

	*d = (struct demo){ .clock = { o->clock_base, o->speed }, .instance = o->instance };
	set_origins(o, d);
	(void)demo_clock_now(&d->clock, &now);
	rc = o->policy != NULL ? sess_policy_load_file(o->policy, &policy, &diag) :
				 sess_policy_parse(default_policy, sizeof(default_policy) - 1, &policy, &diag);
	if (rc != 0)
		return complain("the policy", &diag);
	if (ensure_ring(o->ring, &policy, now, &diag) != 0)
		return complain("the ring", &diag);
	config.ring_path = o->ring;
	config.policy = &policy;
	config.revocations = o->revocations;
	config.clock = demo_clock_now;
	config.clock_arg = &d->clock;
	config.watch_interval_s = 5;
	return sess_manager_new(&config, &d->manager, &diag) == 0 ? 0 : complain("starting", &diag);
}

void
service_stop(struct demo *d)
{
	sess_manager_free(d->manager);
}
