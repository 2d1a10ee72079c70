/* SPDX-License-Identifier: Apache-2.0 */
#include "io/clock.h"
#include <time.h>

#define NS_PER_MS 1000000

static int64_t clock_ns(clockid_t id)
{
	struct timespec t = {.tv_sec = 0};

	(void)clock_gettime(id, &t); /* both clocks exist since Linux 2.6.39 */
	return (int64_t)t.tv_sec * 1000 * NS_PER_MS + t.tv_nsec;
}

/* The two clocks do not begin their milliseconds together: told apart, a grace of 2000 ms by the one that decides could
 * stand in the ledger as 1999 ms by the one that is written. So the wall is told as the boot time and what it is ahead,
 * and that only changes when the wall was set or has drifted by more than a millisecond, seen twice: between the two
 * readings the process may have waited. */
struct moment clock_now(void)
{
	static int64_t ahead_ms;
	int64_t boot_ns, ms, moved;
	int tries = 0;

	do {
		boot_ns = clock_ns(CLOCK_BOOTTIME);
		ms = (clock_ns(CLOCK_REALTIME) - boot_ns) / NS_PER_MS;
		moved = ms - ahead_ms;
	} while ((moved > 1 || moved < -1) && ++tries < 3);
	if (moved > 1 || moved < -1)
		ahead_ms = ms;
	return (struct moment){.boot = {boot_ns / NS_PER_MS}, .wall = {boot_ns / NS_PER_MS + ahead_ms}};
}
