/* SPDX-License-Identifier: Apache-2.0 */
/* audit_told: what people must be told of, by what came to the core and what left it. */
#include "audit.h"

void audit_told(struct sim *s, uint32_t project, const struct effect *effect)
{
	struct sim_project *p = &s->projects[project];
	struct sim_audit_binding *a;
	struct sim_cluster *c;

	if (effect->binding >= p->core.binding_count)
		return;
	a = &p->audit[effect->binding];
	a->told[effect->notice / 64] |= UINT64_C(1) << (effect->notice % 64);
	if (effect->notice == NOTICE_DELETION_AHEAD) {
		a->deletion_told = a->date;
		a->deletion_told_at = s->now.boot;
	}
	if (effect->cluster >= p->core.cluster_count)
		return;
	c = &s->clusters[truth_find(s, &p->core.clusters[effect->cluster].id)];
	if (effect->notice == NOTICE_PAUSE_REFUSED || effect->notice == NOTICE_RESUME_REFUSED)
		c->refusal_told[effect->notice == NOTICE_RESUME_REFUSED] = c->flying_incident;
	else if (effect->notice == NOTICE_TOUCHED)
		c->touched_told = effect->incident.n;
	else if (effect->notice == NOTICE_STRANDED)
		c->stranded_told = true;
}

void audit_told_sent(struct sim_cluster *c, const struct deed *deed)
{
	c->flying_op = deed->op.n;
	c->flying_incident = deed->incident.n;
	c->flying_resume = deed->type == FX_RESUME;
	c->came_up = false;
}

void audit_told_answer(struct sim_cluster *c, enum act_result result)
{
	c->refused =
		result == ACT_RESULT_REFUSED || result == ACT_RESULT_DENIED || result == ACT_RESULT_THROTTLED;
	if (result == ACT_RESULT_ACCEPTED)
		c->refusal_told[c->flying_resume] = 0;
}

/* The incident that paused it sent its resume, which was not read to have come to its end. */
static bool is_given_back(const struct sim_cluster *c)
{
	return c->flying_resume && c->flying_incident == c->paused_incident && !c->came_up;
}

/* What was read last, or the ledger: a restart waits for it anew. */
static bool was_paused(const struct sim_cluster *c)
{
	return c->delivered_any ? c->delivered == CLUSTER_STATE_PAUSED : is_given_back(c);
}

void audit_told_reading(struct sim *s, struct sim_cluster *c, enum cluster_state state)
{
	bool comes_up = state == CLUSTER_STATE_BUSY || state == CLUSTER_STATE_RESUMING ||
			state == CLUSTER_STATE_UNUSABLE || state == CLUSTER_STATE_PAUSING;

	if (state == CLUSTER_STATE_UNKNOWN)
		return;
	c->came_up = c->came_up || state == CLUSTER_STATE_RUNNING || state == CLUSTER_STATE_GONE;
	if (!comes_up) {
		c->left_paused_at = BOOTTIME_NEVER;
		c->stranded_told = false;
	} else if (was_paused(c) && c->paused_by_daemon && c->paused_incident != 0 &&
		   (state == CLUSTER_STATE_RESUMING || c->held_incident == c->paused_incident ||
			   is_given_back(c))) {
		c->left_paused_at = s->now.boot;
	}
}

void audit_told_restart(struct sim *s)
{
	for (uint32_t i = 0; i < s->cluster_count; i++) {
		struct sim_cluster *c = &s->clusters[i];

		c->refused = false;
		c->refusal_told[0] = c->refusal_told[1] = 0;
		c->left_paused_at = BOOTTIME_NEVER;
	}
	for (uint32_t i = 0; i < s->project_count; i++)
		for (uint32_t b = 0; b < SIM_KEYS; b++) {
			struct sim_audit_binding *a = &s->projects[i].audit[b];

			a->deletion_told = WALLTIME_UNKNOWN;
			a->loss_told = a->grace = false;
			a->told[0] = a->told[1] = 0;
		}
}

#define NOTHING NOTICE_ARMED /* the first of the table, which belongs to no phase */

/* What belongs to the phase that was just entered; grace is told when it begins to run, be that later. */
static void check_phase(struct sim *s, struct sim_audit_binding *a, const struct binding *b)
{
	static const enum notice notices[PHASE_COUNT] = {[PHASE_NONE] = NOTICE_CLOSED,
		[PHASE_GRACE] = NOTHING,
		[PHASE_BUDGET] = NOTHING,
		[PHASE_DECLINED] = NOTHING,
		[PHASE_HELD] = NOTHING,
		[PHASE_WAITING] = NOTICE_NEEDS_APPROVAL,
		[PHASE_PAUSING] = NOTICE_PAUSING,
		[PHASE_PROVING] = NOTICE_PROVING,
		[PHASE_RESUMING] = NOTICE_RESUMING};
	enum notice notice = notices[b->incident.phase];
	bool grace = b->incident.phase == PHASE_GRACE && b->incident.grace_end.ms != BOOTTIME_NEVER.ms;

	if (grace && !a->grace)
		audit_check(s, AUDIT_TOLD_PHASE, audit_told_now(a, NOTICE_GRACE), "grace");
	a->grace = grace;
	if (a->phase == b->incident.phase || notice == NOTHING)
		return;
	if (a->phase == PHASE_HELD && b->incident.phase == PHASE_PAUSING)
		return; /* one that came up again */
	audit_check(s, AUDIT_TOLD_PHASE,
		audit_told_now(a, notice) ||
			(notice == NOTICE_CLOSED && audit_told_now(a, NOTICE_CANCELLED)) ||
			(notice == NOTICE_PAUSING && audit_told_now(a, NOTICE_REVOKED)) ||
			(notice == NOTICE_PROVING && audit_told_now(a, NOTICE_RESTORED)),
		phase_name(b->incident.phase));
}

