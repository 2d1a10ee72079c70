/* SPDX-License-Identifier: Apache-2.0 */
#include "core/incident_machine.h"
#include "core/backoff.h"
#include "core/cut_means.h"
#include "core/rows.h"
#include <stddef.h>

typedef void action_fn(struct step *s, struct binding *b);

static void send_change(struct step *s, struct binding *b, enum effect_type act)
{
	struct effect *e;
	struct seq after;

	b->incident.cut_op.n = s->core->next_op++;
	b->incident.cut_retry = BOOTTIME_NEVER;
	after = emit_cut(s, RECORD_CUT_INTENT, b, ACT_RESULT_ACCEPTED, NULL);
	e = emit(s, act);
	e->after = after;
	e->op = b->incident.cut_op;
	e->binding = emit_binding_index(s->core, b);
	e->incident = b->incident.id;
	e->means = b->incident.means;
	e->claims = (b->incident.stands & CUT_MEANS_BIT(b->incident.means)) != 0;
}

static void send_cut(struct step *s, struct binding *b)
{
	cut_means_sent(b);
	send_change(s, b, FX_CUT);
}

static void send_undo(struct step *s, struct binding *b)
{
	b->incident.undo_at = s->core->now.boot;
	send_change(s, b, FX_UNCUT);
}

/* What cannot be undone must not keep what else stands. */
static void send_next_undo(struct step *s, struct binding *b)
{
	b->incident.means = cut_means_after(&b->incident);
	send_undo(s, b);
}

/* Due at once. */
static void due(struct step *s, struct binding *b)
{
	b->incident.cut_refusals = 0;
	b->incident.hand_told = false;
	b->incident.cut_retry = s->core->now.boot;
}

/* From here on a statement that bears our name is looked for at the restore, wherever it came from. */
static void want(struct step *s, struct binding *b)
{
	struct incident *i = &b->incident;

	i->means = cut_means_wanted(i->causes);
	if (i->means == CUT_MEANS_DENY)
		i->stands |= CUT_MEANS_BIT(CUT_MEANS_DENY);
	i->errand_wait.ms = 0;
	due(s, b);
}

static void want_otherwise(struct step *s, struct binding *b)
{
	want(s, b);
	(void)emit_incident(s, b);
}

/* What it is to be undone by is what it was made by. */
static void want_undo(struct step *s, struct binding *b)
{
	(void)cut_means_next(&b->incident, &b->incident.means);
	b->incident.errand_wait.ms = 0;
	due(s, b);
}

static void found_again(struct step *s, struct binding *b)
{
	b->incident.stands |= CUT_MEANS_BIT(
		b->evidence.last_reason == REASON_OWN_REMOVE ? CUT_MEANS_REMOVE : CUT_MEANS_DENY);
	want_undo(s, b);
}

/* While something else is undone, which may have to wait: what stands besides is known to a restart as well. */
static void found_besides(struct step *s, struct binding *b)
{
	found_again(s, b);
	(void)emit_incident(s, b);
}

static void put_off(struct step *s, struct binding *b)
{
	b->incident.means = cut_means_wanted(b->incident.causes);
	b->incident.cut_at = s->core->now.boot;
	b->incident.wait_told = false;
}

/* Of this revoke nothing was asked of KMS; what one before it left is undone as it was to be. */
static void give_up(struct step *s, struct binding *b)
{
	if (b->incident.stands == 0)
		return;
	b->incident.cut = CUT_UNDO_WANTED;
	want_undo(s, b);
}

static void due_later(struct step *s, struct binding *b)
{
	int64_t delay_ms = backoff_ms(s->core->policy.confirm_ms, b->incident.cut_refusals++);

	b->incident.cut_retry = boottime_after(s->core->now.boot, delay_ms);
}

static void unclear(struct step *s, struct binding *b)
{
	if (b->incident.cut == CUT_UNDO_WANTED) {
		b->incident.undo_at = s->core->now.boot;
	} else {
		cut_means_taken(b);
		cut_means_unclear(s->core, &b->incident);
	}
	(void)emit_cut(s, RECORD_CUT_RESULT, b, ACT_RESULT_LOST, NULL);
	due_later(s, b);
}

