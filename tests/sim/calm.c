/* SPDX-License-Identifier: Apache-2.0 */
/* calm: the world is kind from here on, and what must come has to come. */
#include "sim.h"
#include <stddef.h>
#include <string.h>

static void give_command(struct sim *s, uint32_t project, enum command command, const struct binding *b)
{
	struct event e = {.type = EV_COMMAND};
	struct core_plan plan;

	core_plan(&s->projects[project].core, (uint32_t)(b - s->projects[project].core.bindings), &plan);
	e.command.command = command;
	e.command.how =
		chance_one_in(&s->chance, 3) ? CAUSE_PAUSE_FIRST | CAUSE_REVOKE_GRANTS : CAUSE_REVOKE_GRANTS;
	if (chance_one_in(&s->chance, 4))
		e.command.how |= CAUSE_DISABLE_KEY;
	else if (s->project_count == 1 && chance_one_in(&s->chance, 3))
		e.command.how |= CAUSE_REMOVE;
	e.command.region = b->region;
	e.command.incident = b->incident.id;
	e.command.plan = plan.digest;
	orders_command(s, project, &e, false);
}

/* What waits for a person is decided. */
static void decide(struct sim *s, enum command command)
{
	for (uint32_t i = 0; i < s->project_count; i++)
		for (uint32_t b = 0; b < s->projects[i].core.binding_count; b++) {
			const struct binding *bi = &s->projects[i].core.bindings[b];

			if (bi->incident.phase == PHASE_NONE)
				continue;
			if (command == COMMAND_RESTORE && !(bi->incident.causes & CAUSE_OPERATOR))
				continue;
			give_command(s, i, command, bi);
		}
}

/* Each question is asked every minute and has to be answered within its bound; `fail` says by what it is not. */
typedef bool question_fn(struct sim *s, bool fail);

static bool holds(struct sim *s, enum audit what, bool yes, bool fail, const char *detail)
{
	s->hits[what]++;
	if (!yes && fail)
		audit_fail(s, what, detail);
	return yes;
}

static void run_until_so(struct sim *s, question_fn *is_so, int64_t bound_minutes)
{
	int64_t minute_ms = SIM_MINUTE_MS * (s->week ? 30 : 1);

	for (int64_t i = 0; i < bound_minutes && !s->violation[0]; i++) {
		sim_run_until(s, boottime_after(s->now.boot, minute_ms));
		if (is_so(s, false))
			break;
	}
	/* And it stays so. */
	sim_run_until(s, boottime_after(s->now.boot, 2 * minute_ms));
	(void)is_so(s, true);
}

/* What has just changed by itself must first be read. */
static bool may_be_unread(const struct sim *s, const struct sim_cluster *c, struct boottime since)
{
	return s->now.boot.ms - since.ms <= 8 * s->projects[c->project].lenient.incident_ms + SIM_MINUTE_MS;
}

/* A key that works again through somebody else is not dark, and told. `last`: nobody waits any longer for what has just
 * changed to be read. */
static bool must_be_dark(const struct sim *s, uint32_t project, const struct region *region, bool last)
{
	for (uint32_t k = 0; k < s->key_count; k++)
		if (region_equal(&s->keys[k].region, region) && truth_opens(&s->keys[k]))
			return false;
	for (uint32_t k = 0; k < s->cluster_count; k++)
		if (s->clusters[k].project == project && !s->clusters[k].deleted &&
			region_equal(&s->clusters[k].seen.region, region) &&
			(s->clusters[k].seen.state != CLUSTER_STATE_PAUSED ||
				(last && may_be_unread(s, &s->clusters[k], s->clusters[k].state_since))))
			return false;
	return true;
}

