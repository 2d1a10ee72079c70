/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include <time.h>

static int64_t read_us(clockid_t id)
{
	struct timespec t = {0};

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_unix_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_steady_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_steady_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}
