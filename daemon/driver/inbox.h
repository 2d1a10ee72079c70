/* SPDX-License-Identifier: Apache-2.0 */
/* inbox: the events of one project that wait for their step, in the order in which they came. Room for an
 * answer is reserved before the question is asked, so an answer never gets lost for want of memory. */
#pragma once
#include "core/core.h"
#include "driver/texts.h"
#include <stdbool.h>
#include <stdint.h>

struct inbox_entry {
	struct event event;  /* `at` is set when it is taken out */
	void *items;         /* owned: what the event's pointer points to; NULL: nothing */
	struct texts *texts; /* owned, may be NULL */
};

struct inbox { /* a ring */
	struct inbox_entry *entries;
	uint32_t first, count, size;
};
#define INBOX_INIT ((struct inbox){.entries = NULL})

void inbox_fini(struct inbox *inbox);
void inbox_entry_fini(struct inbox_entry *entry);

/* Room for `more` entries. Fails: -ENOMEM. */
int inbox_reserve(struct inbox *inbox, uint32_t more);
/* The same, but cannot fail: `spare`, an empty inbox that was reserved to hold it all, gives its memory if
 * there is no other. */
void inbox_make_room(struct inbox *inbox, uint32_t more, struct inbox *spare);
/* Takes the entry; room was reserved. */
void inbox_put(struct inbox *inbox, const struct inbox_entry *entry);
/* The oldest entry, NULL if there is none; it stays until inbox_drop(). */
struct inbox_entry *inbox_peek(struct inbox *inbox);
void inbox_drop(struct inbox *inbox);
