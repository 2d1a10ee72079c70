/* SPDX-License-Identifier: Apache-2.0 */
#include "alloc.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
	if (!p) {
		(void)fputs("cmekd-cloud: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *alloc_zero(size_t count, size_t size)
{
	return must(calloc(count ? count : 1, size ? size : 1));
}

void *alloc_grow(void *p, size_t count, size_t size)
{
	return must(reallocarray(p, count ? count : 1, size));
}

char *alloc_text(const char *text)
{
	return must(strdup(text ? text : ""));
}

char *alloc_span(const char *text, size_t len)
{
	char *copy = alloc_zero(len + 1, 1); /* `text` need not end there */
	memcpy(copy, text, len);
	return copy;
}

char *alloc_printf(const char *format, ...)
{
	char *text = NULL;
	va_list args;
	va_start(args, format);
	int len = vasprintf(&text, format, args);
	va_end(args);
	return must(len < 0 ? NULL : text);
}

void alloc_replace(char **slot, char *fresh)
{
	free(*slot);
	*slot = fresh;
}

bool text_set(char *field, size_t size, const char *text)
{
	size_t len = strlen(text);
	if (len >= size) {
		field[0] = '\0';
		return false;
	}
	memcpy(field, text, len + 1);
	return true;
}

bool text_among(const char *word, const char *list)
{
	size_t len = strlen(word);
	for (const char *at = list; at;) {
		const char *bar = strchr(at, '|');
		size_t span = bar ? (size_t)(bar - at) : strlen(at);
		if (span == len && memcmp(at, word, len) == 0)
			return true;
		at = bar ? bar + 1 : NULL;
	}
	return false;
}
