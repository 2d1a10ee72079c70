/* SPDX-License-Identifier: Apache-2.0 */
/* pause_owner: whose pause it is that a cluster is in: ours or people's. Told by its scheduled resume, which no two pauses share,
 * and by whether one of ours that got no answer may still come. */
#pragma once
#include "core/core.h"

#define PAUSE_LATE        30 /* IncidentIntervals: an act whose reply was lost may arrive so late */
#define PAUSE_FORESEEN_MS (3600 * 1000) /* a resume this near the foreseen one is TiDB Cloud's own */
#define PAUSE_LONGEST_MS                                                                                     \
	(7 * 24 * 3600 * 1000LL)   /* TiDB Cloud Docs, "Pause or Resume a TiDB Cloud Dedicated Cluster" */
#define PAUSE_FINGERPRINT_MS 60000 /* scheduled resume times that differ by less are the same pause */

/* A pause of ours got no answer: from now on, and for so long, a PAUSED may be that one. */
void pause_doubt(const struct core *core, struct cluster *c);
/* In this duty a pause of ours was taken, or may have been. */
bool pause_took(enum duty duty);
/* Whether that doubt may last in this duty: in every other the pause came, or a person's hand came after it. */
bool pause_doubt_lasts(enum duty duty);
/* One that got no answer may still come: late, but not for ever. */
bool pause_may_come(const struct core *core, const struct cluster *c);
/* What is read may be that one. */
bool pause_may_have_come(const struct core *core, const struct cluster *c);

/* Somebody paused it, or is about to. */
bool pause_is_of_people(const struct core *core, const struct cluster *c);
/* The same, where one of ours got no answer and was not read in time: nobody can tell any more. */
bool pause_is_anybodys(const struct core *core, const struct cluster *c);
/* The scheduled resumes of two pauses; where one is not known, nobody can tell. */
bool pause_differs(struct walltime read, struct walltime ours);
/* It was read as PAUSED under another schedule than ours. */
bool pause_is_another(const struct cluster *c);
/* The same, and TiDB Cloud did not end ours: people had it up, and paused it themselves. */
bool pause_is_theirs(const struct core *core, const struct cluster *c);
/* When TiDB Cloud will resume it by itself: as told, else counted from when it was first read as PAUSED (`paused_at`), which
 * no API need tell. WALLTIME_UNKNOWN: neither is known. */
struct walltime pause_foreseen(struct walltime told, struct walltime paused_at);
/* By this record of a cluster that was owed `was` the count begins. The fold of what the machine does. */
bool pause_is_counted_from(enum duty was, const struct record *record);
/* At this time the day on which TiDB Cloud ends it is not there yet, or nobody knows it. */
bool pause_left_early(const struct cluster *c, struct walltime at);
/* It is the foreseen day, or a later one, and PAUSED was not read since. */
bool pause_ends_by_itself(const struct core *core, const struct cluster *c);
/* Read as PAUSED now, that day is over: what resumes it later is not that. */
bool pause_outlives(const struct core *core, const struct cluster *c);
