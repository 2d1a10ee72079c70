/* SPDX-License-Identifier: Apache-2.0 */
/* tidb_project: projects and their CMEK settings, which only v1beta has. One list of projects serves all. */
#include "io/clock.h"
#include "io/tidb_op.h"
#include <errno.h>

void tidb_project_send(struct tidb_op *op)
{
	if (op->step == TIDB_STEP_PROJECTS)
		tidb_v1beta_projects_target(&op->projects, op->target);
	else
		tidb_v1beta_cmek_target(&op->project, op->target);
	tidb_op_send(op, HTTP_GET, NULL);
}

/* Whether the kept list can say what is wanted to know of the project: yes and no are kept for an hour,
 * "there is no such project" only for a minute. */
static bool tidb_project_knows(const struct tidb *t, const struct project_id *project)
{
	int64_t age_ms = clock_now().boot.ms - t->projects_at.ms;

	if (t->projects_at.ms == BOOTTIME_NEVER.ms || age_ms >= TIDB_PROJECTS_KEEP_MS)
		return false;
	return age_ms < TIDB_PROJECTS_NEW_MS || tidb_v1beta_find(&t->projects, project);
}

/* From the kept list to the project's settings, or to the end. */
static void tidb_project_judge(struct tidb_op *op)
{
	const struct tidb_v1beta_project *p = tidb_v1beta_find(&op->owner->projects, &op->project);
	struct trouble trouble = {.fault = FAULT_NONE};

	if (p && p->cmek_enabled) {
		op->step = TIDB_STEP_CMEK;
		tidb_project_send(op);
		return;
	}
	if (p) {
		tidb_op_end(op, &trouble, &(struct tidb_found){.cmek = NULL}, NULL);
		return;
	}
	trouble_set(&trouble, FAULT_NOT_FOUND,
		"the API key sees no project %s: check Id=, and the key's organisation and role",
		op->project.text);
	tidb_op_fail(op, &trouble, NULL);
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
		} else if (tidb_project_knows(t, &op->project)) {
			tidb_project_judge(op);
		} else if (t->lister) {
			TAILQ_INSERT_TAIL(&t->parked, op, parked);
		} else {
			t->lister = op;
			tidb_project_send(op);
		}
	}
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
		tidb_project_send(op);
		return;
	}
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
	tidb_v1beta_projects_fini(&t->projects);
	t->projects = op->projects; /* moved */
	op->projects = TIDB_V1BETA_PROJECTS_INIT;
	t->projects_at = clock_now().boot;
	tidb_wake(t);
	tidb_project_judge(op);
}

void tidb_project_on_reply(
	struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply)
{
	struct tidb_v1beta_cmek cmek;
	struct trouble trouble;

	if (op->step == TIDB_STEP_PROJECTS) { /* others wait for it, whatever it is */
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
	TAILQ_INSERT_TAIL(&t->parked, op, parked);
	tidb_wake(t);
	return 0;
}