/* It never left, or was turned away. */
static void not_taken(struct step *s, struct binding *b)
{
	cut_means_not_taken(b);
	(void)emit_cut(s, RECORD_CUT_RESULT, b, ACT_RESULT_NOT_SENT, NULL);
	due_later(s, b);
	/* The policy may be another by now: it is read, and kept, anew. */
	if (b->incident.means == CUT_MEANS_REMOVE)
		b->next_look = s->core->now.boot;
}

static void undo_not_taken(struct step *s, struct binding *b)
{
	(void)emit_cut(s, RECORD_CUT_RESULT, b, ACT_RESULT_NOT_SENT, NULL);
	due_later(s, b);
}

static void made(struct step *s, struct binding *b)
{
	cut_means_taken(b);
	(void)emit_cut(s, RECORD_CUT_RESULT, b, ACT_RESULT_ACCEPTED, NULL);
	b->incident.cut_at = s->core->now.boot;
	b->incident.cut_seen = false;
	b->next_look = s->core->now.boot;
	emit_notice(s, NOTICE_CUT_MADE, b, 0);
}

static void undone(struct step *s, struct binding *b)
{
	cut_means_undone(s, b);
	(void)emit_cut(s, RECORD_CUT_RESULT, b, ACT_RESULT_ACCEPTED, NULL);
	b->incident.cut_at = s->core->now.boot;
	b->next_look = s->core->now.boot;
	emit_notice(s, NOTICE_CUT_UNDONE, b, 0);
}

/* One of several means: the next one follows at once. */
static void undone_in_part(struct step *s, struct binding *b)
{
	undone(s, b);
	want_undo(s, b);
	(void)emit_incident(s, b); /* by what, too */
}

/* The permission may be given any time: tried again at the longest interval. */
static void tried_by_hand(struct step *s, struct binding *b)
{
	(void)emit_cut(s, RECORD_CUT_RESULT, b, ACT_RESULT_REFUSED, NULL);
	if (!b->incident.hand_told) /* also where tries without an answer came before */
		emit_notice(s, NOTICE_CUT_BY_HAND, b, 0);
	b->incident.hand_told = true;
	b->incident.cut_refusals++;
	b->incident.cut_retry = boottime_after(s->core->now.boot, BACKOFF_MAX * s->core->policy.confirm_ms);
}

static void by_hand(struct step *s, struct binding *b)
{
	cut_means_not_taken(b);
	tried_by_hand(s, b);
}

/* Nothing was asked of KMS: it is once the policy can be read. */
static void cannot_be_tried(struct step *s, struct binding *b)
{
	(void)emit_incident(s, b);
	emit_notice(s, NOTICE_CUT_BY_HAND, b, 0);
}

static void seen_undone(struct step *s, struct binding *b)
{
	b->incident.cut_retry = BOOTTIME_NEVER;
	b->incident.stands = 0;
	(void)emit_incident(s, b);
	emit_notice(s, NOTICE_CUT_UNDONE, b, 0);
}

/* A key that others disabled is theirs to enable. */
static void nothing_left(struct step *s, struct binding *b)
{
	b->incident.cut_retry = BOOTTIME_NEVER;
	(void)emit_incident(s, b);
	if (b->key_seen == KEY_SEEN_OFF)
		emit_notice(s, NOTICE_KEY_LEFT_DISABLED, b, 0);
	else if (b->incident.cut_op.n != 0)
		emit_notice(s, NOTICE_CUT_UNDONE, b, 0);
}

struct row {
	bool written;
	enum cut next;
	action_fn *action;
};
#define ROW(cut, event, next, action) [CUT_##cut][CUT_EV_##event] = {true, CUT_##next, action}
#define IGN(cut, event)               [CUT_##cut][CUT_EV_##event] = {true, CUT_##cut, NULL}

