/* SPDX-License-Identifier: Apache-2.0 */
/* The format for people. */
#include "output.h"
#include "age.h"
#include "clock.h"
#include "glyph.h"
#include "plan_text.h"
#include "status_text.h"
#include "base/num.h"
#include "model/record.h"
#include <inttypes.h>
#include <string.h>

static void show_summary(struct output *o, const struct view_summary *s)
{
	struct arena *a = &o->arena;
	const char *trouble =
		s->problems == 0
			? MARK_GOOD "no problems" MARK_END
			: arena_printf(a, MARK_BAD "%" PRId64 " with problems" MARK_END, s->problems);

	page_flow(&o->page, 0, 2,
		arena_printf(a,
			"%" PRId64 " project%s, %s, %" PRId64 " open incident%s; budget: %" PRId64
			" more pauses this hour; cmekd %s, up for %s",
			s->projects, s->projects == 1 ? "" : "s", trouble, s->incidents,
			s->incidents == 1 ? "" : "s", s->budget_left, s->version, age_text(a, s->uptime_ms)));
	if (s->projects == 0)
		page_flow(&o->page, 0, 2,
			"Nothing is watched: cmekd has no project. Put a file for each into projects.d, see "
			"cmekd.conf(5)");
	page_blank(&o->page);
}

static void text_status(
	struct output *o, const struct view_status *status, const struct wire *wire, bool full)
{
	(void)wire;
	if (status->summary)
		show_summary(o, status->summary);
	for (size_t i = 0; i < status->projects.count; i++) {
		const struct view_project *p = &status->projects.items[i];
		if (full)
			status_text_project(&o->page, &o->arena, p, clock_unix_ms());
		else
			status_text_overview(&o->page, &o->arena, p);
	}
}

static void text_status_rest(struct output *o, int64_t good_projects)
{
	struct arena *a = &o->arena;

	page_blank(&o->page);
	if (good_projects > 0)
		page_flow(&o->page, 0, 2,
			arena_printf(a, "%" PRId64 " more without a problem (all: cmekctl status --all).",
				good_projects));
	page_flow(&o->page, 0, 2, "Regions, incidents and clusters of one: cmekctl status PROJECT");
}

static void show_decisions(struct output *o, const struct view_explanation *e)
{
	static const struct page_column columns[] = {{"FOR", 0}, {"ACTION", 0}, {"RESULT", 0}, {"WHY", 0}};
	struct arena *a = &o->arena;
	struct page_table table;

	page_table_init(&table, a, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < e->decisions.count; i++) {
		const struct view_decision *d = &e->decisions.items[i];
		bool allowed = strcmp(d->result, "allowed") == 0, denied = strcmp(d->result, "denied") == 0;
		const char *cells[] = {
			d->purpose,
			d->action,
			arena_printf(a, "%s%s" MARK_END,
				allowed  ? MARK_GOOD
				: denied ? MARK_BAD
					 : MARK_CARE,
				d->result),
			d->remedy ? arena_printf(a, "%s\n" MARK_BOLD "->" MARK_END " %s", d->why, d->remedy)
				  : d->why,
		};
		page_table_add(&table, cells);
	}
	page_table_print(&o->page, &table, 2);
}

static void text_explain(
	struct output *o, const char *project, const struct view_explanations *e, const struct wire *wire)
{
	struct arena *a = &o->arena;

	(void)wire;
	if (e->explanations.count == 0)
		page_flow(&o->page, 0, 2,
			arena_printf(a,
				"%s has no region with a customer managed key, as far as cmekd has read.",
				project));
	for (size_t i = 0; i < e->explanations.count; i++) {
		const struct view_explanation *x = &e->explanations.items[i];
		const char *window = "";
		if (i > 0)
			page_blank(&o->page);
		page_flow(&o->page, 0, 2,
			arena_printf(a, MARK_BOLD "%s/%s" MARK_END "  %s (%s)", project, x->region,
				x->verdict, x->reason));
		page_field(&o->page, "Key", x->key_arn);
		for (size_t w = 0; w < x->window.count; w++)
			window = arena_printf(a, "%s%s%s", window, w ? ", " : "", x->window.items[w]);
		if (*window)
			page_field(&o->page, "Looks", arena_printf(a, "newest first: %s", window));
		for (size_t t = 0; t < x->text.count; t++)
			page_field(&o->page, t == 0 ? "Because" : "", x->text.items[t]);
		if (x->decisions.count > 0)
			page_blank(&o->page);
		show_decisions(o, x);
	}
}

