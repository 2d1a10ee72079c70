/* SPDX-License-Identifier: Apache-2.0 */
/* audit_act: what must hold of each thing that leaves the core; audit.c watches what comes to it. */
#include "audit.h"
#include <string.h>

static void note_grant(struct sim *s, struct walltime at, uint32_t project, uint32_t count)
{
	s->grants[s->grant_count % 256].at = at;
	s->grants[s->grant_count % 256].project = project;
	s->grants[s->grant_count++ % 256].count = count;
}

void audit_budget_spent(struct sim *s, uint32_t project, const struct record *record)
{
	note_grant(s, record->at, project, record->count);
}

/* What the budget granted, over all projects, in the hour that ends now: its own sum, from the grants themselves. */
void audit_budget(struct sim *s, uint32_t project, uint32_t binding, uint32_t count, bool granted)
{
	uint32_t sum = count, own = count, kept = s->grant_count < 256 ? s->grant_count : 256;

	for (uint32_t i = 0; i < kept; i++)
		if (s->now.wall.ms - s->grants[i].at.ms < 3600000) {
			sum += s->grants[i].count;
			own += s->grants[i].project == project ? s->grants[i].count : 0;
		} else
			s->grants[i].count =
				0; /* an hour old once is old for good, whatever the clock does */
	if (!granted)
		return;
	audit_check(s, AUDIT_PAUSE_BUDGET, sum <= s->budget.max, "granted");
	audit_check(s, AUDIT_PAUSE_BUDGET, own <= s->projects[project].lenient.max_pauses,
		"granted to one project");
	note_grant(s, s->now.wall, project, count);
	s->projects[project].audit[binding].granted = count;
	s->projects[project].audit[binding].granted_incident =
		s->projects[project].core.bindings[binding].incident.id.n;
}

static void audit_automatic(
	struct sim *s, uint32_t project, uint32_t binding, struct sim_cluster *c, uint32_t incident)
{
	struct sim_project *p = &s->projects[project];
	struct sim_audit_binding *a = &p->audit[binding];
	bool deletion = p->policy.pause_on_deletion, waits = false;

	for (uint32_t i = 0; i < a->filled && !audit_sees_access(a->window[i]); i++)
		waits = waits || (a->gates[i] == GATE_APPROVE && !(deletion && a->dies[i]));
	audit_check(
		s, AUDIT_SUSPEND_RESTS, boottime_reached(s->now.boot, p->suspended_until), c->seen.id.text);
	audit_check(s, AUDIT_PAUSE_ARMED, a->armed, c->seen.id.text);
	audit_check(s, AUDIT_PAUSE_CONFIRMED, a->confirmed_at.ms != BOOTTIME_NEVER.ms, c->seen.id.text);
	audit_check(s, AUDIT_PAUSE_AGREED,
		a->filled > 0 && a->window[0] == OUTCOME_LOST &&
			audit_since(s, a->last_look_at) <= p->lenient.poll_ms + 6000,
		c->seen.id.text);
	audit_check(s, AUDIT_PAUSE_GATE, !waits, c->seen.id.text);
	/* By a clock that jumps, and counted where nobody tells: a day is clear enough. */
	audit_check(s, AUDIT_HELD_FORESEEN,
		c->held_incident != incident || !walltime_is_known(c->read_up_at) ||
			c->read_up_at.ms > c->old_resume_at.ms - AUDIT_DAY_MS,
		c->seen.id.text);
	audit_check(s, AUDIT_PAUSE_REACTION,
		p->policy.reaction == REACTION_PAUSE && c->seen.mark.reaction == REACTION_PAUSE,
		c->seen.id.text);
	if (c->counted_incident != incident) {
		c->counted_incident = incident;
		audit_check(s, AUDIT_PAUSE_BUDGET, a->granted > 0 && a->granted_incident == incident,
			c->seen.id.text);
		a->granted -= a->granted > 0;
	}
}

static void audit_pause(
	struct sim *s, uint32_t project, uint32_t binding, const struct deed *deed, struct sim_cluster *c)
{
	struct sim_project *p = &s->projects[project];
	struct sim_audit_binding *a = &p->audit[binding];
	const struct incident *i = &p->core.bindings[binding].incident;

