/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/stage.h"
#include "base/array.h"
#include "base/own.h"
#include "core/budget.h"
#include "core/core.h"
#include "replay/sight.h"
#include <errno.h>
#include <string.h>

#define WARM_UP       10      /* PollIntervals before the incident: to arm, and to fill the window of looks */
#define READ_MS       50      /* a list, a reading */
#define BOOT_MS       1000000 /* of the virtual clock when it begins */
#define PAUSE_DAYS_MS (7 * 24 * 3600 * 1000LL) /* then TiDB Cloud resumes a cluster by itself */

struct actor {
	struct cluster_seen seen;
	enum cluster_state next;
	struct walltime when; /* it becomes `next`; WALLTIME_UNKNOWN: it stays */
	uint32_t refused;
	bool present;
};

struct pending {
	struct walltime at;
	uint64_t order;
	struct event event;
};

struct play {
	const struct recording *r;
	const struct stage_settings *settings;
	const struct policy_settings *policy; /* of them */
	struct stage *out;
	struct core core;
	struct effects effects;
	struct budget budget;
	struct walltime begin, now;
	struct walltime confirm; /* when the look after the recording's last one was made */
	enum reason seen;        /* what looks see, but for a cut of our own */
	uint8_t own;             /* CUT_MEANS_BITs of what the play cut the key by */
	uint32_t cut_refused;
	struct actor *actors;        /* as the recording's clusters */
	enum duty *duties;           /* what the last record said of each */
	struct cluster_seen *listed; /* room for one list */
	struct pending *pending;
	uint32_t pending_count, pending_size;
	uint64_t order, work;
	uint32_t steps, cue;
};

void stage_fini(struct stage *s)
{
	milestones_fini(&s->milestones);
}

static void play_fini(struct play *p)
{
	free(p->core.bindings);
	free(p->core.clusters);
	free(p->effects.items);
	free(p->actors);
	free(p->duties);
	free(p->listed);
	free(p->pending);
}

static int64_t earliest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static struct walltime after(const struct play *p, int64_t ms)
{
	return (struct walltime){p->now.ms + ms};
}

/* ---- the key ---- */

static struct look look_now(const struct play *p)
{
	enum reason seen = p->seen;

	if (p->own & CUT_MEANS_BIT(CUT_MEANS_DISABLE))
		seen = REASON_OWN_DISABLE;
	else if (p->own & CUT_MEANS_BIT(CUT_MEANS_DENY))
		seen = REASON_OWN_CUT;
	else if (p->own & CUT_MEANS_BIT(CUT_MEANS_REMOVE))
		seen = REASON_OWN_REMOVE;
	else if (p->r->armed && p->core.binding_count > 0 && !p->core.bindings[0].armed)
		seen = REASON_ALLOWED; /* it was armed when it began, whatever was seen last */
	return sight_of(seen, p->r->deletion);
}

/* ---- the clusters ---- */

static void arrive(struct actor *a, struct walltime now)
{
	if (walltime_is_known(a->when) && now.ms >= a->when.ms) {
		a->seen.state = a->next;
		a->when = WALLTIME_UNKNOWN;
	}
	if (a->seen.state == CLUSTER_STATE_PAUSED && walltime_is_known(a->seen.resume_at) &&
		now.ms >= a->seen.resume_at.ms) {
		a->seen.state = CLUSTER_STATE_RUNNING;
		a->seen.resume_at = WALLTIME_UNKNOWN;
	}
}

static void go(struct play *p, struct actor *a, enum cluster_state now, enum cluster_state next, int64_t ms)
{
	a->seen.state = now;
	a->next = next;
	a->when = after(p, ms);
}

static void start_pause(struct play *p, uint32_t i)
{
	struct actor *a = &p->actors[i];
	int64_t ms = p->r->clusters[i].pause_ms;

	a->seen.resume_at = after(p, PAUSE_DAYS_MS);
	go(p, a, CLUSTER_STATE_PAUSING, CLUSTER_STATE_PAUSED, ms >= 0 ? ms : STAGE_PAUSE_MS);
}

