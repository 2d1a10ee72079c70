/* SPDX-License-Identifier: Apache-2.0 */
/* audit_step: what must hold of the core itself after every step; audit.c watches what comes to it, audit_act.c what leaves it. */
#include "audit.h"
#include <stdio.h>
#include <string.h>

/* What is in flight may have been taken, for all that a restart can know. */
static bool took(const struct cluster *c)
{
	return c->took || duty_after_restart(c->duty) == DUTY_PAUSE_UNSURE;
}

static bool same_doubts(const struct errand_slot *x, const struct errand_slot *folded)
{
	for (unsigned e = 0; e < ERRAND_COUNT; e++)
		if ((walltime_is_known(x->doubt[e]) || (x->in_flight && x->errand == (enum errand)e)) !=
			walltime_is_known(folded->doubt[e]))
			return false;
	return x->op.n == folded->op.n;
}

static void audit_fold(struct sim *s, uint32_t project)
{
	const struct core *a = &s->projects[project].core, *b = &s->projects[project].shadow;

	s->hits[AUDIT_FOLD]++;
	if (a->binding_count != b->binding_count || a->cluster_count != b->cluster_count ||
		a->next_seq != b->next_seq || a->next_op != b->next_op ||
		a->next_incident != b->next_incident || a->suspended_until.ms != b->suspended_until.ms) {
		audit_fail(s, AUDIT_FOLD, "counts");
		return;
	}
	if (live_step_after_restart(a->live.step) != b->live.step ||
		(b->live.step != LIVE_NONE && !cluster_id_equal(&a->live.cluster, &b->live.cluster)))
		audit_fail(s, AUDIT_FOLD, live_step_name(a->live.step));
	if (!same_doubts(&a->errand, &b->errand))
		audit_fail(s, AUDIT_FOLD, "errand of the project");
	for (uint32_t i = 0; i < a->binding_count; i++) {
		const struct binding *x = &a->bindings[i], *y = &b->bindings[i];

		if (x->armed != y->armed || phase_after_restart(x->incident.phase) != y->incident.phase ||
			x->incident.id.n != y->incident.id.n || x->incident.causes != y->incident.causes ||
			cut_after_restart(x->incident.cut) != y->incident.cut ||
			x->incident.approved != y->incident.approved ||
			x->incident.dark != y->incident.dark || x->incident.stands != y->incident.stands ||
			(x->incident.stands & CUT_MEANS_BIT(CUT_MEANS_REMOVE) &&
				memcmp(&x->incident.kept, &y->incident.kept, sizeof x->incident.kept) != 0) ||
			x->incident.grants_gone != y->incident.grants_gone ||
			x->deletion.ms != y->deletion.ms || !same_doubts(&x->errand, &y->errand))
			audit_fail(s, AUDIT_FOLD, phase_name(x->incident.phase));
		/* Which of several means is undone next is found by what stands. */
		if (x->incident.budget_spent != y->incident.budget_spent ||
			x->incident.cut_op.n != y->incident.cut_op.n ||
			((x->incident.cut == CUT_WANTED || x->incident.cut == CUT_SENT) &&
				x->incident.means != y->incident.means))
			audit_fail(s, AUDIT_FOLD, cut_name(x->incident.cut));
	}
	for (uint32_t i = 0; i < a->cluster_count; i++) {
		const struct cluster *x = &a->clusters[i], *y = &b->clusters[i];

		if (duty_after_restart(x->duty) != y->duty || x->our_resume_at.ms != y->our_resume_at.ms ||
			x->paused_at.ms != y->paused_at.ms || took(x) != took(y) ||
			(x->born != y->born && x->binding != CORE_NO_INDEX &&
				x->born == a->bindings[x->binding].incident.id.n))
			audit_fail(s, AUDIT_FOLD, duty_name(x->duty));
	}
}

/* Taken out, and by nothing else cut, for so long that each look and list shows it. */
static bool only_grants_let_in(struct sim *s, const struct sim_project *p, const struct sim_key *k)
{
	const struct sim_version *v = truth_now(k);

	return v->out && v->cuts == 0 && v->state == KEY_STATE_ENABLED && v->policy == SIM_ALLOWED &&
	       audit_since(s, v->since) > p->lenient.blind_alert_ms + 2 * p->lenient.poll_ms + 240000;
}

