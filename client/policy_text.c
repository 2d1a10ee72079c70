/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_text.h"
#include "glyph.h"
#include <inttypes.h>
#include <string.h>

static const char *mark_of_answer(enum policy_answer a)
{
	switch (a) {
	case POLICY_ALLOWED:
		return MARK_GOOD;
	case POLICY_DENIED:
		return MARK_BAD;
	case POLICY_UNDECIDED:
		return MARK_CARE;
	}
	return MARK_CARE;
}

static const char *mark_of_summary(enum policy_summary s)
{
	switch (s) {
	case POLICY_SUMMARY_USABLE:
		return MARK_GOOD;
	case POLICY_SUMMARY_LOST:
		return MARK_BAD;
	case POLICY_SUMMARY_DEGRADED:
	case POLICY_SUMMARY_UNDECIDED:
	case POLICY_SUMMARY_COUNT:
		break;
	}
	return MARK_CARE;
}

static const char *place(struct arena *a, const struct policy_decision *d)
{
	if (d->statement == 0)
		return "-";
	return arena_printf(a, "%" PRIu32 ", line %" PRIu32, d->statement, d->line);
}

/* Whether an action before it has the very same trouble. */
static const char *same_as(const struct policy_decision *all, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (all[i].answer == all[n].answer && all[i].statement == all[n].statement &&
			strcmp(all[i].remedy, all[n].remedy) == 0)
			return need_action((enum need)i);
	return NULL;
}

static const char *reason(struct arena *a, const struct policy_decision *all, unsigned n, bool full)
{
	const struct policy_decision *d = &all[n];
	const char *before = same_as(all, n);
	const char *why = glyph_safe(a, d->why);

	if (d->answer != POLICY_ALLOWED && before)
		return arena_printf(a, "for the same reason as %s", before);
	if (*d->sid)
		why = arena_printf(a, "%s (Sid \"%s\")", why, glyph_safe(a, d->sid));
	if (d->answer == POLICY_ALLOWED)
		return full ? why : NULL;
	return arena_printf(a, "%s\n" MARK_BOLD "->" MARK_END " %s", why, glyph_safe(a, d->remedy));
}

void policy_text_access(const struct page *page, struct arena *a, const struct output_policy *policy)
{
	static const struct page_column columns[] = {
		{"FOR", 0}, {"ACTION", 0}, {"RESULT", 0}, {"STATEMENT", 0}};
	struct page_table table;

	page_flow(page, 0, 2,
		arena_printf(a,
			MARK_BOLD "%s" MARK_END "  %s%s" MARK_END ": %s, for TiDB Cloud's account %s in %s",
			glyph_safe(a, policy->path), mark_of_summary(policy->summary),
			policy_summary_name(policy->summary), policy_summary_meaning(policy->summary),
			policy->account, policy->region));
	page_blank(page);
	page_table_init(&table, a, columns, sizeof columns / sizeof *columns);
	for (unsigned n = 0; n < NEED_COUNT; n++) {
		const struct policy_decision *d = &policy->decisions[n];
		const char *cells[] = {
			need_purpose((enum need)n),
			need_action((enum need)n),
			arena_printf(
				a, "%s%s" MARK_END, mark_of_answer(d->answer), policy_answer_name(d->answer)),
			place(a, d),
		};
		page_table_add(&table, cells, reason(a, policy->decisions, n, policy->full));
	}
	page_table_print(page, &table, 2);
	if (!policy->grants_survive)
		return;
	page_blank(page);
	page_flow(page, 0, 2,
		"Grants that TiDB Cloud's account was given before (EBS makes one for each attached volume) "
		"still work: "
		"a missing Allow revokes none. A Deny statement stops them too.");
}

void policy_text_result(const struct page *page, struct arena *a, const struct policy_result *result)
{
	const char *where = "";

	if (result->statement > 0)
		where = arena_printf(a, "; statement %" PRIu32 ", line %" PRIu32 "%s%s%s", result->statement,
			result->line, result->sid ? ", Sid \"" : "",
			result->sid ? glyph_safe(a, result->sid) : "", result->sid ? "\"" : "");
	page_flow(page, 0, 2,
		arena_printf(a, "%s%s" MARK_END " (%s): %s%s", mark_of_answer(result->answer),
			policy_answer_name(result->answer), policy_reason_name(result->reason),
			policy_reason_meaning(result->reason), where));
}

static void show_lines(const struct page *page, struct arena *a, const char *mark, const char *sign,
	const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		page_flow(
			page, 2, 4, arena_printf(a, "%s%s %s" MARK_END, mark, sign, glyph_safe(a, texts[i])));
}

static const char *numbers(struct arena *a, const struct compare_statement *s)
{
	if (s->before == 0)
		return arena_printf(a, "statement %" PRIu32, s->after);
	if (s->after == 0)
		return arena_printf(a, "statement %" PRIu32 " of the first", s->before);
	return s->before == s->after
		       ? arena_printf(a, "statement %" PRIu32, s->after)
		       : arena_printf(a, "statement %" PRIu32 " (was %" PRIu32 ")", s->after, s->before);
}

void policy_text_compared(
	const struct page *page, struct arena *a, const struct compare_list *list, bool equal)
{
	if (equal) {
		page_flow(page, 0, 2, MARK_GOOD "the same" MARK_END ": both policies mean the same");
		return;
	}
	if (list->version_differs)
		page_flow(page, 0, 2,
			MARK_CARE "changed" MARK_END ": Version; with 2012-10-17, \"${...}\" is a variable");
	for (size_t i = 0; i < list->count; i++) {
		const struct compare_statement *s = &list->statements[i];
		const char *mark = s->kind == COMPARE_ADDED     ? MARK_GOOD
				   : s->kind == COMPARE_REMOVED ? MARK_BAD
								: MARK_CARE;

		if (s->kind == COMPARE_SAME)
			continue;
		page_flow(page, 0, 2,
			arena_printf(a, "%s%s" MARK_END ": %s, line %" PRIu32 "%s%s%s", mark,
				compare_kind_name(s->kind), numbers(a, s), s->line, *s->sid ? ", Sid \"" : "",
				glyph_safe(a, s->sid), *s->sid ? "\"" : ""));
		show_lines(page, a, MARK_BAD, "-", s->minus, s->minus_count);
		show_lines(page, a, MARK_GOOD, "+", s->plus, s->plus_count);
	}
}
