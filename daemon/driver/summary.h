/* SPDX-License-Identifier: Apache-2.0 */
/* summary: one line a day and project, good or bad: how it is, what cmekd holds paused, and the head of its ledger, so that who reads
 * the journal alone sees that cmekd is there, and who ships it has an anchor of each day. An alert (summary_attention) while somebody is
 * needed, so that what was told once and passed over is told again. Each project has a time of the day of its own, that of its
 * daily check (driver/daily). */
#pragma once
#include "model/moment.h"
#include <stdbool.h>
#include <stdint.h>

struct project;

#define SUMMARY_EVERY_MS (24 * 3600 * (int64_t)1000)
#define SUMMARY_FIRST_MS (10 * 60 * (int64_t)1000) /* after a start: first looks were taken by then */
#define SUMMARY_WITHIN_MS                                                                                    \
	(60 * 60 *                                                                                           \
		(int64_t)1000) /* the first line comes so long after a start, at most: thousands, not at once */

/* Embedded in a project; all zero: none was told. */
struct project_summary {
	bool begun, told;
	struct boottime first_at; /* if begun: not before */
	int64_t turn;             /* the day in which the last one was told, as counted for this project */
};

/* Tells it when it is due; to be called every second or so. */
void summary_step(struct project *p, struct moment now);
