/* SPDX-License-Identifier: Apache-2.0 */
/* world_hands: what the world does with the effects of the core, and what it answers. */
#include "world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISK_MS 5 /* until a record is known not to be durable */

struct event *world_later(struct world *w, enum event_type type, int64_t ms)
{
	struct world_pending *p;

	world_grow(&w->pending, &w->pending_size, w->pending_count + 1, sizeof *w->pending);
	p = &w->pending[w->pending_count++];
	memset(p, 0, sizeof *p);
	p->at.boot = boottime_after(w->now.boot, ms);
	p->order = w->order++;
	p->event.type = type;
	return &p->event;
}

static struct cluster_seen as_told(const struct world *w, const struct world_cluster *c)
{
	struct cluster_seen seen = c->seen;

	if (w->untold)
		seen.resume_at = WALLTIME_UNKNOWN;
	if (c->renamed)
		seen.mark = (struct cluster_mark){.order = CLUSTER_ORDER_DEFAULT};
	return seen;
}

static void answer_list(struct world *w)
{
	struct event *e = world_later(w, EV_CLUSTERS, 70 + w->list_ms);
	struct world_pending *p = &w->pending[w->pending_count - 1];
	size_t n = 0;

	w->list_ms = 0;
	e->clusters.fault = w->tidb_fault;
	if (w->tidb_fault != FAULT_NONE)
		return;
	p->list = calloc(WORLD_CLUSTERS, sizeof *p->list);
	if (!p->list)
		abort();
	for (uint32_t i = 0; i < w->cluster_count; i++)
		if (!w->clusters[i].deleted && strcmp(w->clusters[i].seen.name, w->unlisted) != 0)
			p->list[n++] = as_told(w, &w->clusters[i]);
	e->clusters.items = p->list;
	e->clusters.count = n;
}

static void answer_cmek(struct world *w)
{
	struct event *e = world_later(w, EV_CMEK, 60);
	struct world_pending *p = &w->pending[w->pending_count - 1];

	e->cmek.fault = w->tidb_fault;
	e->cmek.cmek_enabled = true;
	for (uint32_t i = 0; i < w->key_count; i++) {
		p->settings[i].region = w->keys[i].region;
		(void)snprintf(p->settings[i].arn.text, sizeof p->settings[i].arn.text,
			"arn:aws:kms:%s:111122223333:key/k", w->keys[i].region.text);
	}
	e->cmek.count = w->key_count;
}

static void answer_read(struct world *w, const struct cluster *c)
{
	struct event *e = world_later(w, EV_CLUSTER, 40);
	struct world_cluster *wc = world_find_cluster(w, c->id.text);

	e->cluster.seen.id = c->id;
	e->cluster.fault = w->tidb_fault;
	if (w->tidb_fault == FAULT_NONE && (!wc || wc->deleted))
		e->cluster.fault = FAULT_NOT_FOUND;
	else if (wc)
		e->cluster.seen = as_told(w, wc);
}

enum world_fate world_next_fate(enum world_fate *fate, uint32_t *count)
{
	enum world_fate f = *count ? *fate : WORLD_FINE;

	if (*count && --*count == 0)
		*fate = WORLD_FINE;
	return f;
}

enum act_result world_fate_result(enum world_fate fate)
{
	switch (fate) {
	case WORLD_REFUSED:
		return ACT_RESULT_REFUSED;
	case WORLD_THROTTLED:
		return ACT_RESULT_THROTTLED;
	case WORLD_LOST_AFTER:
	case WORLD_LOST_BEFORE:
		return ACT_RESULT_LOST;
	case WORLD_FINE:
	case WORLD_STALE:
	case WORLD_SLOW:
	case WORLD_CRASH_AFTER:
	case WORLD_CRASH_BEFORE:
		break;
	}
	return ACT_RESULT_ACCEPTED;
}

bool world_carried_out(enum world_fate fate)
{
	return fate == WORLD_FINE || fate == WORLD_SLOW || fate == WORLD_LOST_AFTER ||
	       fate == WORLD_CRASH_AFTER;
}

