/* SPDX-License-Identifier: Apache-2.0 */
/* name_table: finds a name in a table of names. Private to the model's own sources. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* The index of `name`, or -1. */
static inline int name_table_find(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}
