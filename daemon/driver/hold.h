/* SPDX-License-Identifier: Apache-2.0 */
/* hold: a key that another project's revoke, in force, wants disabled is enabled by nothing that this one sends: not by the undo of its
 * own revoke, nor for an operator. */
#pragma once
#include "model/ids.h"
#include <stdbool.h>
#include <stdint.h>

struct deed;
struct errand_order;
struct project;

/* The other project; NULL: none. */
const struct project *hold_by(const struct project *p, uint32_t binding);
/* The same, if `deed` would enable the key. */
const struct project *hold_of(const struct project *p, const struct deed *deed);
/* It was answered instead of being sent. */
bool hold_answers(struct project *p, const struct deed *deed);
/* The order ends by that. */
void hold_refuse(struct errand_order *o, const struct project *other);

#define HOLD_WAY_OUT_BYTES (sizeof(struct project_name) + 64)
/* "cmekctl restore NAME", and before it what has to be so before that can be asked for. */
const char *hold_way_out(const struct project *other, char ret_text[HOLD_WAY_OUT_BYTES]);
