/* SPDX-License-Identifier: Apache-2.0 */
#include "story_book.h"
#include "base/array.h"
#include "base/own.h"
#include <errno.h>
#include <string.h>

#define NO_STORY UINT32_MAX

/* What is remembered of a region between its incidents. */
struct region_slot {
	struct region region;
	struct key_arn arn;
	struct walltime usable; /* since then it is believed to be */
	struct walltime usable_before;
	uint32_t open; /* index of the story, or NO_STORY */
	bool has_verdict;
	struct digest policy;
	struct ledger_entry verdict; /* the last one, until an incident takes it */
};

struct known_cluster {
	struct cluster_id id;
	struct walltime seen;
};

struct reader {
	struct story_book *book;
	struct story_keep keep;
	uint32_t region_count, known_count, known_size;
	struct known_cluster *known; /* owned */
	struct region_slot regions[STORY_BOOK_REGIONS_MAX];
};

void story_book_fini(struct story_book *b)
{
	for (uint32_t i = 0; i < b->count; i++)
		story_fini(&b->stories[i]);
	free(b->stories);
	*b = (struct story_book){.stories = NULL};
}

static void free_reader(struct reader **rd)
{
	if (*rd)
		free((*rd)->known);
	free(*rd);
}

static int note_known(struct reader *rd, const struct record *r, struct walltime *ret_seen)
{
	for (uint32_t i = 0; i < rd->known_count; i++)
		if (cluster_id_equal(&rd->known[i].id, &r->cluster)) {
			*ret_seen = rd->known[i].seen;
			return 0;
		}
	if (rd->known_count == STORY_BOOK_CLUSTERS_MAX)
		return 0;
	int result = array_grow(&rd->known, &rd->known_size, rd->known_count + 1, sizeof *rd->known);
	if (result == 0)
		rd->known[rd->known_count++] = (struct known_cluster){r->cluster, r->at};
	return result;
}

/* ---- which story ---- */

/* NULL: more regions than are remembered. */
static struct region_slot *slot_of(struct reader *rd, const struct region *region)
{
	for (uint32_t i = 0; i < rd->region_count; i++)
		if (region_equal(&rd->regions[i].region, region))
			return &rd->regions[i];
	if (rd->region_count == STORY_BOOK_REGIONS_MAX)
		return NULL;
	struct region_slot *slot = &rd->regions[rd->region_count++];
	slot->region = *region;
	slot->open = NO_STORY;
	return slot;
}

/* The oldest makes room, unless it is the one that was asked for. */
static void drop_oldest(struct reader *rd)
{
	struct story_book *b = rd->book;
	uint32_t place = rd->keep.wanted.n != 0 && b->stories[0].incident.n == rd->keep.wanted.n;

	story_fini(&b->stories[place]);
	memmove(&b->stories[place], &b->stories[place + 1], (--b->count - place) * sizeof *b->stories);
	b->left_out++;
	for (uint32_t i = 0; i < rd->region_count; i++) {
		uint32_t *open = &rd->regions[i].open;
		if (*open == place)
			*open = NO_STORY;
		else if (*open != NO_STORY && *open > place)
			--*open;
	}
}

static int open_story(struct reader *rd, const struct ledger_entry *e)
{
	const struct record *r = &e->record;
	struct story_book *b = rd->book;
	struct region_slot *slot = slot_of(rd, &r->region);

	if (b->count == STORY_BOOK_INCIDENTS_MAX)
		drop_oldest(rd);
	int result = array_grow(&b->stories, &b->size, b->count + 1, sizeof *b->stories);
	if (result != 0)
		return result;
	struct story *s = &b->stories[b->count++];
	*s = (struct story){.incident = r->incident,
		.region = r->region,
		.reason = r->reason,
		.by_operator = r->causes & CAUSE_OPERATOR};
	if (!slot)
		return 0;
	slot->open = b->count - 1;
	s->arn = slot->arn;
	if (!(r->causes & CAUSE_AUTOMATIC) || !slot->has_verdict ||
		slot->verdict.record.outcome != OUTCOME_LOST)
		return 0;
	/* The verdict comes first, in a record of its own. */
	slot->has_verdict = false;
	s->usable = slot->usable_before;
	return story_add(s, &rd->keep, &slot->verdict, (struct story_before){.seen = r->at});
}

static uint32_t find_story(const struct story_book *b, struct incident_id incident)
{
	for (uint32_t i = b->count; i-- > 0;)
		if (b->stories[i].incident.n == incident.n)
			return i;
	return NO_STORY;
}

