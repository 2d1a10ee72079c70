/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/verdict.h"
#include "policy/principal.h"
#include "policy/scope.h"

struct statement_verdict verdict_of_statement(
	const struct policy *p, const struct statement *s, const struct request *r)
{
	struct statement_verdict v = {
		.principal = principal_eval(p, s, r),
		.action = scope_action(p, s, r),
		.resource = scope_resource(p, s, r),
		.condition = condition_eval(p, s, r),
	};

	v.whole = tri_and(tri_and(v.principal, v.action), tri_and(v.resource, v.condition.truth));
	if (s->odd)
		v.whole = tri_and(v.whole, TRI_UNKNOWN);
	return v;
}

/* First statements of each kind, or VERDICT_NO_STATEMENT. */
struct firsts {
	uint32_t deny, open_deny, allow, open_allow;
};

static void note_first(uint32_t *first, uint32_t i)
{
	if (*first == VERDICT_NO_STATEMENT)
		*first = i;
}

struct verdict verdict_of(const struct policy *p, const struct request *r)
{
	struct firsts f = {
		VERDICT_NO_STATEMENT, VERDICT_NO_STATEMENT, VERDICT_NO_STATEMENT, VERDICT_NO_STATEMENT};

	for (uint32_t i = 0; i < p->count; i++) {
		const struct statement *s = &p->statements[i];
		enum tri t = verdict_of_statement(p, s, r).whole;

		if (t == TRI_TRUE)
			note_first(s->is_deny ? &f.deny : &f.allow, i);
		else if (t == TRI_UNKNOWN)
			note_first(s->is_deny ? &f.open_deny : &f.open_allow, i);
	}
	if (f.deny != VERDICT_NO_STATEMENT)
		return (struct verdict){.answer = POLICY_DENIED, .statement = f.deny, .by_deny = true};
	if (f.allow != VERDICT_NO_STATEMENT && f.open_deny == VERDICT_NO_STATEMENT)
		return (struct verdict){.answer = POLICY_ALLOWED, .statement = f.allow};
	if (f.allow != VERDICT_NO_STATEMENT)
		return (struct verdict){.answer = POLICY_UNDECIDED, .statement = f.open_deny};
	if (f.open_allow != VERDICT_NO_STATEMENT)
		return (struct verdict){.answer = POLICY_UNDECIDED, .statement = f.open_allow};
	return (struct verdict){.answer = POLICY_DENIED, .statement = VERDICT_NO_STATEMENT};
}
