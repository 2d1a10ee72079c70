/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger_json.h"
#include "base/num.h"
#include "json_answer.h"
#include "json_put.h"
#include "model/record.h"
#include <inttypes.h>

static void open_ledger(struct output *o)
{
	if (!o->in_ledgers) {
		json_answer_member(o, "ledgers");
		(void)fputc('[', o->page.to);
		o->in_ledgers = true;
	}
	(void)fputs(o->items++ ? "," : "", o->page.to);
	json_put_break(o->page.to, 2);
	(void)fputc('{', o->page.to);
}

/* Records come before the report of their ledger: the object is opened here and goes on there. */
void ledger_json_record(struct output *o, const struct ledger_entry *entry)
{
	const struct record *r = &entry->record;
	uint32_t fields = record_type_fields(r->type);
	FILE *to = o->page.to;
	char at[NUM_TIME_BYTES];

	if (!o->in_records) {
		open_ledger(o);
		json_put_break(to, 3);
		(void)fputs("\"entries\": [", to);
		o->in_records = true;
		o->records = 0;
	}
	num_format_time_ms(r->at.ms, at);
	(void)fputs(o->records++ ? "," : "", to);
	json_put_break(to, 4);
	(void)fputc('{', to);
	json_put_pair(to, 5, true, "at", at);
	json_put_number(to, 5, "seq", r->seq.n);
	json_put_pair(to, 5, false, "type", record_type_name(r->type));
	if (fields & RECORD_F_REGION)
		json_put_pair(to, 5, false, "region", r->region.text);
	if (fields & RECORD_F_INCIDENT)
		json_put_number(to, 5, "incident", r->incident.n);
	if (fields & RECORD_F_VERDICT)
		json_put_pair(to, 5, false, "outcome", outcome_name(r->outcome));
	if (fields & RECORD_F_VERDICT)
		json_put_pair(to, 5, false, "reason", reason_name(r->reason));
	if (fields & RECORD_F_STATE)
		json_put_pair(to, 5, false, "phase", phase_name(r->phase));
	if (fields & RECORD_F_STATE)
		json_put_pair(to, 5, false, "cut", cut_name(r->cut));
	if (fields & RECORD_F_CLUSTER) {
		json_put_pair(to, 5, false, "cluster", r->cluster.text);
		json_put_pair(to, 5, false, "name", r->name);
		json_put_pair(to, 5, false, "state", cluster_state_name(r->state));
		json_put_pair(to, 5, false, "duty", duty_name(r->duty));
	}
	if (fields & RECORD_F_PLAN)
		json_put_number(to, 5, "count", r->count);
	if (fields & RECORD_F_RESULT)
		json_put_pair(to, 5, false, "result", act_result_name(r->result));
	json_put_pair(to, 5, false, "who", entry->texts.who);
	json_put_pair(to, 5, false, "note", entry->texts.note);
	json_put_pair(to, 5, false, "message", entry->texts.message);
	json_put_pair(to, 5, false, "request", entry->texts.request);
	json_put_pair(to, 5, false, "usable", entry->texts.usable);
	json_put_break(to, 4);
	(void)fputc('}', to);
}

/* Records 2 to firstSeq - 1 are not in the file; prevHash is what firstSeq says of the last of them. */
static void put_part(FILE *to, const struct ledger_report *r)
{
	char prev[DIGEST_HEX_BYTES];

	digest_format(&r->gap_prev, prev);
	(void)fputc(',', to);
	json_put_break(to, 3);
	(void)fprintf(to,
		"\"part\": {\"firstSeq\": %" PRIu64 ", \"lastSeq\": %" PRIu64 ", \"prevHash\": \"%s\"}",
		r->gap_first, r->head.seq.n, prev);
}

static void put_heads(FILE *to, const struct output_heads *h)
{
	static const char *const bad[] = {[OUTPUT_HEADS_OTHER] = "other", [OUTPUT_HEADS_MISSING] = "missing"};

	(void)fputc(',', to);
	json_put_break(to, 3);
	(void)fprintf(
		to, "\"heads\": {\"compared\": %" PRIu64 ", \"leftOut\": %" PRIu64, h->compared, h->left_out);
	if (h->bad != OUTPUT_HEADS_GOOD)
		(void)fprintf(to, ", \"bad\": \"%s\", \"badSeq\": %" PRIu64, bad[h->bad], h->bad_seq.n);
	(void)fputc('}', to);
}