static int of_incident(struct reader *rd, const struct ledger_entry *e, struct walltime seen)
{
	const struct record *r = &e->record;
	struct region_slot *slot = slot_of(rd, &r->region);
	uint32_t place = r->incident.n == 0 ? NO_STORY : find_story(rd->book, r->incident);
	int result = 0;

	if (place == NO_STORY && r->incident.n != 0 && r->type == RECORD_INCIDENT && r->phase != PHASE_NONE) {
		result = open_story(rd, e);
		place = rd->book->count - 1;
	}
	if (result != 0 || place == NO_STORY)
		return result;
	struct story_before before = {.seen = seen};
	if (slot)
		before.policy = slot->policy;
	struct story *s = &rd->book->stories[place];
	result = story_add(s, &rd->keep, e, before);
	if (slot && s->phase == PHASE_NONE && slot->open == place)
		slot->open = NO_STORY;
	return result;
}

static void keep_verdict(struct region_slot *slot, const struct ledger_entry *e)
{
	const char **kept[] = {&slot->verdict.texts.who, &slot->verdict.texts.note,
		&slot->verdict.texts.message, &slot->verdict.texts.request, &slot->verdict.texts.usable};

	slot->verdict = *e;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) /* they point into the entry's memory */
		if (*kept[i])
			*kept[i] = slot->verdict.memory + (*kept[i] - e->memory);
	slot->has_verdict = true;
	slot->usable_before = slot->usable;
	if (e->record.outcome != OUTCOME_USABLE && e->record.outcome != OUTCOME_DEGRADED)
		slot->usable = WALLTIME_UNKNOWN;
	else if (!walltime_is_known(slot->usable))
		slot->usable = e->record.at;
}

/* Records of a region that name no incident: of the one that is open there. */
static int of_region(struct reader *rd, const struct ledger_entry *e)
{
	const struct record *r = &e->record;
	struct region_slot *slot = slot_of(rd, &r->region);
	int result = 0;

	if (!slot)
		return 0;
	if (slot->open != NO_STORY)
		result = story_add(&rd->book->stories[slot->open], &rd->keep, e,
			(struct story_before){r->at, slot->policy});
	if (r->type == RECORD_SETTING)
		slot->arn = r->arn;
	if (r->type == RECORD_VERDICT) {
		keep_verdict(slot, e);
		slot->has_verdict = slot->open == NO_STORY;
		slot->policy = r->policy;
	}
	return result;
}

/* Records of the whole project: of every incident that is open. */
static int of_project(struct reader *rd, const struct ledger_entry *e)
{
	int result = 0;

	for (uint32_t i = 0; result == 0 && i < rd->region_count; i++)
		if (rd->regions[i].open != NO_STORY)
			result = story_add(&rd->book->stories[rd->regions[i].open], &rd->keep, e,
				(struct story_before){e->record.at, rd->regions[i].policy});
	return result;
}

static int on_record(const struct ledger_entry *e, void *arg)
{
	struct reader *rd = arg;
	const struct record *r = &e->record;
	uint32_t fields = record_type_fields(r->type);
	struct walltime seen = r->at;
	int result = fields & RECORD_F_CLUSTER ? note_known(rd, r, &seen) : 0;

	rd->book->ended = r->at;
	if (r->type == RECORD_GENESIS) {
		rd->book->began = r->at;
		rd->book->ledger = r->ledger;
		rd->book->project = r->project;
		memcpy(rd->book->machine, r->machine, sizeof r->machine);
		return 0;
	}
	if (result != 0 || r->type == RECORD_LIVE_DRILL) /* of no incident, even while one is open */
		return result;
	return fields & RECORD_F_INCIDENT ? of_incident(rd, e, seen)
	       : fields & RECORD_F_REGION ? of_region(rd, e)
					  : of_project(rd, e);
}

int story_book_read(
	struct story_book *b, struct arena *a, const char *bytes, size_t len, struct incident_id wanted)
{
	_cleanup_(free_reader) struct reader *rd = calloc(1, sizeof *rd);

	if (!rd)
		return -ENOMEM;
	rd->book = b;
	rd->keep.arena = a;
	rd->keep.wanted = wanted;
	int result = ledger_verify(bytes, len, on_record, rd, &b->report, &b->damage);
	if (result <= 0)
		b->damage.text[0] = '\0';
	for (uint32_t i = 0; i < b->count; i++)
		story_end(&b->stories[i]);
	return result < 0 ? result : a->failed ? -ENOMEM : 0;
}

const struct story *story_book_find(const struct story_book *b, struct incident_id incident)
{
	uint32_t place = incident.n != 0 ? find_story(b, incident) : b->count > 0 ? b->count - 1 : NO_STORY;

	return place == NO_STORY ? NULL : &b->stories[place];
}
