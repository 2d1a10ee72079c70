/* SPDX-License-Identifier: Apache-2.0 */
/* key: what one look at a KMS key brought back, as facts. Whether that is a loss is judged by the core. */
#pragma once
#include "base/digest.h"
#include "model/moment.h"
#include <stdbool.h>
#include <stdint.h>

/* KeyState of AWS KMS (API model 2014-11-01, KeyMetadata). X(ENUM, "wire name") */
#define KEY_STATE_TABLE(X)                                                                                   \
	X(CREATING, "Creating")                                                                              \
	X(ENABLED, "Enabled")                                                                                \
	X(DISABLED, "Disabled")                                                                              \
	X(PENDING_DELETION, "PendingDeletion")                                                               \
	X(PENDING_IMPORT, "PendingImport")                                                                   \
	X(PENDING_REPLICA_DELETION, "PendingReplicaDeletion")                                                \
	X(UNAVAILABLE, "Unavailable")                                                                        \
	X(UPDATING, "Updating")

enum key_state {
	KEY_STATE_UNKNOWN, /* absent, or a value that is not in the table */
#define X(e, name) KEY_STATE_##e,
	KEY_STATE_TABLE(X)
#undef X
		KEY_STATE_COUNT
};
const char *key_state_name(enum key_state s); /* "unknown" for KEY_STATE_UNKNOWN */
enum key_state key_state_parse(const char *name);

/* Why a service gave no usable answer: a fact of the world. Shared by KMS, STS and TiDB Cloud.
 * X(ENUM, "name") */
#define FAULT_TABLE(X)                                                                                       \
	X(NONE, "none")                                                                                      \
	X(NETWORK, "network") /* connect, read or write failed */                                            \
	X(DNS, "dns")                                                                                        \
	X(TLS, "tls")                                                                                        \
	X(TIMEOUT, "timeout")                                                                                \
	X(SERVER_ERROR, "server_error") /* 5xx and what the service calls transient */                       \
	X(THROTTLED, "throttled")                                                                            \
	X(CREDENTIALS, "credentials") /* missing, expired, unknown to the service (401) */                   \
	X(CLOCK_SKEW, "clock_skew")                                                                          \
	X(DENIED, "denied") /* authenticated but not permitted (403, AccessDeniedException) */               \
	X(NOT_FOUND, "not_found")                                                                            \
	X(MALFORMED, "malformed") /* an answer that is too long, no JSON, or of wrong types */               \
	X(REFUSED, "refused")     /* any other definite "no" with a reason (4xx) */                          \
	X(CANCELLED, "cancelled") /* never sent, or we are shutting down */

enum fault {
#define X(e, name) FAULT_##e,
	FAULT_TABLE(X)
#undef X
		FAULT_COUNT
};
const char *fault_name(enum fault f);

/* The actions that the vendor needs, per purpose: bits of a set. Version 1 of the table, from TiDB Cloud's
 * documented key policy ("Encryption at Rest Using Customer-Managed Encryption Keys on AWS"): ebs = Encrypt,
 * Decrypt, ReEncrypt*, GenerateDataKey*, CreateGrant, DescribeKey through ec2.REGION.amazonaws.com for any
 * principal of the vendor account; s3 = Decrypt, GenerateDataKey for the vendor's root principal.
 * X(ENUM, "purpose", "kms:Action") */
#define NEED_TABLE(X)                                                                                        \
	X(EBS_ENCRYPT, "ebs", "kms:Encrypt")                                                                 \
	X(EBS_DECRYPT, "ebs", "kms:Decrypt")                                                                 \
	X(EBS_REENCRYPT_FROM, "ebs", "kms:ReEncryptFrom")                                                    \
	X(EBS_REENCRYPT_TO, "ebs", "kms:ReEncryptTo")                                                        \
	X(EBS_GENERATE_DATA_KEY, "ebs", "kms:GenerateDataKey")                                               \
	X(EBS_GENERATE_DATA_KEY_WP, "ebs", "kms:GenerateDataKeyWithoutPlaintext")                            \
	X(EBS_CREATE_GRANT, "ebs", "kms:CreateGrant")                                                        \
	X(EBS_DESCRIBE_KEY, "ebs", "kms:DescribeKey")                                                        \
	X(S3_DECRYPT, "s3", "kms:Decrypt")                                                                   \
	X(S3_GENERATE_DATA_KEY, "s3", "kms:GenerateDataKey")
#define NEED_TABLE_VERSION 1

enum need {
#define X(e, purpose, action) NEED_##e,
	NEED_TABLE(X)
#undef X
		NEED_COUNT
};
#define NEED_BIT(need) ((uint16_t)(1u << (need)))
#define NEED_ALL       ((uint16_t)((1u << NEED_COUNT) - 1))
const char *need_purpose(enum need n);
const char *need_action(enum need n);

/* Whose cmekd Deny statement (Sid "CmekdCut...") stands in the policy and cuts the vendor. */
enum cut_by {
	CUT_BY_NONE,    /* no cmekd statement matters */
	CUT_BY_OWN,     /* this project's ledger */
	CUT_BY_SIBLING, /* the ledger of another project of this daemon */
	CUT_BY_FOREIGN, /* an unknown ledger: a second daemon, or a lost ledger */
};

/* What the key policy gives the vendor account: three disjoint sets of NEED_BITs that cover NEED_ALL. */
struct access {
	uint16_t allowed, denied, undecided; /* denied: by a Deny, or by no Allow */
	bool by_deny;                        /* a Deny statement decided Decrypt or CreateGrant of ebs */
	bool other_foreign_allowed; /* another foreign account is allowed Decrypt or CreateGrant for ebs */
	enum cut_by cut_by;         /* of a statement that is TRUE for the vendor */
	bool own_sid_present;       /* our Deny stands in the text, whatever it does */
};

struct look {
	enum fault fault;         /* of DescribeKey, or of GetKeyPolicy where that was needed */
	bool self_denied;         /* FAULT_DENIED and GetCallerIdentity answered */
	enum key_state key_state; /* valid unless DescribeKey failed */
	struct walltime deletion; /* of a key pending deletion, else WALLTIME_UNKNOWN */
	enum cut_by off_by;       /* of a key that is disabled: OWN is for the core to know */
	bool have_access;         /* the policy was read and evaluated */
	struct access access;
	struct digest policy; /* SHA-256 of the policy text; zero unless have_access */
	uint64_t material;    /* fingerprint of CurrentKeyMaterialId, 0 if not told */
};
