/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/hand.h"
#include "core/evidence.h"
#include "driver/clients.h"
#include "driver/errand_order.h"
#include "driver/hold.h"
#include "driver/hub.h"
#include "driver/notices.h"
#include "driver/project.h"
#include "driver/taking.h"
#include "driver/turn.h"
#include "io/clock.h"
#include "io/kms.h"
#include "io/tidb.h"
#include "policy/policy.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct asked { /* a question under way */
	struct project *project;
	struct deed deed;
	struct moment since;
	struct asked *prev, *next; /* looks only: in hub's list */
};

static void list_look(struct hub *hub, struct asked *a)
{
	a->prev = hub->newest_look;
	if (a->prev)
		a->prev->next = a;
	else
		hub->oldest_look = a;
	hub->newest_look = a;
}

static void unlist_look(struct hub *hub, struct asked *a)
{
	if (a->prev)
		a->prev->next = a->next;
	else
		hub->oldest_look = a->next;
	if (a->next)
		a->next->prev = a->prev;
	else
		hub->newest_look = a->prev;
}

struct boottime hand_oldest_look(const struct hub *hub)
{
	return hub->oldest_look ? hub->oldest_look->since.boot : BOOTTIME_NEVER;
}

/* The question is answered: frees it. */
static void answer(struct asked *a, struct inbox_entry *entry)
{
	struct project *p = a->project;

	if (a->deed.type == FX_LOOK)
		unlist_look(p->hub, a);
	free(a);
	turn_answer(p, entry);
}

static struct texts *keep_kms(const struct kms_texts *t)
{
	return t ? texts_new(&(struct record_texts){.message = t->message, .request = t->request}) : NULL;
}

static struct texts *keep_tidb(const struct tidb_texts *t)
{
	return t ? texts_new(&(struct record_texts){.message = t->message, .request = t->request}) : NULL;
}

/* Another project of this daemon disabled the key, or may have. */
static bool is_sibling_doing(const struct project *p, uint32_t binding)
{
	const struct hub *hub = p->hub;

	return hub->disabled_by && hub->disabled_by(p, &p->core.bindings[binding].arn, false, hub->arg);
}

static void on_look(void *arg, const struct look *look, const struct kms_texts *texts)
{
	struct asked *a = arg;
	struct project_key *key = &a->project->keys[a->deed.binding];
	struct inbox_entry entry = {.event = {.type = EV_LOOK}, .texts = keep_kms(texts)};

	texts_free(key->look);
	key->look = keep_kms(texts);
	entry.event.look.binding = a->deed.binding;
	entry.event.look.look = *look;
	if (look->key_state == KEY_STATE_DISABLED && is_sibling_doing(a->project, a->deed.binding))
		entry.event.look.look.off_by = CUT_BY_SIBLING;
	answer(a, &entry);
}

static void on_rotation(void *arg, const struct kms_rotation *rotation, const struct kms_texts *texts)
{
	struct asked *a = arg;
	struct project_key *key = &a->project->keys[a->deed.binding];
	struct inbox_entry entry = {.event = {.type = EV_ROTATION}, .texts = keep_kms(texts)};

	if (rotation->fault == FAULT_NONE) {
		key->rotation = *rotation;
		key->rotation_at = clock_now().boot;
		key->rotation_read = true;
	}
	if (rotation->fault != FAULT_CANCELLED)
		key->rotation_fault = rotation->fault;
	entry.event.rotation.binding = a->deed.binding;
	entry.event.rotation.fault = rotation->fault;
	/* Where rotation cannot be switched on (imported material) there is nothing to alert about. */
	entry.event.rotation.enabled = rotation->enabled || !rotation->applicable;
	entry.event.rotation.next = rotation->enabled ? rotation->next : WALLTIME_UNKNOWN;
	answer(a, &entry);
}

