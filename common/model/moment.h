/* SPDX-License-Identifier: Apache-2.0 */
/* moment: time that comes with an event. Delays run on boot time; wall time is for showing and comparing with
 * what services say. One-field structs, so that the compiler refuses to mix them. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct boottime {
	int64_t ms; /* CLOCK_BOOTTIME, milliseconds; BOOTTIME_NEVER: no such time */
};
struct walltime {
	int64_t ms; /* Unix milliseconds, UTC; WALLTIME_UNKNOWN: not known */
};
struct moment {
	struct boottime boot;
	struct walltime wall;
};

#define BOOTTIME_NEVER   ((struct boottime){INT64_MAX})
#define WALLTIME_UNKNOWN ((struct walltime){0})

static inline bool boottime_reached(struct boottime now, struct boottime when)
{
	return now.ms >= when.ms;
}

static inline struct boottime boottime_after(struct boottime t, int64_t delay_ms)
{
	return (struct boottime){t.ms + delay_ms};
}

static inline struct boottime boottime_earlier(struct boottime a, struct boottime b)
{
	return a.ms < b.ms ? a : b;
}

static inline bool walltime_is_known(struct walltime t)
{
	return t.ms != 0;
}
