/* SPDX-License-Identifier: Apache-2.0 */
/* story_json: the same for scripts, as the text of one JSON object. */
#pragma once
#include "base/buf.h"
#include "output.h"

#define STORY_JSON_MAX_BYTES (256 * 1024 * 1024)
#define STORY_JSON_MAX_NODES (1024 * 1024)

/* {"incidents": [...]}, newest first. Trouble sticks in `out`. */
void story_json_list(struct buf *out, const struct output_story *o);
/* Of one; with `o->evidence` the member "evidence", too. */
void story_json(struct buf *out, const struct output_story *o);
