/* SPDX-License-Identifier: Apache-2.0 */
/* hand: performs a deed through io and puts the event that answers it into the project's inbox. */
#pragma once
#include "driver/deed.h"
#include <stdbool.h>

struct project;
struct hub;

/* `perform` false: what it rests on is not durable; it is answered as unsent. */
void hand_do(struct project *p, const struct deed *deed, bool perform);

/* Since when the oldest look has been under way; BOOTTIME_NEVER: none is. */
struct boottime hand_oldest_look(const struct hub *hub);
/* After each step: what the project has asked for is as urgent as its incident is now. */
void hand_hasten(struct project *p);
