/* SPDX-License-Identifier: Apache-2.0 */
#include "core/live_drill.h"
#include "core/backoff.h"
#include "core/drill_permit.h"
#include "core/pause_owner.h"
#include "core/rows.h"
#include <string.h>

typedef bool guard_fn(const struct core *core, const struct cluster *c);
typedef void action_fn(struct step *s, struct cluster *c);

/* ---- guards ---- */

static bool is_permitted(const struct core *core, const struct cluster *c)
{
	return drill_permit_pause(core, c, core->now.boot) == ANSWER_DONE;
}

static bool cannot_come(const struct core *core, const struct cluster *c)
{
	(void)c;
	return boottime_reached(core->now.boot, core->live.until);
}

/* An act that was taken had time to show. */
static bool settled(const struct core *core, const struct cluster *c)
{
	return boottime_reached(c->asked_at, core->live.retry);
}

/* Under another schedule than ours: people had it up, and paused it themselves. */
static bool is_theirs(const struct core *core, const struct cluster *c)
{
	return pause_differs(c->resume_at, core->live.resume_at);
}

/* ---- actions ---- */

static struct seq write(struct step *s, const struct cluster *c)
{
	const struct live_drill *live = &s->core->live;
	struct record *r = emit_record(s, RECORD_LIVE_DRILL);

	r->region = c->region;
	r->cluster = c->id;
	memcpy(r->name, c->name, sizeof r->name);
	r->duty = c->duty;
	r->state = c->state;
	r->resume_at = live->resume_at;
	r->live_step = live->step;
	r->live_end = live->end;
	r->op = live->op;
	return r->seq;
}

static void record(struct step *s, struct cluster *c)
{
	(void)write(s, c);
}

static void answer(struct step *s, enum answer a, struct seq after)
{
	struct live_drill *live = &s->core->live;
	struct effect *e;

	if (live->ticket == 0) /* asked for before a restart */
		return;
	e = emit(s, FX_ANSWER);
	e->ticket = live->ticket;
	e->answer = a;
	e->after = after;
	live->ticket = 0;
}

static void send(struct step *s, struct cluster *c, enum effect_type act)
{
	struct live_drill *live = &s->core->live;
	struct seq after;
	struct effect *e;

	live->op.n = s->core->next_op++;
	after = write(s, c);
	c->proven_paused = false;
	e = emit(s, act);
	e->after = after; /* the intent is durable before the act leaves */
	e->op = live->op;
	e->cluster = emit_cluster_index(s->core, c);
	e->binding = c->binding;
}

static void send_pause(struct step *s, struct cluster *c)
{
	emit_cluster_notice(s, NOTICE_LIVE_DRILL, c);
	send(s, c, FX_PAUSE);
}

static void send_resume(struct step *s, struct cluster *c)
{
	send(s, c, FX_RESUME);
}

/* Nothing was done, nothing is to be written down. */
static void refuse(struct step *s, struct cluster *c)
{
	enum answer a = drill_permit_pause(s->core, c, s->core->now.boot);

	answer(s, a != ANSWER_DONE ? a : ANSWER_NOT_RUNNING, (struct seq){0});
}

static void refuse_unread(struct step *s, struct cluster *c)
{
	bool read = c->asked_at.ms >= s->core->live.asked.ms && c->seen_at.ms != BOOTTIME_NEVER.ms;

	answer(s, read ? ANSWER_NOT_USABLE : ANSWER_CLUSTERS_UNREAD, (struct seq){0});
}

static void end(struct step *s, struct cluster *c, enum live_end how)
{
	s->core->live.end = how;
	struct seq after = write(s, c);

	emit_cluster_notice(
		s, how == LIVE_END_PROVEN ? NOTICE_LIVE_DRILL_PROVEN : NOTICE_LIVE_DRILL_ENDED, c);
	answer(s, ANSWER_DONE, after);
}

static void end_refused(struct step *s, struct cluster *c)
{
	switch (s->core->live.result) {
	case ACT_RESULT_DENIED:
		end(s, c, LIVE_END_DENIED);
		return;
	case ACT_RESULT_THROTTLED:
		end(s, c, LIVE_END_THROTTLED);
		return;
	case ACT_RESULT_ACCEPTED:
	case ACT_RESULT_REFUSED:
	case ACT_RESULT_LOST:
	case ACT_RESULT_NOT_SENT:
	case ACT_RESULT_COUNT:
		break;
	}
	end(s, c, LIVE_END_REFUSED);
}

