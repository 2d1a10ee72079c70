/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/condition.h"
#include "base/num.h"
#include "policy/pattern.h"
#include <string.h>

enum family {
	FAMILY_STRING,
	FAMILY_STRING_FOLD,
	FAMILY_LIKE,
	FAMILY_ARN,
	FAMILY_BOOL,
	FAMILY_DATE_EQ,
	FAMILY_DATE_LT,
	FAMILY_DATE_LE,
	FAMILY_DATE_GT,
	FAMILY_DATE_GE,
	FAMILY_OPAQUE, /* known, but its values are not compared here: only the rules for missing keys decide
			*/
	FAMILY_NULL,
};

/* IAM guide, "IAM JSON policy elements: Condition operators". X(name, family, negated) */
#define OPERATOR_TABLE(X)                                                                                    \
	X("StringEquals", STRING, false)                                                                     \
	X("StringNotEquals", STRING, true)                                                                   \
	X("StringEqualsIgnoreCase", STRING_FOLD, false)                                                      \
	X("StringNotEqualsIgnoreCase", STRING_FOLD, true)                                                    \
	X("StringLike", LIKE, false)                                                                         \
	X("StringNotLike", LIKE, true)                                                                       \
	X("ArnEquals", ARN, false)                                                                           \
	X("ArnLike", ARN, false)                                                                             \
	X("ArnNotEquals", ARN, true)                                                                         \
	X("ArnNotLike", ARN, true)                                                                           \
	X("Bool", BOOL, false)                                                                               \
	X("DateEquals", DATE_EQ, false)                                                                      \
	X("DateNotEquals", DATE_EQ, true)                                                                    \
	X("DateLessThan", DATE_LT, false)                                                                    \
	X("DateLessThanEquals", DATE_LE, false)                                                              \
	X("DateGreaterThan", DATE_GT, false)                                                                 \
	X("DateGreaterThanEquals", DATE_GE, false)                                                           \
	X("NumericEquals", OPAQUE, false)                                                                    \
	X("NumericNotEquals", OPAQUE, true)                                                                  \
	X("NumericLessThan", OPAQUE, false)                                                                  \
	X("NumericLessThanEquals", OPAQUE, false)                                                            \
	X("NumericGreaterThan", OPAQUE, false)                                                               \
	X("NumericGreaterThanEquals", OPAQUE, false)                                                         \
	X("IpAddress", OPAQUE, false)                                                                        \
	X("NotIpAddress", OPAQUE, true)                                                                      \
	X("BinaryEquals", OPAQUE, false)                                                                     \
	X("Null", NULL, false)

static const struct {
	const char *name;
	enum family family;
	bool negated;
} operators[] = {
#define X(n, f, neg) {.name = n, .family = FAMILY_##f, .negated = neg},
	OPERATOR_TABLE(X)
#undef X
};

enum quantifier { QUANTIFIER_NONE, QUANTIFIER_ANY, QUANTIFIER_ALL };

struct op {
	enum family family;
	bool negated, if_exists;
	enum quantifier quantifier;
};

static bool eat_prefix(struct span *s, const char *prefix)
{
	size_t len = strlen(prefix);

	if (s->len < len || !pattern_match(span_of(prefix), (struct span){s->at, len}, true))
		return false;
	s->at += len;
	s->len -= len;
	return true;
}

static bool eat_suffix(struct span *s, const char *suffix)
{
	size_t len = strlen(suffix);

	if (s->len < len || !pattern_match(span_of(suffix), (struct span){s->at + s->len - len, len}, true))
		return false;
	s->len -= len;
	return true;
}

/* "ForAnyValue:StringLikeIfExists"; any case is accepted, as AWS does in practice. */
static bool parse_op(const char *text, struct op *ret_op)
{
	struct span s = span_of(text);
	struct op op = {0};

	if (eat_prefix(&s, "ForAnyValue:"))
		op.quantifier = QUANTIFIER_ANY;
	else if (eat_prefix(&s, "ForAllValues:"))
		op.quantifier = QUANTIFIER_ALL;
	op.if_exists = eat_suffix(&s, "IfExists");
	for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
		if (!pattern_match(span_of(operators[i].name), s, true))
			continue;
		op.family = operators[i].family;
		op.negated = operators[i].negated;
		*ret_op = op;
		return op.family != FAMILY_NULL || (!op.if_exists && op.quantifier == QUANTIFIER_NONE);
	}
	return false;
}

static enum tri match_bool(const char *text, const char *value)
{
	bool is_true = pattern_equals_fold(text, "true"), is_false = pattern_equals_fold(text, "false");

	if (!is_true && !is_false)
		return TRI_UNKNOWN;
	if (!pattern_equals_fold(value, "true") && !pattern_equals_fold(value, "false"))
		return TRI_UNKNOWN;
	return tri_of(pattern_equals_fold(text, value));
}

/* ISO 8601 or epoch seconds. */
static enum tri match_date(enum family family, const char *text, int64_t now_ms)
{
	int64_t ms = 0;
	uint64_t s = 0;

