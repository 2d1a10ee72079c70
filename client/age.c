/* SPDX-License-Identifier: Apache-2.0 */
#include "age.h"
#include <inttypes.h>
#include <time.h>

#define S_MS   INT64_C(1000)
#define MIN_MS (60 * S_MS)
#define H_MS   (60 * MIN_MS)
#define D_MS   (24 * H_MS)

static const char *two(
	struct arena *a, int64_t big, const char *big_unit, int64_t small, const char *small_unit)
{
	if (small == 0)
		return arena_printf(a, "%" PRId64 " %s", big, big_unit);
	return arena_printf(a, "%" PRId64 " %s %" PRId64 " %s", big, big_unit, small, small_unit);
}

const char *age_text(struct arena *a, int64_t ms)
{
	if (ms < 0)
		ms = 0;
	if (ms < MIN_MS)
		return arena_printf(a, "%" PRId64 " s", ms / S_MS);
	if (ms < 10 * MIN_MS)
		return two(a, ms / MIN_MS, "min", ms % MIN_MS / S_MS, "s");
	if (ms < H_MS)
		return arena_printf(a, "%" PRId64 " min", ms / MIN_MS);
	if (ms < D_MS)
		return two(a, ms / H_MS, "h", ms % H_MS / MIN_MS, "min");
	if (ms < 10 * D_MS)
		return two(a, ms / D_MS, "d", ms % D_MS / H_MS, "h");
	return arena_printf(a, "%" PRId64 " d", ms / D_MS);
}

static bool broken_down(int64_t unix_ms, struct tm *ret_utc)
{
	time_t seconds = (time_t)(unix_ms / S_MS);

	return gmtime_r(&seconds, ret_utc) != NULL;
}

const char *age_time(struct arena *a, int64_t unix_ms)
{
	struct tm utc;
	char text[64];

	if (!broken_down(unix_ms, &utc) || strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &utc) == 0)
		return "?";
	return arena_printf(a, "%s", text);
}

const char *age_clock(struct arena *a, int64_t unix_ms)
{
	struct tm utc;

	if (!broken_down(unix_ms, &utc))
		return "?";
	return arena_printf(a, "%02d:%02d:%02d", utc.tm_hour, utc.tm_min, utc.tm_sec);
}
