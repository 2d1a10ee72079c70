/* SPDX-License-Identifier: Apache-2.0 */
#include "core/incident_machine.h"
#include "core/cluster_machine.h"
#include "core/evidence.h"
#include "core/incident_clusters.h"
#include "core/plan.h"
#include "core/rows.h"
#include <stddef.h>
#include <string.h>

typedef bool guard_fn(const struct core *core, const struct binding *b);
typedef void action_fn(struct step *s, struct binding *b);

/* ---- guards ---- */

static bool has_automatic(const struct core *core, const struct binding *b)
{
	(void)core;
	return (b->incident.causes & CAUSE_AUTOMATIC) != 0;
}

static bool no_automatic(const struct core *core, const struct binding *b)
{
	return !has_automatic(core, b);
}

static bool has_operator(const struct core *core, const struct binding *b)
{
	(void)core;
	return (b->incident.causes & CAUSE_OPERATOR) != 0;
}

static bool no_operator(const struct core *core, const struct binding *b)
{
	return !has_operator(core, b);
}

static bool waits_for_pauses(const struct core *core, const struct binding *b)
{
	(void)core;
	return b->incident.cut == CUT_AFTER_PAUSES && !(b->incident.how & CAUSE_PAUSE_FIRST);
}

/* The incident took something, or may have: it cannot just be forgotten. */
static bool took_something(const struct core *core, const struct binding *b)
{
	return plan_took_something(core, emit_binding_index(core, b));
}

static bool grace_not_running(const struct core *core, const struct binding *b)
{
	(void)core;
	return b->incident.grace_end.ms == BOOTTIME_NEVER.ms;
}

static bool needs_no_budget(const struct core *core, const struct binding *b)
{
	return b->incident.budget_spent || plan_to_budget(core, emit_binding_index(core, b)) == 0;
}

/* What was lost is lost in another way by now, or the configuration is another: the rest is a person's to approve. */
static bool stalls(const struct core *core, const struct binding *b)
{
	/* Whose ledger it is comes first: once that is said it goes on as it was. */
	return !core->held && plan_by_itself(&b->incident) &&
	       plan_owes_pause(core, emit_binding_index(core, b));
}

static bool by_itself(const struct core *core, const struct binding *b)
{
	(void)core;
	return plan_by_itself(&b->incident);
}

/* ---- actions ---- */

static void told(struct step *s, struct binding *b, enum notice notice)
{
	b->incident.phase_at = s->core->now;
	b->incident.ordered = emit_incident(s, b);
	emit_notice(s, notice, b, 0);
}

static enum reason blamed(const struct binding *b)
{
	return b->evidence.verdict == OUTCOME_LOST ? b->evidence.reason : b->evidence.last_reason;
}

/* That the vendor has access is to be proven by looks from here on. */
static void prove_anew(struct binding *b)
{
	b->evidence.usable_looks = 0;
	b->evidence.usable_since = BOOTTIME_NEVER;
}

/* Everything that was known about the clusters was known before the loss: read them now. */
static void open_incident(struct step *s, struct binding *b, enum cause cause)
{
	enum phase phase = b->incident.phase; /* already the next one */

	memset(&b->incident, 0, sizeof b->incident);
	b->incident.id.n = s->core->next_incident++;
	b->incident.phase = phase;
	b->incident.causes = (uint8_t)cause;
	b->incident.reason = blamed(b);
	b->incident.opened = b->incident.phase_at = s->core->now;
	b->incident.grace_end = b->incident.cut_retry = b->incident.budget_retry = BOOTTIME_NEVER;
	b->incident.next_grants = s->core->now.boot;
	prove_anew(b);
	s->core->next_list = s->core->now.boot;
	for (uint32_t i = 0; i < s->core->cluster_count; i++)
		if (s->core->clusters[i].binding == emit_binding_index(s->core, b))
			s->core->clusters[i].proven_paused = false;
	emit_notice(s, NOTICE_INCIDENT_OPENED, b, 0);
}

