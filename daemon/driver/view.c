/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/view.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/own.h"
#include "core/pause_owner.h"
#include "driver/checks.h"
#include "driver/clients.h"
#include "driver/foresee.h"
#include "driver/headline.h"
#include "driver/hub.h"
#include "driver/keeps_out.h"
#include "driver/plan_change.h"
#include "driver/project.h"
#include "driver/taking.h"
#include "driver/tree.h"
#include "io/tidb.h"
#include "policy/adopt.h"
#include "policy/policy.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BY_HAND_MAX_BYTES 8192

struct building { /* one view under way */
	struct tree tree;
	struct view view;
	const struct project *p;
};

/* ---- times ---- */

static void put_age(struct building *v, struct json_object *o, const char *name, struct boottime since)
{
	if (since.ms == BOOTTIME_NEVER.ms)
		return;
	tree_int(&v->tree, o, name, v->view.still ? 0 : v->view.now.boot.ms - since.ms);
}

static void put_left(struct building *v, struct json_object *o, const char *name, int64_t left_ms)
{
	tree_int(&v->tree, o, name, v->view.still || left_ms < 0 ? 0 : left_ms);
}

static void put_time(struct building *v, struct json_object *o, const char *name, struct walltime at)
{
	char text[NUM_TIME_BYTES];

	if (!walltime_is_known(at))
		return;
	num_format_time_ms(at.ms, text);
	tree_text(&v->tree, o, name, text);
}

/* Readings that the rate of the API key holds up come more seldom than ClustersInterval= says. */
static void put_wait(struct building *v, struct json_object *o)
{
	const struct project *p = v->p;
	const struct tidb *tidb = p->broken ? NULL : clients_tidb(p->hub->clients, p->api_key_file);
	int64_t wait_ms = tidb && !v->view.still ? tidb_routine_wait_ms(tidb) : 0;

	if (wait_ms > 0)
		tree_int(&v->tree, o, "readingsWaitMs", wait_ms);
}

/* ---- clusters ---- */

/* What an act met is news for as long as something is still to be done. */
static bool is_open(enum duty d)
{
	return d == DUTY_OWED || d == DUTY_PAUSE_SENT || d == DUTY_PAUSE_UNSURE || d == DUTY_RESUME_OWED ||
	       d == DUTY_RESUME_SENT || d == DUTY_RESUME_UNSURE;
}

/* As told in the last reading; else foreseen, of a pause of ours. */
static void put_resume(struct building *v, struct json_object *o, const struct cluster *c)
{
	bool foreseen = !walltime_is_known(c->resume_at) && c->state == CLUSTER_STATE_PAUSED &&
			c->duty == DUTY_PAUSED && !c->outlived;
	struct walltime at = foreseen ? pause_foreseen(c->our_resume_at, c->paused_at) : c->resume_at;

	put_time(v, o, "resumeAt", at);
	if (foreseen && walltime_is_known(at) && !walltime_is_known(c->our_resume_at))
		tree_bool(&v->tree, o, "resumeCounted", true);
}

/* What the configuration says of it. */
static void put_mark(struct building *v, struct json_object *o, const struct cluster *c)
{
	if (c->mark.excluded)
		tree_bool(&v->tree, o, "excluded", true);
	if (c->mark.reaction > v->p->policy.reaction)
		tree_text(&v->tree, o, "reaction", reaction_name(c->mark.reaction));
	if (c->mark.order != CLUSTER_ORDER_DEFAULT)
		tree_int(&v->tree, o, "order", c->mark.order);
}

static struct json_object *cluster(struct building *v, const struct cluster *c)
{
	struct json_object *o = tree_object(&v->tree);
	const struct texts *words = is_open(c->duty) ? project_words_of(v->p, &c->id) : NULL;

	tree_text(&v->tree, o, "id", c->id.text);
	tree_text(&v->tree, o, "name", c->name);
	tree_text(&v->tree, o, "state", cluster_state_name(c->state));
	put_age(v, o, "seenAgeMs", c->seen_at);
	tree_text(&v->tree, o, "duty", duty_name(c->duty));
	tree_text(&v->tree, o, "dutyText", duty_meaning(c->duty));
	put_resume(v, o, c);
	if (core_is_left_out(&v->p->core, (uint32_t)(c - v->p->core.clusters)))
		tree_bool(&v->tree, o, "leftOut", true);
	put_mark(v, o, c);
	if (words && words->of.message)
		tree_text(&v->tree, o, "message", words->of.message);
	return o;
}

