/* SPDX-License-Identifier: Apache-2.0 */
/* age: spans and times for people. Two units at most; times in UTC. */
#pragma once
#include "arena.h"
#include <stdint.h>

/* "8 s", "3 min 5 s", "12 min", "2 h 5 min", "6 d 2 h", "412 d". Negative: "0 s". */
const char *age_text(struct arena *a, int64_t ms);
/* "2026-11-24 03:49:26 UTC". */
const char *age_time(struct arena *a, int64_t unix_ms);
/* "03:49:26". */
const char *age_clock(struct arena *a, int64_t unix_ms);