	if (num_parse_u64(text, strlen(text), INT64_MAX / 1000, &s) == 0)
		ms = (int64_t)s * 1000;
	else if (num_parse_time_ms(text, strlen(text), &ms) != 0)
		return TRI_UNKNOWN;
	switch ((int)family) {
	case FAMILY_DATE_EQ:
		return tri_of(now_ms / 1000 == ms / 1000);
	case FAMILY_DATE_LT:
		return tri_of(now_ms < ms);
	case FAMILY_DATE_LE:
		return tri_of(now_ms <= ms);
	case FAMILY_DATE_GT:
		return tri_of(now_ms > ms);
	case FAMILY_DATE_GE:
		return tri_of(now_ms >= ms);
	default:
		return TRI_UNKNOWN;
	}
}

/* One value of the policy against the value of the request. */
static enum tri match_value(
	const struct policy *p, const struct op *op, const struct key_fact *f, const char *text)
{
	if (!text || (p->has_variables && strstr(text, "${")))
		return TRI_UNKNOWN;
	if (f->is_time)
		return match_date(op->family, text, f->time_ms);
	switch ((int)op->family) {
	case FAMILY_STRING:
		return tri_of(strcmp(text, f->value) == 0);
	case FAMILY_STRING_FOLD:
		return tri_of(pattern_equals_fold(text, f->value));
	case FAMILY_LIKE:
		return tri_of(pattern_match(span_of(text), span_of(f->value), false));
	case FAMILY_ARN:
		return arn_match(text, f->value);
	case FAMILY_BOOL:
		return match_bool(text, f->value);
	default:
		return TRI_UNKNOWN;
	}
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

/* The test if the key is there: values are OR, and a negated operator denies that any matches. A key that is
 * single-valued is a set of one to a set operator. `f` is NULL: with a value that is not known, then only "*"
 * is sure to match. */
static enum tri test_present(
	const struct policy *p, const struct op *op, const struct key_fact *f, uint32_t node)
{
	enum tri any = values_of(p, node).left > 0 ? TRI_FALSE : TRI_UNKNOWN;

	values_for_each(p, node, v)
	{
		const char *text = policy_value(p, v.node);
		enum tri match = TRI_UNKNOWN;

		if (f)
			match = match_value(p, op, f, text);
		else if (text && op->family == FAMILY_LIKE && pattern_is_any(text))
			match = TRI_TRUE;
		any = tri_or(any, match);
	}
	return op->negated ? tri_not(any) : any;
}

/* Null: "true" asks whether the key is missing, "false" whether it is there. */
static enum tri test_null(const struct policy *p, const struct key_fact *f, uint32_t node)
{
	enum tri absent = f->presence == PRESENCE_ABSENT    ? TRI_TRUE
			  : f->presence == PRESENCE_PRESENT ? TRI_FALSE
							    : TRI_UNKNOWN;
	enum tri any = values_of(p, node).left > 0 ? TRI_FALSE : TRI_UNKNOWN;

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

static enum tri test(
	const struct policy *p, const char *op_name, const char *key, uint32_t node, const struct request *r)
{
	struct key_fact f;
	struct op op;

	if (!parse_op(op_name, &op))
		return TRI_UNKNOWN;
	request_key(r, key, &f);
	if (op.family == FAMILY_NULL)
		return test_null(p, &f, node);
	/* Whether a set without a set operator never matches is not documented. */
	if (f.is_many && op.quantifier == QUANTIFIER_NONE && f.presence != PRESENCE_ABSENT)
		return TRI_UNKNOWN;
	switch (f.presence) {
	case PRESENCE_ABSENT:
		return test_absent(&op);
	case PRESENCE_PRESENT:
		return test_present(p, &op, &f, node);
	case PRESENCE_PERHAPS:
		return tri_either(test_absent(&op), test_present(p, &op, &f, node));
	case PRESENCE_OPEN:
		break;
	}
	return tri_either(test_absent(&op), test_present(p, &op, NULL, node));
}

/* All operators, and all keys of each, are AND. */
struct condition_result condition_eval(
	const struct policy *p, const struct statement *s, const struct request *r)
{
	struct condition_result result = {.truth = TRI_TRUE, .op = JSON_NONE, .key = JSON_NONE};

	if (s->condition == JSON_NONE)
		return result;
	if (!json_is(&p->tree, s->condition, JSON_OBJECT)) {
		result.truth = TRI_UNKNOWN;
		return result;
	}
	json_for_each_member (&p->tree, s->condition, op) {
		if (!json_is(&p->tree, json_value(op), JSON_OBJECT))
			result.truth = tri_and(result.truth, TRI_UNKNOWN);
		json_for_each_member (&p->tree, json_value(op), key) {
			enum tri t = test(p, p->values[op], p->values[key], json_value(key), r);

			if (t < result.truth)
				result = (struct condition_result){.truth = t, .op = op, .key = key};
		}
	}
	return result;
}

bool condition_is_timed(const struct policy *p, const struct statement *s)
{
	json_for_each_member (&p->tree, s->condition, op) {
		json_for_each_member (&p->tree, json_value(op), key) {
			if (pattern_equals_fold(p->values[key], "aws:CurrentTime") ||
				pattern_equals_fold(p->values[key], "aws:EpochTime"))
				return true;
		}
	}
	return false;
}
