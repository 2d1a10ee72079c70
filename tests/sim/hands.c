/* SPDX-License-Identifier: Apache-2.0 */
/* hands: the driver's duty (driver/turn.c, driver/hand.c) with a world instead of io behind it. */
#include "driver/capacity.h"
#include "driver/deed.h"
#include "sim.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t hands_latency(struct sim *s)
{
	return s->calm ? 50 : chance_range(&s->chance, 1, s->weather.latency_ms);
}

bool hands_bad(struct sim *s, uint32_t percent)
{
	if (s->close && percent <= 10)
		percent *= 4;
	if (s->calm || !chance_percent(&s->chance, percent))
		return false;
	s->faults++;
	return true;
}

struct event *hands_reply(struct sim *s, uint32_t project, enum event_type type, int64_t delay_ms)
{
	struct event *e = &queue_push(s, SIM_REPLY, project, delay_ms)->event;

	e->type = type;
	return e;
}

/* An answer that comes twice: the core must drop the second. */
void hands_twice(struct sim *s, uint32_t project, const struct event *answer)
{
	if (!hands_bad(s, 3))
		return;
	struct event copy = *answer;
	*hands_reply(s, project, copy.type, hands_latency(s) + 20000) = copy;
}

/* ---- answers ---- */

uint32_t hands_key_of(const struct sim *s, const struct core *core, uint32_t binding)
{
	uint32_t key = 0;

	while (!region_equal(&s->keys[key].region, &core->bindings[binding].region))
		key++;
	return key;
}

static void answer_look(struct sim *s, uint32_t project, uint32_t binding)
{
	uint32_t key = hands_key_of(s, &s->projects[project].core, binding);
	struct look look = truth_look(s, project, &s->keys[key]);
	struct event *e;

	e = hands_reply(s, project, EV_LOOK, look.fault == FAULT_TIMEOUT ? 10000 : hands_latency(s));
	e->look.binding = binding;
	e->look.look = look;
}

static void answer_act(struct sim *s, uint32_t project, const struct deed *deed, uint32_t cluster)
{
	bool pause = deed->type == FX_PAUSE;
	enum act_result fate = ACT_RESULT_ACCEPTED;
	int64_t arrives_ms = hands_latency(s), answers_ms = arrives_ms + hands_latency(s);
	struct sim_item *item;
	struct event *e;
	bool never = false, slow = hands_bad(s, 2);

	if (slow)
		answers_ms = arrives_ms + chance_range(&s->chance, 1000, 9000);
	if (hands_bad(s, s->weather.act_bad)) {
		uint32_t how = chance_below(&s->chance, 5);

		fate = how == 0 ? ACT_RESULT_THROTTLED : how == 1 ? ACT_RESULT_DENIED : ACT_RESULT_LOST;
		never = how == 4 || fate != ACT_RESULT_LOST;
		if (fate == ACT_RESULT_LOST) {
			answers_ms = 10000; /* our patience; the act itself may come later, or never */
			arrives_ms = chance_one_in(&s->chance, 4) ? chance_range(&s->chance, 0, 40000)
								  : arrives_ms;
			if (pause && deed->incident.n != 0)
				s->clusters[cluster].lost_incident = deed->incident.n;
		}
	}
	if (!never) {
		item = queue_push(s, SIM_EXECUTE, project, arrives_ms);
		item->cluster = cluster;
		item->flag = pause;
		item->twist = slow ? (enum sim_twist)chance_below(&s->chance, 3) : SIM_TWIST_NONE;
		item->incident = deed->incident.n;
		item->event.act.op = deed->op;
	}
	if (s->second && deed->incident.n != 0 && chance_one_in(&s->chance, 3)) {
		item = queue_push(s, SIM_SECOND, project, chance_range(&s->chance, 0, 20000));
		item->cluster = cluster;
		item->flag = pause;
	}
	e = hands_reply(s, project, EV_ACT, answers_ms);
	e->act.op = deed->op;
	e->act.result =
		fate; /* ACCEPTED becomes REFUSED when it is executed and the state does not permit it */
	hands_twice(s, project, e);
	/* While a drill has it in hand somebody revokes. */
	if (deed->incident.n == 0 && hands_bad(s, 15))
		orders_hasten(s, project, deed->binding, COMMAND_REVOKE,
			chance_range(&s->chance, 1,
				slow || chance_one_in(&s->chance, 2)
					? answers_ms
					: 4 * s->projects[project].policy.incident_ms));
}

