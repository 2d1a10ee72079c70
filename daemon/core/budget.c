/* SPDX-License-Identifier: Apache-2.0 */
#include "core/budget.h"
#include <string.h>

void budget_init(struct budget *b, uint32_t max_pauses)
{
	memset(b, 0, sizeof *b);
	b->max = max_pauses;
}

/* An entry from the future (the clock went back) still counts: doubt does not make room. */
static bool within_hour(struct walltime at, struct walltime now)
{
	return now.ms - at.ms < BUDGET_HOUR_MS;
}

static void forget_old(struct budget *b, struct walltime now)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < b->used; i++)
		if (within_hour(b->spent[i].at, now))
			b->spent[kept++] = b->spent[i];
	b->used = kept;
}

uint32_t budget_left(const struct budget *b, struct walltime now)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < b->used; i++)
		if (within_hour(b->spent[i].at, now))
			sum += b->spent[i].count;
	return sum >= b->max ? 0 : b->max - (uint32_t)sum;
}

uint32_t budget_left_of(const struct budget *b, struct walltime now, struct budget_share of)
{
	uint32_t all = budget_left(b, now), own;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < b->used; i++)
		if (b->spent[i].project == of.project && within_hour(b->spent[i].at, now))
			sum += b->spent[i].count;
	own = sum >= of.max ? 0 : of.max - (uint32_t)sum;
	return own < all ? own : all;
}

bool budget_take(struct budget *b, struct walltime now, struct budget_share of, uint32_t count)
{
	forget_old(b, now);
	if (count > budget_left_of(b, now, of))
		return false;
	if (b->used == BUDGET_ENTRIES)
		return false;
	b->spent[b->used].at = now;
	b->spent[b->used].project = of.project;
	b->spent[b->used].count = count;
	b->used++;
	return true;
}

void budget_restore(struct budget *b, struct walltime at, uint64_t project, uint32_t count)
{
	/* Ledgers are folded one after another, so times come in any order: when full, the oldest goes. */
	if (b->used == BUDGET_ENTRIES) {
		uint32_t oldest = 0;

		for (uint32_t i = 1; i < b->used; i++)
			if (b->spent[i].at.ms < b->spent[oldest].at.ms)
				oldest = i;
		if (b->spent[oldest].at.ms >= at.ms)
			return;
		b->spent[oldest] = b->spent[--b->used];
	}
	b->spent[b->used].at = at;
	b->spent[b->used].project = project;
	b->spent[b->used].count = count;
	b->used++;
}
