/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tidb_jobs.h"
#include "base/own.h"
#include "wire/json_answer.h"
#include "wire/tidb_page.h"
#include <stdio.h>
#include <string.h>

static const struct jobs_state {
	enum job job;
	const char *state;
	bool blocks;
} states[] = {
#define X(e, state_, blocks_) {JOB_##e, state_, blocks_},
	TIDB_JOBS_STATE_TABLE(X)
#undef X
};

/* Where each kind stands in an answer. `cluster`: the member that names its cluster; NULL: it is not told. */
static const struct jobs_members {
	const char *items, *total, *token, *name, *state, *cluster;
} members[JOB_COUNT] = {
	[JOB_IMPORT] = {"imports", "totalSize", "nextPageToken", "importId", "state", "clusterId"},
	[JOB_BACKUP] = {"items", "total", NULL, "name", "status", NULL},
	[JOB_CHANGEFEED] = {"changefeeds", "totalSize", "nextPageToken", "name", "state", "clusterId"},
};

void tidb_jobs_target(const struct tidb_jobs *j, const struct project_id *project,
	const struct cluster_id *cluster, char ret_target[TIDB_API_TARGET_BYTES])
{
	char token[TIDB_PAGE_ENCODED_BYTES];

	tidb_page_encode(j->pager.token, token);
	switch (j->job) {
	case JOB_IMPORT:
		(void)snprintf(ret_target, TIDB_API_TARGET_BYTES,
			"/v1beta1/clusters/%s/imports?pageSize=%d%s%s", cluster->text, TIDB_API_PER_PAGE,
			token[0] != '\0' ? "&pageToken=" : "", token);
		return;
	case JOB_BACKUP:
		(void)snprintf(ret_target, TIDB_API_TARGET_BYTES,
			"/api/v1beta/projects/%s/clusters/%s/backups?page=%u&page_size=%d", project->text,
			cluster->text, j->pager.pages + 1, TIDB_API_PER_PAGE);
		return;
	case JOB_CHANGEFEED:
		(void)snprintf(ret_target, TIDB_API_TARGET_BYTES,
			"/v1beta1/changefeeds?clusterId=%s&pageSize=%d%s%s", cluster->text, TIDB_API_PER_PAGE,
			token[0] != '\0' ? "&pageToken=" : "", token);
		return;
	case JOB_COUNT:
		break;
	}
	ret_target[0] = '\0';
}

static const struct jobs_state *find_state(enum job job, const char *state)
{
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (states[i].job == job && strcmp(states[i].state, state) == 0)
			return &states[i];
	return NULL;
}

/* A list that was filtered by nobody would tell of other clusters. Refuses: false, `t` says why. */
static bool is_of(const struct json_tree *tree, uint32_t node, const struct jobs_members *m,
	const struct cluster_id *cluster, struct trouble *t)
{
	struct cluster_id id;

	if (!m->cluster || json_answer_member(tree, node, m->cluster) == JSON_NONE)
		return true;
	if (!tidb_page_cluster_id(tree, node, m->cluster, &id, t))
		return false;
	if (cluster_id_equal(&id, cluster))
		return true;
	trouble_set(t, FAULT_MALFORMED, "the answer's %s are of cluster %s; expected %s", m->items, id.text,
		cluster->text);
	return false;
}

/* Refuses: false, `t` says why. */
static bool add_job(const struct json_tree *tree, uint32_t node, const struct cluster_id *cluster,
	struct tidb_jobs *j, struct trouble *t)
{
	const struct jobs_members *m = &members[j->job];
	char name[JOB_NAME_BYTES], state[JOB_STATE_BYTES];
	const struct jobs_state *known;

	if (!json_is(tree, node, JSON_OBJECT)) {
		trouble_set(t, FAULT_MALFORMED, "the answer's %s are wrong; expected objects", m->items);
		return false;
	}
	if (!is_of(tree, node, m, cluster, t) ||
		!json_answer_show(tree, node, m->name, name, sizeof name, t) ||
		!json_answer_show(tree, node, m->state, state, sizeof state, t))
		return false;
	known = find_state(j->job, state);
	if (known && !known->blocks)
		return true;
	/* The first that blocks is the one to be told of. */
	if (j->seen.blocking == 0 && (known || j->seen.unclear == 0)) {
		memcpy(j->seen.name, name, sizeof name);
		memcpy(j->seen.state, state, sizeof state);
	}
	if (known)
		j->seen.blocking++;
	else
		j->seen.unclear++;
	return true;
}

int tidb_jobs_read(const struct http_answer *a, const struct cluster_id *cluster, struct tidb_jobs *j,
	struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	const struct jobs_members *m = &members[j->job];
	struct trouble t = {.fault = FAULT_NONE};
	int r = tidb_page_scan(a, &tree, ret_trouble);

	if (r != 0)
		return r < 0 ? r : 0;
	uint32_t items = json_answer_member(&tree, JSON_ROOT, m->items);
	if (items == JSON_NONE || json_is(&tree, items, JSON_ARRAY)) {
		json_for_each (&tree, items, node) {
			if (!add_job(&tree, node, cluster, j, &t))
				break;
		}
		if (t.fault == FAULT_NONE &&
			tidb_page_turn(&tree, items, m->total, m->token, &j->pager, &t) && j->pager.more &&
			j->pager.pages >= TIDB_JOBS_PAGES_MAX)
			trouble_set(&t, FAULT_MALFORMED, "the list of %s is too long: more than %u pages",
				m->items, TIDB_JOBS_PAGES_MAX);
	} else {
		trouble_set(&t, FAULT_MALFORMED, "the answer's %s are wrong; expected an array", m->items);
	}
	t.status = a->status;
	*ret_trouble = t;
	return 0;
}
