/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/inbox.h"
#include "base/err.h"
#include <errno.h>
#include <stdlib.h>

void inbox_entry_fini(struct inbox_entry *entry)
{
	free(entry->items);
	entry->items = NULL;
	entry->texts = texts_free(entry->texts);
}

void inbox_fini(struct inbox *inbox)
{
	while (inbox_peek(inbox))
		inbox_drop(inbox);
	free(inbox->entries);
	*inbox = INBOX_INIT;
}

static void move(struct inbox *inbox, struct inbox_entry *entries, uint32_t size)
{
	for (uint32_t i = 0; i < inbox->count; i++)
		entries[i] = inbox->entries[(inbox->first + i) % inbox->size];
	free(inbox->entries);
	inbox->entries = entries;
	inbox->first = 0;
	inbox->size = size;
}

int inbox_reserve(struct inbox *inbox, uint32_t more)
{
	uint32_t wanted = inbox->count + more;
	struct inbox_entry *entries;

	if (wanted <= inbox->size)
		return 0;
	entries = malloc(wanted * sizeof *entries);
	if (!entries)
		return err_origin(-ENOMEM);
	move(inbox, entries, wanted);
	return 0;
}

void inbox_make_room(struct inbox *inbox, uint32_t more, struct inbox *spare)
{
	if (inbox_reserve(inbox, more) == 0)
		return;
	move(inbox, spare->entries, spare->size);
	*spare = INBOX_INIT;
}

void inbox_put(struct inbox *inbox, const struct inbox_entry *entry)
{
	if (inbox->count >= inbox->size)
		__builtin_trap(); /* not reserved: our own bug, and going on would lose an answer */
	inbox->entries[(inbox->first + inbox->count) % inbox->size] = *entry;
	inbox->count++;
}

struct inbox_entry *inbox_peek(struct inbox *inbox)
{
	return inbox->count > 0 ? &inbox->entries[inbox->first] : NULL;
}

void inbox_drop(struct inbox *inbox)
{
	inbox_entry_fini(&inbox->entries[inbox->first]);
	inbox->first = (inbox->first + 1) % inbox->size;
	inbox->count--;
}
