/* SPDX-License-Identifier: Apache-2.0 */
/* plan_text: what is about to be done, for people: before revoke, restore and approve; and what was done since. */
#pragma once
#include "arena.h"
#include "output.h"
#include "page.h"
#include "view.h"

void plan_text_change(
	const struct page *page, struct arena *a, const struct output_plan *plan, int64_t now_ms);
void plan_text_decision(const struct page *page, struct arena *a, const struct view_project *p,
	const struct view_binding *b, int64_t now_ms);
/* Lines "03:49:26  orders: paused", one a change. */
void plan_text_progress(const struct page *page, struct arena *a, const struct view_project *before,
	const struct view_project *now, int64_t now_ms);
