/* SPDX-License-Identifier: Apache-2.0 */
/* clock: the only file of the daemon that reads a clock. Everything else is given the time with an event. */
#pragma once
#include "model/moment.h"

/* CLOCK_BOOTTIME (goes on while the host sleeps) and CLOCK_REALTIME, both in milliseconds, and as long apart by the one as
 * by the other unless the wall was set or drifted. Of the loop only. Cannot fail on
 * Linux. */
struct moment clock_now(void);
