/* SPDX-License-Identifier: Apache-2.0 */
/* Drill: a revoke rehearsed, if asked for with one cluster that is paused and resumed first. The call waits for what is read, then for the record of what was found, then it is told. */
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
	else if (p->core.live.step != LIVE_NONE)
		request_refused(call, answer_name(ANSWER_BUSY),
			"a drill has a cluster of %s in hand (%s): wait for its end, as cmekctl status shows "
			"it",
			p->name.text, live_step_meaning(p->core.live.step));
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

/* Reads both clouds; then the report is made. */
static bool read_now(struct pending *w)
{
	w->until.ms = clock_now().boot.ms + DRILL_WAIT_MS;
	if (drill_start(w->project, &w->region) == 0)
		return true;
	end(w, "cmekd is out of memory: try again");
	return false;
}

/* The cluster has been given back, or was not taken. Whoever asked is told with the rest; if nobody is there any more, the ledger
 * and the journal have told it. */
static void live_ended(struct pending *w, enum answer answer)
{
	w->live = false;
	w->ticket = 0;
	if (!w->call) {
		(void)pending_end(w);
	} else if (answer != ANSWER_DONE && answer != ANSWER_NOT_DURABLE) {
		request_refused(pending_end(w), answer_name(answer), "nothing was paused: %s",
			answer == ANSWER_INCIDENT_OPEN
				? "an incident of the project is open: its end comes first"
				: answer_meaning(answer));
	} else if (read_now(w)) {
		drill_take_live(w->project->drill);
	}
}

void verb_drill_answered(struct pending *w, enum answer answer)
{
	if (w->live) {
		live_ended(w, answer);
		return;
	}
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

/* Paused and resumed by the core, whatever becomes of this call. */
static void begin_live(struct pending *w, const struct cluster_id *cluster)
{
	struct event event = {.type = EV_COMMAND,
		.command = {.command = COMMAND_LIVE_DRILL, .include_count = 1, .include = {*cluster}}};
	const struct record_texts said = {.who = control_call_peer(w->call)->who, .note = w->shown};
	struct project *p = w->project;

	texts_free(p->drill_asked);
	p->drill_asked = texts_new(&said);
	w->live = true;
	event.command.ticket = w->ticket = verb_act_ticket();
	if (turn_command(p, &event, NULL) != 0)
		end(w, "too many commands wait for the project: try again");
}

void verb_DRILL(struct engine *e, struct control_call *call)
{
	char note[RECORD_TEXT_MAX + 1];
	struct cluster_id cluster;
	struct region region;
	bool live;
	struct pending *w;
	struct project *p;

	if (!request_project(call, e, &p) || !request_region(call, &region) || !request_note(call, note) ||
		!request_live(call, p, &cluster, &live) || !verb_act_is_ready(call, p) ||
		!may_begin(call, p, &region))
		return;
	w = pending_new(e, call, p);
	if (!w)
		return;
	w->region = region;
	w->shown = strdup(note);
	if (!w->shown)
		end(w, "cmekd is out of memory: try again");
	else if (live)
		begin_live(w, &cluster);
	else
		(void)read_now(w);
}
