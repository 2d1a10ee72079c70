/* SPDX-License-Identifier: Apache-2.0 */
/* tidb_cluster: clusters by either API of TiDB Cloud: lists, readings by id, pauses and resumes. Which API is
 * io/tidb_route's to say. */
#include "io/clock.h"
#include "io/journal.h"
#include "io/tidb_op.h"
#include "wire/tidb_dedicated.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* ---- requests ---- */

static void tidb_cluster_send(struct tidb_op *op)
{
	bool reads = op->step == TIDB_STEP_CLUSTERS || op->step == TIDB_STEP_CLUSTER;

	if (reads)
		tidb_op_send(op, HTTP_GET, NULL);
	else if (op->api == CLUSTER_API_DEDICATED)
		tidb_op_send(op, HTTP_POST, NULL);
	else
		tidb_op_send(op, HTTP_PATCH,
			op->step == TIDB_STEP_PAUSE ? TIDB_V1BETA_PAUSE_BODY : TIDB_V1BETA_RESUME_BODY);
}

/* ---- reads ---- */

/* Both generations, one model. Fails: -ENOMEM. */
static int tidb_cluster_take_read(struct tidb_op *op, const struct http_answer *answer,
	struct cluster_seen *ret_seen, struct trouble *ret_trouble)
{
	bool dedicated = op->api == CLUSTER_API_DEDICATED;

	if (op->step == TIDB_STEP_CLUSTERS)
		return (dedicated ? tidb_dedicated_read_clusters : tidb_v1beta_read_clusters)(
			answer, &op->project, &op->clusters, ret_trouble);
	return (dedicated ? tidb_dedicated_read_cluster : tidb_v1beta_read_cluster)(
		answer, &op->project, &op->cluster, ret_seen, ret_trouble);
}

static void tidb_cluster_tell_reads(const struct tidb_op *op)
{
	const struct tidb_route *r = &op->owner->route;
	char text[2 * WHY_BYTES];
	bool back = r->reads == r->chosen;
	const struct journal_fields fields = {
		.request_id = op->before ? op->before->request : "", .detail = text};

	if (back)
		(void)snprintf(text, sizeof(text), "clusters are read by the %s API again",
			cluster_api_name(r->reads));
	else
		(void)snprintf(text, sizeof(text),
			"clusters are read by the %s API, as the one of ClusterApi= fails (%s). It is tried "
			"again in %d min, and after a reload",
			cluster_api_name(r->reads), op->before ? op->before->text : "",
			TIDB_ROUTE_RETRY_MS / 60000);
	journal_notice(
		back ? NOTICE_API_BACK : NOTICE_API_CHANGED, &fields, "API key %s", op->owner->link.key.id);
}

/* What this one said, before another is asked. False: no memory. */
static bool tidb_cluster_note(
	struct tidb_op *op, const struct trouble *trouble, const struct http_reply *reply)
{
	char text[WHY_BYTES];

	tidb_op_say(op, trouble, reply, text, sizeof(text));
	if (op->before) {
		tidb_op_then(op->before->text, text);
	} else {
		op->before = calloc(1, sizeof(*op->before));
		if (!op->before)
			return false;
		memcpy(op->before->text, text, sizeof(text));
	}
	op->before->fault = trouble->fault;
	(void)snprintf(op->before->request, sizeof(op->before->request), "%s", reply->head.trace_id);
	return true;
}

/* The same read from its start, by the other API: pages of two APIs make no list. False: no memory for what this one said. */
static bool tidb_cluster_repeat(
	struct tidb_op *op, const struct trouble *trouble, const struct http_reply *reply)
{
	if (!tidb_cluster_note(op, trouble, reply))
		return false;
	tidb_api_clusters_fini(&op->clusters);
	op->api = tidb_route_other(op->api);
	tidb_cluster_send(op);
	return true;
}

/* Neither API helped: the fault is what the chosen one said, the words are both's. */
static void tidb_cluster_fail_read(
	struct tidb_op *op, const struct trouble *trouble, const struct http_reply *reply)
{
	struct trouble both = *trouble;

