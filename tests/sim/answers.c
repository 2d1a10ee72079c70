/* SPDX-License-Identifier: Apache-2.0 */
/* answers: what a cloud tells when an answer of it is delivered: then, not when it was asked for, is it filled with what is true. */
#include "sim.h"
#include <stdio.h>
#include <string.h>

#define OLD_LIST_MS 90000 /* how old a list may be when it arrives */

/* TiDB Cloud does not tell of this one now, neither in lists nor by its id. One that was told to be gone is not missed
 * when it comes back and is hidden at once: nothing could tell that from a deletion. */
bool answers_hide(const struct sim *s, const struct sim_cluster *c)
{
	return s->now.boot.ms < c->hidden_until.ms && c->delivered != CLUSTER_STATE_GONE;
}

static bool known(const struct sim_project *p, const struct sim_cluster *c)
{
	return core_find_cluster(&p->core, &c->seen.id) != CORE_NO_INDEX;
}

/* Now and then in a word that cmekd does not know. */
static struct cluster_seen read_cluster(struct sim *s, const struct sim_cluster *c)
{
	struct cluster_seen seen = c->seen;

	if (hands_bad(s, 1)) {
		seen.state = CLUSTER_STATE_UNKNOWN;
		seen.resume_at = WALLTIME_UNKNOWN;
	}
	if (chance_below(&s->chance, 4) < s->untold)
		seen.resume_at = WALLTIME_UNKNOWN;
	return seen;
}

void answers_setting(const struct sim *s, uint32_t key, const char *name, struct cmek_setting *ret_setting)
{
	memset(ret_setting, 0, sizeof *ret_setting);
	ret_setting->region = s->keys[key].region;
	(void)snprintf(ret_setting->arn.text, sizeof ret_setting->arn.text,
		"arn:aws:kms:%s:111122223333:key/%s", s->keys[key].region.text, name);
}

/* A list may come short; what is missing must be read by its id. (One that was never seen, or was told to be gone, cannot be
 * missed: there the reader compares with totalSize.) */
static size_t make_list(struct sim *s, uint32_t project, struct cluster_seen list[SIM_CLUSTERS])
{
	const struct sim_project *p = &s->projects[project];
	size_t n = 0;

	for (uint32_t i = 0; i < s->cluster_count; i++) {
		const struct sim_cluster *c = &s->clusters[i];

		if (c->project != project || c->deleted ||
			(known(p, c) && c->delivered != CLUSTER_STATE_GONE &&
				(answers_hide(s, c) || hands_bad(s, 1))))
			continue;
		list[n++] = read_cluster(s, c);
	}
	return n;
}

/* Its first page was read, and the next ones wait: for the rate, or behind what hangs. */
static bool list_hangs(struct sim *s, struct sim_item *item)
{
	struct sim_project *p = &s->projects[item->project];
	struct event *e;

	if (item->event.clusters.items || !hands_bad(s, 2))
		return false;
	p->old_count = make_list(s, item->project, p->old_list);
	e = hands_reply(s, item->project, EV_CLUSTERS, chance_range(&s->chance, 1000, OLD_LIST_MS));
	e->clusters.items = p->old_list;
	e->clusters.count = p->old_count;
	return true;
}

/* driver/mark: when the step is made. What was renamed is found by no section. */
static void mark(struct sim *s, const struct sim_project *p, struct cluster_seen *seen)
{
	const struct sim_cluster *c = &s->clusters[truth_find(s, &seen->id)];

	seen->mark = known(p, c) && hands_bad(s, 1) ? (struct cluster_mark){.order = CLUSTER_ORDER_DEFAULT}
						    : c->seen.mark;
}

