/* SPDX-License-Identifier: Apache-2.0 */
#include "replay_text.h"
#include "age.h"
#include <inttypes.h>
#include <string.h>

#define CLUSTER_ROWS_MAX 48 /* rows of single clusters; all are in --json */

static const char *since(struct arena *a, const struct view_replay *r, int64_t at_ms)
{
	return at_ms == VIEW_ABSENT ? "-" : age_text(a, at_ms - r->opened_ms);
}

/* Nothing where both are the same second: latencies are not replayed. */
static const char *difference(struct arena *a, const struct view_replay_event *e)
{
	int64_t later_ms = e->replayed_ms - e->recorded_ms;

	if (e->recorded_ms == VIEW_ABSENT)
		return MARK_CARE "only with this" MARK_END;
	if (e->replayed_ms == VIEW_ABSENT)
		return MARK_CARE "not with this" MARK_END;
	if (later_ms < 1000 && later_ms > -1000)
		return "";
	return arena_printf(a, MARK_CARE "%s %s" MARK_END, age_text(a, later_ms < 0 ? -later_ms : later_ms),
		later_ms < 0 ? "earlier" : "later");
}

static void show_events(const struct page *page, struct arena *a, const struct view_replay *r)
{
	static const struct page_column columns[] = {
		{"EVENT", 44}, {"RECORDED", 0}, {"WITH THIS", 0}, {"DIFFERENCE", 0}};
	struct page_table table;
	size_t of_clusters = 0;

	page_table_init(&table, a, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < r->events.count; i++) {
		const struct view_replay_event *e = &r->events.items[i];
		const char *name = e->name && *e->name ? e->name : e->cluster;

		if (e->cluster && ++of_clusters > CLUSTER_ROWS_MAX)
			continue;
		const char *cells[] = {
			e->cluster ? arena_printf(a, "%s: %s", name, e->text) : e->text,
			since(a, r, e->recorded_ms),
			since(a, r, e->replayed_ms),
			difference(a, e),
		};
		page_table_add(&table, cells, NULL);
	}
	page_table_print(page, &table, 2);
	if (of_clusters > CLUSTER_ROWS_MAX)
		page_flow(page, 2, 2,
			arena_printf(a, "... and %zu more rows of clusters: --json",
				of_clusters - CLUSTER_ROWS_MAX));
}

static void show_configuration(
	const struct page *page, struct arena *a, const struct view_replay_configuration *c)
{
	page_field(page, "With",
		arena_printf(a, "%s, %s: Reaction=%s, GracePeriod %s, RestoreDelay %s, MaxPauses=%" PRId64,
			c->path,
			c->project ? arena_printf(a, "project %s", c->project)
				   : "which does not name the project, so its [Project] defaults",
			c->reaction, age_text(a, c->grace_ms), age_text(a, c->restore_delay_ms),
			c->max_pauses));
}

void replay_text(const struct page *page, struct arena *a, const struct view_replay *r)
{
	const char *project = r->configuration->project ? r->configuration->project : r->project_id;

	page_flow(page, 0, 2,
		arena_printf(a, MARK_BOLD "%s#%" PRId64 MARK_END "  %s, %s, opened %s%s", project,
			r->incident, r->region, r->reason, page_glue(a, age_time(a, r->opened_ms)),
			r->ended_ms == VIEW_ABSENT ? ", still open at the ledger's end" : ""));
	page_field(page, "Ledger", r->ledger);
	show_configuration(page, a, r->configuration);
	page_blank(page);
	show_events(page, a, r);
	page_blank(page);
	for (size_t i = 0; i < r->conclusions.count; i++)
		page_flow(page, 2, 4, arena_printf(a, MARK_BOLD "It %s." MARK_END, r->conclusions.items[i]));
	page_blank(page);
	for (size_t i = 0; i < r->notes.count; i++)
		page_field(page, i == 0 ? "Assumed" : "", arena_printf(a, "- %s", r->notes.items[i]));
}
