/* SPDX-License-Identifier: Apache-2.0 */
#include "core/drive.h"
#include "core/cluster_machine.h"
#include "core/cut_means.h"
#include "core/dark.h"
#include "core/errand_slot.h"
#include "core/evidence.h"
#include "core/grants.h"
#include "core/incident_alert.h"
#include "core/incident_machine.h"
#include "core/key_alert.h"
#include "core/live_drill.h"
#include "core/pause_owner.h"
#include "core/plan.h"
#include "core/suspend.h"

static bool due(const struct core *core, struct boottime when)
{
	return when.ms != BOOTTIME_NEVER.ms && boottime_reached(core->now.boot, when);
}

/* ---- what the evidence says ---- */

/* The key is about to be deleted, and the configuration says that this may be reacted to. */
static bool deletion_allowed(const struct core *core, const struct evidence *e)
{
	if (!core->policy.pause_on_deletion)
		return false;
	for (uint32_t i = 0; i < e->filled; i++) {
		enum reason r = e->window[i].reason;

		if (e->window[i].gate == GATE_APPROVE && r != REASON_PENDING_DELETION &&
			r != REASON_PENDING_REPLICA_DELETION && r != REASON_DELETED)
			return false;
	}
	return true;
}

static bool is_lost(const struct binding *b)
{
	const struct evidence *e = &b->evidence;

	if (e->verdict != OUTCOME_LOST)
		return evidence_self_denied(e);
	/* Our own doing is no loss while the incident that did it is open; without one it is somebody's. */
	return !reason_is_own(e->reason) || b->incident.phase == PHASE_NONE;
}

/* May a proven loss of this binding be reacted to without asking anybody? */
static bool may_react(const struct core *core, const struct binding *b)
{
	const struct evidence *e = &b->evidence;

	if (e->verdict != OUTCOME_LOST || !is_lost(b) || !b->armed || core->held || core->observe_only)
		return false;
	if (core->policy.reaction != REACTION_PAUSE || core_is_suspended(core))
		return false;
	return e->gate == GATE_AUTO || (e->gate == GATE_APPROVE && deletion_allowed(core, e));
}

static bool is_back(const struct binding *b)
{
	enum outcome v = b->evidence.verdict;

	return (v == OUTCOME_USABLE || v == OUTCOME_DEGRADED) && evidence_sees_access(&b->evidence);
}

static bool newest_look_lost(const struct core *core, const struct binding *b, struct boottime now)
{
	return evidence_agrees(&b->evidence, OUTCOME_LOST, now, core->policy.poll_ms);
}

/* ---- permissions of acts ---- */

/* The key first, unless the operator wants it otherwise. */
static bool may_pause_for_operator(const struct core *core, const struct binding *b, struct boottime now)
{
	if (b->incident.causes & (CAUSE_PAUSE_ONLY | CAUSE_PAUSE_FIRST))
		return true;
	return b->incident.cut == CUT_MADE || newest_look_lost(core, b, now);
}

/* What was seen before the incident says nothing of it: where looks are denied, which may be why it was opened, none comes after. */
static bool is_contradicted(const struct binding *b)
{
	return evidence_last_saw_access(&b->evidence) &&
	       b->evidence.last_known.ms >= b->incident.opened.boot.ms;
}

/* "Before each act the latest look is younger than the interval and agrees." A person's approval replaces the
 * looks that cannot be had, but neither those that contradict nor the first one since a start; an operator's revoke holds even
 * blind. */
static bool may_pause(const struct core *core, const struct binding *b, struct boottime now)
{
	const struct incident *i = &b->incident;

	if (!plan_may_act(core) || !plan_list_fresh(core, i))
		return false;
	if ((i->causes & CAUSE_OPERATOR) && may_pause_for_operator(core, b, now))
		return true;
	if (!(i->causes & CAUSE_AUTOMATIC))
		return false;
	if (i->approved)
		return b->evidence.filled > 0 && !is_contradicted(b);
	return may_react(core, b) && newest_look_lost(core, b, now);
}

