/* SPDX-License-Identifier: Apache-2.0 */
/* Drill: a revoke rehearsed. The call waits for what is read, then for the record of what was found, then it is told. */
#include "driver/drill.h"
#include "driver/engine.h"
#include "driver/project.h"
#include "driver/request.h"
#include "driver/texts.h"
#include "driver/tree.h"
#include "driver/turn.h"
#include "driver/verb_rows.h"
#include "io/clock.h"
#include "io/control.h"
#include <json-c/json.h>
#include <string.h>

/* Where there is nothing left to revoke there is nothing to rehearse. */
static bool has_use(const struct project *p, const struct region *region, bool *ret_named)
{
	bool use = false;

	*ret_named = false;
	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		const struct binding *b = &p->core.bindings[i];

		if (*region->text && !region_equal(&b->region, region))
			continue;
		*ret_named = true;
		use = use || !(b->incident.causes & CAUSE_OPERATOR);
	}
	return use;
}

static bool may_begin(struct control_call *call, const struct project *p, const struct region *region)
{
	bool named, use = has_use(p, region, &named);

	if (!named && *region->text)
		request_no_such_region(call, region);
	else if (!named)
		request_refused(call, answer_name(ANSWER_NO_BINDING),
			"%s has no CMEK setting: nothing can be revoked", p->name.text);
	else if (!use)
		request_refused(call, answer_name(ANSWER_ALREADY),
			"an operator's revoke is in force there: there is nothing to rehearse");
	else if (drill_is_busy(p))
		request_refused(call, answer_name(ANSWER_BUSY),
			"another drill of %s is under way: wait for its end", p->name.text);
	else
		return true;
	return false;
}

/* What follows is done with, whoever is still there to be told. */
static void end(struct pending *w, const char *trouble)
{
	struct project *p = w->project;
	struct control_call *call = pending_end(w);

	if (call)
		request_not_ready(call, "%s", trouble);
	drill_end(p);
}

/* Everything is read, or time is over: the report is made, and its digest goes into the ledger first. */
static void write_down(struct pending *w)
{
	struct event event = {.type = EV_COMMAND, .command = {.command = COMMAND_DRILL, .region = w->region}};
	struct moment now = clock_now();
	const struct record_texts said = {.who = control_call_peer(w->call)->who, .note = w->shown};
	struct texts *texts = texts_new(&said);
	int r;

	w->report = drill_report(w->project->drill, now, &event.command.count, &event.command.report);
	if (!w->report || !texts) {
		texts_free(texts);
		end(w, "cmekd is out of memory: try again");
		return;
	}
	event.command.ticket = w->ticket = verb_act_ticket();
	r = turn_command(w->project, &event, texts);
	if (r == 0)
		return; /* answered, now or later: `w` may be gone */
	texts_free(texts);
	end(w, "too many commands wait for the project: try again");
}

void verb_drill_changed(struct pending *w, struct boottime now)
{
	const struct drill *d = w->project->drill;

	if (w->ticket == 0 && d && (drill_is_done(d) || boottime_reached(now, w->until)))
		write_down(w);
}

void verb_drill_answered(struct pending *w, enum answer answer)
{
	struct project *p = w->project;
	struct json_object *report = w->report;
	struct control_call *call;

	w->report = NULL;
	call = pending_end(w);
	drill_end(p);
	if (!call) {
		json_object_put(report);
		return;
	}
	if (answer != ANSWER_DONE) {
		struct tree t = {0};

		tree_text(&t, report, "trouble", answer_meaning(answer));
		report = tree_done(&t, report);
	}
	request_reply(call, report);
}

void verb_DRILL(struct engine *e, struct control_call *call)
{
	char note[RECORD_TEXT_MAX + 1];
	struct region region;
	struct pending *w;
	struct project *p;

	if (!request_project(call, e, &p) || !request_region(call, &region) || !request_note(call, note) ||
		!verb_act_is_ready(call, p) || !may_begin(call, p, &region))
		return;
	w = pending_new(e, call, p);
	if (!w)
		return;
	w->region = region;
	w->until.ms = clock_now().boot.ms + DRILL_WAIT_MS;
	w->shown = strdup(note);
	if (!w->shown || drill_start(p, &region) < 0)
		end(w, "cmekd is out of memory: try again");
}
