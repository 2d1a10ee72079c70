/* SPDX-License-Identifier: Apache-2.0 */
#include "core/errand_slot.h"
#include <stddef.h>

static struct errand_slot *slot_at(struct core *core, uint32_t binding)
{
	return binding == CORE_NO_INDEX ? &core->errand : &core->bindings[binding].errand;
}

static bool is_revoked(const struct binding *b)
{
	return (b->incident.causes & CAUSE_OPERATOR) != 0;
}

static bool is_pending(const struct binding *b)
{
	enum key_state state = b->evidence.last.key_state;

	return state == KEY_STATE_PENDING_DELETION || state == KEY_STATE_PENDING_REPLICA_DELETION;
}

/* The region may have no binding yet: then there is nothing that it could come in the way of. */
static bool is_in_incident(const struct core *core, const struct region *region)
{
	uint32_t binding = core_find_binding(core, region);

	return binding != CORE_NO_INDEX && core->bindings[binding].incident.id.n != 0;
}

/* What is so now forbids it. */
static enum answer forbids(
	const struct core *core, uint32_t binding, enum errand errand, const struct region *region)
{
	const struct binding *b = binding == CORE_NO_INDEX ? NULL : &core->bindings[binding];
	uint32_t rules = errand_rules(errand);

	if ((rules & ERRAND_NOT_IN_INCIDENT) && is_in_incident(core, region))
		return ANSWER_INCIDENT_OPEN;
	if (b && (rules & ERRAND_NOT_REVOKED) && is_revoked(b))
		return ANSWER_REVOKED;
	if (b && (rules & ERRAND_NOT_PENDING) && is_pending(b))
		return ANSWER_PENDING_DELETION;
	if (b && (rules & ERRAND_EDITS_POLICY) && b->incident.cut != CUT_NONE &&
		b->incident.cut != CUT_UNDO_BY_HAND)
		return ANSWER_BUSY; /* what the incident itself did is being undone */
	return ANSWER_DONE;
}

static struct record *write(
	struct step *s, enum record_type type, const struct errand_slot *slot, enum act_result result)
{
	struct record *r = emit_record(s, type);

	r->region = slot->region;
	r->errand = slot->errand;
	r->op = slot->op;
	r->result = result;
	return r;
}

static void tell(struct step *s, enum notice notice, const struct errand_slot *slot, uint32_t binding,
	enum errand errand)
{
	struct effect *e = emit(s, FX_NOTICE);

	e->notice = notice;
	e->binding = binding;
	e->errand = errand;
	e->op = slot->op;
	e->ticket = slot->ticket;
	if (binding != CORE_NO_INDEX)
		e->reason = s->core->bindings[binding].evidence.last_reason;
}

static void begin(struct errand_slot *slot, struct op_id op, enum errand errand, const struct region *region,
	struct walltime at)
{
	slot->op = op;
	slot->errand = errand;
	slot->region = *region;
	slot->at = at;
	slot->doubted = walltime_is_known(slot->doubt[errand]);
}

/* It was done, or was not: but that one more was not done says nothing of the one before. */
static void settle(struct errand_slot *slot, enum act_result result)
{
	bool stays = slot->doubted && (errand_rules(slot->errand) & ERRAND_USES_UP);

	if (result == ACT_RESULT_ACCEPTED || !stays)
		slot->doubt[slot->errand] = WALLTIME_UNKNOWN;
}

static void doubt(struct errand_slot *slot)
{
	if (!walltime_is_known(slot->doubt[slot->errand]))
		slot->doubt[slot->errand] = slot->at;
	slot->told = false;
}

bool errand_slot_in_doubt(const struct errand_slot *slot, enum errand errand)
{
	return walltime_is_known(slot->doubt[errand]) && !(slot->in_flight && slot->errand == errand);
}

static bool edits_policy_of(const struct errand_slot *slot, const struct region *region)
{
	return slot->in_flight && (errand_rules(slot->errand) & ERRAND_EDITS_POLICY) &&
	       region_equal(&slot->region, region);
}