/* A key that is not cut waits for a cluster that runs and is not excluded, or that has just stopped. */
static bool waits_for_nothing(const struct sim *s, uint32_t project, const struct binding *b)
{
	if (b->incident.cut != CUT_AFTER_PAUSES)
		return false;
	for (uint32_t k = 0; k < s->cluster_count; k++)
		if (s->clusters[k].project == project && !s->clusters[k].deleted &&
			!s->clusters[k].seen.mark.excluded &&
			region_equal(&s->clusters[k].seen.region, &b->region) &&
			(s->clusters[k].seen.state != CLUSTER_STATE_PAUSED ||
				may_be_unread(s, &s->clusters[k], s->clusters[k].state_since)))
			return false;
	return true;
}

/* They are listed and revoked after that, a batch at a time. */
static bool just_dark(const struct sim *s, uint32_t project, uint32_t binding)
{
	const struct sim_project *p = &s->projects[project];

	return s->now.boot.ms - p->audit[binding].dark_since.ms <=
	       30 * p->lenient.incident_ms + SIM_MINUTE_MS;
}

static bool owes_grants(const struct sim *s, const struct binding *b)
{
	const struct incident *i = &b->incident;

	for (uint32_t k = 0; k < s->key_count; k++)
		if (region_equal(&s->keys[k].region, &b->region))
			return s->keys[k].grants > 0 && (i->causes & CAUSE_REVOKE_GRANTS) &&
			       (i->cut == CUT_MADE || i->cut == CUT_BY_HAND);
	return false;
}

/* What was taken is done, whoever had undone it before. */
static bool is_cut(const struct sim *s, uint32_t project, uint32_t binding)
{
	const struct binding *b = &s->projects[project].core.bindings[binding];

	if (b->incident.id.n == 0 || b->incident.cut == CUT_AFTER_PAUSES ||
		s->projects[project].audit[binding].calm_incident != b->incident.id.n)
		return true;
	for (uint32_t k = 0; k < s->key_count; k++)
		if (region_equal(&s->keys[k].region, &b->region))
			return !truth_works(&s->keys[k]);
	return true;
}

static bool is_revoked(struct sim *s, bool fail)
{
	bool all = true;

	for (uint32_t i = 0; i < s->cluster_count; i++) {
		const struct sim_cluster *c = &s->clusters[i];
		bool runs = (c->seen.state == CLUSTER_STATE_RUNNING || c->seen.state == CLUSTER_STATE_BUSY ||
				    c->seen.state == CLUSTER_STATE_PAUSING) &&
			    !may_be_unread(s, c, c->not_paused_since) && !may_be_unread(s, c, c->up_since);

		all = holds(s, AUDIT_LIVE_PAUSED, c->deleted || !runs || c->seen.mark.excluded, fail,
			      c->seen.id.text) &&
		      all;
	}
	for (uint32_t i = 0; i < s->project_count; i++)
		for (uint32_t b = 0; b < s->projects[i].core.binding_count; b++) {
			enum dark dark = core_dark(&s->projects[i].core, b);

			all = holds(s, AUDIT_LIVE_DARK,
				      dark == DARK_DARK ||
					      (dark == DARK_GRANTS_ALIVE &&
						      !(s->projects[i].core.bindings[b].incident.causes &
							      CAUSE_REVOKE_GRANTS)) ||
					      !must_be_dark(
						      s, i, &s->projects[i].core.bindings[b].region, fail),
				      fail, dark_name(dark)) &&
			      all;
			all = holds(s, AUDIT_LIVE_GRANTS,
				      dark != DARK_DARK ||
					      !owes_grants(s, &s->projects[i].core.bindings[b]) ||
					      (fail && just_dark(s, i, b)),
				      fail, dark_name(dark)) &&
			      all;
			all = holds(s, AUDIT_LIVE_ASKED, is_cut(s, i, b), fail,
				      s->projects[i].core.bindings[b].region.text) &&
			      all;
			all = holds(s, AUDIT_LIVE_CUT,
				      !waits_for_nothing(s, i, &s->projects[i].core.bindings[b]), fail,
				      s->projects[i].core.bindings[b].region.text) &&
			      all;
		}
	return all;
}

