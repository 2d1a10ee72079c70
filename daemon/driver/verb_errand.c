/* SPDX-License-Identifier: Apache-2.0 */
/* Changes at a cloud that an operator asks for one at a time. The call waits for the end of the errand, and is told how it
 * ended; a client that leaves stops nothing. */
#include "driver/verb_rows.h"
#include "driver/engine.h"
#include "driver/errand_order.h"
#include "driver/hold.h"
#include "driver/project.h"
#include "driver/request.h"
#include "driver/tree.h"
#include "io/control.h"
#include <stdio.h>

#define WHAT_BYTES 160

/* "lab/us-west-2: cancel the deletion of the key" */
static void describe(const struct project *p, const struct errand_order *o, char what[WHAT_BYTES])
{
	(void)snprintf(what, WHAT_BYTES, "%s%s%s: %s", p->name.text, *o->region.text ? "/" : "",
		o->region.text, errand_what(o->errand));
}

static const char *ending(enum act_result result)
{
	switch (result) {
	case ACT_RESULT_ACCEPTED:
		return "done";
	case ACT_RESULT_REFUSED:
		return "refused";
	case ACT_RESULT_DENIED:
		return "cmekd is not permitted to";
	case ACT_RESULT_THROTTLED:
		return "not done, too many requests just now; try again";
	case ACT_RESULT_LOST:
		return "whether it was done is not known: look, then ask for it again: nothing is done twice";
	case ACT_RESULT_NOT_SENT:
	case ACT_RESULT_COUNT:
		break;
	}
	return "not sent";
}

static void reply_end(
	struct control_call *call, const struct project *p, const struct errand_order *o, bool durable)
{
	const char *said = o->texts ? o->texts->of.message : NULL;
	const char *unwritten = durable ? NULL : "the ledger could not be written";
	struct tree t = {0};
	struct json_object *end;
	char what[WHAT_BYTES];

	if (o->result != ACT_RESULT_ACCEPTED) {
		describe(p, o, what);
		if (o->result == ACT_RESULT_NOT_SENT && !said)
			said = durable ? "it was no longer wanted" : unwritten;
		request_refused(call, act_result_name(o->result), "%s: %s%s%s", what, ending(o->result),
			said ? ": " : "", said ? said : "");
		return;
	}
	end = tree_object(&t);
	if (said || unwritten)
		tree_text(&t, end, "text", unwritten ? unwritten : said);
	if (o->texts && o->texts->of.request)
		tree_text(&t, end, "requestIds", o->texts->of.request);
	request_reply(call, tree_done(&t, end));
}

void verb_errand_answered(struct pending *w, enum answer answer)
{
	struct project *p = w->project;
	uint32_t ticket = w->ticket;
	const struct errand_order *o = errand_order_find(p, ticket);
	struct region region = o->region;
	struct control_call *call = pending_end(w);

	if (call && (answer == ANSWER_DONE || answer == ANSWER_NOT_DURABLE))
		reply_end(call, p, o, answer == ANSWER_DONE);
	else if (call && answer == ANSWER_NO_BINDING)
		request_no_such_region(call, &region);
	else if (call)
		request_refused(call, answer_name(answer), "%s", answer_meaning(answer));
	errand_order_drop(p, ticket);
}

bool verb_errand_order(struct engine *e, struct control_call *call, struct project *p, struct errand_order *o,
	const char *asked)
{
	struct event event = {.type = EV_COMMAND,
		.command = {.command = COMMAND_ERRAND, .errand = o->errand, .region = o->region}};
	char note[RECORD_TEXT_MAX + 1];

	if (!request_note(call, note) || !verb_act_is_ready(call, p))
		return false;
	o->ticket = event.command.ticket = verb_act_ticket();
	(void)snprintf(o->who, sizeof o->who, "%s", control_call_peer(call)->who);
	if (errand_order_add(p, o) < 0) {
		request_not_ready(call, "cmekd is out of memory: try again");
		return false;
	}
	if (verb_act_order(e, call, p, &event, &(struct record_texts){.note = note, .message = asked}))
		return true;
	errand_order_drop(p, o->ticket);
	return false;
}

/* An errand of a key is of one: where there are several, which must be said. */
bool verb_errand_key(struct control_call *call, const struct engine *e, struct project **ret_project,
	struct region *ret_region)
{
	struct project *p;

	if (!request_project(call, e, &p) || !request_region(call, ret_region))
		return false;
	if (!*ret_region->text && p->core.binding_count > 1) {
		request_refused(call, "region", "project %s has %u keys: say whose region, as in %s/%s",
			p->name.text, (unsigned)p->core.binding_count, p->name.text,
			p->core.bindings[0].region.text);
		return false;
	}
	if (!*ret_region->text && p->core.binding_count == 1)
		*ret_region = p->core.bindings[0].region;
	*ret_project = p;
	return true;
}

void verb_ENABLE_ROTATION(struct engine *e, struct control_call *call)
{
	struct errand_order o = {.errand = ERRAND_ENABLE_ROTATION};
	struct project *p;
	char asked[64] = "";

	if (!verb_errand_key(call, e, &p, &o.region) || !request_period(call, &o.period_days))
		return;
	if (o.period_days > 0)
		(void)snprintf(asked, sizeof asked, "every %u days", (unsigned)o.period_days);
	(void)verb_errand_order(e, call, p, &o, asked);
}

static void of_key(struct engine *e, struct control_call *call, enum errand errand)
{
	struct errand_order o = {.errand = errand};
	struct project *p;

	if (verb_errand_key(call, e, &p, &o.region))
		(void)verb_errand_order(e, call, p, &o, NULL);
}

/* One that may have been taken, though nobody knows, is looked for before another is sent. */
static struct walltime unsure_since(const struct project *p, const struct region *region)
{
	uint32_t binding = core_find_binding(&p->core, region);

	return binding == CORE_NO_INDEX ? WALLTIME_UNKNOWN
					: p->core.bindings[binding].errand.doubt[ERRAND_ROTATE_KEY];
}

void verb_ROTATE_KEY(struct engine *e, struct control_call *call)
{
	struct errand_order o = {.errand = ERRAND_ROTATE_KEY};
	struct project *p;

	if (!verb_errand_key(call, e, &p, &o.region))
		return;
	o.since = unsure_since(p, &o.region);
	(void)verb_errand_order(e, call, p, &o, NULL);
}

void verb_CANCEL_DELETION(struct engine *e, struct control_call *call)
{
	of_key(e, call, ERRAND_CANCEL_DELETION);
}

/* What another project's revoke, in force, wants disabled stays so. False: the call is answered. */
static bool is_free(struct control_call *call, const struct project *p, const struct region *region)
{
	uint32_t binding = core_find_binding(&p->core, region);
	const struct project *other = binding == CORE_NO_INDEX ? NULL : hold_by(p, binding);
	char way_out[HOLD_WAY_OUT_BYTES];

	if (other)
		request_refused(call, answer_name(ANSWER_REVOKED),
			"the key is also that of project %s, whose revoke wants it disabled: %s comes first, "
			"which enables it if cmekd disabled it",
			other->name.text, hold_way_out(other, way_out));
	return !other;
}

void verb_ENABLE_KEY(struct engine *e, struct control_call *call)
{
	struct errand_order o = {.errand = ERRAND_ENABLE_KEY};
	struct project *p;

	if (verb_errand_key(call, e, &p, &o.region) && is_free(call, p, &o.region))
		(void)verb_errand_order(e, call, p, &o, NULL);
}
