/* SPDX-License-Identifier: Apache-2.0 */
/* hints: what follows when a queue tells that something may have happened to a key: whoever watches it looks at it at once. And
 * how long it takes from there to the verdict, for status --hints. */
#pragma once
#include "model/moment.h"
#include <stdint.h>

struct engine;
struct project;

#define HINTS_VERDICT_MS 60000 /* a verdict that comes later does not come of the hint */

struct hints_timing { /* verdicts that came of a hint, from the arrival of its message */
	uint32_t verdicts;
	int64_t last_ms, longest_ms;
};

/* The connections are new: listens to their queues. */
void hints_listen(struct engine *e);
/* The next binding that a hint waits for, taken; CORE_NO_INDEX: none. */
uint32_t hints_next(struct project *p);
/* A verdict of the binding was recorded. */
void hints_verdict(struct project *p, uint32_t binding, struct boottime now);
