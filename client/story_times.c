/* SPDX-License-Identifier: Apache-2.0 */
#include "story_times.h"
#include "base/array.h"
#include <stdlib.h>

static const struct {
	const char *name, *from, *to;
} rows[] = {
#define X(e, name, from, to) {name, from, to},
	STORY_TIME_TABLE(X)
#undef X
};

const char *story_time_name(enum story_time t)
{
	return rows[t].name;
}

const char *story_time_from(enum story_time t)
{
	return rows[t].from;
}

const char *story_time_to(enum story_time t)
{
	return rows[t].to;
}

void story_times_fini(struct story_times *t)
{
	for (size_t i = 0; i < STORY_TIME_COUNT; i++)
		free(t->of[i].items);
	*t = STORY_TIMES_INIT;
}

static int add(struct story_samples *s, struct walltime from, struct walltime to)
{
	if (!walltime_is_known(from) || !walltime_is_known(to))
		return 0;
	if (to.ms < from.ms) {
		s->left_out++;
		return 0;
	}
	int result = array_grow(&s->items, &s->size, s->count + 1, sizeof *s->items);
	if (result == 0)
		s->items[s->count++] = to.ms - from.ms;
	return result;
}

/* From the order or the verdict that gave access back; an incident that paused nothing had nothing to restore. */
static int add_restore(struct story_samples *s, const struct story *story)
{
	struct walltime from = walltime_is_known(story->restore) ? story->restore : story->access;

	return story->paused > 0 ? add(s, from, story->closed) : 0;
}

static int add_story(struct story_times *t, const struct story *s)
{
	struct walltime verdict = s->by_operator ? WALLTIME_UNKNOWN : s->verdict;
	int result = add(&t->of[STORY_TIME_DETECT], s->usable_look, verdict);

	if (result == 0)
		result = add(&t->of[STORY_TIME_PAUSE], verdict, s->pause);
	if (result == 0)
		result = add(&t->of[STORY_TIME_DARK], story_start(s), s->dark);
	return result == 0 ? add_restore(&t->of[STORY_TIME_RESTORE], s) : result;
}

int story_times_add(struct story_times *t, const struct story_book *b)
{
	int result = 0;

	t->older += b->left_out;
	for (uint32_t i = 0; result == 0 && i < b->count; i++) {
		const struct story *s = &b->stories[i];

		t->incidents++;
		t->open += s->phase != PHASE_NONE;
		if (!walltime_is_known(t->first) || s->opened.ms < t->first.ms)
			t->first = s->opened;
		if (!walltime_is_known(t->last) || s->opened.ms > t->last.ms)
			t->last = s->opened;
		result = add_story(t, s);
	}
	return result;
}

static int by_length(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static int64_t nearest_rank(const struct story_samples *s, uint64_t percent)
{
	if (s->count * (100 - percent) < 100)
		return -1;
	return s->items[(s->count * percent + 99) / 100 - 1];
}

struct story_percentiles story_times_percentiles(struct story_samples *s)
{
	if (s->count == 0)
		return (struct story_percentiles){-1, -1, -1, -1};
	qsort(s->items, s->count, sizeof *s->items, by_length);
	return (struct story_percentiles){
		nearest_rank(s, 50), nearest_rank(s, 90), nearest_rank(s, 99), s->items[s->count - 1]};
}
