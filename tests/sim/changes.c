/* SPDX-License-Identifier: Apache-2.0 */
/* changes: what the daemon changes of a key, as it arrives at KMS, and how that is answered: policies, states, errands, grants. */
#include "sim.h"
#include <string.h>

static uint32_t key_in(const struct sim *s, const struct region *region)
{
	uint32_t key = 0;

	while (key < s->key_count && !region_equal(&s->keys[key].region, region))
		key++;
	return key < s->key_count ? key : SIM_KEYS;
}

/* What got no answer may be taken long after it was given up. */
static int64_t late(struct sim *s, enum act_result result, int64_t arrives_ms)
{
	return result == ACT_RESULT_LOST && chance_one_in(&s->chance, 2) ? chance_range(&s->chance, 0, 50000)
									 : arrives_ms;
}

static struct event *answer_cut(
	struct sim *s, uint32_t project, const struct deed *deed, enum act_result result, int64_t answers_ms)
{
	struct event *e = hands_reply(s, project, EV_CUT, answers_ms);

	e->cut.op = deed->op;
	e->cut.result = result;
	return e;
}

/* Meanwhile somebody changes their mind, and again. */
static void change_minds(struct sim *s, uint32_t project, const struct deed *deed, int64_t within_ms)
{
	bool cut = deed->type == FX_CUT;

	if (!hands_bad(s, 4))
		return;
	orders_hasten(s, project, deed->binding, cut ? COMMAND_RESTORE : COMMAND_REVOKE, within_ms / 3);
	orders_hasten(s, project, deed->binding, cut ? COMMAND_REVOKE : COMMAND_RESTORE, within_ms * 2 / 3);
}

void changes_cut(struct sim *s, uint32_t project, const struct deed *deed)
{
	uint32_t key = hands_key_of(s, &s->projects[project].core, deed->binding);
	bool cut = deed->type == FX_CUT;
	enum act_result result = ACT_RESULT_ACCEPTED;
	struct sim_item *item;
	int64_t arrives_ms = hands_latency(s), answers_ms;

	if (s->keys[key].put_forbidden || s->keys[key].self_denied)
		result = ACT_RESULT_DENIED;
	else if (hands_bad(s, s->weather.act_bad))
		result = chance_one_in(&s->chance, 3) ? ACT_RESULT_THROTTLED : ACT_RESULT_LOST;
	/* An undo that read a stale text found nothing to remove. */
	if (!cut && result == ACT_RESULT_ACCEPTED && hands_bad(s, 5))
		sim_trace(s, "the undo found nothing to remove");
	else if (result == ACT_RESULT_ACCEPTED ||
		 (result == ACT_RESULT_LOST && chance_one_in(&s->chance, 2))) {
		item = queue_push(s, SIM_PUT, project, late(s, result, arrives_ms));
		item->key = key;
		item->flag = cut;
	}
	answers_ms = arrives_ms + (result == ACT_RESULT_LOST ? 10000 : hands_latency(s));
	hands_twice(s, project, answer_cut(s, project, deed, result, answers_ms));
	change_minds(s, project, deed, answers_ms);
}

