/* SPDX-License-Identifier: Apache-2.0 */
#include "key_plan.h"
#include <json-c/json.h>
#include <string.h>

#define PLAN_MS (60 * 1000) /* it waits for its turn in the lanes of both clouds */

int key_plan_named(struct session *s, struct key_arn *ret_key)
{
	const char *key = REQUEST_VALUE(s->request, KEY);
	struct region region;

	if (!key)
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"say which key: --key ARN, as in arn:aws:kms:us-west-2:111122223333:key/ID");
	if (key_arn_parse(key, strlen(key), ret_key, &region, NULL) != 0)
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"\"%.160s\" is no ARN of a key; expected arn:aws:kms:REGION:ACCOUNT:key/ID (no "
			"alias: the ARN "
			"is kept for good)",
			key);
	if (s->request->region.text[0] && !region_equal(&region, &s->request->region))
		return output_trouble(s->out, EXIT_USAGE, "usage", "the key is of %s, not of %s", region.text,
			s->request->region.text);
	return 0;
}

int key_plan_of_target(struct session *s, struct key_arn *ret_key)
{
	const struct request *r = s->request;
	const struct view_binding *found = NULL;
	struct view_status status;
	size_t count = 0;
	int result;

	if (REQUEST_VALUE(r, KEY))
		return key_plan_named(s, ret_key);
	result = session_ask(
		s, VERB_STATUS, session_parameters(r->project.text, NULL, NULL), VIEW_STATUS, &status);
	if (result != 0)
		return result;
	for (size_t i = 0; status.projects.count == 1 && i < status.projects.items[0].bindings.count; i++) {
		const struct view_binding *b = &status.projects.items[0].bindings.items[i];

		if (r->region.text[0] && strcmp(b->region, r->region.text) != 0)
			continue;
		found = b;
		count++;
	}
	if (count == 1 && key_arn_parse(found->key_arn, strlen(found->key_arn), ret_key, NULL, NULL) == 0)
		return 0;
	if (count > 1)
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"%s has keys in %zu regions: say which, as in %s/%s", r->project.text, count,
			r->project.text, found->region);
	return output_trouble(s->out, EXIT_USAGE, "usage",
		"%s has no key there yet: say which is meant: --key ARN", r->project.text);
}

int key_plan_ask(struct session *s, const struct key_arn *key, struct view_key_plan *ret_plan)
{
	struct json_object *parameters = session_parameters(s->request->project.text, NULL, NULL);
	int result;

	if (parameters)
		(void)json_object_object_add(parameters, "keyArn", json_object_new_string(key->text));
	result = session_send(s, verb_method(VERB_PLAN_KEY), parameters, false);
	return result != 0 ? result : session_receive(s, PLAN_MS, VIEW_KEY_PLAN, ret_plan);
}

bool key_plan_has_problem(const struct view_key_plan *plan)
{
	for (size_t i = 0; i < plan->checks.count; i++)
		if (strcmp(plan->checks.items[i].result, "ok") != 0)
			return true;
	return false;
}
