/* SPDX-License-Identifier: Apache-2.0 */
/* kms_api: AWS KMS over AWS JSON 1.1: request bodies and answers as values.
 * Source: AWS KMS API model 2014-11-01 (targetPrefix TrentService), AWS KMS API Reference. */
#pragma once
#include "base/buf.h"
#include "base/digest.h"
#include "model/ids.h"
#include "model/key.h"
#include "wire/http_answer.h"
#include "wire/kms_api_page.h"
#include "wire/trouble.h"

#define KMS_API_CONTENT_TYPE "application/x-amz-json-1.1"
#define KMS_API_ANSWER_MAX_BYTES                                                                             \
	(1024u * 1024u) /* a page of 100 grants; a policy of 32 KiB escaped six times over */
#define KMS_API_BODY_MAX_BYTES (256u * 1024u) /* of a request */

/* X(ENUM, "Operation", CHANGES): all that is ever asked for. To watch, the permissions of those that change nothing are
 * enough: the guard permissions compares etc/aws and SECURITY.md with this. */
#define KMS_API_OP_TABLE(X)                                                                                  \
	X(DESCRIBE_KEY, "DescribeKey", false)                                                                \
	X(GET_KEY_POLICY, "GetKeyPolicy", false)                                                             \
	X(PUT_KEY_POLICY, "PutKeyPolicy", true)                                                              \
	X(GET_KEY_ROTATION_STATUS, "GetKeyRotationStatus", false)                                            \
	X(LIST_GRANTS, "ListGrants", false)                                                                  \
	X(REVOKE_GRANT, "RevokeGrant", true)                                                                 \
	X(ENABLE_KEY_ROTATION, "EnableKeyRotation", true)                                                    \
	X(CANCEL_KEY_DELETION, "CancelKeyDeletion", true)                                                    \
	X(ENABLE_KEY, "EnableKey", true)                                                                     \
	X(DISABLE_KEY, "DisableKey", true)                                                                   \
	X(LIST_KEY_ROTATIONS, "ListKeyRotations", false)                                                     \
	X(ROTATE_KEY_ON_DEMAND, "RotateKeyOnDemand", true)

enum kms_api_op {
#define X(e, name, changes) KMS_API_OP_##e,
	KMS_API_OP_TABLE(X)
#undef X
		KMS_API_OP_COUNT
};
const char *kms_api_op_name(enum kms_api_op op); /* "DescribeKey" */
/* It changes something: never sent again blindly. */
bool kms_api_op_changes(enum kms_api_op op);
const char *kms_api_op_target(enum kms_api_op op); /* "TrentService.DescribeKey", the value of X-Amz-Target */

/* Request bodies; appended to `b`, whose trouble tells of failures. */
void kms_api_write_describe_key(struct buf *b, const struct key_arn *key);
void kms_api_write_get_key_policy(
	struct buf *b, const struct key_arn *key); /* with PolicyName: some servers ask for it */
void kms_api_write_put_key_policy(struct buf *b, const struct key_arn *key, const char *policy, size_t len);
void kms_api_write_get_key_rotation_status(struct buf *b, const struct key_arn *key);
void kms_api_write_list_grants(
	struct buf *b, const struct key_arn *key, const char *marker); /* "" = first page */
void kms_api_write_enable_key_rotation(
	struct buf *b, const struct key_arn *key, uint32_t period_days); /* 0: not said: 365, or as it is */
void kms_api_write_key(struct buf *b, const struct key_arn *key);        /* of what needs nothing else */
void kms_api_write_revoke_grant(struct buf *b, const struct key_arn *key, const char *grant_id);

/* All readers: return 0 with `*ret_trouble` written, always; the value is written only if its fault is
 * FAULT_NONE. Fails: -ENOMEM. */

struct kms_api_key {
	struct key_arn arn;
	struct account_id account; /* of the ARN: the key's own account */
	enum key_state state;      /* KEY_STATE_UNKNOWN: absent or not in the table */
	char state_name[32];       /* as the service wrote it */
	struct walltime deletion;  /* DeletionDate, else WALLTIME_UNKNOWN */
	char origin[24];           /* "AWS_KMS"; "" if not told */
	char spec[24];    /* KeySpec, else CustomerMasterKeySpec: "SYMMETRIC_DEFAULT"; "" if not told */
	char usage[24];   /* "ENCRYPT_DECRYPT"; "" if not told */
	char manager[16]; /* "CUSTOMER"; "" if not told */
	bool multi_region;
	char material[65];             /* CurrentKeyMaterialId; "" if not told */
	uint64_t material_fingerprint; /* of it, never 0; 0 if not told */
};
/* DescribeKey. An answer for another key than `asked` is FAULT_MALFORMED. */
int kms_api_read_key(const struct http_answer *a, const struct key_arn *asked, struct kms_api_key *ret_key,
	struct trouble *ret_trouble);

/* GetKeyPolicy: the policy's text, unescaped, at most POLICY_MAX_BYTES. The caller frees `*ret_text`; it is
 * NUL-terminated and holds no other NUL. */
int kms_api_read_policy(
	const struct http_answer *a, char **ret_text, size_t *ret_len, struct trouble *ret_trouble);

