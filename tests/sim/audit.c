/* SPDX-License-Identifier: Apache-2.0 */
#include "audit.h"
#include <stdio.h>
#include <string.h>

static const char *const texts[AUDIT_COUNT] = {
#define X(e, text) [AUDIT_##e] = text,
	AUDIT_TABLE(X)
#undef X
};

const char *audit_text(enum audit what)
{
	return texts[what];
}

void audit_hit(struct sim *s, enum audit what)
{
	s->hits[what]++;
}

void audit_fail(struct sim *s, enum audit what, const char *detail)
{
	if (s->violation[0])
		return;
	(void)snprintf(s->violation, sizeof s->violation, "%s (%s), at %ld s", texts[what], detail,
		(long)((s->now.boot.ms - s->origin.boot.ms) / 1000));
	sim_trace(s, "VIOLATION %s", s->violation);
}

/* ---- what was delivered ---- */

#define LATE_INTERVALS 30 /* IncidentIntervals in which a pause without an answer counts as ours */

uint32_t audit_count(const struct sim_audit_binding *a, enum outcome outcome)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < a->filled; i++)
		n += a->window[i] == outcome;
	return n;
}

/* What we did ourselves proves nothing of others, until access was seen. */
static bool has_own(const struct sim_audit_binding *a)
{
	bool own = false;

	for (uint32_t i = 0; i < a->filled && !audit_sees_access(a->window[i]); i++)
		own = own || a->own[i];
	return own;
}

/* The judge's own reading of a look; deliberately not the core's code. */
static enum outcome outcome_of(const struct sim_project *p, uint32_t binding, const struct look *l,
	struct walltime now, enum gate *ret_gate, bool *ret_deletion)
{
	const struct access *a = &l->access;
	const uint16_t vital = NEED_BIT(NEED_EBS_DECRYPT) | NEED_BIT(NEED_EBS_CREATE_GRANT);

	*ret_gate =
		l->key_state == KEY_STATE_DISABLED && l->off_by == CUT_BY_SIBLING ? GATE_APPROVE : GATE_AUTO;
	*ret_deletion = l->key_state == KEY_STATE_PENDING_DELETION ||
			l->key_state == KEY_STATE_PENDING_REPLICA_DELETION;
	if (l->key_state == KEY_STATE_DISABLED)
		return OUTCOME_LOST;
	if (l->key_state == KEY_STATE_PENDING_DELETION || l->key_state == KEY_STATE_PENDING_IMPORT ||
		l->key_state == KEY_STATE_PENDING_REPLICA_DELETION) {
		*ret_gate = GATE_APPROVE;
		return OUTCOME_LOST;
	}
	if (l->key_state == KEY_STATE_UNKNOWN && l->fault == FAULT_NOT_FOUND &&
		walltime_is_known(p->audit[binding].deletion) && now.ms > p->audit[binding].deletion.ms) {
		*ret_gate = GATE_APPROVE;
		*ret_deletion = true;
		return OUTCOME_LOST;
	}
	if ((l->key_state != KEY_STATE_ENABLED && l->key_state != KEY_STATE_UPDATING) ||
		l->fault != FAULT_NONE || !l->have_access)
		return OUTCOME_UNKNOWN;
	if (((a->allowed | a->undecided) & vital) == 0) {
		if (a->cut_by == CUT_BY_SIBLING || a->cut_by == CUT_BY_FOREIGN ||
			(a->other_foreign_allowed && a->cut_by != CUT_BY_OWN))
			*ret_gate = GATE_APPROVE;
		return OUTCOME_LOST;
	}
	if (a->allowed == NEED_ALL)
		return OUTCOME_USABLE;
	return a->denied && (a->allowed & vital) ? OUTCOME_DEGRADED : OUTCOME_UNKNOWN;
}

#define ON_LOOKS     4  /* in a row, that no delay explains */
#define ON_INTERVALS 60 /* IncidentIntervals, or two RestoreDelays: so long shown as enabled */

static bool is_long_on(struct sim *s, const struct sim_project *p, const struct sim_audit_binding *a)
{
	return audit_since(s, a->on_since) > ON_INTERVALS * p->policy.incident_ms &&
	       audit_since(s, a->on_since) > 2 * p->policy.restore_delay_ms;
}

