/* SPDX-License-Identifier: Apache-2.0 */
/* decision_text: what a key policy decides, for people: who decides, by which condition, and what would change it. What has
 * one fate and one reason is told once; what is missing comes first. */
#pragma once
#include "arena.h"
#include "page.h"
#include "view.h"

/* `full`: with the reasons of what is allowed, too. */
void decision_text(
	const struct page *page, struct arena *a, const struct view_decision *items, size_t count, bool full);
