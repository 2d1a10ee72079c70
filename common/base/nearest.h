/* SPDX-License-Identifier: Apache-2.0 */
/* nearest: which known word was probably meant. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define NEAREST_WORD_MAX 64 /* bytes; longer words are near to nothing */

/* Letters to add, drop, change or swap with a neighbour (optimal string alignment), capital letters set aside. */
size_t nearest_distance(const char *a, const char *b);

/* Near enough to be proposed: a beginning of it, or a slip or two. */
bool nearest_is_close(const char *typed, const char *known);
