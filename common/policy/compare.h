/* SPDX-License-Identifier: Apache-2.0 */
/* compare: do two policies mean the same, and if not, where do they part? KMS may write a text back in another form than
 * it was put (an account number as its root ARN, a list of one as a string), so bytes prove nothing. */
#pragma once
#include "base/err.h"
#include "policy/policy.h"
#include <stdbool.h>
#include <stdint.h>

/* The same meaning in one form only. Not told apart: "N" and arn:...:iam::N:root; a value and a list of it; the
 * order and repetition of lists and statements; "*" and {"AWS":"*"} as Principal; the case of actions, condition keys
 * and operators; ArnEquals and ArnLike; an empty Condition and none; a missing Version and 2008-10-17; Id, which
 * means nothing. Told apart: Sids. */
/* Fails: -ENOMEM. */
int compare_equal(const struct policy *a, const struct policy *b, bool *ret_equal);

/* For each statement of `a` the index of one of `b` that means the same, each used once; UINT32_MAX: none.
 * `ret_of_a` has room for all statements of `a`. Fails: -ENOMEM. */
int compare_match(const struct policy *a, const struct policy *b, uint32_t *ret_of_a);

enum compare_kind { COMPARE_SAME, COMPARE_CHANGED, COMPARE_REMOVED, COMPARE_ADDED };
const char *compare_kind_name(enum compare_kind k); /* "same", "changed", "removed", "added" */

/* One statement that both have, or one of them. */
struct compare_statement {
	enum compare_kind kind;
	uint32_t before, after; /* numbers from 1; 0: not there */
	uint32_t line;          /* in the newer text, of a removed one in the older */
	const char *sid; /* of the newer, of a removed one of the older; "" if none. Belongs to the policy */
	/* What only one side has, one a line: "Action kms:Decrypt", "Condition StringEquals kms:CallerAccount = N". Of
	 * an added or removed statement: all it has. Owned by the list. */
	const char *const *minus, *const *plus;
	size_t minus_count, plus_count;
};

struct compare_list {
	struct compare_statement *statements; /* in the order of the newer text, then the removed ones */
	size_t count;
	bool version_differs; /* and with it what "${...}" means */
	void *memory[4];      /* of compare.c */
};
#define COMPARE_LIST_INIT ((struct compare_list){.statements = NULL})
/* Fails: -ENOMEM. `ret_list` borrows from both policies. */
int compare_statements(
	const struct policy *before, const struct policy *after, struct compare_list *ret_list);
void compare_list_fini(struct compare_list *l);