static void on_grants(
	void *arg, enum fault fault, const struct kms_grants_seen *seen, const struct kms_texts *texts)
{
	struct asked *a = arg;
	struct project_key *key = &a->project->keys[a->deed.binding];
	struct inbox_entry entry = {.event = {.type = EV_GRANTS}, .texts = keep_kms(texts)};

	if (fault == FAULT_NONE) {
		texts_free(key->grants);
		key->grants = keep_kms(texts);
	}
	entry.event.grants.binding = a->deed.binding;
	entry.event.grants.fault = fault;
	entry.event.grants.alive = seen->alive;
	entry.event.grants.batch = seen->batch;
	entry.event.grants.ids = seen->ids;
	answer(a, &entry);
}

static void on_revoked(void *arg, enum act_result result, uint32_t count, const struct kms_texts *texts)
{
	struct asked *a = arg;
	struct inbox_entry entry = {.event = {.type = EV_GRANTS_REVOKED}, .texts = keep_kms(texts)};

	entry.event.revoked.op = a->deed.op;
	entry.event.revoked.result = result;
	entry.event.revoked.count = count;
	answer(a, &entry);
}

/* An act that was never sent says nothing about the one before, whose words still stand; an accepted one ends
 * them. */
static bool changes_words(enum act_result result)
{
	return result != ACT_RESULT_NOT_SENT;
}

static void on_change(
	void *arg, enum act_result result, const struct digest *policy, const struct kms_texts *texts)
{
	struct asked *a = arg;
	struct project_key *key = &a->project->keys[a->deed.binding];
	struct inbox_entry entry = {.event = {.type = EV_CUT}, .texts = keep_kms(texts)};

	if (changes_words(result)) {
		key->change_failed = result != ACT_RESULT_ACCEPTED;
		texts_free(key->change);
		/* Of one that was made there is seldom anything to say: somebody else changed the policy too. */
		key->change = result == ACT_RESULT_ACCEPTED && !texts->message[0] ? NULL : keep_kms(texts);
	}
	entry.event.cut.op = a->deed.op;
	entry.event.cut.result = result;
	if (result == ACT_RESULT_ACCEPTED && policy)
		entry.event.cut.policy = *policy;
	answer(a, &entry);
}

static void on_switch(void *arg, enum act_result result, bool was_so, const struct kms_texts *texts)
{
	struct asked *a = arg;
	struct project_key *key = &a->project->keys[a->deed.binding];
	struct inbox_entry entry = {.event = {.type = EV_CUT}, .texts = keep_kms(texts)};

	if (changes_words(result)) {
		key->change_failed = result != ACT_RESULT_ACCEPTED;
		texts_free(key->change);
		key->change = result == ACT_RESULT_ACCEPTED && !texts->message[0] ? NULL : keep_kms(texts);
	}
	entry.event.cut.op = a->deed.op;
	entry.event.cut.result = result;
	entry.event.cut.was_so = was_so;
	answer(a, &entry);
}

/* Copies a list that is only borrowed; without memory the list counts as not read. */
static void *copy(const void *items, size_t count, size_t item_bytes, enum fault *fault)
{
	void *p;

	if (*fault != FAULT_NONE || count == 0)
		return NULL;
	p = malloc(count * item_bytes);
	if (!p)
		*fault = FAULT_CANCELLED;
	else
		memcpy(p, items, count * item_bytes);
	return p;
}

static void on_cmek(void *arg, enum fault fault, bool cmek_enabled, const struct cmek_setting *items,
	size_t count, const struct tidb_texts *texts)
{
	struct asked *a = arg;
	struct inbox_entry entry = {.event = {.type = EV_CMEK}, .texts = keep_tidb(texts)};

	entry.items = copy(items, count, sizeof *items, &fault);
	entry.event.cmek.fault = fault;
	entry.event.cmek.cmek_enabled = cmek_enabled;
	entry.event.cmek.items = entry.items;
	entry.event.cmek.count = entry.items ? count : 0;
	answer(a, &entry);
}