/* The policy must be the one that is kept; put back, it is merged into whatever there is, if that helps. */
void changes_take(struct sim *s, uint32_t project, const struct deed *deed)
{
	uint32_t key = hands_key_of(s, &s->projects[project].core, deed->binding);
	const struct digest *kept = &s->projects[project].core.bindings[deed->binding].incident.kept;
	const struct sim_version *v = truth_now(&s->keys[key]);
	struct digest is = truth_policy(v);
	bool out = deed->type == FX_CUT,
	     denied = v->policy != SIM_ALLOWED && v->policy != SIM_MISSING && v->policy != SIM_UNDECIDABLE;
	enum act_result result = ACT_RESULT_ACCEPTED;
	int64_t arrives_ms = hands_latency(s), answers_ms;
	bool moved = out && memcmp(&is, kept, sizeof is) != 0, changes = v->out != out && !moved;
	struct sim_item *item;

	if (s->keys[key].self_denied)
		result = ACT_RESULT_DENIED;
	else if (moved && !denied && !v->out && !v->cuts)
		result = ACT_RESULT_NOT_SENT;
	else if (!moved && out && (denied || v->cuts))
		result = ACT_RESULT_REFUSED;
	else if (!out && (v->cuts || v->policy == SIM_DENIED || v->policy == SIM_FOREIGN_CUT))
		result = ACT_RESULT_REFUSED;
	else if (changes && s->keys[key].put_forbidden)
		result = ACT_RESULT_DENIED;
	else if (hands_bad(s, s->weather.act_bad))
		result = chance_one_in(&s->chance, 3) ? ACT_RESULT_THROTTLED : ACT_RESULT_LOST;
	if (!out && result == ACT_RESULT_ACCEPTED && hands_bad(s, 5)) {
		sim_trace(s, "the text that was read has the vendor in it still");
	} else if ((changes || !out) &&
		   (result == ACT_RESULT_ACCEPTED ||
			   (result == ACT_RESULT_LOST && chance_one_in(&s->chance, 2)))) {
		item = queue_push(s, SIM_PUT, project, late(s, result, arrives_ms));
		item->key = key;
		item->flag = out;
		item->means = CUT_MEANS_REMOVE;
	}
	answers_ms = arrives_ms + (result == ACT_RESULT_LOST ? 10000 : hands_latency(s));
	hands_twice(s, project, answer_cut(s, project, deed, result, answers_ms));
	change_minds(s, project, deed, answers_ms);
}

/* An answer to `op` that is on its way; NULL: it was lost, or refused before. */
static struct event *pending_cut(struct sim *s, uint32_t project, struct op_id op)
{
	for (uint32_t i = 0; i < s->queue_count; i++) {
		struct sim_item *q = &s->items[s->queue[i].slot];

		if (q->what == SIM_REPLY && q->project == project && q->event.type == EV_CUT &&
			q->event.cut.op.n == op.n && q->event.cut.result == ACT_RESULT_ACCEPTED)
			return &q->event;
	}
	return NULL;
}

/* The driver's duty: what another project's revoke wants disabled stays so. */
bool changes_sibling_says(const struct sim *s, uint32_t project, uint32_t key,
	bool (*says)(const struct core *core, uint32_t binding))
{
	for (uint32_t i = 0; i < s->project_count; i++) {
		uint32_t b = core_find_binding(&s->projects[i].core, &s->keys[key].region);

		if (i != project && b != CORE_NO_INDEX && says(&s->projects[i].core, b))
			return true;
	}
	return false;
}

void changes_switch(struct sim *s, uint32_t project, const struct deed *deed)
{
	uint32_t key = hands_key_of(s, &s->projects[project].core, deed->binding);
	struct sim_key *k = &s->keys[key];
	bool off = deed->type == FX_CUT, is_off = truth_now(k)->state == KEY_STATE_DISABLED, was_so = false;
	enum act_result result = ACT_RESULT_ACCEPTED;
	int64_t arrives_ms = hands_latency(s);
	struct sim_item *item;
	struct event *e;

	if (!off && changes_sibling_says(s, project, key, core_wants_disabled)) {
		result = ACT_RESULT_NOT_SENT;
	} else if (k->self_denied) {
		result = ACT_RESULT_DENIED;
	} else if (k->switch_forbidden) {
		was_so = off && is_off;
		result = was_so ? ACT_RESULT_ACCEPTED : ACT_RESULT_DENIED;
	} else if (hands_bad(s, s->weather.act_bad)) {
		result = chance_one_in(&s->chance, 3) ? ACT_RESULT_THROTTLED : ACT_RESULT_LOST;
	}
	if (!was_so && (result == ACT_RESULT_ACCEPTED ||
			       (result == ACT_RESULT_LOST && chance_one_in(&s->chance, 2)))) {
		item = queue_push(s, SIM_PUT, project, late(s, result, arrives_ms));
		item->key = key;
		item->flag = off;
		item->means = CUT_MEANS_DISABLE;
		item->claims = deed->claims;
		item->incident = deed->incident.n;
		item->event.cut.op = deed->op;
	}
	e = answer_cut(s, project, deed, result,
		arrives_ms + (result == ACT_RESULT_LOST ? 10000 : hands_latency(s)));
	e->cut.was_so = was_so || (result == ACT_RESULT_LOST && off && is_off);
	if (off && result == ACT_RESULT_LOST && hands_bad(s, 30))
		orders_hasten(
			s, project, deed->binding, COMMAND_RESTORE, chance_range(&s->chance, 10000, 30000));
	if (result != ACT_RESULT_ACCEPTED)
		hands_twice(s, project, e);
	change_minds(s, project, deed, arrives_ms);
}

