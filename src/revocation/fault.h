/* SPDX-License-Identifier: MIT */
/* L5: what may be wrong with a store that is reached over a network: a word for events, and words for people. */
#ifndef REVOCATION_FAULT_H
#define REVOCATION_FAULT_H

#include <stddef.h>

/* X(name, words) */
#define FAULT_TABLE(X)                                                                                          \
	X(NONE, "nothing")                                                                                      \
	X(UNREACHABLE, "the server cannot be reached: is it running, and are host and port right?")             \
	X(TIMEOUT, "the server does not answer in time")                                                        \
	X(CLOSED, "the server has closed the connection")                                                       \
	X(GARBAGE, "what answers does not speak the protocol of Redis")                                         \
	X(TOO_LARGE, "a reply is larger than any that was asked for")                                           \
	X(DENIED, "the server denies access: user, password or the user's permissions are wrong")               \
	X(LOADING, "the server is still loading its data")                                                      \
	X(READONLY, "the server is a replica and takes no writes: name the master")                             \
	X(OOM, "the server has no memory left for writes")                                                      \
	X(MOVED, "the server belongs to a cluster and keeps this key on another node: name that one")           \
	X(NO_WRITES, "the server takes no writes: it cannot save them, or has too few replicas")                \
	X(ERROR, "the server answers with an error: Redis 6.2 or later, or Valkey, is needed")                  \
	X(EMPTIED, "the server has lost its log")                                                               \
	X(MEMORY, "this process has no memory left")

enum fault {
#define FAULT_X(name, words) FAULT_##name,
	FAULT_TABLE(FAULT_X)
#undef FAULT_X
};

const char *fault_name(enum fault fault);
const char *fault_words(enum fault fault);
/* Of an error reply's text. */
enum fault fault_of_error(const char *text, size_t len);

#endif