/* Everything anew, budget and approval included; grace runs from when the loss is believed. */
static void forget_grace(struct binding *b)
{
	b->incident.approved = b->incident.budget_spent = b->incident.budget_told = false;
	b->incident.budget_asked = 0;
	b->incident.grace_end = BOOTTIME_NEVER;
}

static void run_grace(struct step *s, struct binding *b)
{
	forget_grace(b);
	b->incident.grace_end = boottime_after(s->core->now.boot, s->core->policy.grace_ms);
	told(s, b, NOTICE_GRACE);
}

static void open_grace(struct step *s, struct binding *b)
{
	open_incident(s, b, CAUSE_AUTOMATIC);
	run_grace(s, b);
}

static void open_waiting(struct step *s, struct binding *b)
{
	open_incident(s, b, CAUSE_AUTOMATIC);
	told(s, b, NOTICE_NEEDS_APPROVAL);
}

/* Of what was an operator's alone until now. */
static void blame_loss(struct binding *b)
{
	b->incident.causes |= CAUSE_AUTOMATIC;
	b->incident.reason = blamed(b);
}

static void add_automatic(struct step *s, struct binding *b)
{
	blame_loss(b);
	(void)emit_incident(s, b);
}

/* A loss that came after access had been back: everything anew, approval included. */
static void lost_again_grace(struct step *s, struct binding *b)
{
	blame_loss(b);
	run_grace(s, b);
}

static void lost_again_waiting(struct step *s, struct binding *b)
{
	b->incident.budget_spent = false;
	blame_loss(b);
	told(s, b, NOTICE_NEEDS_APPROVAL);
}

static void wait_for_person(struct step *s, struct binding *b)
{
	b->incident.grace_end = BOOTTIME_NEVER;
	b->incident.budget_spent = false;
	told(s, b, NOTICE_NEEDS_APPROVAL);
}

static void start_cut(struct step *s, struct binding *b)
{
	b->incident.causes |= CAUSE_OPERATOR | b->incident.how;
	b->incident.undone_told = false;
	if (!(b->incident.how & CAUSE_PAUSE_ONLY))
		(void)cut_machine_step(
			s, b, b->incident.how & CAUSE_PAUSE_FIRST ? CUT_EV_LATER : CUT_EV_START);
	told(s, b, NOTICE_REVOKED);
}

/* A person does not wait for the pauses any longer, which go on all the same. */
static void cut_now(struct step *s, struct binding *b)
{
	b->incident.causes = (uint8_t)((b->incident.causes & ~CAUSE_MEANS) | (b->incident.how & CAUSE_MEANS));
	(void)cut_machine_step(s, b, CUT_EV_START);
	told(s, b, NOTICE_REVOKED);
}

/* Asked again by other means, or because others undid it: the cut follows (drive). */
static void cut_again(struct step *s, struct binding *b)
{
	b->incident.causes = (uint8_t)((b->incident.causes & ~CAUSE_MEANS) | (b->incident.how & CAUSE_MEANS));
	if (b->incident.undone_told && b->incident.cut == CUT_MADE)
		(void)cut_machine_step(s, b, CUT_EV_OTHER);
	b->incident.undone_told = false;
	told(s, b, NOTICE_REVOKED);
}

static void open_revoke(struct step *s, struct binding *b)
{
	uint8_t how = b->incident.how;

	open_incident(s, b, CAUSE_OPERATOR);
	b->incident.how = how;
	start_cut(s, b);
}

static void end_operator(struct step *s, struct binding *b)
{
	b->incident.causes &= (uint8_t) ~(CAUSE_OPERATOR | CAUSE_HOW);
	(void)cut_machine_step(s, b, CUT_EV_UNDO);
	prove_anew(b);
	b->next_look = s->core->now.boot;
	told(s, b, NOTICE_RESTORED);
	b->released = b->incident.ordered;
}

static void ask_budget(struct step *s, struct binding *b)
{
	struct effect *e;

	b->incident.phase_at = s->core->now;
	(void)emit_incident(s, b);
	b->incident.budget_asked = plan_to_budget(s->core, emit_binding_index(s->core, b));
	b->incident.budget_retry = BOOTTIME_NEVER;
	e = emit(s, FX_ASK_BUDGET);
	e->binding = emit_binding_index(s->core, b);
	e->incident = b->incident.id;
	e->count = b->incident.budget_asked;
}