/* The incident ends, and leaves a cluster as it put it, and as it was read. */
static void check_left(
	struct sim *s, uint32_t project, const struct sim_audit_binding *a, const struct binding *b)
{
	const struct sim_project *p = &s->projects[project];

	if (a->phase == PHASE_NONE || b->incident.phase != PHASE_NONE)
		return;
	for (uint32_t i = 0; i < s->cluster_count; i++) {
		const struct sim_cluster *c = &s->clusters[i];

		if (c->project != project || !region_equal(&c->seen.region, &b->region) || c->deleted ||
			c->seen.state != CLUSTER_STATE_PAUSED || !c->paused_by_daemon ||
			c->paused_incident != a->incident || c->unexplained || !c->delivered_any ||
			c->delivered != CLUSTER_STATE_PAUSED ||
			audit_since(s, c->state_since) <= 8 * p->lenient.incident_ms + AUDIT_LATE_MS)
			continue;
		audit_check(s, AUDIT_TOLD_LEFT, c->touched_told == a->incident, c->seen.id.text);
	}
}

/* How many in a row. */
static uint32_t newest_lost(const struct sim_audit_binding *a)
{
	uint32_t n = 0;

	while (n < a->filled && a->window[n] == OUTCOME_LOST)
		n++;
	return n;
}

static void check_deletion(struct sim *s, const struct sim_audit_binding *a, const struct binding *b)
{
	uint32_t lost = newest_lost(a);

	if (!a->given || !a->dies[0] || lost < 3 || a->last.fault != FAULT_NONE ||
		!walltime_is_known(a->last.deletion) || a->last.deletion.ms <= s->now.wall.ms)
		return;
	audit_check(s, AUDIT_TOLD_DELETION,
		a->deletion_told.ms == a->last.deletion.ms &&
			audit_since(s, a->deletion_told_at) <= AUDIT_DAY_MS + SIM_MINUTE_MS,
		b->region.text);
}

/* One look that saw access may have ended what was believed before: five in a row are believed whatever was before. */
static void check_loss(struct sim *s, struct sim_audit_binding *a, const struct binding *b)
{
	a->loss_told = a->loss_told || audit_told_now(a, NOTICE_LOST);
	if (a->confirmed_at.ms != BOOTTIME_NEVER.ms && newest_lost(a) == SIM_WINDOW)
		audit_check(s, AUDIT_TOLD_LOST, a->loss_told, b->region.text);
}

static void check_clusters(struct sim *s, uint32_t project)
{
	struct sim_project *p = &s->projects[project];

	for (uint32_t i = 0; i < s->cluster_count; i++) {
		struct sim_cluster *c = &s->clusters[i];
		uint32_t b;

		if (c->project != project || c->deleted)
			continue;
		if (c->refused && c->flying_incident != 0)
			audit_check(s, AUDIT_TOLD_REFUSED,
				c->refusal_told[c->flying_resume] == c->flying_incident, c->seen.id.text);
		c->refused = false;
		if (audit_since(s, c->left_paused_at) <= AUDIT_HOUR_MS + 8 * p->lenient.incident_ms ||
			c->left_paused_at.ms == BOOTTIME_NEVER.ms)
			continue;
		b = core_find_binding(&p->core, &c->seen.region);
		/* While access is being proven it waits for what comes of that. */
		if (b != CORE_NO_INDEX && p->core.bindings[b].incident.id.n == c->paused_incident &&
			p->core.bindings[b].incident.phase != PHASE_PROVING)
			audit_check(s, AUDIT_TOLD_STRANDED,
				c->stranded_told || c->touched_told == c->paused_incident, c->seen.id.text);
	}
}

void audit_told_step(struct sim *s, uint32_t project)
{
	struct sim_project *p = &s->projects[project];

	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		const struct binding *b = &p->core.bindings[i];
		struct sim_audit_binding *a = &p->audit[i];

		check_phase(s, a, b);
		check_left(s, project, a, b);
		check_deletion(s, a, b);
		check_loss(s, a, b);
		a->incident = b->incident.id.n;
		a->told[0] = a->told[1] = 0;
	}
	check_clusters(s, project);
}
