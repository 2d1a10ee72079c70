/* SPDX-License-Identifier: Apache-2.0 */
/* check_text: each limit and requirement of a project as a line, with what to do next. */
#pragma once
#include "arena.h"
#include "page.h"
#include "view.h"
#include <stddef.h>
#include <stdint.h>

/* The numbers of findings. */
struct check_tally {
	size_t ok, problems, unknown;
};
/* A result that this version does not know counts as unknown. */
void check_tally_add(struct check_tally *t, const struct view_checks *c);

void check_text(const struct page *page, struct arena *a, const char *project, const struct view_checks *c);
