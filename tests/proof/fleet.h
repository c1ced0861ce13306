/* SPDX-License-Identifier: MIT */
/*
 * Tests: a fleet of processes on one ring file: its plan, and what the processes write down in memory that they share. Every
 * record is appended and never changed; nobody judges until all have ended (proof/judge.h).
 *
 * Real times are microseconds of CLOCK_MONOTONIC; the fleet's own are seconds since the epoch and run `pace` times as fast.
 */
#ifndef PROOF_FLEET_H
#define PROOF_FLEET_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include <sess/sess.h>

enum { FLEET_MINTERS = 2, FLEET_VERIFIERS = 8, FLEET_NODES = FLEET_MINTERS + FLEET_VERIFIERS };
enum { FLEET_CLIENTS = 8, FLEET_VISITS_MAX = 32768 };
enum { FLEET_TOKEN_ROOM = 1536, FLEET_KEYS_MAX = 24, FLEET_GENERATIONS_MAX = 128, FLEET_FAILURES_MAX = 4096 };

/* What is done wrong on purpose, so that the judge has something to find. */
enum fleet_plant {
	PLANT_NONE,
	PLANT_EARLY,	    /* a new key mints at once, and half the verifiers hear of it late */
	PLANT_CUT,	    /* the predecessors' exp in the file is earlier than rotation has set it; half the verifiers miss that */
	PLANT_LAX,	    /* nodes take a leeway twice as great as they should */
	PLANT_DEAF_VERIFIER, /* one verifier never reads the file again */
	PLANT_DEAF_MINTER,  /* one minter never reads the file again */
	PLANT_NO_SUCCESSOR, /* the minting key is revoked and no other takes its place */
	PLANT_EAGER	    /* verifiers mint a new token whenever they see a session */
};

struct fleet_plan {
	const char *name;
	int rotations;
	int revoke_after; /* that many rotations */
	double pace;
	int64_t idle_s, leeway_s;
	int32_t renew_percent; /* of the idle time, after which a session is renewed */
	int64_t spread_us; /* real: from the order to rotate to the moment from which any node may mint with the new key */
	int64_t poll_us, seldom_us; /* real: how often a node asks whether the file has changed; and an odd verifier */
	int64_t watch_s;   /* non-zero: odd nodes never ask and have the manager watch the file, at this interval */
	int64_t mint_us, verify_us; /* real: between two calls of one node, on the average */
	int64_t use_us; /* real: how long a new key is used at least before anything else changes */
	enum fleet_plant plant;
};

/* One token. Written by its minter alone. */
struct fleet_token {
	int64_t begin_us, end_us; /* around sess_mint() */
	int64_t now;		  /* the minter's clock as sess_mint() read it */
	int64_t exp;		  /* its claim, read back by the minter; -1: it would not verify */
	char sig[SESS_KID_MAX + 1], enc[SESS_KID_MAX + 1]; /* its keys */
	uint32_t len;
	char text[FLEET_TOKEN_ROOM];
};

/* One verification. Written by its verifier alone. */
struct fleet_sight {
	int64_t begin_us, end_us; /* around sess_verify(), with the look at the file before it */
	int64_t now;		  /* the verifier's clock as sess_verify() read it */
	int64_t exp;		  /* the claim as the session tells it; -1: refused */
	int32_t code;
	uint32_t reasons;
	uint32_t minter, token;
};

/* One request of a client that keeps a session going. Written by the verifier that has it served. */
struct fleet_visit {
	int64_t begin_us, end_us;
	int64_t now;	      /* the verifier's clock as sess_verify() read it */
	int64_t iat;	      /* of the token, where it was accepted */
	int64_t exp;	      /* that it must have */
	int32_t code;
	uint32_t reasons;
	int32_t renewed; /* where renewal was wanted: what sess_renew() said */
	int8_t wanted, signed_in; /* signed_in: there was no token, and this request has made one */
	int16_t verifier;
	char sig[SESS_KID_MAX + 1], enc[SESS_KID_MAX + 1]; /* the keys of the token that came */
};

