/* SPDX-License-Identifier: Apache-2.0 */
/* cluster_machine: what is owed to one cluster, as a table of (duty, event, guard, next, action).
 *
 * "Ignore" is written, not implied: tests/unit/test-core walks every cell. What a restart makes of a
 * duty is the RESTART column of DUTY_TABLE in model/incident.h.
 */
#pragma once
#include "core/emit.h"

/* X(ENUM, "name") */
#define CLUSTER_EVENT_TABLE(X)                                                                               \
	X(WANT_PAUSE, "want_pause")   /* the incident pauses, or holds, this region */                       \
	X(WANT_STOP, "want_stop")     /* what is not sent yet must not be sent */                            \
	X(WANT_RESUME, "want_resume") /* access is proven: give back what this incident took */              \
	X(APPROVE, "approve")         /* a person approved the plan, with what waited for that */            \
	X(INCLUDE, "include")         /* a person says that it is to be given back as well */                \
	X(SEEN_RUNNING, "seen_running")                                                                      \
	X(SEEN_BUSY, "seen_busy")                                                                            \
	X(SEEN_PAUSING, "seen_pausing")                                                                      \
	X(SEEN_PAUSED, "seen_paused")                                                                        \
	X(SEEN_RESUMING, "seen_resuming")                                                                    \
	X(SEEN_UNUSABLE, "seen_unusable")                                                                    \
	X(SEEN_GONE, "seen_gone")                                                                            \
	X(SEEN_UNKNOWN, "seen_unknown")                                                                      \
	X(DUE, "due")               /* an act may be sent now */                                             \
	X(OVERDUE, "overdue")       /* left PAUSED an hour ago and is neither running nor paused */          \
	X(ACCEPTED, "act_accepted") /* the four ends of the act in flight */                                 \
	X(REFUSED, "act_refused")                                                                            \
	X(UNCLEAR, "act_unclear")                                                                            \
	X(NOT_SENT, "act_not_sent")

enum cluster_event {
#define X(e, name) CE_##e,
	CLUSTER_EVENT_TABLE(X)
#undef X
		CE_COUNT
};
const char *cluster_event_name(enum cluster_event e);

/* One step of one cluster, whose `state` and times are already those of the reading. */
void cluster_machine_step(struct step *s, struct cluster *c, enum cluster_event event);
/* The act in flight has ended; what was read meanwhile counts now. */
void cluster_machine_answer(struct step *s, struct cluster *c, enum act_result result);

enum cluster_event cluster_machine_seen(enum cluster_state state);

/* How many alternatives a cell has; 0: not written (a bug). For the table's test. */
int cluster_machine_cell(enum duty duty, enum cluster_event event);

#define CLUSTER_STRANDED_MS (3600 * 1000) /* left PAUSED, and neither running nor paused for so long */