static void perform_act(struct world *w, const struct effect *e)
{
	bool pause = e->type == FX_PAUSE;
	struct world_cluster *c = world_find_cluster(w, w->core.clusters[e->cluster].id.text);
	enum world_fate fate = world_next_fate(&w->act_fate, &w->act_fates);
	enum act_result result = world_fate_result(fate);
	struct event *answer;

	if (fate == WORLD_CRASH_BEFORE) {
		w->died = true;
		return;
	}
	world_trace_time(w);
	buf_printf(&w->trace, "%s %s\n", pause ? "pause" : "resume", c->seen.id.text);
	/* "Pause only in AVAILABLE, resume only in PAUSED": anything else is a 400. */
	if (c->deleted || c->seen.state != (pause ? CLUSTER_STATE_RUNNING : CLUSTER_STATE_PAUSED))
		result = result == ACT_RESULT_LOST ? result : ACT_RESULT_REFUSED;
	else if (world_carried_out(fate))
		(pause ? world_pause : world_resume)(w, c);
	if (fate == WORLD_CRASH_AFTER) {
		w->died = true;
		return;
	}
	answer = world_later(w, EV_ACT, w->act_ms + (fate == WORLD_SLOW ? 60000 : 80));
	answer->act.op = e->op;
	answer->act.result = result;
}

static void perform_grants(struct world *w, const struct effect *e)
{
	struct event *answer = world_later(w, EV_GRANTS, 30);

	answer->grants.binding = e->binding;
	answer->grants.fault = w->kms_fault;
	for (uint32_t i = 0; i < w->cluster_count; i++)
		answer->grants.alive +=
			w->clusters[i].seen.state == CLUSTER_STATE_RUNNING && !w->clusters[i].deleted;
	answer->grants.alive += w->grants;
	answer->grants.batch = answer->grants.alive;
	answer->grants.ids.bytes[0] = (uint8_t)answer->grants.batch;
}

static void perform_revoke_grants(struct world *w, const struct effect *e)
{
	enum world_fate fate = world_next_fate(&w->cut_fate, &w->cut_fates);
	struct event *answer;

	world_trace_time(w);
	buf_printf(&w->trace, "revoke_grants %s %u\n", w->core.bindings[e->binding].region.text, e->count);
	if (fate == WORLD_CRASH_BEFORE || fate == WORLD_CRASH_AFTER) {
		w->grants = world_carried_out(fate) ? 0 : w->grants;
		w->died = true;
		return;
	}
	answer = world_later(w, EV_GRANTS_REVOKED, 200);
	answer->revoked.op = e->op;
	answer->revoked.result = world_fate_result(fate);
	answer->revoked.count = world_carried_out(fate) ? w->grants : 0;
	w->grants = world_carried_out(fate) ? 0 : w->grants;
}

void world_record(struct world *w, const struct record *r)
{
	if (w->disk_full) {
		if (w->queued_count == 0)
			world_later(w, EV_LEDGER, DISK_MS)->ledger.ok = false;
		world_grow(&w->queued, &w->queued_size, w->queued_count + 1, sizeof *w->queued);
		w->queued[w->queued_count++] = *r;
		return;
	}
	world_grow(&w->records, &w->record_size, w->record_count + 1, sizeof *w->records);
	w->records[w->record_count++] = *r;
	if (r->type == RECORD_ADOPTED)
		w->foreign_ledger = false;
}

static void trace_notice(struct world *w, const struct effect *e)
{
	world_trace_time(w);
	buf_printf(&w->trace, "notice %s", notice_name(e->notice));
	if (e->cluster != CORE_NO_INDEX)
		buf_printf(&w->trace, " %s", w->core.clusters[e->cluster].id.text);
	else if (e->binding != CORE_NO_INDEX)
		buf_printf(&w->trace, " %s %s", w->core.bindings[e->binding].region.text,
			reason_name(e->reason));
	buf_add(&w->trace, "\n");
}

static void not_durable(struct world *w, const struct effect *e)
{
	if (e->type == FX_PAUSE || e->type == FX_RESUME) {
		struct event *a = world_later(w, EV_ACT, DISK_MS);
		a->act.op = e->op;
		a->act.result = ACT_RESULT_NOT_SENT;
	} else if (e->type == FX_CUT || e->type == FX_UNCUT) {
		struct event *a = world_later(w, EV_CUT, DISK_MS);
		a->cut.op = e->op;
		a->cut.result = ACT_RESULT_NOT_SENT;
	} else if (e->type == FX_ERRAND) {
		struct event *a = world_later(w, EV_ERRAND, DISK_MS);
		a->errand.op = e->op;
		a->errand.result = ACT_RESULT_NOT_SENT;
	} else if (e->type == FX_REVOKE_GRANTS) {
		struct event *a = world_later(w, EV_GRANTS_REVOKED, DISK_MS);
		a->revoked.op = e->op;
		a->revoked.result = ACT_RESULT_NOT_SENT;
	} else if (e->type == FX_ANSWER) {
		world_trace_time(w);
		buf_add(&w->trace, "answer ledger\n");
	}
}

