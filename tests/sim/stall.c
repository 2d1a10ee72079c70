/* SPDX-License-Identifier: Apache-2.0 */
/* stall: a daemon that stands still, as on a machine that was stopped: what comes to it waits, and the world goes on. */
#include "sim.h"

void stall_begin(struct sim *s)
{
	if (!boottime_reached(s->now.boot, s->stalled_until))
		return;
	sim_trace(s, "the daemon stands still");
	s->stalled_until = boottime_after(s->now.boot, chance_range(&s->chance, 1000, 900000));
	s->faults++;
}

#define LATE_ANSWER_MS                                                                                       \
	11000 /* what answers a reading so late is dropped by io/http: RequestTimeout and a second */

static void find_too_late(struct event *e)
{
	switch (e->type) {
	case EV_LOOK:
		e->look.look = (struct look){.fault = FAULT_TIMEOUT};
		return;
	case EV_CLUSTERS:
		e->clusters.fault = FAULT_TIMEOUT;
		return;
	case EV_CLUSTER:
		e->cluster.fault = FAULT_TIMEOUT;
		return;
	case EV_CMEK:
		e->cmek.fault = FAULT_TIMEOUT;
		return;
	case EV_GRANTS:
		e->grants.fault = FAULT_TIMEOUT;
		return;
	case EV_ROTATION:
		e->rotation.fault = FAULT_TIMEOUT;
		return;
	case EV_ACT: /* an act that was taken was taken */
	case EV_CUT:
	case EV_ERRAND:
	case EV_GRANTS_REVOKED:
	case EV_HINT:
	case EV_BUDGET:
	case EV_COMMAND:
	case EV_SETTINGS:
	case EV_LEDGER:
	case EV_TICK:
		return;
	}
}

bool stall_holds(struct sim *s, const struct sim_item *item)
{
	int64_t left_ms = s->stalled_until.ms - s->now.boot.ms;
	struct sim_item *again;
	struct boottime at;

	if (left_ms <= 0 || item->what == SIM_EXECUTE || item->what == SIM_PUT || item->what == SIM_ERRAND ||
		item->what == SIM_PEOPLE || item->what == SIM_SECOND || item->generation != s->generation)
		return false;
	again = queue_push(s, item->what, item->project, left_ms);
	at = again->at;
	*again = *item;
	again->at = at;
	if (item->what == SIM_TICK && item->at.ms == s->projects[item->project].tick_at.ms)
		s->projects[item->project].tick_at = at;
	if (item->what == SIM_REPLY && left_ms > LATE_ANSWER_MS)
		find_too_late(&again->event);
	return true;
}