/* Those of one binding in the order in which they would be paused. */
static struct json_object *clusters_in_order(struct building *v, uint32_t binding)
{
	struct json_object *array = tree_array(&v->tree);
	const struct core *core = &v->p->core;
	int64_t order = -1, least;

	do {
		least = INT64_MAX;
		for (uint32_t i = 0; i < core->cluster_count; i++) {
			const struct cluster *c = &core->clusters[i];

			if (c->binding != binding)
				continue;
			if (c->mark.order == order)
				tree_add(&v->tree, array, cluster(v, c));
			else if (c->mark.order > order && c->mark.order < least)
				least = c->mark.order;
		}
		order = least;
	} while (least != INT64_MAX);
	return array;
}

/* Those of one binding, or the strays for CORE_NO_INDEX. */
static struct json_object *clusters(struct building *v, uint32_t binding)
{
	struct json_object *array = tree_array(&v->tree);

	for (uint32_t i = 0; i < v->p->core.cluster_count; i++)
		if (v->p->core.clusters[i].binding == binding)
			tree_add(&v->tree, array, cluster(v, &v->p->core.clusters[i]));
	return array;
}

/* ---- plan and incident ---- */

static struct json_object *plan(struct building *v, uint32_t binding, struct core_plan *ret_plan)
{
	struct json_object *o = tree_object(&v->tree);
	char digest[17];

	core_plan(&v->p->core, binding, ret_plan);
	snprintf(digest, sizeof digest, "%016" PRIx64, ret_plan->digest.v);
	tree_text(&v->tree, o, "digest", digest);
	tree_int(&v->tree, o, "pause", ret_plan->pause);
	tree_int(&v->tree, o, "wait", ret_plan->wait);
	tree_int(&v->tree, o, "leave", ret_plan->leave);
	tree_int(&v->tree, o, "ours", ret_plan->ours);
	tree_int(&v->tree, o, "unread", ret_plan->unread);
	tree_int(&v->tree, o, "heldBack", ret_plan->held_back);
	tree_int(&v->tree, o, "excluded", ret_plan->excluded);
	return o;
}

static struct json_object *causes(struct building *v, uint8_t set)
{
	struct json_object *array = tree_array(&v->tree);

	if (set & CAUSE_AUTOMATIC)
		tree_add_text(&v->tree, array, "automatic");
	if (set & CAUSE_OPERATOR)
		tree_add_text(&v->tree, array, "operator");
	return array;
}

static struct json_object *how(struct building *v, uint8_t set)
{
	struct json_object *array = tree_array(&v->tree);

#define X(e, name)                                                                                           \
	if (set & CAUSE_HOW & CAUSE_##e)                                                                     \
		tree_add_text(&v->tree, array, name);
	CAUSE_TABLE(X)
#undef X
	return array;
}

static struct json_object *stands(struct building *v, uint8_t set)
{
	struct json_object *array = tree_array(&v->tree);

	for (unsigned m = 0; m < CUT_MEANS_COUNT; m++)
		if (set & CUT_MEANS_BIT(m))
			tree_add_text(&v->tree, array, cut_means_name((enum cut_means)m));
	return array;
}

static void put_by_hand(struct building *v, struct json_object *o, uint32_t binding)
{
	const struct incident *in = &v->p->core.bindings[binding].incident;
	const struct project_key *key = binding < v->p->key_size ? &v->p->keys[binding] : NULL;
	_cleanup_(buf_fini) struct buf text = BUF_INIT(BY_HAND_MAX_BYTES);
	char sid[POLICY_SID_BYTES];

	if ((in->cut != CUT_BY_HAND && in->cut != CUT_UNDO_BY_HAND) || !key || !key->target)
		return;
	policy_cut_sid(&v->p->ledger, in->id, sid);
	if (in->means == CUT_MEANS_DISABLE)
		kms_switch_by_hand(key->target, in->cut == CUT_UNDO_BY_HAND, &text);
	else if (in->means == CUT_MEANS_REMOVE)
		taking_by_hand(v->p, binding, in->cut == CUT_UNDO_BY_HAND, &text);
	else
		kms_by_hand(key->target, sid, in->cut == CUT_BY_HAND, &text);
	if (text.data)
		tree_text(&v->tree, o, "byHand", text.data);
}

static void put_grants_by_hand(struct building *v, struct json_object *o, uint32_t binding)
{
	const struct project_key *key = binding < v->p->key_size ? &v->p->keys[binding] : NULL;
	_cleanup_(buf_fini) struct buf text = BUF_INIT(BY_HAND_MAX_BYTES);

	if (!headline_grants_by_hand(&v->p->core.bindings[binding].incident) || !key || !key->target)
		return;
	kms_revoke_by_hand(key->target, &text);
	if (text.data)
		tree_text(&v->tree, o, "grantsByHand", text.data);
}

static struct json_object *incident(struct building *v, uint32_t binding)
{
	const struct binding *b = &v->p->core.bindings[binding];
	const struct incident *in = &b->incident;
	struct json_object *o = tree_object(&v->tree);
	struct core_plan unused;

