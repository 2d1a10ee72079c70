/* SPDX-License-Identifier: Apache-2.0 */
/* operator: the operators of a Condition, and how each compares one value of the policy with one of the request. */
#pragma once
#include "policy/pattern.h"
#include "policy/tri.h"
#include <stdbool.h>
#include <stdint.h>

enum family {
	FAMILY_STRING,
	FAMILY_STRING_FOLD,
	FAMILY_LIKE,
	FAMILY_ARN,
	FAMILY_BOOL,
	FAMILY_DATE,
	FAMILY_NUMERIC,
	FAMILY_BINARY,
	FAMILY_IP,
	FAMILY_NULL,
};

/* Of what has an order. */
enum relation { RELATION_EQ, RELATION_LT, RELATION_LE, RELATION_GT, RELATION_GE };

enum quantifier { QUANTIFIER_NONE, QUANTIFIER_ANY, QUANTIFIER_ALL };

struct op {
	enum family family;
	enum relation relation;
	bool negated, if_exists;
	enum quantifier quantifier;
};

/* "ForAnyValue:StringLikeIfExists"; any case is accepted, as AWS does in practice. False: not known, or against
 * the grammar (Null with IfExists or a set operator). */
bool operator_parse(const char *text, struct op *ret_op);

/* Families without wildcards, variables and holes; `value` is the policy's, `text` the request's. UNKNOWN if
 * one of both is not of the operator's kind. */
enum tri operator_date(enum relation relation, struct span value, struct span text);
enum tri operator_number(enum relation relation, struct span value, struct span text);
enum tri operator_ip(struct span value, struct span text);
enum tri operator_binary(struct span value, struct span text);

/* ISO 8601 (a date, or date and time), or seconds since 1970: Unix milliseconds. Refuses: 1. */
int operator_parse_date(struct span text, int64_t *ret_ms);
enum tri operator_order(enum relation relation, int order);
