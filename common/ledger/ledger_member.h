/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_member: the members of a record's line between "type" and the texts, as one table in their fixed
 * order, used in both directions. Which of them a line has is said by the masks of RECORD_TABLE. */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "base/json_scan.h"
#include "model/record.h"

/* Appends `,"name":value` for each member of the record's type. */
void ledger_member_put(const struct record *record, struct buf *out);

/* Reads each member of the record's type from the object; `record->type` is set. Members that are not the
 * type's are not looked at: comparing with the line as it would be written finds them. Refuses: 1, with
 * `reterr_why`. */
int ledger_member_get(
	const struct json_tree *t, uint32_t object, struct record *record, struct why *reterr_why);

/* Appends a text as a JSON string, cut at the end of a character so that reading it back gives at most
 * `max_bytes` bytes, and its line stays bounded whatever must be escaped in it. */
void ledger_member_text(struct buf *out, const char *text, size_t max_bytes);
