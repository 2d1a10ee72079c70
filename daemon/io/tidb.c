/* SPDX-License-Identifier: Apache-2.0 */
#include "io/tidb.h"
#include "io/clock.h"
#include "io/tidb_link.h"
#include "wire/tidb_dedicated.h"
#include "wire/tidb_v1beta.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an operation wants next. X(ENUM, endpoint, method) */
#define TIDB_STEP_TABLE(X)                                                                                   \
	X(PROJECTS, v1beta_url, HTTP_GET)                                                                    \
	X(CMEK, v1beta_url, HTTP_GET)                                                                        \
	X(CLUSTERS, dedicated_url, HTTP_GET)                                                                 \
	X(CLUSTER, dedicated_url, HTTP_GET)                                                                  \
	X(PAUSE, dedicated_url, HTTP_POST)                                                                   \
	X(RESUME, dedicated_url, HTTP_POST)

enum tidb_step {
#define X(e, url, method) TIDB_STEP_##e,
	TIDB_STEP_TABLE(X)
#undef X
};

struct tidb_op {
	struct tidb *owner;
	TAILQ_ENTRY(tidb_op) parked; /* waits for another one's list of projects */
	struct tidb_send send;
	enum tidb_step step;
	enum lane_priority priority;
	struct project_id project;
	struct cluster_id cluster;
	struct tidb_api_clusters clusters;
	struct tidb_v1beta_projects projects;
	char target[TIDB_API_TARGET_BYTES];
	union {
		tidb_cmek_fn *cmek;
		tidb_clusters_fn *clusters;
		tidb_cluster_fn *cluster;
		tidb_act_fn *act;
	} done;
	tidb_wanted_fn *wanted; /* of acts; may be NULL */
	void *arg;
};
TAILQ_HEAD(tidb_ops, tidb_op);

struct tidb {
	struct tidb_link link;
	char *v1beta_url, *dedicated_url;
	struct tidb_v1beta_projects projects; /* the last whole list that the key sees */
	struct boottime projects_at;          /* BOOTTIME_NEVER: none */
	struct tidb_op *lister; /* reads the list of projects now; others with the same wish are parked */
	struct tidb_ops parked;
	uv_timer_t wake; /* looks at the parked ones */
	uint32_t open;   /* parts that libuv still holds */
	bool closing;
};

static struct moment tidb_now(void)
{
	struct moment now;

	clock_now(&now);
	return now;
}

/* ---- ends ---- */

static void tidb_op_free(struct tidb_op *op)
{
	tidb_api_clusters_fini(&op->clusters);
	tidb_v1beta_projects_fini(&op->projects);
	free(op);
}

/* "GET /v1beta1/clusters/1: 403 49900003: no permission", as support asks for it; a refusal, which is a normal answer, in
 * the service's words first. */
static void tidb_texts_set(struct tidb_texts *texts, const struct tidb_op *op, const struct trouble *trouble,
	const struct http_reply *reply)
{
	*texts = (struct tidb_texts){.message = ""};
	if (reply)
		(void)snprintf(texts->request, sizeof(texts->request), "%s", reply->head.trace_id);
	if (trouble->fault == FAULT_NONE)
		return;
	if (trouble->fault == FAULT_REFUSED && trouble->message[0]) /* people read it beside the cluster */
		(void)snprintf(texts->message, sizeof(texts->message), "%s (%ld%s%s)", trouble->message,
			trouble->status, trouble->code[0] ? ", code " : "", trouble->code);
	else if (trouble->status)
		(void)snprintf(texts->message, sizeof(texts->message), "%s %.90s: %ld %s%s%s",
			op->send.method == HTTP_POST ? "POST" : "GET", op->target, trouble->status,
			trouble->code, trouble->code[0] ? ": " : "", trouble->message);
	else
		(void)snprintf(texts->message, sizeof(texts->message), "%s %.90s: %s",
			op->send.method == HTTP_POST ? "POST" : "GET", op->target, trouble->message);
}

