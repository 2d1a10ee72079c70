/* SPDX-License-Identifier: Apache-2.0 */
/* coverage: what many schedules reached: each row of the three tables of the core, each reason, effect, notice and answer,
 * each invariant. What cannot be reached is listed in coverage.c with the reason why; to reach it all the same is a
 * failure too. */
#pragma once
#include "core/rows.h"
#include "sim.h"

struct coverage {
	uint64_t rows[ROWS];
	uint64_t hits[AUDIT_COUNT], reasons[REASON_COUNT], effects[FX_NOTICE + 1];
	uint64_t notices[NOTICE_COUNT], answers[ANSWER_COUNT];
};

/* Adds all but the rows, which the core counts itself. */
void coverage_add(struct coverage *c, const struct sim *s);
/* Prints what is missing; the number of failures. */
unsigned coverage_tell(const struct coverage *c, uint64_t schedules);
/* Prints how often each invariant was looked at. */
void coverage_tell_hits(const struct coverage *c);
