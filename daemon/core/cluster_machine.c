/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cluster_machine.h"
#include "core/backoff.h"
#include "core/pause_owner.h"
#include "core/plan.h"
#include "core/rows.h"
#include <stddef.h>

typedef bool guard_fn(const struct core *core, const struct cluster *c);
typedef void action_fn(struct step *s, struct cluster *c);

static const struct incident *incident_of(const struct core *core, const struct cluster *c)
{
	return &core->bindings[c->binding].incident;
}

/* ---- guards: pure predicates ---- */

static bool is_gone(const struct core *core, const struct cluster *c)
{
	(void)core;
	return c->state == CLUSTER_STATE_GONE;
}

static bool runs(const struct core *core, const struct cluster *c)
{
	(void)core;
	return c->state == CLUSTER_STATE_RUNNING;
}

static bool may_be_paused(const struct core *core, const struct cluster *c)
{
	return runs(core, c) && !plan_spares(core, c);
}

static bool is_excluded(const struct core *core, const struct cluster *c)
{
	(void)core;
	return c->mark.excluded;
}

/* A pause of ours may still arrive: it is owed until that is known. */
static bool is_excluded_for_sure(const struct core *core, const struct cluster *c)
{
	return c->mark.excluded && !pause_may_come(core, c);
}

static bool is_held_back_for_sure(const struct core *core, const struct cluster *c)
{
	return plan_holds_back(core, c) && !pause_may_come(core, c);
}

static bool is_paused(const struct core *core, const struct cluster *c)
{
	(void)core;
	return c->state == CLUSTER_STATE_PAUSED;
}

/* A reading that is not older than the act it is about: it was asked for when one IncidentInterval had passed since. A list may
 * be under way for longer: it has pages, and waits for the rate. */
static bool settled(const struct core *core, const struct cluster *c)
{
	(void)core;
	return c->seen_at.ms != BOOTTIME_NEVER.ms && boottime_reached(c->asked_at, c->retry);
}

static bool just_left(const struct core *core, const struct cluster *c)
{
	(void)core;
	return c->left_paused_at.ms == BOOTTIME_NEVER.ms;
}

/* Read as running lately, and after the act had time to show: it cannot come any more. */
static bool runs_for_sure(const struct core *core, const struct cluster *c)
{
	return runs(core, c) && settled(core, c) && !pause_may_come(core, c);
}

/* One that got no answer: it was read so while the next was in flight, or is now. */
static bool one_before_came(const struct core *core, const struct cluster *c)
{
	return c->came || pause_may_have_come(core, c);
}

/* "An operator's revoke is held against people's resumes"; TiDB Cloud's own resume is undone in any incident.
 */
static bool must_hold(const struct core *core, const struct cluster *c)
{
	return plan_by_operator(core, c) || pause_ends_by_itself(core, c);
}

static bool took(const struct core *core, const struct cluster *c)
{
	(void)core;
	return c->took;
}

/* The incident gives clusters back: a running one is as it should be. */
static bool giving_back(const struct core *core, const struct cluster *c)
{
	enum phase p = incident_of(core, c)->phase;

	return p == PHASE_PROVING || p == PHASE_RESUMING;
}

static bool given_back_for_sure(const struct core *core, const struct cluster *c)
{
	return giving_back(core, c) && runs_for_sure(core, c);
}

/* Ours, under the schedule that it had: it was never gone. */
static bool never_left(const struct core *core, const struct cluster *c)
{
	return c->took && !pause_is_of_people(core, c);
}

/* This incident had paused it; whose pause it shows now cannot be told. */
static bool paused_since(const struct core *core, const struct cluster *c)
{
	return c->took && pause_is_of_people(core, c);
}

static bool not_giving_back(const struct core *core, const struct cluster *c)
{
	return !giving_back(core, c);
}

/* ---- actions: only effects and the cluster's own members ---- */

static void record(struct step *s, struct cluster *c)
{
	(void)emit_cluster(s, RECORD_CLUSTER, c, ACT_RESULT_ACCEPTED);
}

static void send_act(struct step *s, struct cluster *c, enum record_type intent, enum effect_type act)
{
	struct seq after;
	struct effect *e;

	c->op.n = s->core->next_op++;
	after = emit_cluster(s, intent, c, ACT_RESULT_ACCEPTED);
	e = emit(s, act);
	e->after = after; /* the intent is durable before the act leaves */
	e->op = c->op;
	e->cluster = emit_cluster_index(s->core, c);
	e->binding = c->binding;
	e->incident = s->core->bindings[c->binding].incident.id;
}

static void send_pause(struct step *s, struct cluster *c)
{
	c->proven_paused = c->shown = c->came = false;
	send_act(s, c, RECORD_PAUSE_INTENT, FX_PAUSE);
}

static void send_resume(struct step *s, struct cluster *c)
{
	c->proven_paused = false;
	send_act(s, c, RECORD_RESUME_INTENT, FX_RESUME);
}

static void wait_after(struct cluster *c, struct boottime now, int64_t delay_ms)
{
	c->retry = boottime_after(now, delay_ms);
}

/* The seven days of this pause begin: what is told of them is as told. */
static void count_from_now(struct step *s, struct cluster *c)
{
	c->our_resume_at = c->resume_at;
	c->paused_at = s->core->now.wall;
	c->ahead_told = c->outlived = false;
}

/* As it is now, it counts as paused by this incident: a pause that people make later is theirs again. */
static void include(struct step *s, struct cluster *c)
{
	count_from_now(s, c);
	(void)emit_cluster(s, RECORD_INCLUDED, c, ACT_RESULT_ACCEPTED);
}

