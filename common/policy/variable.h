/* SPDX-License-Identifier: Apache-2.0 */
/* variable: values of the policy with wildcards and policy variables, against texts of the request. */
#pragma once
#include "policy/request.h"
#include "policy/tri.h"

enum reading {
	READING_EXACT, /* byte by byte */
	READING_FOLD,  /* letters of either case are the same */
	READING_WILD,  /* `*` and `?` */
};

/* One value, or a part of it. `variables`: "${KEY}", "${KEY, 'DEFAULT'}" and the escapes "${*}", "${?}", "${$}" mean
 * something (IAM guide, "Policy variables"). A variable without a value matches nothing. `holes`: of `text`. */
enum tri variable_match(const struct request *r, struct span value, enum reading reading, bool variables,
	struct span text, bool holes);
/* Two ARNs part by part: a wildcard does not cross a colon in the first five (IAM guide: ArnEquals, ArnLike). UNKNOWN
 * if one of both is no ARN. */
enum tri variable_match_arn(
	const struct request *r, struct span value, bool variables, struct span text, bool holes);