	c->tried_incident = deed->incident.n;
	audit_check(s, AUDIT_EXCLUDED, !c->seen.mark.excluded, c->seen.id.text);
	audit_check(s, AUDIT_ACT_STATE, c->delivered_any && c->delivered == CLUSTER_STATE_RUNNING,
		c->seen.id.text);
	if (a->approved_incident == deed->incident.n ||
		(a->operator_incident == deed->incident.n && (i->causes & CAUSE_OPERATOR)))
		c->counted_incident =
			deed->incident.n; /* a later pause of it in this incident is no first one */
	if (a->approved_incident == deed->incident.n) {
		audit_check(s, AUDIT_APPROVED_NOT_CONTRADICTED,
			(i->causes & CAUSE_OPERATOR) || (a->filled > 0 && a->window[0] != OUTCOME_USABLE &&
								a->window[0] != OUTCOME_DEGRADED),
			c->seen.id.text);
		audit_check(s, AUDIT_APPROVED_PLAN,
			(i->causes & CAUSE_OPERATOR) || c->approved_incident == deed->incident.n,
			c->seen.id.text);
		return;
	}
	if (a->operator_incident == deed->incident.n && (i->causes & CAUSE_OPERATOR)) {
		audit_check(s, AUDIT_OPERATOR_CUT_FIRST,
			(i->causes & (CAUSE_PAUSE_ONLY | CAUSE_PAUSE_FIRST)) || i->cut == CUT_MADE ||
				(a->filled && a->window[0] == OUTCOME_LOST),
			c->seen.id.text);
		return;
	}
	audit_automatic(s, project, binding, c, deed->incident.n);
}

/* Theirs can be told from ours only if ours was read before. A resume that failed falls back to PAUSED with a new schedule: what
 * was read is what is compared. */
static bool read_as_theirs(const struct sim_cluster *c)
{
	return c->our_read_epoch == c->our_epoch && c->read_epoch == c->pause_epoch &&
	       truth_apart(c->seen.resume_at, c->our_read_resume_at) && !c->alike;
}

static void audit_resume(
	struct sim *s, uint32_t project, uint32_t binding, const struct deed *deed, struct sim_cluster *c)
{
	struct sim_project *p = &s->projects[project];
	struct sim_audit_binding *a = &p->audit[binding];
	/* One of a drill may come late, and that of the incident have been undone by then. */
	bool ours = (c->paused_by_daemon &&
			    (c->paused_incident == deed->incident.n ||
				    (c->paused_incident == 0 && c->tried_incident == deed->incident.n))) ||
		    c->included_incident == deed->incident.n;
	bool foreseen =
		walltime_is_known(c->our_resume_at) && s->now.wall.ms >= c->our_resume_at.ms - 3600000;

	audit_check(s, AUDIT_ACT_STATE, c->delivered_any && c->delivered == CLUSTER_STATE_PAUSED,
		c->seen.id.text);
	audit_check(s, AUDIT_RESUME_OURS,
		ours || c->our_incident == deed->incident.n || c->lost_incident == deed->incident.n,
		c->seen.id.text);
	audit_check(s, AUDIT_RESUME_UNTOUCHED,
		ours || !read_as_theirs(c) || foreseen || c->lost_incident == deed->incident.n,
		c->seen.id.text);
	audit_check(
		s, AUDIT_RESUME_CAUSELESS, p->core.bindings[binding].incident.causes == 0, c->seen.id.text);
	audit_check(s, AUDIT_RESUME_PROVEN,
		a->usable_looks >= 3 && a->window[0] == OUTCOME_USABLE &&
			audit_since(s, a->last_look_at) <= p->lenient.poll_ms + 6000,
		c->seen.id.text);
	audit_check(s, AUDIT_OPERATOR_ENDS, a->operator_incident != deed->incident.n, c->seen.id.text);
}

enum outcome audit_newest_known(const struct sim_audit_binding *a)
{
	for (uint32_t i = 0; i < a->filled; i++)
		if (a->window[i] != OUTCOME_UNKNOWN)
			return a->window[i];
	return OUTCOME_UNKNOWN;
}