/* After a restart, or after a lost look while clusters are given back, one usable look is not enough. */
static bool may_resume(const struct core *core, const struct binding *b, struct boottime now)
{
	return plan_may_act(core) && b->evidence.verdict == OUTCOME_USABLE &&
	       b->evidence.usable_looks >= CORE_CONFIRM &&
	       evidence_agrees(&b->evidence, OUTCOME_USABLE, now, core->policy.poll_ms);
}

static bool may_send_change(const struct core *core, const struct incident *i, struct seq durable)
{
	bool wanted = (i->causes & CAUSE_OPERATOR) != 0;

	if (!plan_may_act(core) || i->ordered.n > durable.n)
		return false;
	/* Restored and revoked again meanwhile, it may be wanted by other means, or by none. */
	if (i->cut == CUT_SENT)
		return wanted && !(i->causes & CAUSE_PAUSE_ONLY) && !cut_means_differs(i);
	return i->cut == CUT_UNDO_SENT && !wanted;
}

bool core_may_send(const struct core *core, struct op_id op, struct boottime now, struct seq durable)
{
	uint32_t binding;
	const struct errand_slot *slot = errand_slot_find(core, op, &binding);

	if (live_drill_is_op(core, op))
		return live_drill_may_send(core, now);
	if (slot)
		return errand_slot_may_send(core, slot, binding, durable);
	for (uint32_t i = 0; i < core->binding_count; i++) {
		const struct incident *inc = &core->bindings[i].incident;

		if (inc->cut_op.n == op.n)
			return may_send_change(core, inc, durable);
		if (inc->grants_op.n == op.n)
			return plan_may_act(core) && inc->ordered.n <= durable.n &&
			       grants_may_send(core, &core->bindings[i], now);
	}
	for (uint32_t i = 0; i < core->cluster_count; i++) {
		const struct cluster *c = &core->clusters[i];
		const struct binding *b = c->binding == CORE_NO_INDEX ? NULL : &core->bindings[c->binding];

		if (c->op.n != op.n || !b)
			continue;
		if (b->incident.ordered.n > durable.n)
			return false;
		if (c->duty == DUTY_PAUSE_SENT)
			return c->state == CLUSTER_STATE_RUNNING && !plan_spares(core, c) &&
			       (b->incident.phase == PHASE_PAUSING || b->incident.phase == PHASE_HELD) &&
			       may_pause(core, b, now);
		return c->duty == DUTY_RESUME_SENT && c->state == CLUSTER_STATE_PAUSED &&
		       !pause_is_theirs(core, c) && b->incident.phase == PHASE_RESUMING &&
		       may_resume(core, b, now);
	}
	return false;
}

/* ---- one incident ---- */

static void tell_cut(struct step *s, struct binding *b, enum cut_event event)
{
	if (cut_machine_step(s, b, event))
		(void)emit_incident(s, b);
}

static uint8_t shown_by(enum reason reason)
{
	return reason == REASON_OWN_CUT      ? CUT_MEANS_BIT(CUT_MEANS_DENY)
	       : reason == REASON_OWN_REMOVE ? CUT_MEANS_BIT(CUT_MEANS_REMOVE)
					     : 0;
}

/* Undone long ago, and yet the looks keep finding it: what told that it was gone was out of date. */
static bool still_cut(const struct core *core, const struct binding *b)
{
	enum reason reason = b->evidence.window[0].reason;

	for (uint32_t i = 0; i < CORE_CONFIRM; i++)
		if (i >= b->evidence.filled || b->evidence.window[i].reason != reason ||
			!(shown_by(reason) & ~b->incident.stands))
			return false;
	/* A cut that was in flight and never left may have seemed to be what looks showed. */
	if (reason == REASON_OWN_REMOVE && !core_keeps(core, emit_binding_index(core, b)))
		return false;
	/* Only what this incident cut, and an operator restored: a statement that others put back is not ours to
	 * remove. */
	return b->incident.cut_op.n != 0 &&
	       core->now.boot.ms - b->incident.cut_at.ms > core->policy.restore_delay_ms;
}

static struct boottime long_put_off(const struct core *core, const struct incident *i)
{
	return boottime_after(i->cut_at, core->policy.blind_alert_ms);
}

