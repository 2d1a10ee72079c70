/* SPDX-License-Identifier: Apache-2.0 */
/* reason: outcomes of a look and why. One table; enum, names, explain, journal and catalog come from it. */
#pragma once
#include <stdbool.h>

enum outcome { OUTCOME_UNKNOWN, OUTCOME_USABLE, OUTCOME_DEGRADED, OUTCOME_LOST };

/* What a confirmed reason leads to. */
enum gate {
	GATE_NONE,    /* nothing, or only an alert */
	GATE_AUTO,    /* after confirmation and grace: the reaction */
	GATE_APPROVE, /* always waits for a person */
};

/* X(ENUM, "name", OUTCOME, GATE, "what was seen", "what to do") */
#define REASON_TABLE(X)                                                                                      \
	X(ALLOWED, "allowed", USABLE, NONE,                                                                  \
		"key enabled and the key policy allows every action to the vendor", "nothing to do")         \
	X(ACTION_MISSING, "action_missing", DEGRADED, NONE,                                                  \
		"the key policy withholds some, but not all, of the actions that the vendor needs",          \
		"allow the missing actions to the vendor account in the key policy")                         \
	X(KEY_DISABLED, "key_disabled", LOST, AUTO, "the key is Disabled",                                   \
		"enable the key in AWS KMS to give access back")                                             \
	X(POLICY_NO_ALLOW, "policy_no_allow", LOST, AUTO,                                                    \
		"no statement of the key policy allows the vendor Decrypt or CreateGrant for EBS",           \
		"put the vendor's statements back into the key policy")                                      \
	X(POLICY_DENIED, "policy_denied", LOST, AUTO,                                                        \
		"a Deny statement of the key policy refuses the vendor Decrypt and CreateGrant for EBS",     \
		"remove the Deny statement from the key policy")                                             \
	X(OWN_CUT, "own_cut", LOST, NONE, "cmekd's own Deny statement of this incident cuts the vendor",     \
		"run cmekctl restore when access is to be given back")                                       \
	X(OWN_DISABLE, "own_disable", LOST, NONE, "cmekd disabled the key for this incident",                \
		"run cmekctl restore when access is to be given back")                                       \
	X(OWN_REMOVE, "own_remove", LOST, NONE,                                                              \
		"cmekd took TiDB Cloud out of the key policy for this incident",                             \
		"run cmekctl restore when access is to be given back")                                       \
	X(SHARED_KEY, "shared_key", LOST, APPROVE,                                                           \
		"cmekd's own cut for another project on the same key cuts the vendor",                       \
		"approve the pause for this project too, or restore the other project")                      \
	X(FOREIGN_CUT, "foreign_cut", LOST, APPROVE,                                                         \
		"a cmekd Deny statement of an unknown ledger cuts the vendor",                               \
		"find the second cmekd or the lost ledger that made it")                                     \
	X(VENDOR_CHANGED, "vendor_changed", LOST, APPROVE,                                                   \
		"the vendor account is cut and another foreign account is allowed EBS use",                  \
		"if TiDB Cloud moved to another account, set VendorAccount= to it and reload")               \
	X(PENDING_DELETION, "pending_deletion", LOST, APPROVE, "the key is pending deletion",                \
		"to keep the data, cancel it: cmekctl key cancel-deletion")                                  \
	X(PENDING_REPLICA_DELETION, "pending_replica_deletion", LOST, APPROVE,                               \
		"the multi-Region primary key is pending deletion until its replicas are gone",              \
		"to keep the data, cancel it: cmekctl key cancel-deletion")                                  \
	X(PENDING_IMPORT, "pending_import", LOST, APPROVE, "the key material is gone or expired",            \
		"import the same key material again")                                                        \
	X(DELETED, "deleted", LOST, APPROVE,                                                                 \
		"the key was pending deletion, its date passed, and it is gone",                             \
		"export the data of clusters that still run: they may be the last readable copy")            \
	X(NOT_LOOKED, "not_looked", UNKNOWN, NONE, "the key was not looked at yet",                          \
		"wait for the first look")                                                                   \
	X(NETWORK, "network", UNKNOWN, NONE, "AWS KMS could not be reached", "check network and proxy")      \
	X(DNS, "dns", UNKNOWN, NONE, "the name of the AWS KMS endpoint could not be resolved", "check DNS")  \
	X(TLS, "tls", UNKNOWN, NONE, "the TLS connection to AWS KMS failed",                                 \
		"check the CA bundle, the clock and who answers")                                            \
	X(TIMEOUT, "timeout", UNKNOWN, NONE, "AWS KMS did not answer in time", "wait; check the network")    \
	X(SERVER_ERROR, "server_error", UNKNOWN, NONE, "AWS KMS answered with a server error", "wait")       \
	X(THROTTLED, "throttled", UNKNOWN, NONE, "AWS KMS throttled the request",                            \
		"see who else uses the account's KMS request quota")                                         \
	X(CREDENTIALS, "credentials", UNKNOWN, NONE,                                                         \
		"cmekd's AWS credentials are missing, expired or refused",                                   \
		"renew the credentials; cmekctl status shows their source")                                  \
	X(CLOCK_SKEW, "clock_skew", UNKNOWN, NONE, "AWS refused the signature's time",                       \
		"set the clock of this host")                                                                \
	X(MALFORMED, "malformed", UNKNOWN, NONE, "the answer of AWS KMS could not be understood",            \
		"cmekctl explain says what: correct the key policy there, or see who answers at the "        \
		"endpoint")                                                                                  \
	X(UNDECIDABLE, "undecidable", UNKNOWN, NONE,                                                         \
		"the key policy uses a construct that cannot be decided from here",                          \
		"cmekctl explain names the statement; state what is known with VendorContext=")              \
	X(NOT_FOUND, "not_found", UNKNOWN, NONE, "AWS KMS does not know the key",                            \
		"check the key ARN, its region and the endpoint")                                            \
	X(CREATING, "creating", UNKNOWN, NONE, "the key is being created", "wait")                           \
	X(UNAVAILABLE, "unavailable", UNKNOWN, NONE, "the custom key store of the key is out of reach",      \
		"reconnect the custom key store")                                                            \
	X(UNKNOWN_STATE, "unknown_state", UNKNOWN, NONE, "the key is in a state that cmekd does not know",   \
		"look at the key in AWS KMS; update cmekd")                                                  \
	X(SELF_DENIED, "self_denied", UNKNOWN, APPROVE,                                                      \
		"AWS KMS denies cmekd itself access to the key: the vendor may be cut too",                  \
		"give cmekd's role kms:DescribeKey and kms:GetKeyPolicy on the key again")

enum reason {
#define X(e, name, outcome, gate, seen, todo) REASON_##e,
	REASON_TABLE(X)
#undef X
		REASON_COUNT
};

/* Static texts of a row. */
const char *reason_name(enum reason r);
const char *reason_seen(enum reason r);
const char *reason_todo(enum reason r);
enum outcome reason_outcome(enum reason r);
enum gate reason_gate(enum reason r);
/* A look that shows what an incident of this project did to the key itself: it says nothing of others. */
bool reason_is_own(enum reason r);
/* Refuses: false if no row has this name. */
bool reason_parse(const char *name, enum reason *ret_reason);
const char *outcome_name(enum outcome o); /* "unknown", "usable", "degraded", "lost" */
bool outcome_parse(const char *name, enum outcome *ret_outcome);
