/* SPDX-License-Identifier: Apache-2.0 */
/* tidb_jobs: what runs on a cluster and blocks a pause. Each kind has one API: nothing falls back. */
#include "io/tidb_op.h"
#include "wire/tidb_jobs.h"
#include <errno.h>

void tidb_jobs_on_reply(struct tidb_op *op, const struct http_answer *answer, const struct http_reply *reply)
{
	struct trouble trouble;

	if (reply->fault != FAULT_NONE)
		trouble_set(&trouble, reply->fault, "%s", reply->why);
	else if (tidb_jobs_read(answer, &op->cluster, &op->jobs, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	if (trouble.fault == FAULT_NONE && op->jobs.pager.more)
		tidb_op_send(op, HTTP_GET, NULL);
	else if (trouble.fault == FAULT_NONE)
		tidb_op_end(op, &trouble, &(struct tidb_found){.cmek = NULL}, reply);
	else
		tidb_op_fail(op, &trouble, reply);
}

int tidb_read_jobs(struct tidb *t, const struct project_id *project, const struct cluster_id *cluster,
	enum job job, enum lane_priority priority, tidb_jobs_fn *done, void *arg)
{
	struct tidb_op *op = tidb_op_new(t, TIDB_STEP_JOBS, priority, arg);

	if (!op)
		return err_origin(-ENOMEM);
	op->api = job == JOB_BACKUP ? CLUSTER_API_V1BETA : CLUSTER_API_DEDICATED;
	op->project = *project;
	op->cluster = *cluster;
	op->jobs.job = job;
	op->done.jobs = done;
	tidb_op_send(op, HTTP_GET, NULL);
	return 0;
}
