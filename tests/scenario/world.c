/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"
#include "base/array.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAUSING_MS  30000
#define RESUMING_MS 40000
#define DISK_MS     5 /* until a record is known not to be durable */
#define WEEK_MS     (7 * 24 * 3600 * 1000LL)

static const struct region home = {"us-west-2"};

static void grow(void *array, uint32_t *size, uint32_t count, size_t item_bytes)
{
	if (array_grow(array, size, count, item_bytes) != 0)
		abort();
}

void world_trace_time(struct world *w)
{
	int64_t ms = w->now.boot.ms - w->origin.boot.ms;

	buf_printf(&w->trace, "%3ld:%02ld.%03ld ", (long)(ms / 60000), (long)(ms / 1000 % 60),
		(long)(ms % 1000));
}

static void broken(struct world *w, const char *what, const char *of)
{
	buf_printf(&w->broken, "%s: %s\n", what, of);
}

void world_init(struct world *w)
{
	memset(w, 0, sizeof *w);
	w->now.boot.ms = 1000000;
	w->now.wall.ms = 1767225600000; /* 2026-01-01T00:00:00Z */
	w->origin = w->now;
	w->fingerprint_base = 42;
	w->policy = (struct policy_settings){.reaction = REACTION_PAUSE,
		.poll_ms = 30000,
		.confirm_ms = 5000,
		.max_pauses = 100000,
		.grace_ms = 120000,
		.restore_delay_ms = 300000,
		.blind_alert_ms = 900000,
		.clusters_ms = 300000,
		.incident_ms = 20000,
		.rotation_ms = 3600000};
	w->keys[0] = (struct world_key){home, KEY_STATE_ENABLED, WORLD_ALLOWED, false};
	w->key_count = 1;
	w->trace = BUF_INIT(1 << 20);
	w->broken = BUF_INIT(1 << 16);
	w->budget_ms = 1;
	budget_init(&w->budget, 20);
}

static void drop_pending(struct world *w)
{
	for (uint32_t i = 0; i < w->pending_count; i++)
		free(w->pending[i].list);
	w->pending_count = 0;
}

static void free_core(struct core *core)
{
	free(core->bindings);
	free(core->clusters);
	core->bindings = NULL;
	core->clusters = NULL;
}

void world_fini(struct world *w)
{
	drop_pending(w);
	free(w->pending);
	free(w->records);
	free(w->queued);
	free(w->effects.items);
	free_core(&w->core);
	buf_fini(&w->trace);
	buf_fini(&w->broken);
}

struct world_cluster *world_find_cluster(struct world *w, const char *id)
{
	for (uint32_t i = 0; i < w->cluster_count; i++)
		if (strcmp(w->clusters[i].seen.id.text, id) == 0)
			return &w->clusters[i];
	return NULL;
}

struct world_key *world_find_key(struct world *w, const char *region)
{
	for (uint32_t i = 0; i < w->key_count; i++)
		if (strcmp(w->keys[i].region.text, region) == 0)
			return &w->keys[i];
	if (w->key_count == WORLD_BINDINGS)
		abort();
	w->keys[w->key_count] = (struct world_key){.state = KEY_STATE_ENABLED};
	if (region_parse(region, strlen(region), &w->keys[w->key_count].region))
		abort();
	return &w->keys[w->key_count++];
}

struct world_cluster *world_add_cluster(
	struct world *w, const char *id, enum cluster_state state, const char *region)
{
	struct world_cluster *c;

	if (w->cluster_count == WORLD_CLUSTERS)
		abort();
	c = &w->clusters[w->cluster_count++];
	if (cluster_id_parse(id, strlen(id), &c->seen.id) ||
		region_parse(region, strlen(region), &c->seen.region))
		abort();
	(void)snprintf(c->seen.name, sizeof c->seen.name, "%s", id);
	c->seen.state = state;
	c->seen.mark.order = CLUSTER_ORDER_DEFAULT;
	if (state == CLUSTER_STATE_PAUSED)
		c->seen.resume_at.ms = w->now.wall.ms + 3 * WEEK_MS / 7;
	c->when = BOOTTIME_NEVER;
	return c;
}

