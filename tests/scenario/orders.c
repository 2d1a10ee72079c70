/* SPDX-License-Identifier: Apache-2.0 */
/* What operators ask of the core of a world, and what a queue tells it. */
#include "world.h"
#include <stdlib.h>
#include <string.h>

void world_command(struct world *w, enum command command, const char *region, uint8_t how, bool stale_plan)
{
	struct event e = {.type = EV_COMMAND};

	e.command.command = command;
	e.command.ticket = ++w->tickets;
	e.command.how = how;
	if (region && region_parse(region, strlen(region), &e.command.region))
		abort();
	for (uint32_t i = 0; i < w->core.binding_count; i++) {
		const struct binding *b = &w->core.bindings[i];
		struct core_plan plan;

		if (b->incident.phase == PHASE_NONE || (region && strcmp(b->region.text, region) != 0))
			continue;
		core_plan(&w->core, i, &plan);
		e.command.incident = b->incident.id;
		if (command == COMMAND_APPROVE)
			e.command.plan = plan.digest;
		if (stale_plan)
			e.command.plan.v ^= 1;
		break;
	}
	world_give(w, &e);
}

void world_restore(struct world *w, char **included, int count)
{
	struct event e = {.type = EV_COMMAND};

	e.command.command = COMMAND_RESTORE;
	e.command.ticket = ++w->tickets;
	for (int i = 0; i < count && i < RESTORE_INCLUDE_MAX; i++)
		if (cluster_id_parse(
			    included[i], strlen(included[i]), &e.command.include[e.command.include_count++]))
			abort();
	world_give(w, &e);
}

void world_suspend(struct world *w, int64_t span_ms)
{
	struct event e = {.type = EV_COMMAND};

	e.command.command = span_ms > 0 ? COMMAND_SUSPEND : COMMAND_UNSUSPEND;
	e.command.ticket = ++w->tickets;
	e.command.span_ms = span_ms;
	world_give(w, &e);
}

void world_errand(struct world *w, const char *name, const char *region)
{
	struct event e = {.type = EV_COMMAND};

	e.command.command = COMMAND_ERRAND;
	e.command.ticket = ++w->tickets;
	if (!errand_parse(name, &e.command.errand) ||
		region_parse(region, strlen(region), &e.command.region) != 0)
		abort();
	world_give(w, &e);
}

void world_drill(struct world *w, uint32_t problems)
{
	struct event e = {.type = EV_COMMAND};

	e.command.command = COMMAND_DRILL;
	e.command.ticket = ++w->tickets;
	e.command.count = problems;
	e.command.report.bytes[0] = 0xd1;
	world_give(w, &e);
}

void world_live_drill(struct world *w, const char *cluster)
{
	struct event e = {.type = EV_COMMAND};

	e.command.command = COMMAND_LIVE_DRILL;
	e.command.ticket = ++w->tickets;
	e.command.include_count = 1;
	if (cluster_id_parse(cluster, strlen(cluster), &e.command.include[0]) != 0)
		abort();
	world_give(w, &e);
}

void world_hint(struct world *w, const char *region)
{
	struct event e = {.type = EV_HINT};
	struct region name = {.text = ""};

	(void)region_parse(region, strlen(region), &name);
	e.hint.binding = core_find_binding(&w->core, &name);
	world_give(w, &e);
}
