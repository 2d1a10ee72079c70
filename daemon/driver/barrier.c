/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/barrier.h"
#include "base/array.h"
#include <stdlib.h>
#include <string.h>

void barrier_fini(struct barrier *b)
{
	for (uint32_t i = 0; i < b->record_count; i++)
		b->records[i].texts = texts_free(b->records[i].texts);
	free(b->records);
	free(b->deeds);
	*b = BARRIER_INIT;
}

static bool hold(struct barrier *b, const struct deed *deed)
{
	if (b->deed_count >= BARRIER_DEEDS_MAX ||
		array_grow(&b->deeds, &b->deed_size, b->deed_count + 1, sizeof *b->deeds) != 0)
		return false;
	b->deeds[b->deed_count++] = *deed;
	return true;
}

static bool is_durable(const struct barrier *b, struct seq seq)
{
	return seq.n <= b->durable.n;
}

bool barrier_pass(struct barrier *b, const struct deed *deed, bool *ret_perform)
{
	if (is_durable(b, deed->after) || b->failed) {
		*ret_perform = is_durable(b, deed->after);
		return true;
	}
	if (hold(b, deed))
		return false;
	*ret_perform = false;
	return true;
}

void barrier_durable(struct barrier *b, struct seq seq)
{
	if (seq.n > b->durable.n)
		b->durable = seq;
}

bool barrier_fail(struct barrier *b)
{
	bool news = !b->failed;

	b->failed = true;
	return news;
}

bool barrier_mend(struct barrier *b)
{
	if (!b->failed || b->overflowed || b->record_count > 0)
		return false;
	b->failed = false;
	return true;
}

bool barrier_next(struct barrier *b, struct deed *ret_deed, bool *ret_perform)
{
	for (uint32_t i = 0; i < b->deed_count; i++) {
		bool durable = is_durable(b, b->deeds[i].after);

		if (!durable && !b->failed)
			continue;
		*ret_deed = b->deeds[i];
		*ret_perform = durable;
		b->deed_count--;
		memmove(&b->deeds[i], &b->deeds[i + 1], (b->deed_count - i) * sizeof *b->deeds);
		return true;
	}
	return false;
}

void barrier_keep(struct barrier *b, const struct record *record, struct texts *texts)
{
	if (b->overflowed || b->record_count >= BARRIER_RECORDS_MAX ||
		array_grow(&b->records, &b->record_size, b->record_count + 1, sizeof *b->records) != 0) {
		b->overflowed = true;
		texts_free(texts);
		return;
	}
	b->records[b->record_count].record = *record;
	b->records[b->record_count].texts = texts;
	b->record_count++;
}

const struct barrier_record *barrier_first(const struct barrier *b)
{
	return b->record_count > 0 ? &b->records[0] : NULL;
}

void barrier_drop_first(struct barrier *b)
{
	texts_free(b->records[0].texts);
	b->record_count--;
	memmove(&b->records[0], &b->records[1], b->record_count * sizeof *b->records);
}
