/* SPDX-License-Identifier: Apache-2.0 */
#include "story_words.h"
#include "age.h"
#include "glyph.h"
#include <inttypes.h>
#include <string.h>

/* ---- numbers ---- */

const char *story_words_offset(struct arena *a, int64_t ms)
{
	uint64_t s = (uint64_t)(ms < 0 ? -ms : ms) / 1000;

	return arena_printf(a, "%c%" PRIu64 ":%02u:%02u", ms < 0 ? '-' : '+', s / 3600,
		(unsigned)(s / 60 % 60), (unsigned)(s % 60));
}

const char *story_words_span(struct arena *a, int64_t ms)
{
	uint64_t left = (uint64_t)(ms < 0 ? -ms : ms);
	const char *sign = ms < 0 ? "-" : "";

	if (left < 60 * 1000)
		return arena_printf(a, "%s%" PRIu64 ".%03u s", sign, left / 1000, (unsigned)(left % 1000));
	return arena_printf(a, "%s%s", sign, age_text(a, (int64_t)left));
}

const char *story_words_told(struct arena *a, const struct story_span *span)
{
	return span->is_told ? story_words_span(a, span->ms) : span->note;
}

const char *story_words_request(const char **text, size_t *ret_len)
{
	const char *id = *text ? *text + strspn(*text, " ") : "";

	*ret_len = strcspn(id, " ");
	*text = id + *ret_len;
	return *ret_len > 0 ? id : NULL;
}

uint32_t story_words_same_request(const struct story *s, uint32_t from)
{
	const char *text = s->events[from].texts.request;
	uint32_t end = from + 1;

	while (text && end < s->event_count && s->events[end].texts.request &&
		strcmp(s->events[end].texts.request, text) == 0)
		end++;
	return end;
}

const char *story_words_seqs(struct arena *a, const struct story *s, uint32_t from, uint32_t end)
{
	uint64_t first = s->events[from].record.seq.n, last = s->events[end - 1].record.seq.n;

	return first == last ? arena_printf(a, "%" PRIu64, first)
			     : arena_printf(a, "%" PRIu64 " to %" PRIu64, first, last);
}

/* ---- events ---- */

static const char *and_also(struct arena *a, const char *text, const char *more)
{
	return *text ? arena_printf(a, "%s; %s", text, more) : more;
}

static const char *phase_words(enum phase phase, bool cancelled)
{
	switch (phase) {
	case PHASE_NONE:
		return cancelled ? "ended, nothing was paused" : "closed";
	case PHASE_WAITING:
		return "waits for a person: cmekctl approve or decline";
	case PHASE_GRACE:
		return "grace period began";
	case PHASE_BUDGET:
		return "asks for the budget of pauses";
	case PHASE_DECLINED:
		return "declined: ends when access is back";
	case PHASE_PAUSING:
		return "pausing began";
	case PHASE_HELD:
		return "nothing is left to pause; kept so";
	case PHASE_PROVING:
		return "access must hold before anything is resumed";
	case PHASE_RESUMING:
		return "resuming began";
	case PHASE_COUNT:
		break;
	}
	return "?";
}

static const char *cause_words(struct arena *a, const struct story_event *e, const char *text)
{
	uint8_t before = e->before.causes, now = e->record.causes;

	if (now & ~before & CAUSE_OPERATOR)
		text = and_also(a, text,
			now & CAUSE_PAUSE_ONLY    ? "an operator's revoke, of the clusters alone"
			: now & CAUSE_PAUSE_FIRST ? "an operator's revoke, the clusters first"
						  : "an operator's revoke");
	if (now & CAUSE_DISABLE_KEY & ~before)
		text = and_also(a, text, "the key is to be disabled");
	else if (before & CAUSE_DISABLE_KEY & ~now && now & CAUSE_OPERATOR)
		text = and_also(a, text, "the key is not to be disabled any more");
	if (now & CAUSE_REMOVE & ~before)
		text = and_also(a, text, "TiDB Cloud is to be taken out of the key policy");
	if (before & ~now & CAUSE_OPERATOR)
		text = and_also(a, text, "an operator's restore");
	if (now & ~before & CAUSE_AUTOMATIC && !e->is_first)
		text = and_also(a, text, "the loss is a cause of its own now");
	if (before & ~now & CAUSE_AUTOMATIC && e->record.phase != PHASE_NONE)
		text = and_also(a, text, "the loss is no cause any more");
	return text;
}

