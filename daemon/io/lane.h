/* SPDX-License-Identifier: Apache-2.0 */
/* lane: the rate limit of one TiDB Cloud API key as a queue with three priorities. Pure: the time comes in.
 *
 * TiDB Cloud permits 100 requests a minute and API key, above that 429; every response carries
 * X-Ratelimit-Remaining-Minute and X-Ratelimit-Reset (TiDB Cloud API reference, "Rate limiting"). Whether
 * challenges and all hosts count is not documented: assumed so. Others may use the same key: what the headers
 * say wins.
 *
 * When the service counts a request is not known but for one thing: not after its answer came. So a request is in the
 * minute from when it may leave until a minute after its end, however slow the network and this machine are, and in no minute of
 * the service's are more than were permitted.
 */
#pragma once
#include "model/moment.h"
#include <stdbool.h>
#include <stdint.h>

/* Shares of the allowance, percent. X(ENUM, "name", SHARE, WAIT_MAX_MS): how much of a minute's allowance the
 * requests of this priority and all below it may use; how long one may wait before it is given back unsent.
 */
#define LANE_TABLE(X)                                                                                        \
	X(ACT, "act", 100, 60 * 1000)           /* pauses and resumes, and the list that they wait for */    \
	X(INCIDENT, "incident", 85, 120 * 1000) /* what an incident must read */                             \
	X(ROUTINE, "routine", 40, 3600 * 1000)  /* everything else: hundreds of projects may share a key */

enum lane_priority {
#define X(e, name, share, wait) LANE_##e,
	LANE_TABLE(X)
#undef X
		LANE_PRIORITY_COUNT
};
const char *lane_priority_name(enum lane_priority p);

#define LANE_WINDOW_MS      60000
#define LANE_RATE_MAX       1000 /* requests a minute; a higher setting counts as this */
#define LANE_MARGIN_PERCENT 5    /* of the rate: never used */
#define LANE_ALLOWANCE_MIN  6    /* requests a minute that a 429 leaves at least */
#define LANE_HOLD_MAX_S     60   /* the longest wait that a header may ask for */
#define LANE_SPARE_PERCENT  15   /* of the allowance: all else leaves it to acts that may come in a moment */
#define LANE_LOW_PERCENT    20   /* of the rate: with fewer remaining, routine waits for the reset */
/* Requests under way: the rest waits here, where its priority counts. No more than the margin of 100 a minute, as each may turn
 * out to have needed a challenge. */
#define LANE_FLIGHT_MAX       4
#define LANE_FLIGHT_OTHER_MAX 3 /* that are no acts: an act need not wait for an answer to something else */

/* One waiting request; the caller's memory, in the queue from lane_push() until lane_pop() or lane_drop(). */
struct lane_ticket {
	struct lane_ticket *next, *prev; /* the lane's */
	bool queued;
	enum lane_priority priority;
	struct boottime since;
	void *owner; /* the caller's; lane_push() leaves it */
};

struct lane {
	uint32_t rate;      /* RequestsPerMinute= minus the margin */
	uint32_t allowance; /* of a minute now; halved by a 429, grows again by a tenth of `rate` a minute */
	struct boottime grow_at;
	struct boottime hold_until;         /* nothing before (429, nothing remaining) */
	struct boottime routine_hold_until; /* nothing routine before (little remaining) */
	struct {                            /* requests that ended in the last minute, oldest at `first` */
		struct boottime at;
		enum lane_priority priority;
	} sent[LANE_RATE_MAX];
	uint32_t first, count;
	uint32_t in_flight[LANE_PRIORITY_COUNT], in_flight_all;
	struct lane_ticket *head[LANE_PRIORITY_COUNT], *tail[LANE_PRIORITY_COUNT];
	uint32_t waiting;
};

/* Embedded; holds no memory of its own. */
void lane_init(struct lane *l, uint32_t requests_per_minute, struct boottime now);
void lane_set_rate(struct lane *l, uint32_t requests_per_minute);
void lane_push(struct lane *l, struct lane_ticket *ticket, enum lane_priority priority, struct boottime now);
/* Takes a ticket out of the queue; harmless if it is not in. */
void lane_drop(struct lane *l, struct lane_ticket *ticket);

/* One that waits becomes as important as this, if it was less. It keeps the time that it has waited. */
void lane_hasten(struct lane *l, struct lane_ticket *ticket, enum lane_priority priority);

/* The next request that may be sent now: under way until lane_report(). NULL: none may. */
struct lane_ticket *lane_pop(struct lane *l, struct boottime now);
/* A request that waited longer than its priority may, taken out of the queue; NULL: none. */
struct lane_ticket *lane_pop_overdue(struct lane *l, struct boottime now);
/* When lane_pop() or lane_pop_overdue() may give something, unless a request ends before; BOOTTIME_NEVER if nothing waits. */
struct boottime lane_deadline(struct lane *l, struct boottime now);

/* What a request that ended tells. */
struct lane_report {
	enum lane_priority priority;
	uint32_t
		sent; /* requests that left this host: none, or with challenges and a repetition more than one */
	bool throttled;        /* 429 */
	int32_t remaining;     /* X-Ratelimit-Remaining-Minute, -1 if not told */
	int32_t reset_s;       /* X-Ratelimit-Reset, -1 if not told */
	int32_t retry_after_s; /* Retry-After, -1 if not told */
};
/* Once for each lane_pop(). */
void lane_report(struct lane *l, struct boottime now, const struct lane_report *report);

/* How it stands, for people. */
struct lane_state {
	uint32_t rate;      /* requests a minute that are permitted */
	uint32_t allowance; /* the same now: a 429 lowers it for a while */
	uint32_t used;      /* in the minute that ends now, those under way included */
	uint32_t waiting, queue[LANE_PRIORITY_COUNT]; /* in the queue: all; by priority */
	int64_t hold_ms, routine_hold_ms;             /* nothing, or nothing routine, is sent for so long */
};
void lane_state(struct lane *l, struct boottime now, struct lane_state *ret_state);
/* How long the first that waits has waited; 0: none waits. */
int64_t lane_wait_ms(const struct lane *l, enum lane_priority priority, struct boottime now);
/* Percent of the allowance that requests of this priority and below may use. */
uint32_t lane_share(enum lane_priority p);
