/* SPDX-License-Identifier: Apache-2.0 */
/* alloc: memory and bounded text of the stand-in cloud. Out of memory ends the program: a test tool has
 * nothing to save, and every other file is shorter for it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

void *alloc_zero(size_t count, size_t size);          /* never NULL; the caller frees */
void *alloc_grow(void *p, size_t count, size_t size); /* as reallocarray(3) */
char *alloc_text(const char *text);                   /* a copy; NULL gives "" */
char *alloc_span(const char *text, size_t len);       /* a copy with a NUL */
char *alloc_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void alloc_replace(char **slot, char *fresh); /* frees what is there, takes `fresh` */

/* Copies into a field of fixed size. False, and "" left there, if it does not fit. */
bool text_set(char *field, size_t size, const char *text);
/* True if `word` is one of the words of `list`, which are separated by '|'. */
bool text_among(const char *word, const char *list);
