/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/drill.h"
#include "base/array.h"
#include "driver/clients.h"
#include "driver/hub.h"
#include "driver/jobs.h"
#include "driver/mark.h"
#include "driver/project.h"
#include "driver/texts.h"
#include "driver/turn.h"
#include "io/clock.h"
#include "io/tidb.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void drill_free(struct drill *d)
{
	if (!d)
		return;
	free(d->clusters);
	free(d->keys);
	free(d);
}

static bool is_of(const struct drill *d, uint32_t binding)
{
	return binding < d->key_count && d->keys[binding].wanted;
}

/* ---- answers ---- */

static void next(struct drill *d);

/* False: nobody waits for what follows. */
static bool answered(struct drill *d)
{
	d->asked--;
	if (!d->project->closing)
		return !d->given_up;
	project_check_gone(d->project);
	return false;
}

static struct drill_cluster *find(struct drill *d, const struct cluster_id *id)
{
	for (uint32_t i = 0; i < d->count; i++)
		if (cluster_id_equal(&d->clusters[i].seen.id, id))
			return &d->clusters[i];
	return NULL;
}

/* NULL: no memory, or too many. */
static struct drill_cluster *add(struct drill *d, const struct cluster_seen *seen, uint32_t binding)
{
	struct drill_cluster *c;

	if (d->count >= DRILL_CLUSTERS_MAX ||
		array_grow(&d->clusters, &d->size, d->count + 1, sizeof *d->clusters) != 0)
		return NULL;
	c = &d->clusters[d->count++];
	*c = (struct drill_cluster){.seen = *seen, .binding = binding};
	c->excluded = mark_of(d->project, &seen->id, seen->name).excluded;
	return c;
}

/* Everything that a revoke would have to see PAUSED: what the list names, and what the core ever saw. */
static bool take_list(struct drill *d, const struct cluster_seen *items, size_t count)
{
	const struct core *core = &d->project->core;

	for (size_t i = 0; i < count; i++) {
		uint32_t binding = core_find_binding(core, &items[i].region);
		struct drill_cluster *c;

		if (!is_of(d, binding))
			continue;
		c = add(d, &items[i], binding);
		if (!c)
			return false;
		c->listed = true;
		c->known = core_find_cluster(core, &items[i].id) != CORE_NO_INDEX;
	}
	for (uint32_t i = 0; i < core->cluster_count; i++) {
		const struct cluster *k = &core->clusters[i];
		struct cluster_seen seen = {.id = k->id, .region = k->region, .state = k->state};
		struct drill_cluster *c;

		if (!is_of(d, k->binding) || k->duty == DUTY_GONE || k->state == CLUSTER_STATE_GONE ||
			find(d, &k->id))
			continue;
		memcpy(seen.name, k->name, sizeof seen.name);
		c = add(d, &seen, k->binding);
		if (!c)
			return false;
		c->known = true;
	}
	return true;
}

static void on_list(void *arg, enum fault fault, const struct cluster_seen *items, size_t count,
	const struct tidb_texts *texts)
{
	struct drill *d = arg;

	if (!answered(d))
		return;
	d->listed = true;
	d->list_fault = fault;
	if (texts)
		why_set(&d->list_said, "%s", texts->message);
	if (!take_list(d, items, fault == FAULT_NONE ? count : 0)) {
		d->list_fault = FAULT_MALFORMED;
		why_set(&d->list_said, "cmekd is out of memory, or there are too many clusters");
	}
	next(d);
}

static void on_cluster(
	void *arg, enum fault fault, const struct cluster_seen *seen, const struct tidb_texts *texts)
{
	struct drill *d = arg;
	struct drill_cluster *c;

	(void)texts;
	if (!answered(d))
		return;
	c = &d->clusters[d->next++];
	c->read = true;
	c->fault = fault;
	if (fault == FAULT_NONE)
		c->seen = *seen;
	next(d);
}

static void on_grants(
	void *arg, enum fault fault, const struct kms_grants_seen *seen, const struct kms_texts *texts)
{
	struct drill *d = arg;
	struct drill_key *k = d->keys;

	if (!answered(d))
		return;
	while (!k->wanted || k->listed) /* one is asked for after the other */
		k++;
	k->listed = true;
	k->fault = fault;
	k->alive = fault == FAULT_NONE ? seen->alive : 0;
	if (texts)
		why_set(&k->said, "%s", texts->message);
	next(d);
}

/* ---- questions ---- */