/* Everything is revoked, and the world keeps still: all goes dark. */
void calm_revoke(struct sim *s)
{
	decide(s, COMMAND_APPROVE);
	for (uint32_t i = 0; i < s->project_count; i++)
		for (uint32_t b = 0; b < s->projects[i].core.binding_count; b++)
			give_command(s, i, COMMAND_REVOKE, &s->projects[i].core.bindings[b]);
	run_until_so(s, is_revoked, 60);
}

static bool is_restored(struct sim *s, bool fail)
{
	bool all = true;

	for (uint32_t i = 0; i < s->project_count; i++)
		for (uint32_t b = 0; b < s->projects[i].core.binding_count; b++) {
			const struct incident *inc = &s->projects[i].core.bindings[b].incident;

			all = holds(s, AUDIT_LIVE_CLOSED, inc->phase == PHASE_NONE, fail,
				      phase_name(inc->phase)) &&
			      all;
		}
	for (uint32_t i = 0; i < s->project_count; i++)
		all = holds(s, AUDIT_LIVE_DRILL, s->projects[i].core.live.step == LIVE_NONE, fail,
			      live_step_name(s->projects[i].core.live.step)) &&
		      all;
	for (uint32_t i = 0; i < s->cluster_count; i++) {
		const struct sim_cluster *c = &s->clusters[i];

		/* What people touched is theirs; what they did not touch is as it was. */
		if (c->person_touched || c->deleted || c->unexplained || !c->initially_running)
			continue;
		all = holds(s, AUDIT_LIVE_EXACT, c->seen.state == CLUSTER_STATE_RUNNING, fail,
			      c->seen.id.text) &&
		      all;
	}
	return all;
}

/* By what the looks said it may be somebody else's by now; then it is left. */
static bool is_enabled(struct sim *s, bool fail)
{
	bool all = true;

	for (uint32_t k = 0; k < s->key_count; k++) {
		const struct sim_version *v = truth_now(&s->keys[k]);
		const struct sim_project *p = v->off_by ? &s->projects[v->off_by - 1] : NULL;
		uint32_t b = p ? core_find_binding(&p->core, &s->keys[k].region) : CORE_NO_INDEX;
		bool owed = b != CORE_NO_INDEX && v->state == KEY_STATE_DISABLED && !p->core.held &&
			    p->audit[b].operator_incident == 0 && p->audit[b].off_incident == v->off_incident;

		all = holds(s, AUDIT_LIVE_ENABLED, !owed, fail, s->keys[k].region.text) && all;
	}
	return all;
}

static bool is_put_back(struct sim *s, bool fail)
{
	bool all = true;

	for (uint32_t k = 0; k < s->key_count; k++) {
		const struct sim_project *p = &s->projects[0];
		uint32_t b = core_find_binding(&p->core, &s->keys[k].region);
		bool owed = truth_now(&s->keys[k])->out && b != CORE_NO_INDEX && !p->core.held &&
			    p->audit[b].operator_incident == 0;

		all = holds(s, AUDIT_LIVE_BACK, !owed, fail, s->keys[k].region.text) && all;
	}
	return all;
}

/* Access is back everywhere and restore is asked for: everything is given back. */
void calm_restore(struct sim *s)
{
	for (uint32_t i = 0; i < s->project_count; i++)
		orders_command(s, i,
			&(struct event){.type = EV_COMMAND, .command.command = COMMAND_UNSUSPEND}, false);
	for (uint32_t i = 0; i < s->project_count; i++)
		if (s->projects[i].core.live.step != LIVE_NONE) /* of one that has no incident to approve */
			orders_command(s, i,
				&(struct event){.type = EV_COMMAND, .command.command = COMMAND_ADOPT}, false);
	decide(s, COMMAND_APPROVE); /* of ledgers that were found foreign */
	decide(s, COMMAND_RESTORE);
	sim_run_until(s, boottime_after(s->now.boot, SIM_MINUTE_MS));
	run_until_so(s, is_enabled, 30);
	for (uint32_t k = 0; k < s->key_count; k++) {
		struct sim_version v = *truth_now(&s->keys[k]);

		v.state = KEY_STATE_ENABLED;
		v.policy = SIM_ALLOWED;
		truth_edit(s, &s->keys[k], v);
	}
	run_until_so(s, is_put_back, 40);
	run_until_so(s, is_restored, s->hangs ? 400 : 100);
	s->hangs = false;
}

