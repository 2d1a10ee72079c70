/* SPDX-License-Identifier: Apache-2.0 */
#include "io/chance.h"
#include "io/clock.h"
#include <sys/random.h>

uint32_t chance(void)
{
	uint32_t random;
	struct moment now;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) == sizeof(random))
		return random;
	now = clock_now();
	return (uint32_t)now.wall.ms * UINT32_C(2654435761); /* Knuth's: the low bits reach the high ones */
}