static void start_resume(struct play *p, uint32_t i)
{
	struct actor *a = &p->actors[i];
	int64_t ms = p->r->clusters[i].resume_ms;

	a->seen.resume_at = WALLTIME_UNKNOWN;
	go(p, a, CLUSTER_STATE_RESUMING, CLUSTER_STATE_RUNNING, ms >= 0 ? ms : STAGE_RESUME_MS);
}

static bool is_held_paused(const struct actor *a)
{
	return a->seen.state == CLUSTER_STATE_PAUSED || a->seen.state == CLUSTER_STATE_PAUSING;
}

/* What people and TiDB Cloud did to it then. A pause finds nothing to do where it is paused already. */
static void cue_cluster(struct play *p, const struct cue *cue)
{
	struct actor *a = &p->actors[cue->cluster];

	arrive(a, p->now);
	if (cue->state == CLUSTER_STATE_GONE) {
		a->present = false;
		return;
	}
	a->present = true;
	if (cue->state == CLUSTER_STATE_PAUSED || cue->state == CLUSTER_STATE_PAUSING) {
		if (is_held_paused(a) && !cue->touched)
			return;
		a->seen.resume_at = after(p, PAUSE_DAYS_MS);
	} else {
		a->seen.resume_at = WALLTIME_UNKNOWN;
	}
	a->seen.state = cue->state;
	a->when = WALLTIME_UNKNOWN;
}

static int make_actors(struct play *p)
{
	uint32_t count = p->r->cluster_count;

	p->actors = calloc(count + 1, sizeof *p->actors);
	p->duties = calloc(count + 1, sizeof *p->duties);
	p->listed = calloc(count + 1, sizeof *p->listed);
	if (!p->actors || !p->duties || !p->listed)
		return err_origin(-ENOMEM);
	for (uint32_t i = 0; i < count; i++) {
		const struct recorded_cluster *c = &p->r->clusters[i];
		struct actor *a = &p->actors[i];

		a->seen.id = c->id;
		a->seen.project = p->r->project;
		a->seen.region = p->r->region;
		a->seen.state = c->state;
		memcpy(a->seen.name, c->name, sizeof a->seen.name);
		a->seen.mark = cluster_settings_mark(
			p->settings->clusters, p->settings->cluster_count, c->id.text, c->name);
		a->present = c->state != CLUSTER_STATE_GONE;
		if (c->state == CLUSTER_STATE_PAUSED)
			a->seen.resume_at = after(p, PAUSE_DAYS_MS);
	}
	return 0;
}

/* ---- answers, which come later ---- */

static int later(struct play *p, const struct event *event, int64_t ms)
{
	int result = array_grow(&p->pending, &p->pending_size, p->pending_count + 1, sizeof *p->pending);

	if (result == 0)
		p->pending[p->pending_count++] =
			(struct pending){.at = after(p, ms), .order = p->order++, .event = *event};
	return result;
}

/* The core finds what is listed in its own order at once, and anything else only by looking through all. */
static void count_search(struct play *p, size_t listed)
{
	const struct core *core = &p->core;
	uint32_t next = 0;

	for (size_t i = 0; i < listed; i++, next++) {
		if (next < core->cluster_count &&
			cluster_id_equal(&core->clusters[next].id, &p->listed[i].id))
			continue;
		p->work += 2ull * core->cluster_count;
		next = core_find_cluster(core, &p->listed[i].id);
		if (next == CORE_NO_INDEX)
			next = core->cluster_count;
	}
}

/* What is read, is read when the answer comes. */
static void fill_list(struct play *p, struct event *e)
{
	size_t n = 0;

	for (uint32_t i = 0; i < p->r->cluster_count; i++) {
		struct actor *a = &p->actors[i];

		if (!a->present || p->now.ms < p->r->clusters[i].born.ms)
			continue;
		arrive(a, p->now);
		p->listed[n++] = a->seen;
	}
	e->clusters.items = p->listed;
	e->clusters.count = n;
	count_search(p, n);
}

static uint32_t find_actor(const struct play *p, const struct cluster_id *id)
{
	for (uint32_t i = 0; i < p->r->cluster_count; i++)
		if (cluster_id_equal(&p->r->clusters[i].id, id))
			return i;
	return MILESTONE_NO_CLUSTER;
}