/* The answer that waits for this act. */
static void refuse_pending(struct sim *s, uint32_t project, struct op_id op)
{
	for (uint32_t i = 0; i < s->queue_count; i++) {
		struct sim_item *q = &s->items[s->queue[i].slot];

		if (q->what == SIM_REPLY && q->project == project && q->event.type == EV_ACT &&
			q->event.act.op.n == op.n && q->event.act.result == ACT_RESULT_ACCEPTED)
			q->event.act.result = ACT_RESULT_REFUSED;
	}
}

static void execute(struct sim *s, const struct sim_item *item)
{
	struct sim_cluster *c = &s->clusters[item->cluster];
	enum cluster_state wants = item->flag ? CLUSTER_STATE_RUNNING : CLUSTER_STATE_PAUSED;

	if (c->deleted || c->seen.state != wants || s->now.boot.ms < c->blocked_until.ms) {
		sim_trace(s, "cluster %s refuses to %s", c->seen.id.text, item->flag ? "pause" : "resume");
		refuse_pending(s, item->project, (struct op_id){item->event.act.op.n});
		return;
	}
	if (item->flag)
		truth_pause(s, c, true, item->incident);
	else
		truth_resume(s, c);
	if (item->twist == SIM_TWIST_DELETED) {
		sim_trace(s, "person deletes %s", c->seen.id.text);
		c->deleted = c->person_touched = true;
	} else if (item->twist == SIM_TWIST_TURNED && item->flag) {
		sim_trace(s, "person resumes %s at once", c->seen.id.text);
		c->person_touched = true;
		truth_resume(s, c);
	} else if (item->twist == SIM_TWIST_TURNED) {
		sim_trace(s, "the resume of %s fails at once", c->seen.id.text);
		truth_break(s, c);
	}
}

static enum fault tidb_fault(struct sim *s)
{
	return hands_bad(s, s->weather.tidb_bad) ? s->weather.tidb_fault : FAULT_NONE;
}

/* While the budget's answer is on its way: somebody decides, or the key is put right. */
static void forestall(struct sim *s, uint32_t project, const struct deed *deed, int64_t answers_ms)
{
	static const enum command commands[] = {COMMAND_DECLINE, COMMAND_REVOKE};
	struct sim_key *k = &s->keys[hands_key_of(s, &s->projects[project].core, deed->binding)];
	struct sim_version v = *truth_now(k);
	uint32_t how = chance_below(&s->chance, 6);

	if (how < 2) {
		orders_hasten(s, project, deed->binding, commands[how],
			chance_range(&s->chance, 1, answers_ms / 2));
	} else if (how == 2) {
		v.policy = SIM_ALLOWED;
		v.state = KEY_STATE_ENABLED;
		truth_edit(s, k, v);
	}
}

/* No answer is as late as RestoreDelay. */
static void ask_budget(struct sim *s, uint32_t project, const struct deed *deed)
{
	int64_t answers_ms = hands_bad(s, 20) ? chance_range(&s->chance, 2, 40000) : 1;
	struct event *e = hands_reply(s, project, EV_BUDGET, answers_ms);

	e->budget.incident = deed->incident;
	e->budget.granted = budget_take(&s->budget, s->now.wall,
		(struct budget_share){project, s->projects[project].policy.max_pauses}, deed->count);
	audit_budget(s, project, deed->binding, deed->count, e->budget.granted);
	sim_trace(s, "budget %u %s", deed->count, e->budget.granted ? "granted" : "refused");
	if (answers_ms > 1)
		forestall(s, project, deed, answers_ms);
}

