/* SPDX-License-Identifier: Apache-2.0 */
/* meter: what a process has used so far. Linked into a program it counts its allocations, those of its libraries too. */
#pragma once
#include <stdint.h>

struct meter {
	int64_t cpu_us;       /* user and system, all threads */
	uint64_t allocations; /* malloc, calloc and realloc */
};

struct meter meter_read(void);
/* One line of JSON: what was used since `from`, for `count` of something. */
void meter_print(struct meter from, uint64_t count);