static const char *state_words(struct arena *a, const struct story *s, const struct story_event *e)
{
	const struct record *r = &e->record;
	const char *text = e->is_first ? "opened" : "";

	text = cause_words(a, e, text);
	if (e->is_first || r->phase != e->before.phase)
		text = and_also(a, text, phase_words(r->phase, s->paused == 0));
	if (r->cut != e->before.cut)
		text = and_also(a, text, cut_meaning(r->cut, r->means));
	else if (e->before.stands & ~r->stands & CUT_MEANS_BIT(CUT_MEANS_DISABLE))
		text = and_also(a, text,
			"somebody enabled the key: what is disabled from here on is not this incident's");
	return *text ? text : arena_printf(a, "recorded again: %s", phase_meaning(r->phase));
}

static const char *result_words(enum act_result result)
{
	return result == ACT_RESULT_LOST       ? "got no answer"
	       : result == ACT_RESULT_NOT_SENT ? "was not sent"
					       : act_result_name(result);
}

static const struct {
	const char *intent, *result;
} change_words[CUT_MEANS_COUNT][2] = {
	[CUT_MEANS_DENY] = {{"adding a Deny statement to the key policy", "addition of the Deny statement"},
		{"removing the Deny statement from the key policy", "removal of the Deny statement"}},
	[CUT_MEANS_DISABLE] = {{"disabling the key", "disabling of the key"},
		{"enabling the key", "enabling of the key"}},
	[CUT_MEANS_REMOVE] = {{"taking TiDB Cloud out of the key policy, which is kept as it was",
				      "taking TiDB Cloud out of the key policy"},
		{"putting TiDB Cloud back into the key policy",
			"putting TiDB Cloud back into the key policy"}},
};

static const char *cut_words(struct arena *a, const struct story_event *e)
{
	const struct record *r = &e->record;
	bool undoes =
		e->before.cut == CUT_UNDO_WANTED || e->before.cut == CUT_UNDO_SENT || r->cut == CUT_UNDO_SENT;

	if (r->type == RECORD_CUT_INTENT)
		return change_words[r->means][undoes].intent;
	return arena_printf(a, "%s %s: %s", change_words[r->means][undoes].result, result_words(r->result),
		!undoes || (r->stands & CUT_MEANS_BIT(r->means)) ? cut_meaning(r->cut, r->means)
		: r->means == CUT_MEANS_DISABLE                  ? "the key is enabled"
		: r->means == CUT_MEANS_REMOVE                   ? "it is in the key policy again"
								 : "it is not in the key policy");
}

static bool gives_back(enum duty d)
{
	return d == DUTY_RESUME_OWED || d == DUTY_RESUME_SENT || d == DUTY_RESUME_UNSURE ||
	       d == DUTY_RESUME_TAKEN;
}

static const char *duty_words(struct arena *a, const struct story_event *e)
{
	const struct record *r = &e->record;
	const char *state = cluster_state_name(r->state);

	if (r->duty == DUTY_PAUSED && r->duty != e->before.duty)
		return "read as PAUSED";
	if (r->duty == DUTY_FREE && gives_back(e->before.duty))
		return arena_printf(a, "resumed, read as %s", state);
	return arena_printf(a, "%s; it is %s", duty_meaning(r->duty), state);
}

static const char *cluster_words(struct arena *a, const struct story_event *e)
{
	const struct record *r = &e->record;
	const char *what = "?";

	if (r->type == RECORD_CLUSTER)
		what = duty_words(a, e);
	else if (r->type == RECORD_INCLUDED)
		what = "to be resumed with the rest, as a person asked";
	else if (r->type == RECORD_PAUSE_INTENT || r->type == RECORD_RESUME_INTENT)
		what = arena_printf(a, "%s is sent (act %" PRIu32 ")",
			r->type == RECORD_PAUSE_INTENT ? "pause" : "resume", r->op.n);
	else
		what = arena_printf(a, "%s %s (act %" PRIu32 ")",
			gives_back(e->before.duty) ? "resume" : "pause", result_words(r->result), r->op.n);
	return arena_printf(a, "%s: %s", glyph_safe(a, r->name[0] ? r->name : r->cluster.text), what);
}

