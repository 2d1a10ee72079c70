/* SPDX-License-Identifier: Apache-2.0 */
/* tidb_jobs: lists of what runs on one cluster and blocks a pause: imports and changefeeds by v1beta1, backups by v1beta,
 * which alone have them. See wire/tidb_api.h for what all readers do. */
#pragma once
#include "model/job.h"
#include "wire/tidb_api.h"

#define TIDB_JOBS_PAGES_MAX                                                                                  \
	32 /* of a list; a longer one is FAULT_MALFORMED: it is routine, and shares its rate */

/* What a state of the API means for a pause. X(JOB, "state", BLOCKS): any other is unclear. (TiDB Cloud API v1beta,
 * "List backups"; Dedicated API v1beta1, "List imports", "List changefeeds": any changefeed blocks, paused ones too.) */
#define TIDB_JOBS_STATE_TABLE(X)                                                                             \
	X(IMPORT, "PREPARING", true)                                                                         \
	X(IMPORT, "IMPORTING", true)                                                                         \
	X(IMPORT, "CANCELING", true)                                                                         \
	X(IMPORT, "COMPLETED", false)                                                                        \
	X(IMPORT, "FAILED", false)                                                                           \
	X(IMPORT, "CANCELED", false)                                                                         \
	X(BACKUP, "PENDING", true)                                                                           \
	X(BACKUP, "RUNNING", true)                                                                           \
	X(BACKUP, "FAILED", false)                                                                           \
	X(BACKUP, "SUCCESS", false)                                                                          \
	X(CHANGEFEED, "CREATING", true)                                                                      \
	X(CHANGEFEED, "RUNNING", true)                                                                       \
	X(CHANGEFEED, "WARNING", true)                                                                       \
	X(CHANGEFEED, "ERROR", true)                                                                         \
	X(CHANGEFEED, "FAILED", true)                                                                        \
	X(CHANGEFEED, "PAUSING", true)                                                                       \
	X(CHANGEFEED, "PAUSED", true)                                                                        \
	X(CHANGEFEED, "EDITING", true)                                                                       \
	X(CHANGEFEED, "SCALING", true)                                                                       \
	X(CHANGEFEED, "DELETING", true)                                                                      \
	X(CHANGEFEED, "DELETED", false)

/* One list, gathered over pages. */
struct tidb_jobs {
	enum job job;
	struct jobs seen;
	struct tidb_api_pager pager;
};

/* GET: the next page of `j`. */
void tidb_jobs_target(const struct tidb_jobs *j, const struct project_id *project,
	const struct cluster_id *cluster, char ret_target[TIDB_API_TARGET_BYTES]);
/* Adds one page; `j->pager.more` tells whether to ask for the next. On a fault `j->seen` proves nothing. No list, or an
 * empty one: there is none. A job of another cluster, a list that is cut short or does not end: FAULT_MALFORMED. */
int tidb_jobs_read(const struct http_answer *a, const struct cluster_id *cluster, struct tidb_jobs *j,
	struct trouble *ret_trouble);
