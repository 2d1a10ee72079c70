/* SPDX-License-Identifier: Apache-2.0 */
/* event_text: what is recorded and told, a line or two each. */
#pragma once
#include "arena.h"
#include "output.h"
#include "page.h"
#include "view.h"

void event_text(
	const struct page *page, struct arena *a, const struct view_event *e, const struct wire *wire);
