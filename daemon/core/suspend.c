/* SPDX-License-Identifier: Apache-2.0 */
#include "core/suspend.h"
#include "core/evidence.h"
#include "core/incident_machine.h"

bool core_is_suspended(const struct core *core)
{
	return walltime_is_known(core->suspended_until);
}

static void tell(struct step *s, enum record_type type, enum notice notice)
{
	emit_record(s, type)->resume_at = s->core->suspended_until;
	emit_notice(s, notice, NULL, 0);
}

enum answer suspend_begin(struct step *s, int64_t span_ms)
{
	struct core *core = s->core;

	if (span_ms < SUSPEND_MIN_MS || span_ms > SUSPEND_MAX_MS)
		return ANSWER_SPAN;
	core->suspended_until.ms = core->now.wall.ms + span_ms;
	core->suspended_end = boottime_after(core->now.boot, span_ms);
	tell(s, RECORD_SUSPENDED, NOTICE_SUSPENDED);
	for (uint32_t i = 0; i < core->binding_count; i++)
		(void)incident_machine_step(s, &core->bindings[i], IE_SUSPEND);
	return ANSWER_DONE;
}

/* What waits, or would soon be believed, rests on what was seen while people worked on the key. */
static bool rests_on_old_looks(const struct binding *b)
{
	return b->incident.phase == PHASE_WAITING || b->incident.phase == PHASE_GRACE ||
	       (b->incident.phase == PHASE_NONE && b->evidence.known == OUTCOME_LOST);
}

enum answer suspend_end(struct step *s)
{
	struct core *core = s->core;

	if (!core_is_suspended(core))
		return ANSWER_NOT_SUSPENDED;
	core->suspended_until = WALLTIME_UNKNOWN;
	core->suspended_end = BOOTTIME_NEVER;
	tell(s, RECORD_UNSUSPENDED, NOTICE_UNSUSPENDED);
	for (uint32_t i = 0; i < core->binding_count; i++) {
		struct binding *b = &core->bindings[i];

		if (!rests_on_old_looks(b))
			continue;
		evidence_init(&b->evidence);
		b->since = b->next_look = core->now.boot;
	}
	return ANSWER_DONE;
}

void suspend_drive(struct step *s)
{
	if (boottime_reached(s->core->now.boot, s->core->suspended_end))
		(void)suspend_end(s);
}

void suspend_start(struct core *core)
{
	int64_t left_ms = core->suspended_until.ms - core->now.wall.ms;

	if (!core_is_suspended(core))
		return;
	if (left_ms > SUSPEND_MAX_MS)
		left_ms = SUSPEND_MAX_MS; /* the clock went back meanwhile */
	core->suspended_end = boottime_after(core->now.boot, left_ms > 0 ? left_ms : 0);
}
