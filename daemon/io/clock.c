/* SPDX-License-Identifier: Apache-2.0 */
#include "io/clock.h"
#include <time.h>

static int64_t clock_ms(clockid_t id)
{
	struct timespec t = {.tv_sec = 0};

	(void)clock_gettime(id, &t); /* both clocks exist since Linux 2.6.39 */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void clock_now(struct moment *ret_now)
{
	*ret_now = (struct moment){.boot = {clock_ms(CLOCK_BOOTTIME)}, .wall = {clock_ms(CLOCK_REALTIME)}};
}
