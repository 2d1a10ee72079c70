/* SPDX-License-Identifier: Apache-2.0 */
/* document: a parsed key policy, as the other files of this folder see it. */
#pragma once
#include "base/json_scan.h"
#include "policy/operator.h"
#include "policy/policy.h"
#include <stdbool.h>
#include <stdint.h>

/* A decoded text of the document. */
struct value {
	const char *text; /* the string, or the raw number or boolean; NULL: anything else */
	uint32_t len;
	bool has_variable; /* holds "${", and the Version knows variables */
};

struct statement {
	uint32_t node;   /* the object */
	const char *sid; /* "" if none */
	bool is_deny;
	/* Value nodes, JSON_NONE if absent; `not_*`: it is the complement (NotPrincipal ...). */
	uint32_t principal, action, resource, condition;
	bool not_principal, not_action, not_resource;
	const char *odd; /* what keeps the whole statement undecided, static text; NULL: nothing */
	uint32_t first_test, test_count; /* in policy.tests: its Condition */
	bool odd_condition;              /* a part of it is of a wrong type: it cannot hold for sure */
};

/* One key of one operator of a Condition. */
struct test {
	struct op op;
	bool is_odd;   /* the operator is not known */
	bool is_timed; /* the key is the time */
	int16_t key;   /* enum request_key, or -1 */
	uint32_t op_node, key_node, value_node;
};

struct policy {
	char *text; /* owned copy */
	size_t len;
	struct json_tree tree;
	char *strings;        /* owned: all texts, decoded */
	struct value *values; /* owned: by node */
	struct test *tests;   /* owned */
	uint32_t test_count;
	struct statement *statements; /* owned */
	uint32_t count;
	uint32_t statement_node; /* value of "Statement": an array, or the one object */
	bool sees_grants;        /* a condition reads what only CreateGrant and its like have */
	bool has_variables;      /* Version 2012-10-17: "${...}" in values is a variable */
};

/* One or many: a list element of the policy language may be a bare value or an array. */
struct values {
	uint32_t node, left;
};
struct values values_of(const struct policy *p, uint32_t node);
void values_next(const struct policy *p, struct values *v);

#define values_for_each(p, node_, v)                                                                         \
	for (struct values v = values_of((p), (node_)); (v).left > 0; values_next((p), &(v)))

/* Text of a value node; NULL for an array, an object, null, or JSON_NONE. */
const char *policy_value(const struct policy *p, uint32_t node);
/* The same with its length; JSON_NONE: .text is NULL. */
struct value policy_text(const struct policy *p, uint32_t node);
/* Line (from 1) of a node. */
uint32_t policy_line(const struct policy *p, uint32_t node);