/* One is under way that puts the key policy of this region: KMS has no conditional put, so that a change beside it might be
 * written over. */
static bool edits_policy(const struct core *core, const struct region *region)
{
	uint32_t binding = core_find_binding(core, region);

	return edits_policy_of(&core->errand, region) ||
	       (binding != CORE_NO_INDEX && edits_policy_of(&core->bindings[binding].errand, region));
}

/* Another is under way that it would have to wait for. */
static bool is_busy(const struct core *core, const struct errand_slot *slot, enum errand errand,
	const struct region *region)
{
	return slot->in_flight ||
	       ((errand_rules(errand) & ERRAND_EDITS_POLICY) && edits_policy(core, region));
}

enum answer core_may_errand(const struct core *core, enum errand errand, const struct region *region)
{
	uint32_t binding = core_find_binding(core, region);

	if ((errand_rules(errand) & ERRAND_OF_KEY) && binding == CORE_NO_INDEX)
		return ANSWER_NO_BINDING;
	return forbids(core, binding, errand, region);
}

enum answer errand_slot_order(struct step *s, const struct event *event)
{
	struct core *core = s->core;
	enum errand errand = event->command.errand;
	bool of_key = (errand_rules(errand) & ERRAND_OF_KEY) != 0;
	uint32_t binding = of_key ? core_find_binding(core, &event->command.region) : CORE_NO_INDEX;
	struct errand_slot *slot;
	struct effect *e;
	struct seq after;
	enum answer refusal;

	if (of_key && binding == CORE_NO_INDEX)
		return ANSWER_NO_BINDING;
	slot = slot_at(core, binding);
	refusal = is_busy(core, slot, errand, &event->command.region)
			  ? ANSWER_BUSY
			  : forbids(core, binding, errand, &event->command.region);
	if (refusal != ANSWER_DONE)
		return refusal;
	begin(slot, (struct op_id){core->next_op++}, errand, &event->command.region, core->now.wall);
	slot->in_flight = true;
	slot->ticket = event->command.ticket;
	after = write(s, RECORD_ERRAND_INTENT, slot, ACT_RESULT_ACCEPTED)->seq;
	e = emit(s, FX_ERRAND);
	e->after = after;
	e->op = slot->op;
	e->binding = binding;
	e->errand = errand;
	e->ticket = slot->ticket;
	return ANSWER_DONE;
}

const struct errand_slot *errand_slot_find(const struct core *core, struct op_id op, uint32_t *ret_binding)
{
	*ret_binding = CORE_NO_INDEX;
	if (core->errand.in_flight && core->errand.op.n == op.n)
		return &core->errand;
	for (uint32_t i = 0; i < core->binding_count; i++)
		if (core->bindings[i].errand.in_flight && core->bindings[i].errand.op.n == op.n) {
			*ret_binding = i;
			return &core->bindings[i].errand;
		}
	return NULL;
}

/* What lets it be done may have been written down after its intent, and a kill would take that back: a restore, or the end of
 * an incident. All else that an incident writes is nothing to it. */
static bool rests_on_durable(
	const struct core *core, const struct errand_slot *slot, uint32_t binding, struct seq durable)
{
	const struct binding *b;

	if (binding == CORE_NO_INDEX)
		binding = core_find_binding(core, &slot->region);
	if (binding == CORE_NO_INDEX)
		return true;
	b = &core->bindings[binding];
	if ((errand_rules(slot->errand) & ERRAND_NOT_IN_INCIDENT) && b->incident.ordered.n > durable.n)
		return false;
	return !(errand_rules(slot->errand) & ERRAND_NOT_REVOKED) || b->released.n <= durable.n;
}

bool errand_slot_may_send(
	const struct core *core, const struct errand_slot *slot, uint32_t binding, struct seq durable)
{
	if (!core->ledger_ok || core->observe_only || !rests_on_durable(core, slot, binding, durable))
		return false;
	return forbids(core, binding, slot->errand, &slot->region) == ANSWER_DONE;
}

