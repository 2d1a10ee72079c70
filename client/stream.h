/* SPDX-License-Identifier: Apache-2.0 */
/* stream: the replies of a call that is meant to last, over restarts of cmekd, until a signal ends it. */
#pragma once
#include "arena.h"
#include "session.h"
#include "view.h"
#include <signal.h>
#include <stdbool.h>

#define STREAM_RECONNECT_MS (60 * 1000) /* how long a cmekd that went away is waited for */

/* Beside exit codes, of which the trouble was shown: */
enum stream_end {
	STREAM_LEFT = -1,    /* Ctrl-C, SIGTERM */
	STREAM_RESIZED = -2, /* the terminal has another size; only of a stream that wants to know */
	STREAM_LATE = -3,    /* nothing came in the time given */
};

struct stream {
	struct session *s;
	enum verb verb;
	const char *project; /* "": none */
	/* Before anything is said to people (may be NULL): the screen must be one where it can be read. */
	void (*speak)(void *arg);
	void *arg;
	bool begun;    /* the call was sent, and goes on */
	bool received; /* a reply came since the beginning */
	bool told;     /* that the connection is lost */
	int code;      /* with which it is over */
	struct sigaction before[6];
	sigset_t mask;
};

/* Signals end waits from here on, and only those. */
void stream_init(struct stream *st, struct session *s, enum verb verb, const char *project);
void stream_fini(struct stream *st);

/* The next reply, read as `kind` into `arena`, which is emptied first; waits `timeout_ms`, or CONNECTION_FOREVER. Gives 0, an
 * exit code, or enum stream_end. */
int stream_next(
	struct stream *st, struct arena *arena, enum view_kind kind, void *ret_view, int64_t timeout_ms);
/* Calls again at the next: what a reply tells of time is as of then. */
void stream_again(struct stream *st);
