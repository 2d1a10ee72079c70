/* SPDX-License-Identifier: Apache-2.0 */
/* incident_alert: what time alone makes an incident tell: what was begun and does not come about, and a resume that is foreseen. Nothing
 * is decided by it. */
#pragma once
#include "core/emit.h"

#define INCIDENT_ALERT_LATE_MS  (3600 * 1000)      /* what is to be paused for so long is told */
#define INCIDENT_ALERT_AHEAD_MS (24 * 3600 * 1000) /* a foreseen resume is told so long before */

/* Of an incident that is open. */
void incident_alert_drive(struct step *s, struct binding *b);
/* When the next one may have its time, but for resumes, which are told with what is read; BOOTTIME_NEVER. */
struct boottime incident_alert_deadline(const struct core *core, const struct incident *i);