static void end_not_sent(struct step *s, struct cluster *c)
{
	end(s, c, LIVE_END_NOT_SENT);
}

static void end_never(struct step *s, struct cluster *c)
{
	end(s, c, LIVE_END_NEVER_PAUSED);
}

static void end_gone(struct step *s, struct cluster *c)
{
	end(s, c, LIVE_END_GONE);
}

static void end_theirs(struct step *s, struct cluster *c)
{
	end(s, c, LIVE_END_OTHERS_PAUSED);
}

/* It runs: by our resume, if one was taken. */
static void end_running(struct step *s, struct cluster *c)
{
	struct live_drill *live = &s->core->live;

	if (live->resumed_at.ms != BOOTTIME_NEVER.ms)
		live->resume_ms = s->core->now.boot.ms - live->resumed_at.ms;
	end(s, c, live->resumed_at.ms != BOOTTIME_NEVER.ms ? LIVE_END_PROVEN : LIVE_END_OTHERS_RESUMED);
}

/* Until then it may still come, or show. */
static void wait_for_it(struct step *s, struct cluster *c)
{
	struct live_drill *live = &s->core->live;

	live->until = boottime_after(s->core->now.boot, PAUSE_LATE * s->core->policy.incident_ms);
	record(s, c);
}

/* The key is looked at right before it is resumed. */
static void look_first(struct step *s, const struct cluster *c)
{
	struct binding *b = &s->core->bindings[c->binding];

	s->core->live.looked_from = s->core->now.boot;
	b->next_look = s->core->now.boot;
}

static void found_paused(struct step *s, struct cluster *c)
{
	struct live_drill *live = &s->core->live;

	look_first(s, c);
	live->pause_ms = s->core->now.boot.ms - live->asked.ms;
	live->resume_at = c->resume_at;
	live->refusals = 0;
	live->retry = s->core->now.boot;
	record(s, c);
}

/* Told only now, by an API that tells it late, or not each time: what people pause once it has come up is told from ours by it, after
 * a restart too. */
static bool learns(struct live_drill *live, const struct cluster *c)
{
	if (walltime_is_known(live->resume_at) || !walltime_is_known(c->resume_at))
		return false;
	live->resume_at = c->resume_at;
	return true;
}

static void learn_schedule(struct step *s, struct cluster *c)
{
	if (learns(&s->core->live, c))
		record(s, c);
}

static void resume_taken(struct step *s, struct cluster *c)
{
	struct live_drill *live = &s->core->live;

	live->resumed_at = s->core->now.boot;
	live->refusals = 0;
	live->retry = boottime_after(s->core->now.boot, s->core->policy.incident_ms);
	record(s, c);
}

static void resume_refused(struct step *s, struct cluster *c)
{
	struct live_drill *live = &s->core->live;

	if (live->refusals == 0)
		emit_cluster_notice(s, NOTICE_RESUME_REFUSED, c);
	live->retry =
		boottime_after(s->core->now.boot, backoff_ms(s->core->policy.incident_ms, live->refusals++));
	record(s, c);
}

static void resume_unclear(struct step *s, struct cluster *c)
{
	struct live_drill *live = &s->core->live;

	live->resumed_at = s->core->now.boot; /* perhaps */
	live->retry = boottime_after(s->core->now.boot, s->core->policy.incident_ms);
	record(s, c);
}

static void owe_again(struct step *s, struct cluster *c)
{
	struct live_drill *live = &s->core->live;

	look_first(s, c);
	live->resumed_at = BOOTTIME_NEVER;
	live->retry = boottime_after(s->core->now.boot, s->core->policy.incident_ms);
	record(s, c);
}

static void owe_resume_again(struct step *s, struct cluster *c)
{
	(void)learns(&s->core->live, c);
	owe_again(s, c);
}

static void tell_stuck(struct step *s, struct cluster *c)
{
	s->core->live.late_told = true;
	emit_cluster_notice(s, NOTICE_LIVE_DRILL_STUCK, c);
}

/* ---- the table ---- */

struct row {
	bool written;
	guard_fn *guard; /* NULL: always */
	enum live_step next;
	action_fn *action; /* NULL: none */
};
#define ALTERNATIVES ROWS_LIVE_ALTERNATIVES

