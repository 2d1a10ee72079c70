/* SPDX-License-Identifier: Apache-2.0 */
#include "core/core.h"
#include "core/cluster_machine.h"
#include "core/cut_means.h"
#include "core/drive.h"
#include "core/errand_slot.h"
#include "core/evidence.h"
#include "core/grants.h"
#include "core/incident_machine.h"
#include "core/key_alert.h"
#include "core/live_drill.h"
#include "core/orders.h"
#include "core/plan.h"
#include "core/settle.h"
#include <string.h>

#define CLOCK_STEP_MS 60000 /* "a wall-clock step over a minute restarts grace" */

void core_init(struct core *core, const struct core_init *init)
{
	memset(core, 0, sizeof *core);
	core->policy = init->policy;
	core->fingerprint_base = init->fingerprint_base;
	core->phase_ms = init->phase_ms;
	core->observe_only = init->observe_only;
	core->held = init->held;
	core->ledger_ok = true;
	core->next_seq = 1;
	core->next_op = 1;
	core->next_incident = 1;
	core->listed_at = BOOTTIME_NEVER;
	core->list_failing_since = BOOTTIME_NEVER;
	core->next_cmek = core->next_list = BOOTTIME_NEVER;
	core->suspended_until = WALLTIME_UNKNOWN;
	core->suspended_end = BOOTTIME_NEVER;
}

struct core_need core_need(const struct core *core, const struct event *event)
{
	struct core_need need = {.bindings = core->binding_count, .clusters = core->cluster_count};

	if (event->type == EV_CMEK && event->cmek.fault == FAULT_NONE)
		need.bindings += (uint32_t)(event->cmek.count < CORE_BINDINGS_MAX ? event->cmek.count
										  : CORE_BINDINGS_MAX);
	if (event->type == EV_SETTINGS)
		need.bindings += (uint32_t)event->settings.pin_count;
	if (event->type == EV_CLUSTERS && event->clusters.fault == FAULT_NONE)
		need.clusters += settle_new_clusters(core, event->clusters.items, event->clusters.count);
	need.effects = DRIVE_EFFECTS_BASE + need.bindings * DRIVE_EFFECTS_BINDING +
		       need.clusters * DRIVE_EFFECTS_CLUSTER;
	return need;
}

uint32_t core_find_binding(const struct core *core, const struct region *region)
{
	for (uint32_t i = 0; i < core->binding_count; i++)
		if (region_equal(&core->bindings[i].region, region))
			return i;
	return CORE_NO_INDEX;
}

uint32_t core_find_cluster(const struct core *core, const struct cluster_id *cluster)
{
	for (uint32_t i = 0; i < core->cluster_count; i++)
		if (cluster_id_equal(&core->clusters[i].id, cluster))
			return i;
	return CORE_NO_INDEX;
}

/* ---- looks ---- */

static void arm(struct step *s, struct binding *b)
{
	struct record *r;

	b->armed = true;
	r = emit_record(s, RECORD_ARMED);
	r->region = b->region;
	r->fingerprint = b->fingerprint;
	r->policy = b->evidence.last.policy;
	emit_notice(s, NOTICE_ARMED, b, 0);
}

static void tell_verdict(struct step *s, struct binding *b)
{
	(void)emit_verdict(s, b);
	switch (b->evidence.verdict) {
	case OUTCOME_LOST:
		emit_notice(s, NOTICE_LOST, b, 0);
		break;
	case OUTCOME_DEGRADED:
		emit_notice(s, NOTICE_DEGRADED, b, 0);
		break;
	case OUTCOME_USABLE:
	case OUTCOME_UNKNOWN:
		emit_notice(s, NOTICE_VERDICT, b, 0);
		break;
	}
}

/* A look that shows the key otherwise, or that does not tell the date of a deletion, takes the date back: what is not found then was
 * not deleted for all that is known. */
static void note_deletion(struct step *s, struct binding *b, const struct look *look)
{
	struct record *r;

	if (look->key_state == KEY_STATE_UNKNOWN || look->deletion.ms == b->deletion.ms)
		return;
	b->deletion = look->deletion;
	r = emit_record(s, RECORD_DELETION);
	r->region = b->region;
	r->resume_at = look->deletion;
}