/* It is looked at right before. */
static void turn(struct sim *s, const struct sim_item *item)
{
	struct sim_key *k = &s->keys[item->key];
	struct event *answer = pending_cut(s, item->project, item->event.cut.op);
	struct sim_version v = *truth_now(k);

	if (item->flag && v.state != KEY_STATE_DISABLED && !item->claims) {
		if (answer)
			answer->cut.result = ACT_RESULT_NOT_SENT;
	} else if (item->flag && (v.state == KEY_STATE_ENABLED || v.state == KEY_STATE_UNAVAILABLE)) {
		v.state = KEY_STATE_DISABLED;
		v.off_by = item->project + 1;
		v.off_incident = item->incident;
		truth_edit(s, k, v);
	} else if (!item->flag && v.state == KEY_STATE_DISABLED) {
		audit_enabled(s, item->project, k, item->incident);
		v.state = KEY_STATE_ENABLED;
		truth_edit(s, k, v);
	} else if (item->flag && v.state == KEY_STATE_DISABLED) {
		if (answer)
			answer->cut.was_so = true;
	} else if (answer && (item->flag || v.state != KEY_STATE_ENABLED)) {
		answer->cut.result = ACT_RESULT_REFUSED;
	}
}

/* While it is under way somebody asks for another, or revokes. */
void changes_errand(struct sim *s, uint32_t project, const struct deed *deed)
{
	enum act_result result = ACT_RESULT_ACCEPTED;
	int64_t arrives_ms = hands_latency(s), answers_ms = arrives_ms + hands_latency(s);
	struct sim_item *item;
	struct event *e;
	uint32_t key;

	if (hands_bad(s, 10 + s->weather.act_bad / 2))
		result = (enum act_result)chance_below(&s->chance, ACT_RESULT_COUNT);
	key = deed->errand == ERRAND_APPLY_POLICY ? key_in(s, &s->projects[project].core.errand.region)
	      : deed->binding != CORE_NO_INDEX    ? hands_key_of(s, &s->projects[project].core, deed->binding)
						  : SIM_KEYS;
	if (key < SIM_KEYS && (result == ACT_RESULT_ACCEPTED ||
				      (result == ACT_RESULT_LOST && chance_one_in(&s->chance, 2)))) {
		item = queue_push(s, SIM_ERRAND, project, arrives_ms);
		item->key = key;
		item->event.command.errand = deed->errand;
		item->cuts = truth_now(&s->keys[key])->cuts;
	}
	e = hands_reply(s, project, EV_ERRAND, answers_ms);
	e->errand.op = deed->op;
	e->errand.result = result;
	hands_twice(s, project, e);
	if (hands_bad(s, 10))
		orders_hasten(s, project, deed->binding, COMMAND_ERRAND, answers_ms / 2);
	if (hands_bad(s, deed->errand == ERRAND_APPLY_POLICY ? 30 : 4))
		orders_hasten(s, project,
			deed->errand == ERRAND_APPLY_POLICY
				? core_find_binding(&s->projects[project].core,
					  &s->projects[project].core.errand.region)
				: deed->binding,
			COMMAND_REVOKE, arrives_ms / 2);
}