/* ---- the key ---- */

static const uint16_t vital = NEED_BIT(NEED_EBS_DECRYPT) | NEED_BIT(NEED_EBS_CREATE_GRANT);

static struct access key_access(const struct world_key *k)
{
	struct access a = {.allowed = NEED_ALL, .own_sid_present = k->own_cut};
	enum world_policy p = k->policy;

	if (k->own_cut) {
		a.allowed = 0;
		a.denied = NEED_ALL;
		a.by_deny = true;
		a.cut_by = CUT_BY_OWN;
	} else if (k->taken_out) {
		a.allowed = 0;
		a.denied = NEED_ALL;
	} else if (p == WORLD_MISSING) {
		a.denied = NEED_BIT(NEED_S3_DECRYPT);
		a.allowed = NEED_ALL & (uint16_t)~a.denied;
	} else if (p == WORLD_UNDECIDABLE) {
		a.undecided = vital;
		a.allowed = NEED_ALL & (uint16_t)~vital;
	} else if (p != WORLD_ALLOWED) {
		a.allowed = 0;
		a.denied = NEED_ALL;
		a.by_deny = p != WORLD_NO_ALLOW;
		a.other_foreign_allowed = p == WORLD_VENDOR_CHANGED;
		a.cut_by = p == WORLD_SIBLING_CUT   ? CUT_BY_SIBLING
			   : p == WORLD_FOREIGN_CUT ? CUT_BY_FOREIGN
						    : CUT_BY_NONE;
	}
	return a;
}

static bool key_works(const struct world_key *k)
{
	return k->state == KEY_STATE_ENABLED && (key_access(k).allowed & vital) == vital;
}

struct look world_look_at(const struct world *w, const struct world_key *k)
{
	struct look l = {.fault = w->kms_fault, .self_denied = w->self_denied};

	if (l.fault != FAULT_NONE)
		return l;
	l.key_state = k->state;
	if (k->state == KEY_STATE_PENDING_DELETION)
		l.deletion.ms = w->origin.wall.ms + WEEK_MS;
	l.have_access = true;
	l.access = key_access(k);
	l.policy = (struct digest){.bytes = {1, (uint8_t)k->policy, k->own_cut, k->taken_out}};
	return l;
}

/* ---- the clusters ---- */

static void cluster_to(
	struct world *w, struct world_cluster *c, enum cluster_state now, enum cluster_state next, int64_t ms)
{
	c->seen.state = now;
	c->next = next;
	c->when = boottime_after(w->now.boot, ms);
}

static void cluster_pause(struct world *w, struct world_cluster *c)
{
	c->seen.resume_at.ms = w->now.wall.ms + WEEK_MS;
	cluster_to(w, c, CLUSTER_STATE_PAUSING, CLUSTER_STATE_PAUSED, PAUSING_MS);
}

static void cluster_resume(struct world *w, struct world_cluster *c)
{
	struct world_key *k = world_find_key(w, c->seen.region.text);

	c->seen.resume_at = WALLTIME_UNKNOWN;
	cluster_to(w, c, CLUSTER_STATE_RESUMING,
		key_works(k) ? CLUSTER_STATE_RUNNING : CLUSTER_STATE_UNUSABLE, RESUMING_MS);
}

static void clusters_move(struct world *w)
{
	for (uint32_t i = 0; i < w->cluster_count; i++) {
		struct world_cluster *c = &w->clusters[i];

		if (c->when.ms != BOOTTIME_NEVER.ms && boottime_reached(w->now.boot, c->when)) {
			c->seen.state = c->next;
			c->when = BOOTTIME_NEVER;
		}
		/* Seven days at most: then TiDB Cloud resumes it by itself. */
		if (c->seen.state == CLUSTER_STATE_PAUSED && walltime_is_known(c->seen.resume_at) &&
			w->now.wall.ms >= c->seen.resume_at.ms)
			cluster_resume(w, c);
	}
}

