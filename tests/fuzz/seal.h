/* SPDX-License-Identifier: Apache-2.0 */
/* seal: lines {"seq":1,"prev":"","at":...,"type":...} made a ledger: the prev and hash of each are put in here, as no chance
 * finds a SHA-256. */
#pragma once
#include "base/buf.h"
#include <stddef.h>
#include <stdint.h>

/* Appended to `out`; what went wrong is in out->trouble. */
void seal(const uint8_t *lines, size_t len, struct buf *out);