	if (op->before && op->api != op->owner->route.chosen)
		both.fault = op->before->fault;
	if (op->step != TIDB_STEP_CLUSTER || both.fault != FAULT_NOT_FOUND) {
		tidb_op_fail(op, &both, reply);
	} else if (tidb_cluster_note(op, trouble, reply)) {
		tidb_project_await(op, TIDB_STEP_GONE);
	} else {
		trouble_set(&both, FAULT_MALFORMED, "no memory for the answer");
		tidb_op_fail(op, &both, reply);
	}
}

/* An empty list is one of a project that the key sees. */
static void tidb_cluster_found_none(struct tidb_op *op)
{
	tidb_api_clusters_fini(&op->clusters);
	op->projects = TIDB_V1BETA_PROJECTS_INIT;
	tidb_project_await(op, TIDB_STEP_EMPTY);
}

static void tidb_cluster_on_read(
	struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply)
{
	struct tidb_route_ended ended = {
		.api = op->api, .list = op->step == TIDB_STEP_CLUSTERS, .repeated = op->before != NULL};
	struct cluster_seen seen;
	struct trouble trouble;
	bool lacks = false, moved, repeat;

	if (reply->fault != FAULT_NONE) {
		trouble_set(&trouble, reply->fault, "%s", reply->why);
	} else {
		lacks = tidb_api_lacks_endpoint(
			answer, ended.list ? TIDB_API_WISH_LIST : TIDB_API_WISH_CLUSTER);
		if (tidb_cluster_take_read(op, answer, &seen, &trouble) < 0)
			trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	}
	if (trouble.fault == FAULT_NONE && ended.list && op->clusters.pager.more) {
		tidb_cluster_send(op);
		return;
	}
	ended.word = tidb_route_word(trouble.fault, lacks);
	repeat = tidb_route_read_ended(&op->owner->route, &ended, clock_now().boot, &moved);
	if (moved)
		tidb_cluster_tell_reads(op);
	if (repeat && tidb_cluster_repeat(op, &trouble, reply))
		return;
	if (trouble.fault == FAULT_NONE && ended.list && op->clusters.count == 0)
		tidb_cluster_found_none(op);
	else if (trouble.fault == FAULT_NONE)
		tidb_op_end(op, &trouble, &(struct tidb_found){.seen = ended.list ? NULL : &seen}, reply);
	else
		tidb_cluster_fail_read(op, &trouble, reply);
}

static void tidb_cluster_read(struct tidb_op *op)
{
	op->api = tidb_route_read(&op->owner->route, op->step == TIDB_STEP_CLUSTERS, clock_now().boot);
	tidb_cluster_send(op);
}

int tidb_list_clusters(struct tidb *t, const struct project_id *project, enum lane_priority priority,
	tidb_clusters_fn *done, void *arg)
{
	struct tidb_op *op = tidb_op_new(t, TIDB_STEP_CLUSTERS, priority, arg);

	if (!op)
		return err_origin(-ENOMEM);
	op->project = *project;
	op->done.clusters = done;
	tidb_cluster_read(op);
	return 0;
}

int tidb_read_cluster(struct tidb *t, const struct project_id *project, const struct cluster_id *cluster,
	enum lane_priority priority, tidb_cluster_fn *done, void *arg)
{
	struct tidb_op *op = tidb_op_new(t, TIDB_STEP_CLUSTER, priority, arg);

	if (!op)
		return err_origin(-ENOMEM);
	op->project = *project;
	op->cluster = *cluster;
	op->done.cluster = done;
	tidb_cluster_read(op);
	return 0;
}

/* ---- acts ---- */

/* It was surely not carried out: a refusal, upon which the state is read again before the next try. */
static void tidb_cluster_act_lacks(
	struct tidb_op *op, const struct trouble *said, const struct http_reply *reply)
{
	struct tidb *t = op->owner;
	bool moved = tidb_route_act_lacks(&t->route, op->api, clock_now().boot);
	struct trouble trouble;
	char text[WHY_BYTES], detail[2 * WHY_BYTES];