static void audit_dark(struct sim *s, uint32_t project)
{
	struct sim_project *p = &s->projects[project];
	int64_t list_ms = 8 * p->lenient.incident_ms + 60000;

	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		const struct binding *b = &p->core.bindings[i];
		struct sim_audit_binding *a = &p->audit[i];
		struct boottime works_since = BOOTTIME_NEVER;
		bool was_dark = a->dark;

		a->dark = core_dark(&p->core, i) == DARK_DARK;
		if (a->dark && !was_dark)
			a->dark_since = s->now.boot;
		if (b->incident.phase == PHASE_NONE)
			a->told_dark = false;
		/* After a start it is read anew before it is told not to be. */
		audit_check(s, AUDIT_DARK_TOLD,
			a->told_dark == a->dark ||
				(a->told_dark && audit_since(s, b->since) <= p->lenient.blind_alert_ms),
			b->region.text);
		if (!a->dark)
			continue;
		audit_check(s, AUDIT_DARK_CUT, !audit_sees_access(audit_newest_known(a)), b->region.text);
		s->hits[AUDIT_DARK_CLUSTERS]++;
		for (uint32_t k = 0; k < s->cluster_count; k++) {
			const struct sim_cluster *c = &s->clusters[k];

			if (c->project == project && c->given_back && !c->deleted &&
				c->delivered != CLUSTER_STATE_GONE &&
				region_equal(&c->seen.region, &b->region))
				audit_fail(s, AUDIT_DARK_CLUSTERS, c->seen.id.text);
			if (c->project == project && !c->deleted && c->seen.state != CLUSTER_STATE_GONE &&
				region_equal(&c->seen.region, &b->region) &&
				c->not_paused_since.ms != BOOTTIME_NEVER.ms &&
				audit_since(s, c->not_paused_since) > list_ms)
				audit_fail(s, AUDIT_DARK_CLUSTERS, c->seen.id.text);
		}
		for (uint32_t k = 0; k < s->key_count; k++)
			if (region_equal(&s->keys[k].region, &b->region)) {
				works_since = s->keys[k].works_since;
				if (only_grants_let_in(s, p, &s->keys[k]))
					audit_check(
						s, AUDIT_DARK_GRANTS, s->keys[k].grants == 0, b->region.text);
			}
		audit_check(s, AUDIT_DARK_CUT,
			works_since.ms == BOOTTIME_NEVER.ms ||
				audit_since(s, works_since) <=
					p->lenient.blind_alert_ms + 2 * p->lenient.poll_ms + 240000,
			b->region.text);
	}
}

static bool waits(enum phase phase)
{
	return phase == PHASE_WAITING || phase == PHASE_GRACE;
}

/* Automatic acts are on again since the last step: what rests on looks of before is seen anew, but for what somebody decided in
 * the same step. */
static bool begins_anew(
	const struct sim_project *p, const struct sim_audit_binding *a, const struct incident *now)
{
	bool restored = (a->causes & CAUSE_OPERATOR) && !(now->causes & CAUSE_OPERATOR);

	if (!p->suspended || core_is_suspended(&p->core) || now->phase == PHASE_PAUSING ||
		now->phase == PHASE_DECLINED)
		return false;
	return waits(a->phase) || (restored && waits(now->phase)) ||
	       (a->phase == PHASE_NONE && a->known == OUTCOME_LOST);
}

static void audit_anew(struct sim *s, struct sim_project *p)
{
	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		struct sim_audit_binding *a = &p->audit[i];

		if (!begins_anew(p, a, &p->core.bindings[i].incident))
			continue;
		a->filled = 0;
		a->confirmed_at = BOOTTIME_NEVER;
		a->known = OUTCOME_UNKNOWN;
		a->known_at = s->now.boot;
	}
	p->suspended = core_is_suspended(&p->core);
}

/* An automatic incident that begins to pause: grace has just ended, and nothing contradicted the loss in it. */
static void audit_grace(struct sim *s, uint32_t project)
{
	struct sim_project *p = &s->projects[project];

	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		const struct incident *inc = &p->core.bindings[i].incident;
		struct sim_audit_binding *a = &p->audit[i];

		/* What was seen before an incident proves nothing of after it. */
		if (a->phase == PHASE_NONE && inc->phase != PHASE_NONE)
			a->usable_looks = 0;
		/* Nor what was seen before a restore. */
		if ((a->causes & CAUSE_OPERATOR) && !(inc->causes & CAUSE_OPERATOR) &&
			inc->phase != PHASE_NONE)
			a->usable_looks = 0;
		if ((inc->phase == PHASE_PAUSING || inc->phase == PHASE_HELD) && a->phase != PHASE_PAUSING &&
			a->phase != PHASE_HELD && !(inc->causes & CAUSE_OPERATOR) && !inc->approved)
			audit_check(s, AUDIT_PAUSE_GRACE,
				a->confirmed_at.ms != BOOTTIME_NEVER.ms &&
					audit_since(s, a->confirmed_at) >= p->lenient.grace_ms &&
					audit_since(s, a->last_access_at) >= p->lenient.grace_ms &&
					audit_since(s, a->stepped_at) >= p->lenient.grace_ms,
				p->core.bindings[i].region.text);
		if (inc->phase == PHASE_RESUMING && a->phase != PHASE_RESUMING) {
			audit_check(s, AUDIT_SUSPEND_RESTS,
				!(a->causes & CAUSE_AUTOMATIC) ||
					boottime_reached(s->now.boot, p->suspended_until),
				p->core.bindings[i].region.text);
			audit_check(s, AUDIT_RESUME_PROVEN,
				a->usable_looks >= 3 &&
					audit_since(s, a->usable_since) >= p->lenient.restore_delay_ms,
				p->core.bindings[i].region.text);
		}
		/* What is given back is held no longer, nor before a loss that came again is acted on; an operator holds against
		 * everybody. */
		if ((inc->phase != PHASE_PAUSING && inc->phase != PHASE_HELD) ||
			(inc->causes & CAUSE_OPERATOR))
			for (uint32_t k = 0; k < s->cluster_count; k++)
				if (s->clusters[k].project == project &&
					region_equal(
						&s->clusters[k].seen.region, &p->core.bindings[i].region))
					s->clusters[k].held_incident = 0;
		/* It was given for this loss: what is lost again is another. */
		if (inc->phase != PHASE_PAUSING && inc->phase != PHASE_HELD)
			a->approved_incident = 0;
		if (a->phase != inc->phase)
			sim_trace(s, "project %u %s incident %u causes %u: %s", project,
				p->core.bindings[i].region.text, inc->id.n, inc->causes,
				phase_name(inc->phase));
		a->phase = inc->phase;
		a->causes = inc->causes;
	}
}

