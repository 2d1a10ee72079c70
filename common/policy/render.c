/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/render.h"
#include <string.h>

static const struct {
	const char *purpose, *sid;
} statements[RENDER_STATEMENT_COUNT] = {
#define X(e, purpose, sid) {purpose, sid},
	RENDER_STATEMENT_TABLE(X)
#undef X
};

const char *render_statement_purpose(enum render_statement s)
{
	return statements[s].purpose;
}

const char *render_statement_sid(enum render_statement s)
{
	return statements[s].sid;
}

/* Sids, elements and their order are the document's. */
static void render_ebs(const struct render *in, struct buf *b)
{
	buf_printf(b, "{\n      \"Sid\": \"%s\",\n", render_statement_sid(RENDER_STATEMENT_EBS));
	buf_add(b, "      \"Effect\": \"Allow\",\n"
		   "      \"Principal\": { \"AWS\": \"*\" },\n"
		   "      \"Action\": [\n"
		   "        \"kms:Encrypt\",\n"
		   "        \"kms:Decrypt\",\n"
		   "        \"kms:ReEncrypt*\",\n"
		   "        \"kms:GenerateDataKey*\",\n"
		   "        \"kms:CreateGrant\",\n"
		   "        \"kms:DescribeKey\"\n"
		   "      ],\n"
		   "      \"Resource\": \"*\",\n"
		   "      \"Condition\": {\n");
	buf_printf(
		b, "        \"StringEquals\": {\n          \"kms:CallerAccount\": \"%s\"", in->vendor->text);
	if (in->region)
		buf_printf(b, ",\n          \"kms:ViaService\": \"ec2.%s.amazonaws.com\"\n        }\n",
			in->region->text);
	else
		buf_add(b, "\n        },\n        \"StringLike\": {\n"
			   "          \"kms:ViaService\": \"ec2.*.amazonaws.com\"\n        }\n");
	buf_add(b, "      }\n    }");
}

static void render_s3(const struct render *in, struct buf *b)
{
	buf_printf(b,
		"{\n"
		"      \"Sid\": \"%s\",\n"
		"      \"Effect\": \"Allow\",\n"
		"      \"Principal\": { \"AWS\": \"arn:aws:iam::%s:root\" },\n"
		"      \"Action\": [\n"
		"        \"kms:Decrypt\",\n"
		"        \"kms:GenerateDataKey\"\n"
		"      ],\n"
		"      \"Resource\": \"*\"\n"
		"    }",
		render_statement_sid(RENDER_STATEMENT_S3), in->vendor->text);
}

void render_statement(const struct render *in, enum render_statement s, struct buf *b)
{
	if (s == RENDER_STATEMENT_EBS)
		render_ebs(in, b);
	else
		render_s3(in, b);
}

static void render_admin(const struct render *in, struct buf *b)
{
	buf_add(b, "    {\n"
		   "      \"Sid\": \"Enable own administration of the key\",\n"
		   "      \"Effect\": \"Allow\",\n"
		   "      \"Principal\": { \"AWS\": ");
	buf_add(b, in->admin_count > 1 ? "[" : "");
	for (size_t i = 0; i < in->admin_count; i++) {
		buf_add(b, i > 0 ? ", " : "");
		buf_json_string(b, in->admins[i], strlen(in->admins[i]));
	}
	buf_add(b, in->admin_count > 1 ? "]" : "");
	buf_add(b, " },\n"
		   "      \"Action\": \"kms:*\",\n"
		   "      \"Resource\": \"*\"\n"
		   "    }");
}

void render_policy(const struct render *in, struct buf *b)
{
	buf_add(b, "{\n"
		   "  \"Version\": \"2012-10-17\",\n"
		   "  \"Id\": \"cmek-policy\",\n"
		   "  \"Statement\": [\n");
	for (unsigned s = 0; s < RENDER_STATEMENT_COUNT; s++) {
		buf_add(b, s > 0 ? ",\n    " : "    ");
		render_statement(in, s, b);
	}
	if (in->admin_count > 0) {
		buf_add(b, ",\n");
		render_admin(in, b);
	}
	buf_add(b, "\n  ]\n}\n");
}
