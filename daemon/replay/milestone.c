/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/milestone.h"
#include "base/array.h"
#include <stdlib.h>

#define ANSWERED_AT_ONCE_MS 2000 /* a budget that was granted so soon was not waited for */

static const struct {
	const char *name, *text;
} rows[MILESTONE_TYPE_COUNT] = {
#define X(e, name, text) {name, text},
	MILESTONE_TABLE(X)
#undef X
};

const char *milestone_name(enum milestone_type t)
{
	return rows[t].name;
}

const char *milestone_text(enum milestone_type t)
{
	return rows[t].text;
}

void milestones_fini(struct milestones *m)
{
	free(m->items);
	*m = (struct milestones){.items = NULL};
}

const struct milestone *milestones_first(const struct milestones *m, enum milestone_type type)
{
	for (uint32_t i = 0; i < m->count; i++)
		if (m->items[i].type == type)
			return &m->items[i];
	return NULL;
}

static int put(struct milestones *m, enum milestone_type type, uint32_t cluster, struct walltime at)
{
	if (m->count == MILESTONES_MAX) {
		m->cut = true;
		return 0;
	}
	int r = array_grow(&m->items, &m->size, m->count + 1, sizeof *m->items);

	if (r != 0)
		return r;
	m->items[m->count++] = (struct milestone){.type = type, .cluster = cluster, .at = at};
	return 0;
}

/* Each project asks for the budget; only one that was made to wait is worth telling. */
static void forget_short_wait(struct milestones *m, struct walltime now)
{
	if (m->count > 0 && m->items[m->count - 1].type == MILESTONE_BUDGET &&
		now.ms - m->items[m->count - 1].at.ms <= ANSWERED_AT_ONCE_MS)
		m->count--;
}

static int add_end(struct milestones *m, const struct record *r, enum phase before)
{
	bool undone = before == PHASE_WAITING || before == PHASE_GRACE || before == PHASE_BUDGET ||
		      before == PHASE_DECLINED;
	int result = put(m, undone && !m->paused ? MILESTONE_CANCELLED : MILESTONE_CLOSED,
		MILESTONE_NO_CLUSTER, r->at);

	m->paused = false;
	m->causes = 0;
	return result;
}

static int add_phase(struct milestones *m, const struct record *r)
{
	enum phase before = m->phase;

	if (r->phase == before)
		return 0;
	m->phase = r->phase;
	switch (r->phase) {
	case PHASE_NONE:
		return add_end(m, r, before);
	case PHASE_WAITING:
		return put(m, MILESTONE_WAITING, MILESTONE_NO_CLUSTER, r->at);
	case PHASE_GRACE:
		return put(m, MILESTONE_GRACE, MILESTONE_NO_CLUSTER, r->at);
	case PHASE_BUDGET:
		return put(m, MILESTONE_BUDGET, MILESTONE_NO_CLUSTER, r->at);
	case PHASE_PAUSING:
		if (before == PHASE_HELD) /* one more, or one again */
			return 0;
		forget_short_wait(m, r->at);
		return put(m, MILESTONE_PAUSING, MILESTONE_NO_CLUSTER, r->at);
	case PHASE_PROVING:
		return put(m, MILESTONE_PROVING, MILESTONE_NO_CLUSTER, r->at);
	case PHASE_RESUMING:
		return put(m, MILESTONE_RESUMING, MILESTONE_NO_CLUSTER, r->at);
	case PHASE_DECLINED: /* a record of its own says it */
	case PHASE_HELD:     /* dark, or what keeps it from that, says more */
	case PHASE_COUNT:
		break;
	}
	return 0;
}

static int add_incident(struct milestones *m, const struct record *r)
{
	bool was = m->causes & CAUSE_OPERATOR, is = r->causes & CAUSE_OPERATOR;
	int result = 0;

	if (is != was && r->phase != PHASE_NONE)
		result = put(m, is ? MILESTONE_REVOKED : MILESTONE_RESTORED, MILESTONE_NO_CLUSTER, r->at);
	m->causes = r->causes;
	/* One usable look in the grace period withdraws the verdict, and no record of its own says so. */
	if ((r->phase == PHASE_NONE || r->phase == PHASE_PROVING) && r->outcome != OUTCOME_UNKNOWN)
		m->outcome = r->outcome;
	return result != 0 ? result : add_phase(m, r);
}

