/* SPDX-License-Identifier: Apache-2.0 */
/* explain_text: why a verdict is what it is, for people: the looks, the sentences, the actions one by one. */
#pragma once
#include "arena.h"
#include "page.h"
#include "view.h"

void explain_text(
	const struct page *page, struct arena *a, const char *project, const struct view_explanations *e);