void world_person(struct world *w, const char *verb, const char *cluster)
{
	struct world_cluster *c = world_find_cluster(w, cluster);

	if (strcmp(verb, "create") == 0) {
		(void)world_add_cluster(w, cluster, CLUSTER_STATE_RUNNING, home.text);
		return;
	}
	if (!c)
		abort();
	if (strcmp(verb, "pause") == 0)
		cluster_pause(w, c);
	else if (strcmp(verb, "resume") == 0)
		cluster_resume(w, c);
	else if (strcmp(verb, "delete") == 0)
		c->deleted = true;
	else if (strcmp(verb, "rename") == 0)
		c->renamed = true;
	else
		abort();
}

/* ---- pending events ---- */

struct event *world_later(struct world *w, enum event_type type, int64_t ms)
{
	struct world_pending *p;

	grow(&w->pending, &w->pending_size, w->pending_count + 1, sizeof *w->pending);
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
		(pause ? cluster_pause : cluster_resume)(w, c);
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

static void perform_record(struct world *w, const struct record *r)
{
	if (w->disk_full) {
		if (w->queued_count == 0)
			world_later(w, EV_LEDGER, DISK_MS)->ledger.ok = false;
		grow(&w->queued, &w->queued_size, w->queued_count + 1, sizeof *w->queued);
		w->queued[w->queued_count++] = *r;
		return;
	}
	grow(&w->records, &w->record_size, w->record_count + 1, sizeof *w->records);
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

static void leave(struct world *w, const struct effect *e)
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

static void perform(struct world *w, const struct effect *e)
{
	uint64_t durable = w->record_count;

	if (e->after.n > durable) {
		if (!w->disk_full)
			broken(w, "an act names a record that was not written before it", "barrier");
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
		perform_record(w, &e->record);
		return;
	case FX_ERRAND:
	case FX_PAUSE:
	case FX_RESUME:
		if (w->leave_ms > 0)
			wait_to_leave(w, e, w->leave_ms);
		else
			leave(w, e);
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

/* ---- the fold against the state ---- */

static void reserve(struct core *core, struct core_need need)
{
	grow(&core->bindings, &core->binding_size, need.bindings, sizeof *core->bindings);
	grow(&core->clusters, &core->cluster_size, need.clusters, sizeof *core->clusters);
}

static void fold(struct world *w, struct core *core)
{
	struct core_init init = {
		.policy = w->policy, .fingerprint_base = w->fingerprint_base, .held = w->foreign_ledger};

	core_init(core, &init);
	for (uint32_t i = 0; i < w->record_count; i++) {
		reserve(core, core_restore_need(core, &w->records[i]));
		core_restore(core, &w->records[i]);
	}
}

/* What is in flight when the daemon is killed is in doubt after it. */
static bool in_doubt(const struct cluster *c)
{
	return c->lost_pause || c->duty == DUTY_PAUSE_SENT || c->duty == DUTY_PAUSE_UNSURE;
}

/* What is in flight may have been taken, for all that a restart can know. */
static bool took(const struct cluster *c)
{
	return c->took || duty_after_restart(c->duty) == DUTY_PAUSE_UNSURE;
}

static bool same_doubts(const struct errand_slot *a, const struct errand_slot *folded)
{
	for (unsigned e = 0; e < ERRAND_COUNT; e++)
		if ((walltime_is_known(a->doubt[e]) || (a->in_flight && a->errand == (enum errand)e)) !=
			walltime_is_known(folded->doubt[e]))
			return false;
	return a->op.n == folded->op.n;
}

static void check_fold(struct world *w)
{
	struct core folded;

	if (w->queued_count)
		return;
	fold(w, &folded);
	for (uint32_t i = 0; i < w->core.binding_count && i < folded.binding_count; i++) {
		const struct binding *a = &w->core.bindings[i], *b = &folded.bindings[i];

		if (a->armed != b->armed || phase_after_restart(a->incident.phase) != b->incident.phase ||
			a->incident.id.n != b->incident.id.n || a->incident.causes != b->incident.causes ||
			a->incident.grants_gone != b->incident.grants_gone ||
			cut_after_restart(a->incident.cut) != b->incident.cut ||
			a->incident.approved != b->incident.approved || !same_doubts(&a->errand, &b->errand))
			broken(w, "the fold of the ledger is not the incident's state",
				phase_name(a->incident.phase));
	}
	if (w->core.binding_count != folded.binding_count || w->core.cluster_count != folded.cluster_count)
		broken(w, "the fold of the ledger has other bindings or clusters", "count");
	for (uint32_t i = 0; i < w->core.cluster_count && i < folded.cluster_count; i++) {
		const struct cluster *a = &w->core.clusters[i], *b = &folded.clusters[i];

		if (duty_after_restart(a->duty) != b->duty || a->our_resume_at.ms != b->our_resume_at.ms ||
			a->paused_at.ms != b->paused_at.ms || took(a) != took(b) ||
			in_doubt(a) != in_doubt(b))
			broken(w, "the fold of the ledger is not the cluster's state", duty_name(a->duty));
	}
	if (live_step_after_restart(w->core.live.step) != folded.live.step)
		broken(w, "the fold of the ledger is not the drill's state",
			live_step_name(w->core.live.step));
	if (folded.next_seq != w->core.next_seq)
		broken(w, "the fold of the ledger has another sequence", "seq");
	free_core(&folded);
}

/* `dark` is never said while a cluster of the region is not paused, but for what no reading can have told yet. */
static void check_dark(struct world *w)
{
	for (uint32_t i = 0; i < w->core.binding_count; i++) {
		const struct binding *b = &w->core.bindings[i];

		if (core_dark(&w->core, i) != DARK_DARK)
			continue;
		for (uint32_t k = 0; k < w->core.cluster_count; k++) {
			const struct cluster *c = &w->core.clusters[k];

			if (c->binding == i && c->state != CLUSTER_STATE_PAUSED &&
				c->state != CLUSTER_STATE_GONE)
				broken(w, "dark is said while a cluster is not read as paused", c->id.text);
			if (c->binding == i && w->now.boot.ms - c->seen_at.ms > 6 * w->policy.incident_ms &&
				c->state != CLUSTER_STATE_GONE)
				broken(w, "dark is said on an old reading", c->id.text);
		}
		if (b->evidence.verdict != OUTCOME_LOST)
			broken(w, "dark is said without a proven loss", b->region.text);
	}
}

void world_give(struct world *w, const struct event *event)
{
	struct event e = *event;
	struct core_need need = core_need(&w->core, event);

	e.at = w->now;
	reserve(&w->core, need);
	grow(&w->effects.items, &w->effects.size, need.effects, sizeof *w->effects.items);
	core_step(&w->core, &e, &w->effects);
	for (uint32_t i = 0; i < w->effects.count && !w->died; i++)
		perform(w, &w->effects.items[i]);
	if (w->died)
		return;
	check_fold(w);
	check_dark(w);
}

void world_reload(struct world *w)
{
	struct event settings = {.type = EV_SETTINGS};
	struct cluster_mark marks[WORLD_CLUSTERS];

	for (uint32_t i = 0; i < w->core.cluster_count; i++) {
		const struct world_cluster *c = world_find_cluster(w, w->core.clusters[i].id.text);

		if (!c)
			abort();
		marks[i] = c->seen.mark; /* as driver/mark: by former names too */
	}
	settings.settings.policy = &w->policy;
	settings.settings.fingerprint_base = w->fingerprint_base;
	settings.settings.pins = w->pins;
	settings.settings.pin_count = w->pin_count;
	settings.settings.marks = marks;
	world_give(w, &settings);
}

void world_start(struct world *w)
{
	free_core(&w->core);
	fold(w, &w->core);
	if (w->record_count == 0) {
		struct record genesis = {.type = RECORD_GENESIS, .seq = {1}};
		perform_record(w, &genesis);
		w->core.next_seq = 2;
	}
	w->running = true;
	w->died = false;
	world_reload(w);
}

void world_restart(struct world *w)
{
	drop_pending(w);
	w->queued_count = 0;
	world_trace_time(w);
	buf_add(&w->trace, "restart\n");
	world_start(w);
}

static int64_t next_pending(const struct world *w)
{
	uint32_t best = UINT32_MAX;

	for (uint32_t i = 0; i < w->pending_count; i++) {
		const struct world_pending *p = &w->pending[i];

		if (best == UINT32_MAX || p->at.boot.ms < w->pending[best].at.boot.ms ||
			(p->at.boot.ms == w->pending[best].at.boot.ms && p->order < w->pending[best].order))
			best = i;
	}
	return best == UINT32_MAX ? -1 : (int64_t)best;
}

static void advance(struct world *w, int64_t boot_ms)
{
	int64_t ms = boot_ms - w->now.boot.ms;

	if (ms <= 0)
		return;
	w->now.boot.ms += ms;
	w->now.wall.ms += ms;
	clusters_move(w);
}

static void deliver(struct world *w, uint32_t index)
{
	struct world_pending p = w->pending[index];

	w->pending[index] = w->pending[--w->pending_count];
	if (p.event.type == EV_CMEK)
		p.event.cmek.items = p.settings;
	if (p.leaves)
		leave(w, &p.act);
	else
		world_give(w, &p.event);
	free(p.list);
}

void world_lose(struct world *w, uint32_t count)
{
	w->record_count -= count < w->record_count ? count : w->record_count;
}

void world_hang(struct world *w, int64_t ms)
{
	advance(w, w->now.boot.ms + ms);
}

void world_run(struct world *w, int64_t ms)
{
	int64_t end = w->now.boot.ms + ms;

	for (;;) {
		int64_t i = next_pending(w), deadline = core_deadline(&w->core).ms;
		int64_t at = i >= 0 ? w->pending[i].at.boot.ms : INT64_MAX;

		if (w->died)
			return;
		if (at > end && deadline > end)
			break;
		if (at <= deadline) {
			advance(w, at);
			deliver(w, (uint32_t)i);
		} else {
			struct event tick = {.type = EV_TICK};
			int64_t before = w->now.boot.ms;

			advance(w, deadline);
			world_give(w, &tick);
			if (w->now.boot.ms == before && core_deadline(&w->core).ms <= before) {
				broken(w, "the core asks for the same time again", "deadline");
				return;
			}
		}
	}
	advance(w, end);
}

void world_disk(struct world *w, bool full)
{
	struct event e = {.type = EV_LEDGER};

	w->disk_full = full;
	if (full)
		return; /* nobody is told before the next record */
	for (uint32_t i = 0; i < w->queued_count; i++)
		perform_record(w, &w->queued[i]);
	w->queued_count = 0;
	e.ledger.ok = true;
	world_give(w, &e);
}

void world_clock_step(struct world *w, int64_t ms)
{
	struct event tick = {.type = EV_TICK};

	w->now.wall.ms += ms;
	world_give(w, &tick);
}

void world_show(struct world *w)
{
	for (uint32_t i = 0; i < w->core.binding_count; i++) {
		const struct binding *b = &w->core.bindings[i];

		world_trace_time(w);
		buf_printf(&w->trace, "show %s %s %s %s phase=%s causes=%u cut=%s dark=%s", b->region.text,
			b->armed ? "armed" : "unarmed", outcome_name(b->evidence.verdict),
			reason_name(b->evidence.reason), phase_name(b->incident.phase), b->incident.causes,
			cut_name(b->incident.cut), dark_name(core_dark(&w->core, i)));
		for (uint32_t k = 0; k < w->core.cluster_count; k++)
			if (w->core.clusters[k].binding == i)
				buf_printf(&w->trace, " %s:%s:%s", w->core.clusters[k].id.text,
					cluster_state_name(w->core.clusters[k].state),
					duty_name(w->core.clusters[k].duty));
		if (w->core.live.step != LIVE_NONE)
			buf_printf(&w->trace, " drill=%s", live_step_name(w->core.live.step));
		buf_add(&w->trace, "\n");
	}
}
