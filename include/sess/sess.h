/* SPDX-License-Identifier: MIT */
/* libsess: stateless session tokens. This header includes all others but sess/jansson.h. */
#ifndef SESS_SESS_H
#define SESS_SESS_H

#include <sess/context.h>
#include <sess/cookie.h>
#include <sess/error.h>
#include <sess/event.h>
#include <sess/foreign.h>
#include <sess/inspect.h>
#include <sess/manager.h>
#include <sess/metrics.h>
#include <sess/policy.h>
#include <sess/protection.h>
#include <sess/raw.h>
#include <sess/revocation.h>
#include <sess/ring.h>
#include <sess/rotation.h>
#include <sess/session.h>
#include <sess/watch.h>

#endif