static void note_sight(struct step *s, struct binding *b, enum reason reason)
{
	if (reason == REASON_SELF_DENIED && !b->denied_told) {
		b->denied_told = true;
		emit_notice(s, NOTICE_SELF_DENIED, b, 0);
	}
	if (reason_outcome(reason) == OUTCOME_UNKNOWN)
		return;
	if (b->blind_told || b->denied_told)
		emit_notice(s, NOTICE_SEES, b, 0);
	b->blind_told = b->denied_told = false;
}

/* ConfirmInterval may be as short as one likes; a queue may be filled by others. */
static int64_t hint_distance_ms(const struct core *core)
{
	return core->policy.confirm_ms > CORE_HINT_MS ? core->policy.confirm_ms : CORE_HINT_MS;
}

static void step_look(struct step *s, const struct event *event)
{
	struct core *core = s->core;
	struct binding *b;
	const struct look *look = &event->look.look;
	struct look seen;
	enum reason reason;

	if (event->look.binding >= core->binding_count)
		return;
	b = &core->bindings[event->look.binding];
	b->look_in_flight = false;
	note_deletion(s, b, look);
	seen = *look;
	cut_means_mark(b, &seen);
	look = &seen;
	if (cut_means_looked(s, b, look))
		(void)emit_incident(s, b);
	reason = evidence_judge(look, cut_means_off_by(core, b, look), b->deletion, core->now.wall);
	if (evidence_add(&b->evidence, look, reason, core->now))
		tell_verdict(s, b);
	key_alert_look(s, b, look);
	note_sight(s, b, reason);
	if (!b->armed && evidence_confirms_usable(&b->evidence))
		arm(s, b);
	if (look->material != 0 && look->material != b->material) {
		if (b->material != 0) {
			emit_notice(s, NOTICE_ROTATED, b, 0);
			b->next_rotation = core->now.boot;
		}
		b->material = look->material;
	}
	if (reason_outcome(reason) == OUTCOME_LOST) {
		b->incident.undone_told = false;
		b->incident.cut_seen = b->incident.cut == CUT_MADE;
	}
	if (b->hint_looks > 0)
		b->hint_looks--;
	if (evidence_unsettled(&b->evidence))
		b->next_look = boottime_earlier(
			b->next_look, boottime_after(core->now.boot, core->policy.confirm_ms));
	if (b->hint_looks > 0)
		b->next_look = boottime_earlier(
			b->next_look, boottime_after(core->now.boot, hint_distance_ms(core)));
}

/* Looks that confirm keep their distance, whatever a queue says: a forged hint hastens no verdict. One that is under way may
 * have been answered already; those that follow it will tell. */
static void look_soon(const struct core *core, struct binding *b)
{
	struct boottime at = core->now.boot;

	b->hint_looks = CORE_HINT_LOOKS;
	if (b->look_in_flight || evidence_confirming(&b->evidence))
		return;
	if (b->evidence.filled > 0 && at.ms - b->evidence.last_look.ms < CORE_HINT_MS)
		at = boottime_after(b->evidence.last_look, CORE_HINT_MS);
	b->next_look = boottime_earlier(b->next_look, at);
}

static void step_hint(struct step *s, const struct event *event)
{
	if (event->hint.binding < s->core->binding_count)
		look_soon(s->core, &s->core->bindings[event->hint.binding]);
}

static void step_errand(struct step *s, const struct event *event)
{
	uint32_t binding;

	if (!errand_slot_find(s->core, event->errand.op, &binding))
		return; /* nobody waits for it */
	errand_slot_ended(s, event);
	if (binding == CORE_NO_INDEX)
		return;
	look_soon(s->core, &s->core->bindings[binding]);
	s->core->bindings[binding].next_rotation = s->core->now.boot;
}

static void step_rotation(struct step *s, const struct event *event)
{
	struct binding *b;

	if (event->rotation.binding >= s->core->binding_count)
		return;
	b = &s->core->bindings[event->rotation.binding];
	b->rotation_in_flight = false;
	if (event->rotation.fault != FAULT_NONE)
		return;
	key_alert_rotation(s, b, event->rotation.enabled, event->rotation.next);
}

/* ---- acts ---- */

static void step_act(struct step *s, const struct event *event)
{
	struct core *core = s->core;

	if (live_drill_ended(s, event->act.op, event->act.result))
		return;
	/* A late or doubled answer names an operation that no cluster waits for: dropped. */
	for (uint32_t i = 0; i < core->cluster_count; i++) {
		struct cluster *c = &core->clusters[i];

		if (c->op.n != event->act.op.n || (c->duty != DUTY_PAUSE_SENT && c->duty != DUTY_RESUME_SENT))
			continue;
		cluster_machine_answer(s, c, event->act.result);
		return;
	}
}

