/* SPDX-License-Identifier: Apache-2.0 */
/* daily: each project is checked by itself once a CheckInterval= (a day), each at a time of its own, so that thousands do not ask at
 * once; what has become a problem since the run before is alerted, in one notice, and a line tells the counts.
 *
 * What a run found is kept in memory only. The first run after a start alerts nothing: what it finds may have been told before.
 * A file of it would be one more thing to be read back with distrust, and what must not wait is told by the core in any case;
 * the line of the first run names the problems that there are. */
#pragma once
#include "model/moment.h"
#include <stdbool.h>
#include <stdint.h>

struct project;

#define DAILY_FIRST_PART 24 /* the first run comes within this part of an interval after a start */
#define DAILY_SETTLE_MS  (10 * 60 * (int64_t)1000) /* so long it waits for first answers */
#define DAILY_FOUND_MAX  16384                     /* problems of a run that are remembered */

/* Embedded in a project; all zero: no run was made. */
struct project_daily {
	bool begun;               /* `first_at` is set */
	bool reading;             /* a run waits for what blocks a pause */
	bool based;               /* `found` is of a run: there is something to compare with */
	struct boottime first_at; /* not before: the first run */
	int64_t every_ms, turn;   /* number of the interval of this length whose run was made last */
	uint64_t *found;          /* owned: marks of the problems of the last run */
	uint32_t count, size;
};
void daily_fini(struct project_daily *d);

/* Does what is due, if anything; to be called every second or so. */
void daily_step(struct project *p, struct moment now);
