/* SPDX-License-Identifier: Apache-2.0 */
/* control_conn: one connection: reads frames, hands calls on in order, writes replies. Private to control. */
#pragma once
#include "io/control.h"
#include "io/control_socket.h"
#include "proto/proto.h"
#include "proto/proto_call.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

#define CONTROL_TURN_CALLS 64            /* of one connection in one turn of the loop */
#define CONTROL_QUEUE_HIGH (1024 * 1024) /* bytes not written: no further call of this connection is begun */

struct control_call {
	bool active; /* between its frame and its last reply */
	bool given;  /* the driver knows of it */
	uint32_t number;
	enum verb verb;
	char *text; /* owned copy of the frame; `parsed` points into it */
	struct proto_call parsed;
	control_gone_fn *gone;
	void *data;
};

struct control_conn {
	uv_pipe_t pipe;
	uv_work_t work; /* looks the peer's name up: may block */
	struct control *control;
	TAILQ_ENTRY(control_conn) link;
	struct proto in;
	struct control_peer peer;
	struct control_groups groups;
	struct control_call call;
	bool named, resolving;
	bool ready; /* to be pumped in the next turn */
	bool pumping;
	bool draining; /* reads no more; closed when all is written */
	bool closing, closed;
};

struct control {
	uv_loop_t *loop;
	struct control_config config;
	char *path; /* owned */
	struct control_socket socket;
	uv_pipe_t listener;
	uv_idle_t turn; /* active while a connection is ready */
	uv_timer_t linger;
	TAILQ_HEAD(, control_conn) conns;
	uint32_t conn_count;
	uint32_t handles; /* of its own that are not closed */
	bool stopping, ending;
	void (*closed)(void *arg);
	void *closed_arg;
	char buffer[PROTO_FEED_MAX]; /* what was just read */
};

/* Takes the next connection from the listener. */
void control_conn_accept(struct control *c);
/* Goes on with what was read; called for each ready connection once a turn. */
void control_conn_pump(struct control_conn *conn);
/* Ends it when what was queued is written; or at once. */
void control_conn_drain(struct control_conn *conn);
void control_conn_close(struct control_conn *conn);
/* Writes a reply to its call; nothing if that is oneway. The parameters are borrowed; NULL: {}. Trouble closes. */
void control_conn_reply(struct control_conn *conn, struct json_object *parameters, const char *error,
	bool continues, control_sent_fn *sent);
void control_conn_call_end(struct control_call *call);
/* To be pumped in the next turn. */
void control_conn_ready(struct control_conn *conn);

/* In control.c: */
void control_wake(struct control *c);         /* a connection is ready */
void control_accept_later(struct control *c); /* no memory just now; libuv waits for uv_accept */
void control_conn_was_freed(struct control *c);
