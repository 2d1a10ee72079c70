/* SPDX-License-Identifier: Apache-2.0 */
/* foresee: what will probably come in the way of a change of the key policy, told before it is tried. */
#pragma once
#include "base/err.h"
#include "model/incident.h"
#include <stdbool.h>
#include <stdint.h>

struct project;

/* The Sid of cmekd's statement for the binding's incident, or for the one that would be opened. */
void foresee_sid(const struct project *p, uint32_t binding, char *ret_sid);

/* By the key policy that was read last. False: nothing that is known of. */
bool foresee_change(const struct project *p, uint32_t binding, bool cut, struct why *ret_why);
/* Whether it fits to pause first: a cluster is at work, or its pause was refused lately, so that it may need the key until it
 * can be paused. `ret_why` says it in one sentence, also where it does not. */
bool foresee_pause_first(const struct project *p, uint32_t binding, struct why *ret_why);

/* Of the change that the incident is about to make; false if it is about to make none. */
bool foresee_next(const struct project *p, uint32_t binding, struct why *ret_why);
