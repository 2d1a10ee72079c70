/* SPDX-License-Identifier: Apache-2.0 */
#include "model/settings.h"

static const char *const reaction_names[] = {
	[REACTION_PAUSE] = "pause",
	[REACTION_APPROVE] = "approve",
	[REACTION_OBSERVE] = "observe",
};

const char *reaction_name(enum reaction r)
{
	return reaction_names[r];
}

static const char *const cluster_api_names[CLUSTER_API_COUNT] = {
#define X(e, name) [CLUSTER_API_##e] = name,
	CLUSTER_API_TABLE(X)
#undef X
};

const char *cluster_api_name(enum cluster_api a)
{
	return cluster_api_names[a];
}

static const char *const aws_service_names[AWS_SERVICE_COUNT] = {
#define X(e, name) [AWS_##e] = name,
	AWS_SERVICE_TABLE(X)
#undef X
};

const char *aws_service_name(enum aws_service s)
{
	return aws_service_names[s];
}