static bool ask_list(struct drill *d, struct tidb *tidb)
{
	struct project *p = d->project;

	return tidb && tidb_list_clusters(tidb, &p->id, LANE_ROUTINE, on_list, d) == 0;
}

static bool ask_grants(struct drill *d, uint32_t binding)
{
	struct kms_target *target = project_target(d->project, binding);

	return target && kms_grants(target, KMS_LANE_LOOK, on_grants, d) == 0;
}

/* The next request, one at a time: the list, each cluster, the grants of each key. What cannot be asked is told as that. */
static void next(struct drill *d)
{
	struct project *p = d->project;
	struct tidb *tidb = clients_tidb(p->hub->clients, p->api_key_file);

	d->asked++;
	if (!d->listed) {
		if (ask_list(d, tidb))
			return;
		d->listed = true;
		d->list_fault = FAULT_CANCELLED;
	}
	for (; d->list_fault == FAULT_NONE && d->next < d->count; d->next++) {
		struct drill_cluster *c = &d->clusters[d->next];

		if (tidb && tidb_read_cluster(tidb, &p->id, &c->seen.id, LANE_ROUTINE, on_cluster, d) == 0)
			return;
		c->read = true;
		c->fault = FAULT_CANCELLED;
	}
	for (uint32_t i = 0; i < d->key_count; i++) {
		if (!d->keys[i].wanted || d->keys[i].listed)
			continue;
		if (ask_grants(d, i))
			return;
		d->keys[i].listed = true;
		d->keys[i].fault = FAULT_CANCELLED;
	}
	d->asked--;
	p->hub->changed(p, p->hub->arg);
}

bool drill_is_busy(const struct project *p)
{
	return p->drill && (p->drill->asked > 0 || !p->drill->given_up);
}

static struct drill *make(struct project *p, const struct region *region)
{
	struct drill *d = calloc(1, sizeof *d);

	if (!d)
		return NULL;
	d->project = p;
	d->region = *region;
	d->began = clock_now();
	d->key_count = p->core.binding_count;
	d->keys = calloc(d->key_count + 1, sizeof *d->keys);
	if (!d->keys) {
		drill_free(d);
		return NULL;
	}
	for (uint32_t i = 0; i < d->key_count; i++)
		d->keys[i].wanted = !*region->text || region_equal(&p->core.bindings[i].region, region);
	return d;
}

int drill_start(struct project *p, const struct region *region)
{
	struct drill *d = make(p, region);

	if (!d)
		return err_origin(-ENOMEM);
	drill_free(p->drill);
	p->drill = d;
	(void)jobs_round(p, 0);
	for (uint32_t i = 0; i < d->key_count && i < p->key_size; i++)
		p->keys[i].hint_waits = p->keys[i].hint_waits || d->keys[i].wanted;
	next(d);
	turn_run(p);
	return 0;
}

void drill_take_live(struct drill *d)
{
	const struct live_drill *live = &d->project->core.live;
	uint32_t index = core_find_cluster(&d->project->core, &live->cluster);
	const struct texts *words = project_words_of(d->project, &live->cluster);
	const struct cluster *c;

	if (index == CORE_NO_INDEX)
		return;
	c = &d->project->core.clusters[index];
	d->live.tried = true;
	d->live.end = live->end;
	d->live.pause_ms = live->pause_ms;
	d->live.resume_ms = live->resume_ms;
	memcpy(d->live.name, *c->name ? c->name : c->id.text,
		*c->name ? sizeof d->live.name : sizeof c->id.text);
	if (words && words->of.message &&
		(live->end == LIVE_END_REFUSED || live->end == LIVE_END_DENIED ||
			live->end == LIVE_END_THROTTLED))
		why_set(&d->live.said, "%s", words->of.message);
}

bool drill_is_done(const struct drill *d)
{
	const struct project *p = d->project;

	if (d->asked > 0 || p->jobs.asking)
		return false;
	for (uint32_t i = 0; i < d->key_count; i++) {
		struct boottime looked = p->core.bindings[i].evidence.last_look;

		if (d->keys[i].wanted && (looked.ms == BOOTTIME_NEVER.ms || looked.ms < d->began.boot.ms))
			return false;
	}
	return true;
}

void drill_end(struct project *p)
{
	if (!p->drill)
		return;
	p->drill->given_up = true;
	if (p->drill->asked > 0)
		return;
	drill_free(p->drill);
	p->drill = NULL;
}