static void perform(struct sim *s, uint32_t project, const struct deed *deed)
{
	struct event *e;

	switch (deed->type) {
	case FX_LOOK:
		answer_look(s, project, deed->binding);
		return;
	case FX_READ_CMEK:
		hands_reply(s, project, EV_CMEK, hands_latency(s))->cmek.fault = tidb_fault(s);
		return;
	case FX_LIST_CLUSTERS:
		s->projects[project].list_asked_at = s->now.boot;
		hands_reply(s, project, EV_CLUSTERS, hands_latency(s))->clusters.fault =
			hands_bad(s, s->weather.list_bad) ? s->weather.tidb_fault : FAULT_NONE;
		return;
	case FX_READ_CLUSTER:
		e = hands_reply(s, project, EV_CLUSTER, hands_latency(s));
		e->cluster.seen.id = deed->cluster;
		/* Answered from what was so right then, and long under way. */
		if (!s->clusters[truth_find(s, &deed->cluster)].deleted && hands_bad(s, 10))
			e->cluster.seen = s->clusters[truth_find(s, &deed->cluster)].seen;
		s->clusters[truth_find(s, &deed->cluster)].asked_at = s->now.boot;
		e->cluster.fault = answers_hide(s, &s->clusters[truth_find(s, &deed->cluster)])
					   ? FAULT_SERVER_ERROR
					   : tidb_fault(s);
		return;
	case FX_LIST_GRANTS:
		e = hands_reply(s, project, EV_GRANTS, hands_latency(s));
		e->grants.binding = deed->binding;
		e->grants.fault = hands_bad(s, s->weather.kms_bad) ? s->weather.kms_fault : FAULT_NONE;
		hands_twice(s, project, e);
		return;
	case FX_READ_ROTATION:
		e = hands_reply(s, project, EV_ROTATION, hands_latency(s));
		e->rotation.binding = deed->binding;
		e->rotation.fault = hands_bad(s, s->weather.kms_bad) ? s->weather.kms_fault : FAULT_NONE;
		e->rotation.enabled = !chance_one_in(&s->chance, 10);
		e->rotation.next.ms =
			s->now.wall.ms + chance_range(&s->chance, -3 * 86400000LL, 60 * 86400000LL);
		return;
	case FX_PAUSE:
	case FX_RESUME: {
		uint32_t cluster = truth_find(s, &deed->cluster);

		audit_act(s, project, deed, &s->clusters[cluster]);
		sim_trace(s, "%s %s", deed->type == FX_PAUSE ? "pause" : "resume", deed->cluster.text);
		answer_act(s, project, deed, cluster);
		return;
	}
	case FX_REVOKE_GRANTS:
		audit_act(s, project, deed, NULL);
		sim_trace(s, "revoke %u grants %s", deed->count, deed->region.text);
		changes_revoke(s, project, deed);
		return;
	case FX_CUT:
	case FX_UNCUT:
		audit_act(s, project, deed, NULL);
		sim_trace(s, "%s %s by %s", deed->type == FX_CUT ? "cut" : "uncut", deed->region.text,
			cut_means_name(deed->means));
		(deed->means == CUT_MEANS_DISABLE         ? changes_switch
			: deed->means == CUT_MEANS_REMOVE ? changes_take
							  : changes_cut)(s, project, deed);
		return;
	case FX_ERRAND:
		audit_errand(s, project, deed);
		sim_trace(s, "errand %s %s", errand_name(deed->errand), deed->region.text);
		changes_errand(s, project, deed);
		return;
	case FX_ASK_BUDGET:
		ask_budget(s, project, deed);
		return;
	case FX_ANSWER:
		orders_tell(s, project, deed, true);
		return;
	case FX_NOTICE:
		s->notices[deed->notice]++;
		sim_trace(s, "notice %s %s %s", notice_name(deed->notice), deed->region.text,
			deed->cluster.text);
		return;
	case FX_RECORD:
		return;
	}
}

/* The limit of requests a minute lets an act wait; true if it does. */
static bool queued(struct sim *s, uint32_t project, const struct deed *deed)
{
	if (!hands_bad(s, deed->type == FX_ERRAND ? 20 : 3))
		return false;
	for (uint32_t i = 0; i < sizeof s->waiting / sizeof s->waiting[0]; i++) {
		if (s->waiting[i].used)
			continue;
		s->waiting[i].deed = *deed;
		s->waiting[i].used = true;
		bool stall = chance_one_in(&s->chance, 3);
		int64_t wait_ms = chance_range(&s->chance, 1000, stall ? 2000 : 300000);

		queue_push(s, SIM_LEAVE, project, wait_ms)->cluster = i;
		if (deed->type == FX_PAUSE && deed->incident.n != 0 && chance_one_in(&s->chance, 4)) {
			struct sim_key *k =
				&s->keys[hands_key_of(s, &s->projects[project].core, deed->binding)];
			struct sim_version v = *truth_now(k);

			v.state = KEY_STATE_ENABLED;
			v.policy = SIM_ALLOWED;
			truth_edit(s, k, v);
		}
		if ((deed->type == FX_PAUSE || deed->type == FX_RESUME) && chance_one_in(&s->chance, 2))
			orders_hasten(s, project, deed->binding,
				chance_one_in(&s->chance, 2) ? COMMAND_REVOKE : COMMAND_RESTORE,
				wait_ms - chance_range(&s->chance, 0, 20));
		if (deed->type == FX_ERRAND && chance_one_in(&s->chance, 3))
			orders_hasten(s, project, deed->binding, COMMAND_REVOKE, wait_ms / 2);
		/* The machine stops, and when it goes on the act is the first that may leave. */
		if (stall)
			stall_begin(s);
		return true;
	}
	return false;
}

