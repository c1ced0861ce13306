/* SPDX-License-Identifier: MIT */
/* The demo's daemon: four threads that share one manager, on loopback alone, until SIGINT or SIGTERM. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "demo.h"

#define THREADS 4
#define MEMORY_PER_CONNECTION 131072 /* a request's headers must fit, cookies in chunks and all */

static char *
read_pem(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = calloc(1, 65536);
	size_t n = in == NULL || text == NULL ? 0 : fread(text, 1, 65535, in);

	if (n == 0) {
		fprintf(stderr, "sess-demo: %s: %s\n", path, strerror(errno));
		free(text);
		text = NULL;
	}
	if (in != NULL)
		(void)fclose(in);
	return text;
}

static void
collect(struct request *r, const char *data, size_t n)
{
	if (n > DEMO_BODY_MAX - r->body_len) {
		r->too_large = 1;
		return;
	}
	memcpy(r->body + r->body_len, data, n);
	r->body_len += n;
	r->body[r->body_len] = '\0';
}

/* Called once when the headers are there, for each piece of a body, and once more at the end. */
static enum MHD_Result
on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
    const char *data, size_t *data_len, void **state)
{
	struct request *r = *state;

	(void)version;
	if (r == NULL) {
		if ((r = calloc(1, sizeof(*r))) == NULL)
			return MHD_NO;
		r->demo = arg;
		r->connection = connection;
		r->path = url;
		*state = r;
		return MHD_YES;
	}
	if (*data_len > 0) {
		collect(r, data, *data_len);
		*data_len = 0;
		return MHD_YES;
	}
	return routes_answer(r, method);
}

static void
on_done(void *arg, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why)
{
	struct request *r = *state;

	(void)arg;
	(void)connection;
	(void)why;
	if (r != NULL)
		session_close(r);
	free(r);
	*state = NULL;
}

static struct MHD_Daemon *
listen_on(const struct demo_options *o, struct demo *demo, const char *cert, const char *key)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)o->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
	const struct MHD_OptionItem tls[] = { { MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)cert },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key }, { MHD_OPTION_END, 0, NULL } };
	const struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };

	return MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | (o->plain ? 0u : MHD_USE_TLS), (uint16_t)o->port,
	    NULL, NULL, on_request, demo, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
	    MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS, MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL,
	    MHD_OPTION_CONNECTION_TIMEOUT, 30u, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_PER_CONNECTION,
	    MHD_OPTION_ARRAY, o->plain ? none : tls, MHD_OPTION_END);
}

static int
serve(const struct demo_options *o, struct demo *demo, const sigset_t *stop)
{
	char *cert = NULL, *key = NULL;
	struct MHD_Daemon *daemon = NULL;
	int status = 1, which;

	if (o->cert != NULL) {
		cert = read_pem(o->cert);
		key = read_pem(o->key);
	} else if (!o->plain) {
		(void)certificate_make(&cert, &key);
	}
	if (o->plain || (cert != NULL && key != NULL))
		daemon = listen_on(o, demo, cert, key);
	if (daemon != NULL) {
		printf("sess-demo: %s://localhost:%d/\n", o->plain ? "http" : "https", o->port);
		(void)fflush(stdout);
		(void)sigwait(stop, &which);
		MHD_stop_daemon(daemon);
		status = 0;
	} else {
		fprintf(stderr,
		    "sess-demo: cannot listen on 127.0.0.1:%d; is another program there? --port N chooses another\n",
		    o->port);
	}
	if (key != NULL)
		explicit_bzero(key, strlen(key));
	free(cert);
	free(key);
	return status;
}

int
main(int argc, char **argv)
{
	struct demo_options options;
	struct demo demo;
	sigset_t stop;
	int status;

	if ((status = options_parse(argc, argv, &options)) != 0)
		return status;
	/* Before any thread is made: all of them leave these signals to sigwait(). */
	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGINT);
	(void)sigaddset(&stop, SIGTERM);
	(void)pthread_sigmask(SIG_BLOCK, &stop, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	if ((status = service_start(&options, &demo)) != 0)
		return status;
	status = serve(&options, &demo, &stop);
	service_stop(&demo);
	return status;
}