/* ---- a loss that nobody decides about: the daemon pauses by itself, and gives back ---- */

static struct sim_project *project_of(struct sim *s, const struct sim_cluster *c)
{
	return &s->projects[c->project];
}

/* It is what the configuration lets an automatic incident pause. */
static bool is_paused_by_itself(const struct sim_cluster *c)
{
	return !c->deleted && c->seen.state == CLUSTER_STATE_RUNNING && !c->seen.mark.excluded &&
	       c->seen.mark.reaction == REACTION_PAUSE;
}

/* Everybody's keys work, every project may pause, and nothing of before is open. */
static void settle_down(struct sim *s)
{
	for (uint32_t i = 0; i < s->project_count; i++) {
		struct sim_project *p = &s->projects[i];
		struct policy_settings policy = p->policy;

		policy.reaction = REACTION_PAUSE;
		policy.max_pauses = 100000;
		sim_policy_use(p, &policy);
		if (p->core.held)
			orders_command(s, i,
				&(struct event){.type = EV_COMMAND, .command.command = COMMAND_ADOPT}, false);
		/* And it is back where its ledger is from, unless that was adopted. */
		if (p->foreign && !p->core.held)
			p->machine = p->owner;
		p->foreign = p->foreign && p->core.held;
		hands_settings(s, i);
	}
}

static int64_t slowest(const struct sim *s, size_t member)
{
	int64_t ms = 0;

	for (uint32_t i = 0; i < s->project_count; i++) {
		const char *policy = (const char *)&s->projects[i].policy;
		int64_t its_ms = *(const int64_t *)(policy + member);

		if (its_ms > ms)
			ms = its_ms;
	}
	return ms;
}
#define SLOWEST(s, member) slowest(s, offsetof(struct policy_settings, member))

/* Until then three looks say so. */
static int64_t confirmed_ms(const struct sim *s)
{
	return SLOWEST(s, poll_ms) + 3 * SLOWEST(s, confirm_ms) + 2000;
}

static void lose_keys(struct sim *s)
{
	static const enum sim_policy lost[] = {SIM_DENIED, SIM_NO_ALLOW};

	for (uint32_t k = 0; k < s->key_count; k++) {
		struct sim_version v = *truth_now(&s->keys[k]);

		if (chance_one_in(&s->chance, 3))
			v.state = KEY_STATE_DISABLED;
		else
			v.policy = lost[chance_below(&s->chance, 2)];
		truth_edit(s, &s->keys[k], v);
	}
}

static void give_keys_back(struct sim *s)
{
	for (uint32_t k = 0; k < s->key_count; k++) {
		struct sim_version v = *truth_now(&s->keys[k]);

		v.state = KEY_STATE_ENABLED;
		v.policy = SIM_ALLOWED;
		truth_edit(s, &s->keys[k], v);
	}
}

static void each_binding(struct sim *s, enum audit what,
	bool (*is_so)(const struct sim_audit_binding *a, const struct binding *b))
{
	for (uint32_t i = 0; i < s->project_count; i++)
		for (uint32_t b = 0; b < s->projects[i].core.binding_count; b++)
			(void)holds(s, what,
				is_so(&s->projects[i].audit[b], &s->projects[i].core.bindings[b]), true,
				s->projects[i].core.bindings[b].region.text);
}

static bool is_armed(const struct sim_audit_binding *a, const struct binding *b)
{
	return a->armed && b->armed;
}

static bool is_confirmed(const struct sim_audit_binding *a, const struct binding *b)
{
	return a->confirmed_at.ms != BOOTTIME_NEVER.ms && b->incident.phase != PHASE_NONE;
}

