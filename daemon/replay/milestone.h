/* SPDX-License-Identifier: Apache-2.0 */
/* milestone: what a person would tell of an incident, drawn from its records. One way for the records that were
 * written then and for those that a replay would have written, so that the two can be compared. */
#pragma once
#include "model/record.h"
#include <stdbool.h>
#include <stdint.h>

/* X(ENUM, "name", "text"). CLUSTER in the text stands for nothing: rows of a cluster are shown with its name. */
#define MILESTONE_TABLE(X)                                                                                   \
	X(LOST, "lost", "loss confirmed")                                                                    \
	X(REVOKED, "revoked", "revoked by an operator")                                                      \
	X(GRACE, "grace", "grace period began")                                                              \
	X(WAITING, "waiting", "waits for a person")                                                          \
	X(BUDGET, "budget", "waits for the budget of pauses")                                                \
	X(APPROVED, "approved", "approved")                                                                  \
	X(DECLINED, "declined", "declined")                                                                  \
	X(CUT, "cut", "key policy cut")                                                                      \
	X(PAUSING, "pausing", "pausing began")                                                               \
	X(REFUSED, "refused", "pause refused")                                                               \
	X(PAUSED, "paused", "paused")                                                                        \
	X(DARK, "dark", "dark")                                                                              \
	X(NOT_DARK, "not_dark", "dark no more")                                                              \
	X(TOUCHED, "touched", "people acted on it")                                                          \
	X(RESTORED, "restored", "restore asked for")                                                         \
	X(UNCUT, "uncut", "key policy restored")                                                             \
	X(ACCESS, "access", "access confirmed")                                                              \
	X(PROVING, "proving", "access must hold for RestoreDelay")                                           \
	X(RESUMING, "resuming", "resuming began")                                                            \
	X(RESUMED, "resumed", "resumed")                                                                     \
	X(CANCELLED, "cancelled", "ended, nothing was paused")                                               \
	X(CLOSED, "closed", "closed")

enum milestone_type {
#define X(e, name, text) MILESTONE_##e,
	MILESTONE_TABLE(X)
#undef X
		MILESTONE_TYPE_COUNT
};
const char *milestone_name(enum milestone_type t);
const char *milestone_text(enum milestone_type t);

#define MILESTONE_NO_CLUSTER UINT32_MAX
#define MILESTONES_MAX       8192u /* of one incident; later ones are left out and `cut` says so */

struct milestone {
	enum milestone_type type;
	uint32_t cluster; /* the caller's index, or MILESTONE_NO_CLUSTER */
	struct walltime at;
};

struct milestones {
	struct milestone *items; /* owned */
	uint32_t count, size;
	bool cut; /* there were more than MILESTONES_MAX */
	/* what the records before said */
	enum outcome outcome;
	enum phase phase;
	uint8_t causes;
	enum cut policy;
	bool paused; /* a pause was read back in this incident */
};

void milestones_fini(struct milestones *m);

/* One record of the incident's region, in order. `cluster` is the caller's index of its cluster and `before` what was
 * owed to that one before; ignored for records of no cluster. Fails: -ENOMEM. */
int milestones_add(struct milestones *m, const struct record *r, uint32_t cluster, enum duty before);

/* The first of that kind; NULL: none. */
const struct milestone *milestones_first(const struct milestones *m, enum milestone_type type);
