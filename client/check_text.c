/* SPDX-License-Identifier: Apache-2.0 */
#include "check_text.h"
#include <string.h>

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

void check_tally_add(struct check_tally *t, const struct view_checks *c)
{
	for (size_t i = 0; i < c->checks.count; i++) {
		const char *result = c->checks.items[i].result;

		t->ok += is(result, "ok");
		t->problems += is(result, "problem");
		t->unknown += !is(result, "ok") && !is(result, "problem");
	}
}

static const char *mark(const char *result)
{
	return is(result, "ok")        ? MARK_GOOD "ok" MARK_END
	       : is(result, "problem") ? MARK_BAD "PROBLEM" MARK_END
				       : MARK_CARE "?" MARK_END;
}

/* All clusters stand in one table for each check, by their names; the checks of a project or region by theirs. */
static bool are_together(const struct view_check *a, const struct view_check *b)
{
	return is(a->of, b->of) &&
	       is(is(a->of, "cluster") ? a->check : a->subject, is(a->of, "cluster") ? b->check : b->subject);
}

static const char *upper(struct arena *a, const char *text)
{
	size_t len = strlen(text);
	char *copy = arena_alloc(a, len + 1);

	for (size_t i = 0; copy && i < len; i++)
		copy[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i]);
	return copy ? copy : "";
}

static size_t show_together(
	const struct page *page, struct arena *a, const struct view_checks *c, size_t first)
{
	static const struct page_column columns[] = {{"", 0}, {"CHECK", 0}, {"FOUND", 0}};
	const struct view_check *items = c->checks.items;
	/* PAUSE NOW, RUNNING JOBS: they follow one another. */
	const struct page_column of_clusters[] = {
		{"", 0}, {"CLUSTER", 24}, {upper(a, items[first].about), 0}};
	bool clusters = is(items[first].of, "cluster");
	struct page_table table;
	size_t i = first;

	page_table_init(&table, a, clusters ? of_clusters : columns, sizeof columns / sizeof *columns);
	for (; i < c->checks.count && are_together(&items[first], &items[i]); i++)
		page_table_add(&table,
			(const char *const[]){mark(items[i].result),
				clusters ? items[i].subject : items[i].about, items[i].found},
			items[i].remedy ? arena_printf(a, "-> %s", items[i].remedy) : NULL);
	page_flow(page, 0, 2,
		clusters ? MARK_BOLD "clusters" MARK_END
			 : arena_printf(a, MARK_BOLD "%s" MARK_END, items[first].subject));
	page_table_print(page, &table, 2);
	return i;
}

void check_text(const struct page *page, struct arena *a, const char *project, const struct view_checks *c)
{
	struct check_tally t = {.ok = 0};

	for (size_t i = 0; i < c->checks.count;) {
		i = show_together(page, a, c, i);
		page_blank(page);
	}
	check_tally_add(&t, c);
	page_flow(page, 0, 2,
		arena_printf(a,
			MARK_BOLD "%s" MARK_END ": %zu ok, %s%zu problem%s" MARK_END ", %zu cannot be known",
			project, t.ok, t.problems > 0 ? MARK_BAD : MARK_GOOD, t.problems,
			t.problems == 1 ? "" : "s", t.unknown));
}
