/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/replay.h"
#include "base/num.h"
#include "base/own.h"
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One thing that happened in the recording, in the replay, or in both. */
struct row {
	const struct milestone *recorded, *replayed;
	bool taken;
};

/* ---- JSON ---- */

static struct json_object *text_or_null(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

static struct json_object *time_or_null(const struct walltime *at)
{
	char text[NUM_TIME_BYTES];

	if (!at || at->ms < 0)
		return NULL;
	num_format_time_ms(at->ms, text);
	return json_object_new_string(text);
}

__attribute__((format(printf, 2, 3))) static void say(struct json_object *list, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	(void)json_object_array_add(list, json_object_new_string(text));
}

struct span {
	char text[NUM_SPAN_BYTES];
};

/* To the second. */
static struct span span(int64_t ms)
{
	struct span s;

	num_format_span_ms(((ms < 0 ? -ms : ms) + 500) / 1000 * 1000, s.text);
	if (strcmp(s.text, "0") == 0)
		(void)snprintf(s.text, sizeof s.text, "0s");
	return s;
}

/* ---- rows ---- */

static bool is_same(const struct milestone *a, const struct milestone *b)
{
	return a->type == b->type && a->cluster == b->cluster;
}

/* The same thing that happened for the nth time there and here. */
static uint32_t match(const struct milestones *recorded, const struct milestones *replayed, struct row *rows)
{
	uint32_t count = recorded->count;

	for (uint32_t i = 0; i < count; i++)
		rows[i] = (struct row){.recorded = &recorded->items[i]};
	for (uint32_t k = 0; k < replayed->count; k++) {
		const struct milestone *m = &replayed->items[k];
		uint32_t i = 0;

		while (i < recorded->count && (rows[i].replayed || !is_same(rows[i].recorded, m)))
			i++;
		if (i < recorded->count)
			rows[i].replayed = m;
		else
			rows[count++] = (struct row){.replayed = m};
	}
	return count;
}

static int64_t first_time(const struct row *r)
{
	if (!r->recorded)
		return r->replayed->at.ms;
	return r->replayed && r->replayed->at.ms < r->recorded->at.ms ? r->replayed->at.ms
								      : r->recorded->at.ms;
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int64_t p = first_time(x), q = first_time(y);

	if (p != q)
		return p < q ? -1 : 1;
	/* Of one moment: as they were written. */
	if (x->recorded && y->recorded)
		return x->recorded < y->recorded ? -1 : x->recorded > y->recorded;
	if (x->replayed && y->replayed)
		return x->replayed < y->replayed ? -1 : x->replayed > y->replayed;
	return x->recorded ? -1 : 1;
}

static struct json_object *row_json(const struct recording *rec, const struct row *r)
{
	const struct milestone *m = r->recorded ? r->recorded : r->replayed;
	const struct recorded_cluster *c =
		m->cluster == MILESTONE_NO_CLUSTER ? NULL : &rec->clusters[m->cluster];
	struct json_object *o = json_object_new_object();

	if (!o)
		return NULL;
	(void)json_object_object_add(o, "event", json_object_new_string(milestone_name(m->type)));
	(void)json_object_object_add(o, "text", json_object_new_string(milestone_text(m->type)));
	(void)json_object_object_add(o, "cluster", text_or_null(c ? c->id.text : NULL));
	(void)json_object_object_add(o, "name", text_or_null(c ? c->name : NULL));
	(void)json_object_object_add(o, "recorded", time_or_null(r->recorded ? &r->recorded->at : NULL));
	(void)json_object_object_add(o, "replayed", time_or_null(r->replayed ? &r->replayed->at : NULL));
	(void)json_object_object_add(o, "laterMs",
		r->recorded && r->replayed ? json_object_new_int64(r->replayed->at.ms - r->recorded->at.ms)
					   : NULL);
	return o;
}

static int add_rows(const struct recording *r, const struct stage *s, struct json_object *document)
{
	struct json_object *list = json_object_new_array();
	_cleanup_free_ struct row *rows =
		calloc((size_t)r->milestones.count + s->milestones.count + 1, sizeof *rows);
	uint32_t count;

	(void)json_object_object_add(document, "events", list);
	if (!rows || !list)
		return err_origin(-ENOMEM);
	count = match(&r->milestones, &s->milestones, rows);
	qsort(rows, count, sizeof *rows, compare_rows);
	for (uint32_t i = 0; i < count; i++)
		(void)json_object_array_add(list, row_json(r, &rows[i]));
	return 0;
}

/* ---- conclusions ---- */

struct paused {
	uint32_t then, now, both;
};

static bool happened(const struct milestones *m, enum milestone_type type, uint32_t cluster)
{
	for (uint32_t i = 0; i < m->count; i++)
		if (m->items[i].type == type && m->items[i].cluster == cluster)
			return true;
	return false;
}

static struct paused count_paused(const struct recording *r, const struct stage *s)
{
	struct paused p = {0, 0, 0};

	for (uint32_t i = 0; i < r->cluster_count; i++) {
		bool then = happened(&r->milestones, MILESTONE_PAUSED, i),
		     now = happened(&s->milestones, MILESTONE_PAUSED, i);

		p.then += then;
		p.now += now;
		p.both += then && now;
	}
	return p;
}

static const char *plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

/* " 4min 30s later than recorded". */
static void say_when(
	struct json_object *list, const char *what, const struct milestone *then, const struct milestone *now)
{
	int64_t later_ms = now->at.ms - then->at.ms;

	if (later_ms < REPLAY_SAME_MS && later_ms > -REPLAY_SAME_MS)
		say(list, "%s at the same time", what);
	else
		say(list, "%s %s %s", what, span(later_ms).text, later_ms > 0 ? "later" : "earlier");
}

/* What kept it from pausing. */
static void say_nothing_paused(
	const struct stage *s, const struct policy_settings *policy, struct json_object *list)
{
	const struct milestones *m = &s->milestones;
	const char *person = policy->reaction == REACTION_OBSERVE ? "Reaction=observe never acts by itself"
			     : policy->reaction == REACTION_APPROVE
				     ? "Reaction=approve waits for a person, and nobody approved then"
				     : "it waits for a person, and nobody approved then";

	if (!milestones_first(m, MILESTONE_LOST) && !milestones_first(m, MILESTONE_REVOKED) &&
		!milestones_first(m, MILESTONE_WAITING))
		say(list, "would have paused nothing: no loss would have been confirmed");
	else if (milestones_first(m, MILESTONE_DECLINED))
		say(list, "would have paused nothing: a person declined");
	else if (milestones_first(m, MILESTONE_WAITING))
		say(list, "would have paused nothing: %s", person);
	else if (milestones_first(m, MILESTONE_BUDGET))
		say(list, "would have paused nothing: the plan did not fit into MaxPauses=");
	else if (milestones_first(m, MILESTONE_CANCELLED))
		say(list, "would have paused nothing: access was back before GracePeriod=%s was over",
			span(policy->grace_ms).text);
	else
		say(list, "would have paused nothing");
}

static void say_paused(const struct recording *r, const struct stage *s, const struct policy_settings *policy,
	struct json_object *list)
{
	struct paused p = count_paused(r, s);
	const struct milestone *then = milestones_first(&r->milestones, MILESTONE_PAUSING),
			       *now = milestones_first(&s->milestones, MILESTONE_PAUSING);
	char what[128];

	if (p.now == 0 && p.then == 0) {
		say(list, "would have paused nothing, as recorded");
		return;
	}
	if (p.now == 0) {
		say_nothing_paused(s, policy, list);
		return;
	}
	if (p.then == 0)
		(void)snprintf(what, sizeof what, "would have paused %" PRIu32 " cluster%s; none was then",
			p.now, plural(p.now));
	else if (p.both == p.now && p.both == p.then)
		(void)snprintf(what, sizeof what, "would have paused the same %" PRIu32 " cluster%s", p.now,
			plural(p.now));
	else
		(void)snprintf(what, sizeof what,
			"would have paused %" PRIu32 " cluster%s, of the %" PRIu32
			" that were paused then %" PRIu32,
			p.now, plural(p.now), p.then, p.both);
	if (then && now && p.then > 0)
		say_when(list, what, then, now);
	else
		say(list, "%s", what);
}

static void say_dark(const struct recording *r, const struct stage *s, struct json_object *list)
{
	const struct milestone *then = milestones_first(&r->milestones, MILESTONE_DARK),
			       *now = milestones_first(&s->milestones, MILESTONE_DARK);

	if (then && now)
		say_when(list, "would have been dark", then, now);
	else if (then && milestones_first(&s->milestones, MILESTONE_PAUSED))
		say(list, "would never have been dark");
	else if (now)
		say(list, "would have been dark, %s after the incident began; it never was then",
			span(now->at.ms - r->opened.ms).text);
}

static void say_end(const struct recording *r, const struct stage *s, struct json_object *list)
{
	const struct milestone *then = milestones_first(&r->milestones, MILESTONE_CLOSED),
			       *now = milestones_first(&s->milestones, MILESTONE_CLOSED);

	switch (s->end) {
	case STAGE_ENDED:
		if (r->open)
			say(list, "would have ended; the recorded incident is still open");
		else if (then && now)
			say_when(list, "would have been closed", then, now);
		break;
	case STAGE_OPEN:
		if (!r->open)
			say(list, "would still have been open (%s) when the recorded incident had ended",
				phase_name(s->phase));
		break;
	case STAGE_NEXT:
		say(list, "would still have been open (%s) when the region's next incident began",
			phase_name(s->phase));
		break;
	case STAGE_STOPPED:
		say(list, "the replay was stopped: it took more steps than a replay may");
		break;
	}
}

/* ---- what cannot be known ---- */

static const char *command_name(enum command c)
{
	switch (c) {
	case COMMAND_REVOKE:
		return "revoke";
	case COMMAND_RESTORE:
		return "restore";
	case COMMAND_APPROVE:
		return "approve";
	case COMMAND_DECLINE:
		return "decline";
	case COMMAND_SUSPEND:
		return "suspend";
	case COMMAND_UNSUSPEND:
		return "unsuspend";
	case COMMAND_ADOPT:  /* not replayed, as a ledger is never held there */
	case COMMAND_ERRAND: /* not replayed */
	case COMMAND_DRILL:
	case COMMAND_LIVE_DRILL:
		break;
	}
	return "command";
}

static void say_notes(const struct recording *r, const struct stage *s, struct json_object *list)
{
	uint32_t refused = 0;

	for (uint32_t i = 0; i < r->cluster_count; i++)
		refused += r->clusters[i].refused;
	say(list, "between two records everything is taken to have stayed as it was: looks that told nothing "
		  "(an outage of AWS KMS), and states of clusters that led to nothing, are not in a ledger");
	say(list,
		"the intervals of that time are not in the ledger: looks and lists are taken to have been as "
		"frequent as in this configuration, so another PollInterval or ConfirmInterval shows no "
		"difference in when a loss is confirmed");
	say(list, "acts take as long as they took; where none was recorded, a pause takes %s and a resume %s",
		span(STAGE_PAUSE_MS).text, span(STAGE_RESUME_MS).text);
	say(list, "other regions and projects, their pauses in the hourly budget, the rate limit and "
		  "restarts of "
		  "cmekd are left out; the binding is armed if it was");
	if (refused > 0)
		say(list, "%" PRIu32 " pause%s refused then %s refused again, as often", refused,
			refused == 1 ? " that was" : "s that were", refused == 1 ? "is" : "are");
	for (uint32_t i = 0; i < s->answer_count; i++)
		say(list, "the recorded %s found nothing to do, %s after the incident began: %s",
			command_name(s->answers[i].command), span(s->answers[i].at.ms - r->opened.ms).text,
			answer_meaning(s->answers[i].answer));
	if (r->milestones.cut || s->milestones.cut)
		say(list, "only the first %u events are shown", MILESTONES_MAX);
}

/* ---- the document ---- */

int replay_describe(const struct recording *r, const struct stage *s, const struct policy_settings *policy,
	struct json_object *document)
{
	struct json_object *conclusions = json_object_new_array(), *notes = json_object_new_array();
	int result;

	(void)json_object_object_add(document, "projectId", json_object_new_string(r->project.text));
	(void)json_object_object_add(document, "ledgerId", json_object_new_string(r->ledger.text));
	(void)json_object_object_add(document, "region", json_object_new_string(r->region.text));
	(void)json_object_object_add(document, "incident", json_object_new_int64(r->incident.n));
	(void)json_object_object_add(document, "incidents", json_object_new_int64(r->incidents));
	(void)json_object_object_add(document, "reason", json_object_new_string(reason_name(r->reason)));
	(void)json_object_object_add(document, "opened", time_or_null(&r->opened));
	(void)json_object_object_add(document, "ended", time_or_null(r->open ? NULL : &r->ended));
	(void)json_object_object_add(document, "complete", json_object_new_boolean(s->end != STAGE_STOPPED));
	result = add_rows(r, s, document);
	(void)json_object_object_add(document, "conclusions", conclusions);
	(void)json_object_object_add(document, "notes", notes);
	if (!conclusions || !notes)
		return err_origin(-ENOMEM);
	say_paused(r, s, policy, conclusions);
	say_dark(r, s, conclusions);
	say_end(r, s, conclusions);
	say_notes(r, s, notes);
	return result;
}