/* Whose the next disabling of the key is, by what can be known. */
static void note_state(struct sim *s, const struct sim_project *p, uint32_t binding,
	struct sim_audit_binding *a, enum key_state state)
{
	enum cut cut = p->core.bindings[binding].incident.cut;

	if (state == KEY_STATE_DISABLED) {
		a->off_known = true;
		a->on_looks = 0;
	} else if (state == KEY_STATE_ENABLED || state == KEY_STATE_UPDATING) {
		a->off_known = false;
		if (a->on_looks++ == 0)
			a->on_since = s->now.boot;
		if (a->on_looks >= ON_LOOKS && is_long_on(s, p, a) && cut != CUT_SENT && cut != CUT_UNDO_SENT)
			a->off_incident = 0;
	}
}

void audit_cut_answer(struct sim *s, uint32_t project, const struct event *event)
{
	for (uint32_t i = 0; i < SIM_KEYS; i++) {
		struct sim_audit_binding *a = &s->projects[project].audit[i];

		if (a->off_op == 0 || a->off_op != event->cut.op.n)
			continue;
		a->off_op = 0;
		if (event->cut.result != ACT_RESULT_ACCEPTED && event->cut.result != ACT_RESULT_LOST) {
			a->off_incident =
				a->off_incident_before; /* what was seen while it was under way counts */
			continue;
		}
		a->on_looks = 0;
		a->off_incident = event->cut.was_so ? a->off_incident_before : a->off_sent;
	}
}

void audit_enabled(struct sim *s, uint32_t project, const struct sim_key *k, uint32_t incident)
{
	const struct sim_project *p = &s->projects[project];
	uint32_t b = core_find_binding(s->down ? &p->before : &p->core, &k->region);
	const struct sim_version *v = truth_now(k);

	audit_check(s, AUDIT_ENABLE_OURS,
		(v->off_by == project + 1 && v->off_incident == incident) ||
			(b != CORE_NO_INDEX && p->audit[b].off_incident == incident),
		k->region.text);
}

void audit_written_over(struct sim *s, uint32_t project, const struct sim_item *item, uint8_t cuts)
{
	audit_check(s, AUDIT_CUT_STANDS, (cuts & ~item->cuts & (1u << project)) == 0,
		s->keys[item->key].region.text);
}

void audit_look(struct sim *s, uint32_t project, const struct event *event)
{
	struct sim_project *p = &s->projects[project];
	struct sim_audit_binding *a = &p->audit[event->look.binding];
	enum gate gate;
	bool dies;
	enum outcome o = outcome_of(p, event->look.binding, &event->look.look, s->now.wall, &gate, &dies);

	if (s->trace)
		printf("# look %u %s %s\n", project, p->core.bindings[event->look.binding].region.text,
			outcome_name(o));
	if (event->look.look.key_state != KEY_STATE_UNKNOWN)
		a->deletion = event->look.look.deletion;
	if (walltime_is_known(event->look.look.deletion))
		a->date = event->look.look.deletion;
	memmove(&a->window[1], &a->window[0], sizeof a->window - sizeof a->window[0]);
	memmove(&a->gates[1], &a->gates[0], sizeof a->gates - sizeof a->gates[0]);
	memmove(&a->dies[1], &a->dies[0], sizeof a->dies - sizeof a->dies[0]);
	memmove(&a->own[1], &a->own[0], sizeof a->own - sizeof a->own[0]);
	a->dies[0] = dies;
	/* By the policy: a state that is lost by itself is nobody's statement. */
	a->own[0] = o == OUTCOME_LOST && event->look.look.access.cut_by == CUT_BY_OWN &&
		    (event->look.look.key_state == KEY_STATE_ENABLED ||
			    event->look.look.key_state == KEY_STATE_UPDATING);
	audit_alert_look(a, &event->look.look, o, s->now.boot);
	a->last = event->look.look;
	a->given = true;
	a->window[0] = o;
	a->gates[0] = o == OUTCOME_LOST ? gate : GATE_NONE;
	if (a->filled < SIM_WINDOW)
		a->filled++;
	a->last_look_at = s->now.boot;
	note_state(s, p, event->look.binding, a, event->look.look.key_state);
	if (o == OUTCOME_LOST) {
		a->last_lost_at = s->now.boot;
		a->usable_looks = 0;
		if (audit_count(a, OUTCOME_LOST) >= 3 && !has_own(a) &&
			a->confirmed_at.ms == BOOTTIME_NEVER.ms)
			a->confirmed_at = s->now.boot;
	} else if (o == OUTCOME_USABLE) {
		if (a->usable_looks++ == 0)
			a->usable_since = s->now.boot;
		if (audit_count(a, OUTCOME_USABLE) >= 3)
			a->armed = true;
	}
	if (audit_sees_access(o)) {
		a->last_access_at = s->now.boot;
		if (audit_count(a, OUTCOME_USABLE) >= 3 || audit_count(a, OUTCOME_DEGRADED) >= 3) {
			a->confirmed_at = BOOTTIME_NEVER;
			a->loss_told = false;
		}
	}
}

