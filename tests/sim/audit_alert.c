/* SPDX-License-Identifier: Apache-2.0 */
/* audit_alert: what people must be told of what is watched: keys, lists and settings, and what time alone brings. */
#include "audit.h"
#include "core/plan.h"

void audit_alert_told(struct sim *s, uint32_t project, const struct effect *effect)
{
	struct sim_project *p = &s->projects[project];
	struct sim_audit_binding *a =
		effect->binding < p->core.binding_count ? &p->audit[effect->binding] : NULL;
	const struct cluster *c =
		effect->cluster < p->core.cluster_count ? &p->core.clusters[effect->cluster] : NULL;

	if (effect->notice == NOTICE_CLUSTERS_UNREAD || effect->notice == NOTICE_CLUSTERS_READ)
		p->unread_told = effect->notice == NOTICE_CLUSTERS_UNREAD;
	if (!a)
		return;
	if (effect->notice == NOTICE_SETTING_CHANGED) {
		audit_check(s, AUDIT_TOLD_SETTING, !a->setting_told, "again");
		a->setting_told = true;
	}
	a->blind_told = a->blind_told || effect->notice == NOTICE_BLIND;
	a->denied_told = a->denied_told || effect->notice == NOTICE_SELF_DENIED;
	a->late_told = a->late_told || effect->notice == NOTICE_NOT_PAUSED;
	a->change_told = a->change_told || effect->notice == NOTICE_CHANGE_LATE;
	a->undone_told = a->undone_told || effect->notice == NOTICE_REVOKE_UNDONE;
	if (effect->notice == NOTICE_RESUME_AHEAD && c)
		s->clusters[truth_find(s, &c->id)].ahead_told = c->our_resume_at;
}

void audit_alert_look(
	struct sim_audit_binding *a, const struct look *look, enum outcome outcome, struct boottime now)
{
	a->sees = outcome != OUTCOME_UNKNOWN && (a->blind_told || a->denied_told);
	a->denied = look->fault == FAULT_DENIED && look->self_denied && outcome == OUTCOME_UNKNOWN;
	if (outcome != OUTCOME_UNKNOWN) {
		a->known = outcome;
		a->known_at = now;
		a->blind_told = a->denied_told = false;
	}
	if (outcome == OUTCOME_LOST)
		a->undone_told = false;
	a->rotated = look->material != 0 && a->material != 0 && look->material != a->material;
	if (look->material != 0)
		a->material = look->material;
}

void audit_alert_list(struct sim *s, uint32_t project, enum fault fault)
{
	struct sim_project *p = &s->projects[project];

	p->list_given = true;
	if (fault == FAULT_NONE)
		p->unread_since = BOOTTIME_NEVER;
	else if (p->unread_since.ms == BOOTTIME_NEVER.ms)
		p->unread_since = s->now.boot;
}

void audit_alert_settings(struct sim *s, uint32_t project, const struct event *event)
{
	struct sim_project *p = &s->projects[project];

	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		const struct binding *b = &p->core.bindings[i];

		p->audit[i].setting = SIM_SETTING_WRONG;
		for (size_t k = 0; k < event->cmek.count; k++)
			if (region_equal(&event->cmek.items[k].region, &b->region) &&
				key_arn_equal(&event->cmek.items[k].arn, &b->arn))
				p->audit[i].setting = SIM_SETTING_THERE;
	}
}

void audit_alert_changed(struct sim *s, uint32_t project)
{
	struct sim_project *p = &s->projects[project];

	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		p->audit[i].known = OUTCOME_UNKNOWN;
		p->audit[i].known_at = s->now.boot;
	}
}

void audit_alert_restart(struct sim *s)
{
	for (uint32_t i = 0; i < s->project_count; i++) {
		struct sim_project *p = &s->projects[i];

		p->list_given = p->unread_told = false;
		p->unread_since = BOOTTIME_NEVER;
		for (uint32_t b = 0; b < SIM_KEYS; b++) {
			struct sim_audit_binding *a = &p->audit[b];

			a->blind_told = a->denied_told = a->undone_told = a->setting_told = false;
			a->unarmed_told = a->sees = a->denied = a->rotated = false;
			a->known_at = a->unarmed_at =
				b < p->core.binding_count ? s->now.boot : BOOTTIME_NEVER;
			a->cut_made_at = a->pausing_at = a->change_at = BOOTTIME_NEVER;
			a->late_told = a->change_told = false;
			a->known = OUTCOME_UNKNOWN;
			a->material = 0;
			a->setting = SIM_SETTING_UNREAD;
			a->cut = b < p->core.binding_count ? p->core.bindings[b].incident.cut : CUT_NONE;
		}
	}
}

