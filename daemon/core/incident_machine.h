/* SPDX-License-Identifier: Apache-2.0 */
/* incident_machine: the phases of an incident, and of its cut, as tables of (state, event, guard, next,
 * action). "Ignore" is written, not implied. */
#pragma once
#include "core/emit.h"

/* X(ENUM, "name") */
#define INCIDENT_EVENT_TABLE(X)                                                                              \
	X(LOSS_AUTO, "loss_auto")   /* a proven loss that may be reacted to without a person */              \
	X(LOSS_WAIT, "loss_wait")   /* a proven loss, or self denied, that waits for a person */             \
	X(ACCESS, "access")         /* the newest look saw access */                                         \
	X(BACK, "back")             /* the verdict says that access is back */                               \
	X(PROVEN, "proven")         /* access held for RestoreDelay */                                       \
	X(GRACE_OVER, "grace_over") /* and the newest look still says lost, and the clusters are known */    \
	X(BUDGET_YES, "budget_yes")                                                                          \
	X(BUDGET_NO, "budget_no")                                                                            \
	X(APPROVE, "approve")                                                                                \
	X(DECLINE, "decline")                                                                                \
	X(REVOKE, "revoke")                                                                                  \
	X(RESTORE, "restore")                                                                                \
	X(SETTLED, "settled")     /* nothing is left to pause */                                             \
	X(UNSETTLED, "unsettled") /* something is to be paused (again) */                                    \
	X(RESUMED, "resumed")     /* nothing is left to resume */                                            \
	X(CLOCK_STEP, "clock_step")                                                                          \
	X(SUSPEND, "suspend") /* a person switched automatic acts off */                                     \
	X(CHANGED, "changed") /* the settings under which anything was proven changed */

enum incident_event {
#define X(e, name) IE_##e,
	INCIDENT_EVENT_TABLE(X)
#undef X
		IE_COUNT
};
const char *incident_event_name(enum incident_event e);

/* One step; true if the phase changed or an action ran. */
bool incident_machine_step(struct step *s, struct binding *b, enum incident_event event);
int incident_machine_cell(enum phase phase, enum incident_event event);

/* X(ENUM, "name") */
#define CUT_EVENT_TABLE(X)                                                                                   \
	X(START, "start")             /* an operator revokes */                                              \
	X(LATER, "later")             /* the same, once the clusters are paused */                           \
	X(PAUSED, "paused")           /* they are */                                                         \
	X(UNDO, "undo")               /* the operator's cause has ended */                                   \
	X(DUE, "due")                 /* the change may be sent now */                                       \
	X(ACCEPTED, "accepted")       /* put, read back, and it does what it should */                       \
	X(PART, "part")               /* the same of an undo, and more of this incident may stand */         \
	X(REFUSED, "refused")         /* a person has to do it */                                            \
	X(UNCLEAR, "unclear")         /* it may have been put: it is tried again, which reads first */       \
	X(NOT_TAKEN, "not_taken")     /* it surely was not: it is tried again */                             \
	X(ACCESS, "access")           /* the newest look saw access, and our statement is not in the text */ \
	X(STILL_THERE, "still_there") /* it was removed, and the looks keep finding it */                    \
	X(OTHER, "other")             /* an operator wants it cut by other means, or anew */                 \
	X(UNREAD, "unread")           /* what is to be kept before it is changed cmekd may not read */       \
	X(NOTHING, "nothing")         /* nothing of this incident stands, or may stand, any more */

enum cut_event {
#define X(e, name) CUT_EV_##e,
	CUT_EVENT_TABLE(X)
#undef X
		CUT_EV_COUNT
};
const char *cut_event_name(enum cut_event e);
bool cut_machine_step(struct step *s, struct binding *b, enum cut_event event);
int cut_machine_cell(enum cut cut, enum cut_event event);
