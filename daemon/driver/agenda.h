/* SPDX-License-Identifier: Apache-2.0 */
/* agenda: who wants to be woken when: a heap of deadlines, so that ten thousand projects need one timer.
 * Pure. */
#pragma once
#include "model/moment.h"
#include <stdint.h>

#define AGENDA_NOWHERE UINT32_MAX

struct agenda_entry { /* embedded in its owner */
	struct boottime at;
	uint32_t place; /* in the heap; AGENDA_NOWHERE: not in */
	void *owner;
};
#define AGENDA_ENTRY_INIT(o) ((struct agenda_entry){.place = AGENDA_NOWHERE, .owner = (o)})

struct agenda {
	struct agenda_entry **heap;
	uint32_t count, size;
};
#define AGENDA_INIT ((struct agenda){.heap = NULL})

void agenda_fini(struct agenda *a);
/* Puts in or moves; BOOTTIME_NEVER takes out. An entry that is in never fails. Fails: -ENOMEM. */
int agenda_set(struct agenda *a, struct agenda_entry *entry, struct boottime at);
void agenda_remove(struct agenda *a, struct agenda_entry *entry);
/* The earliest; NULL if nobody waits. */
struct agenda_entry *agenda_first(const struct agenda *a);
