/* SPDX-License-Identifier: Apache-2.0 */
/* job: what may run on a cluster and makes TiDB Cloud refuse to pause it, as far as its API tells: Data Migration jobs and
 * point-in-time restore it does not tell (TiDB Cloud, "Pause or Resume a TiDB Cloud Dedicated Cluster"). */
#pragma once
#include <stdint.h>

/* X(ENUM, "name", "one", "many") */
#define JOB_TABLE(X)                                                                                         \
	X(IMPORT, "import", "import", "imports")                                                             \
	X(BACKUP, "backup", "backup", "backups")                                                             \
	X(CHANGEFEED, "changefeed", "changefeed", "changefeeds")

enum job {
#define X(e, name, one, many) JOB_##e,
	JOB_TABLE(X)
#undef X
		JOB_COUNT
};
const char *job_name(enum job j);
const char *job_words(enum job j, uint64_t count); /* "backup", "backups" */

#define JOB_NAME_BYTES  68 /* for showing; a longer one is cut */
#define JOB_STATE_BYTES 24

/* All jobs of one kind on one cluster, as one reading of their list found them. */
struct jobs {
	uint32_t blocking; /* in a state in which a pause is refused */
	uint32_t unclear;  /* in no state that is documented: whether they block cannot be known */
	char name
		[JOB_NAME_BYTES]; /* of the first that blocks, else of the first unclear one; "" if it has none */
	char state[JOB_STATE_BYTES]; /* of the same, as the service wrote it */
};
