/* SPDX-License-Identifier: MIT */
/* The demo's command line. Knows no session. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "demo.h"

static const char help[] =
    "sess-demo: a shop whose only state is in its customers' cookies. It listens on 127.0.0.1 alone.\n"
    "  --port N             default 8443\n"
    "  --ring FILE          the ring of keys; made if it is not there (default demo-ring.jwks)\n"
    "  --policy FILE        lifetimes and the cookie; default: 15 min idle, 8 h in all, up to 4 cookies\n"
    "  --revocations URI    where logouts are remembered (default memory:; lmdb:PATH is shared by instances)\n"
    "  --origin ORIGIN      one more origin that may post forms, of a proxy in front; repeatable\n"
    "  --instance NAME      shown on each page\n"
    "  --clock-speed N      a clock that runs N times as fast; --clock-base SECONDS: from then on\n"
    "  --cert FILE --key FILE   PEM; without them a self-signed certificate is made for this run\n"
    "  --plain              no TLS, for a proxy on this host that has it\n";

static int
complain(const char *what)
{
	fprintf(stderr, "sess-demo: %s; see --help\n", what);
	return 2;
}

static int
check(const struct demo_options *o)
{
	if (o->port < 1 || o->port > 65535)
		return complain("--port must be 1 to 65535");
	if (!(o->speed >= 1 && o->speed <= 100000))
		return complain("--clock-speed must be 1 to 100000");
	if ((o->cert == NULL) != (o->key == NULL))
		return complain("--cert and --key go together");
	if (o->plain && o->cert != NULL)
		return complain("--plain has no use for a certificate");
	return 0;
}

int
options_parse(int argc, char **argv, struct demo_options *o)
{
	static const struct option options[] = { { "port", 1, NULL, 'P' }, { "ring", 1, NULL, 'r' }, { "policy", 1, NULL, 'p' },
		{ "revocations", 1, NULL, 'v' }, { "origin", 1, NULL, 'o' }, { "instance", 1, NULL, 'i' },
		{ "clock-speed", 1, NULL, 's' }, { "clock-base", 1, NULL, 'b' }, { "cert", 1, NULL, 'c' }, { "key", 1, NULL, 'k' },
		{ "plain", 0, NULL, 'n' }, { "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	int c;

	*o = (struct demo_options){ .ring = "demo-ring.jwks", .revocations = "memory:", .instance = "one", .port = 8443,
		.speed = 1, .clock_base = time(NULL) };
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'P': o->port = atoi(optarg); break;
		case 'r': o->ring = optarg; break;
		case 'p': o->policy = optarg; break;
		case 'v': o->revocations = optarg; break;
		case 'i': o->instance = optarg; break;
		case 's': o->speed = strtod(optarg, NULL); break;
		case 'b': o->clock_base = strtoll(optarg, NULL, 10); break;
		case 'c': o->cert = optarg; break;
		case 'k': o->key = optarg; break;
		case 'n': o->plain = 1; break;
		case 'o':
			if (o->origin_count == DEMO_ORIGINS_MAX - 2 || strlen(optarg) > 127)
				return complain("--origin: too many, or too long");
			o->origin[o->origin_count++] = optarg;
			break;
		case 'h': fputs(help, stdout); exit(0);
		default: return complain("unknown option");
		}
	}
	return optind == argc ? check(o) : complain("options only");
}
