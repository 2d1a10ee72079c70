/* SPDX-License-Identifier: Apache-2.0 */
#include "core/plan.h"
#include "core/pause_owner.h"
#include <string.h>

/* FNV-1a, 64 bit (public domain algorithm by Fowler, Noll and Vo): tells two plans apart, defends against
 * nobody. */
static void mix(uint64_t *hash, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		*hash = (*hash ^ p[i]) * 0x100000001b3u;
}

static bool would_leave(const struct cluster *c)
{
	if (c->duty == DUTY_LEFT || c->duty == DUTY_TOUCHED)
		return true;
	return (c->duty == DUTY_FREE || c->duty == DUTY_EXCLUDED || c->duty == DUTY_WAITS) &&
	       (c->state == CLUSTER_STATE_PAUSED || c->state == CLUSTER_STATE_PAUSING);
}

bool plan_is_ours(const struct cluster *c)
{
	switch (c->duty) {
	case DUTY_PAUSE_SENT:
	case DUTY_PAUSE_UNSURE:
	case DUTY_PAUSE_TAKEN:
	case DUTY_PAUSED:
	case DUTY_RESUME_OWED:
	case DUTY_RESUME_SENT:
	case DUTY_RESUME_UNSURE:
	case DUTY_RESUME_TAKEN:
	case DUTY_STRANDED:
		return true;
	case DUTY_FREE:
	case DUTY_OWED:
	case DUTY_LEFT:
	case DUTY_TOUCHED:
	case DUTY_GONE:
	case DUTY_EXCLUDED:
	case DUTY_WAITS:
	case DUTY_COUNT:
		break;
	}
	return false;
}

bool plan_by_operator(const struct core *core, const struct cluster *c)
{
	return (core->bindings[c->binding].incident.causes & CAUSE_OPERATOR) != 0;
}

bool plan_by_itself(const struct incident *i)
{
	return !(i->causes & CAUSE_OPERATOR) && !i->approved;
}

bool plan_born_later(const struct core *core, const struct cluster *c)
{
	return !plan_by_operator(core, c) && c->born != 0 &&
	       c->born == core->bindings[c->binding].incident.id.n;
}

bool plan_holds_back(const struct core *core, const struct cluster *c)
{
	/* What was left out when the rest was counted is in no budget, and what was excluded then no approval of before showed. */
	if (c->duty == DUTY_WAITS || c->duty == DUTY_EXCLUDED)
		return !plan_by_operator(core, c);
	return c->mark.reaction != REACTION_PAUSE && plan_by_itself(&core->bindings[c->binding].incident);
}

bool plan_spares(const struct core *core, const struct cluster *c)
{
	return c->mark.excluded || plan_holds_back(core, c);
}

bool plan_all_wait(const struct core *core, uint32_t binding)
{
	bool any = false;

	for (uint32_t i = 0; i < core->cluster_count; i++) {
		const struct cluster *c = &core->clusters[i];

		if (c->binding != binding || c->state == CLUSTER_STATE_GONE || c->mark.excluded ||
			would_leave(c))
			continue;
		if (plan_is_ours(c) || !plan_holds_back(core, c))
			return false;
		any = true;
	}
	return any;
}

/* What was excluded, and is not any more: the next step that pauses has it wait. */
static bool waits_unseen(const struct cluster *c)
{
	return c->duty == DUTY_EXCLUDED && !c->mark.excluded && c->state != CLUSTER_STATE_GONE &&
	       !would_leave(c);
}

bool plan_waits_for_person(const struct core *core, uint32_t binding)
{
	for (uint32_t i = 0; i < core->cluster_count; i++) {
		const struct cluster *c = &core->clusters[i];

		if (c->binding == binding && !plan_by_operator(core, c) &&
			(c->duty == DUTY_WAITS || waits_unseen(c)))
			return true;
	}
	return false;
}

bool plan_owes_pause(const struct core *core, uint32_t binding)
{
	for (uint32_t i = 0; i < core->cluster_count; i++) {
		const struct cluster *c = &core->clusters[i];

		if (c->binding == binding && (c->duty == DUTY_FREE || c->duty == DUTY_OWED) &&
			c->state != CLUSTER_STATE_GONE && !c->mark.excluded && !would_leave(c) &&
			!(c->duty == DUTY_FREE && plan_born_later(core, c)))
			return true;
	}
	return false;
}

bool plan_is_given_back(const struct cluster *c)
{
	return c->duty == DUTY_RESUME_SENT || c->duty == DUTY_RESUME_UNSURE || c->duty == DUTY_RESUME_TAKEN;
}

/* Asked to pause, and not known to have done so: it may have to be asked again, which is a pause like any other for
 * the budget. */
static bool is_in_doubt(const struct cluster *c)
{
	return c->duty == DUTY_PAUSE_SENT || c->duty == DUTY_PAUSE_UNSURE;
}

/* What the plan does with a cluster, as its digest has it. */
enum plan_kind {
	KIND_GONE = 'g',
	KIND_OURS = 'o',
	KIND_LEAVE = 'l',
	KIND_EXCLUDED = 'x',
	KIND_WAITS = 'w',
	KIND_PAUSE = 'p'
};