static enum cut_event cut_ended(const struct incident *i, enum act_result result)
{
	switch (result) {
	case ACT_RESULT_ACCEPTED:
		return i->cut == CUT_UNDO_SENT && (i->stands & ~CUT_MEANS_BIT(i->means)) ? CUT_EV_PART
											 : CUT_EV_ACCEPTED;
	case ACT_RESULT_REFUSED:
	case ACT_RESULT_DENIED:
		return CUT_EV_REFUSED;
	case ACT_RESULT_LOST:
		return CUT_EV_UNCLEAR;
	case ACT_RESULT_THROTTLED:
	case ACT_RESULT_NOT_SENT:
	case ACT_RESULT_COUNT:
		break;
	}
	return CUT_EV_NOT_TAKEN;
}

static void step_cut(struct step *s, const struct event *event)
{
	struct core *core = s->core;

	for (uint32_t i = 0; i < core->binding_count; i++) {
		struct incident *inc = &core->bindings[i].incident;

		if (inc->cut_op.n != event->cut.op.n || (inc->cut != CUT_SENT && inc->cut != CUT_UNDO_SENT))
			continue;
		inc->cut_was_so = event->cut.was_so;
		(void)cut_machine_step(s, &core->bindings[i], cut_ended(inc, event->cut.result));
		return;
	}
}

static void step_budget(struct step *s, const struct event *event)
{
	struct core *core = s->core;

	for (uint32_t i = 0; i < core->binding_count; i++) {
		struct binding *b = &core->bindings[i];

		if (b->incident.phase == PHASE_NONE || b->incident.id.n != event->budget.incident.n ||
			!b->incident.budget_asked)
			continue;
		/* The plan may have grown since: then it does not fit. */
		(void)incident_machine_step(s, b,
			event->budget.granted && plan_to_budget(core, i) <= b->incident.budget_asked
				? IE_BUDGET_YES
				: IE_BUDGET_NO);
	}
}

/* ---- time and the ledger ---- */

static void note_clock(struct step *s)
{
	struct core *core = s->core;
	int64_t offset_ms = core->now.wall.ms - core->now.boot.ms,
		step_ms = offset_ms - core->clock_offset_ms;

	core->clock_offset_ms = offset_ms;
	if (!core->started || (step_ms <= CLOCK_STEP_MS && step_ms >= -CLOCK_STEP_MS))
		return;
	emit_notice(s, NOTICE_CLOCK_STEP, NULL, 0);
	for (uint32_t i = 0; i < core->binding_count; i++) {
		(void)incident_machine_step(s, &core->bindings[i], IE_CLOCK_STEP);
		key_alert_clock_step(s, &core->bindings[i]);
	}
}

static void step_ledger(struct step *s, bool ok)
{
	if (s->core->ledger_ok && !ok)
		emit_notice(s, NOTICE_LEDGER_FAILED, NULL, 0);
	s->core->ledger_ok = ok;
}

void core_step(struct core *core, const struct event *event, struct effects *effects)
{
	struct step step = {core, effects}, *s = &step;

	effects->count = 0;
	core->now = event->at;
	note_clock(s);
	switch (event->type) {
	case EV_TICK:
		break;
	case EV_LOOK:
		step_look(s, event);
		break;
	case EV_CMEK:
		settle_cmek(s, event);
		break;
	case EV_CLUSTERS:
		settle_clusters(s, event);
		break;
	case EV_CLUSTER:
		settle_cluster(s, event);
		break;
	case EV_ACT:
		step_act(s, event);
		break;
	case EV_CUT:
		step_cut(s, event);
		break;
	case EV_ERRAND:
		step_errand(s, event);
		break;
	case EV_GRANTS:
		grants_listed(s, event);
		break;
	case EV_GRANTS_REVOKED:
		grants_revoked(s, event);
		break;
	case EV_ROTATION:
		step_rotation(s, event);
		break;
	case EV_HINT:
		step_hint(s, event);
		break;
	case EV_BUDGET:
		step_budget(s, event);
		break;
	case EV_COMMAND:
		orders_step(s, event);
		break;
	case EV_SETTINGS:
		settle_settings(s, event);
		break;
	case EV_LEDGER:
		step_ledger(s, event->ledger.ok);
		break;
	}
	drive(s);
}