static void audit_first(struct sim *s, uint32_t project)
{
	const struct core *core = &s->projects[project].core;

	for (uint32_t i = 0; i < core->binding_count; i++) {
		struct sim_audit_binding *a = &s->projects[project].audit[i];
		enum cut cut = core->bindings[i].incident.cut;

		if (a->first_incident != 0 && !a->first_over)
			a->first_over = audit_all_read_paused(s, core, i, false);
		if (cut == CUT_NONE || cut == CUT_AFTER_PAUSES)
			a->cut_asked = 0;
		if (cut != CUT_WANTED && cut != CUT_SENT)
			a->decided_paused = false;
		else if (!a->decided_paused)
			a->decided_paused = audit_all_read_paused(s, core, i, false);
	}
}

/* A jump of the wall clock while grace runs begins it anew. */
static void note_clock(struct sim *s, struct sim_project *p)
{
	int64_t offset_ms = s->now.wall.ms - s->now.boot.ms, step_ms = offset_ms - p->clock_offset_ms;

	p->clock_offset_ms = offset_ms;
	for (uint32_t i = 0; i < p->core.binding_count; i++)
		if ((step_ms > 60000 || step_ms < -60000) && p->audit[i].phase == PHASE_GRACE)
			p->audit[i].stepped_at = s->now.boot;
}

/* For the reader of a trace only. */
static void tell_duties(struct sim *s, uint32_t project)
{
	struct sim_project *p = &s->projects[project];
	const struct core *core = &p->core;

	if (p->told_step != core->live.step)
		printf("# drill %s\n", live_step_name(core->live.step));
	p->told_step = core->live.step;
	for (uint32_t i = 0; i < core->cluster_count; i++) {
		struct sim_cluster *c = &s->clusters[truth_find(s, &core->clusters[i].id)];

		if (c->told_duty != core->clusters[i].duty)
			printf("# duty %s %s\n", c->seen.id.text, duty_name(core->clusters[i].duty));
		c->told_duty = core->clusters[i].duty;
	}
}

void audit_step(struct sim *s, uint32_t project)
{
	if (s->trace)
		tell_duties(s, project);
	note_clock(s, &s->projects[project]);
	audit_anew(s, &s->projects[project]);
	audit_alert_step(s, project);
	audit_told_step(s, project);
	audit_grace(s, project);
	audit_first(s, project);
	audit_fold(s, project);
	audit_dark(s, project);
	for (uint32_t i = 0; i < SIM_KEYS; i++)
		s->projects[project].audit[i].given = false;
}

/* What the settings of the start and the codec of a record leave out of it is nothing to a restart. */
static bool same_fold(const struct core *a, const struct core *b)
{
	for (uint32_t i = 0; i < a->binding_count; i++) {
		struct binding x = a->bindings[i];

		x.next_arm_notice = b->bindings[i].next_arm_notice;
		x.next_rotation = b->bindings[i].next_rotation;
		x.next_look = b->bindings[i].next_look;
		if (memcmp(&x, &b->bindings[i], sizeof x) != 0)
			return false;
	}
	for (uint32_t i = 0; i < a->cluster_count; i++) {
		struct cluster x = a->clusters[i];

		x.op = b->clusters[i].op;
		if (memcmp(&x, &b->clusters[i], sizeof x) != 0)
			return false;
	}
	return true;
}

void audit_read_back(struct sim *s, const struct core *before, const struct core *core)
{
	s->hits[AUDIT_FOLD]++;
	if (before->binding_count != core->binding_count || before->cluster_count != core->cluster_count ||
		before->next_seq != core->next_seq || before->next_op != core->next_op ||
		before->next_incident != core->next_incident || before->live.step != core->live.step ||
		!same_fold(before, core))
		audit_fail(s, AUDIT_FOLD, "as read back from the disk");
}
