/* SPDX-License-Identifier: Apache-2.0 */
/* cmek configure and policy apply: a key for a region of a project. Look at it, show, ask, change. */
#include "base/own.h"
#include "cmd.h"
#include "key_plan.h"
#include "policy/compare.h"
#include "policy/policy.h"
#include <json-c/json.h>
#include <string.h>

static void own_policy(struct policy **p)
{
	*p = policy_free(*p);
}

static struct json_object *parameters_of(const struct session *s, const struct key_arn *key)
{
	struct json_object *o =
		session_parameters(s->request->project.text, NULL, REQUEST_VALUE(s->request, REASON));

	if (o)
		(void)json_object_object_add(o, "keyArn", json_object_new_string(key->text));
	return o;
}

/* Asks for the change, waits for its end, and shows that. */
static int change(struct session *s, enum verb verb, enum errand errand, struct json_object *parameters)
{
	struct view_errand end;
	int result = session_errand(s, verb, parameters, &end);

	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->errand(s->out, errand, &end, &wire);
	return EXIT_GOOD;
}

/* ---- cmek configure ---- */

/* What forbids it; 0: nothing. */
static int judge_configure(struct session *s, const struct view_key_plan *plan)
{
	const char *project = s->request->project.text;

	if (!plan->cmek_enabled)
		return output_trouble(s->out, EXIT_ERROR, "no_cmek",
			"the project of %s was created without CMEK, which cannot be added later: cmekctl "
			"project "
			"create NAME makes one with it",
			project);
	for (size_t i = 0; i < plan->configured.count; i++) {
		const struct view_cmek_setting *is = &plan->configured.items[i];

		if (strcmp(is->region, plan->region) != 0)
			continue;
		if (strcmp(is->key_arn, plan->key_arn) == 0)
			return output_trouble(s->out, EXIT_ERROR, "already",
				"TiDB Cloud names this key for %s of %s already: nothing is to be done",
				is->region, project);
		return output_trouble(s->out, EXIT_ERROR, "has_key",
			"%s of %s has the key %s already, and a configured key cannot be changed: nothing "
			"was done. "
			"TiDB Cloud's support may help",
			is->region, project, is->key_arn);
	}
	return 0;
}

int cmd_cmek_configure(struct session *s)
{
	struct json_object *parameters;
	struct view_key_plan plan;
	struct key_arn key;
	bool second;
	int result = key_plan_named(s, &key);

	if (result == 0)
		result = key_plan_ask(s, &key, &plan);
	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->key_plan(s->out, s->request->project.text, &plan, &wire);
	result = judge_configure(s, &plan);
	if (result != 0)
		return result;
	if (key_plan_has_problem(&plan))
		return output_trouble(s->out, EXIT_OPEN, "key",
			"the key will not do yet, and a configured key cannot be changed: nothing was done. "
			"Correct "
			"what is marked, and ask again");
	second = plan.configured.count > 0;
	if (second)
		s->out->ops->note(s->out, arena_printf(&s->out->arena,
						  "The project has a key in %s. TiDB Cloud's documents say "
						  "that a project takes one key "
						  "for each region; the description of its API says that it "
						  "takes one region only. "
						  "What is configured cannot be taken back.",
						  plan.configured.items[0].region));
	if (REQUEST_HAS(s->request, DRY_RUN))
		return EXIT_GOOD;
	result = session_confirm(s, second ? "configure a key for a second region of this project, for good"
					   : "configure this key for this project, for good");
	if (result != 0)
		return result;
	parameters = parameters_of(s, &key);
	if (parameters)
		(void)json_object_object_add(parameters, "secondRegion", json_object_new_boolean(second));
	return change(s, VERB_CONFIGURE_CMEK, ERRAND_CONFIGURE_CMEK, parameters);
}

/* ---- policy apply ---- */

/* `*ret_policy` stays NULL if there is no such text. */
static int read_policy(struct session *s, const char *member, struct policy **ret_policy)
{
	_cleanup_free_ char *text = NULL;
	const struct wire wire = session_wire(s);
	uint32_t node = json_member(wire.tree, wire.node, member);
	struct why why = {""};

	if (!json_is(wire.tree, node, JSON_STRING))
		return 0;
	if (json_string_dup(wire.tree, node, POLICY_MAX_BYTES, &text) != 0 ||
		policy_parse(text, strlen(text), ret_policy, &why) != 0)
		return output_trouble(s->out, EXIT_ERROR, "malformed",
			"cmekd sent a key policy that cannot be read: %s", why.text);
	return 0;
}

/* `*ret_change`: there is something to do. */
static int show_change(struct session *s, bool *ret_change)
{
	_cleanup_(own_policy) struct policy *before = NULL, *after = NULL;
	_cleanup_(compare_list_fini) struct compare_list list = COMPARE_LIST_INIT;
	int result = read_policy(s, "policy", &before);

	if (result == 0)
		result = read_policy(s, "newPolicy", &after);
	*ret_change = after != NULL;
	if (result != 0 || !before || !after)
		return result;
	if (compare_statements(before, after, &list) < 0)
		return output_trouble(s->out, EXIT_ERROR, "failure", "out of memory");
	s->out->ops->compared(s->out, &list, false);
	return 0;
}

static int judge_policy(struct session *s, const struct view_key_plan *plan, bool has_change)
{
	if (plan->policy_trouble && !has_change)
		return output_trouble(s->out, EXIT_ERROR, "policy", "the key policy is left as it is: %s",
			plan->policy_trouble);
	if (!plan->policy_digest)
		return output_trouble(s->out, EXIT_ERROR, "not_read", "the key policy could not be read: %s",
			plan->checks.count > 0 ? plan->checks.items[0].found : "cmekd does not say why");
	if (plan->losses && !REQUEST_HAS(s->request, ACCEPT_LOSS) && !REQUEST_HAS(s->request, DRY_RUN))
		return output_trouble(s->out, EXIT_ERROR, "losses",
			"others would lose what they have: %s. Nothing was done; if that is meant, add "
			"--accept-loss",
			plan->losses);
	return 0;
}

int cmd_policy_apply(struct session *s)
{
	struct json_object *parameters;
	struct view_key_plan plan;
	struct key_arn key;
	bool has_change = false;
	int result = key_plan_of_target(s, &key);

	if (result == 0)
		result = key_plan_ask(s, &key, &plan);
	if (result == 0)
		result = show_change(s, &has_change);
	if (result == 0)
		result = judge_policy(s, &plan, has_change);
	if (result != 0)
		return result;
	if (!has_change) {
		s->out->ops->note(s->out, arena_printf(&s->out->arena,
						  "The key policy gives account %s all that it needs "
						  "already: nothing is to be done.",
						  plan.vendor_account));
		return EXIT_GOOD;
	}
	if (plan.losses)
		s->out->ops->note(
			s->out, arena_printf(&s->out->arena, "Others lose what they have: %s", plan.losses));
	if (plan.policy_trouble)
		s->out->ops->note(s->out, plan.policy_trouble);
	if (REQUEST_HAS(s->request, DRY_RUN))
		return EXIT_GOOD;
	result = session_confirm(s, "change the policy of this project's key");
	if (result != 0)
		return result;
	parameters = parameters_of(s, &key);
	if (parameters) {
		(void)json_object_object_add(
			parameters, "policyDigest", json_object_new_string(plan.policy_digest));
		(void)json_object_object_add(parameters, "acceptLoss",
			json_object_new_boolean(REQUEST_HAS(s->request, ACCEPT_LOSS)));
	}
	return change(s, VERB_APPLY_POLICY, ERRAND_APPLY_POLICY, parameters);
}
