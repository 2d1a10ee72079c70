/* SPDX-License-Identifier: Apache-2.0 */
/* arena: memory for one answer: decoded replies and the texts made from them. Freed as a whole. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* owned, newest first */
	bool failed;                /* memory ran out once; texts made since may be "" */
};

void arena_fini(struct arena *a);

/* Zeroed memory, aligned for anything. NULL if there is no memory: `failed` is then set. */
void *arena_alloc(struct arena *a, size_t bytes);

/* Texts; "" if there is no memory (`failed` is then set), so that layouts need no checks of their own. */
const char *arena_copy(struct arena *a, const char *text, size_t len);
const char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
