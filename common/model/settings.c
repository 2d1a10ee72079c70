/* SPDX-License-Identifier: Apache-2.0 */
#include "model/settings.h"
#include <string.h>

static const char *const reaction_names[] = {
	[REACTION_PAUSE] = "pause",
	[REACTION_APPROVE] = "approve",
	[REACTION_OBSERVE] = "observe",
};

const char *reaction_name(enum reaction r)
{
	return reaction_names[r];
}

struct cluster_mark cluster_settings_mark(
	const struct cluster_settings *sections, uint32_t count, const char *id, const char *name)
{
	struct cluster_mark mark = {.order = CLUSTER_ORDER_DEFAULT};

	for (uint32_t i = 0; i < count; i++) {
		const struct cluster_mark *m = &sections[i].mark;

		if (strcmp(sections[i].label, id) != 0 && strcmp(sections[i].label, name) != 0)
			continue;
		mark.excluded = mark.excluded || m->excluded;
		if (m->reaction > mark.reaction)
			mark.reaction = m->reaction;
		if (m->order != CLUSTER_ORDER_DEFAULT)
			mark.order = m->order;
	}
	return mark;
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