static void fill_reading(struct play *p, struct event *e)
{
	uint32_t i = find_actor(p, &e->cluster.seen.id);

	if (i == MILESTONE_NO_CLUSTER || !p->actors[i].present) {
		e->cluster.fault = FAULT_NOT_FOUND;
		return;
	}
	arrive(&p->actors[i], p->now);
	e->cluster.seen = p->actors[i].seen;
}

static int perform_act(struct play *p, const struct effect *e)
{
	uint32_t i = find_actor(p, &p->core.clusters[e->cluster].id);
	struct event answer = {.type = EV_ACT, .act = {.op = e->op, .result = ACT_RESULT_REFUSED}};
	const struct recorded_cluster *c = &p->r->clusters[i];
	bool pause = e->type == FX_PAUSE;
	struct actor *a = &p->actors[i];

	arrive(a, p->now);
	if (!core_may_send(&p->core, e->op, p->core.now.boot, (struct seq){UINT64_MAX})) {
		answer.act.result = ACT_RESULT_NOT_SENT;
	} else if (pause && a->refused < c->refused) {
		a->refused++;
		answer.act.result = c->refusal;
	} else if (a->present && a->seen.state == (pause ? CLUSTER_STATE_RUNNING : CLUSTER_STATE_PAUSED)) {
		(pause ? start_pause : start_resume)(p, i);
		answer.act.result = ACT_RESULT_ACCEPTED;
	}
	return later(p, &answer, c->answer_ms >= 0 ? c->answer_ms : STAGE_ACT_MS);
}

static int perform_cut(struct play *p, const struct effect *e)
{
	struct event answer = {.type = EV_CUT, .cut = {.op = e->op, .result = ACT_RESULT_ACCEPTED}};

	if (!core_may_send(&p->core, e->op, p->core.now.boot, (struct seq){UINT64_MAX})) {
		answer.cut.result = ACT_RESULT_NOT_SENT;
	} else if (e->type == FX_CUT && p->cut_refused < p->r->cut_refused) {
		p->cut_refused++;
		answer.cut.result = ACT_RESULT_REFUSED;
	} else {
		p->own = (uint8_t)(e->type == FX_CUT ? p->own | CUT_MEANS_BIT(e->means)
						     : p->own & ~CUT_MEANS_BIT(e->means));
	}
	return later(p, &answer, STAGE_ACT_MS);
}

static int perform_record(struct play *p, const struct record *r)
{
	bool of_cluster = (record_type_fields(r->type) & RECORD_F_CLUSTER) != 0;
	uint32_t i = of_cluster ? find_actor(p, &r->cluster) : MILESTONE_NO_CLUSTER;
	enum duty before = i == MILESTONE_NO_CLUSTER ? DUTY_FREE : p->duties[i];

	if (i != MILESTONE_NO_CLUSTER)
		p->duties[i] = r->duty;
	return milestones_add(&p->out->milestones, r, i, before);
}

static void note_answer(struct play *p, const struct effect *e)
{
	struct stage *s = p->out;

	if (e->answer == ANSWER_DONE || s->answer_count == STAGE_ANSWERS)
		return;
	s->answers[s->answer_count].command = (enum command)e->ticket;
	s->answers[s->answer_count].answer = e->answer;
	s->answers[s->answer_count++].at = p->now;
}

