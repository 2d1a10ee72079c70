/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon changes of a key: by the means of a cut, and by errands. */
#include "world.h"
#include <string.h>

const char *world_change_name(const struct effect *e)
{
	static const char *const names[CUT_MEANS_COUNT][2] = {
		[CUT_MEANS_DENY] = {"uncut", "cut"},
		[CUT_MEANS_DISABLE] = {"enable", "disable"},
		[CUT_MEANS_REMOVE] = {"put_back", "take_out"},
	};

	return names[e->means][e->type == FX_CUT];
}

static void perform_cut(struct world *w, const struct effect *e)
{
	struct world_key *k = world_find_key(w, w->core.bindings[e->binding].region.text);
	enum world_fate fate = world_next_fate(&w->cut_fate, &w->cut_fates);
	enum act_result result = world_fate_result(fate);
	struct event *answer;

	if (fate == WORLD_CRASH_BEFORE) {
		w->died = true;
		return;
	}
	world_trace_time(w);
	buf_printf(&w->trace, "%s %s\n", world_change_name(e), k->region.text);
	/* The policy is read first: what is so already is not asked for, and so not refused. */
	if (k->own_cut == (e->type == FX_CUT))
		result = ACT_RESULT_ACCEPTED;
	else if (world_carried_out(fate))
		k->own_cut = e->type == FX_CUT;
	if (fate == WORLD_CRASH_AFTER) {
		w->died = true;
		return;
	}
	answer = world_later(w, EV_CUT, 120);
	answer->cut.op = e->op;
	answer->cut.result = result;
}

/* A policy in which the vendor does not stand puts nobody back. */
static bool keeps_vendor(const struct world *w, const struct world_key *k, const struct digest *kept)
{
	struct world_key without = *k;

	without.taken_out = true;
	without.own_cut = false;
	struct digest of = world_look_at(w, &without).policy;
	return memcmp(kept, &of, sizeof of) != 0;
}

/* The policy must be the one that is kept; put back, it is merged into whatever there is. */
static void perform_take(struct world *w, const struct effect *e)
{
	const struct incident *in = &w->core.bindings[e->binding].incident;
	struct world_key *k = world_find_key(w, w->core.bindings[e->binding].region.text);
	struct digest is = world_look_at(w, k).policy;
	enum world_fate fate = world_next_fate(&w->cut_fate, &w->cut_fates);
	enum act_result result = world_fate_result(fate);
	bool out = e->type == FX_CUT, so = out ? k->taken_out : !k->taken_out && k->policy != WORLD_NO_ALLOW;
	struct event *answer;

	if (fate == WORLD_CRASH_BEFORE) {
		w->died = true;
		return;
	}
	world_trace_time(w);
	buf_printf(&w->trace, "%s %s\n", world_change_name(e), k->region.text);
	if (so)
		result = ACT_RESULT_ACCEPTED;
	else if (out && memcmp(&is, &in->kept, sizeof is) != 0)
		result = ACT_RESULT_NOT_SENT;
	else if (world_carried_out(fate) && (out || keeps_vendor(w, k, &in->kept))) {
		k->taken_out = out;
		k->policy = k->policy == WORLD_NO_ALLOW ? WORLD_ALLOWED : k->policy;
	}
	if (fate == WORLD_CRASH_AFTER) {
		w->died = true;
		return;
	}
	answer = world_later(w, EV_CUT, 120);
	answer->cut.op = e->op;
	answer->cut.result = result;
}

/* A key that is disabled already is not disabled by this, whatever is answered; it is looked at first. */
static void perform_switch(struct world *w, const struct effect *e)
{
	struct world_key *k = world_find_key(w, w->core.bindings[e->binding].region.text);
	enum world_fate fate = world_next_fate(&w->cut_fate, &w->cut_fates);
	enum act_result result = world_fate_result(fate);
	bool on = e->type == FX_UNCUT, was_off = k->state == KEY_STATE_DISABLED;
	struct event *answer;

	if (fate == WORLD_CRASH_BEFORE) {
		w->died = true;
		return;
	}
	world_trace_time(w);
	buf_printf(&w->trace, "%s %s\n", world_change_name(e), k->region.text);
	if (k->state == KEY_STATE_PENDING_DELETION)
		result = ACT_RESULT_REFUSED;
	else if (!on && !was_off && !e->claims)
		result = ACT_RESULT_NOT_SENT;
	else if (!on && was_off && result != ACT_RESULT_LOST)
		result = ACT_RESULT_ACCEPTED;
	else if (world_carried_out(fate))
		k->state = on ? KEY_STATE_ENABLED : KEY_STATE_DISABLED;
	if (fate == WORLD_CRASH_AFTER) {
		w->died = true;
		return;
	}
	answer = world_later(w, EV_CUT, 120);
	answer->cut.op = e->op;
	answer->cut.result = result;
	answer->cut.was_so = !on && was_off;
}

/* A deletion that is cancelled leaves the key Disabled (KMS API reference, CancelKeyDeletion). */
static void change_key(struct world_key *k, enum errand errand)
{
	if (errand == ERRAND_CANCEL_DELETION && k->state == KEY_STATE_PENDING_DELETION)
		k->state = KEY_STATE_DISABLED;
	else if (errand == ERRAND_ENABLE_KEY && k->state == KEY_STATE_DISABLED)
		k->state = KEY_STATE_ENABLED;
	else if (errand == ERRAND_REMOVE_STATEMENT &&
		 (k->policy == WORLD_FOREIGN_CUT || k->policy == WORLD_DENIED))
		k->policy = WORLD_ALLOWED;
}

void world_errand_leaves(struct world *w, const struct effect *e)
{
	const char *region = e->binding == CORE_NO_INDEX ? "" : w->core.bindings[e->binding].region.text;
	enum world_fate fate = world_next_fate(&w->cut_fate, &w->cut_fates);
	struct event *answer;

	if (fate == WORLD_CRASH_BEFORE) {
		w->died = true;
		return;
	}
	world_trace_time(w);
	buf_printf(&w->trace, "errand %s%s%s\n", errand_name(e->errand), *region ? " " : "", region);
	if (world_carried_out(fate) && *region)
		change_key(world_find_key(w, region), e->errand);
	if (fate == WORLD_CRASH_AFTER) {
		w->died = true;
		return;
	}
	answer = world_later(w, EV_ERRAND, w->act_ms + (fate == WORLD_SLOW ? 60000 : 90));
	answer->errand.op = e->op;
	answer->errand.result = world_fate_result(fate);
}

void world_change(struct world *w, const struct effect *e)
{
	switch (e->means) {
	case CUT_MEANS_DENY:
		perform_cut(w, e);
		return;
	case CUT_MEANS_DISABLE:
		perform_switch(w, e);
		return;
	case CUT_MEANS_REMOVE:
		perform_take(w, e);
		return;
	case CUT_MEANS_COUNT:
		return;
	}
}