/* The vendor keeps access as long: whoever revoked must not believe otherwise. */
static void drive_put_off(struct step *s, struct binding *b)
{
	struct incident *i = &b->incident;

	if (dark_all_paused(s->core, emit_binding_index(s->core, b))) {
		tell_cut(s, b, CUT_EV_PAUSED);
	} else if (!i->wait_told && due(s->core, long_put_off(s->core, i))) {
		i->wait_told = true;
		emit_notice(s, NOTICE_CUT_WAITS, b, 0);
	}
}

static bool undoes(const struct incident *i)
{
	return i->cut == CUT_UNDO_WANTED || i->cut == CUT_UNDO_BY_HAND;
}

/* Revoked again with --pause-only, which leaves the key as it is: what is to be undone is so at the restore, and what the
 * revoke before did not get done is not done for this one. At the restore no change may still come that it is to undo. */
static bool change_waits(const struct core *core, const struct incident *i)
{
	if (i->causes & CAUSE_OPERATOR)
		return undoes(i) || (i->causes & CAUSE_PAUSE_ONLY);
	return undoes(i) && cut_means_may_come(core, i);
}

static bool is_disabled_by_us(const struct incident *i)
{
	return (i->stands & CUT_MEANS_BIT(CUT_MEANS_DISABLE)) != 0;
}

/* What an errand has sent may still be taken by KMS, and would write over a cut that is made before: so its end is waited
 * for, which comes soon, but not longer than that: one that has not left by then is not wanted any more. */
static bool waits_for_errand(struct step *s, struct binding *b)
{
	struct incident *i = &b->incident;

	if (!errand_slot_may_undo(s->core, emit_binding_index(s->core, b), cut_means_due(i))) {
		i->errand_wait.ms = 0; /* the next one has its own time */
		return false;
	}
	if (i->errand_wait.ms == 0) {
		i->errand_wait = boottime_after(s->core->now.boot, CORE_CHANGE_LATE_MS);
		if (i->causes & CAUSE_OPERATOR)
			emit_notice(s, NOTICE_CUT_WAITS_FOR_ERRAND, b, 0);
	}
	return !due(s->core, i->errand_wait);
}

static void drive_cut(struct step *s, struct binding *b)
{
	struct incident *i = &b->incident;

	/* What could not be done while a change was in flight: revoke in an undo, restore in a cut. */
	if (!(i->causes & CAUSE_OPERATOR) &&
		(i->cut == CUT_WANTED || i->cut == CUT_MADE || i->cut == CUT_BY_HAND))
		tell_cut(s, b, CUT_EV_UNDO);
	if (!(i->causes & CAUSE_OPERATOR) && i->cut != CUT_SENT && i->cut != CUT_UNDO_SENT &&
		still_cut(s->core, b))
		tell_cut(s, b, CUT_EV_STILL_THERE);
	if ((i->causes & CAUSE_OPERATOR) && !(i->causes & CAUSE_PAUSE_ONLY) && i->cut != CUT_MADE)
		tell_cut(s, b, i->causes & CAUSE_PAUSE_FIRST ? CUT_EV_LATER : CUT_EV_START);
	if ((i->causes & CAUSE_OPERATOR) && !(i->causes & CAUSE_PAUSE_ONLY) && cut_means_differs(i))
		tell_cut(s, b, CUT_EV_OTHER);
	if (i->cut == CUT_AFTER_PAUSES)
		drive_put_off(s, b);
	/* That a key is enabled again a single look does not tell. */
	if (evidence_sees_access(&b->evidence) && !b->evidence.last.access.own_sid_present &&
		!is_disabled_by_us(i))
		(void)cut_machine_step(s, b, CUT_EV_ACCESS);
	if (i->stands == 0)
		(void)cut_machine_step(s, b, CUT_EV_NOTHING);
	cut_means_given_back(b);
	if (i->cut == CUT_WANTED && cut_means_lacks_policy(b) && evidence_self_denied(&b->evidence) &&
		!(i->causes & CAUSE_PAUSE_ONLY))
		(void)cut_machine_step(s, b, CUT_EV_UNREAD);
	if (plan_may_act(s->core) && due(s->core, i->cut_retry) && !cut_means_lacks_policy(b) &&
		!change_waits(s->core, i) && !waits_for_errand(s, b))
		(void)cut_machine_step(s, b, CUT_EV_DUE);
}