/* Gives the operation's answer and frees it; the values are there if `trouble` is none. */
static void tidb_op_end(struct tidb_op *op, const struct trouble *trouble, enum act_result result,
	const struct tidb_v1beta_cmek *cmek, const struct cluster_seen *seen, const struct http_reply *reply)
{
	struct cluster_seen unseen = {.id = op->cluster};
	struct tidb_texts texts;
	enum fault fault = trouble->fault;

	tidb_texts_set(&texts, op, trouble, reply);
	switch (op->step) {
	case TIDB_STEP_PROJECTS:
	case TIDB_STEP_CMEK:
		if (cmek && cmek->note[0])
			(void)snprintf(texts.message, sizeof(texts.message), "%s", cmek->note);
		op->done.cmek(op->arg, fault, fault == FAULT_NONE && cmek, cmek ? cmek->items : NULL,
			cmek ? cmek->count : 0, &texts);
		break;
	case TIDB_STEP_CLUSTERS:
		op->done.clusters(op->arg, fault, op->clusters.items,
			fault == FAULT_NONE ? op->clusters.count : 0, &texts);
		break;
	case TIDB_STEP_CLUSTER:
		op->done.cluster(op->arg, fault, seen ? seen : &unseen, &texts);
		break;
	case TIDB_STEP_PAUSE:
	case TIDB_STEP_RESUME:
		op->done.act(op->arg, result, &texts);
		break;
	}
	tidb_op_free(op);
}

static void tidb_op_fail(struct tidb_op *op, const struct trouble *trouble, const struct http_reply *reply)
{
	tidb_op_end(op, trouble, trouble_act_result(trouble->fault, reply && reply->sent), NULL, NULL, reply);
}

/* ---- steps ---- */

static void tidb_on_reply(void *arg, const struct http_reply *reply);
static void tidb_on_wake(uv_timer_t *timer);

static void tidb_op_send(struct tidb_op *op)
{
	struct tidb *t = op->owner;
	enum lane_priority priority = op->priority;
	const char *base = NULL;
	enum http_method method = HTTP_GET;

	switch (op->step) {
#define X(e, url, m)                                                                                         \
	case TIDB_STEP_##e:                                                                                  \
		base = t->url;                                                                               \
		method = m;                                                                                  \
		break;
		TIDB_STEP_TABLE(X)
#undef X
	}
	switch (op->step) {
	case TIDB_STEP_PROJECTS:
		tidb_v1beta_projects_target(&op->projects, op->target);
		break;
	case TIDB_STEP_CMEK:
		tidb_v1beta_cmek_target(&op->project, op->target);
		break;
	case TIDB_STEP_CLUSTERS:
		tidb_dedicated_clusters_target(&op->project, &op->clusters, op->target);
		break;
	case TIDB_STEP_CLUSTER:
		tidb_dedicated_cluster_target(&op->cluster, op->target);
		break;
	case TIDB_STEP_PAUSE:
		tidb_dedicated_act_target(TIDB_API_PAUSE, &op->cluster, op->target);
		break;
	case TIDB_STEP_RESUME:
		tidb_dedicated_act_target(TIDB_API_RESUME, &op->cluster, op->target);
		break;
	}
	/* One list of projects serves all that ask by this key: it does not stand in line behind what they ask next. */
	if (op->step == TIDB_STEP_PROJECTS && priority == LANE_ROUTINE)
		priority = LANE_INCIDENT;
	tidb_link_send(&t->link, &op->send, priority, method, base, op->target, tidb_on_reply, op);
}

/* Whether the kept list can say what is wanted to know of the project: yes and no are kept for an hour,
 * "there is no such project" only for a minute. */
static bool tidb_knows(const struct tidb *t, const struct project_id *project)
{
	int64_t age_ms = tidb_now().boot.ms - t->projects_at.ms;

	if (t->projects_at.ms == BOOTTIME_NEVER.ms || age_ms >= TIDB_PROJECTS_KEEP_MS)
		return false;
	return age_ms < TIDB_PROJECTS_NEW_MS || tidb_v1beta_find(&t->projects, project);
}

/* From the kept list to the project's settings, or to the end. */
static void tidb_op_judge_project(struct tidb_op *op)
{
	const struct tidb_v1beta_project *p = tidb_v1beta_find(&op->owner->projects, &op->project);
	struct trouble trouble = {.fault = FAULT_NONE};

	if (p && p->cmek_enabled) {
		op->step = TIDB_STEP_CMEK;
		tidb_op_send(op);
		return;
	}
	if (p) {
		tidb_op_end(op, &trouble, ACT_RESULT_ACCEPTED, NULL, NULL,
			NULL); /* told by the missing settings */
		return;
	}
	trouble_set(&trouble, FAULT_NOT_FOUND,
		"the API key sees no project %s: check Id=, and the key's organisation and role",
		op->project.text);
	tidb_op_fail(op, &trouble, NULL);
}

static void tidb_let_go(struct tidb *t)
{
	if (--t->open > 0)
		return;
	tidb_v1beta_projects_fini(&t->projects);
	free(t->v1beta_url);
	free(t->dedicated_url);
	free(t);
}

