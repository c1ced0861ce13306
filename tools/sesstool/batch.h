/* SPDX-License-Identifier: MIT */
/* sesstool verify --batch: many tokens under one manager. */
#ifndef SESSTOOL_BATCH_H
#define SESSTOOL_BATCH_H

#include "tool.h"

struct batch {
	sess_manager *manager;
	const sess_verify_opts *opts;
	int64_t now;
};

/* Tokens from a file, or stdin (NULL or "-"), one a line. The greatest exit status of all. */
int batch_verify(const struct batch *batch, const char *path);

#endif
