/* SPDX-License-Identifier: Apache-2.0 */
/* story: what a ledger tells of its incidents, drawn from its records and their texts. Pure: records in, values out.
 *
 * A ledger holds changes of belief and acts, not looks: when the key was last seen usable before a loss, for example, is not
 * in it, and is said to be not told. Times are those of the records, by the wall clock of cmekd's host.
 */
#pragma once
#include "arena.h"
#include "base/err.h"
#include "ledger/ledger.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORY_CLUSTERS_MAX   4096u              /* of one incident */
#define STORY_EVENTS_MAX     8192u              /* of one incident; later ones are left out */
#define STORY_TURNS_MAX      16384u             /* changes of the clusters of one incident */
#define STORY_TEXT_MAX_BYTES (16 * 1024 * 1024) /* texts of one incident; later ones are left out */

#define STORY_NO_CLUSTER UINT32_MAX

/* What a cluster is doing, as far as the ledger tells. X(ENUM, "name", "meaning") */
#define STORY_BAR_TABLE(X)                                                                                   \
	X(RUNNING, "running", "running")                                                                     \
	X(PAUSING, "pausing", "pause sent")                                                                  \
	X(PAUSED, "paused", "read as PAUSED")                                                                \
	X(RESUMING, "resuming", "resume sent")                                                               \
	X(OTHER, "other", "neither running nor paused, or not read")                                         \
	X(GONE, "gone", "deleted")

enum story_bar {
#define X(e, name, meaning) STORY_BAR_##e,
	STORY_BAR_TABLE(X)
#undef X
		STORY_BAR_COUNT
};
const char *story_bar_name(enum story_bar b);
const char *story_bar_meaning(enum story_bar b);

struct story_turn { /* a cluster began to do something else */
	uint32_t cluster;
	enum story_bar bar;
	struct walltime at;
};

struct story_cluster {
	struct cluster_id id;
	char name[CLUSTER_NAME_BYTES];
	struct walltime seen;                               /* first in this ledger */
	enum story_bar bar;                                 /* now */
	enum duty duty;                                     /* now */
	struct walltime sent, paused, resume_sent, resumed; /* the first of each; WALLTIME_UNKNOWN: not */
	struct op_id pause;                                 /* the act of `sent` */
	uint32_t refused;                                   /* acts that the service did not take */
	bool ours;                                          /* a pause of this incident was read back */
};

/* One record of the incident, with what was so before it. */
struct story_event {
	struct record record;
	struct record_texts texts; /* in the arena; NULL if not given */
	struct digest hash;
	uint32_t cluster; /* or STORY_NO_CLUSTER */
	struct {
		enum phase phase;
		uint8_t causes;
		enum cut cut;
		uint8_t stands;
		enum duty duty;
		struct digest policy; /* the last that a verdict of the region told */
	} before;
	bool is_first; /* the incident's opening */
};

struct story {
	struct incident_id incident;
	struct region region;
	struct key_arn arn;     /* "" if no record before it tells */
	enum reason reason;     /* of the verdict that opened it, or that was believed then */
	bool by_operator;       /* an operator's command opened it */
	const char *who, *note; /* of the first operator's order; NULL if none or not told */
	enum phase phase;       /* now; PHASE_NONE: closed */
	uint8_t causes;         /* now */
	enum cut cut;           /* now */
	enum cut_means means;   /* of it */
	uint8_t stands;         /* CUT_MEANS_BITs of what the incident made, or may have, and did not undo */
	bool is_dark;
	/* WALLTIME_UNKNOWN: it did not happen, or is not told */
	struct walltime usable;      /* since when the key was believed usable before the loss */
	struct walltime usable_look; /* the last look that saw it so */
	struct walltime restore;     /* an operator ended their cause */
	struct walltime verdict;     /* lost */
	struct walltime opened, pause, dark, dark_since, undark, access, closed;
	int64_t dark_ms; /* how long it was dark, without a dark that lasts */
	uint64_t first_seq, last_seq, records;
	struct digest first_hash, last_hash;
	uint32_t paused;                /* clusters that were paused and read back */
	struct story_cluster *clusters; /* owned */
	uint32_t cluster_count, cluster_size;
	/* only of the incident that was asked for */
	struct story_event *events; /* owned */
	uint32_t event_count, event_size;
	struct story_turn *turns; /* owned */
	uint32_t turn_count, turn_size;
	uint64_t events_left_out, texts_left_out;
};

void story_fini(struct story *s);

/* What is kept of the stories, and where. */
struct story_keep {
	struct arena *arena;       /* for texts */
	struct incident_id wanted; /* events and turns are kept of this one; 0: of none */
	size_t text_bytes;         /* kept so far */
};
struct story_before {
	struct walltime seen; /* when the record's cluster was first seen in this ledger */
	struct digest policy; /* the last that a verdict of the region told */
};
/* One more record of the incident, in order. Fails: -ENOMEM. */
int story_add(
	struct story *s, struct story_keep *k, const struct ledger_entry *e, struct story_before before);
/* After the last record. */
void story_end(struct story *s);

/* When the loss was proven or the order given: where its times are counted from. */
struct walltime story_start(const struct story *s);
/* From there to the first dark; -1: it was not. */
int64_t story_to_dark_ms(const struct story *s);
/* How long it was dark; `now`: the end of a dark that lasts. -1: it never was. */
int64_t story_dark_ms(const struct story *s, struct walltime now);

/* X(ENUM, "name", "from", "to"): the spans of an incident. START is the loss or the order. */
#define STORY_SPAN_TABLE(X)                                                                                  \
	X(USABLE, "usable_to_verdict", "last usable look", "verdict")                                        \
	X(PAUSE, "start_to_pause", "start", "first pause sent")                                              \
	X(DARK, "pause_to_dark", "first pause sent", "dark")                                                 \
	X(RESTORED, "dark_to_restored", "dark", "restored")                                                  \
	X(TOTAL, "total", "start", "closed")

enum story_span_type {
#define X(e, name, from, to) STORY_SPAN_##e,
	STORY_SPAN_TABLE(X)
#undef X
		STORY_SPAN_COUNT
};
struct story_span {
	const char *name, *from, *to;
	int64_t ms;       /* may be negative: clocks are set, and an order needs no verdict; see `is_told` */
	bool is_told;     /* false: `note` says why not */
	const char *note; /* "" if there is nothing to say */
};
void story_spans(const struct story *s, struct story_span ret_spans[STORY_SPAN_COUNT]);
