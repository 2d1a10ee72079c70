/* SPDX-License-Identifier: Apache-2.0 */
/* audit_step: what must hold of the core itself after every step; audit.c watches what comes to it and what leaves it. */
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
		a->next_seq != b->next_seq || a->suspended_until.ms != b->suspended_until.ms) {
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
			x->incident.stands != y->incident.stands ||
			(x->incident.stands & CUT_MEANS_BIT(CUT_MEANS_REMOVE) &&
				memcmp(&x->incident.kept, &y->incident.kept, sizeof x->incident.kept) != 0) ||
			x->incident.grants_gone != y->incident.grants_gone ||
			x->deletion.ms != y->deletion.ms || !same_doubts(&x->errand, &y->errand))
			audit_fail(s, AUDIT_FOLD, phase_name(x->incident.phase));
	}
	for (uint32_t i = 0; i < a->cluster_count; i++) {
		const struct cluster *x = &a->clusters[i], *y = &b->clusters[i];

		if (duty_after_restart(x->duty) != y->duty || x->our_resume_at.ms != y->our_resume_at.ms ||
			x->paused_at.ms != y->paused_at.ms || took(x) != took(y))
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
		if (!a->dark)
			continue;
		s->hits[AUDIT_DARK_CLUSTERS]++;
		for (uint32_t k = 0; k < s->cluster_count; k++) {
			const struct sim_cluster *c = &s->clusters[k];

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
		if (inc->phase == PHASE_PAUSING && a->phase != PHASE_PAUSING && a->phase != PHASE_HELD &&
			!(inc->causes & CAUSE_OPERATOR) && !inc->approved)
			audit_check(s, AUDIT_PAUSE_GRACE,
				audit_since(s, a->confirmed_at) >= p->lenient.grace_ms &&
					audit_since(s, a->last_access_at) >= p->lenient.grace_ms,
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
		/* What waited, or would soon be believed, is seen anew once automatic acts are on again. */
		if (p->suspended && !core_is_suspended(&p->core) &&
			(a->phase == PHASE_WAITING || a->phase == PHASE_GRACE ||
				(a->phase == PHASE_NONE && audit_newest_known(a) == OUTCOME_LOST))) {
			a->filled = 0;
			a->confirmed_at = BOOTTIME_NEVER;
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
		if (a->phase != inc->phase)
			sim_trace(s, "project %u %s incident %u causes %u: %s", project,
				p->core.bindings[i].region.text, inc->id.n, inc->causes,
				phase_name(inc->phase));
		a->phase = inc->phase;
		a->causes = inc->causes;
	}
	p->suspended = core_is_suspended(&p->core);
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

/* For the reader of a trace only. */
static void tell_duties(struct sim *s, uint32_t project)
{
	const struct core *core = &s->projects[project].core;

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
	audit_grace(s, project);
	audit_first(s, project);
	audit_fold(s, project);
	audit_dark(s, project);
}
