/* SPDX-License-Identifier: Apache-2.0 */
/* policy_batch: simulate many requests: JSON lines in, JSON lines out.
 *
 * In:  {"policy": object or string, "principal": ARN, "action": "kms:Decrypt", "resource": ARN,
 *       "context": {"KEY": "VALUE" or [...]}, "unknown": ["KEY"], "id": anything}
 * Out: {"decision": "allowed" | "denied" | "undecided", "reason": "allow" | ..., "statement": N | null, "sid": S | null}, or
 *      {"error": TEXT} for a line that is none; and the "id", if one came. One line out for each line in. */
#pragma once
#include "base/buf.h"
#include "policy/policy.h"
#include <stdio.h>

#define POLICY_BATCH_LINE_MAX   (1024 * 1024) /* bytes of a line; longer ones are answered with an error */
#define POLICY_BATCH_KEYS_MAX   128
#define POLICY_BATCH_VALUES_MAX 1024 /* of all keys of a line */

/* Until the input ends. Fails: -ENOMEM, -EIO (reading). */
int policy_batch_run(FILE *from, FILE *to);
