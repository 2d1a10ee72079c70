/* SPDX-License-Identifier: Apache-2.0 */
#include "model/cluster.h"
#include "model/name_table.h"

static const char *const cluster_state_names[CLUSTER_STATE_COUNT] = {
#define X(e, name, meaning) [CLUSTER_STATE_##e] = name,
	CLUSTER_STATE_TABLE(X)
#undef X
};

static const char *const act_result_names[ACT_RESULT_COUNT] = {
#define X(e, name, meaning) [ACT_RESULT_##e] = name,
	ACT_RESULT_TABLE(X)
#undef X
};

const char *cluster_state_name(enum cluster_state s)
{
	return cluster_state_names[s];
}

bool cluster_state_parse(const char *name, enum cluster_state *ret_state)
{
	int i = name_table_find(cluster_state_names, CLUSTER_STATE_COUNT, name);
	if (i < 0)
		return false;
	*ret_state = (enum cluster_state)i;
	return true;
}

const char *act_result_name(enum act_result r)
{
	return act_result_names[r];
}

bool act_result_parse(const char *name, enum act_result *ret_result)
{
	int i = name_table_find(act_result_names, ACT_RESULT_COUNT, name);
	if (i < 0)
		return false;
	*ret_result = (enum act_result)i;
	return true;
}
