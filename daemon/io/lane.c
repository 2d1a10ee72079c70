/* SPDX-License-Identifier: Apache-2.0 */
#include "io/lane.h"
#include <string.h>

static const struct {
	const char *name;
	uint32_t share_percent;
	int64_t wait_max_ms;
} lane_rows[LANE_PRIORITY_COUNT] = {
#define X(e, name, share, wait) [LANE_##e] = {name, share, wait},
	LANE_TABLE(X)
#undef X
};

const char *lane_priority_name(enum lane_priority p)
{
	return lane_rows[p].name;
}

static uint32_t lane_usable(uint32_t requests_per_minute)
{
	uint32_t rate = requests_per_minute < LANE_RATE_MAX ? requests_per_minute : LANE_RATE_MAX;
	uint32_t margin = (rate * LANE_MARGIN_PERCENT + 99) / 100;

	return rate > margin ? rate - margin : 1;
}

void lane_init(struct lane *l, uint32_t requests_per_minute, struct boottime now)
{
	*l = (struct lane){
		.rate = lane_usable(requests_per_minute), .hold_until = now, .routine_hold_until = now};
	l->allowance = l->rate;
	l->grow_at = boottime_after(now, LANE_WINDOW_MS);
}

void lane_set_rate(struct lane *l, uint32_t requests_per_minute)
{
	l->rate = lane_usable(requests_per_minute);
	l->allowance = l->rate;
}

/* ---- the queue ---- */

void lane_push(struct lane *l, struct lane_ticket *ticket, enum lane_priority priority, struct boottime now)
{
	struct lane_ticket *last = l->tail[priority];

	*ticket = (struct lane_ticket){
		.prev = last, .priority = priority, .since = now, .owner = ticket->owner, .queued = true};
	if (last)
		last->next = ticket;
	else
		l->head[priority] = ticket;
	l->tail[priority] = ticket;
	l->waiting++;
}

void lane_drop(struct lane *l, struct lane_ticket *ticket)
{
	if (!ticket->queued)
		return;
	if (ticket->prev)
		ticket->prev->next = ticket->next;
	else
		l->head[ticket->priority] = ticket->next;
	if (ticket->next)
		ticket->next->prev = ticket->prev;
	else
		l->tail[ticket->priority] = ticket->prev;
	ticket->next = ticket->prev = NULL;
	ticket->queued = false;
	l->waiting--;
}

void lane_hasten(struct lane *l, struct lane_ticket *ticket, enum lane_priority priority)
{
	if (!ticket->queued || ticket->priority <= priority)
		return;
	lane_drop(l, ticket);
	lane_push(l, ticket, priority, ticket->since);
}

/* ---- the window ---- */

static void lane_forget_old(struct lane *l, struct boottime now)
{
	while (l->count > 0 && now.ms - l->sent[l->first].at.ms >= LANE_WINDOW_MS) {
		l->first = (l->first + 1) % LANE_RATE_MAX;
		l->count--;
	}
	/* A throttled lane finds its way back by a tenth of its rate a minute. */
	while (l->allowance < l->rate && boottime_reached(now, l->grow_at)) {
		uint32_t more = l->rate / 10 > 0 ? l->rate / 10 : 1;

		l->allowance = l->allowance + more < l->rate ? l->allowance + more : l->rate;
		l->grow_at = boottime_after(l->grow_at, LANE_WINDOW_MS);
	}
}

static void lane_count(struct lane *l, enum lane_priority priority, struct boottime now)
{
	if (l->count == LANE_RATE_MAX) { /* more than was permitted: the oldest goes */
		l->first = (l->first + 1) % LANE_RATE_MAX;
		l->count--;
	}
	l->sent[(l->first + l->count) % LANE_RATE_MAX].at = now;
	l->sent[(l->first + l->count) % LANE_RATE_MAX].priority = priority;
	l->count++;
}

/* What this priority and those below it may use of the allowance: never nothing. */
static uint32_t lane_quota(const struct lane *l, enum lane_priority priority)
{
	uint32_t quota = l->allowance * lane_rows[priority].share_percent / 100;

	return quota > 0 ? quota : 1;
}

/* How full the minute may be before it, by whatever was sent. */
static uint32_t lane_whole(const struct lane *l, enum lane_priority priority)
{
	uint32_t spare = priority != LANE_ACT ? l->allowance * LANE_SPARE_PERCENT / 100 : 0;

	return l->allowance - spare;
}

/* When so many of those that ended at this priority or below have left the minute. They may not suffice: then first another one
 * has to end. */
static struct boottime lane_left_at(const struct lane *l, enum lane_priority above, uint32_t over)
{
	for (uint32_t i = 0; i < l->count; i++) {
		uint32_t at = (l->first + i) % LANE_RATE_MAX;

		if (l->sent[at].priority >= above && --over == 0)
			return boottime_after(l->sent[at].at, LANE_WINDOW_MS);
	}
	return BOOTTIME_NEVER;
}

/* When fewer than `quota` requests of this priority and below are in the minute. */
static struct boottime lane_room_at(
	const struct lane *l, enum lane_priority priority, uint32_t quota, struct boottime now)
{
	uint32_t used = 0;

	for (enum lane_priority p = priority; p < LANE_PRIORITY_COUNT; p++)
		used += l->in_flight[p];
	for (uint32_t i = 0; i < l->count; i++)
		used += l->sent[(l->first + i) % LANE_RATE_MAX].priority >= priority;
	return used < quota ? now : lane_left_at(l, priority, used - quota + 1);
}

