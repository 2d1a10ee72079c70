/* SPDX-License-Identifier: Apache-2.0 */
/* orders: what an operator asks of a project: whether it may be, and what it begins. */
#pragma once
#include "core/emit.h"

/* An EV_COMMAND; answered in the same step, but for an errand that was taken: that is answered when it has ended. */
void orders_step(struct step *s, const struct event *event);
