/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/render.h"
#include <string.h>

/* Sids, elements and their order are the document's. */
static void render_ebs(const struct render *in, struct buf *b)
{
	buf_add(b, "    {\n"
		   "      \"Sid\": \"Allow access through EBS for all principals in the account that are "
		   "authorized to use EBS\",\n"
		   "      \"Effect\": \"Allow\",\n"
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
		"    {\n"
		"      \"Sid\": \"Allow TiDB cloud role to use KMS to store encrypted backup to S3\",\n"
		"      \"Effect\": \"Allow\",\n"
		"      \"Principal\": { \"AWS\": \"arn:aws:iam::%s:root\" },\n"
		"      \"Action\": [\n"
		"        \"kms:Decrypt\",\n"
		"        \"kms:GenerateDataKey\"\n"
		"      ],\n"
		"      \"Resource\": \"*\"\n"
		"    }",
		in->vendor->text);
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
	render_ebs(in, b);
	buf_add(b, ",\n");
	render_s3(in, b);
	if (in->admin_count > 0) {
		buf_add(b, ",\n");
		render_admin(in, b);
	}
	buf_add(b, "\n  ]\n}\n");
}
