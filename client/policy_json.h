/* SPDX-License-Identifier: Apache-2.0 */
/* policy_json: what a key policy gives, one request, and two that are compared, for scripts. */
#pragma once
#include "output.h"

void policy_json(struct output *o, const struct output_policy *policy);
void policy_json_simulated(struct output *o, const struct policy_result *r);
void policy_json_compared(struct output *o, const struct compare_list *list, bool equal);