static void tidb_on_wake_closed(uv_handle_t *handle)
{
	tidb_let_go(handle->data);
}

static void tidb_on_link_closed(void *arg)
{
	tidb_let_go(arg);
}

static void tidb_wake(struct tidb *t)
{
	uv_update_time(t->wake.loop);
	(void)uv_timer_start(&t->wake, tidb_on_wake, 0, 0);
}

/* From the loop: those who wait to know their project. One reads the list, the others wait for it. */
static void tidb_on_wake(uv_timer_t *timer)
{
	struct tidb *t = timer->data;
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
		} else if (tidb_knows(t, &op->project)) {
			tidb_op_judge_project(op);
		} else if (t->lister) {
			TAILQ_INSERT_TAIL(&t->parked, op, parked);
		} else {
			t->lister = op;
			tidb_op_send(op);
		}
	}
	if (t->closing && !uv_is_closing((uv_handle_t *)timer))
		uv_close((uv_handle_t *)timer, tidb_on_wake_closed);
}

/* ---- answers ---- */

static void tidb_on_projects(
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
		tidb_op_send(op);
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
	t->projects_at = tidb_now().boot;
	tidb_wake(t);
	tidb_op_judge_project(op);
}

static void tidb_on_cmek(struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply)
{
	struct tidb_v1beta_cmek cmek;
	struct trouble trouble;

	if (tidb_v1beta_read_cmek(answer, &cmek, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	if (trouble.fault == FAULT_NONE)
		tidb_op_end(op, &trouble, ACT_RESULT_ACCEPTED, &cmek, NULL, reply);
	else
		tidb_op_fail(op, &trouble, reply);
}

static void tidb_on_clusters(
	struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply)
{
	struct trouble trouble;

	if (tidb_dedicated_read_clusters(answer, &op->project, &op->clusters, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	if (trouble.fault != FAULT_NONE)
		tidb_op_fail(op, &trouble, reply);
	else if (op->clusters.pager.more)
		tidb_op_send(op);
	else
		tidb_op_end(op, &trouble, ACT_RESULT_ACCEPTED, NULL, NULL, reply);
}

static void tidb_on_cluster(
	struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply)
{
	struct cluster_seen seen;
	struct trouble trouble;

	if (tidb_dedicated_read_cluster(answer, &op->project, &op->cluster, &seen, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	if (trouble.fault == FAULT_NONE)
		tidb_op_end(op, &trouble, ACT_RESULT_ACCEPTED, NULL, &seen, reply);
	else
		tidb_op_fail(op, &trouble, reply);
}

static void tidb_on_act(struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply)
{
	enum act_result result;
	struct trouble trouble;

	if (tidb_dedicated_read_act(answer, &op->cluster, &result, &trouble) < 0) {
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
		result = ACT_RESULT_LOST;
	}
	tidb_op_end(op, &trouble, result, NULL, NULL, reply);
}

static void tidb_on_reply(void *arg, const struct http_reply *reply)
{
	struct tidb_op *op = arg;
	const struct http_answer answer = {.status = reply->status,
		.body = reply->body,
		.body_len = reply->body_len,
		.date = reply->head.date,
		.received = tidb_now().wall};
	struct trouble trouble;

	if (op->step == TIDB_STEP_PROJECTS) { /* others wait for it, whatever it is */
		tidb_on_projects(op, &answer, reply);
		return;
	}
	if (reply->fault != FAULT_NONE) {
		trouble_set(&trouble, reply->fault, "%s", reply->why);
		tidb_op_fail(op, &trouble, reply);
		return;
	}
	switch (op->step) {
	case TIDB_STEP_PROJECTS:
	case TIDB_STEP_CMEK:
		tidb_on_cmek(op, &answer, reply);
		break;
	case TIDB_STEP_CLUSTERS:
		tidb_on_clusters(op, &answer, reply);
		break;
	case TIDB_STEP_CLUSTER:
		tidb_on_cluster(op, &answer, reply);
		break;
	case TIDB_STEP_PAUSE:
	case TIDB_STEP_RESUME:
		tidb_on_act(op, &answer, reply);
		break;
	}
}

/* ---- public: operations ---- */

static struct tidb_op *tidb_op_new(
	struct tidb *t, enum tidb_step step, enum lane_priority priority, void *arg)
{
	struct tidb_op *op = t->closing ? NULL : calloc(1, sizeof(*op));

	if (!op)
		return NULL;
	op->owner = t;
	op->step = step;
	op->priority = priority;
	op->arg = arg;
	return op;
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

int tidb_list_clusters(struct tidb *t, const struct project_id *project, enum lane_priority priority,
	tidb_clusters_fn *done, void *arg)
{
	struct tidb_op *op = tidb_op_new(t, TIDB_STEP_CLUSTERS, priority, arg);

	if (!op)
		return err_origin(-ENOMEM);
	op->project = *project;
	op->done.clusters = done;
	tidb_op_send(op);
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
	tidb_op_send(op);
	return 0;
}

static bool tidb_op_wanted(void *arg)
{
	const struct tidb_op *op = arg;

	return op->wanted(op->arg);
}

static int tidb_act(struct tidb *t, enum tidb_step step, const struct cluster_id *cluster,
	enum lane_priority priority, tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg)
{
	struct tidb_op *op = tidb_op_new(t, step, priority, arg);

	if (!op)
		return err_origin(-ENOMEM);
	op->cluster = *cluster;
	op->done.act = done;
	op->wanted = wanted;
	op->send.wanted = wanted ? tidb_op_wanted : NULL;
	tidb_op_send(op);
	return 0;
}

int tidb_pause(struct tidb *t, const struct cluster_id *cluster, enum lane_priority priority,
	tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg)
{
	return tidb_act(t, TIDB_STEP_PAUSE, cluster, priority, wanted, done, arg);
}

int tidb_resume(struct tidb *t, const struct cluster_id *cluster, enum lane_priority priority,
	tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg)
{
	return tidb_act(t, TIDB_STEP_RESUME, cluster, priority, wanted, done, arg);
}

/* ---- public: the client ---- */

int tidb_new(const struct tidb_init *init, struct tidb **ret_tidb)
{
	struct tidb *t = calloc(1, sizeof(*t));
	int r = -ENOMEM;

	if (!t)
		return err_origin(-ENOMEM);
	TAILQ_INIT(&t->parked);
	t->projects_at = BOOTTIME_NEVER;
	t->v1beta_url = strdup(init->v1beta_url);
	t->dedicated_url = strdup(init->dedicated_url);
	if (t->v1beta_url && t->dedicated_url)
		r = tidb_link_init(&t->link, init->loop, init->http, init->api_key_file,
			init->requests_per_minute, init->timeout_ms);
	if (r < 0) {
		free(t->v1beta_url);
		free(t->dedicated_url);
		free(t);
		return err_origin(r);
	}
	(void)uv_timer_init(init->loop, &t->wake);
	t->wake.data = t;
	t->open = 2;
	*ret_tidb = t;
	return 0;
}

int tidb_reload(struct tidb *t, struct why *reterr_why)
{
	int r = tidb_link_reload(&t->link, reterr_why);

	if (r == 0)
		t->projects_at = BOOTTIME_NEVER; /* another key may see other projects */
	return r;
}

void tidb_close(struct tidb *t)
{
	t->closing = true;
	tidb_link_close(&t->link, tidb_on_link_closed, t);
	tidb_wake(t);
}

const char *tidb_credentials_text(const struct tidb *t)
{
	return t->link.key_text;
}

void tidb_credentials(const struct tidb *t, struct credential_state *ret_state)
{
	bool good = t->link.key.secret.bytes != NULL;

	*ret_state = (struct credential_state){.source = good ? t->link.key.source : "",
		.id = good ? t->link.key.id : "",
		.identity = "",
		.trouble = good ? "" : t->link.key_text};
}

static void tidb_op_hasten(struct tidb_op *op, const struct project_id *project, enum lane_priority listing,
	enum lane_priority reading)
{
	enum lane_priority priority = op->step == TIDB_STEP_CLUSTERS ? listing : reading;

	if (op->priority > priority && project_id_equal(&op->project, project))
		op->priority = priority; /* of its next steps too */
}

void tidb_hasten(struct tidb *t, const struct project_id *project, enum lane_priority listing,
	enum lane_priority reading)
{
	struct tidb_send *s;
	struct tidb_op *op;

	TAILQ_FOREACH(op, &t->parked, parked)
	{
		tidb_op_hasten(op, project, listing, reading);
	}
	TAILQ_FOREACH(s, &t->link.sends, entry)
	{
		op = s->arg;
		tidb_op_hasten(op, project, listing, reading);
		tidb_link_hasten(&t->link, s, op->priority);
	}
}

void tidb_lane(struct tidb *t, struct lane_state *ret_state)
{
	lane_state(&t->link.lane, tidb_now().boot, ret_state);
}
