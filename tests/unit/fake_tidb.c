/* SPDX-License-Identifier: Apache-2.0 */
/* fake_tidb: TiDB Cloud as fake_io makes it up. */
#include "base/secret.h"
#include "fake_io.h"
#include "fake_later.h"
#include "io/tidb.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tidb_new(const struct tidb_init *init, struct tidb **ret_tidb)
{
	(void)init;
	*ret_tidb = malloc(1);
	return 0;
}

int tidb_reload(struct tidb *t, struct why *reterr_why)
{
	(void)t;
	(void)reterr_why;
	return 0;
}

void tidb_close(struct tidb *t)
{
	free(t);
}

void tidb_credentials(const struct tidb *t, struct credential_state *ret_state)
{
	(void)t;
	*ret_state = fake.credentials;
}

int64_t tidb_routine_wait_ms(const struct tidb *t)
{
	(void)t;
	return fake.routine_wait_ms;
}

struct tidb_apis tidb_apis(const struct tidb *t)
{
	(void)t;
	return (struct tidb_apis){.chosen = CLUSTER_API_DEDICATED};
}

void tidb_lane(struct tidb *t, struct lane_state *ret_state)
{
	(void)t;
	*ret_state = fake.lane;
}

static void answer_cmek(struct later *l)
{
	const struct tidb_texts texts = {.message = ""};

	l->done.cmek(l->arg, FAULT_NONE, true, fake.cmek, fake.cmek_count, &texts);
}

int tidb_read_cmek(struct tidb *t, const struct project_id *project, enum lane_priority priority,
	tidb_cmek_fn *done, void *arg)
{
	(void)t;
	(void)project;
	(void)priority;
	later_new(answer_cmek, arg)->done.cmek = done;
	return 0;
}

static void answer_clusters(struct later *l)
{
	const struct tidb_texts texts = {.message = ""};

	l->done.clusters(l->arg, fake.list_fault, fake.clusters,
		fake.list_fault == FAULT_NONE ? fake.cluster_count : 0, &texts);
}

void tidb_hasten(struct tidb *t, const struct project_id *project, enum lane_priority listing,
	enum lane_priority reading)
{
	(void)t, (void)project, (void)listing, (void)reading;
}

int tidb_list_clusters(struct tidb *t, const struct project_id *project, enum lane_priority priority,
	tidb_clusters_fn *done, void *arg)
{
	(void)t;
	(void)project;
	(void)priority;
	later_new(answer_clusters, arg)->done.clusters = done;
	return 0;
}

static struct cluster_seen *find(const struct cluster_id *id)
{
	for (size_t i = 0; i < fake.cluster_count; i++)
		if (strcmp(fake.clusters[i].id.text, id->text) == 0)
			return &fake.clusters[i];
	return NULL;
}

static void answer_cluster(struct later *l)
{
	struct cluster_seen gone = {.id = l->cluster}, *seen = find(&l->cluster);

	l->done.cluster(l->arg, !seen ? FAULT_NOT_FOUND : fake.read_fault, seen ? seen : &gone, NULL);
}

int tidb_read_cluster(struct tidb *t, const struct project_id *project, const struct cluster_id *cluster,
	enum lane_priority priority, tidb_cluster_fn *done, void *arg)
{
	struct later *l = later_new(answer_cluster, arg);

	(void)t;
	(void)project;
	(void)priority;
	l->done.cluster = done;
	l->cluster = *cluster;
	return 0;
}

static void answer_jobs(struct later *l)
{
	struct tidb_texts texts = {.message = ""};

	if (fake.jobs_fault != FAULT_NONE)
		memcpy(texts.message, "no such list", sizeof "no such list");

	l->done.jobs(l->arg, fake.jobs_fault, &fake.jobs[l->job], &texts);
}

int tidb_read_jobs(struct tidb *t, const struct project_id *project, const struct cluster_id *cluster,
	enum job job, enum lane_priority priority, tidb_jobs_fn *done, void *arg)
{
	struct later *l = later_new(answer_jobs, arg);

	(void)t;
	(void)project;
	(void)cluster;
	(void)priority;
	fake.jobs_read++;
	l->done.jobs = done;
	l->job = job;
	return 0;
}

static void answer_act(struct later *l)
{
	const struct tidb_texts texts = {.message = "a backup is running", .request = "trace-1"};
	struct cluster_seen *seen = find(&l->cluster);

	if (l->wanted && !l->wanted(l->arg)) {
		l->done.act(l->arg, ACT_RESULT_NOT_SENT, &texts);
		return;
	}
	fake.pauses += l->pause;
	fake.resumes += !l->pause;
	if (fake.act == ACT_RESULT_ACCEPTED && seen) {
		seen->state = l->pause ? CLUSTER_STATE_PAUSED : CLUSTER_STATE_RUNNING;
		seen->resume_at.ms = l->pause ? fake.now.wall.ms + 7 * 86400000LL : 0;
	}
	l->done.act(l->arg, fake.act, &texts);
}

static int act(const struct tidb_act *of, tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg, bool pause)
{
	struct later *l = later_new(answer_act, arg);

	fake.unread_acts += !of->project.text[0] || of->read_at.ms == BOOTTIME_NEVER.ms;
	l->done.act = done;
	l->cluster = of->cluster;
	l->pause = pause;
	l->act = true;
	l->wanted = wanted;
	return 0;
}

int tidb_pause(struct tidb *t, const struct tidb_act *of, enum lane_priority priority, tidb_wanted_fn *wanted,
	tidb_act_fn *done, void *arg)
{
	(void)t;
	(void)priority;
	return act(of, wanted, done, arg, true);
}

int tidb_resume(struct tidb *t, const struct tidb_act *of, enum lane_priority priority,
	tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg)
{
	(void)t;
	(void)priority;
	return act(of, wanted, done, arg, false);
}

static void answer_made_cmek(struct later *l)
{
	struct tidb_texts texts = {.message = ""};
	bool wanted = !l->wanted || l->wanted(l->arg);

	fake.errands += wanted;
	if (wanted && fake.act == ACT_RESULT_ACCEPTED)
		fake.cmek[fake.cmek_count++] = fake.cmek_made;
	l->done.act(l->arg, wanted ? fake.act : ACT_RESULT_NOT_SENT, &texts);
}

int tidb_make_cmek(struct tidb *t, const struct project_id *project, const struct cmek_setting *setting,
	enum lane_priority priority, tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg)
{
	struct later *l = later_new(answer_made_cmek, arg);

	(void)t;
	(void)project;
	(void)priority;
	fake.cmek_made = *setting;
	l->done.act = done;
	l->wanted = wanted;
	return 0;
}

static void answer_made_cluster(struct later *l)
{
	struct tidb_texts texts = {.message = ""};
	bool wanted = !l->wanted || l->wanted(l->arg);

	fake.errands += wanted;
	l->done.made(l->arg, wanted ? fake.act : ACT_RESULT_NOT_SENT, "77", &texts);
}

int tidb_make_cluster(struct tidb *t, const struct project_id *project, struct secret *body,
	enum lane_priority priority, tidb_wanted_fn *wanted, tidb_made_fn *done, void *arg)
{
	struct later *l = later_new(answer_made_cluster, arg);

	(void)t;
	(void)project;
	(void)priority;
	secret_fini(body);
	l->done.made = done;
	l->wanted = wanted;
	return 0;
}
