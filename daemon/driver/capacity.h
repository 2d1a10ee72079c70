/* SPDX-License-Identifier: Apache-2.0 */
/* capacity: memory for a step, taken before it, because the step itself cannot fail. */
#pragma once
#include "core/core.h"

/* Grows the core's arrays and `effects` (may be NULL) to `need`. Fails: -ENOMEM; what grew before stays grown
 * and nothing else has changed. */
int capacity_reserve(struct core *core, struct effects *effects, const struct core_need *need);
/* Folds one record of a ledger into the core, with room for it. Fails: -ENOMEM; then nothing was folded. */
int capacity_restore(struct core *core, const struct record *record);
void capacity_fini(struct core *core);
void capacity_fini_effects(struct effects *effects);