/* Fires what holds now; true if the phase moved, so that the new phase is looked at as well. */
static bool drive_phase(struct step *s, struct binding *b)
{
	const struct core *core = s->core;
	uint32_t index = emit_binding_index(core, b);
	struct incident *i = &b->incident;
	bool may_ask =
		!i->budget_asked && (i->budget_retry.ms == BOOTTIME_NEVER.ms || due(core, i->budget_retry));

	if (is_lost(b) &&
		incident_machine_step(s, b,
			may_react(core, b) && !plan_all_wait(core, index) ? IE_LOSS_AUTO : IE_LOSS_WAIT))
		return true;
	if (evidence_sees_access(&b->evidence) && incident_machine_step(s, b, IE_ACCESS))
		return true;
	if (is_back(b) && incident_machine_step(s, b, IE_BACK))
		return true;
	if (i->phase == PHASE_PROVING && i->cut == CUT_NONE && !core->held &&
		!(core_is_suspended(core) && (i->causes & CAUSE_AUTOMATIC)) &&
		evidence_proven(&b->evidence, core->now.boot, core->policy.restore_delay_ms) &&
		incident_machine_step(s, b, IE_PROVEN))
		return true;
	if ((i->phase == PHASE_BUDGET ? may_ask : due(core, i->grace_end)) && plan_may_act(core) &&
		may_react(core, b) && newest_look_lost(core, b, core->now.boot) && plan_list_fresh(core, i) &&
		incident_machine_step(s, b, IE_GRACE_OVER))
		return true;
	if (i->phase == PHASE_PAUSING && plan_list_fresh(core, i) && !plan_pause_open(core, index))
		return incident_machine_step(s, b, IE_SETTLED);
	if (i->phase == PHASE_HELD && plan_pause_open(core, index))
		return incident_machine_step(s, b, IE_UNSETTLED);
	if (i->phase == PHASE_RESUMING && !plan_resume_open(core, index))
		return incident_machine_step(s, b, IE_RESUMED);
	return false;
}

/* "Read the state before the call": it must have been read lately. */
static bool may_be_due(const struct core *core, const struct cluster *c)
{
	return !live_drill_acts_on(core, c) && !c->read_due && !c->reading && due(core, c->retry) &&
	       c->seen_at.ms != BOOTTIME_NEVER.ms &&
	       core->now.boot.ms - c->seen_at.ms <= 3 * core->policy.incident_ms;
}

/* The acts that are due: pauses in their order, and at most so many at a time. */
static void drive_acts(struct step *s, uint32_t index, enum duty owed)
{
	struct core *core = s->core;
	uint32_t in_flight = plan_acts_in_flight(core);
	int64_t order = -1, next = 0; /* of all that is owed, a rank after the other */

	while (next > order && in_flight < CORE_ACTS_MAX) {
		int64_t least = INT64_MAX;

		order = next;
		for (uint32_t i = 0; i < core->cluster_count && in_flight < CORE_ACTS_MAX; i++) {
			struct cluster *c = &core->clusters[i];
			int64_t rank = owed == DUTY_OWED ? c->mark.order : 0;

			if (c->binding != index || c->duty != owed || !may_be_due(core, c))
				continue;
			if (rank > order && rank < least)
				least = rank;
			if (rank != order)
				continue;
			cluster_machine_step(s, c, CE_DUE);
			in_flight += c->duty == DUTY_PAUSE_SENT || c->duty == DUTY_RESUME_SENT;
		}
		next = least == INT64_MAX ? order : least;
	}
}

