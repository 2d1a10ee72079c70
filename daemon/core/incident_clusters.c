/* SPDX-License-Identifier: Apache-2.0 */
#include "core/incident_clusters.h"
#include "core/plan.h"

void incident_each_cluster(struct step *s, struct binding *b, enum cluster_event event)
{
	struct core *core = s->core;
	uint32_t index = emit_binding_index(core, b);

	for (uint32_t i = 0; i < core->cluster_count; i++)
		if (core->clusters[i].binding == index)
			cluster_machine_step(s, &core->clusters[i], event);
}

/* It is in no budget, because of the configuration. */
static bool is_left_out(const struct cluster *c)
{
	return c->duty == DUTY_EXCLUDED || c->duty == DUTY_WAITS;
}

static void stop_where(struct step *s, struct binding *b, bool left_out)
{
	uint32_t index = emit_binding_index(s->core, b);

	for (uint32_t i = 0; i < s->core->cluster_count; i++)
		if (s->core->clusters[i].binding == index && is_left_out(&s->core->clusters[i]) == left_out)
			cluster_machine_step(s, &s->core->clusters[i], CE_WANT_STOP);
}

void incident_stop_counted(struct step *s, struct binding *b)
{
	stop_where(s, b, false);
}

void incident_stop_left_out(struct step *s, struct binding *b)
{
	stop_where(s, b, true);
}

void incident_leave_out(struct step *s, struct binding *b)
{
	uint32_t index = emit_binding_index(s->core, b);

	for (uint32_t i = 0; i < s->core->cluster_count; i++) {
		struct cluster *c = &s->core->clusters[i];

		if (c->binding == index && (c->state == CLUSTER_STATE_GONE || c->duty == DUTY_RESUME_OWED ||
						   !(plan_is_ours(c) || plan_budgets(s->core, c))))
			cluster_machine_step(s, c, CE_WANT_PAUSE);
	}
}