static void budget_taken(struct step *s, struct binding *b)
{
	struct core_plan plan;
	struct record *r;

	uint32_t count = plan_to_budget(s->core, emit_binding_index(s->core, b));

	core_plan(s->core, emit_binding_index(s->core, b), &plan);
	incident_leave_out(s, b);
	b->incident.budget_spent = true;
	r = emit_record(s, RECORD_BUDGET);
	r->region = b->region;
	r->incident = b->incident.id;
	r->plan = plan.digest;
	r->count = count;
	told(s, b, NOTICE_PAUSING);
	incident_each_cluster(s, b, CE_WANT_PAUSE); /* these, and none that it would be due to later */
}

static void budget_refused(struct step *s, struct binding *b)
{
	b->incident.budget_asked = 0;
	if (!b->incident.budget_told)
		emit_notice(s, NOTICE_BUDGET, b, 0);
	b->incident.budget_told = true;
	b->incident.budget_retry = boottime_after(s->core->now.boot, 3 * s->core->policy.incident_ms);
}

static void start_pausing(struct step *s, struct binding *b)
{
	incident_leave_out(s, b);
	told(s, b, NOTICE_PAUSING);
}

static void record_approval(struct step *s, struct binding *b)
{
	struct core_plan plan;
	struct record *r;

	core_plan(s->core, emit_binding_index(s->core, b), &plan);
	s->core->held = false;
	r = emit_record(s, RECORD_APPROVED);
	b->incident.ordered = r->seq;
	r->region = b->region;
	r->incident = b->incident.id;
	r->plan = plan.digest;
	r->count = plan.pause;
}

static void approved(struct step *s, struct binding *b)
{
	b->incident.approved = true;
	incident_leave_out(s, b);
	record_approval(s, b);
	told(s, b, NOTICE_PAUSING);
	incident_each_cluster(s, b, CE_APPROVE);
}

/* A foreign or old ledger was approved while the incident is where it is; of a loss that is yet to come it says nothing. */
static void approved_in_place(struct step *s, struct binding *b)
{
	b->incident.approved = has_automatic(s->core, b);
	record_approval(s, b);
	if (b->incident.approved)
		incident_each_cluster(s, b, CE_APPROVE);
}

/* The same, while clusters are given back: it says that they may be, nothing about pausing. */
static void approved_giving_back(struct step *s, struct binding *b)
{
	record_approval(s, b);
}

static void declined(struct step *s, struct binding *b)
{
	struct record *r;

	incident_stop_counted(s, b);
	r = emit_record(s, RECORD_DECLINED);
	r->region = b->region;
	r->incident = b->incident.id;
	b->incident.approved = false;
	b->incident.grace_end = BOOTTIME_NEVER;
	b->incident.phase_at = s->core->now;
	(void)emit_incident(s, b);
	incident_stop_left_out(s, b);
}

/* What was approved was this loss, with this plan: the next one is another. So too what was known of the grants: with access the
 * vendor makes new ones. */
static void forget_loss(struct binding *b)
{
	b->incident.approved = b->incident.grants_known = false;
	b->incident.grants_denied = b->incident.grants_told = false;
	b->incident.grants_stale = b->incident.grants_in_flight;
	b->incident.grants_batch = 0;
}

static void prove(struct step *s, struct binding *b)
{
	forget_loss(b);
	incident_stop_counted(s, b);
	b->incident.grace_end = BOOTTIME_NEVER;
	told(s, b, NOTICE_PROVING);
	incident_stop_left_out(s, b);
}

/* One usable look in the grace period: the verdict is withdrawn, nothing is pardoned but what was not done.
 */
static void prove_withdrawn(struct step *s, struct binding *b)
{
	evidence_withdraw(&b->evidence, s->core->now);
	prove(s, b);
}

/* Automatic acts are off, or the configuration is another: what was not sent is not. When the loss is believed anew grace runs from
 * there. */
