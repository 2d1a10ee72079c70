/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK_BYTES (16 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

void arena_fini(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;
		free(a->blocks);
		a->blocks = next;
	}
	*a = (struct arena){.blocks = NULL};
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	const size_t unit = alignof(max_align_t);
	struct arena_block *block = a->blocks;

	if (bytes > SIZE_MAX / 2) {
		a->failed = true;
		return NULL;
	}
	bytes = (bytes + unit - 1) / unit * unit;
	if (!block || block->size - block->used < bytes) {
		size_t size = bytes > ARENA_BLOCK_BYTES ? bytes : ARENA_BLOCK_BYTES;
		block = calloc(1, sizeof *block + size);
		if (!block) {
			a->failed = true;
			return NULL;
		}
		block->size = size;
		block->next = a->blocks;
		a->blocks = block;
	}
	void *p = block->bytes + block->used;
	block->used += bytes;
	return p;
}

const char *arena_copy(struct arena *a, const char *text, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	if (!copy)
		return "";
	if (len > 0)
		memcpy(copy, text, len);
	return copy;
}

const char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return "";

	char *text = arena_alloc(a, (size_t)len + 1);
	if (!text)
		return "";
	va_start(args, format);
	(void)vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}
