/* SPDX-License-Identifier: Apache-2.0 */
/* audit: what the parts of the judge share. */
#pragma once
#include "sim.h"

#define AUDIT_LATE_MS 60000 /* hands.c: an act arrives at most so late */
#define AUDIT_HOUR_MS (3600 * (int64_t)1000)
#define AUDIT_DAY_MS  (24 * AUDIT_HOUR_MS)

static inline void audit_check(struct sim *s, enum audit what, bool holds, const char *detail)
{
	s->hits[what]++;
	if (!holds)
		audit_fail(s, what, detail);
}

static inline int64_t audit_since(const struct sim *s, struct boottime t)
{
	return t.ms == BOOTTIME_NEVER.ms ? INT64_MAX : s->now.boot.ms - t.ms;
}

/* In the step that was just made. */
static inline bool audit_told_now(const struct sim_audit_binding *a, enum notice notice)
{
	return a->told[notice / 64] >> (notice % 64) & 1;
}

static inline bool audit_sees_access(enum outcome o)
{
	return o == OUTCOME_USABLE || o == OUTCOME_DEGRADED;
}

/* How many of the newest looks say so. */
uint32_t audit_count(const struct sim_audit_binding *a, enum outcome outcome);
/* By what was read of each cluster that the core knows of. */
bool audit_all_read_paused(const struct sim *s, const struct core *core, uint32_t binding, bool excluded_too);
/* Of the looks, those without an outcome left out. */
enum outcome audit_newest_known(const struct sim_audit_binding *a);