/* clang-format off */
static const struct row table[CUT_COUNT][CUT_EV_COUNT] = {
	ROW(NONE, START, WANTED, want),
	ROW(NONE, LATER, AFTER_PAUSES, put_off),
	IGN(NONE, UNDO),
	ROW(NONE, STILL_THERE, UNDO_WANTED, found_again), /* it was believed gone on a stale reading */
	IGN(NONE, PAUSED), IGN(NONE, DUE), IGN(NONE, ACCEPTED), IGN(NONE, PART), IGN(NONE, REFUSED), IGN(NONE, UNCLEAR),
	IGN(NONE, NOT_TAKEN), IGN(NONE, ACCESS), IGN(NONE, OTHER), IGN(NONE, NOTHING), IGN(NONE, UNREAD),

	/* Nothing was asked of KMS yet. START is a person who does not wait any longer. */
	ROW(AFTER_PAUSES, PAUSED, WANTED, want),
	ROW(AFTER_PAUSES, START, WANTED, want),
	ROW(AFTER_PAUSES, UNDO, NONE, give_up),
	ROW(AFTER_PAUSES, OTHER, AFTER_PAUSES, put_off),
	IGN(AFTER_PAUSES, LATER), IGN(AFTER_PAUSES, STILL_THERE), IGN(AFTER_PAUSES, DUE), IGN(AFTER_PAUSES, ACCEPTED),
	IGN(AFTER_PAUSES, PART), IGN(AFTER_PAUSES, REFUSED), IGN(AFTER_PAUSES, UNCLEAR), IGN(AFTER_PAUSES, NOT_TAKEN),
	IGN(AFTER_PAUSES, ACCESS), IGN(AFTER_PAUSES, NOTHING), IGN(AFTER_PAUSES, UNREAD),

	/* After a restart what was SENT is WANTED; so to undo it, it must be looked for. */
	ROW(WANTED, UNDO, UNDO_WANTED, want_undo),
	ROW(WANTED, DUE, SENT, send_cut),
	ROW(WANTED, UNREAD, BY_HAND, cannot_be_tried),
	ROW(WANTED, OTHER, WANTED, want_otherwise),
	IGN(WANTED, STILL_THERE), IGN(WANTED, START), IGN(WANTED, LATER), IGN(WANTED, PAUSED), IGN(WANTED, ACCEPTED),
	IGN(WANTED, PART), IGN(WANTED, REFUSED), IGN(WANTED, UNCLEAR), IGN(WANTED, NOT_TAKEN), IGN(WANTED, ACCESS),
	IGN(WANTED, NOTHING),

	ROW(SENT, ACCEPTED, MADE, made),
	ROW(SENT, REFUSED, BY_HAND, by_hand),
	ROW(SENT, UNCLEAR, WANTED, unclear),
	ROW(SENT, NOT_TAKEN, WANTED, not_taken),
	IGN(SENT, STILL_THERE), IGN(SENT, START), IGN(SENT, LATER), IGN(SENT, PAUSED), IGN(SENT, DUE), IGN(SENT, PART),
	IGN(SENT, ACCESS), IGN(SENT, NOTHING), IGN(SENT, UNREAD),
	IGN(SENT, UNDO), /* undone once its end is known */
	IGN(SENT, OTHER), /* so too what is wanted by now */

	ROW(MADE, UNDO, UNDO_WANTED, want_undo),
	ROW(MADE, OTHER, WANTED, want), /* besides, or where others undid it: what stands is left */
	IGN(MADE, STILL_THERE), IGN(MADE, START), IGN(MADE, LATER), IGN(MADE, PAUSED), IGN(MADE, DUE), IGN(MADE, ACCEPTED),
	IGN(MADE, PART), IGN(MADE, REFUSED), IGN(MADE, UNCLEAR), IGN(MADE, NOT_TAKEN), IGN(MADE, NOTHING), IGN(MADE, UNREAD),
	IGN(MADE, ACCESS), /* an operator's cut is not pardoned by a usable key: revoke_undone */

	ROW(BY_HAND, UNDO, UNDO_WANTED, want_undo),
	ROW(BY_HAND, DUE, SENT, send_cut),
	ROW(BY_HAND, OTHER, WANTED, want),
	IGN(BY_HAND, STILL_THERE), IGN(BY_HAND, START), IGN(BY_HAND, LATER), IGN(BY_HAND, PAUSED), IGN(BY_HAND, ACCEPTED),
	IGN(BY_HAND, PART), IGN(BY_HAND, REFUSED), IGN(BY_HAND, UNCLEAR), IGN(BY_HAND, NOT_TAKEN), IGN(BY_HAND, ACCESS),
	IGN(BY_HAND, NOTHING), IGN(BY_HAND, UNREAD),

	/* Revoked again while it is undone, clusters first: what may still stand is left, and undone by the next restore. */
	ROW(UNDO_WANTED, START, WANTED, want),
	ROW(UNDO_WANTED, LATER, AFTER_PAUSES, put_off),
	ROW(UNDO_WANTED, DUE, UNDO_SENT, send_undo),
	ROW(UNDO_WANTED, NOTHING, NONE, nothing_left),
	ROW(UNDO_WANTED, STILL_THERE, UNDO_WANTED, found_besides),
	IGN(UNDO_WANTED, PAUSED), IGN(UNDO_WANTED, UNDO), IGN(UNDO_WANTED, ACCEPTED),
	IGN(UNDO_WANTED, PART), IGN(UNDO_WANTED, REFUSED), IGN(UNDO_WANTED, UNCLEAR), IGN(UNDO_WANTED, NOT_TAKEN),
	IGN(UNDO_WANTED, ACCESS), IGN(UNDO_WANTED, OTHER), IGN(UNDO_WANTED, UNREAD),

	ROW(UNDO_SENT, ACCEPTED, NONE, undone),
	ROW(UNDO_SENT, PART, UNDO_WANTED, undone_in_part),
	ROW(UNDO_SENT, REFUSED, UNDO_BY_HAND, tried_by_hand),
	ROW(UNDO_SENT, UNCLEAR, UNDO_WANTED, unclear),
	ROW(UNDO_SENT, NOT_TAKEN, UNDO_WANTED, undo_not_taken),
	IGN(UNDO_SENT, STILL_THERE), IGN(UNDO_SENT, START), IGN(UNDO_SENT, LATER), IGN(UNDO_SENT, PAUSED), IGN(UNDO_SENT, UNDO),
	IGN(UNDO_SENT, DUE), IGN(UNDO_SENT, ACCESS), IGN(UNDO_SENT, UNREAD), IGN(UNDO_SENT, OTHER), IGN(UNDO_SENT, NOTHING),

	ROW(UNDO_BY_HAND, START, WANTED, want),
	ROW(UNDO_BY_HAND, LATER, AFTER_PAUSES, put_off),
	ROW(UNDO_BY_HAND, DUE, UNDO_SENT, send_next_undo),
	ROW(UNDO_BY_HAND, ACCESS, NONE, seen_undone),
	ROW(UNDO_BY_HAND, NOTHING, NONE, nothing_left),
	/* One of several means, in the way of the others. */
	ROW(UNDO_BY_HAND, STILL_THERE, UNDO_WANTED, found_again),
	IGN(UNDO_BY_HAND, PAUSED), IGN(UNDO_BY_HAND, UNDO), IGN(UNDO_BY_HAND, ACCEPTED),
	IGN(UNDO_BY_HAND, PART), IGN(UNDO_BY_HAND, REFUSED), IGN(UNDO_BY_HAND, UNCLEAR), IGN(UNDO_BY_HAND, NOT_TAKEN),
	IGN(UNDO_BY_HAND, OTHER), IGN(UNDO_BY_HAND, UNREAD),
};
/* clang-format on */

int cut_machine_cell(enum cut cut, enum cut_event event)
{
	return table[cut][event].written ? 1 : 0;
}

bool cut_machine_step(struct step *s, struct binding *b, enum cut_event event)
{
	const struct row *row = &table[b->incident.cut][event];
	bool moved = row->next != b->incident.cut;

	rows_take(s, ROWS_OF_CUT(b->incident.cut, event));
	b->incident.cut = row->next;
	if (row->action)
		row->action(s, b);
	return moved;
}

static const char *const event_names[CUT_EV_COUNT] = {
#define X(e, name) [CUT_EV_##e] = name,
	CUT_EVENT_TABLE(X)
#undef X
};

const char *cut_event_name(enum cut_event e)
{
	return event_names[e];
}