/* What the phase wants of each cluster, and the acts that are due. */
static void drive_clusters(struct step *s, struct binding *b)
{
	struct core *core = s->core;
	uint32_t index = emit_binding_index(core, b);
	enum phase phase = b->incident.phase;
	bool pausing = (phase == PHASE_PAUSING || phase == PHASE_HELD) && may_pause(core, b, core->now.boot);
	bool resuming = phase == PHASE_RESUMING;

	for (uint32_t i = 0; i < core->cluster_count; i++) {
		struct cluster *c = &core->clusters[i];

		if (c->binding != index)
			continue;
		if (pausing)
			cluster_machine_step(s, c, CE_WANT_PAUSE);
		if (resuming)
			cluster_machine_step(s, c, CE_WANT_RESUME);
		/* A resume in flight is answered first. */
		if (c->left_paused_at.ms != BOOTTIME_NEVER.ms && c->duty != DUTY_RESUME_SENT &&
			core->now.boot.ms - c->left_paused_at.ms >= CLUSTER_STRANDED_MS)
			cluster_machine_step(s, c, CE_OVERDUE);
	}
	if (pausing)
		drive_acts(s, index, DUTY_OWED);
	else if (resuming && may_resume(core, b, core->now.boot))
		drive_acts(s, index, DUTY_RESUME_OWED);
}

static void drive_incident(struct step *s, struct binding *b)
{
	/* A phase is entered at most a few times by one event: the bound is against a circle in the table. */
	for (int i = 0; i < 6; i++) {
		if (b->incident.phase != PHASE_NONE)
			drive_cut(s, b);
		drive_clusters(s, b);
		if (!drive_phase(s, b))
			break;
	}
	if (b->incident.phase == PHASE_NONE)
		return;
	incident_alert_drive(s, b);
	dark_drive(s, b);
	grants_drive(s, b, plan_may_act(s->core));
}

/* ---- looks and lists ---- */

static void drive_look(struct step *s, struct binding *b)
{
	struct core *core = s->core;

	if (!b->look_in_flight && due(core, b->next_look)) {
		b->look_in_flight = true;
		b->next_look = boottime_after(core->now.boot, core->policy.poll_ms);
		emit(s, FX_LOOK)->binding = emit_binding_index(core, b);
	}
	if (!b->rotation_in_flight && due(core, b->next_rotation)) {
		b->rotation_in_flight = true;
		b->next_rotation = boottime_after(core->now.boot, core->policy.rotation_ms);
		emit(s, FX_READ_ROTATION)->binding = emit_binding_index(core, b);
	}
	if (!b->blind_told && core_is_blind(core, emit_binding_index(core, b))) {
		b->blind_told = true;
		emit_notice(s, NOTICE_BLIND, b, 0);
	}
	if (!b->armed && b->incident.phase == PHASE_NONE && due(core, b->next_arm_notice)) {
		b->next_arm_notice = boottime_after(core->now.boot, DRIVE_ARM_NOTICE_MS);
		emit_notice(s, NOTICE_NOT_ARMED, b, 0);
	}
	key_alert_drive(s, b);
}

/* All projects of a daemon read at once when it starts; after that, spread over half of the interval. */
static int64_t spread_ms(const struct core *core, int64_t interval_ms, bool first)
{
	int64_t poll_ms = core->policy.poll_ms; /* a reload may have made it shorter than the phase */
	int64_t phase_ms = core->phase_ms < poll_ms ? core->phase_ms : poll_ms;

	if (!first || phase_ms == 0)
		return interval_ms;
	return interval_ms - interval_ms / 2 * phase_ms / poll_ms;
}

static void drive_lists(struct step *s)
{
	struct core *core = s->core;
	int64_t interval_ms = core_has_incident(core) ? core->policy.incident_ms : core->policy.clusters_ms;

	if (!core->cmek_in_flight && due(core, core->next_cmek)) {
		core->cmek_in_flight = true;
		core->next_cmek = boottime_after(
			core->now.boot, core->cmek_fault == FAULT_NONE
						? spread_ms(core, core->policy.clusters_ms, !core->cmek_read)
						: core->policy.incident_ms);
		emit(s, FX_READ_CMEK);
	}
	if (!core->list_in_flight && due(core, core->next_list)) {
		core->list_in_flight = true;
		core->list_since = core->now.boot;
		core->next_list = boottime_after(core->now.boot,
			spread_ms(core, interval_ms, core->listed_at.ms == BOOTTIME_NEVER.ms));
		emit(s, FX_LIST_CLUSTERS);
	}
}