static void text_plan(struct output *o, const struct output_plan *plan)
{
	plan_text_change(&o->page, &o->arena, plan, clock_unix_ms());
}

static void text_decision(struct output *o, const struct view_project *p, const struct view_binding *b)
{
	plan_text_decision(&o->page, &o->arena, p, b, clock_unix_ms());
}

static void text_taken(struct output *o, const char *verb, const char *project,
	const struct view_incidents *incidents, bool followed)
{
	struct arena *a = &o->arena;
	const char *names = "";

	for (size_t i = 0; incidents && i < incidents->count; i++)
		names = arena_printf(
			a, "%s%s%s#%" PRId64, names, i ? ", " : " as ", project, incidents->items[i]);
	page_flow(&o->page, 0, 2,
		arena_printf(
			a, "cmekd has taken the %s of %s%s; it is in the ledger.", verb, project, names));
	if (!followed)
		page_flow(&o->page, 0, 2,
			arena_printf(a, "It goes on by itself; to see how far: cmekctl status %s", project));
}

static void text_progress(struct output *o, const struct view_project *before, const struct view_project *now)
{
	plan_text_progress(&o->page, &o->arena, before, now, clock_unix_ms());
	(void)fflush(o->page.to);
}

static void text_followed(struct output *o, const struct view_project *p, const struct wire *wire)
{
	(void)wire;
	page_blank(&o->page);
	status_text_overview(&o->page, &o->arena, p);
}

static const char *record_what(struct arena *a, const struct record *r)
{
	uint32_t fields = record_type_fields(r->type);
	const char *text = record_type_name(r->type);

	if (fields & RECORD_F_INCIDENT && r->incident.n != 0)
		text = arena_printf(a, "%s #%" PRIu32, text, r->incident.n);
	if (fields & RECORD_F_REGION && r->region.text[0])
		text = arena_printf(a, "%s %s", text, r->region.text);
	if (fields & RECORD_F_VERDICT)
		text = arena_printf(a, "%s %s (%s)", text, outcome_name(r->outcome), reason_name(r->reason));
	if (fields & RECORD_F_STATE)
		text = arena_printf(a, "%s %s, cut %s", text, phase_name(r->phase), cut_name(r->cut));
	if (fields & RECORD_F_CLUSTER)
		text = arena_printf(a, "%s %s is %s, %s", text,
			glyph_safe(a, r->name[0] ? r->name : r->cluster.text), cluster_state_name(r->state),
			duty_name(r->duty));
	if (fields & RECORD_F_PLAN && r->count > 0)
		text = arena_printf(a, "%s for %" PRIu32 " clusters", text, r->count);
	if (fields & RECORD_F_RESULT)
		text = arena_printf(a, "%s: %s", text, act_result_name(r->result));
	return text;
}

static void add_text(struct arena *a, const char **text, const char *label, const char *value)
{
	if (value && *value)
		*text = arena_printf(a, "%s; %s%s", *text, label, glyph_safe(a, value));
}

static void text_record(struct output *o, const struct ledger_entry *entry)
{
	struct arena *a = &o->arena;
	const char *text = record_what(a, &entry->record);

	add_text(a, &text, "by ", entry->texts.who);
	add_text(a, &text, "reason: ", entry->texts.note);
	add_text(a, &text, "", entry->texts.message);
	add_text(a, &text, "request ", entry->texts.request);
	page_flow(&o->page, 0, 9,
		arena_printf(a, MARK_DIM "%6" PRIu64 MARK_END MARK_GLUE MARK_GLUE MARK_GLUE "%s  %s",
			entry->record.seq.n, page_glue(a, age_time(a, entry->record.at.ms)), text));
}

