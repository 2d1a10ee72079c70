/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/kms_api_page.h"
#include "wire/json_answer.h"
#include <string.h>

bool kms_api_page_read(const struct json_tree *tree, const char *what, uint32_t pages_max, uint32_t *pages,
	bool *ret_more, char marker[KMS_API_MARKER_BYTES], struct trouble *t)
{
	char next[KMS_API_MARKER_BYTES];
	bool truncated;
	if (!json_answer_truth(tree, JSON_ROOT, "Truncated", JSON_ANSWER_OPTIONAL, &truncated, t) ||
		!json_answer_text(tree, JSON_ROOT, "NextMarker", JSON_ANSWER_OPTIONAL, next, sizeof next, t))
		return false;
	++*pages;
	*ret_more = truncated;
	if (!truncated)
		return true;
	if (next[0] == '\0' || strcmp(next, marker) == 0 || *pages >= pages_max) {
		trouble_set(t, FAULT_MALFORMED,
			"%s does not end: NextMarker is missing or comes again, or there are more than %u "
			"pages",
			what, (unsigned)pages_max);
		return false;
	}
	memcpy(marker, next, sizeof next);
	return true;
}
