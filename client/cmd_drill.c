/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include <json-c/json.h>

#define WAIT_MS (5 * 60 * (int64_t)1000) /* cmekd answers within four */

int cmd_drill(struct session *s)
{
	const struct request *r = s->request;
	struct view_drill drill;
	int result = session_send(s, verb_method(VERB_DRILL),
		session_parameters(r->project.text, r->region.text, REQUEST_VALUE(r, REASON)), false);

	if (result == 0)
		result = session_receive(s, WAIT_MS, VIEW_DRILL, &drill);
	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->drill(s->out,
		r->region.text[0] ? arena_printf(&s->out->arena, "%s/%s", r->project.text, r->region.text)
				  : r->project.text,
		&drill, &wire);
	return drill.problems > 0 ? EXIT_OPEN : EXIT_GOOD;
}
