/* SPDX-License-Identifier: Apache-2.0 */
#include "io/kms_lane.h"

#define ONE_MICRO 1000000 /* a whole request */

static const struct {
	const char *name;
	uint32_t share_percent;
} kms_lane_rows[KMS_LANE_PRIORITY_COUNT] = {
#define X(e, name, share) [KMS_LANE_##e] = {name, share},
	KMS_LANE_TABLE(X)
#undef X
};

static const struct {
	uint32_t quota;
	const char *operations;
} kms_lane_classes[KMS_LANE_CLASS_COUNT] = {
#define X(e, quota, operations) [KMS_LANE_CLASS_##e] = {quota, operations},
	KMS_LANE_CLASS_TABLE(X)
#undef X
};

const char *kms_lane_priority_name(enum kms_lane_priority p)
{
	return kms_lane_rows[p].name;
}

uint32_t kms_lane_share(enum kms_lane_priority p)
{
	return kms_lane_rows[p].share_percent;
}

const char *kms_lane_class_operations(enum kms_lane_class c)
{
	return kms_lane_classes[c].operations;
}

enum kms_lane_class kms_lane_class_of(enum kms_api_op op)
{
	switch (op) {
	case KMS_API_OP_DESCRIBE_KEY:
		return KMS_LANE_CLASS_DESCRIBE;
	case KMS_API_OP_GET_KEY_POLICY:
	case KMS_API_OP_GET_KEY_ROTATION_STATUS:
		return KMS_LANE_CLASS_READ;
	case KMS_API_OP_LIST_GRANTS:
	case KMS_API_OP_LIST_KEY_ROTATIONS:
		return KMS_LANE_CLASS_LIST;
	case KMS_API_OP_REVOKE_GRANT:
		return KMS_LANE_CLASS_GRANT;
	case KMS_API_OP_CANCEL_KEY_DELETION:
	case KMS_API_OP_ENABLE_KEY:
	case KMS_API_OP_DISABLE_KEY:
	case KMS_API_OP_ROTATE_KEY_ON_DEMAND:
		return KMS_LANE_CLASS_STATE;
	case KMS_API_OP_PUT_KEY_POLICY:
	case KMS_API_OP_ENABLE_KEY_ROTATION:
	case KMS_API_OP_COUNT:
		break;
	}
	return KMS_LANE_CLASS_PUT;
}

/* ---- the queue ---- */

void kms_lane_push(struct kms_lane *l, struct kms_lane_ticket *ticket, enum kms_lane_priority priority,
	struct boottime until)
{
	struct kms_lane_tickets *queue = &l->queue[priority];
	struct kms_lane_ticket *before = TAILQ_LAST(queue, kms_lane_tickets);

	ticket->queued = true;
	ticket->priority = priority;
	ticket->until = until;
	/* Only what is tried again walks: few are (io/retry). */
	while (before && before->until.ms > until.ms)
		before = TAILQ_PREV(before, kms_lane_tickets, entry);
	if (before)
		TAILQ_INSERT_AFTER(queue, before, ticket, entry);
	else
		TAILQ_INSERT_HEAD(queue, ticket, entry);
	l->waiting[priority]++;
	l->waiting_all++;
}

void kms_lane_drop(struct kms_lane *l, struct kms_lane_ticket *ticket)
{
	if (!ticket->queued)
		return;
	TAILQ_REMOVE(&l->queue[ticket->priority], ticket, entry);
	ticket->queued = false;
	l->waiting[ticket->priority]--;
	l->waiting_all--;
}

/* ---- the buckets ---- */

/* Thousandths of a request a second that flow into the bucket; millionths a millisecond are the same number. */
static int64_t kms_lane_flow(const struct kms_lane *l, enum kms_lane_priority p)
{
	int64_t flow = (int64_t)l->allowance_milli * kms_lane_rows[p].share_percent / 100;

	return flow > 0 ? flow : 1;
}

static int64_t kms_lane_depth(const struct kms_lane *l, enum kms_lane_priority p)
{
	int64_t depth = kms_lane_flow(l, p) * KMS_LANE_BURST_MS;

	return depth > ONE_MICRO ? depth : ONE_MICRO;
}

static void kms_lane_grow(struct kms_lane *l, struct boottime now)
{
	while (l->allowance_milli < l->rate_milli && boottime_reached(now, l->grow_at)) {
		l->allowance_milli += l->allowance_milli * KMS_LANE_GROW_PERCENT / 100;
		if (l->allowance_milli > l->rate_milli)
			l->allowance_milli = l->rate_milli;
		l->grow_at = boottime_after(l->grow_at, KMS_LANE_GROW_EVERY_MS);
	}
}

static void kms_lane_fill(struct kms_lane *l, struct boottime now)
{
	int64_t since_ms = now.ms - l->filled_at.ms;

	kms_lane_grow(l, now);
	if (since_ms <= 0)
		return;
	for (enum kms_lane_priority p = 0; p < KMS_LANE_PRIORITY_COUNT; p++) {
		int64_t depth = kms_lane_depth(l, p), flow = kms_lane_flow(l, p);

		/* Full after so long in any case, however long the machine slept. */
		l->level_micro[p] = since_ms > depth / flow ? depth : l->level_micro[p] + flow * since_ms;
		if (l->level_micro[p] > depth)
			l->level_micro[p] = depth;
	}
	l->filled_at = now;
}

/* When the buckets let a request of this priority through. */
static struct boottime kms_lane_free_at(const struct kms_lane *l, enum kms_lane_priority priority)
{
	int64_t wait_ms = 0;

