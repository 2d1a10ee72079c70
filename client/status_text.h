/* SPDX-License-Identifier: Apache-2.0 */
/* status_text: how a project is laid out for people. Headline; problems; then each region: key, verdict, incident,
 * what happens next and what to type, clusters. */
#pragma once
#include "arena.h"
#include "page.h"
#include "view.h"
#include <stdint.h>

/* Everything about one project. `now_ms`: Unix milliseconds, for ages. */
void status_text_project(
	const struct page *page, struct arena *a, const struct view_project *p, int64_t now_ms);

/* Headline and problems only: a line or a few. */
void status_text_overview(const struct page *page, struct arena *a, const struct view_project *p);
/* When each of its keys was last looked at. */
void status_text_looks(const struct page *page, struct arena *a, const struct view_project *p);

/* A table of clusters, those that need attention first; `fold`: many quiet ones are only counted. */
void status_text_clusters(const struct page *page, struct arena *a, const struct view_clusters *clusters,
	bool fold, int64_t now_ms);
