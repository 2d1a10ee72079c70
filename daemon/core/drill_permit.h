/* SPDX-License-Identifier: Apache-2.0 */
/* drill_permit: what permits a drill to pause its cluster, and to resume it. Pure. */
#pragma once
#include "core/core.h"

/* DONE, or what forbids it now: an incident, the key, the configuration, the ledger. */
enum answer drill_permit_pause(const struct core *core, const struct cluster *c, struct boottime now);
/* While an incident is open in its region it stays as it is: what is dark must not light up. */
bool drill_permit_resume(const struct core *core, const struct cluster *c);

/* A look that is younger than what was done last: under a lost key it would not come up. */
bool drill_permit_is_looked_at(const struct core *core, const struct cluster *c);
/* "Read the state before the call": lately, and since it was asked for. */
bool drill_permit_is_read(const struct core *core, const struct cluster *c);
