/* SPDX-License-Identifier: MIT */
/* L6: what every way to a new session shares with sess_mint(). */
#ifndef SESSION_MINT_H
#define SESSION_MINT_H

#include "session/manager.h"
#include "token/mint.h"

/* The events of a session that was started. */
void session_started(const sess_manager *m, struct work *w, const struct mint_request *req, const struct minted *minted);

#endif
