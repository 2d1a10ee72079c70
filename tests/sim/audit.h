/* SPDX-License-Identifier: Apache-2.0 */
/* audit: what the two halves of the judge share. */
#pragma once
#include "sim.h"

#define AUDIT_LATE_MS 60000 /* hands.c: an act arrives at most so late */

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

/* By what was read of each cluster that the core knows of. */
bool audit_all_read_paused(const struct sim *s, const struct core *core, uint32_t binding, bool excluded_too);
/* Of the looks, those without an outcome left out. */
enum outcome audit_newest_known(const struct sim_audit_binding *a);
