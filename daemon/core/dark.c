/* SPDX-License-Identifier: Apache-2.0 */
#include "core/dark.h"
#include "core/emit.h"
#include "core/evidence.h"
#include "core/plan.h"

#define DARK_OLD 6 /* IncidentIntervals: a reading that is older says nothing about now */

bool core_is_blind(const struct core *core, uint32_t binding)
{
	const struct binding *b = &core->bindings[binding];
	int64_t since_ms =
		b->evidence.last_known.ms == BOOTTIME_NEVER.ms ? b->since.ms : b->evidence.last_known.ms;

	return core->now.boot.ms - since_ms > core->policy.blind_alert_ms;
}

/* A resume of ours is on its way, or may be: of an incident, or of a drill. */
static bool may_come_up(const struct core *core, const struct cluster *c)
{
	enum live_step step = core->live.step;

	return plan_is_given_back(c) ||
	       ((step == LIVE_RESUME_SENT || step == LIVE_RESUME_UNSURE || step == LIVE_RESUME_TAKEN) &&
		       cluster_id_equal(&core->live.cluster, &c->id));
}

static enum dark clusters_dark(const struct core *core, uint32_t binding, bool excluded_too)
{
	int64_t old_ms = DARK_OLD * core->policy.incident_ms;
	enum dark dark = DARK_DARK;

	for (uint32_t i = 0; i < core->cluster_count; i++) {
		const struct cluster *c = &core->clusters[i];
		bool seen =
			c->seen_at.ms != BOOTTIME_NEVER.ms; /* since start; the ledger alone proves nothing */
		bool runs;

		if (c->binding != binding || (c->state == CLUSTER_STATE_GONE && seen) ||
			(c->mark.excluded && !excluded_too))
			continue;
		runs = (seen && c->state != CLUSTER_STATE_PAUSED) || may_come_up(core, c);
		if (runs && !c->mark.excluded)
			return DARK_CLUSTER_RUNNING;
		if (runs)
			dark = DARK_CLUSTER_EXCLUDED;
		else if (dark == DARK_CLUSTER_EXCLUDED)
			continue;
		else if (!c->proven_paused || !seen || core->now.boot.ms - c->asked_at.ms > old_ms)
			dark = DARK_CLUSTER_UNREAD;
	}
	return dark;
}

/* A cluster that was created since the last list was asked for could run: it must not be old either. */
static bool list_tells_of_now(const struct core *core, const struct incident *i)
{
	return plan_list_fresh(core, i) &&
	       core->now.boot.ms - core->list_asked_at.ms <= DARK_OLD * core->policy.incident_ms;
}

bool dark_all_paused(const struct core *core, uint32_t binding)
{
	return list_tells_of_now(core, &core->bindings[binding].incident) &&
	       clusters_dark(core, binding, false) == DARK_DARK;
}

/* Our own cut may have been taken back since a look saw it, whatever was asked for since. */
static bool may_be_taken_back(const struct binding *b)
{
	const struct incident *i = &b->incident;

	return i->cut == CUT_UNDO_SENT || b->evidence.last_known.ms < i->undo_at.ms;
}

/* They are listed every three IncidentIntervals: BlindAlert may be shorter than that. */
static int64_t grants_old_ms(const struct core *core)
{
	int64_t old_ms = DARK_OLD * core->policy.incident_ms;

	return core->policy.blind_alert_ms > old_ms ? core->policy.blind_alert_ms : old_ms;
}

enum dark core_dark(const struct core *core, uint32_t binding)
{
	const struct binding *b = &core->bindings[binding];
	enum dark dark;

	if (b->incident.phase == PHASE_NONE || b->incident.phase == PHASE_PROVING ||
		b->incident.phase == PHASE_RESUMING)
		return DARK_NOT_CUT;
	if (reason_is_own(b->evidence.reason) && may_be_taken_back(b))
		return DARK_NOT_CUT;
	/* Believed lost, not contradicted by the newest look that told anything, and not blind. */
	if (b->evidence.verdict != OUTCOME_LOST || evidence_last_saw_access(&b->evidence) ||
		core_is_blind(core, binding))
		return DARK_NOT_CUT;
	if (!list_tells_of_now(core, &b->incident))
		return DARK_LIST_UNREAD;
	dark = clusters_dark(core, binding, true);
	if (dark != DARK_DARK)
		return dark;
	if (!b->incident.grants_known || core->now.boot.ms - b->incident.grants_at.ms > grants_old_ms(core))
		return DARK_GRANTS_UNREAD;
	/* A Deny statement and a disabled key stop what grants permit; that nothing is allowed does not. */
	if (b->evidence.reason == REASON_OWN_REMOVE && b->incident.grants_alive > 0)
		return DARK_GRANTS_ALIVE;
	return b->evidence.backups_open ? DARK_BACKUPS_OPEN : DARK_DARK;
}

/* ---- telling ---- */

/* Since a start, or since it is looked at anew, nothing was seen yet that contradicts: soon it is, or it is blind. */
static bool is_being_read(const struct core *core, const struct binding *b, enum dark dark)
{
	if (b->incident.dark_seen || evidence_last_saw_access(&b->evidence) ||
		core->now.boot.ms - b->since.ms > core->policy.blind_alert_ms)
		return false;
	return b->evidence.verdict == OUTCOME_UNKNOWN || dark == DARK_LIST_UNREAD ||
	       dark == DARK_CLUSTER_UNREAD || dark == DARK_GRANTS_UNREAD;
}

/* That it is dark outlives a restart: whoever was told so is told when it is so no more. */
void dark_drive(struct step *s, struct binding *b)
{
	enum dark now = core_dark(s->core, emit_binding_index(s->core, b));
	bool dark = now == DARK_DARK;
	struct record *r;

	b->incident.dark_seen = b->incident.dark_seen || dark;
	if (dark == b->incident.dark || (!dark && is_being_read(s->core, b, now)))
		return;
	b->incident.dark = dark;
	r = emit_record(s, dark ? RECORD_DARK : RECORD_NOT_DARK);
	r->region = b->region;
	r->incident = b->incident.id;
	/* Without a cause left it is an operator's restore, which was told as that: nobody need be woken. */
	if (dark || b->incident.causes != 0)
		emit_notice(s, dark ? NOTICE_DARK : NOTICE_NOT_DARK, b, b->incident.grants_alive);
}
