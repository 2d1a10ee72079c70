/* SPDX-License-Identifier: Apache-2.0 */
/* replay_text: what was recorded beside what another configuration would have made of it, for people. */
#pragma once
#include "arena.h"
#include "page.h"
#include "view.h"

void replay_text(const struct page *page, struct arena *a, const struct view_replay *r);
