/* SPDX-License-Identifier: Apache-2.0 */
/* kms_api_page: a list that AWS KMS gives in pages. */
#pragma once
#include "base/json_scan.h"
#include "wire/trouble.h"
#include <stdbool.h>
#include <stdint.h>

#define KMS_API_MARKER_BYTES 1025 /* NextMarker is 1..1024 */

/* Truncated and NextMarker of a page. A marker that comes again, and pages without end, are FAULT_MALFORMED: false, with `t`
 * set. `what`: "the list of grants". `pages` counts them; `marker` holds that of the page before, and then of the next. */
bool kms_api_page_read(const struct json_tree *tree, const char *what, uint32_t pages_max, uint32_t *pages,
	bool *ret_more, char marker[KMS_API_MARKER_BYTES], struct trouble *t);
