/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "base/array.h"
#include "base/own.h"
#include "check_text.h"
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* `known`: nothing is read for it. `*ret_bad`: it has a problem. */
static int check_one(struct session *s, const char *project, bool known, bool *ret_bad)
{
	struct json_object *parameters = session_parameters(project, NULL, NULL);
	struct check_tally tally = {.ok = 0};
	struct view_checks checks;
	int result;

	if (parameters && known)
		(void)json_object_object_add(parameters, "known", json_object_new_boolean(true));
	result = session_ask(s, VERB_CHECK, parameters, VIEW_CHECKS, &checks);
	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->checks(s->out, project, &checks, &wire);
	check_tally_add(&tally, &checks);
	*ret_bad = *ret_bad || tally.problems > 0;
	return 0;
}

struct names {
	struct project_name *items; /* owned */
	uint32_t count, size;
};

static void names_fini(struct names *n)
{
	free(n->items);
}

static int keep_name(struct session *s, struct names *n, const char *name)
{
	if (array_grow(&n->items, &n->size, n->count + 1, sizeof *n->items) != 0)
		return output_trouble(s->out, EXIT_ERROR, "failure", "out of memory: too many projects");
	if (project_name_parse(name, strlen(name), &n->items[n->count]) == 0)
		n->count++;
	return 0;
}

/* Every project of the stream of Status. A connection carries one call at a time: so the names first. */
static int all_names(struct session *s, struct names *n)
{
	int result = session_send(s, verb_method(VERB_STATUS), session_parameters(NULL, NULL, NULL), true);
	bool more = true;

	while (result == 0 && more) {
		struct view_status status;

		result = session_receive(s, SESSION_READ_MS, VIEW_STATUS, &status);
		for (size_t i = 0; result == 0 && i < status.projects.count; i++)
			result = keep_name(s, n, status.projects.items[i].name);
		more = s->reply.continues;
		arena_fini(&s->out->arena);
	}
	return result;
}

int cmd_check(struct session *s)
{
	_cleanup_(names_fini) struct names names = {.items = NULL};
	bool bad = false;
	int result;

	if (s->request->project.text[0])
		result = check_one(s, s->request->project.text, false, &bad);
	else
		result = all_names(s, &names);
	for (uint32_t i = 0; result == 0 && i < names.count; i++) {
		result = check_one(s, names.items[i].text, true, &bad);
		arena_fini(&s->out->arena); /* shown and done with */
	}
	if (result == 0 && !s->request->project.text[0] && names.count == 0)
		s->out->ops->note(s->out,
			"Nothing is checked: cmekd has no project. Put a file for each into "
			"projects.d, see cmekd.project(5)");
	return result != 0 ? result : bad ? EXIT_OPEN : EXIT_GOOD;
}
