/* SPDX-License-Identifier: Apache-2.0 */
/* tidb: the TiDB Cloud API with one API key: v1beta for projects and CMEK, for clusters v1beta1 Dedicated or v1beta, as
 * ClusterApi= says; when the other one takes over stands in io/tidb_route. All requests of the key pass one rate lane. Every operation calls back exactly once, later, never from
 * inside its start; what a callback is given is good during it. */
#pragma once
#include "base/err.h"
#include "io/lane.h"
#include "model/cluster.h"
#include "model/ids.h"
#include "model/job.h"
#include "model/key.h"
#include "model/settings.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct http;
struct secret;
struct tidb;
struct tidb_v1beta_projects;

#define TIDB_TRACE_BYTES      128
#define TIDB_PROJECTS_KEEP_MS (3600 * 1000) /* aws_cmek_enabled is fixed when a project is created */
#define TIDB_PROJECTS_NEW_MS                                                                                 \
	(60 * 1000) /* a project that a list of this age does not name is looked for again */

struct tidb_init {
	struct uv_loop_s *loop;
	struct http *http;        /* borrowed, outlives the client */
	const char *api_key_file; /* ApiKeyFile=, copied */
	uint32_t requests_per_minute;
	const char *v1beta_url;       /* Endpoint=, e.g. "https://api.tidbcloud.com" */
	const char *dedicated_url;    /* DedicatedEndpoint=, e.g. "https://dedicated.tidbapi.com" */
	enum cluster_api cluster_api; /* ClusterApi= */
	int64_t timeout_ms;
	struct tidb *
		peer; /* another client with which it may share the list of projects, if both see the same; NULL: none */
};

/* A key that cannot be loaded is no reason to fail: operations then say FAULT_CREDENTIALS. Fails: -ENOMEM. */
int tidb_new(const struct tidb_init *init, struct tidb **ret_tidb);
/* Reads the key again, and tries the API of ClusterApi= again, should it have failed. Refuses: CREDENTIAL_E_*; the old one then stays in use. */
int tidb_reload(struct tidb *t, struct why *reterr_why);
/* Ends every operation: FAULT_CANCELLED, or for acts ACT_RESULT_NOT_SENT or _LOST. Frees itself when the last
 * ended. */
void tidb_close(struct tidb *t);
const char *tidb_credentials_text(const struct tidb *t);
struct credential_state;
void tidb_credentials(const struct tidb *t, struct credential_state *ret_state);

/* How the rate lane of the API key stands. */
struct lane_state;
void tidb_lane(struct tidb *t, struct lane_state *ret_state);
/* How long what is routine has to wait for that rate: so much more seldom than asked for is everything read. */
int64_t tidb_routine_wait_ms(const struct tidb *t);
/* By which API clusters are to be asked about (ClusterApi=), are read now, and are paused and resumed now. */
struct tidb_apis {
	enum cluster_api chosen, reads, acts;
};
struct tidb_apis tidb_apis(const struct tidb *t);

/* An incident has opened in a project: what of it is asked for already need not wait behind the routine of others.
 * `listing`: for its list of clusters; `reading`: for the rest. */
void tidb_hasten(struct tidb *t, const struct project_id *project, enum lane_priority listing,
	enum lane_priority reading);

struct tidb_texts {
	char message[WHY_BYTES];        /* the service's words, or what went wrong */
	char request[TIDB_TRACE_BYTES]; /* X-Debug-Trace-Id; "" if not told */
};

/* All fail with -ENOMEM only, and then there is no callback. */

/* Whether the project has CMEK (paging GET /projects, remembered for an hour), then GET
 * /projects/ID/aws-cmek. FAULT_NOT_FOUND: the key sees no such project. */
typedef void tidb_cmek_fn(void *arg, enum fault fault, bool cmek_enabled, const struct cmek_setting *items,
	size_t count, const struct tidb_texts *texts);
int tidb_read_cmek(struct tidb *t, const struct project_id *project, enum lane_priority priority,
	tidb_cmek_fn *done, void *arg);

/* Every page, all of one API, or a fault: that of the API of ClusterApi= if both failed. An empty list, and that a cluster is gone,
 * counts only if the key sees the project: FAULT_DENIED if not, and a fault if the list of projects cannot be read. No id twice; only Dedicated clusters on AWS of this project. */
