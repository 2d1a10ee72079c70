/* SPDX-License-Identifier: Apache-2.0 */
/* explain: why a verdict is what it is, and what would change it: in sentences, and action by action. */
#pragma once
#include "model/moment.h"
#include <stdbool.h>
#include <stdint.h>

struct json_object;
struct project;

/* The Varlink type Explanation; the caller owns it. `with_policy`: with the text of the key policy. NULL: no memory. */
struct json_object *explain_binding(struct project *p, uint32_t binding, bool with_policy, struct moment now);
