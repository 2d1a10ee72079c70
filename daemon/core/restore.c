/* SPDX-License-Identifier: Apache-2.0 */
/* restore: the fold of one ledger record. What was in progress falls back to its last stable state; the truth
 * is read again before anything is done. */
#include "core/core.h"
#include "core/cut_means.h"
#include "core/errand_slot.h"
#include "core/live_drill.h"
#include "core/pause_owner.h"
#include "core/plan.h"
#include "core/settle.h"
#include <string.h>

struct core_need core_restore_need(const struct core *core, const struct record *record)
{
	uint32_t fields = record_type_fields(record->type);
	struct core_need need = {.bindings = core->binding_count, .clusters = core->cluster_count};

	need.bindings += record->type == RECORD_SETTING;
	need.clusters += (fields & RECORD_F_CLUSTER) != 0;
	return need;
}

static void restore_setting(struct core *core, const struct record *record)
{
	struct cmek_setting setting = {record->region, record->arn};
	uint32_t index = core_find_binding(core, &record->region);

	struct binding *b =
		index == CORE_NO_INDEX ? settle_add_binding(core, &setting) : &core->bindings[index];

	/* What it was armed under; the settings of today are compared with it when they are taken. */
	if (!b)
		return;
	/* Another setting disarms, even where the record that says so did not reach the disk. */
	if (b->fingerprint != record->fingerprint)
		b->armed = false;
	b->fingerprint = record->fingerprint;
}

static void restore_incident(struct core *core, uint32_t index, const struct record *record)
{
	struct incident *i = &core->bindings[index].incident;

	if (record->phase == PHASE_NONE) {
		memset(i, 0, sizeof *i);
		plan_forget_clusters(core, index);
		return;
	}
	if (i->id.n != record->incident.n) {
		memset(i, 0, sizeof *i);
		i->id = record->incident;
		i->opened.wall = record->at;
	}
	if (i->phase != record->phase)
		i->phase_at.wall = record->at;
	i->phase = phase_after_restart(record->phase);
	i->causes = record->causes;
	i->cut = cut_after_restart(record->cut);
	i->means = record->means;
	i->stands = record->stands;
	i->kept = record->kept;
	cut_means_given_back(&core->bindings[index]); /* as it was forgotten then */
	if (record->op.n != 0)
		i->cut_op = record->op;
	i->grace_end = BOOTTIME_NEVER; /* grace starts again once the loss is confirmed again */
	i->budget_retry = BOOTTIME_NEVER;
	i->cut_retry = BOOTTIME_NEVER;
	/* What is written of the cut meanwhile says nothing of that. */
	if (record->type != RECORD_INCIDENT)
		return;
	i->reason = record->reason;
	if (record->phase != PHASE_PAUSING && record->phase != PHASE_HELD)
		i->approved = false;
	if (record->phase == PHASE_GRACE || record->phase == PHASE_WAITING)
		i->budget_spent = false;
}

static void restore_cluster(struct core *core, const struct record *record)
{
	uint32_t index = core_find_cluster(core, &record->cluster);
	struct cluster *c;
	bool doubt;

	if (index == CORE_NO_INDEX) {
		c = settle_add_cluster(core, &record->cluster, &record->region);
		if (c)
			settle_born(core, c);
	} else {
		c = &core->clusters[index];
	}
	if (!c)
		return;
	memcpy(c->name, record->name, sizeof c->name);
	if (c->duty == DUTY_GONE && record->duty == DUTY_FREE)
		settle_born(core, c); /* it came back */
	/* As the machine does: an act without an end, or one that was taken and did not show. */
	doubt = (c->duty == DUTY_PAUSE_UNSURE && record->type != RECORD_ACT_RESULT) ||
		record->duty == DUTY_PAUSE_UNSURE ||
		(c->duty == DUTY_PAUSE_TAKEN && record->duty == DUTY_OWED);
	if (pause_is_counted_from(c->duty, record))
		c->paused_at = record->at;
	c->duty = duty_after_restart(record->duty);
	c->our_resume_at = record->resume_at;
	c->op = record->op;
	c->retry = BOOTTIME_NEVER;
	c->seen_at = BOOTTIME_NEVER;
	/* A list may omit one that is gone; all others must be read again before they count. */
	c->state = record->duty == DUTY_GONE ? CLUSTER_STATE_GONE : CLUSTER_STATE_UNKNOWN;
	c->outlived = c->duty == DUTY_STRANDED && (c->outlived || pause_left_early(c, record->at));
	c->lost_pause = pause_doubt_lasts(c->duty) && (c->lost_pause || doubt);
	c->took = c->took || doubt || pause_took(record->duty);
}

