/* SPDX-License-Identifier: Apache-2.0 */
/* world_check: what must hold after every step. */
#include "world.h"

void world_reserve(struct core *core, struct core_need need)
{
	world_grow(&core->bindings, &core->binding_size, need.bindings, sizeof *core->bindings);
	world_grow(&core->clusters, &core->cluster_size, need.clusters, sizeof *core->clusters);
}

static void fold(struct core *core, const struct record *records, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		world_reserve(core, core_restore_need(core, &records[i]));
		core_restore(core, &records[i]);
	}
}

void world_fold(struct world *w, struct core *core)
{
	struct core_init init = {.policy = w->policy,
		.fingerprint_base = w->fingerprint_base,
		.observe_only = w->damaged_ledger,
		.held = w->foreign_ledger};

	core_init(core, &init);
	fold(core, w->records, w->record_count);
}

/* What is in flight when the daemon is killed is in doubt after it. */
static bool in_doubt(const struct cluster *c)
{
	return c->lost_pause || c->duty == DUTY_PAUSE_SENT || c->duty == DUTY_PAUSE_UNSURE;
}

/* What is in flight may have been taken, for all that a restart can know. */
static bool took(const struct cluster *c)
{
	return c->took || duty_after_restart(c->duty) == DUTY_PAUSE_UNSURE;
}

static bool same_doubts(const struct errand_slot *a, const struct errand_slot *folded)
{
	for (unsigned e = 0; e < ERRAND_COUNT; e++)
		if ((walltime_is_known(a->doubt[e]) || (a->in_flight && a->errand == (enum errand)e)) !=
			walltime_is_known(folded->doubt[e]))
			return false;
	return a->op.n == folded->op.n;
}

void world_check_fold(struct world *w)
{
	struct core folded;

	world_fold(w, &folded);
	fold(&folded, w->queued, w->queued_count);
	for (uint32_t i = 0; i < w->core.binding_count && i < folded.binding_count; i++) {
		const struct binding *a = &w->core.bindings[i], *b = &folded.bindings[i];

		if (a->armed != b->armed || phase_after_restart(a->incident.phase) != b->incident.phase ||
			a->incident.id.n != b->incident.id.n || a->incident.causes != b->incident.causes ||
			a->incident.grants_gone != b->incident.grants_gone ||
			cut_after_restart(a->incident.cut) != b->incident.cut ||
			a->incident.stands != b->incident.stands ||
			a->incident.approved != b->incident.approved ||
			a->incident.budget_spent != b->incident.budget_spent ||
			!same_doubts(&a->errand, &b->errand))
			world_broken(w, "the fold of the ledger is not the incident's state",
				phase_name(a->incident.phase));
	}
	if (w->core.binding_count != folded.binding_count || w->core.cluster_count != folded.cluster_count)
		world_broken(w, "the fold of the ledger has other bindings or clusters", "count");
	for (uint32_t i = 0; i < w->core.cluster_count && i < folded.cluster_count; i++) {
		const struct cluster *a = &w->core.clusters[i], *b = &folded.clusters[i];

		if (duty_after_restart(a->duty) != b->duty || a->our_resume_at.ms != b->our_resume_at.ms ||
			a->paused_at.ms != b->paused_at.ms || took(a) != took(b) ||
			in_doubt(a) != in_doubt(b))
			world_broken(
				w, "the fold of the ledger is not the cluster's state", duty_name(a->duty));
	}
	if (live_step_after_restart(w->core.live.step) != folded.live.step)
		world_broken(w, "the fold of the ledger is not the drill's state",
			live_step_name(w->core.live.step));
	if (folded.next_seq != w->core.next_seq)
		world_broken(w, "the fold of the ledger has another sequence", "seq");
	world_free_core(&folded);
}

void world_check_dark(struct world *w)
{
	for (uint32_t i = 0; i < w->core.binding_count; i++) {
		const struct binding *b = &w->core.bindings[i];

		if (core_dark(&w->core, i) != DARK_DARK)
			continue;
		for (uint32_t k = 0; k < w->core.cluster_count; k++) {
			const struct cluster *c = &w->core.clusters[k];

			if (c->binding == i && c->state != CLUSTER_STATE_PAUSED &&
				c->state != CLUSTER_STATE_GONE)
				world_broken(
					w, "dark is said while a cluster is not read as paused", c->id.text);
			if (c->binding == i && w->now.boot.ms - c->seen_at.ms > 6 * w->policy.incident_ms &&
				c->state != CLUSTER_STATE_GONE)
				world_broken(w, "dark is said on an old reading", c->id.text);
		}
		if (b->evidence.verdict != OUTCOME_LOST)
			world_broken(w, "dark is said without a proven loss", b->region.text);
	}
}
