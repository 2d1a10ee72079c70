/* SPDX-License-Identifier: Apache-2.0 */
/* Status: a summary first, then the projects in frames; a frame is made when the one before was taken, so a
 * slow reader costs no memory. */
#include "driver/verb_rows.h"
#include "driver/engine.h"
#include "driver/project.h"
#include "driver/request.h"
#include "driver/tree.h"
#include "driver/view.h"
#include "io/clock.h"
#include "io/control.h"
#include <stdio.h>
#include <string.h>

#define FRAME_PROJECTS   200   /* at most in a frame */
#define FRAME_CLUSTERS   10000 /* and about so many clusters: a frame must stay under PROTO_REPLY_MAX */
#define SUMMARY_PROBLEMS 200   /* names in the summary */

static struct view view_now(void)
{
	struct view view = {.still = false};

	view.now = clock_now();
	return view;
}

static struct json_object *summary(struct tree *t, const struct engine *e, struct view view)
{
	struct json_object *o = tree_object(t), *names = tree_array(t);
	uint32_t count = 0, closing = 0;

	for (uint32_t i = 0; i < e->project_count; i++)
		closing += e->projects[i]->closing;
	for (uint32_t i = 0; i < e->project_count && count < SUMMARY_PROBLEMS; i++)
		if (e->projects[i]->problem_count > 0 && !e->projects[i]->closing) {
			tree_add_text(t, names, e->projects[i]->name.text);
			count++;
		}
	tree_text(t, o, "version", PACKAGE_VERSION);
	tree_int(t, o, "uptimeMs", view.now.boot.ms - e->started.ms);
	tree_int(t, o, "projects", e->project_count - closing);
	tree_int(t, o, "problems", e->problem_projects);
	tree_int(t, o, "incidents", e->incidents);
	tree_int(t, o, "budgetLeft", budget_left(&e->hub.budget, view.now.wall));
	tree_put(t, o, "problemProjects", names);
	return o;
}

/* The first project whose name comes after `after`. */
static uint32_t first_after(const struct engine *e, const char *after)
{
	uint32_t i = 0;

	if (*after)
		while (i < e->project_count && strcmp(e->projects[i]->name.text, after) <= 0)
			i++;
	return i;
}

/* One frame from project `i` on; `*ret_last` is the last one in it. True if more follow. */
static bool fill(struct tree *t, const struct engine *e, uint32_t i, struct json_object *projects,
	const struct project **ret_last)
{
	struct view view = view_now();
	uint32_t clusters = 0, count = 0;

	for (; i < e->project_count && count < FRAME_PROJECTS && clusters < FRAME_CLUSTERS; i++, count++) {
		if (e->projects[i]->closing) /* no longer configured: nobody is to take it for watched */
			continue;
		tree_add(t, projects, view_project(e->projects[i], view));
		clusters += e->projects[i]->core.cluster_count;
		*ret_last = e->projects[i];
	}
	return i < e->project_count;
}

static void send_next(struct control_call *call, void *data)
{
	struct pending *w = data;
	struct tree t = {0};
	struct json_object *o = tree_object(&t), *projects = tree_array(&t);
	const struct project *last = NULL;
	bool more = fill(&t, w->engine, first_after(w->engine, w->after), projects, &last);

	(void)call;
	tree_put(&t, o, "projects", projects);
	o = tree_done(&t, o);
	if (!o) {
		call = pending_end(w);
		request_not_ready(call, "cmekd is out of memory: try again");
		return;
	}
	if (more) {
		(void)snprintf(w->after, sizeof w->after, "%s", last->name.text);
		control_reply_continues(w->call, o, send_next);
		return;
	}
	call = pending_end(w);
	control_reply(call, o);
}

static void reply_all(struct engine *e, struct control_call *call)
{
	bool more = control_call_more(call);
	struct pending *w = more ? pending_new(e, call, NULL) : NULL;
	struct tree t = {0};
	struct json_object *o = tree_object(&t), *projects = tree_array(&t);
	const struct project *last = NULL;

	if (more && !w) {
		tree_put(&t, o, "projects", projects);
		tree_done(&(struct tree){.failed = true}, o);
		return;
	}
	tree_put(&t, o, "summary", summary(&t, e, view_now()));
	if (!more)
		(void)fill(&t, e, 0, projects, &last);
	tree_put(&t, o, "projects", projects);
	o = tree_done(&t, o);
	if (more && o) {
		control_reply_continues(call, o, send_next);
		return;
	}
	if (w)
		(void)pending_end(w);
	request_reply(call, o);
}

void verb_STATUS(struct engine *e, struct control_call *call)
{
	struct tree t = {0};
	struct project *p;
	struct json_object *o, *projects;

	engine_refresh(e); /* the counts of the summary */
	if (!request_has(call, "project")) {
		reply_all(e, call);
		return;
	}
	if (!request_project(call, e, &p))
		return;
	o = tree_object(&t);
	projects = tree_array(&t);
	tree_add(&t, projects, view_project(p, view_now()));
	tree_put(&t, o, "projects", projects);
	request_reply(call, tree_done(&t, o));
}
