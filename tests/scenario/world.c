/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"
#include "base/array.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAUSING_MS  30000
#define RESUMING_MS 40000
#define WEEK_MS     (7 * 24 * 3600 * 1000LL)

static const struct region home = {"us-west-2"};

void world_grow(void *array, uint32_t *size, uint32_t count, size_t item_bytes)
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

void world_broken(struct world *w, const char *what, const char *of)
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

void world_free_core(struct core *core)
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
	world_free_core(&w->core);
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
	} else if (p == WORLD_EBS_DENIED) {
		a.allowed = NEED_BIT(NEED_S3_DECRYPT) | NEED_BIT(NEED_S3_GENERATE_DATA_KEY);
		a.denied = NEED_ALL & (uint16_t)~a.allowed;
		a.by_deny = true;
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

void world_pause(struct world *w, struct world_cluster *c)
{
	c->seen.resume_at.ms = w->now.wall.ms + WEEK_MS;
	cluster_to(w, c, CLUSTER_STATE_PAUSING, CLUSTER_STATE_PAUSED, PAUSING_MS);
}

void world_resume(struct world *w, struct world_cluster *c)
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
			world_resume(w, c);
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
		world_pause(w, c);
	else if (strcmp(verb, "resume") == 0)
		world_resume(w, c);
	else if (strcmp(verb, "delete") == 0)
		c->deleted = true;
	else if (strcmp(verb, "rename") == 0)
		c->renamed = true;
	else
		abort();
}

void world_give(struct world *w, const struct event *event)
{
	struct event e = *event;
	struct core_need need = core_need(&w->core, event);

	e.at = w->now;
	world_reserve(&w->core, need);
	world_grow(&w->effects.items, &w->effects.size, need.effects, sizeof *w->effects.items);
	core_step(&w->core, &e, &w->effects);
	for (uint32_t i = 0; i < w->effects.count && !w->died; i++)
		world_perform(w, &w->effects.items[i]);
	if (w->died)
		return;
	world_check_fold(w);
	world_check_dark(w);
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
	world_free_core(&w->core);
	world_fold(w, &w->core);
	if (w->record_count == 0) {
		struct record genesis = {.type = RECORD_GENESIS, .seq = {1}};
		world_record(w, &genesis);
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
		world_leave(w, &p.act);
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
				world_broken(w, "the core asks for the same time again", "deadline");
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
		world_record(w, &w->queued[i]);
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
