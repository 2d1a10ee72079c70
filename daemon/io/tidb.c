/* SPDX-License-Identifier: Apache-2.0 */
#include "io/tidb.h"
#include "io/clock.h"
#include "io/tidb_op.h"
#include "wire/tidb_create.h"
#include "wire/tidb_dedicated.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- operations ---- */

struct tidb_op *tidb_op_new(struct tidb *t, enum tidb_step step, enum lane_priority priority, void *arg)
{
	struct tidb_op *op = t->closing ? NULL : calloc(1, sizeof(*op));

	if (!op)
		return NULL;
	op->owner = t;
	op->step = step;
	op->api = CLUSTER_API_V1BETA;
	op->priority = priority;
	op->arg = arg;
	return op;
}

static void tidb_op_free(struct tidb_op *op)
{
	if (op->step == TIDB_STEP_CLUSTERS)
		tidb_api_clusters_fini(&op->clusters);
	else if (tidb_project_awaits(op->step) || op->step == TIDB_STEP_NAMES)
		tidb_v1beta_projects_fini(&op->projects);
	secret_fini(&op->body);
	free(op->before);
	free(op);
}

void tidb_op_say(const struct tidb_op *op, const struct trouble *trouble, const struct http_reply *reply,
	char *ret_text, size_t size)
{
	const char *method = http_method_name(op->send.method), *trace = reply ? reply->head.trace_id : "";

	if (trouble->fault == FAULT_NONE)
		ret_text[0] = '\0';
	else if (!op->send.shown[0]) /* no request was made */
		(void)snprintf(ret_text, size, "%s", trouble->message);
	else if (trouble->fault == FAULT_REFUSED &&
		 trouble->message[0]) /* people read it beside the cluster */
		(void)snprintf(ret_text, size, "%s (%ld%s%s)", trouble->message, trouble->status,
			trouble->code[0] ? ", code " : "", trouble->code);
	else if (trouble->status)
		(void)snprintf(ret_text, size, "%s %s: %ld %s%s%s%s%s%s", method, op->send.shown,
			trouble->status, trouble->code, trouble->code[0] ? ": " : "", trouble->message,
			trace[0] ? " (X-Debug-Trace-Id " : "", trace, trace[0] ? ")" : "");
	else
		(void)snprintf(ret_text, size, "%s %s: %s", method, op->send.shown, trouble->message);
}

void tidb_op_then(char text[WHY_BYTES], const char *then)
{
	char first[WHY_BYTES];

	memcpy(first, text, sizeof(first));
	(void)snprintf(text, WHY_BYTES, "%.230s; then %.260s", first, then);
}

static void tidb_texts_set(struct tidb_texts *texts, const struct tidb_op *op, const struct trouble *trouble,
	const struct http_reply *reply)
{
	*texts = (struct tidb_texts){.message = ""};
	if (reply || op->before)
		(void)snprintf(texts->request, sizeof(texts->request), "%s",
			reply ? reply->head.trace_id : op->before->request);
	tidb_op_say(op, trouble, reply, texts->message, sizeof(texts->message));
	if (trouble->fault != FAULT_NONE && op->before) {
		char last[WHY_BYTES];

		memcpy(last, texts->message, sizeof(last));
		memcpy(texts->message, op->before->text, sizeof(texts->message));
		tidb_op_then(texts->message, last);
	}
}

void tidb_op_end(struct tidb_op *op, const struct trouble *trouble, const struct tidb_found *found,
	const struct http_reply *reply)
{
	const struct tidb_v1beta_cmek *cmek = found->cmek;
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
	case TIDB_STEP_EMPTY:
		op->done.clusters(op->arg, fault, NULL, 0, &texts);
		break;
	case TIDB_STEP_GONE:
	case TIDB_STEP_CLUSTER:
		op->done.cluster(op->arg, fault, found->seen ? found->seen : &unseen, &texts);
		break;
	case TIDB_STEP_JOBS:
		op->done.jobs(op->arg, fault, &op->jobs.seen, &texts);
		break;
	case TIDB_STEP_PAUSE:
	case TIDB_STEP_RESUME:
	case TIDB_STEP_MAKE_CMEK:
		op->done.act(op->arg, found->result, &texts);
		break;
	case TIDB_STEP_NAMES:
		op->done.projects(op->arg, fault, fault == FAULT_NONE ? &op->projects : NULL, &texts);
		break;
	case TIDB_STEP_MAKE_PROJECT:
		op->done.made(op->arg, found->result,
			found->result == ACT_RESULT_ACCEPTED ? op->project.text : "", &texts);
		break;
	case TIDB_STEP_MAKE_CLUSTER:
		op->done.made(op->arg, found->result, op->cluster.text, &texts);
		break;
	}
	tidb_op_free(op);
}

void tidb_op_fail(struct tidb_op *op, const struct trouble *trouble, const struct http_reply *reply)
{
	const struct tidb_found nothing = {
		.result = trouble_act_result(trouble->fault, reply && reply->sent)};

	tidb_op_end(op, trouble, &nothing, reply);
}

static void tidb_on_reply(void *arg, const struct http_reply *reply)
{
	struct tidb_op *op = arg;
	const struct http_answer answer = http_reply_answer(reply);

	if (tidb_project_awaits(op->step) || op->step == TIDB_STEP_CMEK)
		tidb_project_on_reply(op, &answer, reply);
	else if (op->step == TIDB_STEP_JOBS)
		tidb_jobs_on_reply(op, &answer, reply);
	else if (op->step >= TIDB_STEP_NAMES)
		tidb_setup_on_reply(op, &answer, reply);
	else
		tidb_cluster_on_reply(op, &answer, reply);
}

