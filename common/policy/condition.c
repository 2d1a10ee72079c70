/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/condition.h"
#include "policy/variable.h"
#include <string.h>

static enum tri match_bool(const struct request *r, struct span value, bool variables, struct span text)
{
	if (!span_equals_fold(text, "true") && !span_equals_fold(text, "false"))
		return TRI_UNKNOWN;
	if (!variables && !span_equals_fold(value, "true") && !span_equals_fold(value, "false"))
		return TRI_UNKNOWN;
	return variable_match(r, value, READING_FOLD, variables, text, false);
}

static enum tri match_time(const struct op *op, struct span value, int64_t now_ms)
{
	int64_t ms = 0;

	/* In what form the time is given to other operators is not documented. */
	if (op->family != FAMILY_DATE || operator_parse_date(value, &ms) != 0)
		return TRI_UNKNOWN;
	if (op->relation == RELATION_EQ)
		return operator_order(
			op->relation, now_ms / 1000 < ms / 1000 ? -1 : now_ms / 1000 > ms / 1000);
	return operator_order(op->relation, now_ms < ms ? -1 : now_ms > ms);
}

/* One value of the policy against one of the request. */
static enum tri match_value(
	const struct request *r, const struct op *op, const struct fact *f, struct value v, struct span text)
{
	struct span value = {v.text, v.len};

	if (!v.text)
		return TRI_UNKNOWN;
	if (f->is_time)
		return match_time(op, value, f->time_ms);
	switch (op->family) {
	case FAMILY_STRING:
		return variable_match(r, value, READING_EXACT, v.has_variable, text, f->has_holes);
	case FAMILY_STRING_FOLD:
		return variable_match(r, value, READING_FOLD, v.has_variable, text, f->has_holes);
	case FAMILY_LIKE:
		return variable_match(r, value, READING_WILD, v.has_variable, text, f->has_holes);
	case FAMILY_ARN:
		return variable_match_arn(r, value, v.has_variable, text, f->has_holes);
	case FAMILY_BOOL:
		return match_bool(r, value, v.has_variable, text);
	case FAMILY_DATE:
		return operator_date(op->relation, value, text);
	case FAMILY_NUMERIC:
		return operator_number(op->relation, value, text);
	case FAMILY_IP:
		return operator_ip(value, text);
	case FAMILY_BINARY:
		return operator_binary(value, text);
	case FAMILY_NULL:
		break;
	}
	return TRI_UNKNOWN;
}

/* Values of the policy are OR, and a negated operator denies that any matches. */
static enum tri match_any(const struct policy *p, const struct test *t, const struct request *r,
	const struct fact *f, struct span text)
{
	enum tri any = values_of(p, t->value_node).left > 0 ? TRI_FALSE : TRI_UNKNOWN;

	values_for_each(p, t->value_node, v)
	{
		any = tri_or(any, match_value(r, &t->op, f, policy_text(p, v.node), text));
		if (any == TRI_TRUE)
			break;
	}
	return t->op.negated ? tri_not(any) : any;
}

/* The test if the key is missing. */
static enum tri test_absent(const struct op *op)
{
	switch (op->quantifier) {
	case QUANTIFIER_ALL:
		return TRI_TRUE;
	case QUANTIFIER_ANY:
		return op->if_exists ? TRI_UNKNOWN : TRI_FALSE; /* the two rules contradict each other */
	case QUANTIFIER_NONE:
		break;
	}
	return tri_of(op->if_exists || op->negated);
}

/* An empty text is a set without values to a set operator (IAM guide, "Multivalued context keys"). */
static bool is_null_set(const struct fact *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (*fact_value(f, i))
			return false;
	return !f->is_time;
}

/* The test if the key is there with these values. A key that is single-valued is a set of one to a set operator. A
 * set without a set operator is said not to match; whether that is so for each operator is not: what no reading
 * makes TRUE is FALSE, the rest is open. */
