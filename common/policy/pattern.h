/* SPDX-License-Identifier: Apache-2.0 */
/* pattern: texts, wildcards and ARNs of the policy language. */
#pragma once
#include "policy/tri.h"
#include <stdbool.h>
#include <stddef.h>

struct span {
	const char *at;
	size_t len;
};
struct span span_of(const char *text);
bool span_equals(struct span s, const char *text);

/* `*` is any run, `?` one byte. `fold`: ASCII letters of either case are the same. */
bool pattern_match(struct span pattern, struct span text, bool fold);
bool pattern_has_wildcard(struct span pattern);
bool pattern_is_any(const char *pattern); /* nothing but one or more `*` */
/* Equality with ASCII letters of either case the same. */
bool pattern_equals_fold(const char *a, const char *b);

/* arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE */
enum { ARN_PARTITION = 1, ARN_SERVICE, ARN_REGION, ARN_ACCOUNT, ARN_RESOURCE, ARN_PARTS };
/* The last part takes the rest. False if there are fewer than six, or the first is not "arn". */
bool arn_split(const char *text, struct span ret_parts[ARN_PARTS]);
/* Part by part: a wildcard does not cross a colon in the first five (IAM: ArnEquals, ArnLike). UNKNOWN if one
 * of both is no ARN. */
enum tri arn_match(const char *pattern, const char *text);