static void grace_anew(struct step *s, struct binding *b)
{
	incident_stop_counted(s, b);
	forget_grace(b);
	b->incident.phase_at = s->core->now;
	(void)emit_incident(s, b);
	incident_stop_left_out(s, b);
}

static void wait_with_the_rest(struct step *s, struct binding *b)
{
	incident_stop_counted(s, b);
	blame_loss(b);
	wait_for_person(s, b);
	incident_stop_left_out(s, b);
}

/* What the operator asked for is over; what the loss asks for has its own grace and budget. */
static void restore_then_grace(struct step *s, struct binding *b)
{
	incident_stop_counted(s, b);
	forget_grace(b);
	end_operator(s, b);
	incident_stop_left_out(s, b);
}

static void restore_then_prove(struct step *s, struct binding *b)
{
	forget_loss(b);
	incident_stop_counted(s, b);
	end_operator(s, b);
	incident_stop_left_out(s, b);
}

static void resume(struct step *s, struct binding *b)
{
	b->incident.causes = 0;
	told(s, b, NOTICE_RESUMING);
	incident_each_cluster(s, b, CE_WANT_RESUME);
}

static void forget(struct step *s, struct binding *b, enum notice notice)
{
	plan_forget_clusters(s->core, emit_binding_index(s->core, b));
	b->incident.causes = 0;
	(void)emit_incident(s, b); /* phase none: the fold forgets the clusters likewise */
	emit_notice(s, notice, b, 0);
	memset(&b->incident, 0, sizeof b->incident);
}

static void cancel(struct step *s, struct binding *b)
{
	evidence_withdraw(&b->evidence, s->core->now);
	forget(s, b, NOTICE_CANCELLED);
}

static void close_incident(struct step *s, struct binding *b)
{
	forget(s, b, NOTICE_CLOSED);
}

static void hold(struct step *s, struct binding *b)
{
	b->incident.phase_at = s->core->now;
	b->incident.next_grants = s->core->now.boot;
	(void)emit_incident(s, b);
}

static void pause_more(struct step *s, struct binding *b)
{
	b->incident.phase_at = s->core->now;
	(void)emit_incident(s, b);
}

static void tell_undone(struct step *s, struct binding *b)
{
	const struct incident *i = &b->incident;

	if (i->undone_told || i->cut != CUT_MADE)
		return;
	/* Right after the change other nodes of KMS may still show the old text. */
	if (!i->cut_seen && s->core->now.boot.ms - i->cut_at.ms < s->core->policy.restore_delay_ms)
		return;
	b->incident.undone_told = true;
	emit_notice(s, NOTICE_REVOKE_UNDONE, b, 0);
}

/* ---- the table ---- */

