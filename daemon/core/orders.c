/* SPDX-License-Identifier: Apache-2.0 */
#include "core/orders.h"
#include "core/cluster_machine.h"
#include "core/cut_means.h"
#include "core/errand_slot.h"
#include "core/incident_machine.h"
#include "core/live_drill.h"
#include "core/plan.h"
#include "core/suspend.h"

static void answer(struct step *s, const struct event *event, enum answer a, struct incident_id incident)
{
	struct effect *e = emit(s, FX_ANSWER);

	e->ticket = event->command.ticket;
	e->answer = a;
	e->incident = incident;
	if (a == ANSWER_DONE)
		e->after.n = s->core->next_seq - 1;
}

bool core_may_revoke(const struct core *core, uint32_t binding, uint8_t how)
{
	const struct incident *i = &core->bindings[binding].incident;

	/* A second one may ask not to wait for pauses any longer. */
	if (!(i->causes & CAUSE_OPERATOR) ||
		(i->cut == CUT_AFTER_PAUSES && !(how & (CAUSE_PAUSE_ONLY | CAUSE_PAUSE_FIRST))))
		return true;
	/* Or that what others undid is made again: "cmekctl revoke again, or cmekctl restore". */
	if (i->cut == CUT_MADE && i->undone_told && !((i->causes | how) & CAUSE_PAUSE_ONLY))
		return true;
	return cut_means_may_change(i, how);
}

static enum answer revoke(struct step *s, const struct event *event, struct binding *b)
{
	if (!core_may_revoke(s->core, emit_binding_index(s->core, b), event->command.how))
		return ANSWER_ALREADY;
	s->core->held = false; /* no incident was open: is_held() */
	b->incident.how = event->command.how & CAUSE_HOW;
	(void)incident_machine_step(s, b, IE_REVOKE);
	return ANSWER_DONE;
}

bool core_is_left_out(const struct core *core, uint32_t cluster)
{
	const struct cluster *c = &core->clusters[cluster];

	return c->binding != CORE_NO_INDEX && core->bindings[c->binding].incident.phase != PHASE_NONE &&
	       c->took && (c->duty == DUTY_TOUCHED || c->duty == DUTY_LEFT);
}

enum answer core_may_include(
	const struct core *core, const struct region *region, const struct cluster_id *cluster)
{
	uint32_t index = core_find_cluster(core, cluster);
	const struct cluster *c = index == CORE_NO_INDEX ? NULL : &core->clusters[index];

	if (!c || c->binding == CORE_NO_INDEX || c->state == CLUSTER_STATE_GONE ||
		core->bindings[c->binding].incident.phase == PHASE_NONE ||
		(region->text[0] && !region_equal(region, &c->region)))
		return ANSWER_NO_CLUSTER;
	/* What is given back anyhow may be named as well. */
	return core_is_left_out(core, index) || (c->took && plan_is_ours(c)) ? ANSWER_DONE : ANSWER_NOT_OURS;
}

/* The clusters of this region that a restore names besides; true: there are any. */
static bool include(struct step *s, const struct event *event, const struct binding *b)
{
	bool any = false;

	for (uint32_t i = 0; i < event->command.include_count; i++) {
		struct cluster *c =
			&s->core->clusters[core_find_cluster(s->core, &event->command.include[i])];

		if (c->binding != emit_binding_index(s->core, b))
			continue;
		any = true;
		if (core_is_left_out(
			    s->core, emit_cluster_index(s->core, c))) /* else it is given back anyhow */
			cluster_machine_step(s, c, CE_INCLUDE);
	}
	return any;
}

static enum answer restore(struct step *s, const struct event *event, struct binding *b)
{
	bool included = include(s, event, b);

	if (!(b->incident.causes & CAUSE_OPERATOR))
		return included ? ANSWER_DONE : ANSWER_NOT_REVOKED;
	(void)incident_machine_step(s, b, IE_RESTORE);
	return ANSWER_DONE;
}

/* revoke and restore: one region, or every region. Done if anything was done. */
static void step_regions(struct step *s, const struct event *event)
{
	struct core *core = s->core;
	enum answer worst = ANSWER_NO_BINDING;
	struct incident_id incident = {0};
	bool done = false;

	/* All of them or none. */
	for (uint32_t i = 0; i < event->command.include_count; i++) {
		enum answer a = core_may_include(core, &event->command.region, &event->command.include[i]);

		if (a != ANSWER_DONE) {
			answer(s, event, a, incident);
			return;
		}
	}
	for (uint32_t i = 0; i < core->binding_count; i++) {
		struct binding *b = &core->bindings[i];
		enum answer a;

		if (event->command.region.text[0] && !region_equal(&b->region, &event->command.region))
			continue;
		a = event->command.command == COMMAND_REVOKE ? revoke(s, event, b) : restore(s, event, b);
		if (a == ANSWER_DONE) {
			done = true;
			incident = b->incident.id;
		}
		worst = a;
	}
	answer(s, event, done ? ANSWER_DONE : worst, incident);
}