static void handle(struct sim *s, uint32_t project, const struct deed *deed, bool durable)
{
	struct event unsent;
	bool act = deed->type == FX_PAUSE || deed->type == FX_RESUME || deed->type == FX_CUT ||
		   deed->type == FX_UNCUT || deed->type == FX_ERRAND || deed->type == FX_REVOKE_GRANTS;

	durable = durable && (!act || core_may_send(&s->projects[project].core, deed->op, s->now.boot,
					      s->projects[project].barrier.durable));
	if (durable && act && queued(s, project, deed))
		return;
	if (durable)
		perform(s, project, deed);
	else if (deed->type == FX_ANSWER)
		orders_tell(s, project, deed, false);
	else if (deed_unsent(deed, &unsent))
		*hands_reply(s, project, unsent.type, 1) = unsent;
}

/* ---- one step, as driver/turn.c does it ---- */

static bool dies_here(struct sim *s)
{
	if (s->kill_in == 0 || --s->kill_in > 0)
		return false;
	s->died = true;
	return true;
}

static void wake_later(struct sim *s, uint32_t project)
{
	struct boottime at = core_deadline(&s->projects[project].core);

	if (at.ms < s->now.boot.ms)
		at = s->now.boot;
	if (at.ms >= s->projects[project].tick_at.ms)
		return; /* one comes before it, and asks again */
	s->projects[project].tick_at = at;
	(void)queue_push(s, SIM_TICK, project, at.ms - s->now.boot.ms);
}

void hands_give(struct sim *s, uint32_t project, const struct event *event)
{
	struct sim_project *p = &s->projects[project];
	struct event e = *event;
	struct core_need need;
	struct deed deed;
	bool durable;

	e.at = s->now;
	need = core_need(&p->core, &e);
	if (capacity_reserve(&p->core, &s->effects, &need) < 0)
		abort();
	s->effects.rows = s->rows;
	core_step(&p->core, &e, &s->effects);
	s->steps++;
	audit_pause_order(s, &p->core);
	for (uint32_t i = 0; i < s->effects.count; i++) {
		const struct effect *effect = &s->effects.items[i];

		s->effects_seen[effect->type]++;
		audit_effect(s, project, effect);
		if (effect->type == FX_RECORD) {
			life_restore(&p->shadow, &effect->record);
			disk_write(s, project, &effect->record);
		} else {
			deed_of(&p->core, effect, &deed);
			if (effect->type == FX_ANSWER)
				orders_decided(s, &deed);
			if (barrier_pass(&p->barrier, &deed, &durable))
				handle(s, project, &deed, durable);
		}
		if (dies_here(s))
			return;
	}
	while (barrier_next(&p->barrier, &deed, &durable)) {
		handle(s, project, &deed, durable);
		if (dies_here(s))
			return;
	}
	audit_step(s, project);
	wake_later(s, project);
}

static bool awaited(const struct sim_project *p, struct op_id op)
{
	for (uint32_t i = 0; i < p->core.cluster_count; i++)
		if (p->core.clusters[i].op.n == op.n)
			return true;
	for (uint32_t i = 0; i < p->core.binding_count; i++)
		if (p->core.bindings[i].incident.cut_op.n == op.n ||
			p->core.bindings[i].errand.op.n == op.n ||
			p->core.bindings[i].incident.grants_op.n == op.n)
			return true;
	return op.n != 0 && (p->core.errand.op.n == op.n || p->core.live.op.n == op.n);
}

/* Somebody else's queue tells of what has happened to the key; late, and not for certain. */
void hands_hint(struct sim *s, uint32_t key)
{
	if (s->down)
		return;
	for (uint32_t i = 0; i < s->project_count; i++) {
		const struct core *core = &s->projects[i].core;

		for (uint32_t b = 0; b < core->binding_count; b++)
			if (hands_key_of(s, core, b) == key && chance_one_in(&s->chance, 2))
				hands_reply(s, i, EV_HINT, chance_range(&s->chance, 100, 20000))
					->hint.binding = b;
	}
}

