/* SPDX-License-Identifier: Apache-2.0 */
/* policy_text: what is said of key policies, for people. */
#pragma once
#include "output.h"

void policy_text_access(const struct page *page, struct arena *a, const struct output_policy *policy);
void policy_text_result(const struct page *page, struct arena *a, const struct policy_result *result);
void policy_text_compared(
	const struct page *page, struct arena *a, const struct compare_list *list, bool equal);
