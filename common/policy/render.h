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
/* The documented statements, in their order. X(ENUM, "purpose", "Sid") */
#define RENDER_STATEMENT_TABLE(X)                                                                            \
	X(EBS, "ebs",                                                                                        \
		"Allow access through EBS for all principals in the account that are authorized to use EBS") \
	X(S3, "s3", "Allow TiDB cloud role to use KMS to store encrypted backup to S3")
enum render_statement {
#define X(e, purpose, sid) RENDER_STATEMENT_##e,
	RENDER_STATEMENT_TABLE(X)
#undef X
		RENDER_STATEMENT_COUNT
};
const char *render_statement_purpose(enum render_statement s); /* as need_purpose() */
const char *render_statement_sid(enum render_statement s);
/* Appends one of them, indented as in a whole policy but for its first line. */
void render_statement(const struct render *in, enum render_statement s, struct buf *b);
/* Appends all; `b` tells of trouble. */
void render_policy(const struct render *in, struct buf *b);