static void on_clusters(void *arg, enum fault fault, const struct cluster_seen *items, size_t count,
	const struct tidb_texts *texts)
{
	struct asked *a = arg;
	struct inbox_entry entry = {.event = {.type = EV_CLUSTERS}, .texts = keep_tidb(texts)};

	entry.items = copy(items, count, sizeof *items, &fault);
	entry.event.clusters.fault = fault;
	entry.event.clusters.items = entry.items;
	entry.event.clusters.count = entry.items ? count : 0;
	answer(a, &entry);
}

static void on_cluster(
	void *arg, enum fault fault, const struct cluster_seen *seen, const struct tidb_texts *texts)
{
	struct asked *a = arg;
	struct inbox_entry entry = {.event = {.type = EV_CLUSTER}, .texts = keep_tidb(texts)};

	entry.event.cluster.fault = fault;
	entry.event.cluster.seen = *seen;
	answer(a, &entry);
}

static void on_act(void *arg, enum act_result result, const struct tidb_texts *texts)
{
	struct asked *a = arg;
	struct inbox_entry entry = {.event = {.type = EV_ACT}, .texts = keep_tidb(texts)};

	if (changes_words(result))
		project_set_words(a->project, &a->deed.cluster,
			result == ACT_RESULT_ACCEPTED ? NULL : keep_tidb(texts));
	entry.event.act.op = a->deed.op;
	entry.event.act.result = result;
	answer(a, &entry);
}

/* Reading the clusters of an incident must not wait behind routine. */
static enum lane_priority reading(const struct project *p)
{
	return project_has_incident(p) ? LANE_INCIDENT : LANE_ROUTINE;
}

static bool owes_acts(const struct project *p)
{
	for (uint32_t i = 0; i < p->core.cluster_count; i++)
		if (p->core.clusters[i].duty == DUTY_OWED || p->core.clusters[i].duty == DUTY_RESUME_OWED)
			return true;
	return false;
}

/* An act rests on a state that was read lately: the list that it waits for goes with the acts. */
static enum lane_priority listing(const struct project *p)
{
	return owes_acts(p) ? LANE_ACT : reading(p);
}

/* A verdict that is not settled waits for the next look, and so does whoever wants an incident to end. */
static enum kms_lane_priority looking(const struct project *p, uint32_t binding)
{
	const struct binding *b = &p->core.bindings[binding];

	return b->incident.id.n != 0 || evidence_unsettled(&b->evidence) ? KMS_LANE_CONFIRMATION
									 : KMS_LANE_LOOK;
}

static void hasten_looks(struct project *p)
{
	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		struct kms_target *target =
			p->core.bindings[i].look_in_flight && looking(p, i) == KMS_LANE_CONFIRMATION
				? project_target(p, i)
				: NULL;

		if (target)
			kms_target_hasten(target);
	}
}

static void hasten_clusters(struct project *p)
{
	enum lane_priority now = listing(p);
	struct tidb *tidb;

	if (p->urgency == now)
		return;
	p->urgency = now;
	tidb = now == LANE_ROUTINE ? NULL : clients_tidb(p->hub->clients, p->api_key_file);
	if (tidb)
		tidb_hasten(tidb, &p->id, now, reading(p));
}

void hand_hasten(struct project *p)
{
	hasten_looks(p);
	hasten_clusters(p);
}

static void cut_sid(const struct project *p, const struct deed *deed, char ret_sid[POLICY_SID_BYTES])
{
	policy_cut_sid(&p->ledger, deed->incident, ret_sid);
}

/* An act that waited, for its record or in a lane, may not be wanted any more. */
static bool still_wanted(const struct project *p, const struct deed *deed)
{
	bool act = deed->type == FX_PAUSE || deed->type == FX_RESUME || deed->type == FX_CUT ||
		   deed->type == FX_UNCUT || deed->type == FX_ERRAND || deed->type == FX_REVOKE_GRANTS;
	struct moment now;

	if (!act)
		return true;
	now = clock_now();
	return core_may_send(&p->core, deed->op, now.boot, p->barrier.durable);
}

