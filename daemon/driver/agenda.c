/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/agenda.h"
#include "base/err.h"
#include <errno.h>
#include <stdlib.h>

void agenda_fini(struct agenda *a)
{
	free(a->heap);
	*a = AGENDA_INIT;
}

static void place(struct agenda *a, uint32_t i, struct agenda_entry *entry)
{
	a->heap[i] = entry;
	entry->place = i;
}

static void sift_up(struct agenda *a, uint32_t i)
{
	struct agenda_entry *entry = a->heap[i];

	while (i > 0 && a->heap[(i - 1) / 2]->at.ms > entry->at.ms) {
		place(a, i, a->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(a, i, entry);
}

static void sift_down(struct agenda *a, uint32_t i)
{
	struct agenda_entry *entry = a->heap[i];

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= a->count)
			break;
		if (child + 1 < a->count && a->heap[child + 1]->at.ms < a->heap[child]->at.ms)
			child++;
		if (a->heap[child]->at.ms >= entry->at.ms)
			break;
		place(a, i, a->heap[child]);
		i = child;
	}
	place(a, i, entry);
}

int agenda_set(struct agenda *a, struct agenda_entry *entry, struct boottime at)
{
	if (at.ms == BOOTTIME_NEVER.ms) {
		agenda_remove(a, entry);
		return 0;
	}
	if (entry->place == AGENDA_NOWHERE) {
		if (a->count == a->size) {
			uint32_t size = a->size ? 2 * a->size : 16;
			struct agenda_entry **heap = realloc(a->heap, size * sizeof(struct agenda_entry *));

			if (!heap)
				return err_origin(-ENOMEM);
			a->heap = heap;
			a->size = size;
		}
		place(a, a->count++, entry);
	}
	entry->at = at;
	sift_up(a, entry->place);
	sift_down(a, entry->place);
	return 0;
}

void agenda_remove(struct agenda *a, struct agenda_entry *entry)
{
	uint32_t i = entry->place;

	if (i == AGENDA_NOWHERE)
		return;
	entry->place = AGENDA_NOWHERE;
	a->count--;
	if (i == a->count)
		return;
	struct agenda_entry *last = a->heap[a->count];

	place(a, i, last);
	sift_up(a, i);
	sift_down(a, last->place);
}

struct agenda_entry *agenda_first(const struct agenda *a)
{
	return a->count > 0 ? a->heap[0] : NULL;
}
