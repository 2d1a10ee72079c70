/* SPDX-License-Identifier: Apache-2.0 */
/* monitor: what is recorded and told, as it comes, until Ctrl-C. */
#include "cmd.h"
#include "stream.h"

static void show(struct session *s, const struct view_events *events)
{
	struct wire wire = session_wire(s);
	size_t i = 0;

	if (events->missed > 0)
		s->out->ops->missed(s->out, events->missed);
	json_for_each (wire.tree, json_member(wire.tree, s->reply.parameters, "events"), event) {
		wire.node = event;
		s->out->ops->event(s->out, &events->events.items[i++], &wire);
	}
	(void)fflush(s->out->page.to);
	arena_fini(&s->out->arena);
}

int cmd_monitor(struct session *s)
{
	struct arena arena = {.blocks = NULL};
	struct view_events events;
	struct stream stream;
	int result;

	stream_init(&stream, s, VERB_EVENTS, s->request->project.text);
	for (bool first = true;; first = false) {
		result = stream_next(&stream, &arena, VIEW_EVENTS, &events, CONNECTION_FOREVER);
		if (result == STREAM_RESIZED)
			s->out->page = page_for(s->out->page.to, !REQUEST_HAS(s->request, NO_COLOR));
		else if (result != 0 || ferror(s->out->page.to))
			break;
		else if (first)
			s->out->ops->note(s->out, "Listening; Ctrl-C leaves.");
		if (result == 0)
			show(s, &events);
	}
	stream_fini(&stream);
	arena_fini(&arena);
	return result == STREAM_LEFT || result == 0 ? EXIT_GOOD : result;
}
