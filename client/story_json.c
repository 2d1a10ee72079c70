/* SPDX-License-Identifier: Apache-2.0 */
#include "story_json.h"
#include "base/num.h"
#include "base/own.h"
#include "story_words.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* A comma unless it is the first of its object or list. */
static void name(struct buf *out, const char *member)
{
	char last = out->len > 0 ? out->data[out->len - 1] : '{';

	if (last != '{' && last != '[')
		buf_add(out, ",");
	if (member)
		buf_printf(out, "\"%s\":", member);
}

static void put_text(struct buf *out, const char *member, const char *text)
{
	name(out, member);
	if (text)
		buf_json_string(out, text, strlen(text));
	else
		buf_add(out, "null");
}

static void put_some(struct buf *out, const char *member, const char *text)
{
	if (text && *text)
		put_text(out, member, text);
}

static void put_number(struct buf *out, const char *member, int64_t number)
{
	name(out, member);
	buf_printf(out, "%" PRId64, number);
}

static void put_bool(struct buf *out, const char *member, bool truth)
{
	name(out, member);
	buf_add(out, truth ? "true" : "false");
}

static void put_time(struct buf *out, const char *member, struct walltime at)
{
	char text[NUM_TIME_BYTES];

	num_format_time_ms(at.ms, text);
	put_text(out, member, walltime_is_known(at) ? text : NULL);
}

static void put_span(struct buf *out, const char *member, int64_t ms, bool is_told)
{
	name(out, member);
	if (is_told)
		buf_printf(out, "%" PRId64, ms);
	else
		buf_add(out, "null");
}

static void put_hash(struct buf *out, const char *member, const struct digest *d)
{
	char hex[DIGEST_HEX_BYTES];

	digest_format(d, hex);
	put_text(out, member, hex);
}

static void open(struct buf *out, const char *member, const char *bracket)
{
	name(out, member);
	buf_add(out, bracket);
}

/* ---- an incident ---- */