#define ROW(step, event, guard, next, action)                                                                \
	[LIVE_##step][LIVE_EV_##event][0] = {true, guard, LIVE_##next, action}
#define ALT(n, step, event, guard, next, action)                                                             \
	[LIVE_##step][LIVE_EV_##event][n] = {true, guard, LIVE_##next, action}
#define IGN(step, event) [LIVE_##step][LIVE_EV_##event][0] = {true, NULL, LIVE_##step, NULL}
/* While an act is in flight a reading may be older than it: the answer comes first. */
#define IGN_NOT_PAUSED(step)                                                                                 \
	IGN(step, SEEN_RUNNING), IGN(step, SEEN_PAUSING), IGN(step, SEEN_RESUMING), IGN(step, SEEN_OTHER),   \
		IGN(step, SEEN_GONE)
#define IGN_SEEN(step) IGN_NOT_PAUSED(step), IGN(step, SEEN_PAUSED)
#define IGN_ENDS(step) IGN(step, ACCEPTED), IGN(step, REFUSED), IGN(step, UNCLEAR), IGN(step, NOT_SENT)

/* clang-format off */
static const struct row table[LIVE_STEP_COUNT][LIVE_EVENT_COUNT][ALTERNATIVES] = {
	IGN_SEEN(NONE), IGN_ENDS(NONE), IGN(NONE, DUE), IGN(NONE, LATE),

	ROW(LOOKING, DUE, is_permitted, PAUSE_SENT, send_pause),
	ALT(1, LOOKING, DUE, NULL, NONE, refuse),
	ROW(LOOKING, SEEN_PAUSING, NULL, NONE, refuse),
	ROW(LOOKING, SEEN_PAUSED, NULL, NONE, refuse),
	ROW(LOOKING, SEEN_RESUMING, NULL, NONE, refuse),
	ROW(LOOKING, SEEN_OTHER, NULL, NONE, refuse),
	ROW(LOOKING, SEEN_GONE, NULL, NONE, refuse),
	ROW(LOOKING, LATE, NULL, NONE, refuse_unread),
	IGN_ENDS(LOOKING), IGN(LOOKING, SEEN_RUNNING), /* the key is looked at too */

	ROW(PAUSE_SENT, ACCEPTED, NULL, PAUSE_TAKEN, wait_for_it),
	ROW(PAUSE_SENT, REFUSED, NULL, NONE, end_refused),
	ROW(PAUSE_SENT, NOT_SENT, NULL, NONE, end_not_sent),
	ROW(PAUSE_SENT, UNCLEAR, NULL, PAUSE_UNSURE, wait_for_it),
	IGN_SEEN(PAUSE_SENT), IGN(PAUSE_SENT, DUE), IGN(PAUSE_SENT, LATE),

	/* "A lost reply found PAUSING or PAUSED afterwards counts as ours." */
	ROW(PAUSE_UNSURE, SEEN_PAUSING, NULL, PAUSE_TAKEN, wait_for_it),
	ROW(PAUSE_UNSURE, SEEN_PAUSED, NULL, RESUME_OWED, found_paused),
	ROW(PAUSE_UNSURE, SEEN_RUNNING, cannot_come, NONE, end_never),
	ALT(1, PAUSE_UNSURE, SEEN_RUNNING, NULL, PAUSE_UNSURE, NULL),
	ROW(PAUSE_UNSURE, SEEN_GONE, NULL, NONE, end_gone),
	ROW(PAUSE_UNSURE, LATE, NULL, PAUSE_UNSURE, tell_stuck),
	IGN(PAUSE_UNSURE, SEEN_RESUMING), IGN(PAUSE_UNSURE, SEEN_OTHER), IGN(PAUSE_UNSURE, DUE), IGN_ENDS(PAUSE_UNSURE),

	ROW(PAUSE_TAKEN, SEEN_PAUSED, NULL, RESUME_OWED, found_paused),
	ROW(PAUSE_TAKEN, SEEN_RUNNING, cannot_come, NONE, end_never),
	ALT(1, PAUSE_TAKEN, SEEN_RUNNING, NULL, PAUSE_TAKEN, NULL),
	ROW(PAUSE_TAKEN, SEEN_GONE, NULL, NONE, end_gone),
	ROW(PAUSE_TAKEN, LATE, NULL, PAUSE_TAKEN, tell_stuck),
	IGN(PAUSE_TAKEN, SEEN_PAUSING), IGN(PAUSE_TAKEN, SEEN_RESUMING), IGN(PAUSE_TAKEN, SEEN_OTHER),
	IGN(PAUSE_TAKEN, DUE), IGN_ENDS(PAUSE_TAKEN),

	ROW(RESUME_OWED, SEEN_PAUSED, is_theirs, NONE, end_theirs),
	ALT(1, RESUME_OWED, SEEN_PAUSED, NULL, RESUME_OWED, learn_schedule),
	ROW(RESUME_OWED, SEEN_RUNNING, NULL, NONE, end_running),
	ROW(RESUME_OWED, SEEN_GONE, NULL, NONE, end_gone),
	ROW(RESUME_OWED, DUE, drill_permit_resume, RESUME_SENT, send_resume),
	ALT(1, RESUME_OWED, DUE, NULL, RESUME_OWED, NULL),
	ROW(RESUME_OWED, LATE, NULL, RESUME_OWED, tell_stuck),
	IGN(RESUME_OWED, SEEN_PAUSING), IGN(RESUME_OWED, SEEN_RESUMING), IGN(RESUME_OWED, SEEN_OTHER), IGN_ENDS(RESUME_OWED),

	ROW(RESUME_SENT, ACCEPTED, NULL, RESUME_TAKEN, resume_taken),
	ROW(RESUME_SENT, REFUSED, NULL, RESUME_OWED, resume_refused),
	ROW(RESUME_SENT, NOT_SENT, NULL, RESUME_OWED, owe_again),
	ROW(RESUME_SENT, UNCLEAR, NULL, RESUME_UNSURE, resume_unclear),
	ROW(RESUME_SENT, SEEN_PAUSED, NULL, RESUME_SENT, learn_schedule),
	IGN_NOT_PAUSED(RESUME_SENT), IGN(RESUME_SENT, DUE), IGN(RESUME_SENT, LATE),

	ROW(RESUME_UNSURE, SEEN_RUNNING, NULL, NONE, end_running),
	ROW(RESUME_UNSURE, SEEN_RESUMING, NULL, RESUME_TAKEN, resume_taken),
	ROW(RESUME_UNSURE, SEEN_PAUSED, is_theirs, NONE, end_theirs),
	ALT(1, RESUME_UNSURE, SEEN_PAUSED, settled, RESUME_OWED, owe_resume_again),
	ALT(2, RESUME_UNSURE, SEEN_PAUSED, NULL, RESUME_UNSURE, learn_schedule),
	ROW(RESUME_UNSURE, SEEN_GONE, NULL, NONE, end_gone),
	ROW(RESUME_UNSURE, LATE, NULL, RESUME_UNSURE, tell_stuck),
	IGN(RESUME_UNSURE, SEEN_PAUSING), IGN(RESUME_UNSURE, SEEN_OTHER), IGN(RESUME_UNSURE, DUE), IGN_ENDS(RESUME_UNSURE),

	ROW(RESUME_TAKEN, SEEN_RUNNING, NULL, NONE, end_running),
	/* A resume that failed falls back. */
	ROW(RESUME_TAKEN, SEEN_PAUSED, is_theirs, NONE, end_theirs),
	ALT(1, RESUME_TAKEN, SEEN_PAUSED, settled, RESUME_OWED, owe_resume_again),
	ALT(2, RESUME_TAKEN, SEEN_PAUSED, NULL, RESUME_TAKEN, learn_schedule),
	ROW(RESUME_TAKEN, SEEN_GONE, NULL, NONE, end_gone),
	ROW(RESUME_TAKEN, LATE, NULL, RESUME_TAKEN, tell_stuck),
	IGN(RESUME_TAKEN, SEEN_PAUSING), IGN(RESUME_TAKEN, SEEN_RESUMING), IGN(RESUME_TAKEN, SEEN_OTHER),
	IGN(RESUME_TAKEN, DUE), IGN_ENDS(RESUME_TAKEN),
};
/* clang-format on */

int live_drill_cell(enum live_step step, enum live_event event)
{
	int n = 0;

	while (n < ALTERNATIVES && table[step][event][n].written)
		n++;
	return n;
}

static void machine_step(struct step *s, struct cluster *c, enum live_event event)
{
	struct live_drill *live = &s->core->live;
	const struct row *row = table[live->step][event];

	for (int i = 0; i < ALTERNATIVES && row[i].written; i++) {
		if (row[i].guard && !row[i].guard(s->core, c))
			continue;
		rows_take(s, ROWS_OF_LIVE(live->step, event, i));
		if (live->step != row[i].next)
			live->since = s->core->now.boot;
		live->step = row[i].next;
		if (row[i].action)
			row[i].action(s, c);
		return;
	}
}

static const char *const event_names[LIVE_EVENT_COUNT] = {
#define X(e, name) [LIVE_EV_##e] = name,
	LIVE_EVENT_TABLE(X)
#undef X
};

const char *live_event_name(enum live_event e)
{
	return event_names[e];
}

/* ---- what comes to it ---- */

static bool waits_for_pause(const struct live_drill *live)
{
	return live->step == LIVE_PAUSE_UNSURE || live->step == LIVE_PAUSE_TAKEN;
}

static struct cluster *cluster_of(struct core *core)
{
	uint32_t index =
		core->live.step == LIVE_NONE ? CORE_NO_INDEX : core_find_cluster(core, &core->live.cluster);

	return index == CORE_NO_INDEX ? NULL : &core->clusters[index];
}

enum answer live_drill_order(struct step *s, const struct event *event)
{
	struct core *core = s->core;
	uint32_t index = core_find_cluster(core, &event->command.include[0]);
	struct cluster *c = index == CORE_NO_INDEX ? NULL : &core->clusters[index];
	enum answer refusal;

	if (core->live.step != LIVE_NONE)
		return ANSWER_BUSY;
	if (!c || event->command.include_count != 1)
		return ANSWER_NO_CLUSTER;
	refusal = drill_permit_pause(core, c, core->now.boot);
	if (refusal != ANSWER_DONE)
		return refusal;
	core->live = (struct live_drill){.step = LIVE_LOOKING,
		.cluster = c->id,
		.ticket = event->command.ticket,
		.asked = core->now.boot,
		.since = core->now.boot,
		.retry = core->now.boot,
		.resumed_at = BOOTTIME_NEVER};
	core->live.next_read = core->now.boot;
	look_first(s, c);
	return ANSWER_DONE;
}

static enum live_event seen_event(enum cluster_state state)
{
	switch (state) {
	case CLUSTER_STATE_RUNNING:
		return LIVE_EV_SEEN_RUNNING;
	case CLUSTER_STATE_PAUSING:
		return LIVE_EV_SEEN_PAUSING;
	case CLUSTER_STATE_PAUSED:
		return LIVE_EV_SEEN_PAUSED;
	case CLUSTER_STATE_RESUMING:
		return LIVE_EV_SEEN_RESUMING;
	case CLUSTER_STATE_GONE:
		return LIVE_EV_SEEN_GONE;
	case CLUSTER_STATE_UNKNOWN:
	case CLUSTER_STATE_BUSY:
	case CLUSTER_STATE_UNUSABLE:
	case CLUSTER_STATE_COUNT:
		break;
	}
	return LIVE_EV_SEEN_OTHER;
}

void live_drill_seen(struct step *s, const struct cluster *c)
{
	struct live_drill *live = &s->core->live;

	if (live->step == LIVE_NONE || !cluster_id_equal(&live->cluster, &c->id))
		return;
	/* A reading is as old as its question; but it ran before the pause, so that what shows a pause is of after it, and so is its
	 * schedule. */
	if (c->asked_at.ms >= live->since.ms || (waits_for_pause(live) && c->state == CLUSTER_STATE_PAUSED))
		machine_step(s, cluster_of(s->core), seen_event(c->state));
	else if (c->state == CLUSTER_STATE_PAUSED && live->step != LIVE_LOOKING &&
		 live->step != LIVE_PAUSE_SENT)
		learn_schedule(s, cluster_of(s->core));
}

bool live_drill_is_op(const struct core *core, struct op_id op)
{
	return op.n != 0 && core->live.op.n == op.n &&
	       (core->live.step == LIVE_PAUSE_SENT || core->live.step == LIVE_RESUME_SENT);
}

bool live_drill_ended(struct step *s, struct op_id op, enum act_result result)
{
	enum live_event event = LIVE_EV_UNCLEAR;
	struct cluster *c;

	if (!live_drill_is_op(s->core, op))
		return false;
	if (result == ACT_RESULT_ACCEPTED)
		event = LIVE_EV_ACCEPTED;
	else if (result == ACT_RESULT_NOT_SENT)
		event = LIVE_EV_NOT_SENT;
	else if (result != ACT_RESULT_LOST)
		event = LIVE_EV_REFUSED;
	s->core->live.result = result;
	machine_step(s, cluster_of(s->core), event);
	/* Read so before the answer came: people may have resumed it before the next reading. */
	c = cluster_of(s->core);
	if (c && waits_for_pause(&s->core->live) && c->state == CLUSTER_STATE_PAUSED)
		machine_step(s, c, LIVE_EV_SEEN_PAUSED);
	return true;
}

bool live_drill_acts_on(const struct core *core, const struct cluster *c)
{
	return (core->live.step == LIVE_PAUSE_SENT || core->live.step == LIVE_RESUME_SENT) &&
	       cluster_id_equal(&core->live.cluster, &c->id);
}

bool live_drill_may_send(const struct core *core, struct boottime now)
{
	const struct cluster *c = &core->clusters[core_find_cluster(core, &core->live.cluster)];

	if (core->live.step == LIVE_PAUSE_SENT)
		return c->state == CLUSTER_STATE_RUNNING && drill_permit_pause(core, c, now) == ANSWER_DONE;
	return drill_permit_resume(core, c) && !is_theirs(core, c);
}

/* ---- time ---- */

static bool is_late(const struct core *core)
{
	const struct live_drill *live = &core->live;
	int64_t waited_ms = core->now.boot.ms - live->asked.ms;

	if (live->step == LIVE_LOOKING)
		return waited_ms >= LIVE_DRILL_LOOK * core->policy.incident_ms;
	return !live->late_told && waited_ms >= LIVE_DRILL_HOUR_MS;
}

void live_drill_drive(struct step *s)
{
	struct core *core = s->core;
	struct live_drill *live = &core->live;
	struct cluster *c = cluster_of(core);

	if (!c)
		return;
	if (live->step != LIVE_PAUSE_SENT && live->step != LIVE_RESUME_SENT && is_late(core))
		machine_step(s, c, LIVE_EV_LATE);
	if ((live->step == LIVE_LOOKING || live->step == LIVE_RESUME_OWED) && drill_permit_is_read(core, c) &&
		drill_permit_is_looked_at(core, c) && boottime_reached(core->now.boot, live->retry))
		machine_step(s, c, LIVE_EV_DUE);
	if (live->step != LIVE_NONE && boottime_reached(core->now.boot, live->next_read)) {
		live->next_read = boottime_after(core->now.boot, core->policy.incident_ms);
		c->read_due = true;
	}
}

struct boottime live_drill_deadline(const struct core *core)
{
	const struct live_drill *live = &core->live;
	struct boottime next = live->next_read;

	if (live->step == LIVE_NONE)
		return BOOTTIME_NEVER;
	if (live->step == LIVE_RESUME_OWED && live->retry.ms > core->now.boot.ms)
		next = boottime_earlier(next, live->retry);
	return next;
}

/* ---- restarts ---- */

void live_drill_start(struct core *core)
{
	struct live_drill *live = &core->live;

	live->asked = live->since = live->next_read = live->looked_from = core->now.boot;
	live->retry = boottime_after(core->now.boot, core->policy.incident_ms);
	live->until = boottime_after(core->now.boot, PAUSE_LATE * core->policy.incident_ms);
	live->resumed_at = live->step == LIVE_RESUME_UNSURE || live->step == LIVE_RESUME_TAKEN
				   ? core->now.boot
				   : BOOTTIME_NEVER;
}

void live_drill_restore(struct core *core, const struct record *record)
{
	uint32_t index = core_find_cluster(core, &record->cluster);

	if (index == CORE_NO_INDEX || core->clusters[index].binding == CORE_NO_INDEX)
		return;
	core->live = (struct live_drill){.step = live_step_after_restart(record->live_step),
		.end = record->live_end,
		.cluster = record->cluster,
		.op = record->op,
		.resume_at = record->resume_at};
}
