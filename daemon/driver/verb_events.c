/* SPDX-License-Identifier: Apache-2.0 */
/* Events: what is recorded and told, as it comes. A frame is made when the one before was taken; who is too slow for the ring
 * is told how many are gone. */
#include "driver/verb_rows.h"
#include "driver/engine.h"
#include "driver/project.h"
#include "driver/request.h"
#include "driver/tree.h"
#include "io/control.h"
#include <json-c/json.h>
#include <string.h>

#define FRAME_EVENTS 64 /* at most in a frame: about a MiB at worst */

static bool concerns(const struct pending *w, const struct events_item *item)
{
	return !w->project || strcmp(item->project.text, w->project->name.text) == 0;
}

/* From the listener's place on; `*ret_next` is where it stands then. NULL: no memory. */
static struct json_object *frame(const struct pending *w, uint64_t *ret_next, bool *ret_empty)
{
	const struct events *e = &w->engine->hub.events;
	struct tree t = {0};
	struct json_object *o = tree_object(&t), *list = tree_array(&t);
	uint64_t next = w->next_event, missed = 0, count = 0;

	if (next < e->first) {
		missed = e->first - next;
		next = e->first;
	}
	for (; next < e->next && count < FRAME_EVENTS; next++) {
		const struct events_item *item = events_at(e, next);

		if (!item->event)
			missed++;
		if (!item->event || !concerns(w, item))
			continue;
		tree_add(&t, list, json_object_get(item->event));
		count++;
	}
	*ret_next = next;
	*ret_empty = count == 0 && missed == 0;
	tree_put(&t, o, "events", list);
	tree_int(&t, o, "missed", (int64_t)missed);
	return tree_done(&t, o);
}

static void on_sent(struct control_call *call, void *data)
{
	struct pending *w = data;

	(void)call;
	w->sending = false;
	verb_events_told(w);
}

void verb_events_told(struct pending *w)
{
	struct json_object *o;
	uint64_t next;
	bool empty;

	if (w->sending)
		return;
	o = frame(w, &next, &empty);
	if (!o)
		return; /* it keeps its place: the next event asks again */
	w->next_event = next;
	if (empty && w->listens) { /* all of other projects */
		json_object_put(o);
		return;
	}
	w->listens = w->sending = true;
	control_reply_continues(w->call, o, on_sent);
}

void verb_EVENTS(struct engine *e, struct control_call *call)
{
	struct project *p = NULL;
	struct pending *w;

	if (request_has(call, "project") && !request_project(call, e, &p))
		return;
	if (!control_call_more(call)) {
		control_reply_invalid(call, "more");
		return;
	}
	if (events_listen(&e->hub.events) < 0) {
		request_not_ready(call, "cmekd is out of memory: try again");
		return;
	}
	w = pending_new(e, call, p);
	if (!w) {
		events_leave(&e->hub.events);
		return;
	}
	w->next_event = e->hub.events.next;
	verb_events_told(w); /* an empty frame: from here on it listens */
}
