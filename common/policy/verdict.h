/* SPDX-License-Identifier: Apache-2.0 */
/* verdict: one statement, and then the whole document, for one request. */
#pragma once
#include "policy/condition.h"
#include "policy/document.h"
#include "policy/request.h"
#include "policy/tri.h"

/* One statement, part by part. */
struct statement_verdict {
	enum tri whole; /* AND of all below, and never TRUE if the statement is odd */
	enum tri principal, action, resource;
	struct condition_result condition;
};
struct statement_verdict verdict_of_statement(
	const struct policy *p, const struct statement *s, const struct request *r);

#define VERDICT_NO_STATEMENT UINT32_MAX

struct verdict {
	enum policy_answer answer;
	uint32_t statement; /* index of the deciding one (for UNDECIDED: of the first that is open) */
	bool by_deny;       /* a Deny that is TRUE decided */
};

#define VERDICT_REQUESTS_MAX NEED_COUNT
#define VERDICT_GROUPS       16 /* request.group and request.grant_group are below */

/* The one evaluator: answers `count` requests in one pass, so that what they share is looked at once. An explicit Deny wins over an Allow, and an Allow over nothing (IAM guide, "Policy evaluation logic"). An
 * undecided statement leaves the answer undecided only if it could change it. */
void verdict_of_all(
	const struct policy *p, const struct request *requests, size_t count, struct verdict *ret_verdicts);
struct verdict verdict_of(const struct policy *p, const struct request *r);
