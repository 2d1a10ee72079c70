/* SPDX-License-Identifier: Apache-2.0 */
/* config_value: one value of the configuration, read and written by the kind of its row. */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "wire/settings_table.h"

/* Reads `value` into the row's target below `base` (struct daemon_settings or struct project_settings, by the
 * row's section). Lists are appended to, and emptied by an empty value. Refuses: 1, with what was expected in `reterr_why`; the target is
 * then as before. */
int config_value_parse(const struct setting *row, const char *value, void *base, struct why *reterr_why);

/* Appends "Key=value\n"; for a list one line each (VendorContext= after an empty one, so that
 * what is printed for a project does not depend on defaults), for a value that was never given nothing. */
void config_value_print(const struct setting *row, const void *base, struct buf *b);
