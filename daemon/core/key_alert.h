/* SPDX-License-Identifier: Apache-2.0 */
/* key_alert: what people are told of a key beside its verdict: how it rotates, and how long until it is deleted. Nothing is
 * decided by it. */
#pragma once
#include "core/emit.h"

#define KEY_ALERT_SOON_MS    (INT64_C(7) * 86400000) /* a rotation is told so long ahead */
#define KEY_ALERT_OVERDUE_MS INT64_C(86400000)       /* and missed when it is so late */

#define KEY_ALERT_OFF_LOOKS 2 /* one may see the past, or be older than the answer */

/* How it rotates was read. A key pending deletion does not rotate, and says that rotation is off until that is cancelled: its
 * own alert is enough (AWS KMS API reference, GetKeyRotationStatus). So that it is off is told when looks of after that show
 * that this is not why. */
void key_alert_rotation(struct step *s, struct binding *b, bool enabled, struct walltime next);

/* A look told of the key: the countdown begins, begins anew for another date, or ends. */
void key_alert_look(struct step *s, struct binding *b, const struct look *look);
/* The date is by the wall clock: it is told anew. */
void key_alert_clock_step(struct step *s, struct binding *b);
/* Tells it when its time has come: when it begins, each day, then 12, 6, 3 hours and one hour before the end. */
void key_alert_drive(struct step *s, struct binding *b);
