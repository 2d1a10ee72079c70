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

/* Of restore: the clusters that are named besides. Takes `parameters`; NULL: no memory. */
static struct json_object *with_included(const struct session *s, struct json_object *parameters)
{
	const struct grammar_list *include = &s->request->include;
	struct json_object *names = parameters && include->count > 0 ? json_object_new_array() : NULL;

	for (size_t i = 0; names && i < include->count; i++)
		(void)json_object_array_add(names, json_object_new_string(include->items[i]));
	if (names)
		(void)json_object_object_add(parameters, "include", names);
	return parameters;
}

/* What cmekd answers if there is nothing to do. With --wait that is no trouble: that is how one comes back after
 * Ctrl-C. */
static const char *already(const struct session *s, enum verb verb)
{
	if (!REQUEST_HAS(s->request, WAIT))
		return NULL;
	return answer_name(verb == VERB_REVOKE ? ANSWER_ALREADY : ANSWER_NOT_REVOKED);
}

/* How the revoke is asked for; what is not asked for is not said: a cmekd of before does not know all of it. */
static void add_how(const struct session *s, struct json_object *parameters)
{
	static const struct {
		enum grammar_option option;
		const char *member;
	} hows[] = {
		{GRAMMAR_OPTION_PAUSE_ONLY, "pauseOnly"},
		{GRAMMAR_OPTION_PAUSE_FIRST, "pauseFirst"},
		{GRAMMAR_OPTION_DISABLE_KEY, "disableKey"},
		{GRAMMAR_OPTION_REMOVE_STATEMENTS, "removeStatements"},
		{GRAMMAR_OPTION_KEEP_GRANTS, "keepGrants"},
	};

	for (size_t i = 0; i < sizeof hows / sizeof *hows; i++)
		if (s->request->options & (UINT64_C(1) << hows[i].option))
			(void)json_object_object_add(
				parameters, hows[i].member, json_object_new_boolean(true));
}

