/* SPDX-License-Identifier: Apache-2.0 */
/* lanes_text: how much of each rate limit is used, and what waits. */
#pragma once
#include "arena.h"
#include "page.h"
#include "view.h"

void lanes_text(const struct page *page, struct arena *a, const struct view_lanes *l);
