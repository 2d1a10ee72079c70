/* SPDX-License-Identifier: Apache-2.0 */
#include "core/pause_owner.h"

void pause_doubt(const struct core *core, struct cluster *c)
{
	c->lost_pause = true;
	c->lost_until = boottime_after(core->now.boot, PAUSE_LATE * core->policy.incident_ms);
}

bool pause_took(enum duty duty)
{
	return duty == DUTY_PAUSE_UNSURE || duty == DUTY_PAUSE_TAKEN || duty == DUTY_PAUSED;
}

bool pause_doubt_lasts(enum duty duty)
{
	return duty == DUTY_OWED || duty == DUTY_PAUSE_SENT || duty == DUTY_PAUSE_UNSURE;
}

bool pause_may_come(const struct core *core, const struct cluster *c)
{
	return c->lost_pause && !boottime_reached(core->now.boot, c->lost_until);
}

static bool shows(const struct cluster *c)
{
	return c->state == CLUSTER_STATE_PAUSED || c->state == CLUSTER_STATE_PAUSING;
}

bool pause_may_have_come(const struct core *core, const struct cluster *c)
{
	return pause_may_come(core, c) && shows(c);
}

static bool are_known(struct walltime read, struct walltime ours)
{
	return walltime_is_known(read) && walltime_is_known(ours);
}

bool pause_differs(struct walltime read, struct walltime ours)
{
	int64_t apart_ms = read.ms - ours.ms;

	return are_known(read, ours) && (apart_ms > PAUSE_FINGERPRINT_MS || apart_ms < -PAUSE_FINGERPRINT_MS);
}

bool pause_is_another(const struct cluster *c)
{
	return pause_differs(c->resume_at, c->our_resume_at);
}

static bool is_ours(const struct cluster *c)
{
	return are_known(c->resume_at, c->our_resume_at) && !pause_differs(c->resume_at, c->our_resume_at);
}

/* What was read as running, and is PAUSED under our own schedule, never left it. */
bool pause_is_of_people(const struct core *core, const struct cluster *c)
{
	return shows(c) && !pause_may_come(core, c) && !is_ours(c);
}

bool pause_is_anybodys(const struct core *core, const struct cluster *c)
{
	return c->lost_pause && pause_is_of_people(core, c);
}

struct walltime pause_foreseen(struct walltime told, struct walltime paused_at)
{
	if (walltime_is_known(told) || !walltime_is_known(paused_at))
		return told;
	return (struct walltime){paused_at.ms + PAUSE_LONGEST_MS};
}

/* What WANT_PAUSE makes PAUSED again was PAUSED all the time. */
bool pause_is_counted_from(enum duty was, const struct record *record)
{
	return (record->type == RECORD_CLUSTER || record->type == RECORD_INCLUDED) &&
	       record->duty == DUTY_PAUSED && was != DUTY_RESUME_OWED;
}

bool pause_left_early(const struct cluster *c, struct walltime at)
{
	struct walltime foreseen = pause_foreseen(c->our_resume_at, c->paused_at);

	return !walltime_is_known(foreseen) || at.ms - foreseen.ms < -PAUSE_FORESEEN_MS;
}

bool pause_ends_by_itself(const struct core *core, const struct cluster *c)
{
	return !c->outlived && !pause_left_early(c, core->now.wall);
}

bool pause_outlives(const struct core *core, const struct cluster *c)
{
	struct walltime foreseen = pause_foreseen(c->our_resume_at, c->paused_at);

	return walltime_is_known(foreseen) && core->now.wall.ms - foreseen.ms > PAUSE_FORESEEN_MS;
}

bool pause_is_theirs(const struct core *core, const struct cluster *c)
{
	return pause_is_another(c) && !pause_ends_by_itself(core, c);
}