/* Asked by io when an act is about to leave. */
static bool asked_still_wanted(void *arg)
{
	const struct asked *a = arg;

	return !a->project->closing && still_wanted(a->project, &a->deed) && !hold_of(a->project, &a->deed);
}

static int take(struct project *p, struct asked *a)
{
	const struct incident *in = &p->core.bindings[a->deed.binding].incident;
	const struct taking t = {.binding = a->deed.binding,
		.incident = a->deed.incident,
		.kept = in->kept,
		.back = a->deed.type == FX_UNCUT,
		.stood = (in->stood & CUT_MEANS_BIT(CUT_MEANS_REMOVE)) != 0,
		.accept_loss = (in->causes & CAUSE_ACCEPT_LOSS) != 0};

	return taking_start(p, &t, asked_still_wanted, on_change, a);
}

static int ask_kms(struct project *p, struct asked *a)
{
	struct kms_target *target = project_target(p, a->deed.binding);
	char sid[POLICY_SID_BYTES];

	if (!target)
		return -1;
	cut_sid(p, &a->deed, sid);
	if (a->deed.type == FX_LOOK)
		return kms_look(target, looking(p, a->deed.binding), on_look, a);
	/* Only incidents list them, and one is not told to be dark before. */
	if (a->deed.type == FX_LIST_GRANTS)
		return kms_grants(target, KMS_LANE_CONFIRMATION, on_grants, a);
	if (a->deed.type == FX_REVOKE_GRANTS)
		return kms_revoke_grants(target, &p->core.bindings[a->deed.binding].incident.grants_ids,
			asked_still_wanted, on_revoked, a);
	if (a->deed.type == FX_READ_ROTATION)
		return kms_rotation(target, on_rotation, a);
	if (a->deed.means == CUT_MEANS_REMOVE)
		return take(p, a);
	if (a->deed.means == CUT_MEANS_DISABLE)
		return kms_switch(
			target, a->deed.type == FX_UNCUT, a->deed.claims, asked_still_wanted, on_switch, a);
	if (a->deed.type == FX_CUT)
		return kms_cut(target, sid, asked_still_wanted, on_change, a);
	return kms_uncut(target, sid, asked_still_wanted, on_change, a);
}

static void on_errand(void *arg, struct errand_order *o)
{
	struct asked *a = arg;
	/* The revoke of the other one may have come while it waited in its lane. */
	const struct project *other = o->result == ACT_RESULT_NOT_SENT ? hold_of(a->project, &a->deed) : NULL;
	struct inbox_entry entry = {.event = {.type = EV_ERRAND}};

	if (other)
		hold_refuse(o, other);
	entry.texts = o->texts ? texts_new(&o->texts->of) : NULL;
	if (o->errand == ERRAND_CONFIGURE_CMEK &&
		(o->result == ACT_RESULT_ACCEPTED || o->result == ACT_RESULT_LOST))
		a->project->read_cmek = true;
	entry.event.errand.op = a->deed.op;
	entry.event.errand.result = o->result;
	answer(a, &entry);
}

static int ask_errand(struct project *p, struct asked *a)
{
	struct errand_order *o = errand_order_find(p, a->deed.ticket);

	return o ? errand_order_send(o, a->deed.binding, asked_still_wanted, on_errand, a) : -1;
}

/* What was on its way when the other API's answer came is older than that. */
static struct boottime read_at(const struct project *p, const struct cluster_id *cluster)
{
	uint32_t index = core_find_cluster(&p->core, cluster);
	const struct cluster *c = index == CORE_NO_INDEX ? NULL : &p->core.clusters[index];

	return c && c->seen_at.ms != BOOTTIME_NEVER.ms ? c->asked_at : BOOTTIME_NEVER;
}