void audit_act_answer(
	struct sim *s, const struct cluster_id *cluster, struct op_id op, enum act_result result)
{
	struct sim_cluster *c = &s->clusters[truth_find(s, cluster)];

	if (!c->in_flight || c->flying_op != op.n) /* one that comes twice */
		return;
	c->in_flight = false;
	audit_told_answer(c, result);
	c->given_back = c->given_back && (result == ACT_RESULT_ACCEPTED || result == ACT_RESULT_LOST);
	c->given_back_at = s->now.boot;
}

/* Behind other work, or a fault, a pause does not show. */
static bool tells(enum cluster_state state)
{
	return state != CLUSTER_STATE_BUSY && state != CLUSTER_STATE_UNUSABLE &&
	       state != CLUSTER_STATE_UNKNOWN;
}

void audit_reading(struct sim *s, const struct cluster_seen *seen, struct boottime asked_at)
{
	struct sim_cluster *c = &s->clusters[truth_find(s, &seen->id)];

	if (s->trace)
		printf("# read %s %s %ld\n", c->seen.id.text, cluster_state_name(seen->state),
			(long)(seen->resume_at.ms / 1000));
	/* One that was asked for before the last is no news. */
	if (c->delivered_any && asked_at.ms < c->delivered_asked_at.ms)
		return;
	c->delivered_asked_at = asked_at;
	c->read_at = s->now.boot;
	if (!c->in_flight &&
		(seen->state != CLUSTER_STATE_PAUSED ||
			asked_at.ms >= c->given_back_at.ms + s->projects[c->project].least_incident_ms))
		c->given_back = false;
	if (walltime_is_known(c->person_resumed_at) && !walltime_is_known(c->read_up_at) &&
		seen->state != CLUSTER_STATE_PAUSED && seen->state != CLUSTER_STATE_UNKNOWN)
		c->read_up_at = s->now.wall;
	/* A pause without an answer, and then so long no reading that tells of it that it may be somebody else's: a person is told. */
	if (c->lost_incident != 0 &&
		audit_since(s, c->told_at) >
			LATE_INTERVALS * s->projects[c->project].least_incident_ms - AUDIT_LATE_MS)
		c->unexplained = true;
	audit_told_reading(s, c, seen->state);
	c->delivered = seen->state;
	c->delivered_any = true;
	if (tells(seen->state))
		c->told_at = s->now.boot;
	if (seen->state == CLUSTER_STATE_PAUSED && c->paused_by_daemon)
		c->held_incident = c->paused_incident;
	else if (seen->state == CLUSTER_STATE_GONE)
		c->held_incident = 0; /* what comes back was in no plan */
	/* What an old list tells is of a pause before. */
	if (seen->state == CLUSTER_STATE_PAUSED && walltime_is_known(seen->resume_at) &&
		seen->resume_at.ms == c->seen.resume_at.ms) {
		c->read_epoch = c->pause_epoch;
		if (c->pause_epoch == c->our_epoch && !c->in_flight) { /* the answer comes first */
			c->our_read_epoch = c->our_epoch;
			c->our_read_resume_at = seen->resume_at;
		}
	}
}