static enum tri test_present(
	const struct policy *p, const struct test *t, const struct request *r, const struct fact *f)
{
	bool is_set = f->is_many || f->count != 1, all;
	enum tri whole;

	if (!is_set && t->op.quantifier == QUANTIFIER_NONE)
		return match_any(p, t, r, f, span_of(f->value));
	if (t->op.quantifier != QUANTIFIER_NONE && is_null_set(f))
		return tri_of(t->op.quantifier == QUANTIFIER_ALL);
	all = t->op.quantifier == QUANTIFIER_ALL || (t->op.quantifier == QUANTIFIER_NONE && t->op.negated);
	whole = all ? TRI_TRUE : TRI_FALSE;
	for (size_t i = 0; i < f->count; i++) {
		enum tri one = match_any(p, t, r, f, span_of(fact_value(f, i)));

		whole = all ? tri_and(whole, one) : tri_or(whole, one);
	}
	return t->op.quantifier == QUANTIFIER_NONE ? tri_either(TRI_FALSE, whole) : whole;
}

/* The test if the key is there, with what is not known: only a "*" is sure to match. */
static enum tri test_open(const struct policy *p, const struct test *t, const struct fact *f)
{
	bool any = false;

	if (f->is_many && t->op.quantifier == QUANTIFIER_NONE)
		return TRI_UNKNOWN;
	values_for_each(p, t->value_node, v)
	{
		const char *text = policy_value(p, v.node);

		any = any || (text && t->op.family == FAMILY_LIKE && pattern_is_any(text));
	}
	return !any ? TRI_UNKNOWN : t->op.negated ? TRI_FALSE : TRI_TRUE;
}

/* Null: "true" asks whether the key is missing, "false" whether it is there. */
static enum tri test_null(const struct policy *p, const struct fact *f, uint32_t node)
{
	enum tri absent = f->presence == PRESENCE_ABSENT    ? TRI_TRUE
			  : f->presence == PRESENCE_PRESENT ? TRI_FALSE
							    : TRI_UNKNOWN;
	enum tri any = values_of(p, node).left > 0 ? TRI_FALSE : TRI_UNKNOWN;

	/* Whether an empty text is a value is said of set operators only. */
	if (f->presence == PRESENCE_PRESENT && is_null_set(f))
		absent = TRI_UNKNOWN;
	values_for_each(p, node, v)
	{
		const char *text = policy_value(p, v.node);

		if (text && pattern_equals_fold(text, "true"))
			any = tri_or(any, absent);
		else if (text && pattern_equals_fold(text, "false"))
			any = tri_or(any, tri_not(absent));
		else
			any = tri_or(any, TRI_UNKNOWN);
	}
	return any;
}

enum tri condition_test(const struct policy *p, const struct test *t, const struct request *r)
{
	struct fact f;

	if (t->is_odd)
		return TRI_UNKNOWN;
	request_fact(r, t->key, policy_value(p, t->key_node), &f);
	if (t->op.family == FAMILY_NULL)
		return test_null(p, &f, t->value_node);
	switch (f.presence) {
	case PRESENCE_ABSENT:
		return test_absent(&t->op);
	case PRESENCE_PRESENT:
		return test_present(p, t, r, &f);
	case PRESENCE_PERHAPS:
		return tri_either(test_absent(&t->op), test_present(p, t, r, &f));
	case PRESENCE_OPEN:
		break;
	}
	return tri_either(test_absent(&t->op), test_open(p, t, &f));
}

/* All operators, and all keys of each, are AND. */
struct condition_result condition_eval(
	const struct policy *p, const struct statement *s, const struct request *r)
{
	struct condition_result result = {.truth = s->odd_condition ? TRI_UNKNOWN : TRI_TRUE};

	for (uint32_t i = 0; i < s->test_count && result.truth != TRI_FALSE; i++) {
		const struct test *t = &p->tests[s->first_test + i];
		enum tri truth = condition_test(p, t, r);

		if (truth < result.truth)
			result = (struct condition_result){.truth = truth, .test = t};
	}
	return result;
}

bool condition_is_timed(const struct policy *p, const struct statement *s)
{
	for (uint32_t i = 0; i < s->test_count; i++)
		if (p->tests[s->first_test + i].is_timed)
			return true;
	return false;
}