static void tidb_op_target(const void *arg, char ret_target[TIDB_API_TARGET_BYTES])
{
	const struct tidb_op *op = arg;
	bool dedicated = op->api == CLUSTER_API_DEDICATED;

	switch (op->step) {
	case TIDB_STEP_PROJECTS:
	case TIDB_STEP_GONE:
	case TIDB_STEP_EMPTY:
	case TIDB_STEP_NAMES:
		tidb_v1beta_projects_target(&op->projects, ret_target);
		break;
	case TIDB_STEP_CMEK:
	case TIDB_STEP_MAKE_CMEK:
		tidb_v1beta_cmek_target(&op->project, ret_target);
		break;
	case TIDB_STEP_JOBS:
		tidb_jobs_target(&op->jobs, &op->project, &op->cluster, ret_target);
		break;
	case TIDB_STEP_CLUSTERS:
		(dedicated ? tidb_dedicated_clusters_target : tidb_v1beta_clusters_target)(
			&op->project, &op->clusters, ret_target);
		break;
	case TIDB_STEP_CLUSTER:
	case TIDB_STEP_PAUSE:
	case TIDB_STEP_RESUME:
		if (!dedicated)
			tidb_v1beta_cluster_target(&op->project, &op->cluster, ret_target);
		else if (op->step == TIDB_STEP_CLUSTER)
			tidb_dedicated_cluster_target(&op->cluster, ret_target);
		else
			tidb_dedicated_act_target(
				op->step == TIDB_STEP_PAUSE ? TIDB_API_PAUSE : TIDB_API_RESUME, &op->cluster,
				ret_target);
		break;
	case TIDB_STEP_MAKE_PROJECT:
		(void)snprintf(ret_target, TIDB_API_TARGET_BYTES, "%s", TIDB_CREATE_PROJECT_TARGET);
		break;
	case TIDB_STEP_MAKE_CLUSTER:
		(void)snprintf(ret_target, TIDB_API_TARGET_BYTES, "%s", TIDB_CREATE_CLUSTER_TARGET);
		break;
	}
}

void tidb_op_send(struct tidb_op *op, enum http_method method, const char *body)
{
	struct tidb *t = op->owner;
	enum lane_priority priority = op->priority;

	/* One list of projects serves all that ask by this key: it does not stand in line behind what they ask next. */
	if (tidb_project_awaits(op->step) && priority == LANE_ROUTINE)
		priority = LANE_INCIDENT;
	op->send.body = body;
	tidb_link_send(&t->link, &op->send, priority, method,
		op->api == CLUSTER_API_V1BETA ? t->v1beta_url : t->dedicated_url, tidb_op_target,
		tidb_on_reply, op);
}

/* ---- the client's own timer ---- */

static void tidb_let_go(struct tidb *t)
{
	if (--t->open > 0)
		return;
	tidb_project_forget(t);
	t->next_peer->prev_peer = t->prev_peer;
	t->prev_peer->next_peer = t->next_peer;
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

static void tidb_on_wake(uv_timer_t *timer)
{
	struct tidb *t = timer->data;

	tidb_project_wake(t);
	tidb_cluster_wake(t);
	if (t->closing && !uv_is_closing((uv_handle_t *)timer))
		uv_close((uv_handle_t *)timer, tidb_on_wake_closed);
}

void tidb_wake(struct tidb *t)
{
	uv_update_time(t->wake.loop);
	(void)uv_timer_start(&t->wake, tidb_on_wake, 0, 0);
}

/* ---- public: the client ---- */

int tidb_new(const struct tidb_init *init, struct tidb **ret_tidb)
{
	struct tidb *t = calloc(1, sizeof(*t));
	int r = -ENOMEM;

	if (!t)
		return err_origin(-ENOMEM);
	TAILQ_INIT(&t->parked);
	TAILQ_INIT(&t->unsent);
	tidb_route_init(&t->route, init->cluster_api);
	t->list_at = BOOTTIME_NEVER;
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
	t->next_peer = t->prev_peer = t;
	if (init->peer) {
		t->next_peer = init->peer->next_peer;
		t->prev_peer = init->peer;
		t->next_peer->prev_peer = t->prev_peer->next_peer = t;
	}
	*ret_tidb = t;
	return 0;
}

int tidb_reload(struct tidb *t, struct why *reterr_why)
{
	int r = tidb_link_reload(&t->link, reterr_why);

	if (r == 0)
		t->list_at = BOOTTIME_NEVER; /* another key may see other projects */
	tidb_route_retry(&t->route);
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

	/* Nothing of an incident waits for what blocks a pause: the pause itself will tell. */
	if (op->step != TIDB_STEP_JOBS && op->priority > priority && project_id_equal(&op->project, project))
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

int64_t tidb_routine_wait_ms(const struct tidb *t)
{
	return lane_wait_ms(&t->link.lane, LANE_ROUTINE, clock_now().boot);
}

struct tidb_apis tidb_apis(const struct tidb *t)
{
	return (struct tidb_apis){.chosen = t->route.chosen, .reads = t->route.reads, .acts = t->route.acts};
}

void tidb_lane(struct tidb *t, struct lane_state *ret_state)
{
	lane_state(&t->link.lane, clock_now().boot, ret_state);
}
