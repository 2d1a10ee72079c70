/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include <json-c/json.h>

#define WAIT_MS (5 * 60 * (int64_t)1000) /* cmekd answers within four */

/* A cluster that people use must not be paused for a mistyped name: it is asked for by its own. */
static int confirm_live(struct session *s, const char *cluster)
{
	struct arena *a = &s->out->arena;
	int result = session_confirm_name(s,
		arena_printf(a,
			"pause cluster %s now, so that its connections break for minutes, and resume it",
			cluster),
		"cluster", cluster);

	if (result == 0)
		s->out->ops->note(s->out, arena_printf(a,
						  "If cmekd takes it, cluster %s is paused and resumed, "
						  "which takes minutes. Ctrl-C "
						  "leaves without stopping it: it is resumed all the same, "
						  "and cmekctl status shows how far it is.",
						  cluster));
	return result;
}

int cmd_drill(struct session *s)
{
	const struct request *r = s->request;
	const char *live = REQUEST_VALUE(r, LIVE);
	struct json_object *parameters;
	struct view_drill drill;
	int result = live ? confirm_live(s, live) : 0;

	if (result != 0)
		return result;
	parameters = session_parameters(r->project.text, r->region.text, REQUEST_VALUE(r, REASON));
	if (parameters && live)
		(void)json_object_object_add(parameters, "live", json_object_new_string(live));
	result = session_send(s, verb_method(VERB_DRILL), parameters, false);
	if (result == 0)
		result = session_receive(s, live ? CONNECTION_FOREVER : WAIT_MS, VIEW_DRILL, &drill);
	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->drill(s->out,
		r->region.text[0] ? arena_printf(&s->out->arena, "%s/%s", r->project.text, r->region.text)
				  : r->project.text,
		&drill, &wire);
	return drill.problems > 0 ? EXIT_OPEN : EXIT_GOOD;
}