	tree_int(&v->tree, o, "id", in->id.n);
	tree_text(&v->tree, o, "phase", phase_name(in->phase));
	tree_text(&v->tree, o, "phaseText", phase_meaning(in->phase));
	put_age(v, o, "phaseAgeMs", in->phase_at.boot);
	tree_put(&v->tree, o, "causes", causes(v, in->causes));
	tree_put(&v->tree, o, "how", how(v, in->causes));
	tree_text(&v->tree, o, "cut", cut_name(in->cut));
	tree_text(&v->tree, o, "cutText", cut_meaning(in->cut, in->means));
	tree_text(&v->tree, o, "means", cut_means_name(in->means));
	tree_put(&v->tree, o, "stands", stands(v, in->stands));
	put_by_hand(v, o, binding);
	if (in->grants_gone > 0)
		tree_int(&v->tree, o, "grantsRevoked", in->grants_gone);
	put_grants_by_hand(v, o, binding);
	tree_text(&v->tree, o, "reason", reason_name(in->reason));
	put_time(v, o, "opened", in->opened.wall);
	if (in->phase == PHASE_GRACE && in->grace_end.ms != BOOTTIME_NEVER.ms)
		put_left(v, o, "graceLeftMs", in->grace_end.ms - v->view.now.boot.ms);
	if (in->phase == PHASE_PROVING) {
		const struct evidence *e = &b->evidence;
		int64_t rest = v->p->core.policy.restore_delay_ms;

		if (e->usable_since.ms != BOOTTIME_NEVER.ms)
			rest -= v->view.now.boot.ms - e->usable_since.ms;
		tree_int(&v->tree, o, "provenLooks", v->view.still ? 0 : e->usable_looks);
		put_left(v, o, "proveLeftMs", rest);
	}
	tree_put(&v->tree, o, "plan", plan(v, binding, &unused));
	return o;
}

/* ---- binding ---- */

/* What of it cannot be told, and why. */
static void put_rotation_text(struct building *v, struct json_object *o, const struct project_key *key)
{
	char text[160] = "";

	if (key && key->rotation_fault != FAULT_NONE)
		(void)snprintf(text, sizeof text, "AWS KMS did not tell how it rotates when last asked (%s)",
			fault_name(key->rotation_fault));
	else if (!key || !key->rotation_read)
		(void)snprintf(text, sizeof text, "how it rotates was not read yet");
	else if (!key->rotation.applicable)
		(void)snprintf(text, sizeof text,
			"AWS KMS does not rotate it: its material is imported, or in a custom key store");
	else if (key->rotation.history_fault != FAULT_NONE)
		(void)snprintf(text, sizeof text,
			"its rotations so far cannot be read (%s): kms:ListKeyRotations",
			fault_name(key->rotation.history_fault));
	if (*text)
		tree_text(&v->tree, o, "rotationText", text);
}

static void put_rotation(struct building *v, struct json_object *o, uint32_t binding)
{
	const struct project_key *key = binding < v->p->key_size ? &v->p->keys[binding] : NULL;
	struct json_object *rotation;

	put_rotation_text(v, o, key);
	if (!key || !key->rotation_read || !key->rotation.applicable)
		return;
	rotation = tree_object(&v->tree);
	tree_bool(&v->tree, rotation, "enabled", key->rotation.enabled);
	if (key->rotation.period_days > 0)
		tree_int(&v->tree, rotation, "periodDays", key->rotation.period_days);
	put_time(v, rotation, "next", key->rotation.next);
	if (key->rotation.history_fault == FAULT_NONE) {
		put_time(v, rotation, "last", key->rotation.last);
		tree_int(&v->tree, rotation, "onDemandCount", key->rotation.on_demand_count);
		tree_int(&v->tree, rotation, "onDemandMax", KMS_ON_DEMAND_MAX);
	}
	put_time(v, rotation, "onDemandSince", key->rotation.on_demand_since);
	put_age(v, rotation, "readAgeMs", key->rotation_at);
	tree_put(&v->tree, o, "rotation", rotation);
}

static void put_evidence(struct building *v, struct json_object *o, const struct evidence *e)
{
	enum reason reason = e->verdict == OUTCOME_UNKNOWN ? e->last_reason : e->reason;

	tree_text(&v->tree, o, "verdict", outcome_name(e->verdict));
	tree_text(&v->tree, o, "reason", reason_name(reason));
	tree_text(&v->tree, o, "reasonText", reason_seen(reason));
	tree_text(&v->tree, o, "todo", reason_todo(reason));
	if (e->verdict != OUTCOME_UNKNOWN)
		put_age(v, o, "verdictAgeMs", e->verdict_at.boot);
	put_age(v, o, "lastLookAgeMs", e->last_look);
	put_age(v, o, "knownAgeMs", e->last_known);
	tree_text(&v->tree, o, "lastOutcome", outcome_name(reason_outcome(e->last_reason)));
	tree_text(&v->tree, o, "lastReason", reason_name(e->last_reason));
	tree_text(&v->tree, o, "lastReasonText", reason_seen(e->last_reason));
}

static void put_kept_out(struct building *v, struct json_object *o, uint32_t i)
{
	const struct adopt_found *f = keeps_out_of(v->p, i);
	struct json_object *kept;
	struct why remedy;

	if (!f || !keeps_out_remedy(v->p, i, &remedy))
		return;
	kept = tree_object(&v->tree);
	tree_int(&v->tree, kept, "statement", f->statement);
	tree_int(&v->tree, kept, "line", f->line);
	if (*f->sid)
		tree_text(&v->tree, kept, "sid", f->sid);
	tree_text(&v->tree, kept, "remedy", remedy.text);
	tree_put(&v->tree, o, "keptOutBy", kept);
}

static struct json_object *binding(struct building *v, uint32_t i)
{
	const struct binding *b = &v->p->core.bindings[i];
	struct json_object *o = tree_object(&v->tree);
	enum dark dark = core_dark(&v->p->core, i);
	struct why dark_text;

