/* SPDX-License-Identifier: Apache-2.0 */
#include "core/evidence.h"
#include <string.h>

static enum reason judge_fault(const struct look *look, struct walltime deletion, struct walltime now)
{
	switch (look->fault) {
	case FAULT_NETWORK:
		return REASON_NETWORK;
	case FAULT_DNS:
		return REASON_DNS;
	case FAULT_TLS:
		return REASON_TLS;
	case FAULT_TIMEOUT:
		return REASON_TIMEOUT;
	case FAULT_SERVER_ERROR:
		return REASON_SERVER_ERROR;
	case FAULT_THROTTLED:
		return REASON_THROTTLED;
	case FAULT_CREDENTIALS:
		return REASON_CREDENTIALS;
	case FAULT_CLOCK_SKEW:
		return REASON_CLOCK_SKEW;
	case FAULT_DENIED:
		return look->self_denied ? REASON_SELF_DENIED : REASON_CREDENTIALS;
	case FAULT_NOT_FOUND:
		if (walltime_is_known(deletion) && now.ms > deletion.ms)
			return REASON_DELETED;
		return REASON_NOT_FOUND;
	case FAULT_MALFORMED:
	case FAULT_REFUSED:
	case FAULT_NONE: /* no fault, and yet nothing to judge */
	case FAULT_COUNT:
		return REASON_MALFORMED;
	case FAULT_CANCELLED:
		return REASON_NOT_LOOKED;
	}
	return REASON_MALFORMED;
}

static enum reason judge_cut(const struct access *a)
{
	switch (a->cut_by) {
	case CUT_BY_OWN:
		return a->by_deny ? REASON_OWN_CUT : REASON_OWN_REMOVE;
	case CUT_BY_SIBLING:
		return REASON_SHARED_KEY;
	case CUT_BY_FOREIGN:
		return REASON_FOREIGN_CUT;
	case CUT_BY_NONE:
		break;
	}
	if (a->other_foreign_allowed)
		return REASON_VENDOR_CHANGED;
	return a->by_deny ? REASON_POLICY_DENIED : REASON_POLICY_NO_ALLOW;
}

static enum reason judge_access(const struct access *a)
{
	const uint16_t vital = NEED_BIT(NEED_EBS_DECRYPT) | NEED_BIT(NEED_EBS_CREATE_GRANT);

	/* "lost: policy permits the vendor neither Decrypt nor CreateGrant for ebs". What is undecided may be
	 * permitted, so it is no loss. */
	if (((a->allowed | a->undecided) & vital) == 0)
		return judge_cut(a);
	if (a->allowed == NEED_ALL)
		return REASON_ALLOWED;
	if (a->denied != 0 && (a->allowed & vital) != 0)
		return REASON_ACTION_MISSING;
	return REASON_UNDECIDABLE;
}

static enum reason judge_disabled(enum cut_by off_by)
{
	switch (off_by) {
	case CUT_BY_OWN:
		return REASON_OWN_DISABLE;
	case CUT_BY_SIBLING:
		return REASON_SHARED_KEY;
	case CUT_BY_FOREIGN:
	case CUT_BY_NONE:
		break;
	}
	return REASON_KEY_DISABLED;
}

enum reason evidence_judge(
	const struct look *look, enum cut_by off_by, struct walltime deletion, struct walltime now)
{
	/* The state alone proves a loss, even where the policy could not be read. */
	switch (look->key_state) {
	case KEY_STATE_DISABLED:
		return judge_disabled(off_by);
	case KEY_STATE_PENDING_DELETION:
		return REASON_PENDING_DELETION;
	case KEY_STATE_PENDING_REPLICA_DELETION:
		return REASON_PENDING_REPLICA_DELETION;
	case KEY_STATE_PENDING_IMPORT:
		return REASON_PENDING_IMPORT;
	case KEY_STATE_CREATING:
		return REASON_CREATING;
	case KEY_STATE_UNAVAILABLE:
		return REASON_UNAVAILABLE;
	case KEY_STATE_ENABLED:
	case KEY_STATE_UPDATING:
		if (look->fault == FAULT_NONE && look->have_access)
			return judge_access(&look->access);
		return judge_fault(look, WALLTIME_UNKNOWN, now);
	case KEY_STATE_UNKNOWN:
	case KEY_STATE_COUNT:
		break;
	}
	if (look->fault == FAULT_NONE)
		return REASON_UNKNOWN_STATE;
	return judge_fault(look, deletion, now);
}

void evidence_init(struct evidence *e)
{
	memset(e, 0, sizeof *e);
	e->reason = e->last_reason = REASON_NOT_LOOKED;
	e->last_look = e->last_known = e->usable_since = BOOTTIME_NEVER;
}

static uint32_t count_outcome(const struct evidence *e, enum outcome outcome)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->filled; i++)
		n += e->window[i].outcome == outcome;
	return n;
}

/* The most careful gate among the looks that say lost: one that must wait for a person makes all wait. */
static enum gate lost_gate(const struct evidence *e)
{
	enum gate gate = GATE_NONE;

