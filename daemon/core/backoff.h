/* SPDX-License-Identifier: Apache-2.0 */
/* backoff: how long to wait after a no. In units of the configured intervals, so that all delays scale
 * together: with the defaults 20 s to 5 min for acts on clusters, 5 s to 5 min for changes of the key policy.
 */
#pragma once
#include <stdint.h>

#define BACKOFF_MAX 60 /* units */

/* The delay after the `refusals`-th no in a row (from 0): one unit, doubled each time, at most BACKOFF_MAX
 * units and at most 15 units of anything that is 20 s or longer. */
static inline int64_t backoff_ms(int64_t unit_ms, uint32_t refusals)
{
	int64_t max_ms = unit_ms * (unit_ms >= 20000 ? 15 : BACKOFF_MAX), delay_ms = unit_ms;

	for (uint32_t i = 0; i < refusals && delay_ms < max_ms; i++)
		delay_ms *= 2;
	return delay_ms < max_ms ? delay_ms : max_ms;
}