void changes_errand_arrives(struct sim *s, const struct sim_item *item)
{
	struct sim_key *k = &s->keys[item->key];
	struct sim_version v = *truth_now(k);

	/* The text that was read before, with the vendor let in: what was put meanwhile is written over. */
	if (item->event.command.errand == ERRAND_APPLY_POLICY) {
		audit_written_over(s, item->project, item, v.cuts);
		v.policy = SIM_ALLOWED;
		v.cuts = item->cuts;
		v.out = false;
		truth_edit(s, k, v);
		return;
	}
	/* A deletion that is cancelled leaves the key Disabled (KMS API reference, CancelKeyDeletion). */
	if (item->event.command.errand == ERRAND_CANCEL_DELETION && v.state == KEY_STATE_PENDING_DELETION)
		v.state = KEY_STATE_DISABLED;
	else if (item->event.command.errand == ERRAND_ENABLE_KEY && v.state == KEY_STATE_DISABLED)
		v.state = KEY_STATE_ENABLED;
	else if (item->event.command.errand == ERRAND_REMOVE_STATEMENT &&
		 (v.policy == SIM_FOREIGN_CUT || v.policy == SIM_DENIED))
		v.policy = SIM_ALLOWED;
	else if (item->event.command.errand == ERRAND_REMOVE_STATEMENT && (v.cuts >> item->project & 1))
		v.cuts &= (uint8_t) ~(1u << item->project); /* its own, of an incident that is no more */
	else
		return;
	truth_edit(s, k, v);
}

/* Some may be gone before it is refused, or before nobody hears of the rest. */
void changes_revoke(struct sim *s, uint32_t project, const struct deed *deed)
{
	struct sim_key *k = &s->keys[hands_key_of(s, &s->projects[project].core, deed->binding)];
	uint32_t count = deed->count < k->grants ? deed->count : k->grants;
	enum act_result result = ACT_RESULT_ACCEPTED;
	struct event *e;

	if (k->put_forbidden || k->self_denied) {
		result = ACT_RESULT_DENIED;
		count = 0;
	} else if (hands_bad(s, s->weather.act_bad)) {
		result = chance_one_in(&s->chance, 2) ? ACT_RESULT_LOST : ACT_RESULT_NOT_SENT;
		count = chance_below(&s->chance, count + 1);
	}
	k->grants -= count;
	if (count > 0 && hands_bad(s, 20)) {
		k->ghosts = count;
		k->ghosts_until = boottime_after(s->now.boot, chance_range(&s->chance, 1000, 300000));
	}
	e = hands_reply(s, project, EV_GRANTS_REVOKED, hands_latency(s));
	e->revoked.op = deed->op;
	e->revoked.result = result;
	e->revoked.count = count;
	hands_twice(s, project, e);
}

void changes_put_arrives(struct sim *s, const struct sim_item *item)
{
	struct sim_key *k = &s->keys[item->key];
	struct sim_version v = *truth_now(k);
	uint8_t bit = (uint8_t)(1u << item->project);

	if (item->means == CUT_MEANS_DISABLE) {
		turn(s, item);
		return;
	}
	if (item->means == CUT_MEANS_REMOVE) {
		v.out = item->flag;
		if (!v.out && v.policy == SIM_NO_ALLOW)
			v.policy = SIM_ALLOWED; /* what is put back lets it in, whoever took it out */
		truth_edit(s, k, v);
		return;
	}
	v.cuts = item->flag ? v.cuts | bit : v.cuts & (uint8_t)~bit;
	/* Somebody else takes away what is just given back. */
	if (!item->flag && hands_bad(s, 5))
		v.policy = SIM_DENIED;
	truth_edit(s, k, v);
}