/* Whoever holds `busy` serves the client; the rest is what the client holds in its hand. */
struct fleet_client {
	atomic_flag busy;
	uint32_t len; /* 0: no token */
	char text[FLEET_TOKEN_ROOM];
	char sig[SESS_KID_MAX + 1], enc[SESS_KID_MAX + 1];
	int64_t exp;
};

/* A mint that failed. */
struct fleet_failure {
	int64_t begin_us, end_us;
	int32_t code;
};

struct fleet_reload {
	int64_t generation, at_us;
};

struct fleet_node {
	int64_t skew_s;
	int64_t poll_us;
	int64_t learns_us; /* real: so long after a write the node must know of it */
	int watches;	   /* leaves the looking to its manager */
	int deaf;	   /* has a ring, not a file */
	atomic_int ready;
	atomic_size_t reloads, ring_refused; /* events */
	atomic_size_t lost; /* records for which there was no room */
	struct fleet_reload reload[FLEET_GENERATIONS_MAX];
};

struct fleet_key {
	char kid[SESS_KID_MAX + 1], alg[16];
	char use; /* 's' or 'e' */
	int64_t nbf, exp, revoked_at; /* -1: none */
};

enum fleet_deed { DEED_BEGIN, DEED_ROTATE, DEED_REVOKE, DEED_PRUNE };

/* One state of the file, read back from it after the write. */
struct fleet_generation {
	enum fleet_deed deed;
	int64_t begin_us, end_us; /* around the write */
	int64_t generation;
	int count;
	struct fleet_key key[FLEET_KEYS_MAX];
};

struct fleet {
	struct fleet_plan plan;
	char path[256]; /* of the ring file */
	int64_t start_us;
	atomic_int minting, verifying; /* cleared when that is to end */
	struct fleet_node node[FLEET_NODES]; /* minters first */
	atomic_size_t tokens[FLEET_MINTERS], sights[FLEET_VERIFIERS], failures[FLEET_MINTERS], generations;
	size_t tokens_max, sights_max; /* of one node */
	struct fleet_token *token[FLEET_MINTERS];
	struct fleet_sight *sight[FLEET_VERIFIERS];
	struct fleet_client client[FLEET_CLIENTS];
	atomic_size_t visits[FLEET_CLIENTS];
	struct fleet_visit *visit[FLEET_CLIENTS];
	struct fleet_failure failure[FLEET_MINTERS][FLEET_FAILURES_MAX];
	struct fleet_generation generation[FLEET_GENERATIONS_MAX];
	char complaint[384]; /* of the operator, where a change of the file failed */
};

/* Shared memory for a plan, with clocks and habits of each node set; NULL when there is none. */
struct fleet *fleet_new(const struct fleet_plan *plan, const char *path);
void fleet_free(struct fleet *f);

int64_t fleet_epoch(void); /* what an unskewed clock shows at the start */
int64_t fleet_real_us(void);
/* The clock of somebody whose clock is skewed so, at a moment. */
int64_t fleet_clock_at(const struct fleet *f, int64_t real_us, int64_t skew_s);
/* The first moment at which such a clock shows `time`. */
int64_t fleet_moment_of(const struct fleet *f, int64_t time, int64_t skew_s);
void fleet_pause_us(int64_t us);

/* Reads the kid of a token's outer header; "" where there is none. */
void fleet_read_enc_kid(const char *text, size_t len, char ret[SESS_KID_MAX + 1]);
/* One request of a client to a verifier, which last had the chance to look at the file at begin_us. *now and kid are what the
 * manager's events fill. */
void fleet_serve(struct fleet *f, int verifier, int64_t begin_us, sess_manager *manager, int client, const int64_t *now,
    const char *kid);

/* The lives of the processes; each returns its exit status. */
int fleet_minter(struct fleet *f, int number);
int fleet_verifier(struct fleet *f, int number);
int fleet_operator(struct fleet *f);

/* As fork(). A child that nobody waits for any more ends as well, and none lives for ever. */
pid_t fleet_fork(void);
/* Runs the whole fleet. 0: every process ended by itself and well; else the number of those that did not. */
int fleet_run(struct fleet *f);

#endif