static bool is_closed(const struct sim_audit_binding *a, const struct binding *b)
{
	(void)a;
	return b->incident.phase == PHASE_NONE;
}

static void order_all(struct sim *s, enum command command)
{
	for (uint32_t i = 0; i < s->project_count; i++)
		orders_command(s, i, &(struct event){.type = EV_COMMAND, .command.command = command}, false);
}

void calm_loss(struct sim *s)
{
	int64_t minute_ms = SIM_MINUTE_MS * (s->week ? 30 : 1), incident_ms, bound_ms;
	bool ran[SIM_CLUSTERS], waits = chance_one_in(&s->chance, 3), dies = chance_one_in(&s->chance, 2),
				revoked = chance_one_in(&s->chance, 3);

	settle_down(s);
	sim_run_until(s, boottime_after(s->now.boot, 10 * minute_ms));
	each_binding(s, AUDIT_LIVE_ARMED, is_armed);
	if (s->violation[0])
		return;
	incident_ms = SLOWEST(s, incident_ms);
	budget_init(&s->budget, 1000);
	/* What was spent before makes room in time. */
	if (waits)
		budget_restore(&s->budget, (struct walltime){s->now.wall.ms - 3600000 + 5 * SIM_MINUTE_MS},
			999, 1000);
	for (uint32_t k = 0; k < s->cluster_count; k++)
		ran[k] = is_paused_by_itself(&s->clusters[k]) &&
			 core_find_cluster(&project_of(s, &s->clusters[k])->core, &s->clusters[k].seen.id) !=
				 CORE_NO_INDEX;
	/* What others do right when an operator restores is theirs, once no look shows ours any more. */
	if (revoked) {
		order_all(s, COMMAND_REVOKE);
		sim_run_until(s, boottime_after(s->now.boot, 5 * minute_ms));
		order_all(s, COMMAND_RESTORE);
		sim_run_until(s, boottime_after(s->now.boot, 500));
	}
	lose_keys(s);
	sim_run_until(
		s, boottime_after(s->now.boot, confirmed_ms(s) + (revoked ? 5 * SLOWEST(s, poll_ms) : 0)));
	each_binding(s, AUDIT_LIVE_CONFIRMED, is_confirmed);
	bound_ms = SLOWEST(s, grace_ms) + 12 * incident_ms + 60000 +
		   (waits ? 5 * SIM_MINUTE_MS + 3 * incident_ms : 0);
	if (dies && !s->violation[0]) {
		sim_run_until(s, boottime_after(s->now.boot, chance_range(&s->chance, 0, bound_ms)));
		life_kill(s);
		life_start(s);
		bound_ms += confirmed_ms(s);
	}
	sim_run_until(s, boottime_after(s->now.boot, bound_ms));
	for (uint32_t k = 0; k < s->cluster_count; k++)
		if (ran[k])
			(void)holds(s, AUDIT_LIVE_AUTO, s->clusters[k].seen.state == CLUSTER_STATE_PAUSED,
				true, s->clusters[k].seen.id.text);
	give_keys_back(s);
	if (dies && !s->violation[0] && chance_one_in(&s->chance, 2)) {
		sim_run_until(s, boottime_after(s->now.boot,
					 chance_range(&s->chance, 0, SLOWEST(s, restore_delay_ms))));
		life_kill(s);
		life_start(s);
	}
	sim_run_until(s, boottime_after(s->now.boot, confirmed_ms(s) + SLOWEST(s, restore_delay_ms) +
							     3 * SLOWEST(s, poll_ms) + 12 * incident_ms +
							     2 * minute_ms));
	for (uint32_t k = 0; k < s->cluster_count; k++)
		if (ran[k])
			(void)holds(s, AUDIT_LIVE_AUTO_BACK,
				s->clusters[k].seen.state == CLUSTER_STATE_RUNNING, true,
				s->clusters[k].seen.id.text);
	each_binding(s, AUDIT_LIVE_AUTO_BACK, is_closed);
}
