/* SPDX-License-Identifier: Apache-2.0 */
/* json_write: a json-c tree as compact JSON into a bounded buffer. json-c's own writer has no bound, and
 * passes bytes on that are no UTF-8 (a name that was cut inside a character), which a strict reader then
 * refuses as a whole. */
#pragma once
#include "base/buf.h"

struct json_object;

/* Members in the order of the tree; trouble sticks in `out`. A double that is no number is written as null.
 */
void json_write(struct buf *out, struct json_object *value);