/* Clusters that must be read by their ids: unsure acts, refusals, missing from a list, and the proof of dark.
 */
static void drive_reads(struct step *s)
{
	struct core *core = s->core;
	uint32_t reading = 0;

	for (uint32_t i = 0; i < core->cluster_count; i++)
		reading += core->clusters[i].reading;
	for (uint32_t i = 0; i < core->cluster_count && reading < DRIVE_READS_MAX; i++) {
		struct cluster *c = &core->clusters[i];
		enum phase phase =
			c->binding == CORE_NO_INDEX ? PHASE_NONE : core->bindings[c->binding].incident.phase;
		bool proof = (phase == PHASE_PAUSING || phase == PHASE_HELD) &&
			     c->state == CLUSTER_STATE_PAUSED && !c->proven_paused;
		struct effect *e;

		if (c->reading || !(c->read_due || proof) ||
			(c->read_retry.ms > core->now.boot.ms && !c->read_due))
			continue;
		c->reading = true;
		c->reading_since = core->now.boot;
		c->read_due = false;
		reading++;
		e = emit(s, FX_READ_CLUSTER);
		e->cluster = i;
		e->binding = c->binding;
	}
}

void drive(struct step *s)
{
	struct core *core = s->core;

	suspend_drive(s);
	errand_slot_drive(s);
	live_drill_drive(s);
	for (uint32_t i = 0; i < core->binding_count; i++)
		drive_incident(s, &core->bindings[i]);
	for (uint32_t i = 0; i < core->binding_count; i++)
		drive_look(s, &core->bindings[i]);
	drive_lists(s);
	drive_reads(s);
}

/* ---- the next time something follows from time alone ---- */

struct boottime core_deadline(const struct core *core)
{
	struct boottime next = BOOTTIME_NEVER;

	if (!core->started)
		return next;
	next = boottime_earlier(core->suspended_end, live_drill_deadline(core));
	if (!core->cmek_in_flight)
		next = boottime_earlier(next, core->next_cmek);
	if (!core->list_in_flight)
		next = boottime_earlier(next, core->next_list);
	for (uint32_t i = 0; i < core->binding_count; i++) {
		const struct binding *b = &core->bindings[i];
		const struct incident *inc = &b->incident;

		if (!b->look_in_flight)
			next = boottime_earlier(next, b->next_look);
		if (!b->rotation_in_flight)
			next = boottime_earlier(next, b->next_rotation);
		next = boottime_earlier(next, b->countdown);
		if (!b->armed && inc->phase == PHASE_NONE)
			next = boottime_earlier(next, b->next_arm_notice);
		if (inc->phase == PHASE_NONE)
			continue;
		/* A time that has passed waits for an event (a look, a list), not for the clock. */
		if (inc->grace_end.ms > core->now.boot.ms)
			next = boottime_earlier(next, inc->grace_end);
		if (inc->cut_retry.ms > core->now.boot.ms)
			next = boottime_earlier(next, inc->cut_retry);
		if (inc->late_until.ms > core->now.boot.ms)
			next = boottime_earlier(next, inc->late_until);
		if (inc->errand_wait.ms > core->now.boot.ms) {
			next = boottime_earlier(next, inc->errand_wait);
			next = boottime_earlier(next, errand_slot_deadline(core, &core->errand));
			next = boottime_earlier(next, errand_slot_deadline(core, &b->errand));
		}
		if (inc->cut == CUT_AFTER_PAUSES && !inc->wait_told)
			next = boottime_earlier(next, long_put_off(core, inc));
		next = boottime_earlier(next, incident_alert_deadline(core, inc));
		if (inc->phase == PHASE_BUDGET && inc->budget_retry.ms > core->now.boot.ms)
			next = boottime_earlier(next, inc->budget_retry);
		next = boottime_earlier(next, grants_deadline(b));
	}
	for (uint32_t i = 0; i < core->cluster_count; i++) {
		const struct cluster *c = &core->clusters[i];

		if ((c->duty == DUTY_OWED || c->duty == DUTY_RESUME_OWED) && c->retry.ms > core->now.boot.ms)
			next = boottime_earlier(next, c->retry);
	}
	return next;
}
