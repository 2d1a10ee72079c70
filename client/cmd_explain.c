/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include <json-c/json.h>

int cmd_explain(struct session *s)
{
	const struct request *r = s->request;
	struct view_explanations explanations;
	int result = session_ask(s, VERB_EXPLAIN, session_parameters(r->project.text, r->region.text, NULL),
		VIEW_EXPLANATIONS, &explanations);

	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->explain(s->out, r->project.text, &explanations, &wire);
	return EXIT_GOOD;
}
