/* SPDX-License-Identifier: Apache-2.0 */
/* people: whoever is not the daemon: who edits policies, uses the console, commands, reloads, fills disks, kills. */
#include "sim.h"
#include "core/plan.h"
#include <string.h>

static const int64_t gap_ms = 90000, close_gap_ms = 30000;

static struct sim_key *some_key(struct sim *s)
{
	return &s->keys[chance_below(&s->chance, s->key_count)];
}

static void edit_policy(struct sim *s)
{
	struct sim_key *k = some_key(s);
	struct sim_version v = *truth_now(k);

	v.policy = chance_one_in(&s->chance, 2) ? SIM_ALLOWED
						: (enum sim_policy)chance_below(&s->chance, SIM_POLICY_COUNT);
	/* Somebody puts a text back that they saved before the cut. */
	if ((v.cuts || v.out) && chance_one_in(&s->chance, 4)) {
		v.cuts = 0;
		v.out = false;
	}
	truth_edit(s, k, v);
	hands_hint(s, (uint32_t)(k - s->keys));
}

static void change_state(struct sim *s)
{
	static const enum key_state states[] = {KEY_STATE_ENABLED, KEY_STATE_ENABLED, KEY_STATE_ENABLED,
		KEY_STATE_DISABLED, KEY_STATE_DISABLED, KEY_STATE_PENDING_DELETION, KEY_STATE_PENDING_IMPORT,
		KEY_STATE_UPDATING, KEY_STATE_UNAVAILABLE, KEY_STATE_CREATING,
		KEY_STATE_PENDING_REPLICA_DELETION, KEY_STATE_UNKNOWN};
	struct sim_key *k = some_key(s);
	struct sim_version v = *truth_now(k);

	v.state = states[chance_below(&s->chance, sizeof states / sizeof states[0])];
	if (v.state == KEY_STATE_ENABLED && chance_one_in(&s->chance, 5))
		v.material++;
	truth_edit(s, k, v);
	hands_hint(s, (uint32_t)(k - s->keys));
}

static void use_console(struct sim *s)
{
	struct sim_cluster *c = &s->clusters[chance_below(&s->chance, s->cluster_count)];

	switch (chance_below(&s->chance, 8)) {
	case 0:
	case 1:
		if (!c->deleted && c->seen.state == CLUSTER_STATE_RUNNING) {
			sim_trace(s, "person pauses %s", c->seen.id.text);
			truth_pause(s, c, false, 0);
		}
		return;
	case 2:
	case 3:
		if (!c->deleted && c->seen.state == CLUSTER_STATE_PAUSED) {
			sim_trace(s, "person resumes %s", c->seen.id.text);
			c->person_touched = true;
			/* And pauses it again, perhaps before anybody looks. */
			if (chance_one_in(&s->chance, 3))
				truth_pause(s, c, false, 0);
			else {
				truth_resume(s, c);
				c->person_resumed_at = s->now.wall;
			}
		}
		return;
	case 4:
		if (chance_one_in(&s->chance, 3)) {
			sim_trace(s, "person deletes %s", c->seen.id.text);
			c->deleted = true;
			c->person_touched = true;
		}
		return;
	case 5: {
		struct sim_cluster *born = truth_add(s, chance_below(&s->chance, s->project_count),
			chance_below(&s->chance, s->key_count), CLUSTER_STATE_RUNNING);

		if (!born)
			return;
		born->born_later = born->person_touched = true;
		if (chance_one_in(&s->chance, 2))
			truth_visit(s, born, CLUSTER_STATE_BUSY); /* as it is made */
		return;
	}
	case 6: {
		struct boottime until = boottime_after(
			s->now.boot, chance_range(&s->chance, 10000, 900000) * (s->week ? 30 : 1));

		s->faults++;
		if (!chance_one_in(&s->chance, 3)) {
			c->blocked_until = until;
			return;
		}
		c->hidden_until = until;
		if (!c->deleted && c->seen.state == CLUSTER_STATE_PAUSED && chance_one_in(&s->chance, 2)) {
			sim_trace(s, "person resumes %s", c->seen.id.text);
			c->person_touched = true;
			truth_resume(s, c);
			c->person_resumed_at = s->now.wall;
		}
		return;
	}
	default: {
		static const enum cluster_state visits[] = {CLUSTER_STATE_BUSY, CLUSTER_STATE_BUSY,
			CLUSTER_STATE_BUSY, CLUSTER_STATE_UNKNOWN, CLUSTER_STATE_GONE,
			CLUSTER_STATE_UNUSABLE};
		enum cluster_state visit = visits[chance_below(&s->chance, 6)];

		/* A deletion that does not come to pass, too: it is there again. */
		c->person_touched = c->person_touched || visit == CLUSTER_STATE_GONE;
		truth_visit(s, c, visit);
		return;
	}
	}
}