struct row {
	bool written;
	guard_fn *guard;
	enum phase next;
	action_fn *action;
};
#define ALTERNATIVES ROWS_INCIDENT_ALTERNATIVES
#define ROW(phase, event, guard, next, action)                                                               \
	[PHASE_##phase][IE_##event][0] = {true, guard, PHASE_##next, action}
#define ALT(n, phase, event, guard, next, action)                                                            \
	[PHASE_##phase][IE_##event][n] = {true, guard, PHASE_##next, action}
#define IGN(phase, event) [PHASE_##phase][IE_##event][0] = {true, NULL, PHASE_##phase, NULL}

/* clang-format off */
static const struct row table[PHASE_COUNT][IE_COUNT][ALTERNATIVES] = {
	IGN(NONE, CHANGED),
	ROW(NONE, LOSS_AUTO, NULL, GRACE, open_grace),
	ROW(NONE, LOSS_WAIT, NULL, WAITING, open_waiting),
	ROW(NONE, REVOKE, NULL, PAUSING, open_revoke),
	IGN(NONE, ACCESS), IGN(NONE, BACK), IGN(NONE, PROVEN), IGN(NONE, GRACE_OVER), IGN(NONE, BUDGET_YES),
	IGN(NONE, BUDGET_NO), IGN(NONE, APPROVE), IGN(NONE, DECLINE), IGN(NONE, RESTORE), IGN(NONE, SETTLED),
	IGN(NONE, UNSETTLED), IGN(NONE, RESUMED), IGN(NONE, CLOCK_STEP), IGN(NONE, SUSPEND),

	/* A person decides; only access seen again ends it without one. */
	IGN(WAITING, CHANGED),
	ROW(WAITING, LOSS_AUTO, NULL, GRACE, run_grace),
	ROW(WAITING, ACCESS, took_something, PROVING, prove_withdrawn),
	ALT(1, WAITING, ACCESS, NULL, NONE, cancel),
	ROW(WAITING, APPROVE, NULL, PAUSING, approved),
	ROW(WAITING, DECLINE, NULL, DECLINED, declined),
	ROW(WAITING, REVOKE, NULL, PAUSING, start_cut),
	IGN(WAITING, LOSS_WAIT), IGN(WAITING, BACK), IGN(WAITING, PROVEN), IGN(WAITING, GRACE_OVER),
	IGN(WAITING, BUDGET_YES), IGN(WAITING, BUDGET_NO), IGN(WAITING, RESTORE), IGN(WAITING, SETTLED),
	IGN(WAITING, UNSETTLED), IGN(WAITING, RESUMED), IGN(WAITING, CLOCK_STEP), IGN(WAITING, SUSPEND),

	/* "Acts after GracePeriod (looks go on, a usable one cancels)." */
	IGN(GRACE, CHANGED),
	ROW(GRACE, LOSS_AUTO, grace_not_running, GRACE, run_grace), /* after a restart grace starts again */
	ALT(1, GRACE, LOSS_AUTO, NULL, GRACE, NULL),
	ROW(GRACE, LOSS_WAIT, NULL, WAITING, wait_for_person),
	ROW(GRACE, ACCESS, took_something, PROVING, prove_withdrawn),
	ALT(1, GRACE, ACCESS, NULL, NONE, cancel),
	ROW(GRACE, GRACE_OVER, needs_no_budget, PAUSING, start_pausing),
	ALT(1, GRACE, GRACE_OVER, NULL, BUDGET, ask_budget),
	ROW(GRACE, APPROVE, NULL, PAUSING, approved),
	ROW(GRACE, DECLINE, NULL, DECLINED, declined),
	ROW(GRACE, REVOKE, NULL, PAUSING, start_cut),
	ROW(GRACE, SUSPEND, NULL, GRACE, grace_anew),
	ROW(GRACE, CLOCK_STEP, grace_not_running, GRACE, NULL),
	ALT(1, GRACE, CLOCK_STEP, NULL, GRACE, run_grace),
	IGN(GRACE, BACK), IGN(GRACE, PROVEN), IGN(GRACE, BUDGET_YES), IGN(GRACE, BUDGET_NO), IGN(GRACE, RESTORE),
	IGN(GRACE, SETTLED), IGN(GRACE, UNSETTLED), IGN(GRACE, RESUMED),

	/* "A plan that does not fit waits whole." */
	ROW(BUDGET, CHANGED, NULL, GRACE, grace_anew), /* what was asked for rests on looks that count no more */
	ROW(BUDGET, LOSS_WAIT, NULL, WAITING, wait_for_person),
	ROW(BUDGET, ACCESS, took_something, PROVING, prove_withdrawn),
	ALT(1, BUDGET, ACCESS, NULL, NONE, cancel),
	ROW(BUDGET, GRACE_OVER, needs_no_budget, PAUSING, start_pausing),
	ALT(1, BUDGET, GRACE_OVER, NULL, BUDGET, ask_budget),
	ROW(BUDGET, BUDGET_YES, NULL, PAUSING, budget_taken),
	ROW(BUDGET, BUDGET_NO, NULL, BUDGET, budget_refused),
	ROW(BUDGET, APPROVE, NULL, PAUSING, approved),
	ROW(BUDGET, DECLINE, NULL, DECLINED, declined),
	ROW(BUDGET, REVOKE, NULL, PAUSING, start_cut),
	ROW(BUDGET, SUSPEND, NULL, GRACE, grace_anew),
	IGN(BUDGET, LOSS_AUTO), IGN(BUDGET, BACK), IGN(BUDGET, PROVEN), IGN(BUDGET, RESTORE),
	IGN(BUDGET, SETTLED), IGN(BUDGET, UNSETTLED), IGN(BUDGET, RESUMED), IGN(BUDGET, CLOCK_STEP),

	IGN(DECLINED, CHANGED),
	ROW(DECLINED, BACK, took_something, PROVING, prove),
	ALT(1, DECLINED, BACK, NULL, NONE, close_incident),
	ROW(DECLINED, APPROVE, NULL, PAUSING, approved),
	ROW(DECLINED, REVOKE, NULL, PAUSING, start_cut),
	IGN(DECLINED, LOSS_AUTO), IGN(DECLINED, LOSS_WAIT), IGN(DECLINED, ACCESS), IGN(DECLINED, PROVEN),
	IGN(DECLINED, GRACE_OVER), IGN(DECLINED, BUDGET_YES), IGN(DECLINED, BUDGET_NO), IGN(DECLINED, DECLINE),
	IGN(DECLINED, RESTORE), IGN(DECLINED, SETTLED), IGN(DECLINED, UNSETTLED), IGN(DECLINED, RESUMED),
	IGN(DECLINED, CLOCK_STEP), IGN(DECLINED, SUSPEND),

	/* An operator's cause ends only by restore; meanwhile access seen again is an alert, never a resume. */
	IGN(PAUSING, CHANGED),
	ROW(PAUSING, LOSS_AUTO, no_automatic, PAUSING, add_automatic),
	ALT(1, PAUSING, LOSS_AUTO, NULL, PAUSING, NULL),
	ROW(PAUSING, LOSS_WAIT, no_automatic, PAUSING, add_automatic),
	ALT(1, PAUSING, LOSS_WAIT, stalls, WAITING, wait_with_the_rest),
	ALT(2, PAUSING, LOSS_WAIT, NULL, PAUSING, NULL),
	ROW(PAUSING, BACK, has_operator, PAUSING, tell_undone),
	ALT(1, PAUSING, BACK, NULL, PROVING, prove),
	ROW(PAUSING, APPROVE, NULL, PAUSING, approved_in_place),
	ROW(PAUSING, DECLINE, no_operator, DECLINED, declined),
	ALT(1, PAUSING, DECLINE, NULL, PAUSING, NULL),
	ROW(PAUSING, REVOKE, no_operator, PAUSING, start_cut),
	ALT(1, PAUSING, REVOKE, waits_for_pauses, PAUSING, cut_now),
	ALT(2, PAUSING, REVOKE, NULL, PAUSING, cut_again),
	ROW(PAUSING, RESTORE, has_automatic, GRACE, restore_then_grace),
	ALT(1, PAUSING, RESTORE, NULL, PROVING, restore_then_prove),
	ROW(PAUSING, SUSPEND, by_itself, GRACE, grace_anew),
	ALT(1, PAUSING, SUSPEND, NULL, PAUSING, NULL),
	ROW(PAUSING, SETTLED, NULL, HELD, hold),
	IGN(PAUSING, ACCESS), IGN(PAUSING, PROVEN), IGN(PAUSING, GRACE_OVER), IGN(PAUSING, BUDGET_YES),
	IGN(PAUSING, BUDGET_NO), IGN(PAUSING, UNSETTLED), IGN(PAUSING, RESUMED), IGN(PAUSING, CLOCK_STEP),

	IGN(HELD, CHANGED),
	ROW(HELD, LOSS_AUTO, no_automatic, HELD, add_automatic),
	ALT(1, HELD, LOSS_AUTO, NULL, HELD, NULL),
	ROW(HELD, LOSS_WAIT, no_automatic, HELD, add_automatic),
	ALT(1, HELD, LOSS_WAIT, NULL, HELD, NULL),
	ROW(HELD, BACK, has_operator, HELD, tell_undone),
	ALT(1, HELD, BACK, NULL, PROVING, prove),
	ROW(HELD, APPROVE, NULL, HELD, approved_in_place),
	ROW(HELD, REVOKE, no_operator, PAUSING, start_cut),
	ALT(1, HELD, REVOKE, waits_for_pauses, HELD, cut_now),
	ALT(2, HELD, REVOKE, NULL, HELD, cut_again),
	ROW(HELD, RESTORE, has_automatic, HELD, end_operator),
	ALT(1, HELD, RESTORE, NULL, PROVING, restore_then_prove),
	ROW(HELD, UNSETTLED, NULL, PAUSING, pause_more),
	IGN(HELD, ACCESS), IGN(HELD, PROVEN), IGN(HELD, GRACE_OVER), IGN(HELD, BUDGET_YES), IGN(HELD, BUDGET_NO),
	IGN(HELD, DECLINE), IGN(HELD, SETTLED), IGN(HELD, RESUMED), IGN(HELD, CLOCK_STEP), IGN(HELD, SUSPEND),

	IGN(PROVING, CHANGED),
	ROW(PROVING, LOSS_AUTO, NULL, GRACE, lost_again_grace),
	ROW(PROVING, LOSS_WAIT, NULL, WAITING, lost_again_waiting),
	ROW(PROVING, PROVEN, NULL, RESUMING, resume),
	ROW(PROVING, APPROVE, NULL, PROVING, approved_giving_back),
	ROW(PROVING, REVOKE, NULL, PAUSING, start_cut),
	IGN(PROVING, ACCESS), IGN(PROVING, BACK), IGN(PROVING, GRACE_OVER), IGN(PROVING, BUDGET_YES),
	IGN(PROVING, BUDGET_NO), IGN(PROVING, DECLINE), IGN(PROVING, RESTORE), IGN(PROVING, SETTLED),
	IGN(PROVING, UNSETTLED), IGN(PROVING, RESUMED), IGN(PROVING, CLOCK_STEP), IGN(PROVING, SUSPEND),

	ROW(RESUMING, CHANGED, NULL, PROVING, prove),
	ROW(RESUMING, LOSS_AUTO, NULL, GRACE, lost_again_grace),
	ROW(RESUMING, LOSS_WAIT, NULL, WAITING, lost_again_waiting),
	ROW(RESUMING, APPROVE, NULL, RESUMING, approved_giving_back),
	ROW(RESUMING, REVOKE, NULL, PAUSING, start_cut),
	ROW(RESUMING, RESUMED, NULL, NONE, close_incident),
	IGN(RESUMING, ACCESS), IGN(RESUMING, BACK), IGN(RESUMING, PROVEN), IGN(RESUMING, GRACE_OVER),
	IGN(RESUMING, BUDGET_YES), IGN(RESUMING, BUDGET_NO), IGN(RESUMING, DECLINE), IGN(RESUMING, RESTORE),
	IGN(RESUMING, SETTLED), IGN(RESUMING, UNSETTLED), IGN(RESUMING, CLOCK_STEP), IGN(RESUMING, SUSPEND),
};
/* clang-format on */

int incident_machine_cell(enum phase phase, enum incident_event event)
{
	int n = 0;

	while (n < ALTERNATIVES && table[phase][event][n].written)
		n++;
	return n;
}

bool incident_machine_step(struct step *s, struct binding *b, enum incident_event event)
{
	const struct row *row = table[b->incident.phase][event];

	for (int i = 0; i < ALTERNATIVES && row[i].written; i++) {
		bool moved = b->incident.phase != row[i].next;

		if (row[i].guard && !row[i].guard(s->core, b))
			continue;
		rows_take(s, ROWS_OF_INCIDENT(b->incident.phase, event, i));
		b->incident.phase = row[i].next;
		if (row[i].action)
			row[i].action(s, b);
		return moved;
	}
	return false;
}

static const char *const event_names[IE_COUNT] = {
#define X(e, name) [IE_##e] = name,
	INCIDENT_EVENT_TABLE(X)
#undef X
};

const char *incident_event_name(enum incident_event e)
{
	return event_names[e];
}
