/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator asks cmekd to change at a key, one change at a time: rotation enable, key cancel-deletion. */
#include "base/num.h"
#include "cmd.h"
#include "model/errand.h"
#include <json-c/json.h>
#include <string.h>

static struct json_object *target(const struct session *s)
{
	const struct request *r = s->request;

	return session_parameters(r->project.text, r->region.text, REQUEST_VALUE(r, REASON));
}

/* Asks for it, waits for its end, and shows that. */
static int run(struct session *s, enum verb verb, enum errand errand, struct json_object *parameters)
{
	struct view_errand end;
	int result = session_errand(s, verb, parameters, &end);

	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->errand(s->out, errand, &end, &wire);
	return EXIT_GOOD;
}

int cmd_rotation_enable(struct session *s)
{
	const char *days_text = REQUEST_VALUE(s->request, PERIOD);
	struct json_object *parameters;
	uint64_t days = 0;

	if (days_text && (num_parse_u64(days_text, strlen(days_text), ERRAND_PERIOD_MAX_DAYS, &days) != 0 ||
				 days < ERRAND_PERIOD_MIN_DAYS))
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"\"%.64s\" is no period of rotation; expected %d to %d days, as in --period 180",
			days_text, ERRAND_PERIOD_MIN_DAYS, ERRAND_PERIOD_MAX_DAYS);
	parameters = target(s);
	if (parameters && days > 0)
		(void)json_object_object_add(parameters, "periodDays", json_object_new_int64((int64_t)days));
	return run(s, VERB_ENABLE_ROTATION, ERRAND_ENABLE_ROTATION, parameters);
}

int cmd_key_cancel_deletion(struct session *s)
{
	const char *project = s->request->project.text;
	int result = session_confirm(s, "cancel the deletion of this project's key, and enable the key");

	if (result == 0)
		result = run(s, VERB_CANCEL_DELETION, ERRAND_CANCEL_DELETION, target(s));
	if (result != 0)
		return result;
	/* AWS KMS leaves it Disabled. */
	result = run(s, VERB_ENABLE_KEY, ERRAND_ENABLE_KEY, target(s));
	if (result != 0) {
		s->out->ops->note(s->out,
			arena_printf(&s->out->arena,
				"The deletion is cancelled, but the key is still disabled, as AWS KMS leaves "
				"it: nobody can "
				"use it. Once the reason is gone, ask again: cmekctl key cancel-deletion %s",
				project));
		return result;
	}
	s->out->ops->note(s->out, arena_printf(&s->out->arena,
					  "cmekd looks at the key now. An incident that it opened ends when "
					  "access is proven again, and "
					  "what it paused is resumed then; clusters that ran on were not "
					  "touched: cmekctl status %s",
					  project));
	return EXIT_GOOD;
}
