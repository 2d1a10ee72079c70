/* SPDX-License-Identifier: Apache-2.0 */
/* sts: who we are, and roles to take on. Source: AWS STS API 2011-06-15 (query protocol, XML answers).
 * GetCallerIdentity needs no permission and works even under an explicit deny: what answers "are our credentials good?" when
 * KMS denies access. */
#pragma once
#include "base/buf.h"
#include "model/ids.h"
#include "wire/aws_files.h"
#include "wire/http_answer.h"
#include "wire/trouble.h"

#define STS_CONTENT_TYPE     "application/x-www-form-urlencoded; charset=utf-8"
#define STS_IDENTITY_BODY    "Action=GetCallerIdentity&Version=2011-06-15"
#define STS_ANSWER_MAX_BYTES (64u * 1024u)

struct sts_identity {
	struct account_id account;
	char arn[512]; /* "arn:aws:sts::111122223333:assumed-role/R/S" */
};

/* `ret_identity` is written only if `ret_trouble->fault` is FAULT_NONE. Cannot fail. */
void sts_read_identity(
	const struct http_answer *a, struct sts_identity *ret_identity, struct trouble *ret_trouble);

struct sts_role {
	char arn[AWS_ROLE_ARN_BYTES], external_id[AWS_EXTERNAL_ID_BYTES], session[AWS_SESSION_BYTES];
	uint32_t duration_s; /* 900..43200; 0: STS's default, an hour */
};

/* The body of AssumeRole; with `web_token` that of AssumeRoleWithWebIdentity, which is sent unsigned. Trouble: in `out`.
 * The caller wipes it. */
void sts_put_role(const struct sts_role *role, const struct secret *web_token, struct buf *out);
/* The answer of both. `*ret_keys` is replaced only if `ret_trouble->fault` is FAULT_NONE. Fails: -ENOMEM. */
int sts_read_role(const struct http_answer *a, struct aws_keys *ret_keys, struct trouble *ret_trouble);