/* An hour to come up, from the first of several tries: one that falls back again and again is told too. */
static void count_the_hour(struct step *s, struct cluster *c)
{
	if (c->left_paused_at.ms == BOOTTIME_NEVER.ms)
		c->left_paused_at = s->core->now.boot;
}

/* Whoever resumed it: it has to come up in time. */
static void found_resuming(struct step *s, struct cluster *c)
{
	count_the_hour(s, c);
	record(s, c);
}

static void taken(struct step *s, struct cluster *c)
{
	c->refusals = 0;
	if (c->duty == DUTY_RESUME_TAKEN)
		count_the_hour(s, c);
	wait_after(c, s->core->now.boot, s->core->policy.incident_ms);
	(void)emit_cluster(s, RECORD_ACT_RESULT, c, ACT_RESULT_ACCEPTED);
}

static void back_off(struct step *s, struct cluster *c)
{
	c->read_due = true; /* a refusal may mean that it is there already */
	wait_after(c, s->core->now.boot, backoff_ms(s->core->policy.incident_ms, c->refusals++));
}

static void refused(struct step *s, struct cluster *c, enum notice notice)
{
	(void)emit_cluster(s, RECORD_ACT_RESULT, c, ACT_RESULT_REFUSED);
	if (c->refusals == 0)
		emit_cluster_notice(s, notice, c);
	back_off(s, c);
}

static void pause_refused(struct step *s, struct cluster *c)
{
	refused(s, c, NOTICE_PAUSE_REFUSED);
}

static void resume_refused(struct step *s, struct cluster *c)
{
	refused(s, c, NOTICE_RESUME_REFUSED);
}

static void unclear(struct step *s, struct cluster *c)
{
	c->read_due = true;
	wait_after(c, s->core->now.boot, s->core->policy.incident_ms);
	(void)emit_cluster(s, RECORD_ACT_RESULT, c, ACT_RESULT_LOST);
}

static void doubt(struct step *s, struct cluster *c)
{
	pause_doubt(s->core, c);
}

/* The answer comes first, but a reading of PAUSED is not forgotten. */
static void shown(struct step *s, struct cluster *c)
{
	(void)s;
	c->shown = true;
}

/* The one before has come: it must not be too late to say so when the answer is there, whoever resumed it meanwhile. */
static void shown_in_doubt(struct step *s, struct cluster *c)
{
	shown(s, c);
	doubt(s, c);
	c->came = true;
}

static void pause_unclear(struct step *s, struct cluster *c)
{
	doubt(s, c);
	unclear(s, c);
}

static void not_sent(struct step *s, struct cluster *c)
{
	(void)emit_cluster(s, RECORD_ACT_RESULT, c, ACT_RESULT_NOT_SENT);
	wait_after(c, s->core->now.boot, s->core->policy.incident_ms);
}

static void is_held(struct step *s, struct cluster *c)
{
	c->left_paused_at = BOOTTIME_NEVER;
	c->refusals = 0;
	record(s, c);
	emit_cluster_notice(s, NOTICE_CLUSTER_PAUSED, c);
}

static void found_paused(struct step *s, struct cluster *c)
{
	count_from_now(s, c);
	is_held(s, c);
}

/* Back from where it hung: a resume that failed, or a pause of people once it had come up. Where that is not told, it is told
 * from ours later, as long as ours is known. */
static void fell_back(struct step *s, struct cluster *c)
{
	struct walltime ours = c->our_resume_at;

	count_from_now(s, c);
	if (!walltime_is_known(c->our_resume_at))
		c->our_resume_at = ours;
	is_held(s, c);
}

/* Still PAUSED. The scheduled resume may be told later than the state; and a foreseen resume that failed falls back to
 * PAUSED with a new one, told or not. */
static void still_paused(struct step *s, struct cluster *c)
{
	bool told = walltime_is_known(c->resume_at);
	bool news = told && (!walltime_is_known(c->our_resume_at) || pause_is_another(c));
	bool failed = !told && c->left_paused_at.ms != BOOTTIME_NEVER.ms && pause_ends_by_itself(s->core, c);

	c->left_paused_at = BOOTTIME_NEVER;
	if (!news && !failed) {
		c->outlived = c->outlived || pause_outlives(s->core, c);
		return;
	}
	count_from_now(s, c);
	record(s, c);
}

/* Told only now: what people pause once it has come up is told from ours by it. */
static bool learns(struct cluster *c)
{
	if (walltime_is_known(c->our_resume_at) || !walltime_is_known(c->resume_at))
		return false;
	c->our_resume_at = c->resume_at;
	return true;
}

static void learn_schedule(struct step *s, struct cluster *c)
{
	if (learns(c))
		record(s, c);
}

static void left_paused(struct step *s, struct cluster *c)
{
	if (c->left_paused_at.ms != BOOTTIME_NEVER.ms)
		return;
	c->left_paused_at = s->core->now.boot;
	c->read_due = true; /* one stale reading decides nothing */
}

/* It runs although the key is lost: whatever resumed it, the cut did not stop it. */
static void tell_ineffective(struct step *s, struct cluster *c)
{
	if (c->state == CLUSTER_STATE_RUNNING &&
		s->core->bindings[c->binding].evidence.verdict == OUTCOME_LOST)
		emit_cluster_notice(s, NOTICE_CUT_INEFFECTIVE, c);
}

