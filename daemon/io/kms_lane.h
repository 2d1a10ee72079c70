/* SPDX-License-Identifier: Apache-2.0 */
/* kms_lane: the rate of one class of KMS operations as a queue with four priorities. Pure: time and chance come in.
 *
 * AWS KMS counts requests a second for each account, region and group of operations, whoever sends them: AWS services that
 * act for the account as well (AWS KMS Developer Guide, "Request quotas"). So cmekd keeps to a share of each, paced by token
 * buckets, and gives way where it is refused all the same: as the adaptive mode of AWS's SDKs it goes on with 0.7 of the rate
 * (AWS SDKs and Tools Reference Guide, "Retry behavior"), after a pause. What is refused in one lane slows no other.
 *
 * io/lane is the same for TiDB Cloud, whose limit is of a minute and told by headers: an exact window of what was sent. */
#pragma once
#include "model/moment.h"
#include "wire/kms_api.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/* X(ENUM, "name", SHARE): percent of the allowance that requests of this priority and all below it may use. */
#define KMS_LANE_TABLE(X)                                                                                    \
	X(ACT, "act", 100)                  /* what an operator's revoke or restore waits for */             \
	X(CONFIRMATION, "confirmation", 90) /* looks that a verdict or an incident waits for */              \
	X(LOOK, "look", 80)                                                                                  \
	X(ROUTINE, "routine", 40) /* rotation */

enum kms_lane_priority {
#define X(e, name, share) KMS_LANE_##e,
	KMS_LANE_TABLE(X)
#undef X
		KMS_LANE_PRIORITY_COUNT
};
const char *kms_lane_priority_name(enum kms_lane_priority p);
uint32_t kms_lane_share(enum kms_lane_priority p); /* percent */

/* Operations that share a quota. X(ENUM, QUOTA, "operations"): the quota is of all regions by default, requests a second
 * (AWS KMS Developer Guide, "Request quotas"). */
#define KMS_LANE_CLASS_TABLE(X)                                                                              \
	X(DESCRIBE, 2000, "DescribeKey")                                                                     \
	X(READ, 1000, "GetKeyPolicy, GetKeyRotationStatus")                                                  \
	X(LIST, 100, "ListGrants, ListKeyRotations")                                                         \
	X(GRANT, 50, "RevokeGrant")                                                                          \
	X(PUT, 15, "PutKeyPolicy, EnableKeyRotation")                                                        \
	X(STATE, 5, "CancelKeyDeletion, DisableKey, EnableKey, RotateKeyOnDemand")

enum kms_lane_class {
#define X(e, quota, operations) KMS_LANE_CLASS_##e,
	KMS_LANE_CLASS_TABLE(X)
#undef X
		KMS_LANE_CLASS_COUNT
};
enum kms_lane_class kms_lane_class_of(enum kms_api_op op);
const char *kms_lane_class_operations(enum kms_lane_class c); /* for people */

#define KMS_LANE_QUOTA_PERCENT 50 /* of a quota: the rest is everybody else's */
/* So much of a second's allowance may leave at once, and one request in any case: what all projects ask together when the
 * daemon starts takes as many connections as it must for its latency, not one for each request. */
#define KMS_LANE_BURST_MS 20
/* Requests under way, acts not counted: the rest waits here, where its priority counts. A host on another continent answers
 * after 300 ms: then it is a hundred a second, looks at three thousand keys every 30 s. */
#define KMS_LANE_FLIGHT_MAX   32
#define KMS_LANE_CUT_PERCENT  70  /* what a throttling leaves of the allowance: beta of AWS's adaptive mode */
#define KMS_LANE_LEAST_MILLI  500 /* at least so many thousandths of a request a second, as there */
#define KMS_LANE_HOLD_MS      500 /* after a throttling nothing is sent for so long, */
#define KMS_LANE_HOLD_MORE_MS 1000 /* and up to so much longer, by chance */
/* Each second the allowance grows by a part of itself: from the least to 1000 a second in 80 s, but a single throttling is
 * made good in four. */
#define KMS_LANE_GROW_PERCENT  10
#define KMS_LANE_GROW_EVERY_MS 1000

/* One waiting request; the caller's memory, in the queue from kms_lane_push() until it is popped or dropped. */
struct kms_lane_ticket {
	TAILQ_ENTRY(kms_lane_ticket) entry;
	bool queued;
	enum kms_lane_priority priority;
	struct boottime until; /* then it is given back unsent */
	void *owner;           /* the caller's */
};
TAILQ_HEAD(kms_lane_tickets, kms_lane_ticket);

struct kms_lane {
	uint32_t rate_milli, allowance_milli; /* thousandths of a request a second: permitted; now */
	/* Millionths of a request that each priority and those below may send at once. A request takes one from its own
	 * bucket and from all above. */
	int64_t level_micro[KMS_LANE_PRIORITY_COUNT];
	struct boottime filled_at; /* the buckets, up to then; may lie ahead */
	struct boottime grow_at, hold_until;
	struct kms_lane_tickets queue[KMS_LANE_PRIORITY_COUNT]; /* by `until` */
	uint32_t waiting[KMS_LANE_PRIORITY_COUNT], waiting_all;
	uint32_t in_flight;
	int64_t second; /* that is counted, of boot time */
	uint32_t sent, sent_before;
	bool was_used;
};

void kms_lane_init(struct kms_lane *l, enum kms_lane_class class, struct boottime now);
/* Waits its turn: of the same priority, the one whose time ends first. */
void kms_lane_push(struct kms_lane *l, struct kms_lane_ticket *ticket, enum kms_lane_priority priority,
	struct boottime until);
/* Takes a ticket out of the queue; harmless if it is not in. */
void kms_lane_drop(struct kms_lane *l, struct kms_lane_ticket *ticket);

/* The next request that may be sent now: counted as sent and as under way. NULL: none may. */
struct kms_lane_ticket *kms_lane_pop(struct kms_lane *l, struct boottime now);
/* One whose time has ended, taken out of the queue; NULL: none. */
struct kms_lane_ticket *kms_lane_pop_overdue(struct kms_lane *l, struct boottime now);
/* False: neither of the two gives anything. */
static inline bool kms_lane_waits(const struct kms_lane *l)
{
	return l->waiting_all > 0;
}
/* When one of the two may give something, unless a request ends before; BOOTTIME_NEVER if nothing waits. */
struct boottime kms_lane_deadline(struct kms_lane *l, struct boottime now);
/* It is its many unanswered requests that hold the lane up, not its rate. */
bool kms_lane_is_full(const struct kms_lane *l);

/* What was popped is no longer under way. */
void kms_lane_ended(struct kms_lane *l);
/* The same, but it never left: it counts as not sent. */
void kms_lane_unpop(struct kms_lane *l, enum kms_lane_priority priority);
/* The service said that it was too much. `chance`: any number, each as likely. */
void kms_lane_throttled(struct kms_lane *l, struct boottime now, uint32_t chance);

/* How it stands, for people. */
struct kms_lane_state {
	uint32_t per_second; /* that is permitted, rounded up */
	uint32_t allowance;  /* the same now, rounded up */
	uint32_t used;       /* in the second that ends now, about */
	uint32_t waiting[KMS_LANE_PRIORITY_COUNT];
	int64_t hold_ms; /* nothing is sent for so long */
};
void kms_lane_state(struct kms_lane *l, struct boottime now, struct kms_lane_state *ret_state);
