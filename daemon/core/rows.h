/* SPDX-License-Identifier: Apache-2.0 */
/* rows: numbers the rows of the three tables, so that a run can tell which of them it took. */
#pragma once
#include "core/cluster_machine.h"
#include "core/incident_machine.h"
#include "core/live_drill.h"

#define ROWS_CLUSTER_ALTERNATIVES  6
#define ROWS_INCIDENT_ALTERNATIVES 3
#define ROWS_LIVE_ALTERNATIVES     3

#define ROWS_CLUSTER_COUNT  ((uint32_t)DUTY_COUNT * CE_COUNT * ROWS_CLUSTER_ALTERNATIVES)
#define ROWS_INCIDENT_COUNT ((uint32_t)PHASE_COUNT * IE_COUNT * ROWS_INCIDENT_ALTERNATIVES)
#define ROWS_CUT_COUNT      ((uint32_t)CUT_COUNT * CUT_EV_COUNT)
#define ROWS_LIVE_COUNT     ((uint32_t)LIVE_STEP_COUNT * LIVE_EVENT_COUNT * ROWS_LIVE_ALTERNATIVES)
#define ROWS                (ROWS_CLUSTER_COUNT + ROWS_INCIDENT_COUNT + ROWS_CUT_COUNT + ROWS_LIVE_COUNT)

#define ROWS_OF_CLUSTER(duty, event, i)                                                                      \
	(((uint32_t)(duty)*CE_COUNT + (uint32_t)(event)) * ROWS_CLUSTER_ALTERNATIVES + (uint32_t)(i))
#define ROWS_OF_INCIDENT(phase, event, i)                                                                    \
	(ROWS_CLUSTER_COUNT +                                                                                \
		((uint32_t)(phase)*IE_COUNT + (uint32_t)(event)) * ROWS_INCIDENT_ALTERNATIVES +              \
		(uint32_t)(i))
#define ROWS_OF_CUT(cut, event)                                                                              \
	(ROWS_CLUSTER_COUNT + ROWS_INCIDENT_COUNT + (uint32_t)(cut)*CUT_EV_COUNT + (uint32_t)(event))
#define ROWS_OF_LIVE(step, event, i)                                                                         \
	(ROWS_CLUSTER_COUNT + ROWS_INCIDENT_COUNT + ROWS_CUT_COUNT +                                         \
		((uint32_t)(step)*LIVE_EVENT_COUNT + (uint32_t)(event)) * ROWS_LIVE_ALTERNATIVES +           \
		(uint32_t)(i))

static inline void rows_take(const struct step *s, uint32_t row)
{
	if (s->effects->rows)
		s->effects->rows[row]++;
}

bool rows_is_written(uint32_t row);
#define ROWS_NAME_BYTES 96
void rows_name(uint32_t row, char ret_name[ROWS_NAME_BYTES]);
