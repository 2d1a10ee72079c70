/* SPDX-License-Identifier: Apache-2.0 */
/* fake_io: the hands of the driver without a cloud, a disk or a clock, put in at link time in place of libio.a.
 * Every answer comes later, from fake_run(). */
#pragma once
#include "io/credential.h"
#include "io/kms.h"
#include "io/lane.h"
#include "model/cluster.h"
#include "model/job.h"
#include "model/key.h"
#include "model/moment.h"
#include "model/notice.h"
#include "model/record.h"
#include "policy/policy.h"
#include <stdbool.h>
#include <stddef.h>

#define FAKE_CLUSTERS_MAX 16
#define FAKE_RECORDS_MAX  2048

struct fake {
	struct moment now;

	/* the world */
	struct look look;
	struct cmek_setting cmek[4];
	size_t cmek_count;
	struct cmek_setting cmek_made; /* the last that was asked for; it is there when that was accepted */
	struct cluster_seen clusters[FAKE_CLUSTERS_MAX];
	size_t cluster_count;
	enum act_result act;                 /* of pauses and resumes */
	char look_says[64];                  /* KMS's words on a look */
	const char *policy;                  /* read last; NULL: none */
	const char *key_user;                /* of kms_switch_users; NULL: nobody */
	const char *doubt;                   /* of kms_foresee; NULL: nothing */
	const struct adopt_found *keeps_out; /* NULL: none */
	char kept[256], file[256];           /* the text that kms_take() was given; the file that is kept */
	bool stood;                          /* the same: may be out already */
	int look_priority;                   /* enum kms_lane_priority of the last look */
	const char *own;                     /* own ARN; NULL: not known */
	struct kms_rotation rotation;
	struct policy_context key; /* spec, usage, origin */
	struct credential_state credentials;
	struct lane_state lane;
	struct jobs jobs[JOB_COUNT];                   /* of each cluster */
	enum fault jobs_fault, list_fault, read_fault; /* of jobs; of lists; of readings by id */
	unsigned jobs_read;
	const char *queue_trouble; /* of each queue of hints */
	uint32_t hastened;         /* calls of kms_target_hasten() */
	int64_t routine_wait_ms;
	bool lane_slow; /* pauses and resumes do not leave until this is false */

	/* the ledger */
	bool disk_full;                          /* appends fail, probes too */
	bool disk_slow;                          /* appends do not end until this is false */
	int append_error;                        /* of store_append itself */
	int open_result;                         /* of store_open */
	struct record records[FAKE_RECORDS_MAX]; /* durable, in order */
	size_t record_count;
	const char *who[FAKE_RECORDS_MAX], *note[FAKE_RECORDS_MAX], *message[FAKE_RECORDS_MAX],
		*usable[FAKE_RECORDS_MAX]; /* static texts only */

	/* what was done */
	unsigned unread_acts;     /* that do not say of what project, or when their cluster was read */
	struct kms_errand errand; /* the last that was asked for */
	unsigned looks, pauses, resumes, cuts, uncuts, disables, enables, errands, notices[NOTICE_COUNT];
	char last_what[512], detail[NOTICE_COUNT][2048]; /* of each notice the last one's */
};
extern struct fake fake;

void fake_reset(void);
/* Calls it with the other answers. */
void fake_later(void (*answer)(void *data), void *data);
/* Gives all answers that are due, and what follows from them. */
void fake_run(void);
void fake_pass(int64_t ms);
