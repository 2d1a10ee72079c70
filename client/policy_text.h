/* SPDX-License-Identifier: Apache-2.0 */
/* policy_text: what is said of key policies, for people. */
#pragma once
#include "output.h"

void policy_text_access(const struct page *page, struct arena *a, const struct output_policy *policy);
/* Of the key policy of a region, as cmekd read it. */
void policy_text_live(
	const struct page *page, struct arena *a, const char *project, const struct view_explanation *e);
void policy_text_result(const struct page *page, struct arena *a, const struct policy_result *result);
void policy_text_compared(
	const struct page *page, struct arena *a, const struct compare_list *list, bool equal);
