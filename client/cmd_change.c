/* SPDX-License-Identifier: Apache-2.0 */
/* revoke and restore: mirror images. Plan, show, ask, act, follow. */
#include "cmd.h"
#include "follow.h"
#include "model/command.h"
#include <json-c/json.h>

static struct json_object *target(const struct session *s, const char *reason)
{
	return session_parameters(s->request->project.text, s->request->region.text, reason);
}

static int show_plan(struct session *s, const char *verb, struct view_plans *ret_plans)
{
	struct json_object *parameters = target(s, NULL);

	if (parameters)
		(void)json_object_object_add(parameters, "verb", json_object_new_string(verb));
	int result = session_ask(s, VERB_PLAN, parameters, VIEW_PLANS, ret_plans);
	if (result != 0)
		return result;
	const struct output_plan plan = {
		.verb = verb,
		.project = s->request->project.text,
		.region = s->request->region.text,
		.pause_only = REQUEST_HAS(s->request, PAUSE_ONLY),
		.plans = ret_plans,
		.wire = session_wire(s),
	};
	s->out->ops->plan(s->out, &plan);
	return 0;
}

/* A shared key has to be said to be meant before anything is asked. */
static int check_shared(struct session *s, const struct view_plans *plans)
{
	const struct request *r = s->request;

	if (REQUEST_HAS(r, SHARED_KEY) || REQUEST_HAS(r, PAUSE_ONLY))
		return 0;
	for (size_t i = 0; i < plans->bindings.count; i++)
		if (plans->bindings.items[i].shared_with.count > 0)
			return output_trouble(s->out, EXIT_ERROR, "shared_key",
				"the key of %s is also that of %s, which would lose access too: nothing was "
				"changed; if that is meant,"
				" add --shared-key",
				plans->bindings.items[i].region,
				plans->bindings.items[i].shared_with.items[0]);
	return 0;
}

static struct json_object *revoke_parameters(const struct session *s)
{
	struct json_object *parameters = target(s, s->request->reason);

	if (parameters) {
		(void)json_object_object_add(parameters, "pauseOnly",
			json_object_new_boolean(REQUEST_HAS(s->request, PAUSE_ONLY)));
		(void)json_object_object_add(parameters, "sharedKey",
			json_object_new_boolean(REQUEST_HAS(s->request, SHARED_KEY)));
	}
	return parameters;
}

/* Sends the verb and follows it. With --wait, "it is so already" is no trouble: that is how one comes back after
 * Ctrl-C. */
static int act(struct session *s, enum verb verb, struct json_object *parameters, enum follow_goal goal)
{
	const char *already = answer_name(verb == VERB_REVOKE ? ANSWER_ALREADY : ANSWER_NOT_REVOKED);
	bool wait = REQUEST_HAS(s->request, WAIT), so_already = false;
	struct view_incidents incidents;

	int result = session_act(
		s, verb, parameters, wait ? already : NULL, VIEW_INCIDENTS, &incidents, &so_already);
	if (result != 0)
		return result;
	if (so_already)
		s->out->ops->note(
			s->out, verb == VERB_REVOKE ? "It is revoked already." : "It is restored already.");
	else
		s->out->ops->taken(s->out, verb_words(verb), s->request->project.text, &incidents, wait);
	return wait ? follow_until(s, goal, REQUEST_HAS(s->request, PAUSE_ONLY)) : EXIT_GOOD;
}

int cmd_revoke(struct session *s)
{
	struct view_plans plans;
	int result = show_plan(s, "revoke", &plans);

	if (result != 0 || REQUEST_HAS(s->request, DRY_RUN))
		return result;
	result = check_shared(s, &plans);
	if (result == 0)
		result = session_confirm(s, "revoke this project's key");
	return result != 0 ? result : act(s, VERB_REVOKE, revoke_parameters(s), FOLLOW_DARK);
}

int cmd_restore(struct session *s)
{
	struct view_plans plans;
	int result = show_plan(s, "restore", &plans);

	if (result != 0 || REQUEST_HAS(s->request, DRY_RUN))
		return result;
	result = session_confirm(s, "restore this project");
	return result != 0 ? result : act(s, VERB_RESTORE, target(s, s->request->reason), FOLLOW_CLOSED);
}
