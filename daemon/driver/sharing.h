/* SPDX-License-Identifier: Apache-2.0 */
/* sharing: which projects of this daemon use the same key. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;
struct key_arn;
struct project;

/* The next other project on this key; `*i` starts at 0 and is moved on. NULL: there are no more. */
const struct project *sharing_next(
	const struct engine *e, const struct project *p, const struct key_arn *arn, uint32_t *i);
/* One whose incident disabled the key, or, if `in_force`, whose revoke wants it disabled, be it watched or not; NULL: there is none. */
const struct project *sharing_disabled(
	const struct engine *e, const struct project *p, const struct key_arn *arn, bool in_force);
/* Their names, ", " between, cut with "..." if there are too many; their number. */
uint32_t sharing_names(const struct engine *e, const struct project *p, const struct key_arn *arn,
	char *ret_names, size_t size);
