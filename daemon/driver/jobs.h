/* SPDX-License-Identifier: Apache-2.0 */
/* jobs: what blocks a pause of a project's clusters (imports, backups, changefeeds), as it was last read, and the rounds that
 * read it: cluster after cluster, one request of a project at a time, as routine. Nothing is decided from it: people are
 * told before they revoke. */
#pragma once
#include "model/cluster.h"
#include "model/job.h"
#include "model/moment.h"
#include <stdbool.h>
#include <stdint.h>

struct cluster;
struct project;
struct texts;

#define JOBS_FRESH_MS (2 * (int64_t)1000)       /* so long after a round a check does not cause another one */
#define JOBS_CLEAR_MS (10 * 60 * (int64_t)1000) /* that nothing blocks is true of a younger reading */
#define JOBS_BLOCK_MS                                                                                        \
	(26 * 60 * 60 * (int64_t)1000) /* what blocks counts until it is read again, or so old */

/* One list of one cluster. */
struct jobs_reading {
	struct boottime at;  /* of the last whole list; BOOTTIME_NEVER: none */
	struct jobs seen;    /* of that */
	enum fault fault;    /* of the last try */
	struct texts *words; /* on the last try, if it failed; owned, may be NULL */
};

struct jobs_cluster {
	struct cluster_id id;
	struct jobs_reading of[JOB_COUNT];
};

/* Embedded in a project; all zero: nothing was read. */
struct project_jobs {
	struct jobs_cluster *items; /* owned: clusters that would have to be paused */
	uint32_t count, size;
	bool asking; /* a request is under way: the project must stay */
	bool ended_once;
	struct boottime ended; /* the last round, if there was one */
	uint32_t cluster;      /* of the round: index in `items` */
	enum job job;
};
void jobs_fini(struct project_jobs *j);

/* Whether a round of the project is under way, be it that this starts one. False: there is nothing to read, or the last
 * round ended less than `fresh_ms` ago. Its end is told by hub->changed. */
bool jobs_round(struct project *p, int64_t fresh_ms);

/* What is known of a cluster; NULL: nothing. */
const struct jobs_cluster *jobs_of(const struct project *p, const struct cluster_id *id);
/* It would have to be paused, were access lost. */
bool jobs_concern(const struct cluster *c);
