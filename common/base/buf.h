/* SPDX-License-Identifier: Apache-2.0 */
/* buf: a growing byte buffer with a named limit. The first trouble sticks; ask once at the end. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;       /* NUL-terminated whenever not NULL; owned */
	size_t len, size; /* bytes used (without the NUL), bytes allocated */
	size_t max_bytes; /* `len` never exceeds it */
	int trouble;      /* 0, -ENOMEM, or -EMSGSIZE when max_bytes was met; later appends do nothing */
};

#define BUF_INIT(max) ((struct buf){.max_bytes = (max)})

void buf_fini(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory, forgets contents and trouble */
void buf_append(struct buf *b, const void *bytes, size_t len);
void buf_add(struct buf *b, const char *text); /* a C string */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends `text` as a JSON string with its quotes; bytes that are no valid UTF-8 become U+FFFD. */
void buf_json_string(struct buf *b, const char *text, size_t len);
/* Drops the first `len` bytes. */
void buf_consume(struct buf *b, size_t len);
/* Moves the memory out; the caller frees it. NULL if there was trouble or nothing was appended. */
char *buf_take(struct buf *b);