static void text_ledger(struct output *o, const struct output_ledger *l)
{
	struct arena *a = &o->arena;
	char head[DIGEST_HEX_BYTES];
	bool empty = l->report.head.seq.n == 0;
	const char *path = glyph_safe(a, l->path), *damage = l->damage ? glyph_safe(a, l->damage) : NULL;

	digest_format(&l->report.head.hash, head);
	page_flow(&o->page, 0, 2,
		damage  ? arena_printf(a,
				  MARK_BOLD "%s" MARK_END "  " MARK_BAD "DAMAGED" MARK_END " at line %" PRIu64
					    ": %s",
				  path, l->report.line, damage)
		: empty ? arena_printf(a,
				  MARK_BOLD "%s" MARK_END "  " MARK_CARE "EMPTY" MARK_END ": no record", path)
			: arena_printf(a,
				  MARK_BOLD "%s" MARK_END "  " MARK_GOOD "OK" MARK_END ": the chain holds",
				  path));
	page_field(&o->page, "Records",
		arena_printf(a, "%" PRIu64 "%s, %zu bytes", l->report.head.seq.n,
			damage ? " good ones before it" : "", l->report.good_bytes));
	if (!empty)
		page_field(&o->page, damage ? "Last good" : "Head", head);
	if (damage)
		page_field(&o->page, "Means",
			"the file was changed after cmekd wrote it, or the disk failed. What follows proves "
			"nothing. cmekd"
			" only observes this project. Keep the file, compare it with a backup and with the "
			"head hashes in the"
			" journal, then restore it or move it away");
	else if (l->report.torn_bytes > 0)
		page_field(&o->page, "Tail",
			arena_printf(a,
				MARK_CARE "%zu bytes of an unfinished last record" MARK_END
					  ": cmekd is writing just now, or was stopped while it wrote. No "
					  "damage: nothing was"
					  " done on it; cmekd cuts it at its next start",
				l->report.torn_bytes));
}

static void text_version(struct output *o, const char *client, const char *daemon)
{
	page_flow(&o->page, 0, 2, arena_printf(&o->arena, "cmekctl %s", client));
	if (daemon)
		page_flow(&o->page, 0, 2, arena_printf(&o->arena, "cmekd   %s", daemon));
}

static void text_ping(struct output *o, int64_t round_trip_us)
{
	page_flow(&o->page, 0, 2,
		arena_printf(&o->arena, "cmekd answers: %" PRId64 ".%03" PRId64 " ms", round_trip_us / 1000,
			round_trip_us % 1000));
}

/* Where a line of a list goes on when it is wrapped: below the text behind its last gap. */
static unsigned hang_of(const char *line, size_t len)
{
	size_t hang = strspn(line, " ");

	for (size_t i = hang; i + 2 < len; i++)
		if (line[i] == ' ' && line[i + 1] == ' ' && line[i + 2] != ' ')
			hang = i + 2;
	return (unsigned)(hang < len ? hang : 0);
}

static void text_help(struct output *o, const char *text, bool script)
{
	if (script) {
		(void)fputs(text, o->page.to);
		return;
	}
	while (*text) {
		size_t len = strcspn(text, "\n");
		unsigned hang = hang_of(text, len);
		page_flow(&o->page, 0, hang, arena_copy(&o->arena, text, len));
		text += len + (text[len] == '\n');
	}
}

static void text_note(struct output *o, const char *text)
{
	(void)fflush(o->page.to);
	page_flow(&o->error, 0, 2, text);
}

static void text_trouble(struct output *o, const struct output_trouble *trouble)
{
	(void)fflush(o->page.to);
	page_flow(
		&o->error, 0, 2, arena_printf(&o->arena, MARK_BAD "cmekctl:" MARK_END " %s", trouble->text));
}

static void text_end(struct output *o)
{
	(void)o;
}

const struct output_ops output_text = {
	.status = text_status,
	.status_rest = text_status_rest,
	.explain = text_explain,
	.plan = text_plan,
	.decision = text_decision,
	.taken = text_taken,
	.progress = text_progress,
	.followed = text_followed,
	.record = text_record,
	.ledger = text_ledger,
	.version = text_version,
	.ping = text_ping,
	.help = text_help,
	.note = text_note,
	.trouble = text_trouble,
	.end = text_end,
};
