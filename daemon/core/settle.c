/* SPDX-License-Identifier: Apache-2.0 */
#include "core/settle.h"
#include "core/cluster_machine.h"
#include "core/cut_means.h"
#include "core/errand_slot.h"
#include "core/evidence.h"
#include "core/incident_machine.h"
#include "core/live_drill.h"
#include "core/pause_owner.h"
#include "core/plan.h"
#include "core/suspend.h"
#include <string.h>

/* What arming rests on: the key and everything that fingerprint_base covers. FNV-1a, 64 bit. */
static uint64_t fingerprint(const struct core *core, const struct key_arn *arn)
{
	uint64_t hash = core->fingerprint_base ^ 0xcbf29ce484222325u;

	for (const char *p = arn->text; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 0x100000001b3u;
	return hash;
}

/* ---- bindings ---- */

struct binding *settle_add_binding(struct core *core, const struct cmek_setting *setting)
{
	uint32_t index = core->binding_count;
	struct binding *b;

	if (index >= core->binding_size || index >= CORE_BINDINGS_MAX)
		return NULL;
	core->binding_count++;
	b = &core->bindings[index];
	memset(b, 0, sizeof *b);
	b->region = setting->region;
	b->arn = setting->arn;
	b->fingerprint = fingerprint(core, &setting->arn);
	b->since = core->now.boot;
	b->next_look = boottime_after(core->now.boot, core->phase_ms);
	b->countdown = BOOTTIME_NEVER;
	b->next_rotation = boottime_after(b->next_look, core->policy.poll_ms);
	b->next_arm_notice = boottime_after(core->now.boot, core->policy.blind_alert_ms);
	evidence_init(&b->evidence);
	for (uint32_t i = 0; i < core->cluster_count; i++)
		if (core->clusters[i].binding == CORE_NO_INDEX &&
			region_equal(&core->clusters[i].region, &b->region))
			core->clusters[i].binding = index;
	return b;
}

static void record_setting(struct step *s, const struct binding *b)
{
	struct record *r = emit_record(s, RECORD_SETTING);

	r->region = b->region;
	r->arn = b->arn;
	r->fingerprint = b->fingerprint;
}

/* The setting of a known region. A different ARN is an alert; the old key stays watched: an armed binding
 * never disappears by itself. */
static void note_setting(struct step *s, const struct cmek_setting *setting, bool pinned)
{
	uint32_t index = core_find_binding(s->core, &setting->region);
	struct binding *b;

	if (index == CORE_NO_INDEX) {
		b = settle_add_binding(s->core, setting);
		if (!b)
			return;
		b->pinned = pinned;
		b->present = !pinned;
		record_setting(s, b);
		return;
	}
	b = &s->core->bindings[index];
	b->pinned = b->pinned || pinned;
	if (key_arn_equal(&b->arn, &setting->arn)) {
		b->present = b->present || !pinned;
		return;
	}
	if (!b->missing_told)
		emit_notice(s, NOTICE_SETTING_CHANGED, b, 0);
	b->missing_told = true;
}

void settle_cmek(struct step *s, const struct event *event)
{
	struct core *core = s->core;

	core->cmek_in_flight = false;
	core->cmek_fault = event->cmek.fault;
	if (event->cmek.fault != FAULT_NONE) {
		core->next_cmek = boottime_after(core->now.boot, core->policy.incident_ms);
		return;
	}
	core->cmek_read = true;
	core->cmek_enabled = event->cmek.cmek_enabled;
	for (uint32_t i = 0; i < core->binding_count; i++)
		core->bindings[i].present = false;
	for (size_t i = 0; i < event->cmek.count; i++)
		note_setting(s, &event->cmek.items[i], false);
	for (uint32_t i = 0; i < core->binding_count; i++) {
		struct binding *b = &core->bindings[i];

		if (b->present)
			b->missing_told = false;
		else if (!b->missing_told) {
			b->missing_told = true;
			emit_notice(s, NOTICE_SETTING_CHANGED, b, 0);
		}
	}
}

static void disarm(struct step *s, struct binding *b)
{
	struct record *r;

	b->armed = false;
	r = emit_record(s, RECORD_DISARMED);
	r->region = b->region;
	b->next_arm_notice = boottime_after(s->core->now.boot, s->core->policy.blind_alert_ms);
	emit_notice(s, NOTICE_DISARMED, b, 0);
}

/* What was in flight before a restart is looked at again, after time enough for it to show. */
static void start(struct core *core)
{
	core->started = true;
	core->clock_offset_ms = core->now.wall.ms - core->now.boot.ms;
	core->next_cmek = core->next_list = core->now.boot;
	suspend_start(core);
	errand_slot_start(core);
	live_drill_start(core);
	for (uint32_t i = 0; i < core->binding_count; i++) {
		struct binding *b = &core->bindings[i];

		b->since = core->now.boot;
		b->next_look = boottime_after(core->now.boot, core->phase_ms);
		b->next_rotation = boottime_after(b->next_look, core->policy.poll_ms);
		b->next_arm_notice = boottime_after(core->now.boot, core->policy.blind_alert_ms);
		b->incident.opened.boot = core->now.boot;
		b->incident.phase_at.boot = core->now.boot;
		b->incident.next_grants = core->now.boot;
		b->incident.cut_at =
			core->now.boot; /* what is put off is told again: nobody may have heard */
		cut_means_start(core, &b->incident);
		b->incident.cut_retry = boottime_after(core->now.boot, core->policy.incident_ms);
	}
	for (uint32_t i = 0; i < core->cluster_count; i++) {
		struct cluster *c = &core->clusters[i];

		c->retry = boottime_after(core->now.boot, core->policy.incident_ms);
		if (c->duty == DUTY_RESUME_TAKEN)
			c->left_paused_at = core->now.boot; /* it has to come up in time from here on */
		/* An intent without an end may have been carried out. */
		if (c->lost_pause || c->duty == DUTY_PAUSE_UNSURE) {
			c->took = true;
			pause_doubt(core, c);
		}
	}
}

/* An approval is written before what it leads to. Where a kill came between, whoever gave it got no answer, and what is
 * lost by now need not be what they saw: they give it again, or not. */
static void drop_half_approval(struct step *s, struct binding *b)
{
	enum phase p = b->incident.phase;

	if (!b->incident.approved || p == PHASE_PAUSING || p == PHASE_HELD)
		return;
	b->incident.approved = false;
	/* As the record is read: what it will pause is counted then. */
	if (p == PHASE_GRACE || p == PHASE_WAITING)
		b->incident.budget_spent = false;
	(void)emit_incident(s, b);
}

/* So too that automatic acts are off is written before what that stops. */
static void stop_half_suspended(struct step *s, struct binding *b)
{
	if (b->incident.phase == PHASE_PAUSING)
		(void)incident_machine_step(s, b, IE_SUSPEND);
}

void settle_settings(struct step *s, const struct event *event)
{
	struct core *core = s->core;

	core->policy = *event->settings.policy;
	core->fingerprint_base = event->settings.fingerprint_base;
	for (uint32_t i = 0; i < core->binding_count; i++) {
		struct binding *b = &core->bindings[i];
		uint64_t now = fingerprint(core, &b->arn);

		b->pinned = false;
		if (b->fingerprint == now)
			continue;
		b->fingerprint = now;
		record_setting(s, b);
		/* What was seen under other settings proves nothing about these. */
		evidence_init(&b->evidence);
		b->since = b->next_look = core->now.boot;
		b->incident.dark_seen = false;
		if (b->armed)
			disarm(s, b);
		(void)incident_machine_step(s, b, IE_CHANGED);
	}
	if (!core->started) {
		start(core);
		for (uint32_t i = 0; i < core->binding_count; i++)
			drop_half_approval(s, &core->bindings[i]);
		for (uint32_t i = 0; i < core->binding_count && core_is_suspended(core); i++)
			stop_half_suspended(s, &core->bindings[i]);
	}
	for (uint32_t i = 0; i < core->cluster_count && event->settings.marks; i++)
		core->clusters[i].mark = event->settings.marks[i];
	for (size_t i = 0; i < event->settings.pin_count; i++)
		note_setting(s, &event->settings.pins[i], true);
}

/* ---- clusters ---- */

struct cluster *settle_add_cluster(
	struct core *core, const struct cluster_id *id, const struct region *region)
{
	struct cluster *c;

	if (core->cluster_count >= core->cluster_size || core->cluster_count >= CORE_CLUSTERS_MAX)
		return NULL;
	c = &core->clusters[core->cluster_count++];
	memset(c, 0, sizeof *c);
	c->id = *id;
	c->region = *region;
	c->binding = core_find_binding(core, region);
	c->seen_at = c->retry = c->left_paused_at = BOOTTIME_NEVER;
	return c;
}

void settle_born(const struct core *core, struct cluster *c)
{
	const struct incident *i;

	if (c->binding == CORE_NO_INDEX)
		return;
	i = &core->bindings[c->binding].incident;
	if (i->phase == PHASE_PAUSING || i->phase == PHASE_HELD)
		c->born = i->id.n;
}

/* Under another name it is the same cluster: what it was spared for is taken back only by who configures. */
static void take_mark(struct cluster_mark *mark, const struct cluster_mark *seen)
{
	mark->excluded = mark->excluded || seen->excluded;
	if (seen->reaction > mark->reaction)
		mark->reaction = seen->reaction;
	if (mark->order == CLUSTER_ORDER_DEFAULT)
		mark->order = seen->order;
}

/* Asked for before what is known was: the two may have come in the other order. A list has pages, and waits for the rate. */
static bool is_older(const struct cluster *c, struct boottime asked_at)
{
	return c->seen_at.ms != BOOTTIME_NEVER.ms && asked_at.ms < c->asked_at.ms;
}

static void take_reading(
	struct step *s, struct cluster *c, const struct cluster_seen *seen, struct boottime asked_at)
{
	bool was_gone = c->duty == DUTY_GONE;

	take_mark(&c->mark, &seen->mark);
	if (is_older(c, asked_at))
		return;
	if (seen->name[0])
		memcpy(c->name, seen->name, sizeof c->name);
	/* What was told of a pause that goes on stays: not every API tells it. */
	if (walltime_is_known(seen->resume_at) || seen->state != CLUSTER_STATE_PAUSED ||
		c->state != CLUSTER_STATE_PAUSED)
		c->resume_at = seen->resume_at;
	c->state = seen->state;
	c->seen_at = s->core->now.boot;
	c->asked_at = asked_at;
	if (c->state != CLUSTER_STATE_PAUSED)
		c->proven_paused = false;
	if (c->state == CLUSTER_STATE_GONE)
		c->left_paused_at = BOOTTIME_NEVER;
	if (c->binding != CORE_NO_INDEX)
		cluster_machine_step(s, c, cluster_machine_seen(c->state));
	/* What comes back was in no plan: like one that people create. */
	if (was_gone && c->duty == DUTY_FREE)
		settle_born(s->core, c);
	live_drill_seen(s, c);
}

static void take_new(struct step *s, const struct cluster_seen *seen)
{
	struct core *core = s->core;
	struct cluster *c = settle_add_cluster(core, &seen->id, &seen->region);

	if (!c)
		return;
	settle_born(core, c);
	c->mark = seen->mark;
	memcpy(c->name, seen->name, sizeof c->name);
	c->state = seen->state;
	c->resume_at = seen->resume_at;
	c->seen_at = core->now.boot;
	c->asked_at = core->list_since;
	(void)emit_cluster(
		s, RECORD_CLUSTER, c, ACT_RESULT_ACCEPTED); /* every cluster ever seen counts for dark */
}

static void note_unread(struct step *s, enum fault fault)
{
	struct core *core = s->core;

	core->list_fault = fault;
	if (core->list_failing_since.ms == BOOTTIME_NEVER.ms)
		core->list_failing_since = core->now.boot;
	core->next_list = boottime_after(core->now.boot, core->policy.incident_ms);
	if (!core->unread_told &&
		core->now.boot.ms - core->list_failing_since.ms >= core->policy.blind_alert_ms) {
		core->unread_told = true;
		emit_notice(s, NOTICE_CLUSTERS_UNREAD, NULL, 0);
	}
}

/* Lists name clusters in the same order each time: the one after the last is tried first. */
static uint32_t find_listed(const struct core *core, const struct cluster_id *id, uint32_t next)
{
	if (next < core->cluster_count && cluster_id_equal(&core->clusters[next].id, id))
		return next;
	return core_find_cluster(core, id);
}

uint32_t settle_new_clusters(const struct core *core, const struct cluster_seen *items, size_t count)
{
	uint32_t next = 0, new = 0;

	for (size_t i = 0; i < count && new < CORE_CLUSTERS_MAX; i++) {
		uint32_t index = find_listed(core, &items[i].id, next);

		new += index == CORE_NO_INDEX;
		next = index == CORE_NO_INDEX ? core->cluster_count : index + 1;
	}
	return new;
}

/* "An empty or shorter list is unknown until each missing one was read by its id." One that was found gone is not asked for
 * again, unless something is still owed to it: it went while an act was in flight. That it is gone by the ledger alone, of
 * before the start, is asked once when it matters: a disk that was full may have kept that it came back out of the ledger. */
static bool is_doubtful(const struct core *core, const struct cluster *c)
{
	if (c->state != CLUSTER_STATE_GONE || (c->duty != DUTY_GONE && c->duty != DUTY_FREE))
		return true;
	return c->seen_at.ms == BOOTTIME_NEVER.ms && c->binding != CORE_NO_INDEX &&
	       core->bindings[c->binding].incident.id.n != 0;
}

/* In the list, or read by its id while that was under way. */
static bool is_known_since(const struct cluster *c, struct boottime asked_at)
{
	return c->seen_at.ms != BOOTTIME_NEVER.ms && c->asked_at.ms >= asked_at.ms;
}

void settle_clusters(struct step *s, const struct event *event)
{
	struct core *core = s->core;
	uint32_t next = 0;

	core->list_in_flight = false;
	if (event->clusters.fault != FAULT_NONE || event->clusters.count > CORE_CLUSTERS_MAX) {
		note_unread(s, event->clusters.fault != FAULT_NONE ? event->clusters.fault : FAULT_MALFORMED);
		return;
	}
	core->list_fault = FAULT_NONE;
	core->list_failing_since = BOOTTIME_NEVER;
	if (core->unread_told)
		emit_notice(s, NOTICE_CLUSTERS_READ, NULL, 0);
	core->unread_told = false;
	for (size_t i = 0; i < event->clusters.count; i++) {
		const struct cluster_seen *seen = &event->clusters.items[i];
		uint32_t index = find_listed(core, &seen->id, next);

		if (index == CORE_NO_INDEX)
			take_new(s, seen);
		else
			take_reading(s, &core->clusters[index], seen, core->list_since);
		next = index == CORE_NO_INDEX ? core->cluster_count : index + 1;
	}
	core->listed_at = core->now.boot;
	core->list_asked_at = core->list_since;
	for (uint32_t i = 0; i < core->cluster_count; i++) {
		struct cluster *c = &core->clusters[i];

		if (!is_known_since(c, core->list_since) && is_doubtful(core, c))
			c->read_due = true;
	}
}

void settle_cluster(struct step *s, const struct event *event)
{
	struct core *core = s->core;
	uint32_t index = core_find_cluster(core, &event->cluster.seen.id);
	struct cluster *c;

	if (index == CORE_NO_INDEX)
		return;
	c = &core->clusters[index];
	c->reading = false;
	if (event->cluster.fault == FAULT_NOT_FOUND) {
		struct cluster_seen gone = {.id = c->id, .state = CLUSTER_STATE_GONE};

		take_reading(s, c, &gone, c->reading_since);
		return;
	}
	if (event->cluster.fault != FAULT_NONE) {
		c->read_retry = boottime_after(core->now.boot, core->policy.incident_ms);
		return;
	}
	/* One that is older than what a list told, and says otherwise, tells nothing: once more. */
	if (is_older(c, c->reading_since) && event->cluster.seen.state != c->state) {
		c->read_due = true;
		return;
	}
	take_reading(s, c, &event->cluster.seen, c->reading_since);
	c->proven_paused = c->state == CLUSTER_STATE_PAUSED;
}
