/* SPDX-License-Identifier: Apache-2.0 */
/* fake_daemon: a thread that speaks Varlink on a socket in a directory of its own, with canned replies. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* What one call of `method` is answered with. */
struct canned {
	const char *method; /* without "io.cmekd." unless it holds a dot */
	const char *reply;  /* bytes; a NUL is sent after it unless `raw` */
	size_t raw_bytes;   /* not 0: send this many bytes as they are, close then */
	bool close;         /* close the connection instead of (or after) answering */
	bool silent;        /* never answer */
};

struct fake_daemon;

/* `canned` (borrowed) ends with a row without a method. Each call takes the first row of its method that was not used;
 * the last row of a method is used again and again. A reply with "continues":true is followed at once by the next row
 * of that method, as a stream. */
struct fake_daemon *fake_daemon_start(const struct canned *canned);
const char *fake_daemon_socket(const struct fake_daemon *d);
/* Calls so far, one a line, as they came. */
const char *fake_daemon_calls(struct fake_daemon *d);
void fake_daemon_stop(struct fake_daemon *d);