/* An answer that nobody waits for, or a hint at nothing: of an operation of long ago, of another incident, to nobody. */
void hands_foreign_answer(struct sim *s, uint32_t project)
{
	struct sim_project *p = &s->projects[project];
	struct event e = {.type = EV_ACT};
	uint32_t pick = chance_below(&s->chance, 5);
	struct op_id op = {1 + chance_below(&s->chance, p->core.next_op + 2)};
	enum act_result result = (enum act_result)chance_below(&s->chance, ACT_RESULT_COUNT);

	if (pick == 2) {
		e.type = EV_BUDGET;
		e.budget.incident.n = 1 + chance_below(&s->chance, p->core.next_incident);
		e.budget.granted = chance_one_in(&s->chance, 2);
		for (uint32_t i = 0; i < p->core.binding_count; i++)
			if (p->core.bindings[i].incident.id.n == e.budget.incident.n &&
				p->core.bindings[i].incident.budget_asked)
				return;
	} else if (pick == 3) {
		e.type = EV_HINT;
		e.hint.binding = chance_below(&s->chance, p->core.binding_count + 1);
	} else if (awaited(p, op)) {
		return;
	} else if (pick == 4) {
		e.type = EV_ERRAND;
		e.errand.op = op;
		e.errand.result = result;
	} else if (pick == 1) {
		e.type = EV_CUT;
		e.cut.op = op;
		e.cut.result = result;
	} else {
		e.act.op = op;
		e.act.result = result;
	}
	hands_give(s, project, &e);
}

void hands_settings(struct sim *s, uint32_t project)
{
	struct sim_project *p = &s->projects[project];
	struct cmek_setting pins[SIM_KEYS];
	struct cluster_mark marks[SIM_CLUSTERS];
	struct event e = {.type = EV_SETTINGS};

	for (uint32_t i = 0; i < p->core.cluster_count; i++)
		marks[i] = s->clusters[truth_find(s, &p->core.clusters[i].id)].seen.mark;
	e.settings.marks = marks;
	for (uint32_t k = 0; k < s->key_count; k++)
		if (p->pinned >> k & 1)
			answers_setting(s, k, "k", &pins[e.settings.pin_count++]);
	e.settings.policy = &p->policy;
	e.settings.pins = pins;
	e.settings.fingerprint_base = p->fingerprint_base;
	hands_give(s, project, &e);
}

void hands_do(struct sim *s, struct sim_item *item)
{
	struct sim_project *p = &s->projects[item->project];
	bool ours = item->generation == s->generation;

	if (stall_holds(s, item))
		return;
	switch (item->what) {
	case SIM_LEAVE:
		if (!ours)
			return;
		s->waiting[item->cluster].used = false;
		handle(s, item->project, &s->waiting[item->cluster].deed, true);
		return;
	case SIM_EXECUTE: /* what is on its way arrives, whether the daemon lives or not */
		execute(s, item);
		return;
	case SIM_PUT:
		changes_put_arrives(s, item);
		return;
	case SIM_ERRAND:
		changes_errand_arrives(s, item);
		return;
	case SIM_PEOPLE:
		people_act(s);
		return;
	case SIM_SECOND:
		people_second(s, item);
		return;
	case SIM_HASTE:
		if (ours)
			people_hasten(s, item);
		return;
	case SIM_REPLY:
		if (ours)
			answers_deliver(s, item);
		return;
	case SIM_TICK:
		if (!ours || item->at.ms != p->tick_at.ms)
			return;
		p->tick_at = BOOTTIME_NEVER;
		if (boottime_reached(s->now.boot, core_deadline(&p->core)))
			hands_give(s, item->project, &(struct event){.type = EV_TICK});
		else
			wake_later(s, item->project);
		return;
	case SIM_DURABLE:
		if (!ours)
			return;
		p->durable_bytes = p->disk.len; /* a sync takes what was appended before it ended */
		barrier_durable(&p->barrier, p->head.seq);
		for (struct deed deed; !s->died;) {
			bool durable;

			if (!barrier_next(&p->barrier, &deed, &durable))
				break;
			handle(s, item->project, &deed, durable);
			(void)dies_here(s);
		}
		return;
	case SIM_PROBE:
		if (ours)
			disk_probe(s, item->project);
		return;
	}
}