static int perform(struct play *p, const struct effect *e)
{
	struct event answer = {.type = EV_TICK};

	switch (e->type) {
	case FX_LOOK:
		answer.type = EV_LOOK;
		answer.look.binding = e->binding;
		return later(p, &answer, p->confirm.ms > p->now.ms ? p->confirm.ms - p->now.ms : 0);
	case FX_READ_CMEK:
		answer.type = EV_CMEK;
		return later(p, &answer, READ_MS);
	case FX_LIST_CLUSTERS:
		answer.type = EV_CLUSTERS;
		return later(p, &answer, READ_MS);
	case FX_READ_CLUSTER:
		answer.type = EV_CLUSTER;
		answer.cluster.seen.id = p->core.clusters[e->cluster].id;
		return later(p, &answer, READ_MS);
	case FX_LIST_GRANTS:
		answer.type = EV_GRANTS;
		answer.grants.binding = e->binding;
		return later(p, &answer, READ_MS);
	case FX_READ_ROTATION:
		answer.type = EV_ROTATION;
		answer.rotation.binding = e->binding;
		answer.rotation.enabled = true;
		return later(p, &answer, READ_MS);
	case FX_REVOKE_GRANTS: /* none is listed */
		answer.type = EV_GRANTS_REVOKED;
		answer.revoked.op = e->op;
		answer.revoked.result = ACT_RESULT_ACCEPTED;
		return later(p, &answer, READ_MS);
	case FX_ASK_BUDGET:
		answer.type = EV_BUDGET;
		answer.budget.incident = e->incident;
		answer.budget.granted = budget_take(
			&p->budget, p->now, (struct budget_share){0, p->policy->max_pauses}, e->count);
		return later(p, &answer, 1);
	case FX_PAUSE:
	case FX_RESUME:
		return perform_act(p, e);
	case FX_CUT:
	case FX_UNCUT:
		return perform_cut(p, e);
	case FX_RECORD:
		return perform_record(p, &e->record);
	case FX_ANSWER:
		note_answer(p, e);
		return 0;
	case FX_ERRAND: /* not replayed */
	case FX_NOTICE:
		return 0;
	}
	return 0;
}

/* ---- the core ---- */

static int give(struct play *p, struct event *event)
{
	struct core *core = &p->core;
	struct core_need need;
	int result;

	event->at.wall = p->now;
	event->at.boot.ms = BOOT_MS + p->now.ms - p->begin.ms;
	need = core_need(core, event);
	result = array_grow(&core->bindings, &core->binding_size, need.bindings, sizeof *core->bindings);
	if (result == 0)
		result = array_grow(
			&core->clusters, &core->cluster_size, need.clusters, sizeof *core->clusters);
	if (result == 0)
		result = array_grow(
			&p->effects.items, &p->effects.size, need.effects, sizeof *p->effects.items);
	if (result != 0)
		return result;
	core_step(core, event, &p->effects);
	p->steps++;
	p->work += 4ull * core->cluster_count; /* it goes through them some times a step */
	for (uint32_t i = 0; result == 0 && i < p->effects.count; i++)
		result = perform(p, &p->effects.items[i]);
	return result;
}

static int deliver(struct play *p, uint32_t index)
{
	struct pending next = p->pending[index];
	const struct cmek_setting setting = {p->r->region, p->r->arn};

	p->pending[index] = p->pending[--p->pending_count];
	if (next.event.type == EV_LOOK)
		next.event.look.look = look_now(p);
	else if (next.event.type == EV_CLUSTERS)
		fill_list(p, &next.event);
	else if (next.event.type == EV_CLUSTER)
		fill_reading(p, &next.event);
	if (next.event.type == EV_CMEK) {
		next.event.cmek.cmek_enabled = true;
		next.event.cmek.items = &setting;
		next.event.cmek.count = 1;
	}
	return give(p, &next.event);
}

static int start(struct play *p)
{
	const struct cmek_setting setting = {p->r->region, p->r->arn};
	struct core_init init = {.policy = *p->policy};
	struct event settings = {
		.type = EV_SETTINGS, .settings = {.policy = p->policy, .pins = &setting, .pin_count = 1}};

	core_init(&p->core, &init);
	return give(p, &settings);
}

/* The recording's own looks are given as such, besides those that the core asks for: they are what is known. The one
 * after it came a ConfirmInterval later, so a poll that falls between the two is not let count for a third. */
static int cue_look(struct play *p, const struct cue *cue)
{
	struct event look = {.type = EV_LOOK};

	p->seen = cue->reason;
	if (cue->uncut)
		p->own = 0;
	look.look.look = look_now(p);
	p->confirm = after(p, earliest(p->policy->confirm_ms, p->policy->poll_ms));
	return give(p, &look);
}

static int cue_command(struct play *p, const struct cue *cue)
{
	struct event e = {.type = EV_COMMAND};
	struct core_plan plan;

	core_plan(&p->core, 0, &plan);
	e.command.command = cue->command;
	e.command.ticket = (uint32_t)cue->command;
	e.command.region = p->r->region;
	e.command.incident = p->core.bindings[0].incident.id;
	e.command.plan = plan.digest;
	e.command.how = cue->how;
	e.command.span_ms = cue->span_ms;
	if (cue->includes)
		e.command.include[e.command.include_count++] = p->r->clusters[cue->cluster].id;
	return give(p, &e);
}

