/* SPDX-License-Identifier: Apache-2.0 */
#include "model/settings.h"

static const char *const reaction_names[] = {
	[REACTION_PAUSE] = "pause",
	[REACTION_APPROVE] = "approve",
	[REACTION_OBSERVE] = "observe",
};

const char *reaction_name(enum reaction r)
{
	return reaction_names[r];
}
