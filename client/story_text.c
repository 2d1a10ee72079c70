/* SPDX-License-Identifier: Apache-2.0 */
#include "story_text.h"
#include "age.h"
#include "glyph.h"
#include "ledger_text.h"
#include "story_words.h"
#include <inttypes.h>
#include <string.h>

#define OFFSET_COLUMN 13 /* where what happened begins, and goes on when it is wrapped */

static const char *digest_hex(struct arena *a, const struct digest *d)
{
	char hex[DIGEST_HEX_BYTES];

	digest_format(d, hex);
	return arena_copy(a, hex, strlen(hex));
}

const char *story_text_quoted(struct arena *a, const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+=:@,";
	const char *quoted = "'";

	if (path[strspn(path, plain)] == '\0')
		return path;
	for (const char *c = path; *c; c++)
		quoted =
			*c == '\'' ? arena_printf(a, "%s'\\''", quoted) : arena_printf(a, "%s%c", quoted, *c);
	return arena_printf(a, "%s'", quoted);
}

const char *story_text_by_hand(struct arena *a, const char *quoted_path, uint64_t seq)
{
	return arena_printf(a,
		"sed -n '%" PRIu64 "s/,\"hash\":\"[0-9a-f]*\"}$//p' %s | tr -d '\\n' | sha256sum", seq,
		quoted_path);
}

/* A damaged ledger is told first, and loudly. */
static void show_damage(const struct page *page, struct arena *a, const struct output_story *o)
{
	if (!o->ledger->damage)
		return;
	ledger_text_report(page, a, o->ledger);
	page_flow(page, 0, 2, MARK_BAD "What is shown below ends where the damage begins." MARK_END);
	page_blank(page);
}

/* ---- the list ---- */

static const char *time_only(struct arena *a, int64_t unix_ms)
{
	const char *text = age_time(a, unix_ms), *zone = strstr(text, " UTC");

	return zone ? arena_copy(a, text, (size_t)(zone - text)) : text;
}

/* The clock alone where the day is the same. */
static const char *ended(struct arena *a, const struct story *s)
{
	const int64_t day_ms = INT64_C(24) * 3600 * 1000;

	if (!walltime_is_known(s->closed))
		return "-";
	return s->closed.ms / day_ms == s->opened.ms / day_ms ? age_clock(a, s->closed.ms)
							      : time_only(a, s->closed.ms);
}

static const char *span_or_none(struct arena *a, int64_t ms)
{
	return ms < 0 ? "-" : story_words_span(a, ms);
}

static void add_row(
	struct page_table *t, struct arena *a, const struct output_story *o, const struct story *s)
{
	const char *state = s->phase == PHASE_NONE
				    ? "closed"
				    : arena_printf(a, MARK_CARE "%s" MARK_END, phase_name(s->phase));
	const char *cells[] = {
		arena_printf(a, "#%" PRIu32, s->incident.n),
		time_only(a, s->opened.ms),
		state,
		arena_printf(a, "%" PRIu32, s->paused),
		span_or_none(a, story_to_dark_ms(s)),
		s->is_dark ? "goes on" : span_or_none(a, story_dark_ms(s, o->book->ended)),
		ended(a, s),
	};

	page_table_add(t, cells, arena_printf(a, "%s, %s", s->region.text, story_words_cause(a, s)));
}

void story_text_list(const struct page *page, struct arena *a, const struct output_story *o)
{
	static const struct page_column columns[] = {{"#", 0}, {"OPENED (UTC)", 0}, {"STATE", 0},
		{"PAUSED", 0}, {"TO DARK", 0}, {"DARK", 0}, {"ENDED", 0}};
	struct page_table table;

	show_damage(page, a, o);
	page_table_init(&table, a, columns, sizeof columns / sizeof *columns);
	for (uint32_t i = o->book->count; i-- > 0;)
		add_row(&table, a, o, &o->book->stories[i]);
	page_table_print(page, &table, 0);
	if (o->book->count == 0)
		page_flow(page, 0, 2, arena_printf(a, "%s has had no incident.", glyph_safe(a, o->name)));
	if (o->book->left_out > 0)
		page_flow(page, 0, 2,
			arena_printf(a, "... and %" PRIu32 " older ones: cmekctl verify --list",
				o->book->left_out));
}

/* ---- one ---- */