static void audit_take(struct sim *s, uint32_t project, const struct deed *deed)
{
	const struct digest *kept = &s->projects[project].core.bindings[deed->binding].incident.kept;
	struct sim_audit_binding *a = &s->projects[project].audit[deed->binding];

	audit_check(s, AUDIT_TAKE_ASKED,
		a->remove_incident == deed->incident.n && a->operator_incident == deed->incident.n,
		deed->region.text);
	audit_check(s, AUDIT_TAKE_KEPT, kept->bytes[0] == 1 && !kept->bytes[3], deed->region.text);
	a->out_sent = deed->incident.n;
}

static void audit_cut(struct sim *s, uint32_t project, const struct deed *deed)
{
	struct sim_audit_binding *a = &s->projects[project].audit[deed->binding];

	if (a->first_incident == deed->incident.n)
		audit_check(s, AUDIT_CUT_AFTER_PAUSES,
			a->first_over ||
				audit_all_read_paused(s, &s->projects[project].core, deed->binding, false),
			deed->region.text);
	a->cut_incident = deed->incident.n;
	if (deed->means == CUT_MEANS_REMOVE)
		audit_take(s, project, deed);
	if (deed->means != CUT_MEANS_DISABLE)
		return;
	audit_check(s, AUDIT_DISABLE_ASKED,
		a->disable_incident == deed->incident.n && a->operator_incident == deed->incident.n,
		deed->region.text);
	a->off_incident_before = a->off_incident;
	a->off_op = deed->op.n;
	a->off_sent = deed->incident.n;
	if (!a->off_known)
		a->off_incident = deed->incident.n;
}

static void audit_grants(struct sim *s, uint32_t project, const struct deed *deed)
{
	struct sim_audit_binding *a = &s->projects[project].audit[deed->binding];

	audit_check(s, AUDIT_GRANTS_DARK,
		a->grants_incident == deed->incident.n && a->operator_incident == deed->incident.n &&
			a->cut_incident == deed->incident.n && audit_newest_known(a) == OUTCOME_LOST &&
			audit_all_read_paused(s, &s->projects[project].core, deed->binding, true),
		deed->region.text);
	audit_check(s, AUDIT_GRANTS_LISTED, a->grants_listed, deed->region.text);
	a->grants_listed = false;
}

/* KMS has no conditional put: one that was read before another was put would write over it. */
static void audit_edit(struct sim *s, struct sim_project *p, uint32_t binding, const struct deed *deed)
{
	if (binding == CORE_NO_INDEX)
		return;
	/* After the daemon stood still an answer may lie there unread: what has not left by then is not wanted any more. */
	audit_check(s, AUDIT_ONE_EDITOR,
		p->edit_op[binding] == 0 || audit_since(s, p->edit_since[binding]) >= AUDIT_LATE_MS,
		deed->region.text);
	p->edit_op[binding] = deed->op.n;
	p->edit_since[binding] = s->now.boot;
}

void audit_edited(struct sim *s, uint32_t project, struct op_id op)
{
	struct sim_project *p = &s->projects[project];

	for (uint32_t i = 0; i < SIM_KEYS; i++)
		if (p->edit_op[i] == op.n)
			p->edit_op[i] = 0;
}

static void audit_drill(
	struct sim *s, const struct sim_project *p, const struct deed *deed, struct sim_cluster *c)
{
	const struct sim_audit_binding *a = &p->audit[deed->binding];
	bool open = false;

	for (uint32_t i = 0; i < p->core.binding_count; i++)
		open = open || (p->core.bindings[i].incident.phase != PHASE_NONE &&
				       (deed->type == FX_PAUSE || i == deed->binding));
	if (deed->type == FX_RESUME) {
		audit_check(s, AUDIT_DRILL_RESUMES,
			c->drilled && !open && audit_newest_known(a) != OUTCOME_LOST, c->seen.id.text);
		audit_check(s, AUDIT_RESUME_UNTOUCHED,
			c->paused_by_daemon || c->our_epoch == 0 || c->our_incident != 0 ||
				!read_as_theirs(c),
			c->seen.id.text);
		audit_check(s, AUDIT_ACT_STATE, c->delivered_any && c->delivered == CLUSTER_STATE_PAUSED,
			c->seen.id.text);
		return;
	}
	c->drilled = true;
	audit_check(s, AUDIT_EXCLUDED, !c->seen.mark.excluded, c->seen.id.text);
	audit_check(s, AUDIT_DRILL_ASKED,
		p->drill == 1 + (uint32_t)(c - s->clusters) && !open && a->filled > 0 &&
			a->window[0] == OUTCOME_USABLE,
		c->seen.id.text);
	audit_check(s, AUDIT_ACT_STATE, c->delivered_any && c->delivered == CLUSTER_STATE_RUNNING,
		c->seen.id.text);
}