	for (enum kms_lane_priority p = 0; p <= priority; p++) {
		int64_t lack = ONE_MICRO - l->level_micro[p], flow = kms_lane_flow(l, p);
		int64_t ms = lack > 0 ? (lack + flow - 1) / flow : 0;

		wait_ms = ms > wait_ms ? ms : wait_ms;
	}
	return boottime_after(l->filled_at, wait_ms);
}

static void kms_lane_count(struct kms_lane *l, struct boottime now)
{
	int64_t second = now.ms / 1000;

	if (second != l->second) {
		l->sent_before = second == l->second + 1 ? l->sent : 0;
		l->sent = 0;
		l->second = second;
	}
}

bool kms_lane_is_full(const struct kms_lane *l)
{
	return l->in_flight >= KMS_LANE_FLIGHT_MAX;
}

void kms_lane_init(struct kms_lane *l, enum kms_lane_class class, struct boottime now)
{
	uint32_t rate_milli = kms_lane_classes[class].quota * KMS_LANE_QUOTA_PERCENT * 10;

	*l = (struct kms_lane){.rate_milli = rate_milli,
		.allowance_milli = rate_milli,
		.filled_at = now,
		.grow_at = now,
		.hold_until = now,
		.second = now.ms / 1000};
	for (enum kms_lane_priority p = 0; p < KMS_LANE_PRIORITY_COUNT; p++) {
		TAILQ_INIT(&l->queue[p]);
		l->level_micro[p] = kms_lane_depth(l, p);
	}
}

struct kms_lane_ticket *kms_lane_pop(struct kms_lane *l, struct boottime now)
{
	if (l->waiting_all == 0)
		return NULL;
	kms_lane_fill(l, now);
	for (enum kms_lane_priority p = 0; p < KMS_LANE_PRIORITY_COUNT; p++) {
		struct kms_lane_ticket *ticket = TAILQ_FIRST(&l->queue[p]);

		if (!ticket || (p != KMS_LANE_ACT && kms_lane_is_full(l)) ||
			!boottime_reached(now, kms_lane_free_at(l, p)))
			continue;
		kms_lane_drop(l, ticket);
		for (enum kms_lane_priority above = 0; above <= p; above++)
			l->level_micro[above] -= ONE_MICRO;
		kms_lane_count(l, now);
		l->sent++;
		l->in_flight++;
		l->was_used = true;
		return ticket;
	}
	return NULL;
}

struct kms_lane_ticket *kms_lane_pop_overdue(struct kms_lane *l, struct boottime now)
{
	for (enum kms_lane_priority p = 0; l->waiting_all > 0 && p < KMS_LANE_PRIORITY_COUNT; p++) {
		struct kms_lane_ticket *ticket = TAILQ_FIRST(&l->queue[p]);

		if (!ticket || !boottime_reached(now, ticket->until))
			continue;
		kms_lane_drop(l, ticket);
		return ticket;
	}
	return NULL;
}

struct boottime kms_lane_deadline(struct kms_lane *l, struct boottime now)
{
	struct boottime next = BOOTTIME_NEVER;

	if (l->waiting_all == 0)
		return next;
	kms_lane_fill(l, now);
	for (enum kms_lane_priority p = 0; p < KMS_LANE_PRIORITY_COUNT; p++) {
		const struct kms_lane_ticket *ticket = TAILQ_FIRST(&l->queue[p]);

		if (!ticket)
			continue;
		next = boottime_earlier(next, ticket->until);
		if (p == KMS_LANE_ACT || !kms_lane_is_full(l))
			next = boottime_earlier(next, kms_lane_free_at(l, p));
	}
	return next;
}

/* ---- what becomes of them ---- */

void kms_lane_ended(struct kms_lane *l)
{
	l->in_flight--;
}

void kms_lane_unpop(struct kms_lane *l, enum kms_lane_priority priority)
{
	l->in_flight--;
	l->sent -= l->sent > 0;
	for (enum kms_lane_priority p = 0; p <= priority; p++)
		l->level_micro[p] += ONE_MICRO;
}

void kms_lane_throttled(struct kms_lane *l, struct boottime now, uint32_t chance)
{
	uint32_t less;

	/* What was under way together is refused together: that is one lesson, not several. */
	if (!boottime_reached(now, l->hold_until))
		return;
	kms_lane_grow(l, now);
	less = l->allowance_milli / 100 * KMS_LANE_CUT_PERCENT;
	l->allowance_milli = less > KMS_LANE_LEAST_MILLI ? less : KMS_LANE_LEAST_MILLI;
	l->hold_until = boottime_after(now, KMS_LANE_HOLD_MS + chance % (KMS_LANE_HOLD_MORE_MS + 1));
	l->grow_at = boottime_after(l->hold_until, KMS_LANE_GROW_EVERY_MS);
	/* Then not at once with all that waits: the buckets fill from nothing. */
	l->filled_at = l->hold_until;
	for (enum kms_lane_priority p = 0; p < KMS_LANE_PRIORITY_COUNT; p++)
		l->level_micro[p] = 0;
}

void kms_lane_state(struct kms_lane *l, struct boottime now, struct kms_lane_state *ret_state)
{
	uint32_t of_before;

	kms_lane_fill(l, now);
	kms_lane_count(l, now);
	of_before = (uint32_t)((uint64_t)l->sent_before * (uint64_t)(1000 - now.ms % 1000) / 1000);
	*ret_state = (struct kms_lane_state){.per_second = (l->rate_milli + 999) / 1000,
		.allowance = (l->allowance_milli + 999) / 1000,
		.used = l->sent + of_before,
		.hold_ms = now.ms < l->hold_until.ms ? l->hold_until.ms - now.ms : 0};
	for (enum kms_lane_priority p = 0; p < KMS_LANE_PRIORITY_COUNT; p++)
		ret_state->waiting[p] = l->waiting[p];
}
