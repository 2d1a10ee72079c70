/* SPDX-License-Identifier: Apache-2.0 */
#include "io/tidb_route.h"

void tidb_route_init(struct tidb_route *r, enum cluster_api chosen)
{
	*r = (struct tidb_route){.chosen = chosen,
		.reads = chosen,
		.retry_at = BOOTTIME_NEVER,
		.acts = chosen,
		.acts_from = BOOTTIME_NEVER};
}

enum cluster_api tidb_route_other(enum cluster_api api)
{
	return api == CLUSTER_API_DEDICATED ? CLUSTER_API_V1BETA : CLUSTER_API_DEDICATED;
}

void tidb_route_retry(struct tidb_route *r)
{
	if (r->reads != r->chosen)
		r->retry_at = (struct boottime){INT64_MIN};
}

enum tidb_route_word tidb_route_word(enum fault fault, bool lacks)
{
	if (lacks)
		return TIDB_ROUTE_LACKS;
	switch (fault) {
	case FAULT_NONE:
		return TIDB_ROUTE_ANSWERS;
	case FAULT_NOT_FOUND:
		return TIDB_ROUTE_GONE;
	case FAULT_NETWORK:
	case FAULT_DNS:
	case FAULT_TLS:
	case FAULT_TIMEOUT:
	case FAULT_SERVER_ERROR:
	case FAULT_MALFORMED:
		return TIDB_ROUTE_SILENT;
	case FAULT_CREDENTIALS:
	case FAULT_DENIED:
	case FAULT_THROTTLED:
	case FAULT_REFUSED:
	case FAULT_CLOCK_SKEW:
	case FAULT_CANCELLED:
	case FAULT_COUNT:
		break;
	}
	return TIDB_ROUTE_NOTHING;
}

enum cluster_api tidb_route_read(struct tidb_route *r, bool list, struct boottime now)
{
	/* Lists alone try: they come all the time, and it is they that must work. */
	if (r->reads == r->chosen || !list || !boottime_reached(now, r->retry_at))
		return r->reads;
	r->retry_at = boottime_after(now, TIDB_ROUTE_RETRY_MS);
	return r->chosen;
}

static bool tidb_route_move_reads(struct tidb_route *r, enum cluster_api to, struct boottime now)
{
	r->silent = 0;
	if (r->reads == to)
		return false;
	r->reads = to;
	r->retry_at = to == r->chosen ? BOOTTIME_NEVER : boottime_after(now, TIDB_ROUTE_RETRY_MS);
	return true;
}

/* Of the chosen API. */
static bool tidb_route_repeat_silent(struct tidb_route *r)
{
	if (r->reads != r->chosen) /* it was only tried again */
		return true;
	if (r->silent < TIDB_ROUTE_SILENT_MAX)
		r->silent++;
	return r->silent >= TIDB_ROUTE_SILENT_MAX;
}

bool tidb_route_read_ended(
	struct tidb_route *r, const struct tidb_route_ended *ended, struct boottime now, bool *ret_moved)
{
	bool chosen = ended->api == r->chosen;

	*ret_moved = false;
	switch (ended->word) {
	case TIDB_ROUTE_ANSWERS:
		if (chosen && !ended->list)
			r->silent = 0; /* while lists fail it may answer this: no reason to go back to it */
		else if (chosen || ended->repeated)
			*ret_moved = tidb_route_move_reads(r, ended->api, now);
		return false;
	case TIDB_ROUTE_GONE:
		if (chosen)
			r->silent = 0;
		return !chosen && !ended->repeated;
	case TIDB_ROUTE_LACKS:
		return !ended->repeated;
	case TIDB_ROUTE_SILENT:
		if (!ended->repeated)
			return chosen ? tidb_route_repeat_silent(r) : true;
		if (!chosen)
			r->silent = 0; /* neither answers: not every read need ask both */
		return false;
	case TIDB_ROUTE_NOTHING:
		return false;
	}
	return false;
}

bool tidb_route_act(const struct tidb_route *r, struct boottime read_at, enum cluster_api *ret_api)
{
	if (r->acts_from.ms != BOOTTIME_NEVER.ms &&
		(read_at.ms == BOOTTIME_NEVER.ms || read_at.ms <= r->acts_from.ms))
		return false;
	*ret_api = r->acts;
	return true;
}

bool tidb_route_act_lacks(struct tidb_route *r, enum cluster_api api, struct boottime now)
{
	bool moved = r->acts == api;

	/* Also of one that left before they moved: its cluster, too, is read again first. */
	r->acts_from = now;
	if (moved)
		r->acts = tidb_route_other(api);
	return moved;
}
