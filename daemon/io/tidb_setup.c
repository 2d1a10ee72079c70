/* SPDX-License-Identifier: Apache-2.0 */
/* tidb_setup: what setting up makes: a project, a CMEK setting, a cluster. One request each, never repeated by itself: no
 * request has an idempotency key. A list of projects is read anew each time, for who asks wants to know what is there now. */
#include "base/buf.h"
#include "base/own.h"
#include "io/tidb_op.h"
#include "wire/tidb_create.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BODY_MAX_BYTES 1024 /* of a project or a CMEK setting */

static bool is_wanted(void *arg)
{
	const struct tidb_op *op = arg;

	return op->wanted(op->arg);
}

/* ---- the list of projects ---- */

static void on_names(struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply)
{
	const struct tidb_found nothing = {.cmek = NULL};
	struct trouble trouble;

	if (reply->fault != FAULT_NONE)
		trouble_set(&trouble, reply->fault, "%s", reply->why);
	else if (tidb_v1beta_read_projects(answer, &op->projects, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	if (trouble.fault == FAULT_NONE && op->projects.pager.more)
		tidb_op_send(op, HTTP_GET, NULL);
	else
		tidb_op_end(op, &trouble, &nothing, reply);
}

int tidb_list_projects(struct tidb *t, enum lane_priority priority, tidb_projects_fn *done, void *arg)
{
	struct tidb_op *op = tidb_op_new(t, TIDB_STEP_NAMES, priority, arg);

	if (!op)
		return err_origin(-ENOMEM);
	op->done.projects = done;
	op->projects.with_names = true;
	tidb_op_send(op, HTTP_GET, NULL);
	return 0;
}

/* ---- what is made ---- */

static int read_made(struct tidb_op *op, const struct http_answer *answer, struct tidb_found *found,
	struct trouble *ret_trouble)
{
	if (op->step == TIDB_STEP_MAKE_PROJECT)
		return tidb_create_read_project(answer, &op->project, &found->result, ret_trouble);
	if (op->step == TIDB_STEP_MAKE_CLUSTER)
		return tidb_create_read_cluster(
			answer, &op->project, &op->cluster, &found->result, ret_trouble);
	return tidb_v1beta_read_act(answer, &found->result, ret_trouble);
}

void tidb_setup_on_reply(struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply)
{
	struct tidb_found found = {.result = ACT_RESULT_LOST};
	struct trouble trouble;

	if (op->step == TIDB_STEP_NAMES) {
		on_names(op, answer, reply);
		return;
	}
	/* Whatever came: what was known of projects may have changed. */
	op->owner->list_at = BOOTTIME_NEVER;
	if (reply->fault != FAULT_NONE) {
		trouble_set(&trouble, reply->fault, "%s", reply->why);
		tidb_op_fail(op, &trouble, reply);
		return;
	}
	if (read_made(op, answer, &found, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	tidb_op_end(op, &trouble, &found, reply);
}

/* NULL: no memory. `body` is taken. */
static struct tidb_op *new_maker(struct tidb *t, enum tidb_step step, enum lane_priority priority,
	tidb_wanted_fn *wanted, struct secret *body, void *arg)
{
	struct tidb_op *op = body->bytes ? tidb_op_new(t, step, priority, arg) : NULL;

	if (!op) {
		secret_fini(body);
		return NULL;
	}
	op->body = *body;
	*body = SECRET_INIT;
	op->wanted = wanted;
	op->send.wanted = wanted ? is_wanted : NULL;
	return op;
}

static struct secret take_body(struct buf *b)
{
	size_t len = b->len;
	char *bytes = b->trouble ? NULL : buf_take(b);

	return (struct secret){.bytes = bytes, .len = bytes ? len : 0};
}

int tidb_make_project(
	struct tidb *t, const char *name, enum lane_priority priority, tidb_made_fn *done, void *arg)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(BODY_MAX_BYTES);
	struct secret body;
	struct tidb_op *op;

	tidb_create_project_body(name, &b);
	body = take_body(&b);
	op = new_maker(t, TIDB_STEP_MAKE_PROJECT, priority, NULL, &body, arg);
	if (!op)
		return err_origin(-ENOMEM);
	op->done.made = done;
	tidb_op_send(op, HTTP_POST, op->body.bytes);
	return 0;
}

int tidb_make_cmek(struct tidb *t, const struct project_id *project, const struct cmek_setting *setting,
	enum lane_priority priority, tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(BODY_MAX_BYTES);
	struct secret body;
	struct tidb_op *op;

	tidb_create_cmek_body(&setting->region, &setting->arn, &b);
	body = take_body(&b);
	op = new_maker(t, TIDB_STEP_MAKE_CMEK, priority, wanted, &body, arg);
	if (!op)
		return err_origin(-ENOMEM);
	op->project = *project;
	op->done.act = done;
	tidb_op_send(op, HTTP_POST, op->body.bytes);
	return 0;
}

int tidb_make_cluster(struct tidb *t, const struct project_id *project, struct secret *body,
	enum lane_priority priority, tidb_wanted_fn *wanted, tidb_made_fn *done, void *arg)
{
	struct tidb_op *op = new_maker(t, TIDB_STEP_MAKE_CLUSTER, priority, wanted, body, arg);

	if (!op)
		return err_origin(-ENOMEM);
	op->api = CLUSTER_API_DEDICATED;
	op->project = *project;
	op->done.made = done;
	tidb_op_send(op, HTTP_POST, op->body.bytes);
	return 0;
}
