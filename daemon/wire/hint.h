/* SPDX-License-Identifier: Apache-2.0 */
/* hint: what an event about a key says, as EventBridge puts it into a queue: that something has happened to that key, and
 * nothing else. Whoever may write into the queue can make cmekd look; what is so, the look tells. */
#pragma once
#include "base/err.h"
#include "model/ids.h"
#include "model/moment.h"
#include <stdint.h>

#define HINT_MAX_BYTES (1024 * 1024)
#define HINT_KEYS_MAX  8

struct hint {
	char what[64];                      /* "DisableKey", "KMS CMK Rotation"; for showing */
	struct walltime at;                 /* when it happened, as the event says; WALLTIME_UNKNOWN */
	struct key_arn keys[HINT_KEYS_MAX]; /* no key twice; more are left out */
	uint32_t key_count;
};

enum hint_refusal {
	HINT_E_MALFORMED = 1, /* no event of EventBridge */
	HINT_E_IDLE,          /* one that is about no key, or tells of a call that failed: nothing happened */
};

/* Both forms of the AWS KMS Developer Guide: KMS's own events ("Monitoring AWS KMS keys with Amazon EventBridge"), and calls
 * that CloudTrail recorded ("Logging AWS KMS API calls with AWS CloudTrail"); as they are, or as the Message of an SNS
 * notification. `partition` completes a key that is named by its id alone. Refuses: HINT_E_*, `reterr_why` says why. Fails:
 * -ENOMEM. */
int hint_read(
	const char *text, size_t len, const char *partition, struct hint *ret_hint, struct why *reterr_why);