static void check_sight(struct sim *s, const struct sim_project *p, const struct sim_audit_binding *a,
	const struct binding *b)
{
	bool blind = audit_since(s, a->known_at) > p->policy.blind_alert_ms;

	if (blind || audit_told_now(a, NOTICE_BLIND))
		audit_check(s, AUDIT_TOLD_BLIND, blind && a->blind_told, b->region.text);
	if (!a->given)
		return;
	audit_check(s, AUDIT_TOLD_BLIND, a->sees == audit_told_now(a, NOTICE_SEES), "it is seen again");
	if (a->denied)
		audit_check(s, AUDIT_TOLD_DENIED, a->denied_told, b->region.text);
	audit_check(s, AUDIT_TOLD_ROTATED, a->rotated == audit_told_now(a, NOTICE_ROTATED), b->region.text);
}

static void check_armed(
	struct sim *s, const struct sim_project *p, struct sim_audit_binding *a, const struct binding *b)
{
	int64_t in_ms = a->unarmed_told ? AUDIT_DAY_MS : p->lenient.blind_alert_ms;

	if (b->armed || audit_told_now(a, NOTICE_NOT_ARMED)) {
		a->unarmed_told = !b->armed;
		a->unarmed_at = b->armed ? BOOTTIME_NEVER : s->now.boot;
		return;
	}
	if (a->unarmed_at.ms == BOOTTIME_NEVER.ms)
		a->unarmed_at = s->now.boot;
	if (b->incident.phase == PHASE_NONE)
		audit_check(s, AUDIT_TOLD_UNARMED, audit_since(s, a->unarmed_at) <= in_ms + AUDIT_LATE_MS,
			b->region.text);
}

static void check_setting(struct sim *s, struct sim_audit_binding *a, const struct binding *b)
{
	if (a->setting == SIM_SETTING_WRONG)
		audit_check(s, AUDIT_TOLD_SETTING, a->setting_told, b->region.text);
	else if (a->setting == SIM_SETTING_THERE)
		a->setting_told = false;
	a->setting = SIM_SETTING_UNREAD;
}

/* Told once, however many tries come before it and after. */
static void check_hand(struct sim *s, struct sim_audit_binding *a, const struct binding *b)
{
	enum cut cut = b->incident.cut;
	bool by_hand = cut == CUT_BY_HAND, undo = cut == CUT_UNDO_BY_HAND;

	if (audit_told_now(a, NOTICE_CUT_BY_HAND))
		a->hand_told[undo] = true;
	if (cut != a->cut && (by_hand || undo))
		audit_check(s, AUDIT_TOLD_HAND, a->hand_told[undo], b->region.text);
	if (cut != CUT_BY_HAND && cut != CUT_SENT && cut != CUT_WANTED)
		a->hand_told[0] = false;
	if (cut != CUT_UNDO_BY_HAND && cut != CUT_UNDO_SENT && cut != CUT_UNDO_WANTED)
		a->hand_told[1] = false;
	a->cut = cut;
}

/* Right after the change other nodes of KMS may still show the old text. */
static void check_undone(
	struct sim *s, const struct sim_project *p, struct sim_audit_binding *a, const struct binding *b)
{
	const struct incident *i = &b->incident;

	if (i->cut != CUT_MADE)
		a->cut_made_at = BOOTTIME_NEVER;
	else if (a->cut_made_at.ms == BOOTTIME_NEVER.ms)
		a->cut_made_at = s->now.boot;
	if (!a->given || !audit_sees_access(a->window[0]) ||
		(audit_count(a, OUTCOME_USABLE) < 3 && audit_count(a, OUTCOME_DEGRADED) < 3) ||
		!(i->causes & CAUSE_OPERATOR) || i->cut != CUT_MADE ||
		(i->phase != PHASE_PAUSING && i->phase != PHASE_HELD) ||
		audit_since(s, a->cut_made_at) < p->policy.restore_delay_ms)
		return;
	audit_check(s, AUDIT_TOLD_UNDONE, a->undone_told, b->region.text);
}

