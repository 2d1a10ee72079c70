/* SPDX-License-Identifier: Apache-2.0 */
/* story_text: the incidents of a ledger, and one of them, for people. */
#pragma once
#include "arena.h"
#include "output.h"
#include "page.h"

/* The table of all, newest first. */
void story_text_list(const struct page *page, struct arena *a, const struct output_story *o);
/* The timeline of one, its spans, and what is still open; with `o->evidence` what an auditor needs to check it. */
void story_text(const struct page *page, struct arena *a, const struct output_story *o);
/* Percentiles over many. */
void story_text_times(const struct page *page, struct arena *a, const struct output_times *t);
/* `path` as a word of a shell. */
const char *story_text_quoted(struct arena *a, const char *path);
/* The command that computes the hash of record `seq`. */
const char *story_text_by_hand(struct arena *a, const char *quoted_path, uint64_t seq);
