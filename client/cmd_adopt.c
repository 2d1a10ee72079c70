/* SPDX-License-Identifier: Apache-2.0 */
/* restore --adopt SID: a Deny statement of others is shown, confirmed, and removed; the incident then ends by itself. */
#include "cmd.h"
#include "follow.h"
#include "policy/adopt.h"
#include <json-c/json.h>
#include <string.h>

static struct json_object *target(const struct session *s, const char *reason)
{
	return session_parameters(s->request->project.text, s->request->region.text, reason);
}

static int show(struct session *s, const char *sid, struct view_plans *ret_plans)
{
	struct json_object *parameters = target(s, NULL);
	bool unused;

	if (parameters) {
		(void)json_object_object_add(
			parameters, "verb", json_object_new_string(verb_words(VERB_RESTORE)));
		(void)json_object_object_add(parameters, "adopt", json_object_new_string(sid));
	}
	int result = session_plan(s, parameters, NULL, ret_plans, &unused);
	if (result != 0)
		return result;
	const struct output_plan plan = {
		.verb = verb_words(VERB_RESTORE),
		.project = s->request->project.text,
		.region = s->request->region.text,
		.adopt = sid,
		.include = &s->request->include,
		.plans = ret_plans,
		.wire = session_wire(s),
	};
	s->out->ops->plan(s->out, &plan);
	return 0;
}

static int act(struct session *s, const char *sid, const char *digest)
{
	struct json_object *parameters = target(s, REQUEST_VALUE(s->request, REASON));
	struct view_errand end;

	if (parameters) {
		(void)json_object_object_add(parameters, "sid", json_object_new_string(sid));
		(void)json_object_object_add(parameters, "statementDigest", json_object_new_string(digest));
	}
	int result = session_errand(s, VERB_ADOPT_STATEMENT, parameters, &end);
	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->errand(s->out, ERRAND_REMOVE_STATEMENT, &end, &wire);
	return 0;
}

int cmd_restore_adopt(struct session *s)
{
	const char *sid = REQUEST_VALUE(s->request, ADOPT), *project = s->request->project.text;
	struct view_plans plans;

	if (strlen(sid) >= ADOPT_SID_BYTES || !adopt_is_plain(sid))
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"this is no Sid of a statement; expected at most %d printable characters without "
			"quotes, as "
			"cmekctl explain %s names it",
			ADOPT_SID_BYTES - 1, project);
	int result = show(s, sid, &plans);
	if (result != 0 || REQUEST_HAS(s->request, DRY_RUN))
		return result;
	if (plans.bindings.count != 1 || !plans.bindings.items[0].statement_digest)
		return output_trouble(s->out, EXIT_ERROR, "protocol",
			"the reply of cmekd tells no statement; perhaps of another version: cmekctl version");
	result = session_confirm(s, "remove this statement from the key policy");
	if (result == 0)
		result = act(s, sid, plans.bindings.items[0].statement_digest);
	if (result != 0)
		return result;
	if (REQUEST_HAS(s->request, WAIT))
		return follow_until(s, FOLLOW_CLOSED, false);
	s->out->ops->note(s->out, arena_printf(&s->out->arena,
					  "cmekd looks at the key now. An incident that it opened ends when "
					  "access is proven again, and "
					  "what it paused is resumed then; what another cmekd or people "
					  "paused is left to them: cmekctl "
					  "status %s",
					  project));
	return EXIT_GOOD;
}
