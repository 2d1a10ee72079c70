/* SPDX-License-Identifier: Apache-2.0 */
#include "lanes_text.h"
#include "age.h"
#include <inttypes.h>
#include <string.h>

static bool is_kms(const struct view_lane *l)
{
	return l->per_second != VIEW_ABSENT;
}

static const char *hold_words(struct arena *a, const struct view_lane *l)
{
	int64_t rate = is_kms(l) ? l->per_second : l->per_minute;

	if (l->hold_ms > 0)
		return arena_printf(a, MARK_CARE "nothing is sent for %s: the service %s" MARK_END,
			age_text(a, l->hold_ms), is_kms(l) ? "said that it was too much" : "asked for it");
	if (l->routine_hold_ms > 0)
		return arena_printf(a,
			MARK_CARE "nothing routine is sent for %s: little of the minute is left" MARK_END,
			age_text(a, l->routine_hold_ms));
	return l->allowance < rate
		       ? arena_printf(a, MARK_CARE "slowed down to %" PRId64 " a %s; it grows again" MARK_END,
				 l->allowance,
				 is_kms(l) ? "second after a ThrottlingException" : "minute after a 429")
		       : NULL;
}

static const char *waiting_words(struct arena *a, const struct view_lane *l)
{
	const char *waiting = "";

	for (size_t q = 0; q < l->queues.count; q++)
		if (l->queues.items[q].waiting > 0)
			waiting = arena_printf(a, "%s%s%" PRId64 " %s", waiting, *waiting ? ", " : "",
				l->queues.items[q].waiting, l->queues.items[q].priority);
	return *waiting ? waiting : "-";
}

static const char *left_words(struct arena *a, const struct view_lane *l)
{
	return arena_printf(a, "%" PRId64, l->allowance > l->used ? l->allowance - l->used : 0);
}

/* "dedicated"; "v1beta, acts by dedicated" if that is what still works. */
static const char *api_words(struct arena *a, const struct view_lane *l)
{
	if (!l->reads_by || !l->acts_by)
		return "?";
	return strcmp(l->reads_by, l->acts_by) == 0
		       ? l->reads_by
		       : arena_printf(a, "%s, acts by %s", l->reads_by, l->acts_by);
}

/* Not what ClusterApi= says. */
static const char *api_note(struct arena *a, const struct view_lane *l)
{
	if (!l->cluster_api || !l->reads_by || !l->acts_by ||
		(strcmp(l->cluster_api, l->reads_by) == 0 && strcmp(l->cluster_api, l->acts_by) == 0))
		return NULL;
	return arena_printf(a,
		MARK_CARE "%s, which ClusterApi= chooses, does not give what is asked for: the journal says "
			  "what" MARK_END,
		l->cluster_api);
}

static void tidb_lanes(const struct page *page, struct arena *a, const struct view_lanes *l)
{
	static const struct page_column columns[] = {
		{"API KEY", 0}, {"API", 0}, {"A MINUTE", 0}, {"SENT", 0}, {"LEFT", 0}, {"WAITING", 0}};
	struct page_table table;

	page_table_init(&table, a, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < l->lanes.count; i++) {
		const struct view_lane *lane = &l->lanes.items[i];

		if (is_kms(lane))
			continue;
		const char *hold = hold_words(a, lane), *api = api_note(a, lane);

		page_table_add(&table,
			(const char *const[]){lane->key_id ? lane->key_id : "none", api_words(a, lane),
				arena_printf(a, "%" PRId64, lane->per_minute),
				arena_printf(a, "%" PRId64, lane->used), left_words(a, lane),
				waiting_words(a, lane)},
			hold && api ? arena_printf(a, "%s; %s", hold, api)
			: hold      ? hold
				    : api);
	}
	page_table_print(page, &table, 0);
}

static void kms_lanes(const struct page *page, struct arena *a, const struct view_lanes *l)
{
	static const struct page_column columns[] = {{"AWS KEY", 0}, {"REGION", 0}, {"A SECOND", 0},
		{"SENT", 0}, {"LEFT", 0}, {"WAITING", 0}, {"OPERATIONS", 0}};
	struct page_table table;

	page_table_init(&table, a, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < l->lanes.count; i++) {
		const struct view_lane *lane = &l->lanes.items[i];

		if (!is_kms(lane))
			continue;
		if (!table.rows)
			page_blank(page);
		page_table_add(&table,
			(const char *const[]){lane->key_id ? lane->key_id : "none",
				lane->region ? lane->region : "?",
				arena_printf(a, "%" PRId64, lane->per_second),
				arena_printf(a, "%" PRId64, lane->used), left_words(a, lane),
				waiting_words(a, lane), lane->operations ? lane->operations : "?"},
			hold_words(a, lane));
	}
	page_table_print(page, &table, 0);
}

void lanes_text(const struct page *page, struct arena *a, const struct view_lanes *l)
{
	tidb_lanes(page, a, l);
	kms_lanes(page, a, l);
	if (l->lanes.count == 0)
		page_flow(page, 0, 2, "No project is configured that could ask TiDB Cloud or AWS KMS.");
}