static void show_head(const struct page *page, struct arena *a, const struct output_story *o)
{
	const struct story *s = o->story;

	page_flow(page, 0, 2,
		arena_printf(a, MARK_BOLD "%s#%" PRIu32 MARK_END "  %s, %s", glyph_safe(a, o->name),
			s->incident.n, s->region.text, story_words_cause(a, s)));
	page_field(page, "Ledger",
		arena_printf(a, "%s: %" PRIu64 " records, %s", glyph_safe(a, o->ledger->path),
			o->ledger->report.head.seq.n,
			o->ledger->damage ? MARK_BAD "DAMAGED behind them" MARK_END
					  : MARK_GOOD "the chain holds" MARK_END));
	if (s->arn.text[0])
		page_field(page, "Key", s->arn.text);
	page_field(page, "Opened", age_time(a, s->opened.ms));
	if (walltime_is_known(s->dark))
		page_field(page, "Dark",
			s->is_dark ? arena_printf(a, "%s, and it goes on where the ledger ends",
					     age_time(a, s->dark.ms))
				   : arena_printf(a, "%s, for %s", age_time(a, s->dark.ms),
					     story_words_span(a, story_dark_ms(s, o->book->ended))));
	else
		page_field(page, "Dark", "never");
	if (walltime_is_known(s->closed))
		page_field(page, "Closed",
			arena_printf(a, "%s, %s", age_time(a, s->closed.ms), story_words_end(s)));
	else
		page_field(page, "Closed",
			arena_printf(a, MARK_CARE "still open" MARK_END " where the ledger ends, %s",
				age_time(a, o->book->ended.ms)));
}

static void show_event(
	const struct page *page, struct arena *a, const struct output_story *o, const struct story_event *e)
{
	const char *texts = story_words_texts(a, e);
	const char *text = arena_printf(a, "%s  %s  " MARK_DIM "(seq" MARK_GLUE "%" PRIu64 "%s%s%s%s",
		story_words_offset(a, e->record.at.ms - story_start(o->story).ms),
		story_words_event(a, o->story, e), e->record.seq.n, *texts ? "; " : "", texts,
		e->texts.request ? "; request " : "",
		e->texts.request ? glyph_safe(a, e->texts.request) : "");

	if (story_words_has_policy(e))
		text = arena_printf(a, "%s; key policy %s", text, digest_hex(a, &e->record.policy));
	page_flow(page, 2, OFFSET_COLUMN, arena_printf(a, "%s)" MARK_END, text));
}

static const char *offset_or_none(struct arena *a, const struct story *s, struct walltime at)
{
	return walltime_is_known(at) ? story_words_offset(a, at.ms - story_start(s).ms) : "-";
}

static void show_clusters(const struct page *page, struct arena *a, const struct story *s)
{
	static const struct page_column columns[] = {
		{"CLUSTER", 28}, {"PAUSE SENT", 0}, {"PAUSED", 0}, {"RESUMED", 0}, {"AT THE END", 0}};
	struct page_table table;

	page_table_init(&table, a, columns, sizeof columns / sizeof *columns);
	for (uint32_t i = 0; i < s->cluster_count; i++) {
		const struct story_cluster *c = &s->clusters[i];
		const char *cells[] = {
			story_words_cluster(a, c),
			offset_or_none(a, s, c->sent),
			offset_or_none(a, s, c->paused),
			offset_or_none(a, s, c->resumed),
			arena_printf(a, "%s, %s", story_bar_meaning(c->bar), duty_meaning(c->duty)),
		};
		page_table_add(&table, cells, NULL);
	}
	page_table_print(page, &table, 2);
}

static void show_spans(const struct page *page, struct arena *a, const struct story *s)
{
	static const struct page_column columns[] = {{"FROM", 0}, {"TO", 0}, {"TOOK", 0}};
	struct story_span spans[STORY_SPAN_COUNT];
	struct page_table table;

	story_spans(s, spans);
	page_table_init(&table, a, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < STORY_SPAN_COUNT; i++)
		page_table_add(&table,
			(const char *const[]){spans[i].from, spans[i].to, story_words_told(a, &spans[i])},
			NULL);
	page_table_print(page, &table, 2);
}

/* ---- the evidence ---- */

static void show_check(const struct page *page, struct arena *a, const struct output_story *o)
{
	const char *path = story_text_quoted(a, o->ledger->path);

	page_field(page, "Check", page_glue(a, glyph_safe(a, arena_printf(a, "cmekctl verify %s", path))));
	page_field(page, "By hand",
		"the hash of record N, of line N, is the SHA-256 of the line up to its last member:");
	page_field(page, "", page_glue(a, glyph_safe(a, story_text_by_hand(a, path, o->story->last_seq))));
	page_field(page, "",
		"and is the prev of the line after it. The head can be compared with a backup, and with the "
		"one "
		"that each alert in the journal carries");
}

static void show_requests(const struct page *page, struct arena *a, const struct story *s)
{
	bool none = true;

	for (uint32_t i = 0; i < s->event_count;) {
		uint32_t end = story_words_same_request(s, i);
		const char *text = s->events[i].texts.request, *id;
		size_t len;
		while ((id = story_words_request(&text, &len))) {
			page_field(page, none ? "Requests" : "",
				arena_printf(a, "%s  " MARK_DIM "(seq %s)" MARK_END,
					glyph_safe(a, arena_copy(a, id, len)),
					story_words_seqs(a, s, i, end)));
			none = false;
		}
		i = end;
	}
	if (none)
		page_field(page, "Requests", "none is told");
}