static enum plan_kind kind_of(const struct core *core, const struct cluster *c)
{
	if (c->state == CLUSTER_STATE_GONE)
		return KIND_GONE;
	if (plan_is_ours(c) && !plan_is_given_back(c) && !is_in_doubt(c))
		return KIND_OURS;
	if (would_leave(c))
		return KIND_LEAVE;
	if (c->mark.excluded)
		return KIND_EXCLUDED;
	return plan_holds_back(core, c) ? KIND_WAITS : KIND_PAUSE;
}

bool plan_budgets(const struct core *core, const struct cluster *c)
{
	return kind_of(core, c) == KIND_PAUSE;
}

uint32_t plan_to_budget(const struct core *core, uint32_t binding)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < core->cluster_count; i++) {
		const struct cluster *c = &core->clusters[i];

		n += c->binding == binding && kind_of(core, c) != KIND_GONE &&
		     (plan_budgets(core, c) || plan_is_given_back(c) || is_in_doubt(c));
	}
	return n;
}

void core_plan(const struct core *core, uint32_t binding, struct core_plan *ret_plan)
{
	const struct binding *b = &core->bindings[binding];
	struct core_plan plan = {.digest = {0xcbf29ce484222325u}};

	mix(&plan.digest.v, b->region.text, strlen(b->region.text));
	mix(&plan.digest.v, &b->incident.id.n, sizeof b->incident.id.n);
	mix(&plan.digest.v, &b->evidence.verdict, sizeof b->evidence.verdict);
	mix(&plan.digest.v, &b->evidence.reason, sizeof b->evidence.reason);
	for (uint32_t i = 0; i < core->cluster_count; i++) {
		const struct cluster *c = &core->clusters[i];
		char kind;

		if (c->binding != binding || c->state == CLUSTER_STATE_GONE)
			continue;
		kind = (char)kind_of(core, c);
		plan.unread += c->seen_at.ms == BOOTTIME_NEVER.ms && !c->mark.excluded;
		plan.ours += kind == KIND_OURS;
		plan.leave += kind == KIND_LEAVE;
		plan.excluded += kind == KIND_EXCLUDED;
		plan.held_back += kind == KIND_WAITS;
		if (kind == KIND_WAITS || kind == KIND_PAUSE) {
			plan.pause++;
			plan.wait += c->state != CLUSTER_STATE_RUNNING;
		}
		mix(&plan.digest.v, c->id.text, strlen(c->id.text));
		mix(&plan.digest.v, &kind, 1);
	}
	*ret_plan = plan;
}

bool plan_took_something(const struct core *core, uint32_t binding)
{
	const struct incident *in = &core->bindings[binding].incident;

	/* What was changed may show again after it was seen taken back. */
	if (in->cut != CUT_NONE || in->cut_op.n != 0)
		return true;
	for (uint32_t i = 0; i < core->cluster_count; i++)
		if (core->clusters[i].binding == binding &&
			(plan_is_ours(&core->clusters[i]) || pause_may_come(core, &core->clusters[i])))
			return true;
	return false;
}

bool plan_pause_open(const struct core *core, uint32_t binding)
{
	for (uint32_t i = 0; i < core->cluster_count; i++) {
		enum duty d = core->clusters[i].duty;

		if (core->clusters[i].binding == binding &&
			(d == DUTY_FREE || d == DUTY_OWED || d == DUTY_PAUSE_SENT || d == DUTY_PAUSE_UNSURE ||
				d == DUTY_PAUSE_TAKEN || d == DUTY_RESUME_SENT || d == DUTY_RESUME_UNSURE ||
				d == DUTY_RESUME_TAKEN))
			return true;
	}
	return false;
}

bool plan_resume_open(const struct core *core, uint32_t binding)
{
	for (uint32_t i = 0; i < core->cluster_count; i++) {
		const struct cluster *c = &core->clusters[i];

		if (c->binding == binding && plan_is_ours(c))
			return true;
	}
	return false;
}

bool plan_may_act(const struct core *core)
{
	return core->ledger_ok && !core->observe_only && !core->held;
}

bool core_has_incident(const struct core *core)
{
	for (uint32_t i = 0; i < core->binding_count; i++)
		if (core->bindings[i].incident.phase != PHASE_NONE)
			return true;
	return false;
}

bool core_is_old(const struct core *core, struct walltime last_at, struct walltime now)
{
	return core_has_incident(core) && now.ms - last_at.ms > CORE_OLD_MS;
}

uint32_t plan_acts_in_flight(const struct core *core)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < core->cluster_count; i++)
		n += core->clusters[i].duty == DUTY_PAUSE_SENT || core->clusters[i].duty == DUTY_RESUME_SENT;
	return n;
}

bool plan_list_fresh(const struct core *core, const struct incident *i)
{
	return core->listed_at.ms != BOOTTIME_NEVER.ms && core->listed_at.ms >= i->opened.boot.ms;
}

static void forget_cluster(struct cluster *c)
{
	if (c->duty != DUTY_GONE)
		c->duty = DUTY_FREE;
	c->lost_pause = c->took = false;
	c->refusals = 0;
	c->read_due = false;
	c->ahead_told = c->outlived = false;
	c->our_resume_at = c->paused_at = WALLTIME_UNKNOWN;
	c->left_paused_at = BOOTTIME_NEVER;
	c->retry = BOOTTIME_NEVER;
}

void plan_forget_clusters(struct core *core, uint32_t binding)
{
	for (uint32_t i = 0; i < core->cluster_count; i++)
		if (core->clusters[i].binding == binding)
			forget_cluster(&core->clusters[i]);
}
