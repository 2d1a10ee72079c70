/* SPDX-License-Identifier: Apache-2.0 */
/* dark: whether what a region holds can be read by nobody now, and that it is told when that changes. core_dark() and core_is_blind() of
 * core.h live here too. */
#pragma once
#include "core/emit.h"

/* Every cluster of the binding that is not excluded was read lately, each by its id, as PAUSED, or is gone. */
bool dark_all_paused(const struct core *core, uint32_t binding);
/* Records, and tells, that it is dark, or is so no more. */
void dark_drive(struct step *s, struct binding *b);