void answers_deliver(struct sim *s, struct sim_item *item)
{
	struct sim_project *p = &s->projects[item->project];
	struct cluster_seen list[SIM_CLUSTERS];
	struct cmek_setting settings[SIM_KEYS];
	struct event *e = &item->event;
	size_t n = 0;

	if (e->type == EV_CLUSTERS && e->clusters.fault == FAULT_NONE) {
		if (list_hangs(s, item))
			return;
		if (e->clusters.items)
			memcpy(list, p->old_list, sizeof list);
		else
			e->clusters.count = make_list(s, item->project, list);
		e->clusters.items = list;
		for (size_t i = 0; i < e->clusters.count; i++)
			mark(s, p, &list[i]);
		for (size_t i = 0; i < e->clusters.count; i++)
			audit_reading(s, &e->clusters.items[i], p->list_asked_at);
	} else if (e->type == EV_CMEK && e->cmek.fault == FAULT_NONE) {
		for (uint32_t k = 0; k < s->key_count; k++) {
			if (k + 1 == p->settings_missing)
				continue;
			/* Another key only where the first is known: the truth holds one key a region. */
			answers_setting(s, k,
				k + 1 == p->settings_other && core_find_binding(&p->core,
								      &s->keys[k].region) != CORE_NO_INDEX
					? "other"
					: "k",
				&settings[n++]);
		}
		e->cmek.items = settings;
		e->cmek.count = n;
		e->cmek.cmek_enabled = true;
		audit_alert_settings(s, item->project, e);
	} else if (e->type == EV_CLUSTER && e->cluster.fault == FAULT_NONE) {
		const struct sim_cluster *c = &s->clusters[truth_find(s, &e->cluster.seen.id)];

		bool old = e->cluster.seen.region.text[0];

		if (c->deleted && !old)
			e->cluster.fault = FAULT_NOT_FOUND;
		else if (!old)
			e->cluster.seen = read_cluster(s, c);
		mark(s, p, &e->cluster.seen);
		if (e->cluster.fault == FAULT_NONE)
			audit_reading(s, &e->cluster.seen, c->asked_at);
	} else if (e->type == EV_GRANTS && e->grants.fault == FAULT_NONE) {
		const struct sim_key *k = &s->keys[hands_key_of(s, &p->core, e->grants.binding)];

		uint32_t listed =
			k->grants + (boottime_reached(s->now.boot, k->ghosts_until) ? 0 : k->ghosts);

		e->grants.alive = listed;
		e->grants.batch = listed < 12 ? listed : 12;
		memcpy(e->grants.ids.bytes, &listed, sizeof listed);
		p->audit[e->grants.binding].grants_listed = true;
		if (p->core.bindings[e->grants.binding]
				.incident.grants_in_flight) /* else nobody waits for it */
			p->audit[e->grants.binding].grants_ids = e->grants.ids;
	} else if (e->type == EV_LOOK) {
		if (e->look.look.key_state == KEY_STATE_DISABLED &&
			changes_sibling_says(
				s, item->project, hands_key_of(s, &p->core, e->look.binding), core_disabled))
			e->look.look.off_by = CUT_BY_SIBLING;
		audit_look(s, item->project, e);
	} else if (e->type == EV_ERRAND) {
		for (uint32_t i = 0; i < p->core.binding_count; i++)
			if (p->core.bindings[i].errand.op.n == e->errand.op.n)
				p->errands_out[i] = false;
		if (p->core.errand.op.n == e->errand.op.n)
			p->errands_out[SIM_KEYS] = false;
		audit_edited(s, item->project, e->errand.op);
	} else if (e->type == EV_CUT) {
		audit_edited(s, item->project, e->cut.op);
		audit_cut_answer(s, item->project, e);
	} else if (e->type == EV_ACT) {
		if (p->core.live.op.n != 0 && p->core.live.op.n == e->act.op.n)
			audit_act_answer(s, &p->core.live.cluster, e->act.op, e->act.result);
		for (uint32_t i = 0; i < p->core.cluster_count; i++)
			if (p->core.clusters[i].op.n == e->act.op.n)
				audit_act_answer(s, &p->core.clusters[i].id, e->act.op, e->act.result);
	}
	if (e->type == EV_CLUSTERS)
		audit_alert_list(s, item->project, e->clusters.fault);
	hands_give(s, item->project, e);
	if (e->type == EV_LOOK)
		s->reasons[p->core.bindings[e->look.binding].evidence.last_reason]++;
}
