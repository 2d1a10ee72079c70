/* SPDX-License-Identifier: Apache-2.0 */
/* approve and decline: a person decides about an incident that waits. */
#include "cmd.h"
#include <inttypes.h>
#include <json-c/json.h>

static struct json_object *parameters_of(const struct session *s, const char *plan)
{
	struct json_object *parameters =
		session_parameters(s->request->project.text, NULL, REQUEST_VALUE(s->request, REASON));

	if (!parameters)
		return NULL;
	(void)json_object_object_add(parameters, "incident", json_object_new_int64(s->request->incident.n));
	if (plan)
		(void)json_object_object_add(parameters, "plan", json_object_new_string(plan));
	return parameters;
}

/* The incident among those that are open now. */
static int find(
	struct session *s, const struct view_project **ret_project, const struct view_binding **ret_binding)
{
	struct arena *a = &s->out->arena;
	const char *project = s->request->project.text, *open = "";
	struct view_status status;
	int result =
		session_ask(s, VERB_STATUS, session_parameters(project, NULL, NULL), VIEW_STATUS, &status);

	if (result != 0)
		return result;
	for (size_t i = 0; i < status.projects.count; i++) {
		const struct view_project *p = &status.projects.items[i];
		for (size_t b = 0; b < p->bindings.count; b++) {
			const struct view_incident *incident = p->bindings.items[b].incident;
			if (!incident)
				continue;
			if (incident->id == s->request->incident.n) {
				*ret_project = p;
				*ret_binding = &p->bindings.items[b];
				return 0;
			}
			open = arena_printf(
				a, "%s%s%s#%" PRId64, open, *open ? ", " : "", p->name, incident->id);
		}
	}
	return output_trouble(s->out, EXIT_ERROR, "no_incident",
		"there is no open incident %s#%" PRIu32 "; %s", project, s->request->incident.n,
		*open ? arena_printf(a, "open is %s", open) : "none is open");
}

int cmd_approve(struct session *s)
{
	const struct view_project *project;
	const struct view_binding *binding;
	bool tolerated;
	int result = find(s, &project, &binding);

	if (result != 0)
		return result;
	s->out->ops->decision(s->out, project, binding);
	result = session_confirm(s, "pause these clusters of the project");
	if (result == 0)
		result = session_act(s, VERB_APPROVE, parameters_of(s, binding->incident->plan->digest), NULL,
			VIEW_ERROR, NULL, &tolerated);
	if (result == 0)
		s->out->ops->taken(s->out, "approve", s->request->project.text, NULL, false);
	return result;
}

int cmd_decline(struct session *s)
{
	bool tolerated;
	int result = session_act(s, VERB_DECLINE, parameters_of(s, NULL), NULL, VIEW_ERROR, NULL, &tolerated);

	if (result == 0)
		s->out->ops->taken(s->out, "decline", s->request->project.text, NULL, false);
	return result;
}