static int take_cue(struct play *p)
{
	const struct cue *cue = &p->r->cues[p->cue++];

	switch (cue->type) {
	case CUE_LOOK:
		return cue_look(p, cue);
	case CUE_COMMAND:
		return cue_command(p, cue);
	case CUE_CLUSTER:
		cue_cluster(p, cue);
		return 0;
	}
	return 0;
}

/* ---- time ---- */

static uint32_t next_pending(const struct play *p)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < p->pending_count; i++) {
		const struct pending *a = &p->pending[i], *b = &p->pending[best];

		if (a->at.ms < b->at.ms || (a->at.ms == b->at.ms && a->order < b->order))
			best = i;
	}
	return best;
}

static int64_t deadline_ms(const struct play *p)
{
	struct boottime d = core_deadline(&p->core);

	return d.ms == BOOTTIME_NEVER.ms ? INT64_MAX : p->begin.ms + d.ms - BOOT_MS;
}

/* The next thing to happen, whatever it is, if it happens before `end_ms`. */
static int step(struct play *p, int64_t end_ms, bool *ret_over)
{
	uint32_t next = p->pending_count > 0 ? next_pending(p) : 0;
	int64_t pending = p->pending_count > 0 ? p->pending[next].at.ms : INT64_MAX,
		cue = p->cue < p->r->cue_count ? p->r->cues[p->cue].at.ms : INT64_MAX, tick = deadline_ms(p),
		at = earliest(cue, earliest(pending, tick));
	struct event e = {.type = EV_TICK};

	*ret_over = at > end_ms;
	if (*ret_over)
		return 0;
	if (at > p->now.ms) /* cues may be of before the beginning */
		p->now.ms = at;
	/* A cue comes last: what was under way at that moment saw the world as it was. */
	if (pending <= at)
		return deliver(p, next);
	return tick <= at ? give(p, &e) : take_cue(p);
}

static bool is_over(const struct play *p)
{
	return p->now.ms >= p->r->ended.ms && !p->r->open && p->core.bindings[0].incident.phase == PHASE_NONE;
}

static int64_t end_ms(const struct play *p)
{
	int64_t end = p->r->ended.ms + p->policy->grace_ms + p->policy->restore_delay_ms + STAGE_AFTER_MS;

	return walltime_is_known(p->r->next) ? earliest(end, p->r->next.ms - 1) : end;
}

static int play(struct play *p)
{
	int64_t end = end_ms(p);
	bool over = false;
	int result = start(p);

	p->out->end = STAGE_STOPPED;
	while (result == 0 && p->steps < STAGE_STEPS_MAX && p->work < STAGE_WORK_MAX) {
		if (is_over(p)) {
			p->out->end = STAGE_ENDED;
			break;
		}
		result = step(p, end, &over);
		if (over) {
			p->out->end = p->core.bindings[0].incident.phase == PHASE_NONE       ? STAGE_ENDED
				      : walltime_is_known(p->r->next) && end < p->r->next.ms ? STAGE_NEXT
											     : STAGE_OPEN;
			break;
		}
	}
	return result;
}

int stage_play(const struct recording *r, const struct stage_settings *settings, struct stage *ret_stage)
{
	const struct policy_settings *policy = settings->policy;
	_cleanup_(play_fini) struct play p = {
		.r = r, .settings = settings, .policy = policy, .out = ret_stage, .seen = r->base};
	int result;

	p.begin.ms = r->opened.ms - WARM_UP * (policy->poll_ms + policy->confirm_ms);
	p.now = p.begin;
	budget_init(&p.budget, settings->max_pauses);
	for (uint32_t i = 0; i < r->grant_count; i++)
		budget_restore(&p.budget, r->grants[i].at, 0, r->grants[i].count);
	result = make_actors(&p);
	if (result == 0)
		result = play(&p);
	ret_stage->ended = p.now;
	ret_stage->phase = p.core.binding_count > 0 ? p.core.bindings[0].incident.phase : PHASE_NONE;
	return result;
}
