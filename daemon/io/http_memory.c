/* SPDX-License-Identifier: Apache-2.0 */
#include "io/http_memory.h"
#include "base/err.h"
#include <curl/curl.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The size goes in front of the bytes: the C library knows only a size that it rounded up. */
struct http_memory_block {
	size_t size;
	max_align_t bytes[];
};

static void *http_memory_malloc(size_t size)
{
	struct http_memory_block *b = size <= SIZE_MAX - sizeof(*b) ? malloc(sizeof(*b) + size) : NULL;

	if (!b)
		return NULL;
	b->size = size;
	return b->bytes;
}

static struct http_memory_block *http_memory_block(void *p)
{
	return (void *)((char *)p - offsetof(struct http_memory_block, bytes));
}

static void http_memory_free(void *p)
{
	struct http_memory_block *b;

	if (!p)
		return;
	b = http_memory_block(p);
	explicit_bzero(b->bytes, b->size);
	free(b);
}

static void *http_memory_realloc(void *p, size_t size)
{
	void *fresh = http_memory_malloc(size);
	size_t old;

	if (!fresh || !p)
		return fresh;
	old = http_memory_block(p)->size;
	memcpy(fresh, p, old < size ? old : size);
	http_memory_free(p);
	return fresh;
}

static char *http_memory_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *p = http_memory_malloc(size);

	return p ? memcpy(p, text, size) : NULL;
}

static void *http_memory_calloc(size_t count, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	p = http_memory_malloc(bytes);
	return p ? memset(p, 0, bytes) : NULL;
}

int http_memory_init(void)
{
	CURLcode c = curl_global_init_mem(CURL_GLOBAL_DEFAULT, http_memory_malloc, http_memory_free,
		http_memory_realloc, http_memory_strdup, http_memory_calloc);

	return c == CURLE_OK ? 0 : err_origin(-ENOMEM);
}