/* Mostly one that has something to decide. */
static uint32_t some_binding(struct sim *s, const struct sim_project *p)
{
	uint32_t binding = chance_below(&s->chance, p->core.binding_count);

	for (uint32_t i = 0; i < p->core.binding_count && chance_percent(&s->chance, 80); i++) {
		if (p->core.bindings[binding].incident.phase != PHASE_NONE)
			return binding;
		binding = (binding + 1) % p->core.binding_count;
	}
	return binding;
}

/* How a revoke is asked for. */
static uint8_t some_how(struct sim *s)
{
	static const uint8_t hows[] = {0, 0, 0, CAUSE_PAUSE_FIRST, CAUSE_PAUSE_FIRST, CAUSE_PAUSE_ONLY};
	uint8_t how = hows[chance_below(&s->chance, sizeof hows)];

	if (how != CAUSE_PAUSE_ONLY && chance_one_in(&s->chance, 2))
		how |= CAUSE_REVOKE_GRANTS;
	if (how != CAUSE_PAUSE_ONLY && chance_one_in(&s->chance, 3))
		how |= CAUSE_DISABLE_KEY;
	/* Not on a key that serves another project: the driver refuses it. */
	else if (how != CAUSE_PAUSE_ONLY && s->project_count == 1 && chance_one_in(&s->chance, 3))
		how |= CAUSE_REMOVE;
	return how;
}

/* One or two clusters that a restore shall resume besides: mostly such as it may. */
static void include(struct sim *s, uint32_t project, struct event *e)
{
	const struct core *core = &s->projects[project].core;

	for (uint32_t n = 1 + chance_below(&s->chance, 2); n > 0; n--) {
		uint32_t i = core->cluster_count ? chance_below(&s->chance, core->cluster_count) : 0;

		for (uint32_t k = 0; k < core->cluster_count && !core_is_left_out(core, i) &&
				     chance_percent(&s->chance, 95);
			k++)
			i = (i + 1) % core->cluster_count;
		if (i < core->cluster_count)
			e->command.include[e->command.include_count++] = core->clusters[i].id;
	}
}

/* What somebody who asks now is shown. */
static void show_plan(const struct sim *s, uint32_t project, uint32_t binding, struct sim_plan *ret_plan)
{
	const struct core *core = &s->projects[project].core;
	const struct binding *b = &core->bindings[binding];

	*ret_plan = (struct sim_plan){
		.incident = b->incident.id, .verdict = b->evidence.verdict, .reason = b->evidence.reason};
	core_plan(core, binding, &ret_plan->plan);
	for (uint32_t i = 0; i < core->cluster_count; i++)
		if (core->clusters[i].binding == binding && plan_budgets(core, &core->clusters[i]))
			ret_plan->pause |= 1u << truth_find(s, &core->clusters[i].id);
}

static bool same_plan(const struct sim_plan *a, const struct sim_plan *b)
{
	const struct core_plan *x = &a->plan, *y = &b->plan;

	return a->incident.n == b->incident.n && a->verdict == b->verdict && a->reason == b->reason &&
	       a->pause == b->pause && x->pause == y->pause && x->leave == y->leave && x->ours == y->ours &&
	       x->held_back == y->held_back && x->excluded == y->excluded;
}

static void command(struct sim *s)
{
	struct sim_plan now;
	uint32_t project = chance_below(&s->chance, s->project_count);
	struct sim_project *p = &s->projects[project];
	struct event e = {.type = EV_COMMAND};
	uint32_t binding;
	struct core_plan plan;
	bool stale;

	if (p->core.binding_count == 0)
		return;
	binding = some_binding(s, p);
	core_plan(&p->core, binding, &plan);
	stale = chance_one_in(&s->chance, 5);
	e.command.command = (enum command)chance_below(&s->chance, 4);
	if (chance_one_in(&s->chance, 6))
		e.command.command = chance_one_in(&s->chance, 3) ? COMMAND_UNSUSPEND : COMMAND_SUSPEND;
	if (chance_one_in(&s->chance, p->core.held ? 4 : 40))
		e.command.command = COMMAND_ADOPT;
	if (chance_one_in(&s->chance, 8)) {
		e.command.command = COMMAND_ERRAND;
		e.command.errand = (enum errand)chance_below(&s->chance, ERRAND_COUNT);
	}
	if (p->core.cluster_count > 0 && chance_one_in(&s->chance, 6)) {
		e.command.command = COMMAND_LIVE_DRILL;
		e.command.include[0] = p->core.clusters[chance_below(&s->chance, p->core.cluster_count)].id;
		e.command.include_count = 1;
	}
	e.command.span_ms = chance_one_in(&s->chance, 20)
				    ? 0
				    : chance_range(&s->chance, 60000, 1200000) * (s->week ? 30 : 1);
	e.command.incident = p->core.bindings[binding].incident.id;
	e.command.plan = plan.digest;
	show_plan(s, project, binding, &now);
	if (stale) {
		e.command.plan.v ^= 4711;
	} else if (p->plans[binding].incident.n != 0 && chance_one_in(&s->chance, 2)) {
		/* Of what was seen a while ago. */
		e.command.plan = p->plans[binding].plan.digest;
		stale = !same_plan(&p->plans[binding], &now);
	}
	if (chance_one_in(&s->chance, 3))
		p->plans[binding] = now;
	if (e.command.command == COMMAND_ERRAND || chance_one_in(&s->chance, 2))
		e.command.region = p->core.bindings[binding].region;
	if (chance_one_in(&s->chance, 30))
		memcpy(e.command.region.text, "eu-north-1", sizeof "eu-north-1");
	e.command.how = some_how(s);
	if (e.command.command == COMMAND_RESTORE && chance_one_in(&s->chance, 3))
		include(s, project, &e);
	sim_trace(s, "command %d project %u", e.command.command, project);
	orders_command(s, project, &e, stale);
}