static void check_late(struct sim *s, struct sim_audit_binding *a, const struct binding *b)
{
	if (b->incident.phase != PHASE_PAUSING) {
		a->pausing_at = BOOTTIME_NEVER;
		a->late_told = false;
		return;
	}
	if (a->pausing_at.ms == BOOTTIME_NEVER.ms || audit_told_now(a, NOTICE_PAUSING) ||
		audit_told_now(a, NOTICE_REVOKED))
		a->pausing_at = s->now.boot;
	audit_check(s, AUDIT_TOLD_LATE, a->late_told || audit_since(s, a->pausing_at) < AUDIT_HOUR_MS,
		b->region.text);
}

static void check_change(
	struct sim *s, const struct sim_project *p, struct sim_audit_binding *a, const struct binding *b)
{
	const struct incident *i = &b->incident;
	bool cuts = i->cut == CUT_WANTED || i->cut == CUT_SENT,
	     undoes = i->cut == CUT_UNDO_WANTED || i->cut == CUT_UNDO_SENT,
	     wanted = (i->causes & CAUSE_OPERATOR) && !(i->causes & CAUSE_PAUSE_ONLY);

	if (!plan_may_act(&p->core) || (!(cuts && wanted) && !(undoes && !(i->causes & CAUSE_OPERATOR)))) {
		a->change_at = BOOTTIME_NEVER;
		a->change_told = false;
		return;
	}
	if (a->change_at.ms == BOOTTIME_NEVER.ms)
		a->change_at = s->now.boot;
	audit_check(s, AUDIT_TOLD_CHANGE,
		a->change_told || audit_since(s, a->change_at) < p->policy.blind_alert_ms, b->region.text);
}

static bool is_within_a_day(const struct sim *s, struct walltime at)
{
	return walltime_is_known(at) && at.ms > s->now.wall.ms && at.ms - s->now.wall.ms <= AUDIT_DAY_MS;
}

static void check_ahead(struct sim *s, uint32_t project)
{
	const struct core *core = &s->projects[project].core;

	for (uint32_t i = 0; i < core->cluster_count; i++) {
		const struct cluster *known = &core->clusters[i];
		const struct sim_cluster *c;

		if (known->duty != DUTY_PAUSED || known->outlived || known->binding == CORE_NO_INDEX ||
			!is_within_a_day(s, known->our_resume_at))
			continue;
		c = &s->clusters[truth_find(s, &known->id)];
		if (c->delivered == CLUSTER_STATE_PAUSED && c->paused_by_daemon &&
			core->bindings[known->binding].incident.id.n == c->paused_incident &&
			c->our_read_epoch != 0 && c->our_read_epoch == c->pause_epoch &&
			is_within_a_day(s, c->our_read_resume_at))
			audit_check(s, AUDIT_TOLD_AHEAD, !truth_apart(c->ahead_told, c->our_read_resume_at),
				c->seen.id.text);
	}
}

static void check_lists(struct sim *s, struct sim_project *p)
{
	bool failing = p->unread_since.ms != BOOTTIME_NEVER.ms;

	if (!p->list_given)
		return;
	p->list_given = false;
	if (!failing || audit_since(s, p->unread_since) >= p->policy.blind_alert_ms)
		audit_check(s, AUDIT_TOLD_UNREAD, p->unread_told == failing, "clusters");
}

void audit_alert_step(struct sim *s, uint32_t project)
{
	struct sim_project *p = &s->projects[project];

	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		const struct binding *b = &p->core.bindings[i];
		struct sim_audit_binding *a = &p->audit[i];

		if (a->known_at.ms == BOOTTIME_NEVER.ms) /* a new one */
			a->known_at = s->now.boot;
		check_sight(s, p, a, b);
		check_armed(s, p, a, b);
		check_setting(s, a, b);
		check_hand(s, a, b);
		check_undone(s, p, a, b);
		check_late(s, a, b);
		check_change(s, p, a, b);
	}
	check_ahead(s, project);
	check_lists(s, p);
}
