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
	if (fields & RECORD_F_LIVE)
		text = arena_printf(a, "%s-> %s ", text,
			r->live_end == LIVE_END_GOING ? live_step_meaning(r->live_step)
						      : live_end_meaning(r->live_end));
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

static const char *records(struct arena *a, const struct output_ledger *l)
{
	const struct ledger_report *r = &l->report;

	if (r->gap_first == 0)
		return arena_printf(a, "%" PRIu64 "%s, %zu bytes", r->head.seq.n,
			l->damage ? " good ones before it" : "", r->good_bytes);
	return arena_printf(a, "%" PRIu64 "%s: seq 1, and %" PRIu64 " to %" PRIu64 ", %zu bytes",
		ledger_report_records(r), l->damage ? " good ones before it" : "", r->gap_first,
		r->head.seq.n, r->good_bytes);
}

static void tell_damage(const struct page *page, const struct output_ledger *l)
{
	page_field(page, "Means",
		l->is_foreign
			? "cmekd did not write this file, or its beginning was overwritten. If another one "
			  "was meant: "
			  "ledgers end in .ledger, and a project's is found by the project's name. If this "
			  "was a ledger, "
			  "restore it from a backup"
		: l->is_unread
			? "the record's own hash fits, but this cmekd does not know what it says: a newer "
			  "cmekd wrote it, or somebody who made the hashes anew (--heads tells). If it was a "
			  "newer one, install that again, and leave the file as it is: until then cmekd only "
			  "observes this project"
			: "the file was changed after cmekd wrote it, or the disk failed. What follows "
			  "proves "
			  "nothing. cmekd"
			  " only observes this project. Keep the file, compare it with a backup and with "
			  "the "
			  "head hashes in the"
			  " journal, then restore it or move it away");
	if (l->is_part)
		page_field(page, "Part",
			"behind its first record the chain holds. If ledger export wrote it, as a part of a "
			"ledger, this is no damage: cmekctl verify --part says what such a part shows");
}

/* What was told elsewhere, and cannot be changed here. */
static void tell_heads(const struct page *page, struct arena *a, const struct output_heads *h)
{
	const char *text = arena_printf(a, "%" PRIu64 " of journal lines compared", h->compared);
	char head[DIGEST_HEX_BYTES];

	digest_format(&h->bad_head, head);
	if (h->left_out > 0)
		text = arena_printf(
			a, "%s, %" PRIu64 " of records that are not in this file", text, h->left_out);
	switch (h->bad) {
	case OUTPUT_HEADS_GOOD:
		text = h->compared == 0
			       ? arena_printf(a,
					 MARK_CARE
					 "%s" MARK_END
					 ": nothing is shown by that. Lines are of a project by PROJECT=, "
					 "which is how its ledger is called",
					 text)
			       : arena_printf(
					 a, MARK_GOOD "%s" MARK_END ": each is that of its record", text);
		break;
	case OUTPUT_HEADS_OTHER:
		text = arena_printf(a,
			"%s: " MARK_BAD "seq %" PRIu64 " DOES NOT FIT" MARK_END
			": the journal has %s. The ledger was rewritten after that line was told, or a new "
			"one "
			"was begun in its place",
			text, h->bad_seq.n, head);
		break;
	case OUTPUT_HEADS_MISSING:
		text = arena_printf(a,
			"%s: " MARK_BAD "seq %" PRIu64 " IS MISSING" MARK_END
			": the journal has it, with head %s. Records at the end were cut off, or this is an "
			"older copy",
			text, h->bad_seq.n, head);
		break;
	}
	page_field(page, "Heads", text);
}

/* What the chain of a part proves, and what it cannot. */
static void tell_part(const struct page *page, struct arena *a, const struct ledger_report *r)
{
	char prev[DIGEST_HEX_BYTES];

	digest_format(&r->gap_prev, prev);
	page_field(page, "Before",
		arena_printf(a, "%s  (seq %" PRIu64 ", not in the file)", prev, r->gap_first - 1));
	page_field(page, "Shown",
		arena_printf(a,
			"records %" PRIu64 " to %" PRIu64
			" follow one another without a gap, and each is as its hash says",
			r->gap_first, r->head.seq.n));
	page_field(page, "Not shown",
		arena_printf(a,
			"that they are of the ledger that the first record names; what records 2 to %" PRIu64
			" are; whether more came after %" PRIu64
			". Compare both hashes with the whole ledger, or the last with the head that an "
			"alert "
			"in the journal carries",
			r->gap_first - 1, r->head.seq.n));
}

void ledger_text_report(const struct page *page, struct arena *a, const struct output_ledger *l)
{
	char head[DIGEST_HEX_BYTES];
	bool empty = l->report.head.seq.n == 0, part = l->report.gap_first > 0;
	const char *path = glyph_safe(a, l->path), *damage = l->damage ? glyph_safe(a, l->damage) : NULL;

	digest_format(&l->report.head.hash, head);
	page_flow(page, 0, 2,
		l->is_foreign
			? arena_printf(a, MARK_BOLD "%s" MARK_END "  " MARK_BAD "NO LEDGER" MARK_END ": %s",
				  path, damage)
		: damage ? arena_printf(a, MARK_BOLD "%s" MARK_END "  " MARK_BAD "DAMAGED" MARK_END "%s%s",
				   path, strncmp(damage, "line ", 5) == 0 ? " at " : ": ", damage)
		: empty  ? arena_printf(a,
				   MARK_BOLD "%s" MARK_END "  " MARK_CARE "EMPTY" MARK_END ": no record", path)
		: part   ? arena_printf(a,
				   MARK_BOLD "%s" MARK_END "  " MARK_CARE "PART" MARK_END
					     ": the chain holds within it",
				   path)
			 : arena_printf(a,
				   MARK_BOLD "%s" MARK_END "  " MARK_GOOD "OK" MARK_END ": the chain holds",
				   path));
	if (!l->is_foreign)
		page_field(page, "Records", records(a, l));
	if (!empty)
		page_field(page, damage ? "Last good" : part ? "Last" : "Head", head);
	if (l->heads.given)
		tell_heads(page, a, &l->heads);
	if (part)
		tell_part(page, a, &l->report);
	if (damage)
		tell_damage(page, l);
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
		      : "cmekctl verify --part, which says what a part shows; cmekctl report tells the "
			"hashes of "
			"an incident");
}
