/* SPDX-License-Identifier: Apache-2.0 */
#include "explain_text.h"
#include "decision_text.h"

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
	decision_text(page, a, e->decisions.items, e->decisions.count, true);
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