enum kms_api_rotation_state { KMS_API_ROTATION_OFF, KMS_API_ROTATION_ON, KMS_API_ROTATION_NOT_APPLICABLE };
struct kms_api_rotation {
	enum kms_api_rotation_state
		state; /* NOT_APPLICABLE: UnsupportedOperationException (imported or foreign material) */
	uint32_t period_days;              /* 0: not told */
	struct walltime next;              /* WALLTIME_UNKNOWN: not told */
	struct walltime on_demand_started; /* WALLTIME_UNKNOWN: none runs */
};
int kms_api_read_rotation(
	const struct http_answer *a, struct kms_api_rotation *ret_rotation, struct trouble *ret_trouble);

/* Far more than a key can have: 25 on demand, and one each 90 days. */
#define KMS_API_ROTATIONS_MAX      10000u
#define KMS_API_ROTATION_PAGES_MAX 200u
/* The rotations of a key that were completed, gathered over pages. */
struct kms_api_rotations {
	uint32_t total, on_demand;
	struct walltime last, last_on_demand; /* WALLTIME_UNKNOWN: none */
	uint32_t pages;
	bool more; /* ask again with `marker` */
	char marker[KMS_API_MARKER_BYTES];
};
void kms_api_write_list_key_rotations(
	struct buf *b, const struct key_arn *key, const char *marker); /* "" = first page */
/* ListKeyRotations: adds one page; as kms_api_read_grants(). */
int kms_api_read_rotations(
	const struct http_answer *a, struct kms_api_rotations *l, struct trouble *ret_trouble);

/* PutKeyPolicy, RevokeGrant, EnableKeyRotation, EnableKey: no output, and what CancelKeyDeletion gives is the key's own ARN; `{}`, `null` and an empty body are all good. */
int kms_api_read_void(const struct http_answer *a, struct trouble *ret_trouble);
/* What any answer says of itself: FAULT_NONE if it is a 200, whatever it holds. */
enum fault kms_api_fault(const struct http_answer *a);
/* RevokeGrant: the trouble says that the grant does not exist. True after a *repeated* try means success;
 * after the first one list again: the key itself may be what was not found. */
bool kms_api_grant_is_gone(const struct trouble *t);

#define KMS_API_GRANTS_MAX      50000u /* AWS KMS quota: grants on a key */
#define KMS_API_GRANT_PAGES_MAX 5000u  /* a page may be shorter than asked for, but not for ever */
#define KMS_API_GRANT_ID_BYTES  129    /* GrantId is 1..128 */

/* What a grant may permit (AWS KMS API reference, GrantListEntry.Operations); a name of the future is OTHER. */
#define KMS_API_GRANT_OPERATION_TABLE(X)                                                                     \
	X(DECRYPT, "Decrypt")                                                                                \
	X(ENCRYPT, "Encrypt")                                                                                \
	X(GENERATE_DATA_KEY, "GenerateDataKey")                                                              \
	X(GENERATE_DATA_KEY_WITHOUT_PLAINTEXT, "GenerateDataKeyWithoutPlaintext")                            \
	X(RE_ENCRYPT_FROM, "ReEncryptFrom")                                                                  \
	X(RE_ENCRYPT_TO, "ReEncryptTo")                                                                      \
	X(CREATE_GRANT, "CreateGrant")                                                                       \
	X(RETIRE_GRANT, "RetireGrant")                                                                       \
	X(DESCRIBE_KEY, "DescribeKey")                                                                       \
	X(OTHER, "others")

enum kms_api_grant_operation {
#define X(e, name) KMS_API_GRANT_OPERATION_##e,
	KMS_API_GRANT_OPERATION_TABLE(X)
#undef X
		KMS_API_GRANT_OPERATION_COUNT
};
const char *kms_api_grant_operation_name(enum kms_api_grant_operation o);

struct kms_api_grant {
	char id[KMS_API_GRANT_ID_BYTES];
};
/* The grants that concern the vendor, gathered over pages. A list is no snapshot. */
struct kms_api_grants {
	struct kms_api_grant *items; /* the vendor's: IssuingAccount, GranteePrincipal or RetiringPrincipal is
					of its account */
	uint32_t count, size;
	uint32_t total;  /* grants seen, all owners */
	uint32_t unsure; /* neither: a service principal without IssuingAccount */
	uint32_t
		operations; /* bits 1 << enum kms_api_grant_operation: what the vendor's and the unsure ones permit */
	uint32_t pages;
	bool more; /* ask again with `marker` */
	char marker[KMS_API_MARKER_BYTES];
};
#define KMS_API_GRANTS_INIT ((struct kms_api_grants){.items = NULL})
void kms_api_grants_fini(struct kms_api_grants *g);
/* Sorts them by their ids. The first of them, `max` at most, and the SHA-256 of their ids, each with a newline behind it.
 * Fails: -ENOMEM. */
int kms_api_grants_batch(
	struct kms_api_grants *g, uint32_t max, uint32_t *ret_count, struct digest *ret_digest);
/* ListGrants: adds one page. A marker that comes again and pages without end are FAULT_MALFORMED. On any
 * fault `g` holds what was read before and must not be taken for the whole list. */
int kms_api_read_grants(const struct http_answer *a, const struct account_id *vendor,
	struct kms_api_grants *g, struct trouble *ret_trouble);