/* It thinks as ours does, and nothing tells it from a person. */
void people_second(struct sim *s, const struct sim_item *item)
{
	struct sim_cluster *c = &s->clusters[item->cluster];

	if (s->calm || c->deleted ||
		c->seen.state != (item->flag ? CLUSTER_STATE_RUNNING : CLUSTER_STATE_PAUSED))
		return;
	sim_trace(s, "another daemon %s %s", item->flag ? "pauses" : "resumes", c->seen.id.text);
	if (item->flag) {
		truth_pause(s, c, false, 0);
		return;
	}
	c->person_touched = true;
	truth_resume(s, c);
	c->person_resumed_at = s->now.wall;
}

void people_hasten(struct sim *s, const struct sim_item *item)
{
	struct sim_project *p = &s->projects[item->project];
	struct event e = {.type = EV_COMMAND};
	struct core_plan plan;

	if (s->calm || item->cluster >= p->core.binding_count)
		return;
	core_plan(&p->core, item->cluster, &plan);
	e.command.command = item->event.command.command;
	if (e.command.command == COMMAND_ERRAND)
		e.command.errand = (enum errand)chance_below(&s->chance, ERRAND_COUNT);
	e.command.region = p->core.bindings[item->cluster].region;
	e.command.incident = p->core.bindings[item->cluster].incident.id;
	e.command.plan = plan.digest;
	e.command.how = some_how(s);
	sim_trace(s, "command %d project %u at once", e.command.command, item->project);
	orders_command(s, item->project, &e, false);
}

static void reload(struct sim *s)
{
	static const uint32_t budgets[] = {1, 3, 20};
	uint32_t project = chance_below(&s->chance, s->project_count);
	struct sim_project *p = &s->projects[project];
	struct policy_settings policy = p->policy;

	if (chance_one_in(&s->chance, 2))
		policy.reaction = (enum reaction)chance_below(&s->chance, 3);
	if (chance_one_in(&s->chance, 3))
		policy.pause_on_deletion = !policy.pause_on_deletion;
	if (chance_one_in(&s->chance, 3))
		sim_policy_make(s, &policy);
	if (chance_one_in(&s->chance, 6))
		s->budget.max = budgets[chance_below(&s->chance, 3)]; /* driver/reload.c */
	if (chance_one_in(&s->chance, 3))
		p->pinned = chance_below(&s->chance, 1u << s->key_count);
	if (chance_one_in(&s->chance, 4)) {
		p->fingerprint_base++;
		audit_settings(s, project);
	}
	for (uint32_t i = 0; i < s->cluster_count; i++)
		if (s->clusters[i].project == project && chance_one_in(&s->chance, 2))
			sim_mark_make(s, &s->clusters[i].seen.mark);
	sim_policy_use(p, &policy);
	sim_trace(s, "reload project %u: reaction %s", project, reaction_name(p->policy.reaction));
	hands_settings(s, project);
}

static void change_weather(struct sim *s)
{
	static const enum fault kms[] = {FAULT_NETWORK, FAULT_DNS, FAULT_TLS, FAULT_TIMEOUT,
		FAULT_SERVER_ERROR, FAULT_THROTTLED, FAULT_CREDENTIALS, FAULT_CLOCK_SKEW, FAULT_MALFORMED,
		FAULT_NOT_FOUND, FAULT_REFUSED, FAULT_DENIED, FAULT_CANCELLED};
	static const enum fault tidb[] = {FAULT_NETWORK, FAULT_TIMEOUT, FAULT_SERVER_ERROR, FAULT_THROTTLED,
		FAULT_CREDENTIALS, FAULT_DENIED, FAULT_MALFORMED};
	static const uint32_t percents[] = {0, 0, 0, 5, 20, 60, 100};
	struct sim_weather *w = &s->weather;

	w->kms_fault = kms[chance_below(&s->chance, sizeof kms / sizeof kms[0])];
	w->tidb_fault = tidb[chance_below(&s->chance, sizeof tidb / sizeof tidb[0])];
	w->kms_bad = percents[chance_below(&s->chance, 7)];
	w->tidb_bad = percents[chance_below(&s->chance, 7)];
	w->list_bad = chance_one_in(&s->chance, 4) ? 100 : w->tidb_bad;
	w->act_bad = percents[chance_below(&s->chance, 7)];
	w->latency_ms = chance_one_in(&s->chance, 4) ? 8000 : 300;
}

