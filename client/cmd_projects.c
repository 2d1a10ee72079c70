/* SPDX-License-Identifier: Apache-2.0 */
/* projects: the names of all, for a shell. */
#include "cmd.h"
#include <json-c/json.h>

int cmd_projects(struct session *s)
{
	struct view_names names;
	int result = session_ask(s, VERB_PROJECTS, session_parameters(NULL, NULL, NULL), VIEW_NAMES, &names);

	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->names(s->out, &names, &wire);
	return EXIT_GOOD;
}
