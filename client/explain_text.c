/* SPDX-License-Identifier: Apache-2.0 */
#include "explain_text.h"
#include <string.h>

#define TOGETHER_MAX 64 /* decisions that are put together; more than two purposes have actions */

static const char *short_action(const char *action)
{
	return strncmp(action, "kms:", 4) == 0 ? action + 4 : action;
}

/* The sentence with "it" for the action, so that actions of one fate share one sentence. */
static const char *impersonal(struct arena *a, const struct view_decision *d)
{
	const char *at = *d->action ? strstr(d->why, d->action) : NULL;
	size_t len = strlen(d->action);

	/* Not "kms:GenerateDataKey" within "kms:GenerateDataKeyWithoutPlaintext". */
	if (!at || (at[len] >= 'A' && at[len] <= 'z'))
		return d->why;
	return arena_printf(a, "%.*sit%s", (int)(at - d->why), d->why, at + len);
}

static bool is_alike(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

struct group {
	const struct view_decision *first;
	const char *why, *actions;
};

static void add_group(struct page_table *t, struct arena *a, const struct group *g)
{
	const char *result = g->first->result, *remedy = g->first->remedy;
	const char *mark = MARK_CARE;

	if (is_alike(result, "allowed"))
		mark = MARK_GOOD;
	else if (is_alike(result, "denied"))
		mark = MARK_BAD;
	const char *cells[] = {
		g->first->purpose,
		arena_printf(a, "%s%s" MARK_END, mark, result),
		arena_printf(a, "%s\n%s%s%s", g->actions, g->why,
			remedy ? "\n" MARK_BOLD "->" MARK_END " " : "", remedy ? remedy : ""),
	};
	page_table_add(t, cells, NULL);
}

static void show_decisions(const struct page *page, struct arena *a, const struct view_explanation *e)
{
	static const struct page_column columns[] = {
		{"FOR", 0}, {"RESULT", 0}, {"ACTIONS, WHY, AND WHAT WOULD CHANGE IT", 0}};
	const struct view_decision *items = e->decisions.items;
	const char *whys[TOGETHER_MAX];
	bool done[TOGETHER_MAX] = {false};
	struct page_table table;

	for (size_t i = 0; i < e->decisions.count && i < TOGETHER_MAX; i++)
		whys[i] = impersonal(a, &items[i]);
	page_table_init(&table, a, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < e->decisions.count; i++) {
		bool alone = i >= TOGETHER_MAX;
		struct group g = {.first = &items[i], .why = alone ? items[i].why : whys[i]};
		if (!alone && done[i])
			continue;
		g.actions = short_action(items[i].action);
		for (size_t k = i + 1; !alone && k < e->decisions.count && k < TOGETHER_MAX; k++) {
			if (done[k] || strcmp(items[k].purpose, items[i].purpose) != 0 ||
				strcmp(items[k].result, items[i].result) != 0 ||
				strcmp(whys[k], whys[i]) != 0 || !is_alike(items[k].remedy, items[i].remedy))
				continue;
			done[k] = true;
			g.actions = arena_printf(a, "%s, %s", g.actions, short_action(items[k].action));
		}
		add_group(&table, a, &g);
	}
	page_table_print(page, &table, 2);
}

static void show_one(
	const struct page *page, struct arena *a, const char *project, const struct view_explanation *e)
{
	const char *window = "";

	page_flow(page, 0, 2,
		arena_printf(a, MARK_BOLD "%s/%s" MARK_END "  %s (%s)", project, e->region, e->verdict,
			e->reason));
	page_field(page, "Key", e->key_arn);
	for (size_t i = 0; i < e->window.count; i++)
		window = arena_printf(a, "%s%s%s", window, i ? ", " : "", e->window.items[i]);
	if (*window)
		page_field(page, "Looks", arena_printf(a, "newest first: %s", window));
	for (size_t i = 0; i < e->text.count; i++)
		page_field(page, i == 0 ? "Because" : "", e->text.items[i]);
	if (e->decisions.count > 0)
		page_blank(page);
	show_decisions(page, a, e);
}

void explain_text(
	const struct page *page, struct arena *a, const char *project, const struct view_explanations *e)
{
	if (e->explanations.count == 0)
		page_flow(page, 0, 2,
			arena_printf(a,
				"%s has no region with a customer managed key, as far as cmekd has read.",
				project));
	for (size_t i = 0; i < e->explanations.count; i++) {
		if (i > 0)
			page_blank(page);
		show_one(page, a, project, &e->explanations.items[i]);
	}
}
