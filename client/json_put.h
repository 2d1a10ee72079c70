/* SPDX-License-Identifier: Apache-2.0 */
/* json_put: JSON to a stream, indented by two blanks a level. What a terminal would act on is escaped. */
#pragma once
#include "base/json_scan.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_PUT_FLAT 1000u /* instead of a depth: all in one line */

void json_put_break(FILE *to, unsigned depth);
void json_put_string(FILE *to, const char *text);
void json_put_text(FILE *to, const char *text, size_t len); /* the same; `text` need not end in a NUL */
/* A value of a tree. Its depth is bounded by the reader of replies. */
void json_put_node(FILE *to, const struct json_tree *t, uint32_t node, unsigned depth);

/* Members of an object; `text` NULL: nothing is written. */
void json_put_pair(FILE *to, unsigned depth, bool first, const char *name, const char *text);
/* Not the first ones. */
void json_put_number(FILE *to, unsigned depth, const char *name, uint64_t number);
void json_put_strings(FILE *to, const char *name, const char *const *texts, size_t count);
