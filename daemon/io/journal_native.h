/* SPDX-License-Identifier: Apache-2.0 */
/* journal_native: lines to journald in its own protocol (systemd's "Native Journal Protocol"), over a socket that never blocks.
 * sd_journal_sendv() waits while journald hangs and its queue is full, which others fill too; a daemon that waits there watches nothing
 * and pauses nothing. What is not taken waits in memory, in order, and is sent when it will be taken. */
#pragma once
#include "base/buf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_NATIVE_SOCKET        "/run/systemd/journal/socket"
#define JOURNAL_NATIVE_LINE_BYTES    65536 /* of one line; a longer one is refused */
#define JOURNAL_NATIVE_WAITING_MAX   4096  /* lines that wait; then the oldest is given up */
#define JOURNAL_NATIVE_WAITING_BYTES (8 * 1024 * 1024)

struct journal_native_line {
	char *data; /* owned */
	size_t len;
};
struct journal_native {
	int fd;                            /* -1: none */
	char path[108];                    /* of journald's socket */
	struct journal_native_line *lines; /* owned: a ring; NULL while nothing waits */
	uint32_t first, count;
	size_t bytes;
	uint32_t lost; /* given up since it was told last */
};
#define JOURNAL_NATIVE_INIT ((struct journal_native){.fd = -1})

/* The socket is made at the first line. */
void journal_native_init(struct journal_native *n, const char *path);
/* What waits is tried once more, and is lost then. */
void journal_native_fini(struct journal_native *n);

/* Adds a field to a line; `value` may hold any byte but NUL. */
void journal_native_add(struct buf *line, const char *field, const char *value);
/* True: taken, or waits. False: there is no journald, or no memory: it is to be told elsewhere. */
bool journal_native_send(struct journal_native *n, const struct buf *line);
/* Sends of what waits as much as is taken; to be called every second or so. Returns how many lines were lost since the last call, once
 * nothing waits any more. */
uint32_t journal_native_flush(struct journal_native *n);
