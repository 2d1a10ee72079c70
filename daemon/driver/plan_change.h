/* SPDX-License-Identifier: Apache-2.0 */
/* plan_change: what revoke or restore would change of a key: its policy, its state, and who else would lose it. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct json_object;
struct project;
struct tree;

/* Of PlanBinding: policyChange, policyDiff, policyTrouble, losses, keyChange, keyUsers. `how`: a set of CAUSE_HOW, of a revoke. */
void plan_change_put(struct tree *t, struct json_object *o, const struct project *p, uint32_t binding,
	bool restore, uint8_t how);
/* Whom, beside TiDB Cloud and the key's own account, the key policy lets use the key: ", " between, cut with "..."; their number. */
uint32_t plan_change_users(const struct project *p, uint32_t binding, char *ret_names, unsigned size);
