/* SPDX-License-Identifier: Apache-2.0 */
/* The format for people. */
#include "output.h"
#include "age.h"
#include "check_text.h"
#include "clock.h"
#include "event_text.h"
#include "explain_text.h"
#include "glyph.h"
#include "lanes_text.h"
#include "ledger_text.h"
#include "plan_text.h"
#include "policy_text.h"
#include "replay_text.h"
#include "rotation_text.h"
#include "status_text.h"
#include "story_text.h"
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
			"cmekd.project(5)");
	page_blank(&o->page);
}

static void text_status(struct output *o, const struct view_summary *summary, const struct wire *wire)
{
	(void)wire;
	if (summary)
		show_summary(o, summary);
}

static void text_project(
	struct output *o, const struct view_project *p, const struct wire *wire, enum output_detail detail)
{
	(void)wire;
	if (detail == OUTPUT_FULL) {
		status_text_project(&o->page, &o->arena, p, clock_unix_ms());
		return;
	}
	status_text_overview(&o->page, &o->arena, p);
	if (detail == OUTPUT_LOOK)
		status_text_looks(&o->page, &o->arena, p);
}

static void text_status_chosen(struct output *o, int64_t shown, int64_t of)
{
	if (shown > 0)
		page_blank(&o->page);
	page_flow(&o->page, 0, 2,
		arena_printf(
			&o->arena, "%" PRId64 " of %" PRId64 " project%s.", shown, of, of == 1 ? "" : "s"));
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

static void text_explain(
	struct output *o, const char *project, const struct view_explanations *e, const struct wire *wire)
{
	(void)wire;
	explain_text(&o->page, &o->arena, project, e);
}

static void text_lanes(struct output *o, const struct view_lanes *l, const struct wire *wire)
{
	(void)wire;
	lanes_text(&o->page, &o->arena, l);
}

/* "messages: 12; hints: 10, the last 5min ago, 3s after its event; of other keys, or of nothing that happened: 2" */
static void text_hint_queue(struct output *o, const struct view_hint_queue *q, int64_t now_ms)
{
	struct arena *a = &o->arena;
	const char *last = "", *rest = "";

	page_flow(&o->page, 0, 2, q->queue_arn);
	if (q->trouble)
		page_flow(&o->page, 2, 4, arena_printf(a, MARK_CARE "%s" MARK_END, q->trouble));
	if (q->messages == 0) {
		if (!q->trouble)
			page_flow(&o->page, 2, 2, "nothing has come yet");
		return;
	}
	if (q->last_hint_ms != VIEW_ABSENT)
		last = arena_printf(a, ", the last %s ago", age_text(a, now_ms - q->last_hint_ms));
	if (*last && q->last_hint_age_ms != VIEW_ABSENT)
		last = arena_printf(a, "%s, %s after its event", last, age_text(a, q->last_hint_age_ms));
	if (q->others > 0)
		rest = arena_printf(a, "; of other keys, or of nothing that happened: %" PRId64, q->others);
	if (q->unread > 0)
		rest = arena_printf(a, "%s; no events: %" PRId64, rest, q->unread);
	page_flow(&o->page, 2, 4,
		arena_printf(a, "messages: %" PRId64 "; hints: %" PRId64 "%s%s", q->messages, q->hints, last,
			rest));
}

static void text_hints(struct output *o, const struct view_hints *h, const struct wire *wire)
{
	int64_t now_ms = clock_unix_ms();

	(void)wire;
	for (size_t i = 0; i < h->queues.count; i++)
		text_hint_queue(o, &h->queues.items[i], now_ms);
	if (h->queues.count == 0)
		page_flow(&o->page, 0, 2, "No queue of hints is configured (HintQueue=, cmekd.conf(5)).");
	if (h->verdicts > 0)
		page_flow(&o->page, 0, 2,
			arena_printf(&o->arena,
				"Verdicts that came of a hint: %" PRId64
				", the last %s after its message arrived, the slowest %s",
				h->verdicts, age_text(&o->arena, h->last_verdict_ms),
				age_text(&o->arena, h->longest_verdict_ms)));
}

static const char *service_words(const char *service)
{
	return strcmp(service, "aws") == 0          ? "AWS"
	       : strcmp(service, "tidb_cloud") == 0 ? "TiDB Cloud"
						    : service;
}

static void text_credential(struct output *o, const struct view_credential *c, int64_t now_ms)
{
	const struct page *page = &o->page;
	struct arena *a = &o->arena;
	const char *left = "";

	if (c->expires_ms != VIEW_ABSENT)
		left = c->expires_ms > now_ms
			       ? arena_printf(a, ", for %s more (until %s)",
					 age_text(a, c->expires_ms - now_ms), age_time(a, c->expires_ms))
			       : arena_printf(
					 a, MARK_BAD ", ended at %s" MARK_END, age_time(a, c->expires_ms));
	page_flow(page, 0, 2,
		arena_printf(a, MARK_BOLD "%s" MARK_END "  %s%s", service_words(c->service),
			c->key_id    ? c->key_id
			: c->trouble ? MARK_BAD "none" MARK_END
				     : "not asked for yet",
			left));
	if (c->identity)
		page_field(page, "As", c->identity);
	if (c->source)
		page_field(page, "From", c->source);
	if (c->trouble)
		page_field(page, "Trouble", arena_printf(a, MARK_BAD "%s" MARK_END, c->trouble));
}

static void text_credentials(
	struct output *o, const char *project, const struct view_credentials *c, const struct wire *wire)
{
	int64_t now_ms = clock_unix_ms();

	(void)project;
	(void)wire;
	for (size_t i = 0; i < c->credentials.count; i++) {
		if (i > 0)
			page_blank(&o->page);
		text_credential(o, &c->credentials.items[i], now_ms);
	}
}

static void text_checks(
	struct output *o, const char *project, const struct view_checks *c, const struct wire *wire)
{
	(void)wire;
	if (o->items++ > 0)
		page_blank(&o->page);
	check_text(&o->page, &o->arena, project, c);
}

/* A cluster was paused and resumed besides, or was to be. */
static bool has_live(const struct view_drill *d)
{
	for (size_t i = 0; i < d->lines.checks.count; i++)
		if (strcmp(d->lines.checks.items[i].check, "drill_live") == 0)
			return true;
	return false;
}

static void text_drill(
	struct output *o, const char *target, const struct view_drill *d, const struct wire *wire)
{
	struct arena *a = &o->arena;

	(void)wire;
	check_text(&o->page, a, target, &d->lines);
	page_blank(&o->page);
	if (d->problems > 0)
		page_flow(&o->page, 0, 2,
			arena_printf(a,
				MARK_BAD "Not ready for a revoke" MARK_END ": see the problem%s above.",
				d->problems == 1 ? "" : "s"));
	else
		page_flow(&o->page, 0, 2,
			MARK_GOOD "Nothing that can be known is in the way of a revoke." MARK_END
				  " Look at what cannot be known.");
	page_flow(&o->page, 0, 2,
		d->trouble ? arena_printf(a, MARK_BAD "Not in the ledger" MARK_END ": %s.",
				     glyph_safe(a, d->trouble))
			   : arena_printf(a,
				     "Nothing %swas changed; it took %s. In the ledger, with the digest %s.",
				     has_live(d) ? "else " : "", age_text(a, d->took_ms),
				     glyph_safe(a, d->report)));
}

static void text_checked(
	struct output *o, const char *project, const struct view_explanations *e, const struct wire *wire)
{
	(void)wire;
	for (size_t i = 0; i < e->explanations.count; i++) {
		if (i > 0)
			page_blank(&o->page);
		policy_text_live(&o->page, &o->arena, project, &e->explanations.items[i]);
	}
}

static void text_record(struct output *o, const struct ledger_entry *entry)
{
	ledger_text_record(&o->page, &o->arena, entry);
}

static void text_ledger(struct output *o, const struct output_ledger *ledger)
{
	ledger_text_report(&o->page, &o->arena, ledger);
}

static void text_incidents(struct output *o, const struct output_story *story, const struct wire *wire)
{
	(void)wire;
	story_text_list(&o->page, &o->arena, story);
}

static void text_story(struct output *o, const struct output_story *story, const struct wire *wire)
{
	(void)wire;
	story_text(&o->page, &o->arena, story);
}

/* Standard output holds records and nothing else; what tells how to check them is beside it. */
static void text_exported(struct output *o, const struct output_export *e)
{
	uint64_t seq = 0, count = 0;
	const char *line;
	size_t at = 0, len;

	while ((line = output_export_next(e, &seq, &at, &len))) {
		(void)fwrite(line, 1, len, o->page.to);
		count++;
	}
	(void)fflush(o->page.to);
	ledger_text_exported(&o->error, &o->arena, e, count);
}

static void text_times(struct output *o, const struct output_times *times)
{
	story_text_times(&o->page, &o->arena, times);
}

static void text_replay(struct output *o, const struct view_replay *replay, const struct wire *wire)
{
	(void)wire;
	replay_text(&o->page, &o->arena, replay);
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

static void text_rotations(struct output *o, const struct view_projects *projects, const struct wire *wire)
{
	(void)wire;
	rotation_text(&o->page, &o->arena, projects, clock_unix_ms());
}

static void text_errand(
	struct output *o, enum errand errand, const struct view_errand *end, const struct wire *wire)
{
	struct arena *a = &o->arena;

	(void)wire;
	page_flow(&o->page, 0, 2,
		arena_printf(a, "Done: %s%s%s.", errand_what(errand), end->text ? ": " : "",
			end->text ? glyph_safe(a, end->text) : ""));
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

static void text_policy(struct output *o, const struct output_policy *policy)
{
	policy_text_access(&o->page, &o->arena, policy);
}

static void text_key_plan(
	struct output *o, const char *project, const struct view_key_plan *plan, const struct wire *wire)
{
	struct view_checks checks;

	(void)wire;
	memcpy(&checks.checks, &plan->checks, sizeof checks.checks);
	check_text(&o->page, &o->arena, project, &checks);
}

static void text_made(struct output *o, const char *name, const struct view_made *made)
{
	struct arena *a = &o->arena;

	page_flow(&o->page, 0, 2,
		arena_printf(a,
			made->found ? "No answer came, but project %s is there now, with id %s. For its file "
				      "in projects.d:"
				    : "Project %s is created, its id is %s. For its file in projects.d:",
			glyph_safe(a, name), made->id));
	page_flow(&o->page, 4, 4, "[Project]");
	page_flow(&o->page, 4, 4, arena_printf(a, "Id=%s", made->id));
	page_flow(&o->page, 4, 4, "VendorAccount=ACCOUNT");
	page_flow(&o->page, 0, 2,
		"ACCOUNT is TiDB Cloud's: cmekctl vendor takes it from its console's file. Then: systemctl "
		"reload cmekd");
}

static void text_steps(struct output *o, const struct output_step *steps, size_t count)
{
	static const struct page_column columns[] = {{"", 0}, {"STEP", 0}, {"FOUND", 0}};
	struct page_table table;

	page_table_init(&table, &o->arena, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < count; i++) {
		const char *state = steps[i].state;
		const char *mark = strcmp(state, "done") == 0      ? MARK_GOOD "done" MARK_END
				   : strcmp(state, "problem") == 0 ? MARK_BAD "PROBLEM" MARK_END
								   : MARK_CARE "missing" MARK_END;

		page_table_add(&table, (const char *const[]){mark, steps[i].step, steps[i].found},
			steps[i].command
				? page_glue(&o->arena, arena_printf(&o->arena, "-> %s", steps[i].command))
				: NULL);
	}
	page_table_print(&o->page, &table, 0);
	(void)fflush(o->page.to);
}

static void text_names(struct output *o, const struct view_names *names, const struct wire *wire)
{
	(void)wire;
	for (size_t i = 0; i < names->projects.count; i++)
		(void)fprintf(o->page.to, "%s\n", glyph_safe(&o->arena, names->projects.items[i]));
}

static void text_vendor(struct output *o, const char *path, const char *account)
{
	page_flow(&o->page, 0, 2,
		arena_printf(&o->arena,
			"%s names one account, " MARK_BOLD "%s" MARK_END
			". For the project's file, if TiDB Cloud's console gave you this one:",
			glyph_safe(&o->arena, path), account));
	page_flow(&o->page, 4, 4, arena_printf(&o->arena, "VendorAccount=%s", account));
}

static void text_simulated(struct output *o, const struct policy_result *result)
{
	policy_text_result(&o->page, &o->arena, result);
}

static void text_compared(struct output *o, const struct compare_list *list, bool equal)
{
	policy_text_compared(&o->page, &o->arena, list, equal);
}

static void text_document(struct output *o, const char *json)
{
	(void)fputs(json, o->page.to);
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

static void text_event(struct output *o, const struct view_event *e, const struct wire *wire)
{
	event_text(&o->page, &o->arena, e, wire);
}

static void text_missed(struct output *o, int64_t count)
{
	page_flow(&o->page, 0, 2,
		arena_printf(&o->arena,
			MARK_CARE "%" PRId64
				  " events are missing here: this reader was too slow; records are in the "
				  "ledgers, notices in the journal" MARK_END,
			count));
}

static void text_watched(struct output *o, const struct view_project *p, const struct wire *wire)
{
	int64_t now_ms = clock_unix_ms();

	(void)wire;
	if (o->items++ > 0)
		page_blank(&o->page);
	page_flow(
		&o->page, 0, 0, arena_printf(&o->arena, MARK_DIM "%s" MARK_END, age_time(&o->arena, now_ms)));
	status_text_project(&o->page, &o->arena, p, now_ms);
	(void)fflush(o->page.to);
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
	.project = text_project,
	.status_rest = text_status_rest,
	.status_chosen = text_status_chosen,
	.explain = text_explain,
	.lanes = text_lanes,
	.hints = text_hints,
	.credentials = text_credentials,
	.checks = text_checks,
	.drill = text_drill,
	.checked = text_checked,
	.plan = text_plan,
	.decision = text_decision,
	.taken = text_taken,
	.rotations = text_rotations,
	.errand = text_errand,
	.progress = text_progress,
	.followed = text_followed,
	.record = text_record,
	.ledger = text_ledger,
	.incidents = text_incidents,
	.story = text_story,
	.exported = text_exported,
	.times = text_times,
	.replay = text_replay,
	.policy = text_policy,
	.key_plan = text_key_plan,
	.made = text_made,
	.steps = text_steps,
	.names = text_names,
	.vendor = text_vendor,
	.simulated = text_simulated,
	.compared = text_compared,
	.document = text_document,
	.version = text_version,
	.ping = text_ping,
	.help = text_help,
	.event = text_event,
	.missed = text_missed,
	.watched = text_watched,
	.note = text_note,
	.trouble = text_trouble,
	.end = text_end,
};
