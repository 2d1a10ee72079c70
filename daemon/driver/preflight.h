/* SPDX-License-Identifier: Apache-2.0 */
/* preflight: whether a key will do, before TiDB Cloud is told to use it, which can never be changed: what one look brought, as
 * the findings of driver/checks.h. What is not known is no yes. */
#pragma once
#include "driver/checks.h"
#include "io/kms.h"

/* In the order of CHECK_TABLE. `project` and `key` stand in the commands of remedies; `texts`: the service's words on the look. Gives
 * the number of those that are not ok. */
uint32_t preflight_run(const struct kms_target *t, const char *project, const struct key_arn *key,
	const struct look *look, const struct kms_texts *texts, checks_each_fn *each, void *arg);