static int ask_tidb(struct project *p, struct asked *a)
{
	struct tidb *tidb = clients_tidb(p->hub->clients, p->api_key_file);
	struct tidb_act act = {.project = p->id, .cluster = a->deed.cluster};

	if (!tidb)
		return -1;
	if (a->deed.type == FX_READ_CMEK)
		return tidb_read_cmek(tidb, &p->id, reading(p), on_cmek, a);
	if (a->deed.type == FX_LIST_CLUSTERS)
		return tidb_list_clusters(tidb, &p->id, listing(p), on_clusters, a);
	if (a->deed.type == FX_READ_CLUSTER)
		return tidb_read_cluster(tidb, &p->id, &a->deed.cluster, reading(p), on_cluster, a);
	act.read_at = read_at(p, &a->deed.cluster);
	if (a->deed.type == FX_PAUSE)
		return tidb_pause(tidb, &act, LANE_ACT, asked_still_wanted, on_act, a);
	return tidb_resume(tidb, &act, LANE_ACT, asked_still_wanted, on_act, a);
}

static void unsent(struct project *p, const struct deed *deed)
{
	struct inbox_entry entry = {0};

	if (deed_unsent(deed, &entry.event))
		turn_answer(p, &entry);
}

static void ask(struct project *p, const struct deed *deed, int (*start)(struct project *, struct asked *))
{
	struct asked *a = calloc(1, sizeof *a);

	if (!a) {
		unsent(p, deed);
		return;
	}
	a->project = p;
	a->deed = *deed;
	a->since = clock_now();
	if (deed->type == FX_LOOK)
		list_look(p->hub, a);
	if (start(p, a) == 0)
		return;
	if (deed->type == FX_LOOK)
		unlist_look(p->hub, a);
	free(a);
	unsent(p, deed);
}

static void ask_budget(struct project *p, const struct deed *deed)
{
	struct inbox_entry entry = {.event = {.type = EV_BUDGET}};
	struct moment now = clock_now();

	entry.event.budget.incident = deed->incident;
	entry.event.budget.granted = budget_take(&p->hub->budget, now.wall, project_share(p), deed->count);
	turn_answer(p, &entry);
}

/* What acts met in an earlier incident is no news of this one. */
static void forget_words(struct project *p, uint32_t binding)
{
	for (uint32_t i = 0; i < p->core.cluster_count; i++)
		if (p->core.clusters[i].binding == binding)
			project_set_words(p, &p->core.clusters[i].id, NULL);
}

static void request(struct project *p, const struct deed *deed)
{
	switch (deed->type) {
	case FX_ASK_BUDGET:
		ask_budget(p, deed);
		return;
	case FX_UNCUT:
		if (hold_answers(p, deed))
			return;
		ask(p, deed, ask_kms);
		return;
	case FX_LOOK:
	case FX_LIST_GRANTS:
	case FX_READ_ROTATION:
	case FX_CUT:
	case FX_REVOKE_GRANTS:
		ask(p, deed, ask_kms);
		return;
	case FX_READ_CMEK:
	case FX_LIST_CLUSTERS:
	case FX_READ_CLUSTER:
	case FX_PAUSE:
	case FX_RESUME:
		ask(p, deed, ask_tidb);
		return;
	case FX_ERRAND:
		if (hold_answers(p, deed))
			return;
		ask(p, deed, ask_errand);
		return;
	case FX_ANSWER:
	case FX_NOTICE:
	case FX_RECORD:
		return;
	}
}

void hand_do(struct project *p, const struct deed *deed, bool perform)
{
	perform = perform && still_wanted(p, deed);
	if (deed->type == FX_ANSWER) {
		p->hub->answered(p, deed->ticket, perform ? deed->answer : ANSWER_NOT_DURABLE, p->hub->arg);
	} else if (deed->type == FX_NOTICE) { /* worth telling, written down or not */
		if (deed->notice == NOTICE_INCIDENT_OPENED)
			forget_words(p, deed->binding);
		notices_tell(p, deed);
	} else if (perform) {
		request(p, deed);
	} else {
		unsent(p, deed);
	}
}
