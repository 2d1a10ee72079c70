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

static void note(struct firsts *f, const struct statement *s, enum tri truth, uint32_t i)
{
	uint32_t *first;

	if (truth == TRI_FALSE)
		return;
	if (truth == TRI_TRUE)
		first = s->is_deny ? &f->deny : &f->allow;
	else
		first = s->is_deny ? &f->open_deny : &f->open_allow;
	if (*first == VERDICT_NO_STATEMENT)
		*first = i;
}

/* All of a statement but its action: the same for each request of a group. */
static enum tri rest_of_statement(const struct policy *p, const struct statement *s, const struct request *r)
{
	enum tri t = s->odd ? TRI_UNKNOWN : TRI_TRUE;

	t = tri_and(t, principal_eval(p, s, r));
	if (t != TRI_FALSE)
		t = tri_and(t, scope_resource(p, s, r));
	return t == TRI_FALSE ? t : tri_and(t, condition_eval(p, s, r).truth);
}

static void note_statement(const struct policy *p, uint32_t i, const struct request *requests, size_t count,
	struct firsts *firsts)
{
	const struct statement *s = &p->statements[i];
	enum tri rests[VERDICT_GROUPS];
	unsigned done = 0;

	for (size_t k = 0; k < count; k++) {
		const struct request *r = &requests[k];
		unsigned group = p->sees_grants ? r->grant_group : r->group;
		enum tri t = scope_action(p, s, r);

		if (t == TRI_FALSE)
			continue;
		if (!(done & 1u << group))
			rests[group] = rest_of_statement(p, s, r);
		done |= 1u << group;
		note(&firsts[k], s, tri_and(t, rests[group]), i);
	}
}

static struct verdict judge(const struct firsts *f)
{
	if (f->deny != VERDICT_NO_STATEMENT)
		return (struct verdict){.answer = POLICY_DENIED, .statement = f->deny, .by_deny = true};
	if (f->allow != VERDICT_NO_STATEMENT && f->open_deny == VERDICT_NO_STATEMENT)
		return (struct verdict){.answer = POLICY_ALLOWED, .statement = f->allow};
	if (f->allow != VERDICT_NO_STATEMENT)
		return (struct verdict){.answer = POLICY_UNDECIDED, .statement = f->open_deny};
	if (f->open_allow != VERDICT_NO_STATEMENT)
		return (struct verdict){.answer = POLICY_UNDECIDED, .statement = f->open_allow};
	return (struct verdict){.answer = POLICY_DENIED, .statement = VERDICT_NO_STATEMENT};
}

void verdict_of_all(
	const struct policy *p, const struct request *requests, size_t count, struct verdict *ret_verdicts)
{
	struct firsts firsts[VERDICT_REQUESTS_MAX];

	for (size_t k = 0; k < count; k++)
		firsts[k] = (struct firsts){VERDICT_NO_STATEMENT, VERDICT_NO_STATEMENT, VERDICT_NO_STATEMENT,
			VERDICT_NO_STATEMENT};
	for (uint32_t i = 0; i < p->count; i++)
		note_statement(p, i, requests, count, firsts);
	for (size_t k = 0; k < count; k++)
		ret_verdicts[k] = judge(&firsts[k]);
}

struct verdict verdict_of(const struct policy *p, const struct request *r)
{
	struct verdict v;

	verdict_of_all(p, r, 1, &v);
	return v;
}