static int show_plan(struct session *s, enum verb verb, struct view_plans *ret_plans, bool *ret_already)
{
	struct json_object *parameters = with_included(s, target(s, NULL));

	if (parameters) {
		(void)json_object_object_add(parameters, "verb", json_object_new_string(verb_words(verb)));
		if (verb == VERB_REVOKE)
			add_how(s, parameters);
	}
	int result = session_plan(s, parameters, already(s, verb), ret_plans, ret_already);
	if (result != 0 || *ret_already)
		return result;
	const struct output_plan plan = {
		.verb = verb_words(verb),
		.project = s->request->project.text,
		.region = s->request->region.text,
		.pause_only = REQUEST_HAS(s->request, PAUSE_ONLY),
		.pause_first = REQUEST_HAS(s->request, PAUSE_FIRST),
		.include = &s->request->include,
		.keep_grants = REQUEST_HAS(s->request, KEEP_GRANTS),
		.disable_key = REQUEST_HAS(s->request, DISABLE_KEY),
		.remove = REQUEST_HAS(s->request, REMOVE_STATEMENTS),
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

/* So has, of a key that is disabled, who else loses it. */
static int check_users(struct session *s, const struct view_plans *plans)
{
	if (REQUEST_HAS(s->request, ACCEPT_LOSS) || !REQUEST_HAS(s->request, DISABLE_KEY))
		return 0;
	for (size_t i = 0; i < plans->bindings.count; i++)
		if (plans->bindings.items[i].key_users.count > 0)
			return output_trouble(s->out, EXIT_ERROR, "key_users",
				"the key policy of %s lets others use the key, who would lose it too, "
				"%s among them: nothing was changed; if that is meant, add --accept-loss",
				plans->bindings.items[i].region, plans->bindings.items[i].key_users.items[0]);
	return 0;
}

/* And who loses what the statements give that TiDB Cloud is taken out of. */
static int check_losses(struct session *s, const struct view_plans *plans)
{
	if (REQUEST_HAS(s->request, ACCEPT_LOSS))
		return 0;
	for (size_t i = 0; i < plans->bindings.count; i++)
		if (plans->bindings.items[i].losses)
			return output_trouble(s->out, EXIT_ERROR, "losses",
				"%s: others would lose what they have: nothing was changed; if that is "
				"meant, add --accept-loss, else revoke without --remove-statements",
				plans->bindings.items[i].region);
	return 0;
}

static struct json_object *revoke_parameters(const struct session *s)
{
	struct json_object *parameters = target(s, REQUEST_VALUE(s->request, REASON));

	if (parameters) {
		(void)json_object_object_add(parameters, "pauseOnly", json_object_new_boolean(false));
		add_how(s, parameters);
		(void)json_object_object_add(parameters, "sharedKey",
			json_object_new_boolean(REQUEST_HAS(s->request, SHARED_KEY)));
		if (REQUEST_HAS(s->request, ACCEPT_LOSS))
			(void)json_object_object_add(parameters, "acceptLoss", json_object_new_boolean(true));
	}
	return parameters;
}

static int act(struct session *s, enum verb verb, bool *ret_already)
{
	struct view_incidents incidents;
	struct json_object *parameters =
		verb == VERB_REVOKE ? revoke_parameters(s)
				    : with_included(s, target(s, REQUEST_VALUE(s->request, REASON)));
	int result =
		session_act(s, verb, parameters, already(s, verb), VIEW_INCIDENTS, &incidents, ret_already);

	if (result == 0 && !*ret_already)
		s->out->ops->taken(s->out, verb_words(verb), s->request->project.text, &incidents,
			REQUEST_HAS(s->request, WAIT));
	return result;
}

static int follow(struct session *s, enum verb verb, bool so_already)
{
	bool revoke = verb == VERB_REVOKE;

	if (so_already)
		s->out->ops->note(s->out, revoke ? "It is revoked already."
						 : "No operator's revoke is in force there any more.");
	if (!REQUEST_HAS(s->request, WAIT))
		return EXIT_GOOD;
	return follow_until(s, revoke ? FOLLOW_DARK : FOLLOW_CLOSED, REQUEST_HAS(s->request, PAUSE_ONLY));
}

static int change(struct session *s, enum verb verb, const char *what)
{
	struct view_plans plans;
	bool so_already;
	int result = show_plan(s, verb, &plans, &so_already);

	if (result != 0 || REQUEST_HAS(s->request, DRY_RUN))
		return result;
	if (!so_already) {
		result = verb == VERB_REVOKE ? check_shared(s, &plans) : 0;
		if (result == 0 && verb == VERB_REVOKE)
			result = check_users(s, &plans);
		if (result == 0 && verb == VERB_REVOKE)
			result = check_losses(s, &plans);
		if (result == 0)
			result = session_confirm(s, what);
		if (result == 0)
			result = act(s, verb, &so_already);
	}
	return result != 0 ? result : follow(s, verb, so_already);
}

int cmd_revoke(struct session *s)
{
	if (REQUEST_HAS(s->request, PAUSE_ONLY) && REQUEST_HAS(s->request, PAUSE_FIRST))
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"--pause-only leaves the key policy alone, --pause-first changes it later: give one "
			"of "
			"them");
	if (REQUEST_HAS(s->request, PAUSE_ONLY) && REQUEST_HAS(s->request, DISABLE_KEY))
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"--pause-only leaves the key alone, --disable-key disables it: give one of them");
	if (REQUEST_HAS(s->request, REMOVE_STATEMENTS) &&
		(REQUEST_HAS(s->request, PAUSE_ONLY) || REQUEST_HAS(s->request, DISABLE_KEY)))
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"--remove-statements changes the key policy, which --pause-only and "
			"--disable-key leave alone: give one of them");
	if (REQUEST_HAS(s->request, ACCEPT_LOSS) && !REQUEST_HAS(s->request, DISABLE_KEY) &&
		!REQUEST_HAS(s->request, REMOVE_STATEMENTS))
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"--accept-loss is for --disable-key and --remove-statements: a Deny statement takes "
			"nothing from anybody but TiDB Cloud");
	return change(s, VERB_REVOKE, "revoke this project's key");
}

int cmd_restore(struct session *s)
{
	if (REQUEST_HAS(s->request, ADOPT) && REQUEST_HAS(s->request, INCLUDE))
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"--adopt removes a statement of others, --include resumes clusters: one after the "
			"other");
	if (REQUEST_HAS(s->request, ADOPT))
		return cmd_restore_adopt(s);
	return change(s, VERB_RESTORE, "restore this project");
}
