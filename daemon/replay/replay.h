/* SPDX-License-Identifier: Apache-2.0 */
/* replay: what another configuration would have made of a recorded incident. Pure: a ledger's bytes in, one JSON
 * document out.
 *
 *   {"projectId","ledgerId","region","incident","incidents","reason","opened","ended"|null,"complete",
 *    "events":[{"event","text","cluster"|null,"name"|null,"recorded"|null,"replayed"|null,"laterMs"|null}],
 *    "conclusions":[text],"notes":[text]}
 */
#pragma once
#include "model/settings.h"
#include "replay/recording.h"
#include "replay/stage.h"

struct json_object;

#define REPLAY_SAME_MS 5000 /* times that differ by less are told as the same: latencies are not replayed */

/* The conclusions, notes and rows of one replay, added to `document`. Fails: -ENOMEM. */
int replay_describe(const struct recording *r, const struct stage *s, const struct policy_settings *policy,
	struct json_object *document);