const char *story_words_event(struct arena *a, const struct story *s, const struct story_event *e)
{
	const struct record *r = &e->record;

	switch (r->type) {
	case RECORD_VERDICT:
		return arena_printf(a, "verdict %s: %s (%s)", outcome_name(r->outcome),
			reason_seen(r->reason), reason_name(r->reason));
	case RECORD_INCIDENT:
		return state_words(a, s, e);
	case RECORD_APPROVED:
		return arena_printf(a, "approved: plan %016" PRIx64 ", %" PRIu32 " cluster%s", r->plan.v,
			r->count, r->count == 1 ? "" : "s");
	case RECORD_DECLINED:
		return "declined: the clusters are kept running";
	case RECORD_BUDGET:
		return arena_printf(
			a, "%" PRIu32 " pause%s taken from the budget", r->count, r->count == 1 ? "" : "s");
	case RECORD_CUT_INTENT:
	case RECORD_CUT_RESULT:
		return cut_words(a, e);
	case RECORD_CLUSTER:
	case RECORD_PAUSE_INTENT:
	case RECORD_RESUME_INTENT:
	case RECORD_ACT_RESULT:
	case RECORD_INCLUDED:
		return cluster_words(a, e);
	case RECORD_GRANTS_INTENT:
		return arena_printf(a,
			"%" PRIu32 " grant%s of the vendor about to be revoked (act %" PRIu32 ")", r->count,
			r->count == 1 ? "" : "s", r->op.n);
	case RECORD_GRANTS_RESULT:
		return arena_printf(a, "%" PRIu32 " grant%s of the vendor revoked: %s (act %" PRIu32 ")",
			r->count, r->count == 1 ? "" : "s", result_words(r->result), r->op.n);
	case RECORD_DARK:
		return "DARK: cut, and every cluster of the region was read as PAUSED or gone";
	case RECORD_NOT_DARK:
		return "dark no more";
	case RECORD_DELETION:
		return walltime_is_known(r->resume_at) ? arena_printf(a, "the key is pending deletion, %s",
								 age_time(a, r->resume_at.ms))
						       : "no date of a deletion of the key is told any more";
	case RECORD_SUSPENDED:
		return arena_printf(a, "automatic acts switched off until %s", age_time(a, r->resume_at.ms));
	case RECORD_ADOPTED:
		return "the ledger belongs to this machine from here on, as a person said";
	case RECORD_UNSUSPENDED:
		return "automatic acts are on again";
	case RECORD_SETTING:
		return arena_printf(a, "the CMEK setting changed: %s", r->arn.text);
	case RECORD_ARMED:
		return "armed: seen usable";
	case RECORD_DISARMED:
		return "disarmed: the configuration changed";
	case RECORD_ERRAND_INTENT: /* of no incident */
	case RECORD_ERRAND_RESULT:
	case RECORD_DRILL:
	case RECORD_LIVE_DRILL:
	case RECORD_GENESIS:
	case RECORD_TYPE_COUNT:
		break;
	}
	return record_type_name(r->type);
}

static const char *add_text(struct arena *a, const char *text, const char *label, const char *value)
{
	if (!value || !*value)
		return text;
	return arena_printf(a, "%s%s%s%s", text, *text ? "; " : "", label, glyph_safe(a, value));
}

const char *story_words_texts(struct arena *a, const struct story_event *e)
{
	const char *text = add_text(a, "", "by ", e->texts.who);

	text = add_text(a, text, "reason: ", e->texts.note);
	return add_text(a, text, "told: ", e->texts.message);
}

bool story_words_has_policy(const struct story_event *e)
{
	static const struct digest none = {{0}};

	return record_type_fields(e->record.type) & RECORD_F_POLICY &&
	       memcmp(&e->record.policy, &none, sizeof none) != 0 &&
	       memcmp(&e->record.policy, &e->before.policy, sizeof none) != 0;
}

/* ---- the incident ---- */

const char *story_words_cause(struct arena *a, const struct story *s)
{
	if (!s->by_operator)
		return arena_printf(a, "automatic: %s (%s)", reason_seen(s->reason), reason_name(s->reason));
	return arena_printf(a, "by %s%s%s", s->who ? glyph_safe(a, s->who) : "an operator",
		s->note ? ": " : "", s->note ? glyph_safe(a, s->note) : "");
}

const char *story_words_state(const struct story *s)
{
	return s->phase == PHASE_NONE ? "closed" : phase_name(s->phase);
}

const char *story_words_end(const struct story *s)
{
	return s->paused > 0 ? "restored" : "ended, nothing was paused";
}

const char *story_words_cluster(struct arena *a, const struct story_cluster *c)
{
	return glyph_safe(a, c->name[0] ? c->name : c->id.text);
}

const char *story_words_open(struct arena *a, const struct story *s, uint32_t *at)
{
	while (s->phase != PHASE_NONE) {
		uint32_t place = (*at)++;
		if (place == 0)
			return arena_printf(a, "%s: %s", phase_name(s->phase), phase_meaning(s->phase));
		if (place == 1 && s->cut != CUT_NONE)
			return arena_printf(a, "%s: %s", s->means == CUT_MEANS_DISABLE ? "key" : "key policy",
				cut_meaning(s->cut, s->means));
		if (place == 1)
			continue;
		if (place - 2 >= s->cluster_count)
			break;
		const struct story_cluster *c = &s->clusters[place - 2];
		if (c->duty != DUTY_FREE && c->duty != DUTY_LEFT && c->duty != DUTY_TOUCHED &&
			c->duty != DUTY_GONE)
			return arena_printf(a, "%s: %s", story_words_cluster(a, c), duty_meaning(c->duty));
	}
	return NULL;
}
