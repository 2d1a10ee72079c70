/* SPDX-License-Identifier: Apache-2.0 */
/* request: one question to a policy - who asks for which action - and what is known of its condition keys. */
#pragma once
#include "policy/policy.h"
#include <stdbool.h>
#include <stdint.h>

enum request_kind {
	REQUEST_EBS,  /* EC2 on behalf of a principal of the account */
	REQUEST_S3,   /* a principal of the account, directly or through S3: not known */
	REQUEST_SELF, /* a principal calls KMS itself */
};

struct request {
	const struct policy_context *c;
	enum request_kind kind;
	struct account_id account; /* the caller's */
	const char *principal;     /* exact ARN of the caller; NULL: any principal of the account */
	const char *action;        /* "kms:Decrypt" */
};

/* The request of the vendor for one need. */
struct request request_of_need(const struct policy_context *c, enum need need);

enum presence {
	PRESENCE_ABSENT,  /* known to be absent: the rules for missing keys apply */
	PRESENCE_PRESENT, /* known, with this value */
	PRESENCE_PERHAPS, /* absent, or this value */
	PRESENCE_OPEN,    /* nothing is known */
};

/* What is known of one condition key. */
struct key_fact {
	enum presence presence;
	bool is_many;    /* a multivalued key: only set operators can match it */
	bool is_time;    /* the value is `time_ms` */
	int64_t time_ms; /* Unix milliseconds */
	char value[160];
};

/* Key names are case-insensitive (IAM guide, condition keys). */
void request_key(const struct request *r, const char *name, struct key_fact *ret_fact);
