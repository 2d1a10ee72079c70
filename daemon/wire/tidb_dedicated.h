/* SPDX-License-Identifier: Apache-2.0 */
/* tidb_dedicated: TiDB Cloud Dedicated API v1beta1: clusters. See wire/tidb_api.h for what all readers do. */
#pragma once
#include "wire/tidb_api.h"

/* GET: the next page of `c`. Always with projectId: without it the service lists the default project's
 * clusters. */
void tidb_dedicated_clusters_target(const struct project_id *project, const struct tidb_api_clusters *c,
	char ret_target[TIDB_API_TARGET_BYTES]);
/* Adds one page; `c->pager.more` tells whether to ask for the next. On a fault `c` must not be taken for the
 * whole list. A cluster without id, region or project label is FAULT_MALFORMED: a list that may hide one
 * cannot prove anything, and a cluster that may be another project's is never touched. So is an end that
 * comes before the announced total, a token that comes again, or too many pages. */
int tidb_dedicated_read_clusters(const struct http_answer *a, const struct project_id *project,
	struct tidb_api_clusters *c, struct trouble *ret_trouble);

/* GET. */
void tidb_dedicated_cluster_target(const struct cluster_id *cluster, char ret_target[TIDB_API_TARGET_BYTES]);
/* Another id, project or provider than asked for is FAULT_MALFORMED; FAULT_NOT_FOUND: gone. */
int tidb_dedicated_read_cluster(const struct http_answer *a, const struct project_id *project,
	const struct cluster_id *cluster, struct cluster_seen *ret_seen, struct trouble *ret_trouble);

/* POST with an empty body. */
void tidb_dedicated_act_target(
	enum tidb_api_act act, const struct cluster_id *cluster, char ret_target[TIDB_API_TARGET_BYTES]);
/* What became of it, where an answer came; else use trouble_act_result(). A 200 that does not hold this
 * cluster is LOST. */
int tidb_dedicated_read_act(const struct http_answer *a, const struct cluster_id *cluster,
	enum act_result *ret_result, struct trouble *ret_trouble);
