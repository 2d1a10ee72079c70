/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/jobs.h"
#include "base/array.h"
#include "driver/clients.h"
#include "driver/hub.h"
#include "driver/project.h"
#include "driver/texts.h"
#include "io/clock.h"
#include "io/tidb.h"
#include <stdlib.h>
#include <string.h>

static void forget(struct jobs_cluster *c)
{
	for (size_t i = 0; i < JOB_COUNT; i++)
		c->of[i].words = texts_free(c->of[i].words);
}

void jobs_fini(struct project_jobs *j)
{
	for (uint32_t i = 0; i < j->count; i++)
		forget(&j->items[i]);
	free(j->items);
	*j = (struct project_jobs){.items = NULL};
}

bool jobs_concern(const struct cluster *c)
{
	return c->binding != CORE_NO_INDEX && c->duty != DUTY_GONE && c->state != CLUSTER_STATE_GONE &&
	       c->state != CLUSTER_STATE_PAUSED && c->state != CLUSTER_STATE_PAUSING;
}

static struct jobs_cluster *find(const struct project_jobs *j, const struct cluster_id *id)
{
	for (uint32_t i = 0; i < j->count; i++)
		if (cluster_id_equal(&j->items[i].id, id))
			return &j->items[i];
	return NULL;
}

const struct jobs_cluster *jobs_of(const struct project *p, const struct cluster_id *id)
{
	return find(&p->jobs, id);
}

/* ---- which clusters ---- */

static void drop_the_rest(struct project *p)
{
	struct project_jobs *j = &p->jobs;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < j->count; i++) {
		uint32_t index = core_find_cluster(&p->core, &j->items[i].id);

		if (index != CORE_NO_INDEX && jobs_concern(&p->core.clusters[index]))
			j->items[kept++] = j->items[i];
		else
			forget(&j->items[i]);
	}
	j->count = kept;
}

/* False: no memory for all of them. */
static bool take_new(struct project *p)
{
	struct project_jobs *j = &p->jobs;

	for (uint32_t i = 0; i < p->core.cluster_count; i++) {
		const struct cluster *c = &p->core.clusters[i];
		struct jobs_cluster new = {.id = c->id};

		if (!jobs_concern(c) || find(j, &c->id))
			continue;
		if (array_grow(&j->items, &j->size, j->count + 1, sizeof *j->items) != 0)
			return false;
		for (size_t k = 0; k < JOB_COUNT; k++)
			new.of[k].at = BOOTTIME_NEVER;
		j->items[j->count++] = new;
	}
	return true;
}

/* ---- a round ---- */

static void next(struct project *p);

static void end_round(struct project *p)
{
	p->jobs.ended_once = true;
	p->jobs.ended = clock_now().boot;
	p->hub->changed(p, p->hub->arg);
}

/* Of the service or of cmekd's access as a whole: the next list would fare no better, and may take as long to fail. */
static bool is_of_all(enum fault fault)
{
	return fault != FAULT_NONE && fault != FAULT_DENIED && fault != FAULT_NOT_FOUND &&
	       fault != FAULT_REFUSED && fault != FAULT_MALFORMED;
}

static void step(struct project_jobs *j)
{
	if (++j->job < JOB_COUNT)
		return;
	j->job = JOB_IMPORT;
	j->cluster++;
}

static void fail_the_rest(struct project_jobs *j, enum fault fault)
{
	for (; j->cluster < j->count; step(j)) {
		struct jobs_reading *r = &j->items[j->cluster].of[j->job];

		r->fault = fault;
		r->words = texts_free(r->words);
	}
}

static void on_jobs(void *arg, enum fault fault, const struct jobs *jobs, const struct tidb_texts *texts)
{
	struct project *p = arg;
	struct project_jobs *j = &p->jobs;
	struct jobs_reading *r = &j->items[j->cluster].of[j->job];

	j->asking = false;
	if (p->closing) {
		project_check_gone(p);
		return;
	}
	r->fault = fault;
	r->words = texts_free(r->words);
	if (fault == FAULT_NONE) {
		r->seen = *jobs;
		r->at = clock_now().boot;
	} else
		r->words = texts_new(
			&(struct record_texts){.message = texts->message, .request = texts->request});
	step(j);
	if (is_of_all(fault))
		fail_the_rest(j, fault);
	next(p);
}

static void next(struct project *p)
{
	struct project_jobs *j = &p->jobs;
	struct tidb *tidb;

	if (j->cluster >= j->count) {
		end_round(p);
		return;
	}
	tidb = clients_tidb(p->hub->clients, p->api_key_file);
	if (tidb &&
		tidb_read_jobs(tidb, &p->id, &j->items[j->cluster].id, j->job, LANE_ROUTINE, on_jobs, p) == 0)
		j->asking = true;
	else {
		fail_the_rest(j, FAULT_CANCELLED);
		end_round(p);
	}
}

bool jobs_round(struct project *p, int64_t fresh_ms)
{
	struct project_jobs *j = &p->jobs;

	if (j->asking)
		return true;
	if (p->closing || p->broken || (j->ended_once && clock_now().boot.ms - j->ended.ms < fresh_ms))
		return false;
	drop_the_rest(p);
	j->cluster = 0;
	j->job = JOB_IMPORT;
	if (!take_new(p) || j->count == 0)
		return false;
	next(p);
	return j->asking;
}