static bool waits_for_person(const struct core *core, uint32_t binding)
{
	const struct binding *b = &core->bindings[binding];

	switch (b->incident.phase) {
	case PHASE_WAITING:
	case PHASE_GRACE:
	case PHASE_BUDGET:
	case PHASE_DECLINED:
		return true;
	case PHASE_PAUSING:
	case PHASE_HELD:
		/* What it rested on may not be seen any more: the rest is paused by an approval then. */
		return core->held || plan_waits_for_person(core, binding) ||
		       (b->incident.phase == PHASE_PAUSING && plan_by_itself(&b->incident));
	case PHASE_PROVING:
	case PHASE_RESUMING:
		return core->held;
	case PHASE_NONE:
	case PHASE_COUNT:
		break;
	}
	return false;
}

/* What is not paused yet. What is held already, or is being given back, cannot be declined any more, not even by
 * who is asked whether the ledger is theirs: only an approval answers that. */
static bool may_decline(const struct binding *b)
{
	const struct incident *i = &b->incident;

	return !(i->causes & CAUSE_OPERATOR) &&
	       (i->phase == PHASE_WAITING || i->phase == PHASE_GRACE || i->phase == PHASE_BUDGET ||
		       i->phase == PHASE_PAUSING);
}

static void step_decision(struct step *s, const struct event *event)
{
	struct core *core = s->core;
	bool approve = event->command.command == COMMAND_APPROVE;

	for (uint32_t i = 0; i < core->binding_count; i++) {
		struct binding *b = &core->bindings[i];
		struct core_plan plan;

		if (b->incident.phase == PHASE_NONE || b->incident.id.n != event->command.incident.n)
			continue;
		core_plan(core, i, &plan);
		if (approve ? !waits_for_person(core, i) : !may_decline(b)) {
			answer(s, event, ANSWER_NOT_WAITING, b->incident.id);
		} else if (approve && !plan_list_fresh(core, &b->incident)) {
			answer(s, event, ANSWER_CLUSTERS_UNREAD, b->incident.id);
		} else if (approve && plan.digest.v != event->command.plan.v) {
			answer(s, event, ANSWER_PLAN_CHANGED, b->incident.id);
		} else {
			struct incident_id id = b->incident.id;

			(void)incident_machine_step(s, b, approve ? IE_APPROVE : IE_DECLINE);
			answer(s, event, ANSWER_DONE, id);
		}
		return;
	}
	answer(s, event, ANSWER_NO_INCIDENT, event->command.incident);
}

/* A ledger from elsewhere with an open incident: whoever acts here must have said that it is theirs. Without an
 * incident there is nothing to be mistaken about, and the command itself says so. */
static bool is_held(const struct core *core, enum command command)
{
	if (!core->held ||
		(command != COMMAND_REVOKE && command != COMMAND_RESTORE && command != COMMAND_ERRAND))
		return false;
	for (uint32_t i = 0; i < core->binding_count; i++)
		if (core->bindings[i].incident.phase != PHASE_NONE)
			return true;
	return false;
}

/* It goes on as if it had never moved: what is believed is confirmed anew, and what was owed is owed. */
static enum answer adopt(struct step *s)
{
	if (!s->core->held)
		return ANSWER_NOT_HELD;
	s->core->held = false;
	(void)emit_record(s, RECORD_ADOPTED); /* which machine, the driver knows */
	emit_notice(s, NOTICE_LEDGER_ADOPTED, NULL, 0);
	return ANSWER_DONE;
}

/* Nothing follows from a rehearsal: it is evidence that one was made. */
static void write_drill(struct step *s, const struct event *event)
{
	struct record *r = emit_record(s, RECORD_DRILL);

	r->region = event->command.region;
	r->count = event->command.count;
	r->report = event->command.report;
}

void orders_step(struct step *s, const struct event *event)
{
	enum answer refusal;

	if (!s->core->ledger_ok) {
		answer(s, event, ANSWER_LEDGER, (struct incident_id){0});
		return;
	}
	if (is_held(s->core, event->command.command)) {
		answer(s, event, ANSWER_HELD, (struct incident_id){0});
		return;
	}
	switch (event->command.command) {
	case COMMAND_REVOKE:
	case COMMAND_RESTORE:
		step_regions(s, event);
		return;
	case COMMAND_APPROVE:
	case COMMAND_DECLINE:
		step_decision(s, event);
		return;
	case COMMAND_SUSPEND:
		answer(s, event, suspend_begin(s, event->command.span_ms), (struct incident_id){0});
		return;
	case COMMAND_UNSUSPEND:
		answer(s, event, suspend_end(s), (struct incident_id){0});
		return;
	case COMMAND_ADOPT:
		answer(s, event, adopt(s), (struct incident_id){0});
		return;
	case COMMAND_DRILL:
		write_drill(s, event);
		answer(s, event, ANSWER_DONE, (struct incident_id){0});
		return;
	case COMMAND_LIVE_DRILL:
		refusal = live_drill_order(s, event);
		if (refusal != ANSWER_DONE)
			answer(s, event, refusal, (struct incident_id){0});
		return;
	case COMMAND_ERRAND:
		refusal = errand_slot_order(s, event);
		if (refusal != ANSWER_DONE)
			answer(s, event, refusal, (struct incident_id){0});
		return;
	}
}
