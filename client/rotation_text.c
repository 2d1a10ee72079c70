/* SPDX-License-Identifier: Apache-2.0 */
#include "rotation_text.h"
#include "age.h"
#include "glyph.h"
#include <inttypes.h>

#define DAY_MS INT64_C(86400000)

static bool is_overdue(const struct view_rotation *r, int64_t now_ms)
{
	return r->enabled && r->next_ms != VIEW_ABSENT && r->next_ms < now_ms - DAY_MS;
}

bool rotation_is_bad(const struct view_binding *b, int64_t now_ms)
{
	return b->rotation && b->deletion_ms == VIEW_ABSENT &&
	       (!b->rotation->enabled || is_overdue(b->rotation, now_ms));
}

static const char *date(struct arena *a, int64_t ms)
{
	return ms == VIEW_ABSENT ? "" : arena_printf(a, "%.10s", age_time(a, ms));
}

static const char *mode(struct arena *a, const struct view_binding *b)
{
	const struct view_rotation *r = b->rotation;

	if (!r)
		return "-";
	if (!r->enabled)
		return b->deletion_ms == VIEW_ABSENT ? MARK_CARE "off" MARK_END : "stopped";
	return r->period_days == VIEW_ABSENT ? "on"
					     : arena_printf(a, "every %" PRId64 " days", r->period_days);
}

static const char *next(struct arena *a, const struct view_rotation *r, int64_t now_ms)
{
	if (!r || r->next_ms == VIEW_ABSENT)
		return "";
	return is_overdue(r, now_ms) ? arena_printf(a, MARK_BAD "%s, overdue" MARK_END, date(a, r->next_ms))
				     : date(a, r->next_ms);
}

/* Of a few in the key's life, counted up. */
static const char *on_demand(struct arena *a, const struct view_rotation *r)
{
	if (!r || r->on_demand_count == VIEW_ABSENT)
		return "";
	return arena_printf(a, "%" PRId64 " of %" PRId64 " used", r->on_demand_count, r->on_demand_max);
}

static const char *below(struct arena *a, const struct view_project *p, const struct view_binding *b)
{
	const struct view_rotation *r = b->rotation;

	if (b->deletion_ms != VIEW_ABSENT)
		return arena_printf(a, MARK_BAD "deleted for good at %s" MARK_END "; to keep it: %s",
			age_time(a, b->deletion_ms),
			page_glue(
				a, arena_printf(a, "cmekctl key cancel-deletion %s/%s", p->name, b->region)));
	if (r && r->on_demand_since_ms != VIEW_ABSENT)
		return arena_printf(a, "a rotation on demand is in progress since %s",
			age_time(a, r->on_demand_since_ms));
	return b->rotation_text ? glyph_safe(a, b->rotation_text) : NULL;
}

void rotation_text(
	const struct page *page, struct arena *a, const struct view_projects *projects, int64_t now_ms)
{
	static const struct page_column columns[] = {
		{"KEY", 0}, {"ROTATION", 0}, {"LAST", 0}, {"NEXT", 0}, {"ON DEMAND", 0}};
	struct page_table table;

	page_table_init(&table, a, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < projects->count; i++)
		for (size_t k = 0; k < projects->items[i].bindings.count; k++) {
			const struct view_project *p = &projects->items[i];
			const struct view_binding *b = &p->bindings.items[k];
			const struct view_rotation *r = b->rotation;
			const char *cells[] = {arena_printf(a, "%s/%s", p->name, b->region), mode(a, b),
				r && r->last_ms != VIEW_ABSENT           ? date(a, r->last_ms)
				: r && r->on_demand_count != VIEW_ABSENT ? "never"
									 : "",
				next(a, r, now_ms), on_demand(a, r)};

			page_table_add(&table, cells, below(a, p, b));
		}
	page_table_print(page, &table, 0);
}
