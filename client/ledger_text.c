/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger_text.h"
#include "age.h"
#include "glyph.h"
#include "model/record.h"
#include <inttypes.h>
#include <string.h>

static const char *record_what(struct arena *a, const struct record *r)
{
	uint32_t fields = record_type_fields(r->type);
	const char *text = "";

	if (fields & RECORD_F_INCIDENT && r->incident.n != 0)
		text = arena_printf(a, "#%" PRIu32 " ", r->incident.n);
	if (fields & RECORD_F_REGION && r->region.text[0])
		text = arena_printf(a, "%s%s ", text, r->region.text);
	if (fields & RECORD_F_CLUSTER)
		text = arena_printf(a, "%s%s: %s, %s ", text,
			glyph_safe(a, r->name[0] ? r->name : r->cluster.text), cluster_state_name(r->state),
			duty_name(r->duty));
	if (fields & RECORD_F_VERDICT)
		text = arena_printf(a, "%s%s (%s) ", text, outcome_name(r->outcome), reason_name(r->reason));
	if (fields & RECORD_F_STATE)
		text = arena_printf(a, "%sphase %s, cut %s ", text, phase_name(r->phase), cut_name(r->cut));
	if (fields & RECORD_F_PLAN && r->count > 0)
		text = arena_printf(a, "%s%" PRIu32 " clusters ", text, r->count);
	if (fields & RECORD_F_ERRAND)
		text = arena_printf(a, "%s%s ", text, errand_what(r->errand));
	if (fields & RECORD_F_REPORT)
		text = arena_printf(a, "%sproblems: %" PRIu32 " ", text, r->count);
	if (fields & RECORD_F_RESULT)
		text = arena_printf(a, "%s-> %s ", text, act_result_name(r->result));
	return text;
}

static void add_text(struct arena *a, const char **text, const char *label, const char *value)
{
	if (value && *value)
		*text = arena_printf(a, "%s; %s%s", *text, label, glyph_safe(a, value));
}

const char *ledger_text_words(struct arena *a, const struct ledger_entry *entry)
{
	const char *what = record_what(a, &entry->record);
	const char *text = arena_copy(a, what, *what ? strlen(what) - 1 : 0);

	add_text(a, &text, "by ", entry->texts.who);
	add_text(a, &text, "reason: ", entry->texts.note);
	add_text(a, &text, "", entry->texts.message);
	return text;
}

/* One line a record if it fits: request ids are for --json. */
void ledger_text_record(const struct page *page, struct arena *a, const struct ledger_entry *entry)
{
	const char *text = ledger_text_words(a, entry);
	const char *at = page_glue(a, age_time(a, entry->record.at.ms));

	page_flow(page, 0, 33,
		arena_printf(a, MARK_DIM "%6" PRIu64 MARK_END "  %s  %-13s %s", entry->record.seq.n, at,
			record_type_name(entry->record.type), text));
}

void ledger_text_report(const struct page *page, struct arena *a, const struct output_ledger *l)
{
	char head[DIGEST_HEX_BYTES];
	bool empty = l->report.head.seq.n == 0;
	const char *path = glyph_safe(a, l->path), *damage = l->damage ? glyph_safe(a, l->damage) : NULL;

	digest_format(&l->report.head.hash, head);
	page_flow(page, 0, 2,
		damage  ? arena_printf(a, MARK_BOLD "%s" MARK_END "  " MARK_BAD "DAMAGED" MARK_END "%s%s",
				  path, strncmp(damage, "line ", 5) == 0 ? " at " : ": ", damage)
		: empty ? arena_printf(a,
				  MARK_BOLD "%s" MARK_END "  " MARK_CARE "EMPTY" MARK_END ": no record", path)
			: arena_printf(a,
				  MARK_BOLD "%s" MARK_END "  " MARK_GOOD "OK" MARK_END ": the chain holds",
				  path));
	page_field(page, "Records",
		arena_printf(a, "%" PRIu64 "%s, %zu bytes", l->report.head.seq.n,
			damage ? " good ones before it" : "", l->report.good_bytes));
	if (!empty)
		page_field(page, damage ? "Last good" : "Head", head);
	if (damage)
		page_field(page, "Means",
			"the file was changed after cmekd wrote it, or the disk failed. What follows proves "
			"nothing. cmekd"
			" only observes this project. Keep the file, compare it with a backup and with the "
			"head hashes in the"
			" journal, then restore it or move it away");
	else if (l->report.torn_bytes > 0)
		page_field(page, "Tail",
			arena_printf(a,
				MARK_CARE "%zu bytes of an unfinished last record" MARK_END
					  ": cmekd is writing just now, or was stopped while it wrote. No "
					  "damage: nothing was"
					  " done on it; cmekd cuts it at its next start",
				l->report.torn_bytes));
}

void ledger_text_exported(
	const struct page *page, struct arena *a, const struct output_export *e, uint64_t count)
{
	const struct ledger_head *head = &e->ledger->report.head;
	char head_hex[DIGEST_HEX_BYTES], last_hex[DIGEST_HEX_BYTES];
	bool whole = e->first == 1 && e->last == head->seq.n;

	digest_format(&head->hash, head_hex);
	digest_format(&e->last_hash, last_hex);
	if (e->ledger->damage)
		page_flow(page, 0, 2,
			arena_printf(a,
				MARK_BAD "DAMAGED" MARK_END " at %s: these are the records before it.",
				glyph_safe(a, e->ledger->damage)));
	page_field(page, "Ledger",
		arena_printf(a, "id %s, of project %s, machine %s", e->book->ledger.text,
			e->book->project.text, e->book->machine));
	page_field(page, "Written",
		arena_printf(a, "%" PRIu64 " record%s: %s", count, count == 1 ? "" : "s",
			whole ? "all"
			: e->first > e->last
				? "the first; none is of the part that was asked for"
				: arena_printf(a, "seq 1, and %" PRIu64 " to %" PRIu64 " without a gap",
					  e->first, e->last)));
	if (e->first <= e->last && e->last != head->seq.n)
		page_field(page, "Last", arena_printf(a, "%s  (seq %" PRIu64 ")", last_hex, e->last));
	page_field(page, e->ledger->damage ? "Last good" : "Head",
		arena_printf(a, "%s  (seq %" PRIu64 ")", head_hex, head->seq.n));
	page_field(page, "Check",
		whole ? "cmekctl verify, and the head: each alert in the journal carries one"
		      : "the hash of a record is the SHA-256 of its line up to its last member, and is the "
			"prev of the record "
			"after it; cmekctl report tells those of an incident");
}
