/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator orders becomes an event of the core, with who asked and why beside its records; the core's answer
 * becomes the reply. */
#include "driver/verb_rows.h"
#include "driver/engine.h"
#include "driver/plan_change.h"
#include "driver/project.h"
#include "driver/request.h"
#include "driver/sharing.h"
#include "driver/tree.h"
#include "driver/turn.h"
#include "io/control.h"
#include <errno.h>
#include <string.h>

uint32_t verb_act_ticket(void)
{
	static uint32_t ticket;

	if (++ticket == 0)
		ticket = 1;
	return ticket;
}

bool verb_act_is_ready(struct control_call *call, const struct project *p)
{
	if (p->broken)
		request_not_ready(call, "project %s is not watched: %s", p->name.text, p->trouble);
	else if (p->core.observe_only)
		request_not_ready(call,
			"project %s is only observed, its ledger cannot be used: %s; see: cmekctl verify",
			p->name.text, p->trouble ? p->trouble : "damaged");
	else if (p->core.binding_count == 0 && !p->core.cmek_read)
		request_not_ready(call,
			"the CMEK settings of project %s were not read yet: try again shortly", p->name.text);
	else
		return true;
	return false;
}

bool verb_act_order(struct engine *e, struct control_call *call, struct project *p, struct event *event,
	const struct record_texts *words)
{
	const struct record_texts said = {
		.who = control_call_peer(call)->who, .note = words->note, .message = words->message};
	struct pending *w = pending_new(e, call, p);
	struct texts *texts;
	int r;

	if (!w)
		return false;
	texts = texts_new(&said);
	w->ticket = event->command.ticket;
	w->region = event->command.region;
	r = texts ? turn_command(p, event, texts) : -ENOMEM; /* who asked must be in the ledger */
	if (r == 0)
		return true; /* answered, now or later: `w` may be gone */
	texts_free(texts);
	(void)pending_end(w);
	request_not_ready(call,
		r == -EBUSY ? "too many commands wait for project %s: try again"
			    : "cmekd is out of memory (project %s): try again",
		p->name.text);
	return false;
}

static void order(
	struct engine *e, struct control_call *call, struct project *p, struct event *event, const char *note)
{
	event->command.ticket = verb_act_ticket();
	(void)verb_act_order(e, call, p, event, &(struct record_texts){.note = note});
}

/* The incidents of the regions that were named, for Revoke and Restore. */
static struct json_object *incidents(const struct pending *w)
{
	struct tree t = {0};
	struct json_object *o = tree_object(&t), *list = tree_array(&t);

	for (uint32_t i = 0; i < w->project->core.binding_count; i++) {
		const struct binding *b = &w->project->core.bindings[i];

		if (b->incident.id.n != 0 &&
			(*w->region.text == '\0' || region_equal(&b->region, &w->region)))
			tree_add_int(&t, list, b->incident.id.n);
	}
	tree_put(&t, o, "incidents", list);
	return tree_done(&t, o);
}

void verb_act_answered(struct pending *w, enum answer answer)
{
	bool lists = w->verb == VERB_REVOKE || w->verb == VERB_RESTORE;
	struct region region = w->region;
	struct json_object *o = answer == ANSWER_DONE && lists && w->call ? incidents(w) : NULL;
	struct control_call *call = pending_end(w);

	if (!call)
		return; /* the order stands all the same */
	if (answer == ANSWER_DONE)
		control_reply(call, o);
	else if (answer == ANSWER_NO_BINDING && *region.text)
		request_no_such_region(call, &region);
	else
		request_refused(call, answer_name(answer), "%s", answer_meaning(answer));
}

/* A key that other projects use too is theirs as well. */
static bool may_cut(const struct engine *e, struct control_call *call, const struct project *p,
	const struct region *region)
{
	char names[512];

	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		const struct binding *b = &p->core.bindings[i];

		if (*region->text && !region_equal(&b->region, region))
			continue;
		if (sharing_names(e, p, &b->arn, names, sizeof names) == 0)
			continue;
		request_refused(call, "shared_key",
			"%s: the key %s is also used by %s, which would be cut too: revoke those as well, or "
			"confirm with --shared-key",
			b->region.text, b->arn.text, names);
		return false;
	}
	return true;
}

bool verb_act_cuts_vendor(
	struct control_call *call, const struct project *p, const struct region *region, uint8_t how)
{
	if (how & (CAUSE_PAUSE_ONLY | CAUSE_DISABLE_KEY))
		return true;
	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		const struct binding *b = &p->core.bindings[i];

		if ((*region->text && !region_equal(&b->region, region)) || !project_vendor_owns(p, i))
			continue;
		request_refused(call, "key_owner",
			"%s: VendorAccount=%s owns the key %s itself, and would be shut out of "
			"it: " PROJECT_OWNER_TODO "; if the key has "
			"to go at once, --disable-key cuts everybody and can be undone",
			b->region.text, p->vendor.text, b->arn.text);
		return false;
	}
	return true;
}

static bool is_shared(const struct engine *e, const struct project *p, const struct region *region)
{
	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		const struct binding *b = &p->core.bindings[i];
		uint32_t at = 0;

		if ((!*region->text || region_equal(&b->region, region)) && sharing_next(e, p, &b->arn, &at))
			return true;
	}
	return false;
}