	tidb_op_say(op, said, reply, text, sizeof(text));
	if (moved) {
		(void)snprintf(detail, sizeof(detail),
			"the %s API has no such endpoint (%s). Pauses and resumes go by the %s API from now "
			"on, each once its cluster was read again",
			cluster_api_name(op->api), text, cluster_api_name(t->route.acts));
		journal_notice(NOTICE_API_CHANGED,
			&(struct journal_fields){.cluster = op->cluster.text,
				.request_id = reply->head.trace_id,
				.detail = detail},
			"API key %s", t->link.key.id);
	}
	trouble_set(&trouble, FAULT_REFUSED,
		"nothing was done: the %s API has no such endpoint; the next try, after the cluster was read "
		"again, goes by the %s API",
		cluster_api_name(op->api), cluster_api_name(t->route.acts));
	trouble.status = said->status;
	tidb_op_end(op, &trouble, &(struct tidb_found){.result = ACT_RESULT_REFUSED}, reply);
}

static void tidb_cluster_on_act(
	struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply)
{
	struct tidb_found found = {.result = ACT_RESULT_LOST};
	struct trouble trouble;
	int r;

	if (reply->fault != FAULT_NONE) {
		trouble_set(&trouble, reply->fault, "%s", reply->why);
		tidb_op_fail(op, &trouble, reply);
		return;
	}
	r = op->api == CLUSTER_API_DEDICATED
		    ? tidb_dedicated_read_act(answer, &op->cluster, &found.result, &trouble)
		    : tidb_v1beta_read_act(answer, &found.result, &trouble);
	if (r < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	if (r == 0 && tidb_api_lacks_endpoint(answer, TIDB_API_WISH_ACT))
		tidb_cluster_act_lacks(op, &trouble, reply);
	else
		tidb_op_end(op, &trouble, &found, reply);
}

void tidb_cluster_wake(struct tidb *t)
{
	struct tidb_ops now;
	struct tidb_op *op;

	TAILQ_INIT(&now);
	TAILQ_CONCAT(&now, &t->unsent, parked);
	while ((op = TAILQ_FIRST(&now))) {
		struct trouble trouble;

		TAILQ_REMOVE(&now, op, parked);
		trouble_set(&trouble, FAULT_CANCELLED,
			"not sent: acts have moved to the %s API, and the cluster was not read since",
			cluster_api_name(t->route.acts));
		tidb_op_end(op, &trouble, &(struct tidb_found){.result = ACT_RESULT_NOT_SENT}, NULL);
	}
}

static bool tidb_cluster_wanted(void *arg)
{
	const struct tidb_op *op = arg;

	return op->wanted(op->arg);
}

static int tidb_cluster_act(struct tidb *t, enum tidb_step step, const struct tidb_act *act,
	enum lane_priority priority, tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg)
{
	struct tidb_op *op = tidb_op_new(t, step, priority, arg);

	if (!op)
		return err_origin(-ENOMEM);
	op->project = act->project;
	op->cluster = act->cluster;
	op->done.act = done;
	op->wanted = wanted;
	op->send.wanted = wanted ? tidb_cluster_wanted : NULL;
	if (tidb_route_act(&t->route, act->read_at, &op->api)) {
		tidb_cluster_send(op);
		return 0;
	}
	TAILQ_INSERT_TAIL(&t->unsent, op, parked);
	tidb_wake(t);
	return 0;
}

int tidb_pause(struct tidb *t, const struct tidb_act *act, enum lane_priority priority,
	tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg)
{
	return tidb_cluster_act(t, TIDB_STEP_PAUSE, act, priority, wanted, done, arg);
}

int tidb_resume(struct tidb *t, const struct tidb_act *act, enum lane_priority priority,
	tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg)
{
	return tidb_cluster_act(t, TIDB_STEP_RESUME, act, priority, wanted, done, arg);
}

void tidb_cluster_on_reply(
	struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply)
{
	if (op->step == TIDB_STEP_PAUSE || op->step == TIDB_STEP_RESUME)
		tidb_cluster_on_act(op, answer, reply);
	else
		tidb_cluster_on_read(op, answer, reply);
}