void audit_settings(struct sim *s, uint32_t project)
{
	audit_alert_changed(s, project);
	for (uint32_t i = 0; i < SIM_KEYS; i++) {
		struct sim_audit_binding *a = &s->projects[project].audit[i];

		a->armed = a->loss_told = false;
		a->filled = 0;
		a->usable_looks = 0;
		a->confirmed_at = BOOTTIME_NEVER;
	}
}

/* An intent without its end: for all that can be known after a kill, the pause may have been sent. */
void audit_record(struct sim *s, const struct record *record)
{
	struct sim_cluster *c;

	if (record->type == RECORD_LIVE_DRILL && record->live_step == LIVE_PAUSE_SENT)
		s->clusters[truth_find(s, &record->cluster)].drilled = true;
	if (record->type != RECORD_PAUSE_INTENT && record->type != RECORD_ACT_RESULT)
		return;
	c = &s->clusters[truth_find(s, &record->cluster)];
	c->open_intent = record->type == RECORD_PAUSE_INTENT ? record->incident.n : 0;
}

static void audit_restart_first(struct sim_audit_binding *a, const struct incident *i)
{
	uint32_t first = i->causes & CAUSE_PAUSE_FIRST ? i->id.n : 0;

	/* What was decided before, and is durable, was decided by the readings of before. */
	if (a->first_incident != first || i->cut != CUT_AFTER_PAUSES)
		a->first_over = i->cut != CUT_AFTER_PAUSES;
	a->first_incident = first;
	a->cut_asked = i->cut == CUT_NONE || i->cut == CUT_AFTER_PAUSES ? 0 : i->id.n;
	a->grants_incident = i->causes & CAUSE_REVOKE_GRANTS ? i->id.n : 0;
	a->grants_listed = false;
}

/* What was seen, or answered, but is not durable, is not known any more. */
static void audit_restart_off(struct sim_audit_binding *a, const struct incident *i)
{
	a->disable_incident = i->causes & CAUSE_DISABLE_KEY ? i->id.n : 0;
	a->remove_incident = i->causes & CAUSE_REMOVE ? i->id.n : 0;
	a->off_op = a->on_looks = 0;
	a->off_known = false;
	/* An intent that has no end may have been carried out. */
	if ((i->stands & CUT_MEANS_BIT(CUT_MEANS_DISABLE)) &&
		(a->off_sent == i->id.n || i->cut == CUT_WANTED))
		a->off_incident = i->id.n;
	if ((i->stands & CUT_MEANS_BIT(CUT_MEANS_REMOVE)) && i->cut == CUT_WANTED)
		a->out_sent = i->id.n;
}

/* For what the plan showed as to be paused: whatever else is excluded, or waits, is so until the next one. */
static void audit_approved(
	struct sim *s, const struct core *core, uint32_t binding, struct sim_audit_binding *a)
{
	a->approved_incident = core->bindings[binding].incident.id.n;
	for (uint32_t i = 0; i < core->cluster_count; i++) {
		struct sim_cluster *c = &s->clusters[truth_find(s, &core->clusters[i].id)];

		if (core->clusters[i].binding == binding && core->clusters[i].duty != DUTY_EXCLUDED &&
			core->clusters[i].duty != DUTY_WAITS)
			c->approved_incident = a->approved_incident;
	}
}

static bool may_be_approved(enum phase phase)
{
	return phase == PHASE_PAUSING || phase == PHASE_HELD || phase == PHASE_PROVING;
}

