/* SPDX-License-Identifier: Apache-2.0 */
#include "decision_text.h"
#include <inttypes.h>
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

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static const char *mark_of(const char *result)
{
	return is(result, "allowed") ? MARK_GOOD : is(result, "denied") ? MARK_BAD : MARK_CARE;
}

struct group {
	const struct view_decision *first;
	const char *why, *actions;
};

/* "line 5, Sid "EBS"": where to look in the text. */
static const char *place(struct arena *a, const struct view_decision *d)
{
	if (d->statement == VIEW_ABSENT || d->line == VIEW_ABSENT)
		return "";
	return arena_printf(a, "\nstatement %" PRId64 ": line %" PRId64 "%s%s%s", d->statement, d->line,
		d->sid ? ", Sid \"" : "", d->sid ? d->sid : "", d->sid ? "\"" : "");
}

static void add_group(struct page_table *t, struct arena *a, const struct group *g, bool full)
{
	const struct view_decision *d = g->first;
	bool brief = !full && is(d->result, "allowed");
	const char *cells[] = {
		d->purpose,
		arena_printf(a, "%s%s" MARK_END, mark_of(d->result), d->result),
		brief ? g->actions
		      : arena_printf(a, MARK_BOLD "%s" MARK_END "\n%s%s%s%s", g->actions, g->why, place(a, d),
				d->remedy ? "\n" MARK_BOLD "->" MARK_END " " : "",
				d->remedy ? d->remedy : ""),
	};
	page_table_add(t, cells, NULL);
}

static bool is_one_fate(const struct view_decision *a, const struct view_decision *b, bool full)
{
	if (strcmp(a->purpose, b->purpose) != 0 || strcmp(a->result, b->result) != 0)
		return false;
	return (!full && is(a->result, "allowed")) ||
	       (a->statement == b->statement && is_alike(a->remedy, b->remedy));
}

/* Those whose result is `allowed` or not, so that what is missing can come first. */
static void add_those(struct page_table *t, struct arena *a, const struct view_decision *items, size_t count,
	bool full, bool allowed)
{
	const char *whys[TOGETHER_MAX];
	bool done[TOGETHER_MAX] = {false};

	for (size_t i = 0; i < count; i++)
		whys[i] = impersonal(a, &items[i]);
	for (size_t i = 0; i < count; i++) {
		struct group g = {&items[i], whys[i], short_action(items[i].action)};

		if (done[i] || is(items[i].result, "allowed") != allowed)
			continue;
		for (size_t k = i + 1; k < count; k++) {
			if (done[k] || !is_one_fate(&items[i], &items[k], full) ||
				!((!full && allowed) || strcmp(whys[i], whys[k]) == 0))
				continue;
			done[k] = true;
			g.actions = arena_printf(a, "%s, %s", g.actions, short_action(items[k].action));
		}
		add_group(t, a, &g, full);
	}
}

void decision_text(
	const struct page *page, struct arena *a, const struct view_decision *items, size_t count, bool full)
{
	static const struct page_column columns[] = {
		{"FOR", 0}, {"RESULT", 0}, {"ACTIONS, WHY, AND WHAT WOULD CHANGE IT", 0}};
	struct page_table table;

	page_table_init(&table, a, columns, sizeof columns / sizeof *columns);
	for (size_t from = 0; from < count; from += TOGETHER_MAX) {
		size_t n = count - from < TOGETHER_MAX ? count - from : TOGETHER_MAX;

		add_those(&table, a, items + from, n, full, false);
		add_those(&table, a, items + from, n, full, true);
	}
	page_table_print(page, &table, 2);
}
