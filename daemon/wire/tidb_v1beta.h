/* SPDX-License-Identifier: Apache-2.0 */
/* tidb_v1beta: TiDB Cloud API v1beta: projects, CMEK settings, clusters. See wire/tidb_api.h for what all
 * readers do. */
#pragma once
#include "wire/tidb_api.h"

enum tidb_v1beta_type { TIDB_V1BETA_UNTOLD, TIDB_V1BETA_DEDICATED, TIDB_V1BETA_OTHER };
/* Small: an organisation may have thousands of projects, and a daemon many API keys that read the list. */
struct tidb_v1beta_project {
	struct project_id id;
	bool cmek_enabled; /* aws_cmek_enabled; absent = false */
	uint8_t type;      /* enum tidb_v1beta_type; UNTOLD: an older server, possibly dedicated */
};
struct tidb_v1beta_projects {
	struct tidb_v1beta_project *items; /* in order of id, none twice */
	char (*names)[CLUSTER_NAME_BYTES]; /* as `items`; cut; NULL unless `with_names` */
	bool with_names;                   /* set before the first page */
	uint32_t count, size;
	struct tidb_api_pager pager;
};
#define TIDB_V1BETA_PROJECTS_INIT ((struct tidb_v1beta_projects){.items = NULL})
void tidb_v1beta_projects_fini(struct tidb_v1beta_projects *p);
/* NULL if there is no such project. */
const struct tidb_v1beta_project *tidb_v1beta_find(
	const struct tidb_v1beta_projects *p, const struct project_id *id);

/* Whether two whole lists say the same, names left out. */
bool tidb_v1beta_same_projects(const struct tidb_v1beta_projects *a, const struct tidb_v1beta_projects *b);

/* GET: the next page of `p`. There is no GET of a single project. */
void tidb_v1beta_projects_target(
	const struct tidb_v1beta_projects *p, char ret_target[TIDB_API_TARGET_BYTES]);
/* Adds one page to `p`; `p->pager.more` tells whether to ask for the next. On a fault `p` must not be taken
 * for the whole list. An end that comes before the announced total, or too many pages: FAULT_MALFORMED. */
int tidb_v1beta_read_projects(
	const struct http_answer *a, struct tidb_v1beta_projects *p, struct trouble *ret_trouble);

#define TIDB_V1BETA_CMEK_MAX 64
struct tidb_v1beta_cmek {
	struct cmek_setting items[TIDB_V1BETA_CMEK_MAX];
	uint32_t count;
	uint32_t ignored; /* settings whose kms_arn is no AWS KMS key ARN of the setting's region, e.g. an
			     alias */
	char note[256];   /* which one is ignored and why; "" if none */
};
/* GET. */
void tidb_v1beta_cmek_target(const struct project_id *project, char ret_target[TIDB_API_TARGET_BYTES]);
/* `items` absent, null or empty: no key. Two settings of one region, or too many: FAULT_MALFORMED. */
int tidb_v1beta_read_cmek(
	const struct http_answer *a, struct tidb_v1beta_cmek *ret_cmek, struct trouble *ret_trouble);

/* GET: the next page of `c`. */
void tidb_v1beta_clusters_target(const struct project_id *project, const struct tidb_api_clusters *c,
	char ret_target[TIDB_API_TARGET_BYTES]);
/* Adds one page. A cluster without id, project, provider or region is FAULT_MALFORMED: a list that may hide
 * one cannot prove anything. */
int tidb_v1beta_read_clusters(const struct http_answer *a, const struct project_id *project,
	struct tidb_api_clusters *c, struct trouble *ret_trouble);

/* GET; PATCH with one of the bodies pauses or resumes. */
void tidb_v1beta_cluster_target(const struct project_id *project, const struct cluster_id *cluster,
	char ret_target[TIDB_API_TARGET_BYTES]);
/* Another id, project or provider than asked for is FAULT_MALFORMED; FAULT_NOT_FOUND: gone. */
int tidb_v1beta_read_cluster(const struct http_answer *a, const struct project_id *project,
	const struct cluster_id *cluster, struct cluster_seen *ret_seen, struct trouble *ret_trouble);

/* "components" and "paused" must not be sent together: nothing but this. */
#define TIDB_V1BETA_PAUSE_BODY  "{\"config\":{\"paused\":true}}"
#define TIDB_V1BETA_RESUME_BODY "{\"config\":{\"paused\":false}}"
/* What became of it, where an answer came; else use trouble_act_result(). A 200 that is no JSON object is
 * LOST. */
int tidb_v1beta_read_act(
	const struct http_answer *a, enum act_result *ret_result, struct trouble *ret_trouble);
