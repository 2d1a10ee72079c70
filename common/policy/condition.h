/* SPDX-License-Identifier: Apache-2.0 */
/* condition: the Condition block of a statement. */
#pragma once
#include "policy/document.h"
#include "policy/request.h"
#include "policy/tri.h"

struct condition_result {
	enum tri truth;
	const struct test *test; /* the first that is FALSE, else UNKNOWN; NULL if all are TRUE */
};

/* A missing Condition is TRUE. */
struct condition_result condition_eval(
	const struct policy *p, const struct statement *s, const struct request *r);
enum tri condition_test(const struct policy *p, const struct test *t, const struct request *r);
/* Whether any test of the statement reads the time. */
bool condition_is_timed(const struct policy *p, const struct statement *s);