static void restart(struct sim *s)
{
	for (uint32_t i = 0; i < s->project_count; i++)
		if (chance_one_in(&s->chance, 12))
			s->projects[i].machine++;
	s->died = true;
}

/* Somebody who asks is heard. */
static bool listens(const struct sim *s)
{
	return !s->down && boottime_reached(s->now.boot, s->stalled_until);
}

void people_act(struct sim *s)
{
	int64_t most_ms = 2 * (s->close ? close_gap_ms : gap_ms);
	int64_t next_ms = chance_range(&s->chance, 1000, most_ms * (s->week ? 200 : 1));

	if (s->calm)
		return;
	(void)queue_push(s, SIM_PEOPLE, 0, next_ms);
	switch (chance_below(&s->chance, 25)) {
	case 0:
	case 1:
	case 2:
		edit_policy(s);
		return;
	case 3:
	case 4:
		change_state(s);
		return;
	case 5:
	case 6:
	case 7:
		use_console(s);
		return;
	case 8:
	case 9:
	case 10:
		if (listens(s))
			command(s);
		return;
	case 11:
		if (listens(s))
			reload(s);
		return;
	case 12:
	case 13:
	case 14:
		change_weather(s);
		return;
	case 15:
		s->disk_full_until = boottime_after(s->now.boot, chance_range(&s->chance, 1000, 600000));
		s->faults++;
		return;
	case 16:
		if (s->down)
			return;
		s->kill_in = 1 + chance_below(&s->chance, 20); /* at some effect soon */
		s->faults++;
		return;
	case 17:
		s->now.wall.ms += chance_range(&s->chance, -7200000, 7200000);
		s->faults++;
		return;
	case 18: {
		struct sim_key *k = some_key(s);

		if (chance_one_in(&s->chance, 3))
			k->switch_forbidden = !k->switch_forbidden;
		else
			k->put_forbidden = !k->put_forbidden;
		return;
	}
	case 19: {
		struct sim_key *k = some_key(s);

		k->self_denied = !k->self_denied && chance_one_in(&s->chance, 2);
		return;
	}
	case 20: {
		struct sim_project *p = &s->projects[chance_below(&s->chance, s->project_count)];

		p->settings_missing = chance_below(&s->chance, s->key_count + 1);
		p->settings_other = chance_below(&s->chance, s->key_count + 1);
		return;
	}
	case 21:
	case 22:
		if (listens(s))
			hands_foreign_answer(s, chance_below(&s->chance, s->project_count));
		return;
	case 23:
		if (!s->down)
			stall_begin(s);
		return;
	default:
		if (!s->down)
			restart(s);
		return;
	}
}

/* From here on the world is kind. What people owe to the daemon they do: foreign ledgers are approved, keys can be
 * read. */
void people_calm(struct sim *s)
{
	s->calm = true;
	s->disk_full_until = s->now.boot;
	s->kill_in = 0;
	for (uint32_t i = 0; i < s->key_count; i++) {
		struct sim_version v = *truth_now(&s->keys[i]);

		s->keys[i].self_denied = s->keys[i].put_forbidden = s->keys[i].switch_forbidden = false;
		if (v.state == KEY_STATE_UNKNOWN || v.state == KEY_STATE_CREATING ||
			v.state == KEY_STATE_UPDATING || v.state == KEY_STATE_UNAVAILABLE)
			v.state = KEY_STATE_ENABLED;
		/* A deletion that is cancelled leaves the key Disabled (KMS API reference, CancelKeyDeletion). */
		if (v.state == KEY_STATE_PENDING_DELETION &&
			s->now.wall.ms > s->keys[i].deletion.ms - 10800000)
			v.state = KEY_STATE_DISABLED;
		if (v.policy == SIM_UNDECIDABLE)
			v.policy = SIM_ALLOWED;
		truth_edit(s, &s->keys[i], v);
	}
	for (uint32_t i = 0; i < s->cluster_count; i++)
		s->clusters[i].blocked_until = s->clusters[i].hidden_until = s->now.boot;
	for (uint32_t i = 0; i < s->project_count; i++)
		s->projects[i].settings_missing = s->projects[i].settings_other = 0;
}