static void show_evidence(const struct page *page, struct arena *a, const struct output_story *o)
{
	const struct story *s = o->story;

	page_blank(page);
	page_flow(page, 0, 2, MARK_BOLD "Evidence" MARK_END);
	page_field(page, "Ledger",
		arena_printf(a, "id %s, of project %s, begun %s", o->book->ledger.text, o->book->project.text,
			page_glue(a, age_time(a, o->book->began.ms))));
	page_field(page, "Machine", arena_printf(a, "%s (hashed machine-id)", o->book->machine));
	page_field(page, "Records",
		arena_printf(a, "seq %" PRIu64 " to %" PRIu64 ", %" PRIu64 " of them of this incident",
			s->first_seq, s->last_seq, s->records));
	page_field(page, "First", digest_hex(a, &s->first_hash));
	page_field(page, "Last", digest_hex(a, &s->last_hash));
	page_field(page, o->ledger->damage ? "Last good" : "Head",
		arena_printf(a, "%s  (seq %" PRIu64 ")", digest_hex(a, &o->ledger->report.head.hash),
			o->ledger->report.head.seq.n));
	show_check(page, a, o);
	page_field(page, "Versions",
		"made by cmekctl " PACKAGE_VERSION "; a ledger does not tell the version of cmekd");
	show_requests(page, a, s);
}

void story_text(const struct page *page, struct arena *a, const struct output_story *o)
{
	const struct story *s = o->story;
	const char *open;
	uint32_t at = 0;

	show_damage(page, a, o);
	show_head(page, a, o);
	page_blank(page);
	for (uint32_t i = 0; i < s->event_count; i++)
		show_event(page, a, o, &s->events[i]);
	if (s->events_left_out + s->texts_left_out > 0)
		page_flow(page, 2, 4,
			arena_printf(a,
				MARK_CARE "... and %" PRIu64 " more records and %" PRIu64
					  " texts: cmekctl verify --list" MARK_END,
				s->events_left_out, s->texts_left_out));
	page_blank(page);
	show_clusters(page, a, s);
	if (s->cluster_count > 0)
		page_blank(page);
	show_spans(page, a, s);
	while ((open = story_words_open(a, s, &at))) {
		if (at == 1)
			page_blank(page);
		page_field(page, at == 1 ? "Open" : "", open);
	}
	if (o->evidence)
		show_evidence(page, a, o);
}

/* ---- many ---- */

void story_text_times(const struct page *page, struct arena *a, const struct output_times *t)
{
	static const struct page_column columns[] = {
		{"HOW LONG FROM", 0}, {"N", 0}, {"P50", 0}, {"P90", 0}, {"P99", 0}, {"LONGEST", 0}};
	const struct story_times *times = t->times;
	struct page_table table;
	uint64_t left_out = 0;

	for (size_t i = 0; i < t->ledger_count; i++)
		if (t->ledgers[i].damage || t->ledgers[i].report.head.seq.n == 0)
			ledger_text_report(page, a, &t->ledgers[i]);
	page_table_init(&table, a, columns, sizeof columns / sizeof *columns);
	for (unsigned i = 0; i < STORY_TIME_COUNT; i++) {
		struct story_percentiles p = story_times_percentiles(&t->times->of[i]);

		left_out += times->of[i].left_out;
		page_table_add(&table,
			(const char *const[]){arena_printf(a, "%s to %s", story_time_from((enum story_time)i),
						      story_time_to((enum story_time)i)),
				arena_printf(a, "%" PRIu32, times->of[i].count), span_or_none(a, p.p50_ms),
				span_or_none(a, p.p90_ms), span_or_none(a, p.p99_ms),
				span_or_none(a, p.max_ms)},
			NULL);
	}
	page_table_print(page, &table, 0);
	page_blank(page);
	page_flow(page, 0, 2,
		arena_printf(a, "%" PRIu64 " incident%s%s of %zu ledger%s%s.%s", times->incidents,
			times->incidents == 1 ? "" : "s",
			times->open ? arena_printf(a, ", %" PRIu64 " of them open,", times->open) : "",
			t->ledger_count, t->ledger_count == 1 ? "" : "s",
			times->incidents ? arena_printf(a, ", opened from %s to %s",
						   age_time(a, times->first.ms), age_time(a, times->last.ms))
					 : "",
			left_out ? arena_printf(a,
					   " Left out because the clock was set back meanwhile: %" PRIu64 ".",
					   left_out)
				 : ""));
	if (times->older > 0)
		page_flow(page, 0, 2,
			arena_printf(a, MARK_CARE "%" PRIu64 " older incidents are not counted." MARK_END,
				times->older));
	page_flow(page, 0, 2,
		"Percentiles are by nearest rank; - where N is too small: P90 needs 10, P99 100. The first "
		"row is "
		"an "
		"upper bound of how long a loss went unseen; a verdict before cmekd's first usable look has "
		"none.");
}