void audit_restart(struct sim *s)
{
	for (uint32_t i = 0; i < s->project_count; i++) {
		struct sim_project *p = &s->projects[i];
		int64_t left_ms = p->core.suspended_until.ms - s->now.wall.ms;

		/* What was answered, but not durable, is as if it had not been asked for; and the ledger knows the
		 * time of a clock that jumps. */
		if (-audit_since(s, p->suspended_until) > left_ms)
			p->suspended_until = boottime_after(s->now.boot, left_ms > 0 ? left_ms : 0);
		p->suspended = core_is_suspended(&p->core);
		p->clock_offset_ms = s->now.wall.ms - s->now.boot.ms;
		p->approved_here = false;
		for (uint32_t b = 0; b < SIM_KEYS; b++) {
			struct sim_audit_binding *a = &s->projects[i].audit[b];

			a->filled = 0;
			a->usable_looks = 0;
			a->confirmed_at = a->last_look_at = BOOTTIME_NEVER;
			a->deletion = WALLTIME_UNKNOWN;
			/* What was answered, but not durable, is as if it had not been asked for. */
			a->operator_incident = a->approved_incident = a->disable_incident =
				a->remove_incident = 0;
			a->phase = PHASE_NONE; /* where the ledger does not know the binding, too */
			if (b >= s->projects[i].core.binding_count)
				continue;
			a->deletion = s->projects[i].core.bindings[b].deletion;
			if (s->projects[i].core.bindings[b].incident.causes & CAUSE_OPERATOR)
				a->operator_incident = s->projects[i].core.bindings[b].incident.id.n;
			audit_restart_first(a, &s->projects[i].core.bindings[b].incident);
			audit_restart_off(a, &s->projects[i].core.bindings[b].incident);
			/* One whose pauses did not become durable was not answered. */
			if (s->projects[i].core.bindings[b].incident.approved &&
				may_be_approved(s->projects[i].core.bindings[b].incident.phase))
				audit_approved(s, &s->projects[i].core, b, a);
			a->phase = s->projects[i].core.bindings[b].incident.phase;
			a->told_dark = s->projects[i].core.bindings[b].incident.dark;
			a->armed = a->armed && s->projects[i].core.bindings[b].armed;
		}
	}
	for (uint32_t i = 0; i < s->cluster_count; i++)
		s->clusters[i].delivered_any = false;
	audit_told_restart(s);
	audit_alert_restart(s);
	for (uint32_t i = 0; i < s->cluster_count; i++)
		if (s->clusters[i].open_intent != 0)
			s->clusters[i].lost_incident = s->clusters[i].open_intent;
	/* What was read, but not durable, was not read: the ledger knows no schedule, or that of a pause before. */
	for (uint32_t i = 0; i < s->project_count; i++)
		for (uint32_t k = 0; k < s->projects[i].core.cluster_count; k++) {
			const struct cluster *known = &s->projects[i].core.clusters[k];
			struct sim_cluster *c = &s->clusters[truth_find(s, &known->id)];

			if (!walltime_is_known(known->our_resume_at) ||
				known->our_resume_at.ms != c->our_read_resume_at.ms)
				c->our_read_epoch = 0;
			if (known->duty != DUTY_PAUSED)
				c->held_incident = 0;
			if (known->duty != DUTY_TOUCHED)
				c->read_epoch = 0;
		}
}

bool audit_all_read_paused(const struct sim *s, const struct core *core, uint32_t binding, bool excluded_too)
{
	for (uint32_t i = 0; i < s->cluster_count; i++) {
		const struct sim_cluster *c = &s->clusters[i];
		const struct sim_project *p = &s->projects[c->project];

		if (&p->core != core || c->deleted ||
			!region_equal(&c->seen.region, &core->bindings[binding].region) ||
			(!excluded_too && c->seen.mark.excluded) || c->delivered == CLUSTER_STATE_GONE ||
			(c->delivered_any && c->delivered == CLUSTER_STATE_PAUSED))
			continue;
		/* What has just been created no list may have told yet. */
		if (core_find_cluster(core, &c->seen.id) != CORE_NO_INDEX ||
			audit_since(s, c->born_at) > 8 * p->lenient.incident_ms + AUDIT_LATE_MS)
			return false;
	}
	return true;
}

static void audit_revoke(
	struct sim *s, const struct core *core, uint32_t binding, struct sim_audit_binding *a, uint8_t how)
{
	uint32_t incident = core->bindings[binding].incident.id.n;
	bool first = (how & CAUSE_PAUSE_FIRST) && !(how & CAUSE_PAUSE_ONLY),
	     again = a->operator_incident == incident;