static bool lane_is_full(const struct lane *l, enum lane_priority priority)
{
	return l->in_flight_all >= LANE_FLIGHT_MAX ||
	       (priority != LANE_ACT && l->in_flight_all - l->in_flight[LANE_ACT] >= LANE_FLIGHT_OTHER_MAX);
}

/* When a request of this priority may be sent, as things stand. */
static struct boottime lane_free_at(const struct lane *l, enum lane_priority priority, struct boottime now)
{
	struct boottime at, share = lane_room_at(l, priority, lane_quota(l, priority), now);

	if (lane_is_full(l, priority))
		return BOOTTIME_NEVER;
	/* Both limits: the whole of the minute, and its own share with all that is less important. */
	at = lane_room_at(l, 0, lane_whole(l, priority), now);
	at = share.ms > at.ms ? share : at;
	if (at.ms < l->hold_until.ms)
		at = l->hold_until;
	if (priority == LANE_ROUTINE && at.ms < l->routine_hold_until.ms)
		at = l->routine_hold_until;
	return at;
}

struct lane_ticket *lane_pop(struct lane *l, struct boottime now)
{
	lane_forget_old(l, now);
	for (enum lane_priority p = 0; p < LANE_PRIORITY_COUNT; p++) {
		struct lane_ticket *ticket = l->head[p];

		if (!ticket || !boottime_reached(now, lane_free_at(l, p, now)))
			continue;
		lane_drop(l, ticket);
		l->in_flight[p]++;
		l->in_flight_all++;
		return ticket;
	}
	return NULL;
}

struct lane_ticket *lane_pop_overdue(struct lane *l, struct boottime now)
{
	for (enum lane_priority p = 0; p < LANE_PRIORITY_COUNT; p++) {
		struct lane_ticket *ticket = l->head[p];

		if (!ticket ||
			!boottime_reached(now, boottime_after(ticket->since, lane_rows[p].wait_max_ms)))
			continue;
		lane_drop(l, ticket);
		return ticket;
	}
	return NULL;
}

struct boottime lane_deadline(struct lane *l, struct boottime now)
{
	struct boottime next = BOOTTIME_NEVER;

	lane_forget_old(l, now);
	for (enum lane_priority p = 0; p < LANE_PRIORITY_COUNT; p++) {
		if (!l->head[p])
			continue;
		next = boottime_earlier(next, lane_free_at(l, p, now));
		next = boottime_earlier(next, boottime_after(l->head[p]->since, lane_rows[p].wait_max_ms));
	}
	return next;
}

/* ---- what the service says ---- */

static struct boottime lane_after_s(struct boottime now, int32_t s)
{
	s = s < 1 ? 1 : s;
	s = s > LANE_HOLD_MAX_S ? LANE_HOLD_MAX_S : s;
	return boottime_after(now, (int64_t)s * 1000);
}

static void lane_hold(struct boottime *until, struct boottime at)
{
	if (until->ms < at.ms)
		*until = at;
}

static void lane_halve(struct lane *l, struct boottime now)
{
	uint32_t least = l->rate < LANE_ALLOWANCE_MIN ? l->rate : LANE_ALLOWANCE_MIN;

	l->allowance = l->allowance / 2 > least ? l->allowance / 2 : least;
	l->grow_at = boottime_after(now, LANE_WINDOW_MS);
}

void lane_report(struct lane *l, struct boottime now, const struct lane_report *report)
{
	/* The longer of both, and a minute if the service says nothing. */
	int32_t wait_s = report->reset_s > report->retry_after_s ? report->reset_s : report->retry_after_s;

	lane_forget_old(l, now);
	l->in_flight[report->priority]--;
	l->in_flight_all--;
	for (uint32_t i = 0; i < report->sent; i++)
		lane_count(l, report->priority, now);
	if (report->throttled) {
		/* Requests that were in flight together are refused together: that is one lesson, not
		 * several. */
		if (boottime_reached(now, l->hold_until))
			lane_halve(l, now);
		lane_hold(&l->hold_until, lane_after_s(now, wait_s < 0 ? LANE_HOLD_MAX_S : wait_s));
		return;
	}
	if (report->retry_after_s > 0)
		lane_hold(&l->hold_until, lane_after_s(now, report->retry_after_s));
	if (report->remaining < 0 || report->reset_s < 0)
		return;
	/* Somebody else may use the key as well: their requests are seen only here. */
	if (report->remaining == 0)
		lane_hold(&l->hold_until, lane_after_s(now, report->reset_s));
	if ((uint32_t)report->remaining * 100 < l->rate * LANE_LOW_PERCENT)
		lane_hold(&l->routine_hold_until, lane_after_s(now, report->reset_s));
}

static int64_t lane_left_ms(struct boottime until, struct boottime now)
{
	return until.ms > now.ms ? until.ms - now.ms : 0;
}

void lane_state(struct lane *l, struct boottime now, struct lane_state *ret_state)
{
	lane_forget_old(l, now);
	*ret_state = (struct lane_state){.rate = l->rate,
		.allowance = l->allowance,
		.used = l->count + l->in_flight_all,
		.waiting = l->waiting,
		.hold_ms = lane_left_ms(l->hold_until, now),
		.routine_hold_ms = lane_left_ms(l->routine_hold_until, now)};
	for (size_t p = 0; p < LANE_PRIORITY_COUNT; p++)
		for (const struct lane_ticket *t = l->head[p]; t; t = t->next)
			ret_state->queue[p]++;
}

int64_t lane_wait_ms(const struct lane *l, enum lane_priority priority, struct boottime now)
{
	return l->head[priority] ? now.ms - l->head[priority]->since.ms : 0;
}

uint32_t lane_share(enum lane_priority p)
{
	return lane_rows[p].share_percent;
}
