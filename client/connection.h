/* SPDX-License-Identifier: Apache-2.0 */
/* connection: one Varlink connection to cmekd. Every wait has an end, but for the streams that are meant to last. */
#pragma once
#include "base/err.h"
#include "proto/proto.h"
#include "proto/proto_reply.h"
#include <stdbool.h>
#include <stdint.h>

struct json_object;

#define CONNECTION_OPEN_MS 5000 /* connect, and each write */
#define CONNECTION_FOREVER (-1) /* of connection_receive: until the peer leaves or a signal comes */

enum connection_refusal {
	CONNECTION_E_ABSENT = 1, /* nothing listens there */
	CONNECTION_E_FORBIDDEN,  /* the socket may not be opened */
	CONNECTION_E_TIMEOUT,    /* no whole reply in time */
	CONNECTION_E_CLOSED,     /* the peer left, or the connection broke */
	CONNECTION_E_PROTOCOL,   /* what came is no Varlink reply */
	CONNECTION_E_SIGNAL,     /* *stop became true */
};

struct connection {
	int fd;
	struct proto in;
	const volatile bool *stop; /* set by a signal handler; NULL: no signal ends a wait */
};
#define CONNECTION_INIT ((struct connection){.fd = -1, .in = PROTO_INIT(PROTO_REPLY_MAX)})

/* `c` is CONNECTION_INIT or closed. Refuses: ABSENT, FORBIDDEN, TIMEOUT, with `reterr_why`. Fails: negative errno. */
int connection_open(struct connection *c, const char *path, struct why *reterr_why);
/* Closes; opening again is possible. Keeps `stop`. */
void connection_close(struct connection *c);
void connection_fini(struct connection *c);

/* Sends a call; `parameters` (borrowed) may be NULL. Refuses: CLOSED, TIMEOUT. Fails: negative errno. */
int connection_call(struct connection *c, const char *method, struct json_object *parameters, bool more,
	struct why *reterr_why);

/* The next reply, at most `timeout_ms` from now, however slowly it drips. `ret_reply` borrows from the connection until
 * the next call of any of these. Refuses: TIMEOUT, CLOSED, PROTOCOL, SIGNAL. Fails: negative errno. */
int connection_receive(
	struct connection *c, int64_t timeout_ms, struct proto_reply *ret_reply, struct why *reterr_why);