static void put_causes(struct buf *out, uint8_t causes)
{
	open(out, "causes", "[");
#define X(e, name)                                                                                           \
	if (causes & CAUSE_##e)                                                                              \
		put_text(out, NULL, name);
	CAUSE_TABLE(X)
#undef X
	buf_add(out, "]");
}

static void put_summary(struct buf *out, struct arena *a, const struct output_story *o, const struct story *s)
{
	int64_t to_dark_ms = story_to_dark_ms(s), dark_ms = story_dark_ms(s, o->book->ended);

	put_number(out, "incident", s->incident.n);
	put_text(out, "region", s->region.text);
	put_some(out, "keyArn", s->arn.text);
	put_bool(out, "open", s->phase != PHASE_NONE);
	put_text(out, "phase", phase_name(s->phase));
	put_text(out, "openedBy", s->by_operator ? "operator" : "automatic");
	put_causes(out, s->causes);
	put_text(out, "reason", reason_name(s->reason));
	put_text(out, "cause", story_words_cause(a, s));
	put_text(out, "who", s->who);
	put_text(out, "note", s->note);
	put_text(out, "cut", cut_name(s->cut));
	put_bool(out, "isDark", s->is_dark);
	put_number(out, "paused", s->paused);
	put_time(out, "usableLook", s->usable_look);
	put_time(out, "verdict", s->verdict);
	put_time(out, "opened", s->opened);
	put_time(out, "firstPause", s->pause);
	put_time(out, "dark", s->dark);
	put_time(out, "closed", s->closed);
	put_span(out, "toDarkMs", to_dark_ms, walltime_is_known(s->dark));
	put_span(out, "darkMs", dark_ms, walltime_is_known(s->dark));
}

void story_json_list(struct buf *out, const struct output_story *o)
{
	_cleanup_(arena_fini) struct arena a = {.blocks = NULL};

	buf_add(out, "{");
	put_text(out, "project", o->name);
	open(out, "incidents", "[");
	for (uint32_t i = o->book->count; i-- > 0;) {
		open(out, NULL, "{");
		put_summary(out, &a, o, &o->book->stories[i]);
		buf_add(out, "}");
	}
	buf_add(out, "]");
	put_number(out, "leftOut", o->book->left_out);
	buf_add(out, "}");
	if (a.failed)
		out->trouble = -ENOMEM;
}

/* ---- its events ---- */

static void put_requests(struct buf *out, const struct record_texts *texts)
{
	const char *text = texts->request, *id;
	size_t len;

	if (!text)
		return;
	open(out, "requests", "[");
	while ((id = story_words_request(&text, &len))) {
		name(out, NULL);
		buf_json_string(out, id, len);
	}
	buf_add(out, "]");
}

static void put_members(struct buf *out, const struct story_event *e)
{
	const struct record *r = &e->record;
	uint32_t fields = record_type_fields(r->type);

	if (fields & RECORD_F_VERDICT) {
		put_text(out, "outcome", outcome_name(r->outcome));
		put_text(out, "reason", reason_name(r->reason));
	}
	if (fields & RECORD_F_STATE) {
		put_text(out, "phase", phase_name(r->phase));
		put_causes(out, r->causes);
		put_text(out, "cut", cut_name(r->cut));
	}
	if (fields & RECORD_F_CLUSTER) {
		put_text(out, "cluster", r->cluster.text);
		put_text(out, "name", r->name);
		put_text(out, "duty", duty_name(r->duty));
		put_text(out, "state", cluster_state_name(r->state));
	}
	if (fields & RECORD_F_PLAN)
		put_number(out, "count", r->count);
	if (fields & RECORD_F_OP)
		put_number(out, "op", r->op.n);
	if (fields & RECORD_F_RESULT)
		put_text(out, "result", act_result_name(r->result));
	if (story_words_has_policy(e))
		put_hash(out, "policy", &r->policy);
}

static void put_event(struct buf *out, struct arena *a, const struct story *s, const struct story_event *e)
{
	open(out, NULL, "{");
	put_number(out, "seq", (int64_t)e->record.seq.n);
	put_time(out, "at", e->record.at);
	put_number(out, "afterMs", e->record.at.ms - story_start(s).ms);
	put_text(out, "type", record_type_name(e->record.type));
	put_text(out, "text", story_words_event(a, s, e));
	put_members(out, e);
	put_some(out, "who", e->texts.who);
	put_some(out, "note", e->texts.note);
	put_some(out, "message", e->texts.message);
	put_requests(out, &e->texts);
	put_hash(out, "hash", &e->hash);
	buf_add(out, "}");
}

static void put_clusters(struct buf *out, const struct story *s)
{
	open(out, "clusters", "[");
	for (uint32_t i = 0; i < s->cluster_count; i++) {
		const struct story_cluster *c = &s->clusters[i];

		open(out, NULL, "{");
		put_text(out, "cluster", c->id.text);
		put_text(out, "name", c->name);
		put_text(out, "duty", duty_name(c->duty));
		put_text(out, "is", story_bar_name(c->bar));
		put_bool(out, "pausedByIncident", c->ours);
		put_time(out, "pauseSent", c->sent);
		put_time(out, "paused", c->paused);
		put_time(out, "resumeSent", c->resume_sent);
		put_time(out, "resumed", c->resumed);
		put_number(out, "refused", c->refused);
		buf_add(out, "}");
	}
	buf_add(out, "]");
}

static void put_spans(struct buf *out, const struct story *s)
{
	struct story_span spans[STORY_SPAN_COUNT];

	story_spans(s, spans);
	open(out, "spans", "[");
	for (size_t i = 0; i < STORY_SPAN_COUNT; i++) {
		open(out, NULL, "{");
		put_text(out, "span", spans[i].name);
		put_text(out, "from", spans[i].from);
		put_text(out, "to", spans[i].to);
		put_span(out, "ms", spans[i].ms, spans[i].is_told);
		put_some(out, "note", spans[i].note);
		buf_add(out, "}");
	}
	buf_add(out, "]");
}

static void put_evidence(struct buf *out, const struct output_story *o)
{
	const struct story *s = o->story;

	open(out, "evidence", "{");
	put_text(out, "ledger", o->book->ledger.text);
	put_text(out, "projectId", o->book->project.text);
	put_text(out, "machine", o->book->machine);
	put_number(out, "firstSeq", (int64_t)s->first_seq);
	put_number(out, "lastSeq", (int64_t)s->last_seq);
	put_number(out, "records", (int64_t)s->records);
	put_hash(out, "firstHash", &s->first_hash);
	put_hash(out, "lastHash", &s->last_hash);
	put_hash(out, "head", &o->ledger->report.head.hash);
	put_number(out, "headSeq", (int64_t)o->ledger->report.head.seq.n);
	put_text(out, "cmekctl", PACKAGE_VERSION);
	buf_add(out, "}");
}

void story_json(struct buf *out, const struct output_story *o)
{
	_cleanup_(arena_fini) struct arena a = {.blocks = NULL};
	const struct story *s = o->story;
	const char *text;
	uint32_t at = 0;

	buf_add(out, "{");
	put_text(out, "project", o->name);
	put_summary(out, &a, o, s);
	put_time(out, "ledgerEnds", o->book->ended);
	open(out, "events", "[");
	for (uint32_t i = 0; i < s->event_count; i++)
		put_event(out, &a, s, &s->events[i]);
	buf_add(out, "]");
	put_number(out, "leftOut", (int64_t)(s->events_left_out + s->texts_left_out));
	put_clusters(out, s);
	put_spans(out, s);
	open(out, "stillOpen", "[");
	while ((text = story_words_open(&a, s, &at)))
		put_text(out, NULL, text);
	buf_add(out, "]");
	if (o->evidence)
		put_evidence(out, o);
	buf_add(out, "}");
	if (a.failed)
		out->trouble = -ENOMEM;
}
