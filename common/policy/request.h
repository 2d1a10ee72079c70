/* SPDX-License-Identifier: Apache-2.0 */
/* request: one question to a policy - who asks for which action on what - and what is known of its condition
 * keys. The two purposes, cmekd's own calls and policy_simulate() all ask in this form. */
#pragma once
#include "policy/caller.h"
#include "policy/pattern.h"
#include "policy/policy.h"
#include <stdbool.h>
#include <stdint.h>

/* Keys that something is known of in every request, or that are multivalued (KMS guide, "AWS KMS condition keys"; IAM guide,
 * "AWS global condition context keys"). X(ENUM, "name", KNOWN, many)
 * KNOWN: what the requests of the two purposes and of cmekd itself are known to have.
 * The aws:Source* keys of ABSENT are part of calls by service principals only, which the vendor's are not. */
#define REQUEST_KEY_TABLE(X)                                                                                 \
	X(CALLER_ACCOUNT, "kms:CallerAccount", CALLER_ACCOUNT, false)                                        \
	X(VIA_SERVICE, "kms:ViaService", VIA_SERVICE, false)                                                 \
	X(GRANT_IS_FOR_AWS, "kms:GrantIsForAWSResource", GRANT_FOR_AWS, false)                               \
	X(GRANT_CONSTRAINT_TYPE, "kms:GrantConstraintType", GRANT, false)                                    \
	X(GRANTEE_PRINCIPAL, "kms:GranteePrincipal", GRANT, false)                                           \
	X(RETIRING_PRINCIPAL, "kms:RetiringPrincipal", GRANT, false)                                         \
	X(GRANT_OPERATIONS, "kms:GrantOperations", GRANT, true)                                              \
	X(BYPASS, "kms:BypassPolicyLockoutSafetyCheck", BYPASS, false)                                       \
	X(ENCRYPTION_CONTEXT_KEYS, "kms:EncryptionContextKeys", OPEN, true)                                  \
	X(RESOURCE_ALIASES, "kms:ResourceAliases", OPEN, true)                                               \
	X(KEY_SPEC, "kms:KeySpec", KEY_SPEC, false)                                                          \
	X(KEY_USAGE, "kms:KeyUsage", KEY_USAGE, false)                                                       \
	X(KEY_ORIGIN, "kms:KeyOrigin", KEY_ORIGIN, false)                                                    \
	X(MULTI_REGION, "kms:MultiRegion", MULTI_REGION, false)                                              \
	X(PRINCIPAL_ACCOUNT, "aws:PrincipalAccount", CALLER_ACCOUNT, false)                                  \
	X(PRINCIPAL_ARN, "aws:PrincipalArn", PRINCIPAL_ARN, false)                                           \
	X(RESOURCE_ACCOUNT, "aws:ResourceAccount", OWN_ACCOUNT, false)                                       \
	X(SECURE_TRANSPORT, "aws:SecureTransport", TRUE, false)                                              \
	X(CURRENT_TIME, "aws:CurrentTime", NOW, false)                                                       \
	X(EPOCH_TIME, "aws:EpochTime", NOW, false)                                                           \
	X(SOURCE_ACCOUNT, "aws:SourceAccount", ABSENT, false)                                                \
	X(SOURCE_ARN, "aws:SourceArn", ABSENT, false)                                                        \
	X(SOURCE_ORG_ID, "aws:SourceOrgID", ABSENT, false)                                                   \
	X(SOURCE_ORG_PATHS, "aws:SourceOrgPaths", ABSENT, true)                                              \
	X(PRINCIPAL_ORG_PATHS, "aws:PrincipalOrgPaths", OPEN, true)                                          \
	X(PRINCIPAL_SERVICE_NAMES, "aws:PrincipalServiceNamesList", OPEN, true)                              \
	X(CALLED_VIA, "aws:CalledVia", OPEN, true)                                                           \
	X(TAG_KEYS, "aws:TagKeys", OPEN, true)

enum request_key {
#define X(e, name, known, many) REQUEST_KEY_##e,
	REQUEST_KEY_TABLE(X)
#undef X
		REQUEST_KEY_COUNT
};
/* Names ignore case. -1: none of the table. */
int request_key_parse(const char *name);
/* What was probably meant by a name that is not in the table: a slip or two away. NULL: nothing near. */
const char *request_key_near(const char *name);

enum presence {
	PRESENCE_ABSENT,  /* known to be absent: the rules for missing keys apply */
	PRESENCE_PRESENT, /* known, with these values */
	PRESENCE_PERHAPS, /* absent, or these values */
	PRESENCE_OPEN,    /* nothing is known */
};

/* What is known of one condition key. Texts are borrowed. */
struct fact {
	enum presence presence;
	bool is_many;   /* a multivalued key: only set operators can match it */
	bool has_holes; /* the one value is known in part: see PATTERN_HOLE */
	bool is_time;   /* the one value is `time_ms` */
	int64_t time_ms;
	const char *value;         /* if count is 1 */
	const char *const *values; /* if count is not 1 */
	size_t count;
};
const char *fact_value(const struct fact *f, size_t i);

enum request_kind {
	REQUEST_EBS,    /* EC2 on behalf of a principal of the account */
	REQUEST_S3,     /* a principal of the account, directly or through S3: not known */
	REQUEST_SELF,   /* a principal calls KMS itself */
	REQUEST_ANYHOW, /* a principal of which nothing else is known */
	REQUEST_STATED, /* all that is known was stated by whoever asks */
};

/* Holds texts that its facts point to: made in place, never copied. */
struct request {
	const struct policy_context *c; /* NULL: REQUEST_STATED */
	enum request_kind kind;
	struct caller caller;
	const char *action; /* "kms:Decrypt" */
	struct subject action_subject, principal_subject;
	struct span resource; /* the key's ARN; empty: not known */
	struct span resource_parts[ARN_PARTS];
	bool resource_is_arn;
	/* Requests of one group differ in nothing but the action. Conditions see that in the keys of grants only: a
	 * policy that has any is looked at by `grant_group`. */
	unsigned group, grant_group;
	struct fact known[REQUEST_KEY_COUNT];
	const struct policy_key *stated; /* REQUEST_STATED: the keys */
	size_t stated_count;
	char via_service[64], principal_arn[256];
};

/* The request of the vendor for one need. */
void request_of_need(const struct policy_context *c, enum need need, struct request *ret_request);
/* The same of somebody else: `principal` NULL: of any principal of the account. */
void request_of_other(const struct policy_context *c, const struct account_id *account, const char *principal,
	const char *action, struct request *ret_request);
/* A direct call. Refuses: 1, if `principal` is none. */
int request_of_self(const struct policy_context *c, const char *principal, const char *action,
	struct request *ret_request);
/* A call in whatever way. Refuses: 1. */
int request_of_anyhow(const struct policy_context *c, const char *principal, const char *action,
	struct request *ret_request);
/* Refuses: POLICY_E_REQUEST. */
int request_of_stated(
	const struct policy_request *stated, struct request *ret_request, struct why *reterr_why);

/* `key`: of request_key_parse(name). */
void request_fact(const struct request *r, int key, const char *name, struct fact *ret_fact);
