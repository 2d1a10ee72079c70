/* SPDX-License-Identifier: Apache-2.0 */
/* event: what EventBridge tells of a key: CloudTrail's record of a call, and KMS's own event of a rotation.
 * config.events_ms later it is a message in the queues of the key's region, or in all if none is there. */
#pragma once
#include "cmk.h"
#include "world.h"

#define EVENT_MAX 10000 /* on the way at a time; what comes on top is lost, as it may be */

struct event {
	int64_t due_ms; /* monotonic */
	char region[32];
	char *text; /* owned */
};

/* A call of the KMS API that changed the key, as CloudTrail logs it (detail-type "AWS API Call via CloudTrail").
 * `name`: PutKeyPolicy, DisableKey, ... `caller`: ARN of who did it. Nothing happens if events are off. */
void event_call(struct world *w, const struct cmk *k, const char *name, const char *caller);
/* The key has new material; `before` is the old one's id (detail-type "KMS CMK Rotation"). */
void event_rotation(struct world *w, const struct cmk *k, const char *before);

/* Puts into the queues what is due. */
void event_step(struct world *w);
/* When the next one is due; WORLD_NEVER. */
int64_t event_next_ms(const struct world *w);
void event_fini(struct world *w);
