/* SPDX-License-Identifier: Apache-2.0 */
/* queue: what will happen, a heap ordered by (time, order). */
#include "sim.h"
#include <stdlib.h>

static bool before(const struct sim_place *a, const struct sim_place *b)
{
	return a->at.ms < b->at.ms || (a->at.ms == b->at.ms && a->order < b->order);
}

static void *grown(void *items, uint32_t size, size_t item_bytes)
{
	void *p = realloc(items, size * item_bytes);

	if (!p)
		abort();
	return p;
}

/* Items stay where they are; only their small places move in the heap. */
static uint32_t free_slot(struct sim *s)
{
	if (s->free_count > 0)
		return s->free_slots[--s->free_count];
	if (s->item_count == s->item_size) {
		s->item_size = s->item_size ? 2 * s->item_size : 128;
		s->items = grown(s->items, s->item_size, sizeof *s->items);
		s->free_slots = grown(s->free_slots, s->item_size, sizeof *s->free_slots);
		s->queue = grown(s->queue, s->item_size, sizeof *s->queue);
	}
	return s->item_count++;
}

struct sim_item *queue_push(struct sim *s, enum sim_what what, uint32_t project, int64_t delay_ms)
{
	uint32_t slot = free_slot(s), i = s->queue_count++;
	struct sim_place fresh = {boottime_after(s->now.boot, delay_ms), s->order++, slot};
	struct sim_item *item = &s->items[slot];

	while (i > 0 && before(&fresh, &s->queue[(i - 1) / 2])) {
		s->queue[i] = s->queue[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	s->queue[i] = fresh;
	*item = (struct sim_item){
		.at = fresh.at, .what = what, .project = project, .generation = s->generation};
	return item;
}

bool queue_pop(struct sim *s, struct boottime until, struct sim_item *ret_item)
{
	struct sim_place last;
	uint32_t i = 0;

	if (s->queue_count == 0 || s->queue[0].at.ms > until.ms)
		return false;
	*ret_item = s->items[s->queue[0].slot];
	s->free_slots[s->free_count++] = s->queue[0].slot;
	last = s->queue[--s->queue_count];
	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= s->queue_count)
			break;
		if (child + 1 < s->queue_count && before(&s->queue[child + 1], &s->queue[child]))
			child++;
		if (!before(&s->queue[child], &last))
			break;
		s->queue[i] = s->queue[child];
		i = child;
	}
	s->queue[i] = last;
	return true;
}