	headline_dark(v->p, i, &dark_text);
	tree_text(&v->tree, o, "region", b->region.text);
	tree_text(&v->tree, o, "keyArn", b->arn.text);
	tree_bool(&v->tree, o, "armed", b->armed);
	put_evidence(v, o, &b->evidence);
	put_kept_out(v, o, i);
	tree_bool(&v->tree, o, "blind", core_is_blind(&v->p->core, i));
	tree_text(&v->tree, o, "keyState", key_state_name(b->evidence.last.key_state));
	put_time(v, o, "deletion", b->evidence.last.deletion);
	tree_text(&v->tree, o, "dark", dark_name(dark));
	tree_text(&v->tree, o, "darkText", dark_text.text);
	if (b->incident.id.n != 0 && b->incident.grants_known)
		tree_int(&v->tree, o, "grantsAlive", b->incident.grants_alive);
	if (project_has_replicas(v->p, i))
		tree_text(&v->tree, o, "replicasText", CHECKS_REPLICAS_TEXT);
	put_rotation(v, o, i);
	if (b->incident.id.n != 0)
		tree_put(&v->tree, o, "incident", incident(v, i));
	tree_put(&v->tree, o, "clusters", clusters(v, i));
	return o;
}

/* ---- project ---- */

static const char *automation(const struct project *p)
{
	if (p->broken)
		return "broken";
	if (p->core.observe_only)
		return "observe";
	if (p->barrier.failed)
		return "ledger_failed";
	if (p->core.held)
		return "held";
	return core_is_suspended(&p->core) ? "suspended" : "on";
}

struct sentences {
	struct tree *tree;
	struct json_object *array;
};

static void add_sentence(const char *sentence, void *arg)
{
	struct sentences *s = arg;

	tree_add_text(s->tree, s->array, sentence);
}

/* A cluster that a drill paused must not be a riddle to who did not ask for it. */
static void put_live_drill(struct building *v, struct json_object *o)
{
	const struct live_drill *live = &v->p->core.live;
	uint32_t index = core_find_cluster(&v->p->core, &live->cluster);
	struct json_object *d;

	if (live->step == LIVE_NONE || index == CORE_NO_INDEX)
		return;
	d = tree_object(&v->tree);
	tree_text(&v->tree, d, "cluster", live->cluster.text);
	tree_text(&v->tree, d, "name", v->p->core.clusters[index].name);
	tree_text(&v->tree, d, "step", live_step_name(live->step));
	tree_text(&v->tree, d, "stepText", live_step_meaning(live->step));
	put_age(v, d, "ageMs", live->asked);
	tree_put(&v->tree, o, "liveDrill", d);
}

struct json_object *view_project(const struct project *p, struct view view)
{
	struct building v = {.view = view, .p = p};
	struct json_object *o = tree_object(&v.tree);
	struct json_object *problems = tree_array(&v.tree), *bindings = tree_array(&v.tree);

