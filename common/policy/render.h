/* SPDX-License-Identifier: Apache-2.0 */
/* render: the key policy that TiDB Cloud documents ("Encryption at Rest Using Customer-Managed Encryption Keys on
 * AWS"), as valid JSON. */
#pragma once
#include "base/buf.h"
#include "model/ids.h"

struct render {
	const struct account_id *vendor;
	const struct region *region; /* NULL: any region, by StringLike */
	const char *const *admins;   /* principals that keep all rights; texts are JSON-escaped */
	size_t admin_count;          /* 0: no statement for them. KMS then refuses the policy */
};
/* Appends; `b` tells of trouble. */
void render_policy(const struct render *in, struct buf *b);