/* Who uses the key beside TiDB Cloud loses it with the key. */
static bool may_disable(struct control_call *call, const struct project *p, const struct region *region)
{
	char names[512];

	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		const struct binding *b = &p->core.bindings[i];

		if ((*region->text && !region_equal(&b->region, region)) || b->key_seen == KEY_SEEN_OFF ||
			plan_change_users(p, i, names, sizeof names) == 0)
			continue;
		request_refused(call, "key_users",
			"%s: the key policy lets others use the key %s, who would lose it with TiDB "
			"Cloud: %s; if that is meant, add --accept-loss",
			b->region.text, b->arn.text, names);
		return false;
	}
	return true;
}

/* What is taken out for one project would be put back under the revoke of another: each has a Deny statement of its own instead. */
static bool may_remove(const struct engine *e, struct control_call *call, const struct project *p,
	const struct region *region)
{
	char names[512];

	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		const struct binding *b = &p->core.bindings[i];

		if ((*region->text && !region_equal(&b->region, region)) ||
			sharing_names(e, p, &b->arn, names, sizeof names) == 0)
			continue;
		request_refused(call, "shared_key",
			"%s: the key %s is also used by %s: its restore would let TiDB Cloud in for all "
			"of them; revoke without --remove-statements, which adds a Deny statement for each",
			b->region.text, b->arn.text, names);
		return false;
	}
	return true;
}

void verb_REVOKE(struct engine *e, struct control_call *call)
{
	struct event event = {.type = EV_COMMAND, .command.command = COMMAND_REVOKE};
	char note[RECORD_TEXT_MAX + 1];
	struct project *p;
	bool keep_grants, shared_key, accept_loss;
	uint8_t how;

	if (!request_project(call, e, &p) || !request_region(call, &event.command.region) ||
		!request_how(call, &how) || !request_flag(call, "keepGrants", &keep_grants) ||
		!request_flag(call, "sharedKey", &shared_key) ||
		!request_flag(call, "acceptLoss", &accept_loss) || !request_note(call, note) ||
		!verb_act_is_ready(call, p))
		return;
	event.command.how = how;
	if ((how & CAUSE_REMOVE) && accept_loss)
		event.command.how |= CAUSE_ACCEPT_LOSS;
	if (!verb_act_cuts_vendor(call, p, &event.command.region, how))
		return;
	if ((how & CAUSE_REMOVE) && !may_remove(e, call, p, &event.command.region))
		return;
	/* Those of the clusters of another project cannot be told from these. */
	if (!(how & CAUSE_PAUSE_ONLY) && !keep_grants && !is_shared(e, p, &event.command.region))
		event.command.how |= CAUSE_REVOKE_GRANTS;
	if (!(how & CAUSE_PAUSE_ONLY) && !shared_key && !may_cut(e, call, p, &event.command.region))
		return;
	if ((how & CAUSE_DISABLE_KEY) && !accept_loss && !may_disable(call, p, &event.command.region))
		return;
	order(e, call, p, &event, note);
}

/* The end of every order that needs no second thought: why, and whether the project can take it. */
static void take(struct engine *e, struct control_call *call, struct project *p, struct event *event)
{
	char note[RECORD_TEXT_MAX + 1];

	if (request_note(call, note) && verb_act_is_ready(call, p))
		order(e, call, p, event, note);
}

void verb_RESTORE(struct engine *e, struct control_call *call)
{
	struct event event = {.type = EV_COMMAND, .command.command = COMMAND_RESTORE};
	struct project *p;

	if (request_project(call, e, &p) && request_region(call, &event.command.region) &&
		request_include(call, p, event.command.include, &event.command.include_count))
		take(e, call, p, &event);
}

void verb_APPROVE(struct engine *e, struct control_call *call)
{
	struct event event = {.type = EV_COMMAND, .command.command = COMMAND_APPROVE};
	struct project *p;

	if (request_project(call, e, &p) && request_incident(call, &event.command.incident) &&
		request_plan(call, &event.command.plan))
		take(e, call, p, &event);
}

void verb_DECLINE(struct engine *e, struct control_call *call)
{
	struct event event = {.type = EV_COMMAND, .command.command = COMMAND_DECLINE};
	struct project *p;

	if (request_project(call, e, &p) && request_incident(call, &event.command.incident))
		take(e, call, p, &event);
}

void verb_SUSPEND(struct engine *e, struct control_call *call)
{
	struct event event = {.type = EV_COMMAND, .command.command = COMMAND_SUSPEND};
	struct project *p;

	if (request_project(call, e, &p) && request_span(call, &event.command.span_ms))
		take(e, call, p, &event);
}

void verb_ADOPT_LEDGER(struct engine *e, struct control_call *call)
{
	struct event event = {.type = EV_COMMAND, .command.command = COMMAND_ADOPT};
	struct project *p;

	if (request_project(call, e, &p))
		take(e, call, p, &event);
}

void verb_UNSUSPEND(struct engine *e, struct control_call *call)
{
	struct event event = {.type = EV_COMMAND, .command.command = COMMAND_UNSUSPEND};
	struct project *p;

	if (request_project(call, e, &p))
		take(e, call, p, &event);
}
