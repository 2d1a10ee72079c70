/* SPDX-License-Identifier: Apache-2.0 */
#include "model/job.h"

static const struct job_row {
	const char *name, *one, *many;
} rows[JOB_COUNT] = {
#define X(e, name_, one_, many_) [JOB_##e] = {name_, one_, many_},
	JOB_TABLE(X)
#undef X
};

const char *job_name(enum job j)
{
	return rows[j].name;
}

const char *job_words(enum job j, uint64_t count)
{
	return count == 1 ? rows[j].one : rows[j].many;
}
