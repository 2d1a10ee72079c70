/* SPDX-License-Identifier: Apache-2.0 */
/* story_words: an incident's records in words. One way for the table, the timeline, the report and its page. What comes
 * from outside is made one line without control bytes; marks are never in it. */
#pragma once
#include "arena.h"
#include "story.h"
#include <stdint.h>

/* What happened: "orders: read as PAUSED". */
const char *story_words_event(struct arena *a, const struct story *s, const struct story_event *e);
/* Who asked, why, and a service's words: "by uid=0(root); reason: a drill"; "" if none is told. Request ids are not in it. */
const char *story_words_texts(struct arena *a, const struct story_event *e);
/* Whether the record told a digest of the key policy that was not told before it. */
bool story_words_has_policy(const struct story_event *e);

/* "automatic: the key is Disabled (key_disabled)", "by uid=0(root): a drill". */
const char *story_words_cause(struct arena *a, const struct story *s);
/* "closed", "held". */
const char *story_words_state(const struct story *s);
/* "restored" or, where nothing was paused, "ended, nothing was paused". */
const char *story_words_end(const struct story *s);
/* The name of a cluster, or its id. */
const char *story_words_cluster(struct arena *a, const struct story_cluster *c);
/* What is not done yet, a line each; NULL after the last (`*at` is the caller's place in it, 0 at first). */
const char *story_words_open(struct arena *a, const struct story *s, uint32_t *at);

/* "+1:02:03", hours without bound. */
const char *story_words_offset(struct arena *a, int64_t ms);
/* "2.514 s", "3 min 5 s"; "-2.514 s": the other way round. */
const char *story_words_span(struct arena *a, int64_t ms);
/* "2.514 s", or why it is not told. */
const char *story_words_told(struct arena *a, const struct story_span *span);
/* Records that one answer led to tell the same requests: the index behind the last of those that begin at `from`. */
uint32_t story_words_same_request(const struct story *s, uint32_t from);
/* "8", "8 to 12": of the events from `from` to before `end`. */
const char *story_words_seqs(struct arena *a, const struct story *s, uint32_t from, uint32_t end);
/* The request ids of a text, one at a time: gives the id at `*text` and moves on; its length in `*ret_len`. NULL: no more. */
const char *story_words_request(const char **text, size_t *ret_len);
