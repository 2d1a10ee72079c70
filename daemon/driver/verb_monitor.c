/* SPDX-License-Identifier: Apache-2.0 */
/* Monitor: a project again whenever what status shows has changed. Two views are compared without their ages,
 * and a change that comes while a frame is on its way is shown by the next frame. */
#include "driver/verb_rows.h"
#include "driver/engine.h"
#include "driver/project.h"
#include "driver/request.h"
#include "driver/tree.h"
#include "driver/view.h"
#include "io/clock.h"
#include "io/control.h"
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static struct json_object *frame(const struct project *p, bool still)
{
	struct view view = {.still = still};
	struct tree t = {0};
	struct json_object *o = tree_object(&t);

	view.now = clock_now();
	tree_put(&t, o, "project", view_project(p, view));
	return tree_done(&t, o);
}

/* False: equal to what was shown last, or no memory to tell: the next change asks again. */
static bool has_news(struct pending *w)
{
	struct json_object *o = frame(w->project, true);
	const char *text = o ? json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN) : NULL;
	char *copy = text && (!w->shown || strcmp(text, w->shown) != 0) ? strdup(text) : NULL;

	json_object_put(o);
	if (!copy)
		return false;
	free(w->shown);
	w->shown = copy;
	return true;
}

static void on_sent(struct control_call *call, void *data)
{
	struct pending *w = data;

	(void)call;
	w->sending = false;
	verb_monitor_changed(w);
}

void verb_monitor_changed(struct pending *w)
{
	struct json_object *o;

	if (w->sending || !has_news(w))
		return;
	o = frame(w->project, false);
	if (!o)
		return;
	w->sending = true;
	control_reply_continues(w->call, o, on_sent);
}

void verb_MONITOR(struct engine *e, struct control_call *call)
{
	struct project *p;
	struct pending *w;

	if (!request_project(call, e, &p))
		return;
	if (!control_call_more(call)) {
		struct json_object *o = frame(p, false);

		request_reply(call, o);
		return;
	}
	w = pending_new(e, call, p);
	if (w)
		verb_monitor_changed(w);
}
