/* SPDX-License-Identifier: Apache-2.0 */
/* rotation_text: how keys rotate, as a table. */
#pragma once
#include "page.h"
#include "view.h"

/* Each key of each project, a row. */
void rotation_text(
	const struct page *page, struct arena *a, const struct view_projects *projects, int64_t now_ms);
/* Rotation is off, or later than it should be; a key pending deletion does not rotate, and that is no fault of its rotation. */
bool rotation_is_bad(const struct view_binding *b, int64_t now_ms);