/* KMS may still take what got no answer. */
static void may_come_late(const struct core *core, struct errand_slot *slot)
{
	slot->late_until = boottime_after(core->now.boot, CORE_CHANGE_LATE_MS);
}

void errand_slot_ended(struct step *s, const struct event *event)
{
	uint32_t binding;
	struct errand_slot *slot;
	struct effect *e;
	struct seq after;
	bool lost;

	(void)errand_slot_find(s->core, event->errand.op, &binding);
	slot = slot_at(s->core, binding);
	slot->in_flight = false;
	lost = event->errand.result == ACT_RESULT_LOST;
	if (lost) {
		doubt(slot);
		may_come_late(s->core, slot);
	} else {
		settle(slot, event->errand.result);
	}
	after = write(s, RECORD_ERRAND_RESULT, slot, event->errand.result)->seq;
	if (!lost)
		tell(s,
			event->errand.result == ACT_RESULT_ACCEPTED ? NOTICE_ERRAND_DONE
								    : NOTICE_ERRAND_FAILED,
			slot, binding, slot->errand);
	e = emit(s, FX_ANSWER);
	e->ticket = slot->ticket;
	e->answer = ANSWER_DONE;
	e->after = after;
}

static void drive(struct step *s, uint32_t binding)
{
	struct errand_slot *slot = slot_at(s->core, binding);

	if (slot->told)
		return;
	slot->told = true;
	for (unsigned e = 0; e < ERRAND_COUNT; e++)
		if (errand_slot_in_doubt(slot, (enum errand)e))
			tell(s, NOTICE_ERRAND_UNSURE, slot, binding, (enum errand)e);
}

void errand_slot_drive(struct step *s)
{
	drive(s, CORE_NO_INDEX);
	for (uint32_t i = 0; i < s->core->binding_count; i++)
		drive(s, i);
}

void errand_slot_restore(struct core *core, const struct record *record)
{
	bool of_key = (errand_rules(record->errand) & ERRAND_OF_KEY) != 0;
	uint32_t binding = of_key ? core_find_binding(core, &record->region) : CORE_NO_INDEX;
	struct errand_slot *slot;

	if (of_key && binding == CORE_NO_INDEX)
		return;
	slot = slot_at(core, binding);
	if (record->type == RECORD_ERRAND_INTENT) {
		begin(slot, record->op, record->errand, &record->region, record->at);
		doubt(slot); /* without its result nobody knows */
	} else if (slot->op.n == record->op.n && record->result != ACT_RESULT_LOST) {
		settle(slot, record->result);
	}
}

/* What was under way when the daemon died may have been sent right before. */
void errand_slot_start(struct core *core)
{
	may_come_late(core, &core->errand);
	for (uint32_t i = 0; i < core->binding_count; i++)
		may_come_late(core, &core->bindings[i].errand);
}

static bool may_be_taken(const struct core *core, const struct errand_slot *slot, enum errand errand)
{
	return (slot->in_flight && slot->errand == errand) ||
	       (errand_slot_in_doubt(slot, errand) && core->now.boot.ms < slot->late_until.ms);
}

struct boottime errand_slot_deadline(const struct core *core, const struct errand_slot *slot)
{
	return slot->late_until.ms > core->now.boot.ms ? slot->late_until : BOOTTIME_NEVER;
}

bool errand_slot_may_undo(const struct core *core, uint32_t binding, enum cut_means means)
{
	const struct binding *b = &core->bindings[binding];
	const struct errand_slot *slot = &core->errand;
	bool elsewhere = slot->errand == ERRAND_APPLY_POLICY && !region_equal(&slot->region, &b->region);

	if (means == CUT_MEANS_DISABLE)
		return may_be_taken(core, &b->errand, ERRAND_ENABLE_KEY);
	return may_be_taken(core, &b->errand, ERRAND_REMOVE_STATEMENT) ||
	       (!elsewhere && may_be_taken(core, slot, ERRAND_APPLY_POLICY));
}