	(void)headline_problems(p, add_sentence, &(struct sentences){&v.tree, problems});
	for (uint32_t i = 0; i < p->core.binding_count; i++)
		tree_add(&v.tree, bindings, binding(&v, i));
	tree_text(&v.tree, o, "name", p->name.text);
	tree_text(&v.tree, o, "id", p->id.text);
	tree_text(&v.tree, o, "headline", headline_name(headline_of_project(p)));
	tree_put(&v.tree, o, "problems", problems);
	tree_text(&v.tree, o, "reaction", reaction_name(p->policy.reaction));
	tree_text(&v.tree, o, "automation", automation(p));
	put_time(&v, o, "suspendedUntil", p->core.suspended_until);
	tree_text(&v.tree, o, "vendorAccount", p->vendor.text);
	if (!p->broken)
		put_age(&v, o, "clustersAgeMs", p->core.listed_at);
	put_wait(&v, o);
	tree_text(&v.tree, o, "clustersFault", fault_name(p->core.list_fault));
	put_live_drill(&v, o);
	tree_put(&v.tree, o, "bindings", bindings);
	tree_put(&v.tree, o, "strays", clusters(&v, CORE_NO_INDEX));
	return tree_done(&v.tree, o);
}

/* ---- what a verb would do ---- */

static void put_order(struct building *v, struct json_object *o, uint32_t i)
{
	struct why why;
	bool pause_first = foresee_pause_first(v->p, i, &why);

	tree_text(&v->tree, o, "order", pause_first ? "pause_first" : "key_first");
	tree_text(&v->tree, o, "orderText", why.text);
}

struct json_object *view_plan(
	const struct project *p, uint32_t i, bool restore, uint8_t how, struct view view)
{
	struct building v = {.view = view, .p = p};
	struct json_object *o = tree_object(&v.tree);
	struct core_plan counts;
	struct json_object *plan_object = plan(&v, i, &counts);
	struct json_object *refusals = tree_array(&v.tree);
	struct foresee_cost cost;

	tree_text(&v.tree, o, "region", p->core.bindings[i].region.text);
	tree_text(&v.tree, o, "keyArn", p->core.bindings[i].arn.text);
	plan_change_put(&v.tree, o, p, i, restore, how);
	if (!restore)
		put_order(&v, o, i);
	tree_put(&v.tree, o, "sharedWith", tree_array(&v.tree));
	tree_put(&v.tree, o, "clusters", restore ? clusters(&v, i) : clusters_in_order(&v, i));
	tree_put(&v.tree, o, "plan", plan_object);
	if (!restore)
		foresee_refusals(p, i, add_sentence, &(struct sentences){&v.tree, refusals});
	tree_put(&v.tree, o, "refusals", refusals);
	foresee_cost(p, restore ? counts.ours : counts.pause, &cost);
	tree_int(&v.tree, o, "requests", (int64_t)cost.requests);
	tree_int(&v.tree, o, "estimateMs", cost.ms);
	return tree_done(&v.tree, o);
}

/* ---- checks ---- */

struct check_list {
	struct tree tree;
	struct json_object *array;
};

struct json_object *view_check(struct tree *t, const struct checks_line *line)
{
	struct json_object *o = tree_object(t);

	tree_text(t, o, "check", check_name(line->check));
	tree_text(t, o, "about", check_about(line->check));
	tree_text(t, o, "of", check_of_name(check_of(line->check)));
	tree_text(t, o, "subject", line->subject);
	tree_text(t, o, "result", finding_name(line->finding));
	tree_text(t, o, "found", line->found);
	if (*line->remedy)
		tree_text(t, o, "remedy", line->remedy);
	return o;
}

static void add_check(const struct checks_line *line, void *arg)
{
	struct check_list *l = arg;

	tree_add(&l->tree, l->array, view_check(&l->tree, line));
}

struct json_object *view_checks(struct project *p, struct moment now)
{
	struct check_list l = {.tree = {0}};
	struct json_object *o = tree_object(&l.tree);

	l.array = tree_array(&l.tree);
	checks_run(p, now, add_check, &l);
	tree_put(&l.tree, o, "checks", l.array);
	return tree_done(&l.tree, o);
}
