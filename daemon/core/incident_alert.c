/* SPDX-License-Identifier: Apache-2.0 */
#include "core/incident_alert.h"
#include "core/pause_owner.h"
#include "core/plan.h"

static struct boottime pauses_due(const struct incident *i)
{
	return boottime_after(i->phase_at.boot, INCIDENT_ALERT_LATE_MS);
}

/* Accepted or not, nothing may come of a pause: who was told that clusters are being paused believes that they are by now. */
static void tell_not_paused(struct step *s, struct binding *b)
{
	struct incident *i = &b->incident;

	if (i->phase != PHASE_PAUSING) {
		i->late_told = false;
	} else if (!i->late_told && boottime_reached(s->core->now.boot, pauses_due(i))) {
		i->late_told = true;
		emit_notice(s, NOTICE_NOT_PAUSED, b, 0);
	}
}

/* Where the ledger must not be acted on nothing is tried, which is told as that. */
static bool changes_key(const struct core *core, const struct incident *i)
{
	bool cuts = (i->causes & CAUSE_OPERATOR) != 0;

	if (!plan_may_act(core))
		return false;
	if (i->cut == CUT_WANTED || i->cut == CUT_SENT)
		return cuts && !(i->causes & CAUSE_PAUSE_ONLY);
	return (i->cut == CUT_UNDO_WANTED || i->cut == CUT_UNDO_SENT) && !cuts;
}

static struct boottime change_due(const struct core *core, const struct incident *i)
{
	return boottime_after(i->change_since, core->policy.blind_alert_ms);
}

/* Nobody refuses it, and yet it does not come about: no answer, too many requests, a policy that others change each time. */
static void tell_change_late(struct step *s, struct binding *b)
{
	struct incident *i = &b->incident;

	if (!changes_key(s->core, i)) {
		i->change_since.ms = 0;
		i->change_told = false;
		return;
	}
	if (i->change_since.ms == 0)
		i->change_since = s->core->now.boot;
	if (i->change_told || !boottime_reached(s->core->now.boot, change_due(s->core, i)))
		return;
	i->change_told = true;
	emit_notice(s, NOTICE_CHANGE_LATE, b, 0);
}

static void tell_ahead(struct step *s, struct binding *b)
{
	struct core *core = s->core;

	for (uint32_t i = 0; i < core->cluster_count; i++) {
		struct cluster *c = &core->clusters[i];
		struct walltime foreseen = pause_foreseen(c->our_resume_at, c->paused_at);

		if (c->binding != emit_binding_index(core, b) || c->duty != DUTY_PAUSED || c->ahead_told ||
			c->outlived || !walltime_is_known(foreseen) ||
			foreseen.ms - core->now.wall.ms > INCIDENT_ALERT_AHEAD_MS)
			continue;
		c->ahead_told = true;
		emit_cluster_notice(s, NOTICE_RESUME_AHEAD, c);
	}
}

void incident_alert_drive(struct step *s, struct binding *b)
{
	tell_change_late(s, b);
	tell_not_paused(s, b);
	tell_ahead(s, b);
}

struct boottime incident_alert_deadline(const struct core *core, const struct incident *i)
{
	struct boottime next = BOOTTIME_NEVER;

	if (i->change_since.ms != 0 && !i->change_told)
		next = change_due(core, i);
	if (i->phase == PHASE_PAUSING && !i->late_told)
		next = boottime_earlier(next, pauses_due(i));
	return next;
}
