/* SPDX-License-Identifier: Apache-2.0 */
/* errand: one change at a cloud that an operator asks for, outside of what incidents do: rotate a key, cancel its
 * deletion. Only words; daemon/core/errand_slot says what becomes of one. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* When an errand is refused, and what it is about: bits for ERRAND_TABLE. */
enum {
	ERRAND_OF_KEY = 1 << 0, /* of a binding; without: of the project */
	ERRAND_NOT_REVOKED =
		1 << 1, /* not while an operator's revoke is in force: it would undo or blur it */
	ERRAND_NOT_PENDING = 1 << 2, /* KMS refuses it while the key is pending deletion */
	ERRAND_USES_UP = 1 << 3, /* done twice it does harm: a doubt stays until one is known to be done */
	ERRAND_NOT_IN_INCIDENT = 1 << 4, /* not while an incident is open in its region */
	ERRAND_EDITS_POLICY =
		1 << 5, /* it puts the key policy: no other change of it is under way at the same time */
};

/* X(ENUM, "name", RULES, "what it does", "how to see whether it was done"): names go into the ledger: never rename one.
 * Asked for again, each looks first and does nothing twice. */
#define ERRAND_TABLE(X)                                                                                      \
	X(ENABLE_ROTATION, "enable_rotation", ERRAND_OF_KEY | ERRAND_NOT_REVOKED | ERRAND_NOT_PENDING,       \
		"switch on automatic rotation of the key", "cmekctl rotation")                               \
	X(ROTATE_KEY, "rotate_key",                                                                          \
		ERRAND_OF_KEY | ERRAND_NOT_REVOKED | ERRAND_NOT_PENDING | ERRAND_USES_UP,                    \
		"rotate the key material now", "cmekctl rotation")                                           \
	X(CANCEL_DELETION, "cancel_deletion", ERRAND_OF_KEY, "cancel the deletion of the key",               \
		"cmekctl status")                                                                            \
	X(ENABLE_KEY, "enable_key", ERRAND_OF_KEY | ERRAND_NOT_REVOKED, "enable the key", "cmekctl status")  \
	X(REMOVE_STATEMENT, "remove_statement", ERRAND_OF_KEY | ERRAND_NOT_REVOKED | ERRAND_EDITS_POLICY,    \
		"remove a Deny statement of others from the key policy", "cmekctl explain")                  \
	/* Setting up: the region has perhaps no key yet, so these are of the project. */                    \
	X(CONFIGURE_CMEK, "configure_cmek", ERRAND_NOT_IN_INCIDENT,                                          \
		"configure the key of a region in TiDB Cloud", "cmekctl setup")                              \
	X(APPLY_POLICY, "apply_policy", ERRAND_NOT_IN_INCIDENT | ERRAND_EDITS_POLICY,                        \
		"let TiDB Cloud in by the key policy", "cmekctl policy apply --dry-run")                     \
	X(CREATE_CLUSTER, "create_cluster", ERRAND_NOT_IN_INCIDENT, "create a cluster", "cmekctl status")

#define ERRAND_PERIOD_MIN_DAYS 90 /* of automatic rotation (AWS KMS API reference, EnableKeyRotation) */
#define ERRAND_PERIOD_MAX_DAYS 2560

enum errand {
#define X(e, name, rules, what, see) ERRAND_##e,
	ERRAND_TABLE(X)
#undef X
		ERRAND_COUNT
};
const char *errand_name(enum errand e);
const char *errand_what(enum errand e);
const char *errand_see(enum errand e);
uint32_t errand_rules(enum errand e);
bool errand_parse(const char *name, enum errand *ret_errand);
