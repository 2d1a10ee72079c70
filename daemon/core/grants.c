/* SPDX-License-Identifier: Apache-2.0 */
#include "core/grants.h"
#include "core/backoff.h"
#include "core/evidence.h"

#define LIST_INTERVALS 3 /* IncidentIntervals between lists; a revoked grant is listed for a while */

void grants_listed(struct step *s, const struct event *event)
{
	struct incident *i;
	bool stale;

	if (event->grants.binding >= s->core->binding_count)
		return;
	i = &s->core->bindings[event->grants.binding].incident;
	/* What comes twice, or was asked for in an incident before, tells of another time. */
	if (i->phase == PHASE_NONE || !i->grants_in_flight)
		return;
	i->grants_in_flight = false;
	stale = i->grants_stale;
	i->grants_stale = false;
	if (stale)
		i->next_grants = s->core->now.boot;
	/* Once access is given back more may come, whatever an answer of before says. */
	if (stale || i->phase != PHASE_HELD)
		return;
	if (event->grants.fault != FAULT_NONE)
		return; /* what was counted stays good for BlindAlert */
	i->grants_known = true;
	i->grants_alive = event->grants.alive;
	i->grants_at = s->core->now.boot;
	i->grants_batch = event->grants.batch;
	i->grants_ids = event->grants.ids;
}

static struct seq record(struct step *s, enum record_type type, const struct binding *b, uint32_t count,
	enum act_result result)
{
	struct record *r = emit_record(s, type);

	r->region = b->region;
	r->incident = b->incident.id;
	r->op = b->incident.grants_op;
	r->count = count;
	r->grants = b->incident.grants_ids;
	r->result = result;
	return r->seq;
}

/* Nothing runs that could need them, and the policy does not let the vendor in any more, as the newest look saw, whoever cut it where
 * cmekd may not: nothing is lost by it but a way in. */
static bool may_revoke(const struct core *core, const struct binding *b, struct boottime now)
{
	const struct incident *i = &b->incident;

	enum dark dark;

	if (!(i->causes & CAUSE_OPERATOR) || !(i->causes & CAUSE_REVOKE_GRANTS))
		return false;
	if (i->phase != PHASE_HELD || (i->cut != CUT_MADE && i->cut != CUT_BY_HAND) ||
		!evidence_agrees(&b->evidence, OUTCOME_LOST, now, core->policy.poll_ms))
		return false;
	dark = core_dark(core, emit_binding_index(core, b));
	return dark == DARK_DARK || dark == DARK_GRANTS_ALIVE || dark == DARK_BACKUPS_OPEN;
}

bool grants_may_send(const struct core *core, const struct binding *b, struct boottime now)
{
	return b->incident.grants_revoking && may_revoke(core, b, now);
}

static void revoke(struct step *s, struct binding *b)
{
	struct incident *i = &b->incident;
	struct seq after;
	struct effect *e;

	i->grants_op.n = s->core->next_op++;
	i->grants_revoking = true;
	after = record(s, RECORD_GRANTS_INTENT, b, i->grants_batch, ACT_RESULT_ACCEPTED);
	e = emit(s, FX_REVOKE_GRANTS);
	e->after = after;
	e->op = i->grants_op;
	e->binding = emit_binding_index(s->core, b);
	e->incident = i->id;
	e->count = i->grants_batch;
}

void grants_revoked(struct step *s, const struct event *event)
{
	struct core *core = s->core;
	enum act_result result = event->revoked.result;

	for (uint32_t n = 0; n < core->binding_count; n++) {
		struct binding *b = &core->bindings[n];
		struct incident *i = &b->incident;

		if (!i->grants_revoking || i->grants_op.n != event->revoked.op.n)
			continue;
		i->grants_revoking = false;
		i->grants_batch = 0; /* listed again before anything is repeated */
		i->grants_gone += event->revoked.count;
		(void)record(s, RECORD_GRANTS_RESULT, b, event->revoked.count, result);
		if (event->revoked.count > 0) {
			i->grants_refusals = 0;
			emit_notice(s, NOTICE_GRANTS_REVOKED, b, event->revoked.count);
		}
		i->grants_denied = result == ACT_RESULT_DENIED || result == ACT_RESULT_REFUSED;
		if (i->grants_denied && !i->grants_told) {
			i->grants_told = true;
			emit_notice(s, NOTICE_GRANTS_BY_HAND, b, 0);
		}
		/* They are counted all the same: dark rests on that. */
		i->next_grants = boottime_after(core->now.boot, LIST_INTERVALS * core->policy.incident_ms);
		i->grants_retry = boottime_after(core->now.boot,
			LIST_INTERVALS * backoff_ms(core->policy.incident_ms, i->grants_refusals++));
		return;
	}
}

void grants_drive(struct step *s, struct binding *b, bool may_act)
{
	struct incident *i = &b->incident;

	if (i->phase != PHASE_HELD || i->grants_in_flight || i->grants_revoking)
		return;
	if (may_act && i->grants_batch > 0 && boottime_reached(s->core->now.boot, i->grants_retry) &&
		may_revoke(s->core, b, s->core->now.boot)) {
		revoke(s, b);
		return;
	}
	if (!boottime_reached(s->core->now.boot, i->next_grants))
		return;
	i->grants_in_flight = true;
	i->next_grants = boottime_after(s->core->now.boot, LIST_INTERVALS * s->core->policy.incident_ms);
	emit(s, FX_LIST_GRANTS)->binding = emit_binding_index(s->core, b);
}

struct boottime grants_deadline(const struct binding *b)
{
	const struct incident *i = &b->incident;

	return i->phase == PHASE_HELD && !i->grants_in_flight && !i->grants_revoking ? i->next_grants
										     : BOOTTIME_NEVER;
}