	if (s->calm && !(how & CAUSE_PAUSE_ONLY))
		a->calm_incident = incident;
	if ((how & CAUSE_DISABLE_KEY) && !(how & CAUSE_PAUSE_ONLY))
		a->disable_incident = incident;
	else if (!again)
		a->disable_incident = 0;
	if ((how & CAUSE_REMOVE) && !(how & CAUSE_PAUSE_ONLY))
		a->remove_incident = incident;
	else if (!again)
		a->remove_incident = 0;
	if (!again) {
		a->first_incident = first ? incident : 0;
		a->first_over = a->cut_incident == incident || a->cut_asked == incident ||
				a->decided_paused || audit_all_read_paused(s, core, binding, false);
		a->grants_incident = how & CAUSE_REVOKE_GRANTS ? incident : 0;
	} else if (!(how & (CAUSE_PAUSE_ONLY | CAUSE_PAUSE_FIRST))) {
		a->first_over = true;
	}
	if (!(how & (CAUSE_PAUSE_ONLY | CAUSE_PAUSE_FIRST)))
		a->cut_asked = incident;
	a->operator_incident = incident;
}

static void audit_include(struct sim *s, const struct sim_command *command)
{
	for (uint32_t i = 0; i < command->event.command.include_count; i++) {
		struct sim_cluster *c = &s->clusters[truth_find(s, &command->event.command.include[i])];
		uint32_t incident = command->included_in[i];

		audit_check(s, AUDIT_INCLUDE_OURS,
			incident != 0 && (c->tried_incident == incident || c->lost_incident == incident),
			c->seen.id.text);
		c->included_incident = incident;
	}
}

void audit_command(struct sim *s, uint32_t project, const struct sim_command *command)
{
	struct sim_project *p = &s->projects[project];
	const struct event *event = &command->event;
	enum answer answer = command->answer;

	if (event->command.command == COMMAND_APPROVE && command->stale_plan)
		audit_check(s, AUDIT_PLAN_NAMED, answer != ANSWER_DONE, "a stale plan was approved");
	if (s->trace)
		printf("# command %d project %u incident %u region %s: %s\n", event->command.command, project,
			event->command.incident.n, event->command.region.text, answer_name(answer));
	if (answer != ANSWER_DONE)
		return;
	if (event->command.command == COMMAND_SUSPEND) {
		p->suspended_until = boottime_after(event->at.boot, event->command.span_ms);
		return;
	}
	if (event->command.command == COMMAND_UNSUSPEND)
		p->suspended_until = s->now.boot; /* also where both are answered only now */
	if (event->command.command == COMMAND_UNSUSPEND || event->command.command == COMMAND_ERRAND ||
		event->command.command == COMMAND_DRILL || event->command.command == COMMAND_LIVE_DRILL)
		return;
	if (event->command.command == COMMAND_RESTORE)
		audit_include(s, command);
	if (event->command.command == COMMAND_REVOKE || event->command.command == COMMAND_APPROVE ||
		event->command.command == COMMAND_ADOPT)
		p->approved_here = true;
	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		const struct binding *b = &p->core.bindings[i];
		struct sim_audit_binding *a = &p->audit[i];
		bool named =
			!event->command.region.text[0] || region_equal(&event->command.region, &b->region);

		switch (event->command.command) {
		case COMMAND_REVOKE:
			if (named)
				audit_revoke(s, &p->core, i, a, event->command.how);
			break;
		case COMMAND_RESTORE:
			if (named)
				a->operator_incident = a->first_incident = a->grants_incident =
					a->disable_incident = a->remove_incident = 0;
			break;
		case COMMAND_APPROVE:
			/* Of a loss that is yet to come it says nothing. */
			if (b->incident.id.n == event->command.incident.n &&
				(b->incident.causes & CAUSE_AUTOMATIC))
				audit_approved(s, &p->core, i, a);
			break;
		case COMMAND_DECLINE:
			if (b->incident.id.n == event->command.incident.n)
				a->approved_incident = 0;
			break;
		case COMMAND_SUSPEND:
		case COMMAND_UNSUSPEND:
		case COMMAND_ADOPT:
		case COMMAND_ERRAND:
		case COMMAND_DRILL:
		case COMMAND_LIVE_DRILL:
			break;
		}
	}
}
