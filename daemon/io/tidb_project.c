/* SPDX-License-Identifier: Apache-2.0 */
/* tidb_project: projects and their CMEK settings, which only v1beta has. One list of projects serves all. It also tells whether
 * what the clusters' API does not show is not there: a key of another organisation might be told as much. */
#include "io/clock.h"
#include "io/tidb_op.h"
#include <errno.h>
#include <stdlib.h>

bool tidb_project_awaits(enum tidb_step step)
{
	return step == TIDB_STEP_PROJECTS || step == TIDB_STEP_GONE || step == TIDB_STEP_EMPTY;
}

/* Whether the kept list can say what is wanted to know of the project: yes and no are kept for an hour, "there is no such project"
 * and that one is empty only for a minute; a cluster is gone by what was asked for after it was not found. */
static bool tidb_project_knows(const struct tidb *t, const struct tidb_op *op)
{
	int64_t age_ms = clock_now().boot.ms - t->list_at.ms;

	if (t->list_at.ms == BOOTTIME_NEVER.ms || age_ms >= TIDB_PROJECTS_KEEP_MS)
		return false;
	if (op->step == TIDB_STEP_GONE)
		return !t->lister && t->list_asked.ms >= op->awaits.ms;
	return age_ms < TIDB_PROJECTS_NEW_MS ||
	       (op->step == TIDB_STEP_PROJECTS && tidb_v1beta_find(&t->list->projects, &op->project));
}

/* What was not found is not there, for its project is. */
static void tidb_project_confirm(struct tidb_op *op)
{
	struct trouble trouble = {.fault = FAULT_NONE};

	if (op->step == TIDB_STEP_GONE)
		trouble_set(&trouble, FAULT_NOT_FOUND, "the API key sees its project");
	tidb_op_end(op, &trouble, &(struct tidb_found){.seen = NULL}, NULL);
}

/* From the kept list to the project's settings, or to the end. */
static void tidb_project_judge(struct tidb_op *op)
{
	const struct tidb_v1beta_project *p = tidb_v1beta_find(&op->owner->list->projects, &op->project);
	struct trouble trouble = {.fault = FAULT_NONE};

	if (p && op->step != TIDB_STEP_PROJECTS) {
		tidb_project_confirm(op);
		return;
	}
	if (p && p->cmek_enabled) {
		op->step = TIDB_STEP_CMEK;
		tidb_op_send(op, HTTP_GET, NULL);
		return;
	}
	if (p) {
		tidb_op_end(op, &trouble, &(struct tidb_found){.cmek = NULL}, NULL);
		return;
	}
	trouble_set(&trouble, op->step == TIDB_STEP_PROJECTS ? FAULT_NOT_FOUND : FAULT_DENIED,
		"the API key sees no project %s: check Id=, and the key's organisation and role",
		op->project.text);
	tidb_op_fail(op, &trouble, NULL);
}

void tidb_project_await(struct tidb_op *op, enum tidb_step step)
{
	op->step = step;
	op->api = CLUSTER_API_V1BETA;
	op->awaits = clock_now().boot;
	TAILQ_INSERT_TAIL(&op->owner->parked, op, parked);
	tidb_wake(op->owner);
}

void tidb_project_wake(struct tidb *t)
{
	struct tidb_ops now;
	struct tidb_op *op;

	TAILQ_INIT(&now);
	TAILQ_CONCAT(&now, &t->parked, parked);
	while ((op = TAILQ_FIRST(&now))) {
		struct trouble trouble;

		TAILQ_REMOVE(&now, op, parked);
		if (t->closing) {
			trouble_set(&trouble, FAULT_CANCELLED, "cancelled");
			tidb_op_fail(op, &trouble, NULL);
		} else if (tidb_project_knows(t, op)) {
			tidb_project_judge(op);
		} else if (t->lister) {
			TAILQ_INSERT_TAIL(&t->parked, op, parked);
		} else {
			t->lister = op;
			t->list_asked = clock_now().boot;
			tidb_op_send(op, HTTP_GET, NULL);
		}
	}
}

void tidb_project_forget(struct tidb *t)
{
	if (t->list && --t->list->users == 0) {
		tidb_v1beta_projects_fini(&t->list->projects);
		free(t->list);
	}
	t->list = NULL;
	t->list_at = BOOTTIME_NEVER;
}

/* Takes what `projects` holds, or lets it go for a list that says the same. False: no memory. */
static bool tidb_project_keep(struct tidb *t, struct tidb_v1beta_projects *projects)
{
	struct tidb_list *kept = NULL;
	struct tidb *peer = t;

	do {
		if (peer->list && tidb_v1beta_same_projects(&peer->list->projects, projects))
			kept = peer->list;
		peer = peer->next_peer;
	} while (!kept && peer != t);
	if (kept) {
		tidb_v1beta_projects_fini(projects);
	} else {
		kept = malloc(sizeof(*kept));
		if (!kept)
			return false;
		*kept = (struct tidb_list){.projects = *projects};
		*projects = TIDB_V1BETA_PROJECTS_INIT;
	}
	kept->users++;
	tidb_project_forget(t);
	t->list = kept;
	t->list_at = clock_now().boot;
	return true;
}

static void tidb_project_on_list(
	struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply)
{
	struct tidb *t = op->owner;
	struct tidb_op *other;
	struct trouble trouble;

	if (reply->fault != FAULT_NONE)
		trouble_set(&trouble, reply->fault, "%s", reply->why);
	else if (tidb_v1beta_read_projects(answer, &op->projects, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	if (trouble.fault == FAULT_NONE && op->projects.pager.more) {
		tidb_op_send(op, HTTP_GET, NULL);
		return;
	}
	if (trouble.fault == FAULT_NONE && !tidb_project_keep(t, &op->projects))
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	t->lister = NULL;
	if (trouble.fault != FAULT_NONE) {
		/* Nobody who waits would fare better: they are told now, and ask again when it suits them. */
		struct tidb_ops now;

		TAILQ_INIT(&now);
		TAILQ_CONCAT(&now, &t->parked, parked);
		tidb_op_fail(op, &trouble, reply);
		while ((other = TAILQ_FIRST(&now))) {
			TAILQ_REMOVE(&now, other, parked);
			tidb_op_fail(other, &trouble, reply);
		}
		return;
	}
	tidb_wake(t);
	tidb_project_judge(op);
}

void tidb_project_on_reply(
	struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply)
{
	struct tidb_v1beta_cmek cmek;
	struct trouble trouble;

	if (tidb_project_awaits(op->step)) { /* others wait for it, whatever it is */
		tidb_project_on_list(op, answer, reply);
		return;
	}
	if (reply->fault != FAULT_NONE)
		trouble_set(&trouble, reply->fault, "%s", reply->why);
	else if (tidb_v1beta_read_cmek(answer, &cmek, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	if (trouble.fault == FAULT_NONE)
		tidb_op_end(op, &trouble, &(struct tidb_found){.cmek = &cmek}, reply);
	else
		tidb_op_fail(op, &trouble, reply);
}

int tidb_read_cmek(struct tidb *t, const struct project_id *project, enum lane_priority priority,
	tidb_cmek_fn *done, void *arg)
{
	struct tidb_op *op = tidb_op_new(t, TIDB_STEP_PROJECTS, priority, arg);

	if (!op)
		return err_origin(-ENOMEM);
	op->project = *project;
	op->done.cmek = done;
	tidb_project_await(op, TIDB_STEP_PROJECTS);
	return 0;
}
