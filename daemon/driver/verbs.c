/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/verbs.h"
#include "base/err.h"
#include "driver/drill.h"
#include "driver/engine.h"
#include "driver/errand_order.h"
#include "driver/project.h"
#include "driver/request.h"
#include "driver/verb_rows.h"
#include "io/clock.h"
#include "io/control.h"
#include "io/journal.h"
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <syslog.h>

struct verbs {
	struct engine *engine;
	struct pending *first;
};

int verbs_new(struct engine *e, struct verbs **ret_verbs)
{
	struct verbs *v = calloc(1, sizeof *v);

	if (!v)
		return err_origin(-ENOMEM);
	v->engine = e;
	*ret_verbs = v;
	return 0;
}

static void on_client_gone(struct control_call *call, void *data)
{
	struct pending *w = data;

	(void)call;
	w->call = NULL;
	/* A command's answer will still come; what only reads ends here. */
	if (w->ticket != 0)
		return;
	if (w->verb == VERB_DRILL)
		drill_end(w->project);
	(void)pending_end(w);
}

struct pending *pending_new(struct engine *e, struct control_call *call, struct project *p)
{
	struct verbs *v = e->verbs;
	struct pending *w = calloc(1, sizeof *w);

	if (!w) {
		request_not_ready(call, "cmekd is out of memory: try again");
		return NULL;
	}
	w->engine = e;
	w->call = call;
	w->project = p;
	w->verb = control_call_verb(call);
	w->next = v->first;
	w->at = &v->first;
	if (w->next)
		w->next->at = &w->next;
	v->first = w;
	control_call_set(call, on_client_gone, w);
	return w;
}

struct control_call *pending_end(struct pending *w)
{
	struct control_call *call = w->call;

	*w->at = w->next;
	if (w->next)
		w->next->at = w->at;
	if (w->verb == VERB_EVENTS)
		events_leave(&w->engine->hub.events);
	free(w->shown);
	json_object_put(w->report);
	free(w);
	if (call)
		control_call_set(call, NULL, NULL);
	return call;
}

static void end_with(struct pending *w, const char *text)
{
	struct control_call *call = pending_end(w);

	if (call)
		request_not_ready(call, "%s", text);
}

struct verbs *verbs_free(struct verbs *v)
{
	while (v && v->first) {
		const struct pending *w = v->first;

		end_with(v->first,
			w->project && errand_order_find(w->project, w->ticket)
				? "cmekd is stopping: whether this was done is not known; cmekctl status "
				  "will say "
				  "what to look at"
				: "cmekd is stopping; what was ordered is in the ledger and goes on when it "
				  "starts");
	}
	free(v);
	return NULL;
}

void verbs_call(struct verbs *v, struct control_call *call)
{
	static void (*const rows[VERB_COUNT])(struct engine *, struct control_call *) = {
#define X(e, method, needs, streams, words) [VERB_##e] = verb_##e,
		VERB_TABLE(X)
#undef X
	};
	const char *who = control_call_peer(call)->who;

	journal_log(LOG_DEBUG, &(struct journal_fields){.who = who}, "%s asks %s", who,
		verb_method(control_call_verb(call)));
	rows[control_call_verb(call)](v->engine, call);
}

void verbs_answered(struct verbs *v, struct project *p, uint32_t ticket, enum answer answer)
{
	for (struct pending *w = v ? v->first : NULL; w; w = w->next)
		if (w->project == p && w->ticket == ticket && ticket != 0) {
			(w->verb == VERB_DRILL                 ? verb_drill_answered
				: errand_order_find(p, ticket) ? verb_errand_answered
							       : verb_act_answered)(w, answer);
			return;
		}
}

void verbs_changed(struct verbs *v, struct project *p)
{
	struct pending *next;

	for (struct pending *w = v ? v->first : NULL; w; w = next) {
		next = w->next;
		if (w->project == p && w->verb == VERB_MONITOR)
			verb_monitor_changed(w);
		else if (w->project == p && w->verb == VERB_CHECK)
			verb_check_changed(w, clock_now().boot);
		else if (w->project == p && w->verb == VERB_DRILL)
			verb_drill_changed(w, clock_now().boot);
	}
}

void verbs_tick(struct verbs *v, struct boottime now)
{
	struct pending *next;

	for (struct pending *w = v ? v->first : NULL; w; w = next) {
		next = w->next;
		if (w->verb == VERB_CHECK)
			verb_check_changed(w, now);
		else if (w->verb == VERB_DRILL)
			verb_drill_changed(w, now);
	}
}

void verbs_told(struct verbs *v)
{
	for (struct pending *w = v ? v->first : NULL; w; w = w->next)
		if (w->verb == VERB_EVENTS)
			verb_events_told(w);
}

void verbs_gone(struct verbs *v, struct project *p)
{
	struct pending *next;

	for (struct pending *w = v ? v->first : NULL; w; w = next) {
		next = w->next;
		if (w->project == p)
			end_with(w, "the project is no longer configured");
	}
}

void verb_PING(struct engine *engine, struct control_call *call)
{
	(void)engine;
	control_reply(call, NULL);
}
