/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/sight.h"
#include <stddef.h>

static struct look faulty(enum fault fault)
{
	return (struct look){.fault = fault};
}

static struct look in_state(enum key_state state)
{
	return (struct look){.key_state = state};
}

/* The policy was read, and allows, denies and leaves open these. */
static struct look policy(uint16_t denied, uint16_t undecided)
{
	return (struct look){
		.key_state = KEY_STATE_ENABLED,
		.have_access = true,
		.policy = {.bytes = {1}}, /* some */
		.access = {.allowed = (uint16_t)(NEED_ALL & ~denied & ~undecided),
			.denied = denied,
			.undecided = undecided},
	};
}

static struct look cut(bool by_deny, enum cut_by by, bool other_account)
{
	struct look l = policy(NEED_ALL, 0);

	l.access.by_deny = by_deny;
	l.access.cut_by = by;
	l.access.own_sid_present = by == CUT_BY_OWN;
	l.access.other_foreign_allowed = other_account;
	return l;
}

/* As the core marks what its incident took out. */
static struct look taken_out(void)
{
	struct look l = policy(NEED_ALL, 0);

	l.access.cut_by = CUT_BY_OWN;
	return l;
}

static struct look pending(struct walltime deletion)
{
	struct look l = in_state(KEY_STATE_PENDING_DELETION);

	l.deletion = deletion;
	return l;
}

static struct look denied_ourselves(void)
{
	struct look l = faulty(FAULT_DENIED);

	l.self_denied = true;
	return l;
}

struct look sight_of(enum reason reason, struct walltime deletion)
{
	switch (reason) {
	case REASON_ALLOWED:
		return policy(0, 0);
	case REASON_ACTION_MISSING:
		return policy(NEED_BIT(NEED_S3_DECRYPT), 0);
	case REASON_UNDECIDABLE:
		return policy(0, NEED_BIT(NEED_EBS_DECRYPT) | NEED_BIT(NEED_EBS_CREATE_GRANT));
	case REASON_POLICY_NO_ALLOW:
		return cut(false, CUT_BY_NONE, false);
	case REASON_POLICY_DENIED:
		return cut(true, CUT_BY_NONE, false);
	case REASON_OWN_CUT:
		return cut(true, CUT_BY_OWN, false);
	case REASON_SHARED_KEY:
		return cut(true, CUT_BY_SIBLING, false);
	case REASON_FOREIGN_CUT:
		return cut(true, CUT_BY_FOREIGN, false);
	case REASON_VENDOR_CHANGED:
		return cut(false, CUT_BY_NONE, true);
	case REASON_KEY_DISABLED:
		return in_state(KEY_STATE_DISABLED);
	case REASON_OWN_REMOVE:
		return taken_out();
	case REASON_OWN_DISABLE:
		return (struct look){.key_state = KEY_STATE_DISABLED, .off_by = CUT_BY_OWN};
	case REASON_PENDING_DELETION:
		return pending(deletion);
	case REASON_PENDING_REPLICA_DELETION:
		return in_state(KEY_STATE_PENDING_REPLICA_DELETION);
	case REASON_PENDING_IMPORT:
		return in_state(KEY_STATE_PENDING_IMPORT);
	case REASON_CREATING:
		return in_state(KEY_STATE_CREATING);
	case REASON_UNAVAILABLE:
		return in_state(KEY_STATE_UNAVAILABLE);
	case REASON_UNKNOWN_STATE:
		return in_state(KEY_STATE_UNKNOWN);
	case REASON_DELETED: /* once its date has passed */
	case REASON_NOT_FOUND:
		return faulty(FAULT_NOT_FOUND);
	case REASON_NETWORK:
		return faulty(FAULT_NETWORK);
	case REASON_DNS:
		return faulty(FAULT_DNS);
	case REASON_TLS:
		return faulty(FAULT_TLS);
	case REASON_TIMEOUT:
		return faulty(FAULT_TIMEOUT);
	case REASON_SERVER_ERROR:
		return faulty(FAULT_SERVER_ERROR);
	case REASON_THROTTLED:
		return faulty(FAULT_THROTTLED);
	case REASON_CREDENTIALS:
		return faulty(FAULT_CREDENTIALS);
	case REASON_CLOCK_SKEW:
		return faulty(FAULT_CLOCK_SKEW);
	case REASON_MALFORMED:
		return faulty(FAULT_MALFORMED);
	case REASON_SELF_DENIED:
		return denied_ourselves();
	case REASON_NOT_LOOKED:
	case REASON_COUNT:
		break;
	}
	return faulty(FAULT_CANCELLED);
}