void audit_act(struct sim *s, uint32_t project, const struct deed *deed, struct sim_cluster *c)
{
	struct sim_project *p = &s->projects[project];
	uint32_t flying = 0;

	audit_check(s, AUDIT_INTENT_DURABLE, deed->after.n != 0 && deed->after.n <= p->barrier.durable.n,
		"after");
	if (p->foreign)
		audit_check(s, AUDIT_HELD_RESTS, p->approved_here, "act");
	if ((deed->type == FX_CUT || deed->type == FX_UNCUT) && deed->means != CUT_MEANS_DISABLE)
		audit_edit(s, p, deed->binding, deed);
	if (deed->type == FX_UNCUT && deed->means == CUT_MEANS_REMOVE)
		audit_check(s, AUDIT_BACK_OURS,
			p->audit[deed->binding].out_sent == deed->incident.n &&
				p->audit[deed->binding].operator_incident != deed->incident.n,
			deed->region.text);
	if (deed->type == FX_CUT)
		audit_cut(s, project, deed);
	if (deed->type == FX_REVOKE_GRANTS)
		audit_grants(s, project, deed);
	if (!c)
		return;
	audit_check(s, AUDIT_ONE_ACT, !c->in_flight, c->seen.id.text);
	c->in_flight = true;
	audit_told_sent(c, deed);
	c->given_back = deed->type == FX_RESUME;
	for (uint32_t i = 0; i < s->cluster_count; i++)
		flying += s->clusters[i].project == project && s->clusters[i].in_flight;
	/* And one of a drill. */
	audit_check(s, AUDIT_FEW_ACTS, flying <= 5, c->seen.id.text);
	if (deed->incident.n == 0)
		audit_drill(s, p, deed, c);
	else if (deed->type == FX_PAUSE)
		audit_pause(s, project, deed->binding, deed, c);
	else
		audit_resume(s, project, deed->binding, deed, c);
}

void audit_errand(struct sim *s, uint32_t project, const struct deed *deed)
{
	struct sim_project *p = &s->projects[project];
	uint32_t slot = deed->binding == CORE_NO_INDEX ? SIM_KEYS : deed->binding;

	audit_check(s, AUDIT_ERRAND_ONCE,
		deed->after.n != 0 && deed->after.n <= p->barrier.durable.n &&
			deed->op.n > p->errand_op[slot] && !p->errands_out[slot],
		errand_name(deed->errand));
	audit_check(s, AUDIT_ERRAND_REVOKED,
		(deed->errand != ERRAND_ENABLE_KEY && deed->errand != ERRAND_REMOVE_STATEMENT) ||
			p->audit[deed->binding].operator_incident == 0,
		deed->region.text);
	if (deed->errand == ERRAND_REMOVE_STATEMENT)
		audit_edit(s, p, deed->binding, deed);
	else if (deed->errand == ERRAND_APPLY_POLICY)
		audit_edit(s, p, core_find_binding(&p->core, &p->core.errand.region), deed);
	p->errand_op[slot] = deed->op.n;
	p->errands_out[slot] = true;
}

