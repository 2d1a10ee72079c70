/* SPDX-License-Identifier: Apache-2.0 */
/* orders: what people command, and that it counts from when it is answered. */
#include "driver/deed.h"
#include "sim.h"

void orders_hasten(struct sim *s, uint32_t project, uint32_t binding, enum command command, int64_t delay_ms)
{
	struct sim_item *item = queue_push(s, SIM_HASTE, project, delay_ms);

	item->cluster = binding;
	item->event.command.command = command;
}

/* It may close the incident. */
static void note_included(const struct core *core, struct sim_command *c)
{
	for (uint32_t i = 0; i < c->event.command.include_count; i++) {
		uint32_t k = core_find_cluster(core, &c->event.command.include[i]);

		if (k != CORE_NO_INDEX && core->clusters[k].binding != CORE_NO_INDEX)
			c->included_in[i] = core->bindings[core->clusters[k].binding].incident.id.n;
	}
}

void orders_command(struct sim *s, uint32_t project, struct event *event, bool stale_plan)
{
	event->at = s->now;
	if (event->command.command == COMMAND_UNSUSPEND)
		s->projects[project].suspended_until = s->now.boot; /* answered only when it is durable */
	if (event->command.command == COMMAND_LIVE_DRILL && s->projects[project].core.live.step == LIVE_NONE)
		s->projects[project].drill = 1 + truth_find(s, &event->command.include[0]);
	event->command.ticket = ++s->ticket;
	s->commands[s->ticket % 64] =
		(struct sim_command){.event = *event, .stale_plan = stale_plan, .project = project};
	if (event->command.command == COMMAND_RESTORE)
		note_included(&s->projects[project].core, &s->commands[s->ticket % 64]);
	hands_give(s, project, event);
}

void orders_decided(struct sim *s, const struct deed *deed)
{
	struct sim_command *c = &s->commands[deed->ticket % 64];

	c->decided = ++s->decided;
	c->answer = deed->answer;
	c->generation = s->generation;
}

/* Of those of the project that the core decided, the first that was not told yet; NULL: none. */
static struct sim_command *first_decided(struct sim *s, uint32_t project)
{
	struct sim_command *first = NULL;

	for (uint32_t t = 0; t < 64; t++) {
		struct sim_command *c = &s->commands[t];

		if (c->decided && c->project == project && (!first || c->decided < first->decided))
			first = c;
	}
	return first;
}

/* A command is taken when it is answered: the audit counts it from there, and so too those that were taken before it. Where the disk
 * is full answers may come in another order, and what was asked for first may be taken last. */
void orders_tell(struct sim *s, uint32_t project, const struct deed *deed, bool durable)
{
	uint64_t last = s->commands[deed->ticket % 64].decided;
	struct sim_command *c;

	while ((c = first_decided(s, project)) && c->decided <= last) {
		if (c->generation == s->generation)
			audit_command(s, project, c);
		c->decided = 0;
	}
	s->answers[durable ? deed->answer : ANSWER_NOT_DURABLE]++;
	sim_trace(s, "answer %s", answer_name(durable ? deed->answer : ANSWER_NOT_DURABLE));
}