/* Lost again before it was given back. */
static void keep_paused(struct step *s, struct cluster *c)
{
	c->refusals = 0;
	record(s, c);
}

static void hold_again(struct step *s, struct cluster *c)
{
	c->left_paused_at = BOOTTIME_NEVER;
	c->refusals = 0; /* that a pause is refused now is news */
	wait_after(c, s->core->now.boot, 0);
	record(s, c);
	tell_ineffective(s, c);
}

static void touched(struct step *s, struct cluster *c)
{
	c->left_paused_at = BOOTTIME_NEVER; /* it is theirs now */
	record(s, c);
	emit_cluster_notice(s, NOTICE_TOUCHED, c);
	tell_ineffective(s, c);
}

/* A pause of people. Where this incident had paused the cluster before, somebody else has to resume it now: told. */
static void leave(struct step *s, struct cluster *c)
{
	record(s, c);
	if (c->took)
		emit_cluster_notice(s, NOTICE_TOUCHED, c);
}

static void stranded(struct step *s, struct cluster *c)
{
	/* It left before its day: people resumed it, whenever it comes up. */
	c->outlived = c->outlived || pause_left_early(c, s->core->now.wall);
	c->left_paused_at = BOOTTIME_NEVER;
	record(s, c);
	emit_cluster_notice(s, NOTICE_STRANDED, c);
}

/* Given back, and yet not running: told once. */
static void tell_stranded(struct step *s, struct cluster *c)
{
	c->left_paused_at = BOOTTIME_NEVER;
	emit_cluster_notice(s, NOTICE_STRANDED, c);
}

static void exclude(struct step *s, struct cluster *c)
{
	record(s, c);
	emit_cluster_notice(s, NOTICE_CLUSTER_EXCLUDED, c);
}

static void hold_back(struct step *s, struct cluster *c)
{
	record(s, c);
	emit_cluster_notice(s, NOTICE_CLUSTER_WAITS, c);
}

static void owe(struct step *s, struct cluster *c)
{
	c->refusals = 0;
	wait_after(c, s->core->now.boot, 0);
	record(s, c);
}

static void owe_again(struct step *s, struct cluster *c)
{
	wait_after(c, s->core->now.boot, 0);
	record(s, c);
}

static void owe_resume_again(struct step *s, struct cluster *c)
{
	(void)learns(c);
	owe_again(s, c);
}

/* A pause of ours was taken, and yet it runs: should it show in the end, it is ours all the same. */
static void owe_in_doubt(struct step *s, struct cluster *c)
{
	doubt(s, c);
	owe_again(s, c);
}

static void found_running(struct step *s, struct cluster *c)
{
	c->refusals = 0;
	c->left_paused_at = BOOTTIME_NEVER;
	record(s, c);
	emit_cluster_notice(s, NOTICE_CLUSTER_RESUMED, c);
}

/* ---- the table ---- */

struct row {
	bool written;
	guard_fn *guard; /* NULL: always */
	enum duty next;
	action_fn *action; /* NULL: none */
};
#define ALTERNATIVES ROWS_CLUSTER_ALTERNATIVES

