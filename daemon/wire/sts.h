/* SPDX-License-Identifier: Apache-2.0 */
/* sts: GetCallerIdentity, to learn who we are. Source: AWS STS API 2011-06-15 (query protocol, XML answers).
 * It needs no permission and works even under an explicit deny: what answers "are our credentials good?" when
 * KMS denies access. */
#pragma once
#include "model/ids.h"
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