static bool fits(const struct look *l, enum reason reason)
{
	bool lost = l->key_state != KEY_STATE_DISABLED && l->have_access;

	switch (reason) {
	case REASON_KEY_DISABLED:
		return l->key_state == KEY_STATE_DISABLED;
	case REASON_POLICY_DENIED:
		return lost && l->access.cut_by == CUT_BY_NONE && l->access.by_deny;
	case REASON_POLICY_NO_ALLOW:
		return lost && l->access.cut_by == CUT_BY_NONE && !l->access.by_deny;
	case REASON_FOREIGN_CUT:
		return lost && l->access.cut_by == CUT_BY_FOREIGN;
	case REASON_SHARED_KEY:
		return l->key_state == KEY_STATE_DISABLED ? l->off_by == CUT_BY_SIBLING
							  : l->access.cut_by == CUT_BY_SIBLING;
	case REASON_VENDOR_CHANGED:
		return lost && l->access.other_foreign_allowed;
	case REASON_PENDING_DELETION:
		return l->key_state == KEY_STATE_PENDING_DELETION;
	case REASON_PENDING_REPLICA_DELETION:
		return l->key_state == KEY_STATE_PENDING_REPLICA_DELETION;
	case REASON_PENDING_IMPORT:
		return l->key_state == KEY_STATE_PENDING_IMPORT;
	case REASON_DELETED:
		return l->fault == FAULT_NOT_FOUND;
	case REASON_ALLOWED:
		return lost && l->access.allowed == NEED_ALL;
	case REASON_ACTION_MISSING:
		return lost &&
		       (l->access.allowed & (NEED_BIT(NEED_EBS_DECRYPT) | NEED_BIT(NEED_EBS_CREATE_GRANT)));
	case REASON_OWN_CUT: /* as long as the looks that it is of, whatever the newest one showed */
	case REASON_OWN_DISABLE:
	case REASON_OWN_REMOVE:
		return true;
	case REASON_NOT_LOOKED: /* no verdict is of these */
	case REASON_NETWORK:
	case REASON_DNS:
	case REASON_TLS:
	case REASON_TIMEOUT:
	case REASON_SERVER_ERROR:
	case REASON_THROTTLED:
	case REASON_CREDENTIALS:
	case REASON_CLOCK_SKEW:
	case REASON_MALFORMED:
	case REASON_UNDECIDABLE:
	case REASON_NOT_FOUND:
	case REASON_CREATING:
	case REASON_UNAVAILABLE:
	case REASON_UNKNOWN_STATE:
	case REASON_SELF_DENIED:
	case REASON_COUNT:
		break;
	}
	return false;
}

void audit_effect(struct sim *s, uint32_t project, const struct effect *effect)
{
	struct sim_project *p = &s->projects[project];
	const struct record *r = &effect->record;
	uint32_t b = effect->type == FX_RECORD ? core_find_binding(&p->core, &r->region) : CORE_NO_INDEX;

	if (effect->type == FX_PAUSE || effect->type == FX_RESUME) {
		const struct sim_cluster *c =
			&s->clusters[truth_find(s, &p->core.clusters[effect->cluster].id)];

		audit_check(s, AUDIT_ACT_READ,
			c->delivered_any && audit_since(s, c->read_at) <= 3 * p->policy.incident_ms,
			c->seen.id.text);
	}
	if (effect->type == FX_NOTICE) {
		audit_told(s, project, effect);
		audit_alert_told(s, project, effect);
	}
	/* A person who was told to cut by hand may have done so. */
	if (effect->type == FX_NOTICE && effect->notice == NOTICE_CUT_BY_HAND)
		p->audit[effect->binding].cut_incident = effect->incident.n;
	if (b == CORE_NO_INDEX)
		return;
	if (r->type == RECORD_GRANTS_INTENT)
		audit_check(s, AUDIT_GRANTS_WRITTEN,
			memcmp(&r->grants, &p->audit[b].grants_ids, sizeof r->grants) == 0, r->region.text);
	if (r->type == RECORD_DARK || r->type == RECORD_NOT_DARK)
		p->audit[b].told_dark = r->type == RECORD_DARK;
	if (r->type == RECORD_VERDICT && p->audit[b].given)
		audit_check(s, AUDIT_REASON_TOLD,
			reason_outcome(r->reason) == r->outcome && fits(&p->audit[b].last, r->reason),
			reason_name(r->reason));
}

/* The pauses of one step, of one region. */
void audit_pause_order(struct sim *s, const struct core *core)
{
	for (uint32_t i = 0; i < s->effects.count; i++)
		for (uint32_t k = i + 1; k < s->effects.count; k++) {
			const struct effect *a = &s->effects.items[i], *b = &s->effects.items[k];

			if (a->type != FX_PAUSE || b->type != FX_PAUSE || a->binding != b->binding)
				continue;
			audit_hit(s, AUDIT_PAUSE_ORDER);
			if (s->clusters[truth_find(s, &core->clusters[a->cluster].id)].seen.mark.order >
				s->clusters[truth_find(s, &core->clusters[b->cluster].id)].seen.mark.order)
				audit_fail(s, AUDIT_PAUSE_ORDER, core->clusters[a->cluster].id.text);
		}
}
