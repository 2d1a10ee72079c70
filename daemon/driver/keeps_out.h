/* SPDX-License-Identifier: Apache-2.0 */
/* keeps_out: the Deny statement of others that keeps TiDB Cloud out of a key now, and how an operator has it removed. */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

struct adopt_found;
struct project;

/* As the newest look saw it; NULL: none, or it is what an operator's revoke put there. */
const struct adopt_found *keeps_out_of(const struct project *p, uint32_t binding);

/* "statement 4 (line 40, Sid X) does it; cmekctl restore lab/us-west-2 --adopt X removes it". False: there is none. */
bool keeps_out_remedy(const struct project *p, uint32_t binding, struct why *ret_remedy);
