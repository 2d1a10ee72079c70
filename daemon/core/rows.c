/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rows.h"
#include <string.h>

bool rows_is_written(uint32_t row)
{
	uint32_t n, i;

	if (row < ROWS_CLUSTER_COUNT) {
		n = row / ROWS_CLUSTER_ALTERNATIVES;
		i = row % ROWS_CLUSTER_ALTERNATIVES;
		return (int)i <
		       cluster_machine_cell((enum duty)(n / CE_COUNT), (enum cluster_event)(n % CE_COUNT));
	}
	row -= ROWS_CLUSTER_COUNT;
	if (row < ROWS_INCIDENT_COUNT) {
		n = row / ROWS_INCIDENT_ALTERNATIVES;
		i = row % ROWS_INCIDENT_ALTERNATIVES;
		return (int)i <
		       incident_machine_cell((enum phase)(n / IE_COUNT), (enum incident_event)(n % IE_COUNT));
	}
	row -= ROWS_INCIDENT_COUNT;
	if (row < ROWS_CUT_COUNT)
		return cut_machine_cell(
			       (enum cut)(row / CUT_EV_COUNT), (enum cut_event)(row % CUT_EV_COUNT)) != 0;
	row -= ROWS_CUT_COUNT;
	n = row / ROWS_LIVE_ALTERNATIVES;
	i = row % ROWS_LIVE_ALTERNATIVES;
	return (int)i < live_drill_cell((enum live_step)(n / LIVE_EVENT_COUNT),
				(enum live_event)(n % LIVE_EVENT_COUNT));
}

/* Only memory and string functions here, as everywhere in the core. */
static void join(char *name, const char *machine, const char *state, const char *event, uint32_t alternative)
{
	const char *parts[] = {machine, ": ", state, ", ", event, alternative ? " (alternative)" : ""};
	size_t at = 0;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		size_t len = strlen(parts[i]);

		if (at + len >= ROWS_NAME_BYTES)
			break;
		memcpy(name + at, parts[i], len);
		at += len;
	}
	if (alternative && at + 2 < ROWS_NAME_BYTES) {
		name[at++] = ' ';
		name[at++] = (char)('0' + alternative);
	}
	name[at] = '\0';
}

void rows_name(uint32_t row, char ret_name[ROWS_NAME_BYTES])
{
	uint32_t n;

	if (row < ROWS_CLUSTER_COUNT) {
		n = row / ROWS_CLUSTER_ALTERNATIVES;
		join(ret_name, "cluster", duty_name((enum duty)(n / CE_COUNT)),
			cluster_event_name((enum cluster_event)(n % CE_COUNT)),
			row % ROWS_CLUSTER_ALTERNATIVES);
		return;
	}
	row -= ROWS_CLUSTER_COUNT;
	if (row < ROWS_INCIDENT_COUNT) {
		n = row / ROWS_INCIDENT_ALTERNATIVES;
		join(ret_name, "incident", phase_name((enum phase)(n / IE_COUNT)),
			incident_event_name((enum incident_event)(n % IE_COUNT)),
			row % ROWS_INCIDENT_ALTERNATIVES);
		return;
	}
	row -= ROWS_INCIDENT_COUNT;
	if (row >= ROWS_CUT_COUNT) {
		n = (row - ROWS_CUT_COUNT) / ROWS_LIVE_ALTERNATIVES;
		join(ret_name, "live", live_step_name((enum live_step)(n / LIVE_EVENT_COUNT)),
			live_event_name((enum live_event)(n % LIVE_EVENT_COUNT)),
			(row - ROWS_CUT_COUNT) % ROWS_LIVE_ALTERNATIVES);
		return;
	}
	join(ret_name, "cut", cut_name((enum cut)(row / CUT_EV_COUNT)),
		cut_event_name((enum cut_event)(row % CUT_EV_COUNT)), 0);
}
