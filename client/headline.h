/* SPDX-License-Identifier: Apache-2.0 */
/* headline: one sentence that says how a project stands, for somebody who sees cmekctl for the first time. */
#pragma once
#include "arena.h"
#include "view.h"
#include <stddef.h>

/* Clusters by state. `total` leaves out what is gone. */
struct tally {
	size_t total, running, paused, moving, other;
};
void tally_add(struct tally *t, const struct view_clusters *clusters);
/* "4 clusters running", "1 cluster running, 2 paused, 1 on the way", "no clusters"; `bare`: "4 running", "none". */
const char *tally_text(struct arena *a, const struct tally *t, bool bare);

/* The sentence with marks (page.h), the project's name in front. "DARK" is in it only if cmekd says so of every
 * binding. */
const char *headline_text(struct arena *a, const struct view_project *p);

/* Nothing is open and nothing is to be done. */
bool headline_is_good(const struct view_project *p);

/* How urgent the headline is, the worst first: 0 is a word that this version does not know. */
unsigned headline_rank(const struct view_project *p);
/* Whether cmekd has such a headline; all of them, "lost, waiting, ...". */
bool headline_is_word(const char *word);
const char *headline_words(struct arena *a);

/* The reason in few words, or `text` if this version does not know `reason`. */
const char *headline_reason(const char *reason, const char *text);

/* What is owed to a cluster in few words, or `text` if this version does not know `duty`. */
const char *headline_duty(const char *duty, const char *text);

bool incident_has_cause(const struct view_incident *i, const char *cause);
/* An operator asked for it so: a name of `how` in the interface. */
bool incident_was_asked(const struct view_incident *i, const char *how);
/* How access is being given back, by cmekd or by hand; NULL: it is, as far as that is the incident's to do. */
const char *incident_undoing(const struct view_incident *i);
/* "key cut by an operator", "key disabled", ... */
const char *incident_cause(struct arena *a, const struct view_binding *b);
