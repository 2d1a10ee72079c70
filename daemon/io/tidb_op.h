/* SPDX-License-Identifier: Apache-2.0 */
/* tidb_op: one operation on TiDB Cloud, as io/tidb, io/tidb_project and io/tidb_cluster share it: a row of requests, then
 * one callback. */
#pragma once
#include "base/secret.h"
#include "io/http.h"
#include "io/tidb.h"
#include "io/tidb_link.h"
#include "io/tidb_route.h"
#include "wire/tidb_jobs.h"
#include "wire/tidb_v1beta.h"
#include "wire/trouble.h"
#include <sys/queue.h>
#include <uv.h>

/* What an operation wants next. */
enum tidb_step {
	TIDB_STEP_PROJECTS, /* these by v1beta: the project's CMEK, */
	TIDB_STEP_CMEK,
	TIDB_STEP_GONE,     /* whether the key sees the project of a cluster that was not found, */
	TIDB_STEP_EMPTY,    /* or of a list that is empty, */
	TIDB_STEP_JOBS,     /* by the one that has them, */
	TIDB_STEP_CLUSTERS, /* the rest by the API of `op->api` */
	TIDB_STEP_CLUSTER,
	TIDB_STEP_PAUSE,
	TIDB_STEP_RESUME,
	TIDB_STEP_NAMES, /* of io/tidb_setup; all but the last by v1beta */
	TIDB_STEP_MAKE_PROJECT,
	TIDB_STEP_MAKE_CMEK,
	TIDB_STEP_MAKE_CLUSTER,
};

/* What was said before another API was asked, or the list of projects. */
struct tidb_before {
	enum fault fault;
	char text[WHY_BYTES];
	char request[TIDB_TRACE_BYTES];
};

struct tidb_op {
	struct tidb *owner;
	TAILQ_ENTRY(tidb_op)
	parked; /* waits for another one's list of projects, or to be told that it was not sent */
	struct tidb_send send;
	enum tidb_step step;
	enum cluster_api api;
	enum lane_priority priority;
	struct project_id project;
	struct cluster_id cluster;
	union { /* what is read, by the step: ten thousand of these wait when as many projects start */
		struct tidb_v1beta_projects projects; /* PROJECTS, GONE, EMPTY, NAMES */
		struct tidb_api_clusters clusters;    /* CLUSTERS */
		struct tidb_jobs jobs;                /* JOBS */
	};
	struct secret body;         /* of io/tidb_setup */
	struct boottime awaits;     /* since when its step waits for the list of projects */
	struct tidb_before *before; /* of a read; owned; NULL: nothing else was asked before */
	union {
		tidb_cmek_fn *cmek;
		tidb_clusters_fn *clusters;
		tidb_cluster_fn *cluster;
		tidb_act_fn *act;
		tidb_projects_fn *projects;
		tidb_made_fn *made;
		tidb_jobs_fn *jobs;
	} done;
	tidb_wanted_fn *wanted; /* of acts; may be NULL */
	void *arg;
};
TAILQ_HEAD(tidb_ops, tidb_op);

/* A whole list of projects: kept once for all API keys that see the same, which are those of one organisation. */
struct tidb_list {
	uint32_t users;
	struct tidb_v1beta_projects projects;
};

struct tidb {
	struct tidb_link link;
	char *v1beta_url, *dedicated_url;
	struct tidb_route route;
	struct tidb *next_peer, *prev_peer; /* a ring of all that may share a list */
	struct tidb_list *list;             /* the last whole one that the key sees; NULL: none */
	struct boottime list_at;            /* BOOTTIME_NEVER: read it anew */
	struct boottime list_asked; /* when that list was asked for, or the one that the lister reads */
	struct tidb_op *lister;     /* reads the list of projects now; others with the same wish are parked */
	struct tidb_ops parked;     /* for the list of projects */
	struct tidb_ops unsent;     /* acts that may not be sent yet, and are told so */
	uv_timer_t wake;            /* looks at both */
	uint32_t open;              /* parts that libuv still holds */
	bool closing;
};

/* What an operation brings, beside what it holds itself. */
struct tidb_found {
	enum act_result result;
	const struct tidb_v1beta_cmek *cmek; /* NULL: the project has no CMEK */
	const struct cluster_seen *seen;
};

/* NULL: no memory, or the client is closing. */
struct tidb_op *tidb_op_new(struct tidb *t, enum tidb_step step, enum lane_priority priority, void *arg);
/* By the API of the step: `method`, the step's target, and `body` (NULL: none). */
void tidb_op_send(struct tidb_op *op, enum http_method method, const char *body);
/* Gives the operation's answer and frees it; what was found counts if `trouble` is none. `reply`: NULL if none came. */
void tidb_op_end(struct tidb_op *op, const struct trouble *trouble, const struct tidb_found *found,
	const struct http_reply *reply);
void tidb_op_fail(struct tidb_op *op, const struct trouble *trouble, const struct http_reply *reply);

/* "GET /v1beta1/clusters/1: 403 49900003: no permission (X-Debug-Trace-Id abc)", as support asks for it; a refusal, which
 * is a normal answer, in the service's words first. Empty without trouble. `reply`: NULL if none came. */
void tidb_op_say(const struct tidb_op *op, const struct trouble *trouble, const struct http_reply *reply,
	char *ret_text, size_t size);

/* Appends what was said next; both are cut. */
void tidb_op_then(char text[WHY_BYTES], const char *then);

/* From the loop, soon: looks at those who wait without a request of their own. */
void tidb_wake(struct tidb *t);

/* ---- io/tidb_project ---- */

/* Whether the list of projects is what the step waits for. */
bool tidb_project_awaits(enum tidb_step step);
/* The step waits for it from now on. */
void tidb_project_await(struct tidb_op *op, enum tidb_step step);
/* From the loop: those who wait to know their project. One reads the list, the others wait for it. */
void tidb_project_wake(struct tidb *t);
/* The list that is kept; it is read anew when it is wanted. */
void tidb_project_forget(struct tidb *t);
void tidb_project_on_reply(
	struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply);

/* ---- io/tidb_jobs ---- */

void tidb_jobs_on_reply(struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply);

/* ---- io/tidb_cluster ---- */

/* From the loop: acts that may not be sent yet. */
void tidb_cluster_wake(struct tidb *t);
void tidb_cluster_on_reply(
	struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply);

/* ---- io/tidb_setup ---- */

/* From NAMES on. */
void tidb_setup_on_reply(
	struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply);