#define ROW(duty, event, guard, next, action)                                                                \
	[DUTY_##duty][CE_##event][0] = {true, guard, DUTY_##next, action}
#define ALT(n, duty, event, guard, next, action)                                                             \
	[DUTY_##duty][CE_##event][n] = {true, guard, DUTY_##next, action}
#define IGN(duty, event) [DUTY_##duty][CE_##event][0] = {true, NULL, DUTY_##duty, NULL}

/* clang-format off */
static const struct row table[DUTY_COUNT][CE_COUNT][ALTERNATIVES] = {
	ROW(FREE, WANT_PAUSE, is_gone, GONE, record),
	ALT(1, FREE, WANT_PAUSE, pause_is_of_people, LEFT, leave),
	ALT(2, FREE, WANT_PAUSE, is_excluded, EXCLUDED, exclude),
	ALT(3, FREE, WANT_PAUSE, plan_born_later, TOUCHED, touched),
	ALT(4, FREE, WANT_PAUSE, plan_holds_back, WAITS, hold_back),
	ALT(5, FREE, WANT_PAUSE, NULL, OWED, owe),
	IGN(FREE, INCLUDE), IGN(FREE, WANT_STOP), IGN(FREE, WANT_RESUME), IGN(FREE, SEEN_RUNNING), IGN(FREE, SEEN_BUSY),
	IGN(FREE, SEEN_PAUSING), IGN(FREE, SEEN_PAUSED), IGN(FREE, SEEN_RESUMING), IGN(FREE, SEEN_UNUSABLE),
	IGN(FREE, SEEN_GONE), IGN(FREE, SEEN_UNKNOWN), IGN(FREE, DUE), IGN(FREE, OVERDUE),
	IGN(FREE, ACCEPTED), IGN(FREE, REFUSED), IGN(FREE, UNCLEAR), IGN(FREE, NOT_SENT), IGN(FREE, APPROVE),

	/* The configuration may have changed since. */
	ROW(OWED, WANT_PAUSE, is_excluded_for_sure, EXCLUDED, exclude),
	ALT(1, OWED, WANT_PAUSE, is_held_back_for_sure, WAITS, hold_back),
	ALT(2, OWED, WANT_PAUSE, NULL, OWED, NULL),
	ROW(OWED, WANT_STOP, pause_may_come, PAUSE_UNSURE, record), /* it may still arrive */
	ALT(1, OWED, WANT_STOP, NULL, FREE, record),
	ROW(OWED, WANT_RESUME, pause_may_come, PAUSE_UNSURE, record),
	ALT(1, OWED, WANT_RESUME, NULL, FREE, record),
	ROW(OWED, SEEN_PAUSING, pause_is_anybodys, TOUCHED, touched),
	ALT(1, OWED, SEEN_PAUSING, pause_is_of_people, LEFT, leave),
	ALT(2, OWED, SEEN_PAUSING, NULL, PAUSE_TAKEN, record),
	ROW(OWED, SEEN_PAUSED, pause_is_anybodys, TOUCHED, touched),
	ALT(1, OWED, SEEN_PAUSED, pause_is_of_people, LEFT, leave),
	ALT(2, OWED, SEEN_PAUSED, NULL, PAUSED, found_paused),
	ROW(OWED, SEEN_GONE, NULL, GONE, record),
	ROW(OWED, DUE, may_be_paused, PAUSE_SENT, send_pause),
	ALT(1, OWED, DUE, NULL, OWED, NULL),
	IGN(OWED, INCLUDE), IGN(OWED, SEEN_RUNNING), IGN(OWED, SEEN_BUSY), IGN(OWED, SEEN_RESUMING), IGN(OWED, SEEN_UNUSABLE),
	IGN(OWED, SEEN_UNKNOWN), IGN(OWED, OVERDUE), IGN(OWED, ACCEPTED), IGN(OWED, REFUSED),
	IGN(OWED, UNCLEAR), IGN(OWED, NOT_SENT), IGN(OWED, APPROVE),

	/* While the act is in flight a reading may be older than it: the answer comes first. */
	ROW(PAUSE_SENT, ACCEPTED, NULL, PAUSE_TAKEN, taken),
	ROW(PAUSE_SENT, REFUSED, one_before_came, PAUSE_UNSURE, pause_refused),
	ALT(1, PAUSE_SENT, REFUSED, NULL, OWED, pause_refused),
	ROW(PAUSE_SENT, UNCLEAR, NULL, PAUSE_UNSURE, pause_unclear),
	ROW(PAUSE_SENT, NOT_SENT, one_before_came, PAUSE_UNSURE, not_sent),
	ALT(1, PAUSE_SENT, NOT_SENT, NULL, OWED, not_sent),
	ROW(PAUSE_SENT, SEEN_PAUSING, pause_may_come, PAUSE_SENT, doubt),
	ALT(1, PAUSE_SENT, SEEN_PAUSING, NULL, PAUSE_SENT, NULL),
	ROW(PAUSE_SENT, SEEN_PAUSED, pause_may_come, PAUSE_SENT, shown_in_doubt),
	ALT(1, PAUSE_SENT, SEEN_PAUSED, NULL, PAUSE_SENT, shown),
	IGN(PAUSE_SENT, INCLUDE), IGN(PAUSE_SENT, WANT_PAUSE), IGN(PAUSE_SENT, WANT_STOP), IGN(PAUSE_SENT, WANT_RESUME),
	IGN(PAUSE_SENT, SEEN_RUNNING), IGN(PAUSE_SENT, SEEN_BUSY),
	IGN(PAUSE_SENT, SEEN_RESUMING), IGN(PAUSE_SENT, SEEN_UNUSABLE),
	IGN(PAUSE_SENT, SEEN_GONE), IGN(PAUSE_SENT, SEEN_UNKNOWN), IGN(PAUSE_SENT, DUE), IGN(PAUSE_SENT, OVERDUE),
	IGN(PAUSE_SENT, APPROVE),

	/* "A lost reply found PAUSING or PAUSED afterwards counts as ours." */
	ROW(PAUSE_UNSURE, SEEN_PAUSING, NULL, PAUSE_TAKEN, record),
	ROW(PAUSE_UNSURE, SEEN_PAUSED, NULL, PAUSED, found_paused),
	ROW(PAUSE_UNSURE, WANT_RESUME, runs_for_sure, FREE, record),
	ALT(1, PAUSE_UNSURE, WANT_RESUME, NULL, PAUSE_UNSURE, NULL),
	ROW(PAUSE_UNSURE, SEEN_RUNNING, given_back_for_sure, FREE, record),
	ALT(1, PAUSE_UNSURE, SEEN_RUNNING, giving_back, PAUSE_UNSURE, NULL),
	ALT(2, PAUSE_UNSURE, SEEN_RUNNING, settled, OWED, owe_again),
	ALT(3, PAUSE_UNSURE, SEEN_RUNNING, NULL, PAUSE_UNSURE, NULL),
	ROW(PAUSE_UNSURE, SEEN_GONE, NULL, GONE, record),
	IGN(PAUSE_UNSURE, INCLUDE), IGN(PAUSE_UNSURE, WANT_PAUSE), IGN(PAUSE_UNSURE, WANT_STOP),
	IGN(PAUSE_UNSURE, SEEN_BUSY), IGN(PAUSE_UNSURE, SEEN_RESUMING), IGN(PAUSE_UNSURE, SEEN_UNUSABLE),
	IGN(PAUSE_UNSURE, SEEN_UNKNOWN), IGN(PAUSE_UNSURE, DUE), IGN(PAUSE_UNSURE, OVERDUE),
	IGN(PAUSE_UNSURE, ACCEPTED), IGN(PAUSE_UNSURE, REFUSED), IGN(PAUSE_UNSURE, UNCLEAR),
	IGN(PAUSE_UNSURE, NOT_SENT), IGN(PAUSE_UNSURE, APPROVE),

	ROW(PAUSE_TAKEN, SEEN_PAUSED, NULL, PAUSED, found_paused),
	ROW(PAUSE_TAKEN, SEEN_RUNNING, settled, OWED, owe_in_doubt),
	ALT(1, PAUSE_TAKEN, SEEN_RUNNING, NULL, PAUSE_TAKEN, NULL),
	ROW(PAUSE_TAKEN, SEEN_GONE, NULL, GONE, record),
	IGN(PAUSE_TAKEN, INCLUDE), IGN(PAUSE_TAKEN, WANT_PAUSE), IGN(PAUSE_TAKEN, WANT_STOP), IGN(PAUSE_TAKEN, WANT_RESUME),
	IGN(PAUSE_TAKEN, SEEN_BUSY), IGN(PAUSE_TAKEN, SEEN_PAUSING), IGN(PAUSE_TAKEN, SEEN_RESUMING),
	IGN(PAUSE_TAKEN, SEEN_UNUSABLE), IGN(PAUSE_TAKEN, SEEN_UNKNOWN), IGN(PAUSE_TAKEN, DUE),
	IGN(PAUSE_TAKEN, OVERDUE), IGN(PAUSE_TAKEN, ACCEPTED), IGN(PAUSE_TAKEN, REFUSED),
	IGN(PAUSE_TAKEN, UNCLEAR), IGN(PAUSE_TAKEN, NOT_SENT), IGN(PAUSE_TAKEN, APPROVE),

	/* "Resume exactly the clusters that this incident paused and that are still as it left them." */
	ROW(PAUSED, WANT_RESUME, NULL, RESUME_OWED, owe_again),
	ROW(PAUSED, SEEN_PAUSED, pause_is_theirs, TOUCHED, touched),
	ALT(1, PAUSED, SEEN_PAUSED, NULL, PAUSED, still_paused),
	ROW(PAUSED, SEEN_RUNNING, just_left, PAUSED, left_paused),
	ALT(1, PAUSED, SEEN_RUNNING, giving_back, FREE, found_running),
	ALT(2, PAUSED, SEEN_RUNNING, must_hold, OWED, hold_again),
	ALT(3, PAUSED, SEEN_RUNNING, NULL, TOUCHED, touched),
	ROW(PAUSED, SEEN_BUSY, NULL, PAUSED, left_paused),
	ROW(PAUSED, SEEN_RESUMING, NULL, PAUSED, left_paused),
	ROW(PAUSED, SEEN_UNUSABLE, NULL, PAUSED, left_paused),
	ROW(PAUSED, SEEN_GONE, NULL, GONE, record),
	ROW(PAUSED, OVERDUE, not_giving_back, STRANDED, stranded),
	ALT(1, PAUSED, OVERDUE, NULL, PAUSED, NULL),
	IGN(PAUSED, INCLUDE), IGN(PAUSED, WANT_PAUSE), IGN(PAUSED, WANT_STOP), IGN(PAUSED, SEEN_PAUSING), IGN(PAUSED, SEEN_UNKNOWN),
	IGN(PAUSED, DUE), IGN(PAUSED, ACCEPTED), IGN(PAUSED, REFUSED), IGN(PAUSED, UNCLEAR), IGN(PAUSED, NOT_SENT),
	IGN(PAUSED, APPROVE),

	/* A pause of ours came before the one of people that cannot be told from it. */
	ROW(LEFT, INCLUDE, took, PAUSED, include),
	ALT(1, LEFT, INCLUDE, NULL, LEFT, NULL),
	ROW(LEFT, SEEN_RUNNING, giving_back, FREE, record),
	ALT(1, LEFT, SEEN_RUNNING, plan_by_operator, OWED, hold_again),
	ALT(2, LEFT, SEEN_RUNNING, NULL, TOUCHED, touched),
	ROW(LEFT, SEEN_GONE, NULL, GONE, record),
	IGN(LEFT, WANT_PAUSE), IGN(LEFT, WANT_STOP), IGN(LEFT, WANT_RESUME), IGN(LEFT, SEEN_BUSY),
	IGN(LEFT, SEEN_PAUSING), IGN(LEFT, SEEN_PAUSED), IGN(LEFT, SEEN_RESUMING), IGN(LEFT, SEEN_UNUSABLE),
	IGN(LEFT, SEEN_UNKNOWN), IGN(LEFT, DUE), IGN(LEFT, OVERDUE), IGN(LEFT, ACCEPTED), IGN(LEFT, REFUSED),
	IGN(LEFT, UNCLEAR), IGN(LEFT, NOT_SENT), IGN(LEFT, APPROVE),

	/* A person's hand on it is respected, until an operator's revoke asks for the whole region. */
	ROW(TOUCHED, WANT_PAUSE, pause_is_of_people, TOUCHED, NULL),
	ALT(1, TOUCHED, WANT_PAUSE, plan_by_operator, OWED, owe),
	ALT(2, TOUCHED, WANT_PAUSE, NULL, TOUCHED, NULL),
	ROW(TOUCHED, INCLUDE, took, PAUSED, include),
	ALT(1, TOUCHED, INCLUDE, NULL, TOUCHED, NULL),
	ROW(TOUCHED, SEEN_GONE, NULL, GONE, record),
	IGN(TOUCHED, WANT_STOP), IGN(TOUCHED, WANT_RESUME), IGN(TOUCHED, SEEN_RUNNING), IGN(TOUCHED, SEEN_BUSY),
	IGN(TOUCHED, SEEN_PAUSING), IGN(TOUCHED, SEEN_PAUSED), IGN(TOUCHED, SEEN_RESUMING),
	IGN(TOUCHED, SEEN_UNUSABLE), IGN(TOUCHED, SEEN_UNKNOWN), IGN(TOUCHED, DUE), IGN(TOUCHED, OVERDUE),
	IGN(TOUCHED, ACCEPTED), IGN(TOUCHED, REFUSED), IGN(TOUCHED, UNCLEAR), IGN(TOUCHED, NOT_SENT), IGN(TOUCHED, APPROVE),

	ROW(RESUME_OWED, WANT_PAUSE, NULL, PAUSED, keep_paused),
	ROW(RESUME_OWED, SEEN_RUNNING, NULL, FREE, found_running),
	ROW(RESUME_OWED, SEEN_RESUMING, NULL, RESUME_TAKEN, found_resuming),
	ROW(RESUME_OWED, SEEN_BUSY, NULL, RESUME_TAKEN, found_resuming), /* it left PAUSED, and hangs perhaps */
	ROW(RESUME_OWED, SEEN_UNUSABLE, NULL, RESUME_TAKEN, found_resuming),
	ROW(RESUME_OWED, SEEN_PAUSED, pause_is_theirs, TOUCHED, touched),
	ALT(1, RESUME_OWED, SEEN_PAUSED, NULL, RESUME_OWED, learn_schedule),
	ROW(RESUME_OWED, SEEN_GONE, NULL, GONE, record),
	ROW(RESUME_OWED, OVERDUE, NULL, RESUME_OWED, tell_stranded),
	ROW(RESUME_OWED, DUE, is_paused, RESUME_SENT, send_resume),
	ALT(1, RESUME_OWED, DUE, NULL, RESUME_OWED, NULL),
	IGN(RESUME_OWED, INCLUDE), IGN(RESUME_OWED, WANT_STOP), IGN(RESUME_OWED, WANT_RESUME),
	IGN(RESUME_OWED, SEEN_PAUSING), IGN(RESUME_OWED, SEEN_UNKNOWN),
	IGN(RESUME_OWED, ACCEPTED), IGN(RESUME_OWED, REFUSED),
	IGN(RESUME_OWED, UNCLEAR), IGN(RESUME_OWED, NOT_SENT), IGN(RESUME_OWED, APPROVE),

	ROW(RESUME_SENT, ACCEPTED, NULL, RESUME_TAKEN, taken),
	ROW(RESUME_SENT, REFUSED, NULL, RESUME_OWED, resume_refused),
	ROW(RESUME_SENT, UNCLEAR, NULL, RESUME_UNSURE, unclear),
	ROW(RESUME_SENT, NOT_SENT, NULL, RESUME_OWED, not_sent),
	ROW(RESUME_SENT, SEEN_PAUSED, NULL, RESUME_SENT, learn_schedule),
	IGN(RESUME_SENT, INCLUDE), IGN(RESUME_SENT, WANT_PAUSE), IGN(RESUME_SENT, WANT_STOP), IGN(RESUME_SENT, WANT_RESUME),
	IGN(RESUME_SENT, SEEN_RUNNING), IGN(RESUME_SENT, SEEN_BUSY), IGN(RESUME_SENT, SEEN_PAUSING),
	IGN(RESUME_SENT, SEEN_RESUMING), IGN(RESUME_SENT, SEEN_UNUSABLE),
	IGN(RESUME_SENT, SEEN_GONE), IGN(RESUME_SENT, SEEN_UNKNOWN), IGN(RESUME_SENT, DUE),
	IGN(RESUME_SENT, OVERDUE), IGN(RESUME_SENT, APPROVE),

	ROW(RESUME_UNSURE, SEEN_RUNNING, NULL, FREE, found_running),
	ROW(RESUME_UNSURE, SEEN_RESUMING, NULL, RESUME_TAKEN, found_resuming),
	ROW(RESUME_UNSURE, SEEN_BUSY, NULL, RESUME_TAKEN, found_resuming),
	ROW(RESUME_UNSURE, SEEN_UNUSABLE, NULL, RESUME_TAKEN, found_resuming),
	ROW(RESUME_UNSURE, OVERDUE, NULL, RESUME_UNSURE, tell_stranded),
	ROW(RESUME_UNSURE, SEEN_PAUSED, pause_is_theirs, TOUCHED, touched),
	ALT(1, RESUME_UNSURE, SEEN_PAUSED, settled, RESUME_OWED, owe_resume_again),
	ALT(2, RESUME_UNSURE, SEEN_PAUSED, NULL, RESUME_UNSURE, learn_schedule),
	ROW(RESUME_UNSURE, SEEN_GONE, NULL, GONE, record),
	IGN(RESUME_UNSURE, INCLUDE), IGN(RESUME_UNSURE, WANT_PAUSE), IGN(RESUME_UNSURE, WANT_STOP), IGN(RESUME_UNSURE, WANT_RESUME),
	IGN(RESUME_UNSURE, SEEN_PAUSING), IGN(RESUME_UNSURE, SEEN_UNKNOWN), IGN(RESUME_UNSURE, DUE),
	IGN(RESUME_UNSURE, ACCEPTED), IGN(RESUME_UNSURE, REFUSED), IGN(RESUME_UNSURE, UNCLEAR),
	IGN(RESUME_UNSURE, NOT_SENT), IGN(RESUME_UNSURE, APPROVE),

	ROW(RESUME_TAKEN, SEEN_RUNNING, NULL, FREE, found_running),
	/* A resume that failed, or a person's pause: a new schedule cannot be told from it. */
	ROW(RESUME_TAKEN, SEEN_PAUSED, pause_is_theirs, TOUCHED, touched),
	ALT(1, RESUME_TAKEN, SEEN_PAUSED, settled, RESUME_OWED, owe_resume_again),
	ALT(2, RESUME_TAKEN, SEEN_PAUSED, NULL, RESUME_TAKEN, learn_schedule),
	ROW(RESUME_TAKEN, OVERDUE, NULL, RESUME_TAKEN, tell_stranded),
	ROW(RESUME_TAKEN, SEEN_GONE, NULL, GONE, record),
	IGN(RESUME_TAKEN, INCLUDE), IGN(RESUME_TAKEN, WANT_PAUSE), IGN(RESUME_TAKEN, WANT_STOP), IGN(RESUME_TAKEN, WANT_RESUME),
	IGN(RESUME_TAKEN, SEEN_BUSY), IGN(RESUME_TAKEN, SEEN_PAUSING), IGN(RESUME_TAKEN, SEEN_RESUMING),
	IGN(RESUME_TAKEN, SEEN_UNUSABLE), IGN(RESUME_TAKEN, SEEN_UNKNOWN), IGN(RESUME_TAKEN, DUE),
	IGN(RESUME_TAKEN, ACCEPTED), IGN(RESUME_TAKEN, REFUSED),
	IGN(RESUME_TAKEN, UNCLEAR), IGN(RESUME_TAKEN, NOT_SENT), IGN(RESUME_TAKEN, APPROVE),

	/* Still owed a verified ACTIVE at restore. */
	ROW(STRANDED, WANT_RESUME, NULL, RESUME_TAKEN, found_resuming),
	ROW(STRANDED, SEEN_RUNNING, giving_back, FREE, found_running),
	ALT(1, STRANDED, SEEN_RUNNING, must_hold, OWED, hold_again),
	ALT(2, STRANDED, SEEN_RUNNING, NULL, TOUCHED, touched),
	/* A resume that failed, or people's pause once it had come up: told by its schedule, as while it is given back. */
	ROW(STRANDED, SEEN_PAUSED, pause_is_theirs, TOUCHED, touched),
	ALT(1, STRANDED, SEEN_PAUSED, NULL, PAUSED, fell_back),
	ROW(STRANDED, SEEN_GONE, NULL, GONE, record),
	IGN(STRANDED, INCLUDE), IGN(STRANDED, WANT_PAUSE), IGN(STRANDED, WANT_STOP), IGN(STRANDED, SEEN_BUSY), IGN(STRANDED, SEEN_PAUSING),
	IGN(STRANDED, SEEN_RESUMING), IGN(STRANDED, SEEN_UNUSABLE), IGN(STRANDED, SEEN_UNKNOWN),
	IGN(STRANDED, DUE), IGN(STRANDED, OVERDUE), IGN(STRANDED, ACCEPTED), IGN(STRANDED, REFUSED),
	IGN(STRANDED, UNCLEAR), IGN(STRANDED, NOT_SENT), IGN(STRANDED, APPROVE),

	/* A list that was wrong once: what is seen again is there again. */
	ROW(GONE, SEEN_RUNNING, NULL, FREE, record),
	ROW(GONE, SEEN_BUSY, took, GONE, NULL), /* whether it is still as it was left is not told yet */
	ALT(1, GONE, SEEN_BUSY, NULL, FREE, record),
	ROW(GONE, SEEN_PAUSING, paused_since, LEFT, leave),
	ALT(1, GONE, SEEN_PAUSING, NULL, FREE, record),
	ROW(GONE, SEEN_PAUSED, never_left, PAUSED, found_paused),
	ALT(1, GONE, SEEN_PAUSED, took, LEFT, leave),
	ALT(2, GONE, SEEN_PAUSED, NULL, FREE, record),
	ROW(GONE, SEEN_RESUMING, took, GONE, NULL),
	ALT(1, GONE, SEEN_RESUMING, NULL, FREE, record),
	ROW(GONE, SEEN_UNUSABLE, took, GONE, NULL),
	ALT(1, GONE, SEEN_UNUSABLE, NULL, FREE, record),
	IGN(GONE, INCLUDE), IGN(GONE, WANT_PAUSE), IGN(GONE, WANT_STOP), IGN(GONE, WANT_RESUME), IGN(GONE, SEEN_GONE),
	IGN(GONE, SEEN_UNKNOWN), IGN(GONE, DUE), IGN(GONE, OVERDUE), IGN(GONE, ACCEPTED), IGN(GONE, REFUSED),
	IGN(GONE, UNCLEAR), IGN(GONE, NOT_SENT), IGN(GONE, APPROVE),

	/* "Excluded": whatever is lost or revoked, until the configuration says otherwise; and then it is in no budget. */
	ROW(EXCLUDED, WANT_PAUSE, pause_is_of_people, LEFT, leave),
	ALT(1, EXCLUDED, WANT_PAUSE, is_excluded, EXCLUDED, NULL),
	ALT(2, EXCLUDED, WANT_PAUSE, plan_holds_back, WAITS, hold_back),
	ALT(3, EXCLUDED, WANT_PAUSE, NULL, OWED, owe),
	ROW(EXCLUDED, APPROVE, is_excluded, EXCLUDED, NULL),
	ALT(1, EXCLUDED, APPROVE, pause_is_of_people, LEFT, leave),
	ALT(2, EXCLUDED, APPROVE, NULL, OWED, owe),
	ROW(EXCLUDED, WANT_STOP, NULL, FREE, record), /* everything anew */
	ROW(EXCLUDED, SEEN_GONE, NULL, GONE, record),
	IGN(EXCLUDED, INCLUDE), IGN(EXCLUDED, WANT_RESUME), IGN(EXCLUDED, SEEN_RUNNING), IGN(EXCLUDED, SEEN_BUSY),
	IGN(EXCLUDED, SEEN_PAUSING), IGN(EXCLUDED, SEEN_PAUSED), IGN(EXCLUDED, SEEN_RESUMING),
	IGN(EXCLUDED, SEEN_UNUSABLE), IGN(EXCLUDED, SEEN_UNKNOWN), IGN(EXCLUDED, DUE), IGN(EXCLUDED, OVERDUE),
	IGN(EXCLUDED, ACCEPTED), IGN(EXCLUDED, REFUSED), IGN(EXCLUDED, UNCLEAR), IGN(EXCLUDED, NOT_SENT),

	ROW(WAITS, WANT_PAUSE, pause_is_of_people, LEFT, leave),
	ALT(1, WAITS, WANT_PAUSE, is_excluded, EXCLUDED, exclude),
	ALT(2, WAITS, WANT_PAUSE, plan_holds_back, WAITS, NULL),
	ALT(3, WAITS, WANT_PAUSE, NULL, OWED, owe),
	ROW(WAITS, APPROVE, pause_is_of_people, LEFT, leave),
	ALT(1, WAITS, APPROVE, is_excluded, EXCLUDED, exclude),
	ALT(2, WAITS, APPROVE, NULL, OWED, owe),
	ROW(WAITS, WANT_STOP, NULL, FREE, record),
	ROW(WAITS, SEEN_GONE, NULL, GONE, record),
	IGN(WAITS, INCLUDE), IGN(WAITS, WANT_RESUME), IGN(WAITS, SEEN_RUNNING), IGN(WAITS, SEEN_BUSY),
	IGN(WAITS, SEEN_PAUSING), IGN(WAITS, SEEN_PAUSED), IGN(WAITS, SEEN_RESUMING),
	IGN(WAITS, SEEN_UNUSABLE), IGN(WAITS, SEEN_UNKNOWN), IGN(WAITS, DUE), IGN(WAITS, OVERDUE),
	IGN(WAITS, ACCEPTED), IGN(WAITS, REFUSED), IGN(WAITS, UNCLEAR), IGN(WAITS, NOT_SENT),
};
/* clang-format on */

int cluster_machine_cell(enum duty duty, enum cluster_event event)
{
	int n = 0;

	while (n < ALTERNATIVES && table[duty][event][n].written)
		n++;
	return n;
}

void cluster_machine_step(struct step *s, struct cluster *c, enum cluster_event event)
{
	const struct row *row = table[c->duty][event];

	for (int i = 0; i < ALTERNATIVES && row[i].written; i++) {
		if (row[i].guard && !row[i].guard(s->core, c))
			continue;
		rows_take(s, ROWS_OF_CLUSTER(c->duty, event, i));
		c->duty = row[i].next;
		c->took = c->took || pause_took(c->duty);
		if (!pause_doubt_lasts(c->duty))
			c->lost_pause = false;
		if (row[i].action)
			row[i].action(s, c);
		return;
	}
}

enum cluster_event cluster_machine_seen(enum cluster_state state)
{
	switch (state) {
	case CLUSTER_STATE_RUNNING:
		return CE_SEEN_RUNNING;
	case CLUSTER_STATE_BUSY:
		return CE_SEEN_BUSY;
	case CLUSTER_STATE_PAUSING:
		return CE_SEEN_PAUSING;
	case CLUSTER_STATE_PAUSED:
		return CE_SEEN_PAUSED;
	case CLUSTER_STATE_RESUMING:
		return CE_SEEN_RESUMING;
	case CLUSTER_STATE_UNUSABLE:
		return CE_SEEN_UNUSABLE;
	case CLUSTER_STATE_GONE:
		return CE_SEEN_GONE;
	case CLUSTER_STATE_UNKNOWN:
	case CLUSTER_STATE_COUNT:
		break;
	}
	return CE_SEEN_UNKNOWN;
}

static enum cluster_event ended(enum act_result result)
{
	switch (result) {
	case ACT_RESULT_ACCEPTED:
		return CE_ACCEPTED;
	case ACT_RESULT_REFUSED:
	case ACT_RESULT_DENIED:
	case ACT_RESULT_THROTTLED:
		return CE_REFUSED;
	case ACT_RESULT_NOT_SENT:
		return CE_NOT_SENT;
	case ACT_RESULT_LOST:
	case ACT_RESULT_COUNT:
		break;
	}
	return CE_UNCLEAR;
}

void cluster_machine_answer(struct step *s, struct cluster *c, enum act_result result)
{
	cluster_machine_step(s, c, ended(result));
	/* Whoever resumed it since resumed what was paused; for dark it is read again. */
	if (!c->shown || !pause_took(c->duty))
		return;
	c->proven_paused = false;
	cluster_machine_step(s, c, CE_SEEN_PAUSED);
	if (c->state != CLUSTER_STATE_PAUSED)
		cluster_machine_step(s, c, cluster_machine_seen(c->state));
}

static const char *const event_names[CE_COUNT] = {
#define X(e, name) [CE_##e] = name,
	CLUSTER_EVENT_TABLE(X)
#undef X
};

const char *cluster_event_name(enum cluster_event e)
{
	return event_names[e];
}
