/* SPDX-License-Identifier: Apache-2.0 */
/* story_times: how long things take, over many incidents: percentiles by nearest rank. Pure. */
#pragma once
#include "story_book.h"
#include <stdbool.h>
#include <stdint.h>

/* X(ENUM, "name", "from", "to") */
#define STORY_TIME_TABLE(X)                                                                                  \
	X(DETECT, "usable_look_to_verdict", "last usable look", "verdict")                                   \
	X(PAUSE, "verdict_to_pause", "verdict", "first pause")                                               \
	X(DARK, "start_to_dark", "verdict or revoke", "dark")                                                \
	X(RESTORE, "restore_to_restored", "restore or access", "restored")

enum story_time {
#define X(e, name, from, to) STORY_TIME_##e,
	STORY_TIME_TABLE(X)
#undef X
		STORY_TIME_COUNT
};
const char *story_time_name(enum story_time t);
const char *story_time_from(enum story_time t);
const char *story_time_to(enum story_time t);

struct story_samples {
	int64_t *items; /* milliseconds; owned */
	uint32_t count, size;
	uint32_t left_out; /* the clock was set back meanwhile: less than nothing */
};
struct story_times {
	struct story_samples of[STORY_TIME_COUNT];
	uint64_t incidents, open, older; /* older: left out of their books */
	struct walltime first, last;     /* when the first and the last of the incidents were opened */
};
#define STORY_TIMES_INIT ((struct story_times){.first = WALLTIME_UNKNOWN, .last = WALLTIME_UNKNOWN})

/* All incidents of a book. Fails: -ENOMEM. */
int story_times_add(struct story_times *t, const struct story_book *b);
void story_times_fini(struct story_times *t);

struct story_percentiles {
	int64_t p50_ms, p90_ms, p99_ms, max_ms; /* -1: of so few it would say nothing */
};
/* The smallest sample that at least so many percent are not above. Of fewer than 100/(100 - P) samples a percentile above
 * the median would be no more than the longest: it is not told. Sorts the samples. */
struct story_percentiles story_times_percentiles(struct story_samples *s);
