/* SPDX-License-Identifier: Apache-2.0 */
/* sight: a look that is judged to a given reason: the way back from what a ledger says to what was seen. */
#pragma once
#include "model/key.h"
#include "model/reason.h"

/* The facts for which evidence_judge() gives `reason`. `deletion` is the date of a key pending deletion, or
 * WALLTIME_UNKNOWN. OWN_CUT: as if this ledger's own statement stood in the policy; OWN_DISABLE: as if its incident had disabled
 * the key; OWN_REMOVE: as if it had taken the vendor out. */
struct look sight_of(enum reason reason, struct walltime deletion);
