/* SPDX-License-Identifier: Apache-2.0 */
/* live_drill: one cluster of the project is paused and resumed because an operator asked for it, to prove the right to: one at
 * a time, outside of incidents. What was paused is given back, also after a restart, and after an incident that came
 * between: while one is open in its region the cluster stays as it is, and to the incident it is one that people paused. A table of
 * (step, event, guard, next, action), as the other machines.
 */
#pragma once
#include "core/emit.h"

#define LIVE_DRILL_HOUR_MS (3600 * 1000) /* paused by a drill, and not running again for so long: told */
#define LIVE_DRILL_LOOK    3             /* IncidentIntervals in which the first reading must come */

/* X(ENUM, "name") */
#define LIVE_EVENT_TABLE(X)                                                                                  \
	X(SEEN_RUNNING, "seen_running")                                                                      \
	X(SEEN_PAUSING, "seen_pausing")                                                                      \
	X(SEEN_PAUSED, "seen_paused")                                                                        \
	X(SEEN_RESUMING, "seen_resuming")                                                                    \
	X(SEEN_OTHER, "seen_other") /* busy, unusable, unknown */                                            \
	X(SEEN_GONE, "seen_gone")                                                                            \
	X(DUE, "due")   /* an act may be sent now */                                                         \
	X(LATE, "late") /* what was waited for did not come */                                               \
	X(ACCEPTED, "act_accepted")                                                                          \
	X(REFUSED, "act_refused")                                                                            \
	X(UNCLEAR, "act_unclear")                                                                            \
	X(NOT_SENT, "act_not_sent")

enum live_event {
#define X(e, name) LIVE_EV_##e,
	LIVE_EVENT_TABLE(X)
#undef X
		LIVE_EVENT_COUNT
};
const char *live_event_name(enum live_event e);

/* COMMAND_LIVE_DRILL: ANSWER_DONE if it was taken; it is answered when it has ended. */
enum answer live_drill_order(struct step *s, const struct event *event);

/* A reading of this cluster was taken. */
void live_drill_seen(struct step *s, const struct cluster *c);
/* True if the act was its own. */
bool live_drill_ended(struct step *s, struct op_id op, enum act_result result);
void live_drill_drive(struct step *s);
void live_drill_start(struct core *core);
void live_drill_restore(struct core *core, const struct record *record);
struct boottime live_drill_deadline(const struct core *core);

/* An act of a drill on it is under way: no other may be. */
bool live_drill_acts_on(const struct core *core, const struct cluster *c);
bool live_drill_is_op(const struct core *core, struct op_id op);
bool live_drill_may_send(const struct core *core, struct boottime now);

/* How many alternatives a cell has; 0: not written (a bug). For the table's test. */
int live_drill_cell(enum live_step step, enum live_event event);