typedef void tidb_clusters_fn(void *arg, enum fault fault, const struct cluster_seen *items, size_t count,
	const struct tidb_texts *texts);
int tidb_list_clusters(struct tidb *t, const struct project_id *project, enum lane_priority priority,
	tidb_clusters_fn *done, void *arg);

/* FAULT_NOT_FOUND: gone, by the word of the API of ClusterApi=. `seen->resume_at` is known only of v1beta1. `seen->id` is always that of the request. A cluster of another project is
 * FAULT_MALFORMED. */
typedef void tidb_cluster_fn(
	void *arg, enum fault fault, const struct cluster_seen *seen, const struct tidb_texts *texts);
int tidb_read_cluster(struct tidb *t, const struct project_id *project, const struct cluster_id *cluster,
	enum lane_priority priority, tidb_cluster_fn *done, void *arg);

/* Every page of one list of what blocks a pause, by the one API that has it. On a fault `jobs` proves nothing. */
typedef void tidb_jobs_fn(
	void *arg, enum fault fault, const struct jobs *jobs, const struct tidb_texts *texts);
int tidb_read_jobs(struct tidb *t, const struct project_id *project, const struct cluster_id *cluster,
	enum job job, enum lane_priority priority, tidb_jobs_fn *done, void *arg);

/* What an act is for. */
struct tidb_act {
	struct project_id project;
	struct cluster_id cluster;
	struct boottime read_at; /* when the state was asked for that it rests on; BOOTTIME_NEVER: never */
};

/* Pause and resume. Never repeated by itself after anything may have been sent, but for a 401; by the other API never.
 * Where the API surely lacks the endpoint it is ACT_RESULT_REFUSED, and from then on acts go by the other, but only on
 * clusters that were read after that: any other act is ACT_RESULT_NOT_SENT. The lane may hold an act for as long as
 * LANE_TABLE says: when it lets it go, `wanted` is asked (with the same `arg`); false ends it as ACT_RESULT_NOT_SENT, and
 * no request leaves. It must not call into the client. */
typedef void tidb_act_fn(void *arg, enum act_result result, const struct tidb_texts *texts);
typedef bool tidb_wanted_fn(void *arg);
int tidb_pause(struct tidb *t, const struct tidb_act *act, enum lane_priority priority,
	tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg);
int tidb_resume(struct tidb *t, const struct tidb_act *act, enum lane_priority priority,
	tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg);

/* ---- setting up (io/tidb_setup) ---- */

/* A person waits for these, and they are few: they go as what an incident reads does, behind acts, which keep their room. */
#define TIDB_SETUP_PRIORITY LANE_INCIDENT

/* Every project that the key sees, read now: all pages, or a fault. `projects` (wire/tidb_v1beta.h) is NULL then. */
typedef void tidb_projects_fn(void *arg, enum fault fault, const struct tidb_v1beta_projects *projects,
	const struct tidb_texts *texts);
int tidb_list_projects(struct tidb *t, enum lane_priority priority, tidb_projects_fn *done, void *arg);

/* What is made is made once: never repeated by itself after anything may have been sent, but for a 401. After
 * ACT_RESULT_LOST only a list tells whether it is there. `id`: of what was made, "" if not told. `wanted` (may be NULL): as of
 * acts. */
typedef void tidb_made_fn(void *arg, enum act_result result, const char *id, const struct tidb_texts *texts);
/* A project with aws_cmek_enabled. `name` passed tidb_create_name_check(). */
int tidb_make_project(
	struct tidb *t, const char *name, enum lane_priority priority, tidb_made_fn *done, void *arg);
/* The key of a region of a project: it can never be changed by the API. */
int tidb_make_cmek(struct tidb *t, const struct project_id *project, const struct cmek_setting *setting,
	enum lane_priority priority, tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg);
/* By v1beta1 always. `body` is of cluster_spec_body(), and is taken and wiped in every case: it may hold a password. */
int tidb_make_cluster(struct tidb *t, const struct project_id *project, struct secret *body,
	enum lane_priority priority, tidb_wanted_fn *wanted, tidb_made_fn *done, void *arg);
