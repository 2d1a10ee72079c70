/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_text.h"
#include "decision_text.h"
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

static void show_grants(const struct page *page)
{
	page_blank(page);
	page_flow(page, 0, 2,
		"Grants that TiDB Cloud's account was given before (EBS makes one for each attached volume) "
		"still work: a missing Allow revokes none. A Deny statement stops them too.");
}

static void show_headline(const struct page *page, struct arena *a, const char *what,
	enum policy_summary summary, const char *account, const char *region)
{
	page_flow(page, 0, 2,
		arena_printf(a,
			MARK_BOLD "%s" MARK_END "  %s%s" MARK_END ": %s, for TiDB Cloud's account %s in %s",
			what, mark_of_summary(summary), policy_summary_name(summary),
			policy_summary_meaning(summary), account, region));
	page_blank(page);
}

/* NULL for "". */
static const char *phrase(struct arena *a, const char *text)
{
	return *text ? glyph_safe(a, text) : NULL;
}

static struct view_decision shown_of(struct arena *a, enum need need, const struct policy_decision *d)
{
	return (struct view_decision){.purpose = need_purpose(need),
		.action = need_action(need),
		.result = policy_answer_name(d->answer),
		.why = glyph_safe(a, d->why),
		.sid = phrase(a, d->sid),
		.condition = phrase(a, d->condition),
		.in_policy = phrase(a, d->in_policy),
		.in_request = phrase(a, d->in_request),
		.remedy = phrase(a, d->remedy),
		.statement = d->statement > 0 ? d->statement : VIEW_ABSENT,
		.line = d->statement > 0 ? d->line : VIEW_ABSENT};
}

void policy_text_access(const struct page *page, struct arena *a, const struct output_policy *policy)
{
	struct view_decision decisions[NEED_COUNT];

	for (unsigned n = 0; n < NEED_COUNT; n++)
		decisions[n] = shown_of(a, (enum need)n, &policy->decisions[n]);
	show_headline(page, a, glyph_safe(a, policy->path), policy->summary, policy->account, policy->region);
	decision_text(page, a, decisions, NEED_COUNT, policy->full);
	if (policy->grants_survive)
		show_grants(page);
}

static enum policy_summary summary_of(const char *name)
{
	unsigned i = 0;

	while (i < POLICY_SUMMARY_UNDECIDED && strcmp(policy_summary_name((enum policy_summary)i), name) != 0)
		i++;
	return (enum policy_summary)i;
}

void policy_text_live(
	const struct page *page, struct arena *a, const char *project, const struct view_explanation *e)
{
	const char *what = arena_printf(a, "%s/%s", project, e->region);

	if (!e->policy_summary) {
		page_flow(page, 0, 2,
			arena_printf(a, MARK_BOLD "%s" MARK_END "  " MARK_CARE "unknown" MARK_END ": %s%s",
				what,
				e->policy_trouble ? "the key policy cannot be understood: "
						  : "cmekd has read no key policy yet",
				e->policy_trouble ? e->policy_trouble : ""));
		return;
	}
	show_headline(page, a, what, summary_of(e->policy_summary),
		e->vendor_account ? e->vendor_account : "-", e->region);
	decision_text(page, a, e->decisions.items, e->decisions.count, false);
	if (e->grants_survive)
		show_grants(page);
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
