/* SPDX-License-Identifier: Apache-2.0 */
#include "core/drill_permit.h"
#include "core/evidence.h"
#include "core/plan.h"

/* A cluster that is paused under a key that is lost does not come up again. */
static bool is_usable(const struct core *core, const struct cluster *c, struct boottime now)
{
	const struct evidence *e = &core->bindings[c->binding].evidence;

	return e->verdict == OUTCOME_USABLE && evidence_agrees(e, OUTCOME_USABLE, now, core->policy.poll_ms);
}

enum answer drill_permit_pause(const struct core *core, const struct cluster *c, struct boottime now)
{
	if (c->binding == CORE_NO_INDEX)
		return ANSWER_NO_BINDING;
	if (core->held)
		return ANSWER_HELD;
	if (!plan_may_act(core))
		return ANSWER_LEDGER;
	if (core_has_incident(core))
		return ANSWER_INCIDENT_OPEN;
	if (c->mark.excluded)
		return ANSWER_EXCLUDED;
	return is_usable(core, c, now) ? ANSWER_DONE : ANSWER_NOT_USABLE;
}

bool drill_permit_is_looked_at(const struct core *core, const struct cluster *c)
{
	struct boottime looked = core->bindings[c->binding].evidence.last_look;

	return looked.ms != BOOTTIME_NEVER.ms && looked.ms >= core->live.looked_from.ms;
}

bool drill_permit_is_read(const struct core *core, const struct cluster *c)
{
	return c->seen_at.ms != BOOTTIME_NEVER.ms && c->asked_at.ms >= core->live.asked.ms && !c->reading &&
	       !c->read_due && core->now.boot.ms - c->seen_at.ms <= 3 * core->policy.incident_ms;
}

bool drill_permit_resume(const struct core *core, const struct cluster *c)
{
	const struct binding *b = &core->bindings[c->binding];

	return plan_may_act(core) && c->state == CLUSTER_STATE_PAUSED && b->incident.phase == PHASE_NONE &&
	       drill_permit_is_looked_at(core, c) && evidence_last_saw_access(&b->evidence);
}
