/* SPDX-License-Identifier: Apache-2.0 */
/* tidb_create: what setting up makes in TiDB Cloud: a project, its CMEK setting (both by v1beta, nothing else has them), a
 * cluster (by v1beta1 Dedicated). No request has an idempotency key, and no name is documented as unique: after a lost
 * answer only a list tells. See wire/tidb_api.h for what all readers do. */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "wire/tidb_api.h"

#define TIDB_CREATE_NAME_MAX 64 /* bytes of a project's name: the API names no limit, its console this one */

/* A name that may be asked for: 1..64 bytes of UTF-8 without control characters, no blank at either end. Refuses: 1. */
int tidb_create_name_check(const char *name, struct why *reterr_why);

/* POST: a project with aws_cmek_enabled, which is fixed for good when it is made. */
#define TIDB_CREATE_PROJECT_TARGET "/api/v1beta/projects"
void tidb_create_project_body(const char *name, struct buf *out);
/* The new id: of the answer that makes the act ACCEPTED. A 200 without one is LOST: it may have been made. */
int tidb_create_read_project(const struct http_answer *a, struct project_id *ret_id,
	enum act_result *ret_result, struct trouble *ret_trouble);

/* POST to tidb_v1beta_cmek_target(); answered as tidb_v1beta_read_act() reads. */
void tidb_create_cmek_body(const struct region *region, const struct key_arn *arn, struct buf *out);

/* POST: the body is of cluster_spec_body(). */
#define TIDB_CREATE_CLUSTER_TARGET "/v1beta1/clusters"
/* The answer is the cluster. One of another project is told as such, and LOST: nobody asked for it. */
int tidb_create_read_cluster(const struct http_answer *a, const struct project_id *project,
	struct cluster_id *ret_id, enum act_result *ret_result, struct trouble *ret_trouble);