void core_restore(struct core *core, const struct record *record)
{
	uint32_t index = core_find_binding(core, &record->region);
	struct binding *b = index == CORE_NO_INDEX ? NULL : &core->bindings[index];

	core->next_seq = record->seq.n + 1;
	if (record->op.n >= core->next_op)
		core->next_op = record->op.n + 1;
	if (record->incident.n >= core->next_incident)
		core->next_incident = record->incident.n + 1;

	switch (record->type) {
	case RECORD_SETTING:
		restore_setting(core, record);
		return;
	case RECORD_CLUSTER:
	case RECORD_PAUSE_INTENT:
	case RECORD_RESUME_INTENT:
	case RECORD_ACT_RESULT:
	case RECORD_INCLUDED:
		restore_cluster(core, record);
		return;
	case RECORD_GENESIS:
	case RECORD_ADOPTED: /* whether it is ours now, who reads the file knows */
	case RECORD_VERDICT: /* beliefs are formed anew */
	case RECORD_TYPE_COUNT:
		return;
	case RECORD_DARK:
	case RECORD_NOT_DARK:
		if (b && b->incident.id.n == record->incident.n)
			b->incident.dark = record->type == RECORD_DARK;
		return;
	case RECORD_ARMED:
		if (b)
			b->armed = record->fingerprint == b->fingerprint;
		return;
	case RECORD_DISARMED:
		if (b)
			b->armed = false;
		return;
	case RECORD_DELETION:
		if (b)
			b->deletion = record->resume_at;
		return;
	case RECORD_INCIDENT:
	case RECORD_CUT_INTENT:
	case RECORD_CUT_RESULT:
		if (b)
			restore_incident(core, index, record);
		return;
	case RECORD_APPROVED:
		if (b && b->incident.id.n == record->incident.n && b->incident.phase != PHASE_PROVING &&
			b->incident.phase != PHASE_RESUMING && (b->incident.causes & CAUSE_AUTOMATIC))
			b->incident.approved = true;
		return;
	case RECORD_DECLINED:
		/* Even where the incident's own record did not reach the disk: without approval it must not go on. */
		if (b && b->incident.id.n == record->incident.n) {
			b->incident.approved = false;
			b->incident.phase = PHASE_DECLINED;
		}
		return;
	case RECORD_ERRAND_INTENT:
	case RECORD_ERRAND_RESULT:
		errand_slot_restore(core, record);
		return;
	case RECORD_DRILL: /* changed nothing */
		return;
	case RECORD_LIVE_DRILL:
		live_drill_restore(core, record);
		return;
	case RECORD_SUSPENDED:
		core->suspended_until = record->resume_at;
		return;
	case RECORD_UNSUSPENDED:
		core->suspended_until = WALLTIME_UNKNOWN;
		return;
	case RECORD_GRANTS_INTENT: /* what became of it is listed */
		return;
	case RECORD_GRANTS_RESULT:
		if (b && b->incident.id.n == record->incident.n)
			b->incident.grants_gone += record->count;
		return;
	case RECORD_BUDGET:
		if (b && b->incident.id.n == record->incident.n)
			b->incident.budget_spent = true;
		return;
	}
}