static const char *name_of(const struct world *w, const struct effect *e)
{
	if (e->type == FX_ERRAND)
		return errand_name(e->errand);
	if (e->type == FX_CUT || e->type == FX_UNCUT)
		return world_change_name(e);
	return w->core.clusters[e->cluster].id.text;
}

static void not_sent(struct world *w, const struct effect *e)
{
	world_trace_time(w);
	buf_printf(&w->trace, "unsent %s\n", name_of(w, e));
	not_durable(w, e);
}

/* An act waits in the daemon's queue; about to leave, it asks whether it is still wanted. */
static void wait_to_leave(struct world *w, const struct effect *e, int64_t ms)
{
	(void)world_later(w, EV_ACT, ms);
	w->pending[w->pending_count - 1].leaves = true;
	w->pending[w->pending_count - 1].act = *e;
}

void world_leave(struct world *w, const struct effect *e)
{
	if (!core_may_send(&w->core, e->op, w->now.boot, (struct seq){w->record_count}))
		not_sent(w, e);
	else if (e->type == FX_ERRAND)
		world_errand_leaves(w, e);
	else if (e->type == FX_CUT || e->type == FX_UNCUT)
		world_change(w, e);
	else
		perform_act(w, e);
}

void world_perform(struct world *w, const struct effect *e)
{
	uint64_t durable = w->record_count;

	if (e->after.n > durable) {
		if (!w->disk_full)
			world_broken(w, "an act names a record that was not written before it", "barrier");
		not_durable(w, e);
		return;
	}
	switch (e->type) {
	case FX_LOOK: {
		struct event *a = world_later(w, EV_LOOK, 50);
		a->look.binding = e->binding;
		a->look.look = world_look_at(w, world_find_key(w, w->core.bindings[e->binding].region.text));
		return;
	}
	case FX_READ_CMEK:
		answer_cmek(w);
		return;
	case FX_LIST_CLUSTERS:
		answer_list(w);
		return;
	case FX_READ_CLUSTER:
		answer_read(w, &w->core.clusters[e->cluster]);
		return;
	case FX_LIST_GRANTS:
		perform_grants(w, e);
		return;
	case FX_READ_ROTATION: {
		struct event *a = world_later(w, EV_ROTATION, 30);
		a->rotation.binding = e->binding;
		a->rotation.fault = w->kms_fault;
		a->rotation.enabled = true;
		return;
	}
	case FX_RECORD:
		world_record(w, &e->record);
		return;
	case FX_ERRAND:
	case FX_PAUSE:
	case FX_RESUME:
		if (w->leave_ms > 0)
			wait_to_leave(w, e, w->leave_ms);
		else
			world_leave(w, e);
		return;
	case FX_CUT:
	case FX_UNCUT:
		if (w->change_leave_ms > 0)
			wait_to_leave(w, e, w->change_leave_ms);
		else
			world_change(w, e);
		return;
	case FX_REVOKE_GRANTS:
		if (core_may_send(&w->core, e->op, w->now.boot, (struct seq){w->record_count}))
			perform_revoke_grants(w, e);
		else
			not_durable(w, e);
		return;
	case FX_ASK_BUDGET: {
		struct event *a = world_later(w, EV_BUDGET, w->budget_ms);
		a->budget.incident = e->incident;
		a->budget.granted =
			budget_take(&w->budget, w->now.wall, (struct budget_share){0, UINT32_MAX}, e->count);
		world_trace_time(w);
		buf_printf(&w->trace, "budget %u %s\n", e->count, a->budget.granted ? "granted" : "refused");
		return;
	}
	case FX_ANSWER:
		world_trace_time(w);
		buf_printf(&w->trace, "answer %s\n", answer_name(e->answer));
		return;
	case FX_NOTICE:
		trace_notice(w, e);
		return;
	}
}