	for (uint32_t i = 0; i < e->filled; i++)
		if (e->window[i].outcome == OUTCOME_LOST && e->window[i].gate > gate)
			gate = e->window[i].gate;
	return gate;
}

/* What a verdict of lost rests on. Looks at what we did ourselves prove nothing of what others did: while one of them is among
 * those that the verdict is of, it is ours; and where looks that told nothing took their place, until as many of others are there
 * as any verdict takes. */
static enum reason lost_reason(const struct evidence *e)
{
	for (uint32_t i = 0; i < e->filled; i++)
		if (e->window[i].outcome == OUTCOME_LOST && reason_is_own(e->window[i].reason))
			return e->window[i].reason;
	if (reason_is_own(e->reason) && count_outcome(e, OUTCOME_LOST) < CORE_CONFIRM)
		return e->reason;
	return e->window[0].reason;
}

static void count_usable(struct evidence *e, enum outcome outcome, struct boottime now)
{
	if (outcome == OUTCOME_LOST) {
		e->usable_since = BOOTTIME_NEVER;
		e->usable_looks = 0;
	} else if (outcome == OUTCOME_USABLE) {
		if (e->usable_looks == 0)
			e->usable_since = now;
		e->usable_looks++;
	}
}

/* What is lost for EBS may be open for S3: two purposes, two statements. */
static bool opens_backups(const struct look *look)
{
	bool usable = look->key_state == KEY_STATE_ENABLED || look->key_state == KEY_STATE_UPDATING;

	return usable && look->have_access &&
	       ((look->access.allowed | look->access.undecided) & NEED_BIT(NEED_S3_DECRYPT));
}

bool evidence_add(struct evidence *e, const struct look *look, enum reason reason, struct moment at)
{
	enum outcome outcome = reason_outcome(reason);
	bool changed = false;

	memmove(&e->window[1], &e->window[0], sizeof e->window - sizeof e->window[0]);
	e->window[0].outcome = outcome;
	e->window[0].reason = reason;
	e->window[0].gate = reason_gate(reason);
	if (e->filled < CORE_WINDOW)
		e->filled++;
	e->last = *look;
	e->last_reason = reason;
	e->last_look = at.boot;
	if (outcome == OUTCOME_UNKNOWN)
		return false;

	e->last_known = at.boot;
	e->known = outcome;
	e->backups_open = opens_backups(look);
	if (outcome == OUTCOME_USABLE)
		e->last_usable_at = at.wall;
	count_usable(e, outcome, at.boot);
	if (outcome != e->verdict && count_outcome(e, outcome) >= CORE_CONFIRM) {
		e->verdict = outcome;
		e->verdict_at = at;
		changed = true;
	}
	if (outcome == e->verdict) {
		if (outcome == OUTCOME_LOST)
			reason = lost_reason(e);
		changed = changed || e->reason != reason;
		e->reason = reason;
		e->gate = outcome == OUTCOME_LOST ? lost_gate(e) : GATE_NONE;
	}
	return changed;
}

void evidence_withdraw(struct evidence *e, struct moment at)
{
	e->verdict = e->window[0].outcome;
	e->reason = e->window[0].reason;
	e->gate = GATE_NONE;
	e->verdict_at = at;
	e->filled = 1;
}

bool evidence_unsettled(const struct evidence *e)
{
	for (uint32_t i = 0; i < e->filled; i++) {
		if (e->window[i].outcome != OUTCOME_UNKNOWN && e->window[i].outcome != e->verdict)
			return true;
		if (e->window[i].reason == REASON_SELF_DENIED && !evidence_self_denied(e))
			return true;
	}
	return false;
}

bool evidence_confirming(const struct evidence *e)
{
	return e->filled > 0 && (e->known != e->verdict || e->window[0].reason == REASON_SELF_DENIED);
}

bool evidence_confirms_usable(const struct evidence *e)
{
	return e->verdict == OUTCOME_USABLE && count_outcome(e, OUTCOME_USABLE) >= CORE_CONFIRM;
}

bool evidence_self_denied(const struct evidence *e)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->filled; i++)
		n += e->window[i].reason == REASON_SELF_DENIED;
	return n >= CORE_CONFIRM && e->window[0].reason == REASON_SELF_DENIED;
}

bool evidence_agrees(const struct evidence *e, enum outcome outcome, struct boottime now, int64_t age_ms)
{
	return e->filled > 0 && e->window[0].outcome == outcome && now.ms - e->last_look.ms <= age_ms;
}

bool evidence_sees_access(const struct evidence *e)
{
	return e->filled > 0 &&
	       (e->window[0].outcome == OUTCOME_USABLE || e->window[0].outcome == OUTCOME_DEGRADED);
}

bool evidence_last_saw_access(const struct evidence *e)
{
	return e->known == OUTCOME_USABLE || e->known == OUTCOME_DEGRADED;
}

bool evidence_proven(const struct evidence *e, struct boottime now, int64_t delay_ms)
{
	return e->usable_looks >= CORE_CONFIRM && e->verdict == OUTCOME_USABLE && e->filled > 0 &&
	       e->window[0].outcome == OUTCOME_USABLE && now.ms - e->usable_since.ms >= delay_ms;
}
