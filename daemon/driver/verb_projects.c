/* SPDX-License-Identifier: Apache-2.0 */
/* Projects: their names and nothing else, which fit into one reply however many they are. */
#include "driver/engine.h"
#include "driver/project.h"
#include "driver/request.h"
#include "driver/tree.h"
#include "driver/verb_rows.h"
#include "io/control.h"

void verb_PROJECTS(struct engine *e, struct control_call *call)
{
	struct tree t = {0};
	struct json_object *o = tree_object(&t), *names = tree_array(&t);

	for (uint32_t i = 0; i < e->project_count; i++)
		if (!e->projects[i]->closing) /* no longer configured */
			tree_add_text(&t, names, e->projects[i]->name.text);
	tree_put(&t, o, "projects", names);
	request_reply(call, tree_done(&t, o));
}
