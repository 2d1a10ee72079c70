/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "headline.h"
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* Up to here every project gets its line; beyond, only those with problems, and --all or --json for the rest. */
#define STATUS_LINES_MAX 50

static int one_project(struct session *s)
{
	struct view_status status;
	int result = session_ask(s, VERB_STATUS, session_parameters(s->request->project.text, NULL, NULL),
		VIEW_STATUS, &status);

	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->status(s->out, &status, &wire, true);
	for (size_t i = 0; i < status.projects.count; i++)
		if (!headline_is_good(&status.projects.items[i]))
			return EXIT_OPEN;
	return EXIT_GOOD;
}

/* What needs attention comes first; a frame holds at most a few hundred. */
static int by_trouble(const void *left, const void *right)
{
	const struct view_project *a = left, *b = right;
	bool a_good = headline_is_good(a), b_good = headline_is_good(b);

	return a_good != b_good ? a_good - b_good : strcmp(a->name, b->name);
}

/* Every frame of the stream. `*ret_bad`: a project needs attention. */
static int all_projects(struct session *s, int64_t project_count, bool *ret_bad)
{
	int result = session_send(s, verb_method(VERB_STATUS), session_parameters(NULL, NULL, NULL), true);
	bool first = true, more = true;

	while (result == 0 && more) {
		struct view_status status;
		result = session_receive(s, SESSION_READ_MS, VIEW_STATUS, &status);
		if (result != 0)
			return result;
		const struct wire wire = session_wire(s);
		if (status.projects.count > 1)
			qsort(status.projects.items, status.projects.count, sizeof *status.projects.items,
				by_trouble);
		/* A single project is shown as if it had been named. */
		s->out->ops->status(s->out, &status, &wire, project_count == 1);
		for (size_t i = 0; i < status.projects.count; i++)
			*ret_bad = *ret_bad || !headline_is_good(&status.projects.items[i]);
		if (first && status.summary)
			*ret_bad = *ret_bad || status.summary->problems > 0 || status.summary->incidents > 0;
		first = false;
		more = s->reply.continues;
		if (more) { /* frames are shown and done with */
			arena_fini(&s->out->arena);
		}
	}
	return result;
}

/* Of many projects: those that the summary names. */
static int problem_projects(struct session *s, const struct view_summary *summary)
{
	for (size_t i = 0; i < summary->problem_projects.count; i++) {
		struct view_status status;
		int result = session_ask(s, VERB_STATUS,
			session_parameters(summary->problem_projects.items[i], NULL, NULL), VIEW_STATUS,
			&status);
		if (result != 0)
			return result;
		const struct wire wire = session_wire(s);
		s->out->ops->status(s->out, &status, &wire, false);
	}
	return 0;
}

static int lanes(struct session *s)
{
	struct view_lanes view;
	int result;

	if (s->request->project.text[0])
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"a rate limit belongs to a key of TiDB Cloud or AWS, which projects share: cmekctl "
			"status --lanes");
	result = session_ask(s, VERB_LANES, session_parameters(NULL, NULL, NULL), VIEW_LANES, &view);
	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->lanes(s->out, &view, &wire);
	return EXIT_GOOD;
}

static int hints(struct session *s)
{
	struct view_hints view;
	int result;

	if (s->request->project.text[0])
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"queues of hints belong to all projects: cmekctl status --hints");
	result = session_ask(s, VERB_HINTS, session_parameters(NULL, NULL, NULL), VIEW_HINTS, &view);
	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->hints(s->out, &view, &wire);
	for (size_t i = 0; i < view.queues.count; i++)
		if (view.queues.items[i].trouble)
			return EXIT_OPEN;
	return EXIT_GOOD;
}

int cmd_status(struct session *s)
{
	struct view_status status;
	bool everything = REQUEST_HAS(s->request, ALL) || REQUEST_HAS(s->request, JSON), bad = false;

	if (REQUEST_HAS(s->request, HINTS))
		return hints(s);
	if (REQUEST_HAS(s->request, LANES))
		return lanes(s);
	if (s->request->project.text[0])
		return one_project(s);
	int result = session_ask(s, VERB_STATUS, session_parameters(NULL, NULL, NULL), VIEW_STATUS, &status);
	if (result != 0)
		return result;
	if (!status.summary)
		return output_trouble(s->out, EXIT_ERROR, "protocol",
			"cmekd gave no summary; perhaps of another version: cmekctl version");

	int64_t count = status.summary->projects, problems = status.summary->problems;
	bad = problems > 0 || status.summary->incidents > 0;
	if (everything || (count > 0 && count <= STATUS_LINES_MAX)) {
		result = all_projects(s, count, &bad);
		if (result == 0 && count > 1)
			s->out->ops->status_rest(s->out, 0);
	} else {
		const struct wire wire = session_wire(s);
		s->out->ops->status(s->out, &status, &wire, false);
		result = problem_projects(s, status.summary);
		if (result == 0 && count > 0)
			s->out->ops->status_rest(s->out, count - problems);
	}
	return result != 0 ? result : bad ? EXIT_OPEN : EXIT_GOOD;
}