static int add_cut(struct milestones *m, const struct record *r)
{
	enum cut before = m->policy;

	m->policy = r->cut;
	if (r->cut == CUT_MADE && before != CUT_MADE)
		return put(m, MILESTONE_CUT, MILESTONE_NO_CLUSTER, r->at);
	if (r->cut == CUT_NONE && before != CUT_NONE)
		return put(m, MILESTONE_UNCUT, MILESTONE_NO_CLUSTER, r->at);
	return 0;
}

static int add_verdict(struct milestones *m, const struct record *r)
{
	enum outcome before = m->outcome;
	bool is_access = r->outcome == OUTCOME_USABLE || r->outcome == OUTCOME_DEGRADED;

	m->outcome = r->outcome;
	if (r->outcome == OUTCOME_LOST && before != OUTCOME_LOST)
		return put(m, MILESTONE_LOST, MILESTONE_NO_CLUSTER, r->at);
	return is_access && before == OUTCOME_LOST ? put(m, MILESTONE_ACCESS, MILESTONE_NO_CLUSTER, r->at)
						   : 0;
}

static bool gives_back(enum duty d)
{
	return d == DUTY_RESUME_OWED || d == DUTY_RESUME_SENT || d == DUTY_RESUME_UNSURE ||
	       d == DUTY_RESUME_TAKEN;
}

static int add_cluster(struct milestones *m, const struct record *r, uint32_t cluster, enum duty before)
{
	if (r->duty == before)
		return 0;
	if (r->duty == DUTY_PAUSED) {
		m->paused = true;
		return put(m, MILESTONE_PAUSED, cluster, r->at);
	}
	if (r->duty == DUTY_TOUCHED)
		return put(m, MILESTONE_TOUCHED, cluster, r->at);
	if (r->duty == DUTY_FREE && (gives_back(before) || before == DUTY_PAUSED))
		return put(m, MILESTONE_RESUMED, cluster, r->at);
	return 0;
}

int milestones_add(struct milestones *m, const struct record *r, uint32_t cluster, enum duty before)
{
	switch (r->type) {
	case RECORD_VERDICT:
		return add_verdict(m, r);
	case RECORD_INCIDENT:
		return add_incident(m, r);
	case RECORD_APPROVED:
		return put(m, MILESTONE_APPROVED, MILESTONE_NO_CLUSTER, r->at);
	case RECORD_DECLINED:
		return put(m, MILESTONE_DECLINED, MILESTONE_NO_CLUSTER, r->at);
	case RECORD_CUT_INTENT:
	case RECORD_CUT_RESULT:
		return add_cut(m, r);
	case RECORD_CLUSTER:
		return add_cluster(m, r, cluster, before);
	case RECORD_ACT_RESULT:
		if (before == DUTY_PAUSE_SENT && r->duty == DUTY_OWED && r->result != ACT_RESULT_NOT_SENT)
			return put(m, MILESTONE_REFUSED, cluster, r->at);
		return 0;
	case RECORD_GRANTS_INTENT:
	case RECORD_GRANTS_RESULT:
		return 0;
	case RECORD_DARK:
		return put(m, MILESTONE_DARK, MILESTONE_NO_CLUSTER, r->at);
	case RECORD_NOT_DARK:
		return put(m, MILESTONE_NOT_DARK, MILESTONE_NO_CLUSTER, r->at);
	case RECORD_INCLUDED:
	case RECORD_ADOPTED:
	case RECORD_GENESIS:
	case RECORD_SETTING:
	case RECORD_ARMED:
	case RECORD_DISARMED:
	case RECORD_DELETION:
	case RECORD_BUDGET:
	case RECORD_PAUSE_INTENT:
	case RECORD_RESUME_INTENT:
	case RECORD_ERRAND_INTENT:
	case RECORD_ERRAND_RESULT:
	case RECORD_DRILL:
	case RECORD_LIVE_DRILL:
	case RECORD_SUSPENDED:
	case RECORD_UNSUSPENDED:
	case RECORD_TYPE_COUNT:
		break;
	}
	return 0;
}