void ledger_json_report(struct output *o, const struct output_ledger *l)
{
	FILE *to = o->page.to;
	char head[DIGEST_HEX_BYTES];
	bool listed = o->in_records;

	if (listed)
		(void)fputs("\n      ]", to);
	else
		open_ledger(o);
	o->in_records = false;
	digest_format(&l->report.head.hash, head);
	json_put_pair(to, 3, !listed, "path", l->path);
	(void)fputs(",", to);
	json_put_break(to, 3);
	(void)fprintf(to, "\"good\": %s", l->damage ? "false" : "true");
	json_put_number(to, 3, "records", ledger_report_records(&l->report));
	if (l->report.head.seq.n > 0)
		json_put_pair(to, 3, false, "head", head);
	json_put_number(to, 3, "goodBytes", l->report.good_bytes);
	json_put_number(to, 3, "tornBytes", l->report.torn_bytes);
	if (l->damage)
		json_put_number(to, 3, "damagedLine", l->report.line);
	json_put_pair(to, 3, false, "damage", l->damage);
	if (l->report.gap_first > 0)
		put_part(to, &l->report);
	if (l->heads.given)
		put_heads(to, &l->heads);
	json_put_break(to, 2);
	(void)fputc('}', to);
}

/* Each record as a text: the bytes that were hashed. */
void ledger_json_exported(struct output *o, const struct output_export *e)
{
	FILE *to = o->page.to;
	char first[DIGEST_HEX_BYTES], last[DIGEST_HEX_BYTES];
	uint64_t seq = 0, count = 0;
	const char *line;
	size_t at = 0, len;

	ledger_json_report(o, e->ledger);
	json_answer_string(o, "ledger", e->book->ledger.text);
	json_answer_string(o, "project", e->book->project.text);
	json_answer_string(o, "machine", e->book->machine);
	if (e->first <= e->last) {
		digest_format(&e->first_hash, first);
		digest_format(&e->last_hash, last);
		json_answer_member(o, "firstSeq");
		(void)fprintf(to, "%" PRIu64, e->first);
		json_answer_string(o, "firstHash", first);
		json_answer_member(o, "lastSeq");
		(void)fprintf(to, "%" PRIu64, e->last);
		json_answer_string(o, "lastHash", last);
	}
	json_answer_member(o, "lines");
	(void)fputc('[', to);
	while ((line = output_export_next(e, &seq, &at, &len))) {
		(void)fputs(count++ ? "," : "", to);
		json_put_break(to, 2);
		json_put_text(to, line, len - 1);
	}
	json_put_break(to, 1);
	(void)fputc(']', to);
}

static void pair_ms(FILE *to, const char *name, int64_t ms)
{
	(void)fputc(',', to);
	json_put_break(to, 3);
	(void)fprintf(to, ms < 0 ? "\"%s\": null" : "\"%s\": %" PRId64, name, ms);
}

void ledger_json_times(struct output *o, const struct output_times *t)
{
	FILE *to = o->page.to;

	for (size_t i = 0; i < t->ledger_count; i++)
		ledger_json_report(o, &t->ledgers[i]);
	json_answer_member(o, "incidents");
	(void)fprintf(to, "%" PRIu64, t->times->incidents);
	json_answer_member(o, "open");
	(void)fprintf(to, "%" PRIu64, t->times->open);
	json_answer_member(o, "olderLeftOut");
	(void)fprintf(to, "%" PRIu64, t->times->older);
	json_answer_member(o, "times");
	for (unsigned i = 0; i < STORY_TIME_COUNT; i++) {
		struct story_samples *s = &t->times->of[i];
		struct story_percentiles p = story_times_percentiles(s);

		(void)fputs(i == 0 ? "[" : ",", to);
		json_put_break(to, 2);
		(void)fputc('{', to);
		json_put_pair(to, 3, true, "time", story_time_name((enum story_time)i));
		json_put_pair(to, 3, false, "from", story_time_from((enum story_time)i));
		json_put_pair(to, 3, false, "to", story_time_to((enum story_time)i));
		json_put_number(to, 3, "count", s->count);
		json_put_number(to, 3, "leftOut", s->left_out);
		pair_ms(to, "p50Ms", p.p50_ms);
		pair_ms(to, "p90Ms", p.p90_ms);
		pair_ms(to, "p99Ms", p.p99_ms);
		pair_ms(to, "maxMs", p.max_ms);
		json_put_break(to, 2);
		(void)fputc('}', to);
	}
	json_put_break(to, 1);
	(void)fputc(']', to);
}
