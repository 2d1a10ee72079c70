/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/foresee.h"
#include "driver/project.h"
#include "driver/texts.h"
#include "policy/policy.h"

void foresee_sid(const struct project *p, uint32_t binding, char *ret_sid)
{
	const struct incident *in = &p->core.bindings[binding].incident;
	struct incident_id id = in->id.n != 0 ? in->id : (struct incident_id){p->core.next_incident};

	policy_cut_sid(&p->ledger, id, ret_sid);
}

bool foresee_change(const struct project *p, uint32_t binding, bool cut, struct why *ret_why)
{
	const struct project_key *key = binding < p->key_size ? &p->keys[binding] : NULL;
	char sid[POLICY_SID_BYTES];

	if (!key || !key->target)
		return false;
	foresee_sid(p, binding, sid);
	return kms_foresee(key->target, sid, cut, ret_why);
}

/* A refusal of the last incident is remembered until the next one. */
static const char *work_of(const struct project *p, const struct cluster *c)
{
	const struct texts *words = project_words_of(p, &c->id);

	if (c->state == CLUSTER_STATE_BUSY)
		return "is at work (an import, a backup, a change, ...)";
	return words && words->of.message && c->state == CLUSTER_STATE_RUNNING ? "refused a pause lately"
									       : NULL;
}

bool foresee_pause_first(const struct project *p, uint32_t binding, struct why *ret_why)
{
	for (uint32_t i = 0; i < p->core.cluster_count; i++) {
		const struct cluster *c = &p->core.clusters[i];
		const char *work = c->binding == binding ? work_of(p, c) : NULL;

		if (!work)
			continue;
		why_set(ret_why,
			"cluster %s %s: what it does may fail without the key and keep it from pausing; if "
			"that matters more than time, pause first (--pause-first)",
			c->name[0] ? c->name : c->id.text, work);
		return true;
	}
	why_set(ret_why, "the key first, as TiDB Cloud documents it: no cluster is known to be at work");
	return false;
}

bool foresee_next(const struct project *p, uint32_t binding, struct why *ret_why)
{
	if (binding >= p->core.binding_count)
		return false;
	switch (p->core.bindings[binding].incident.cut) {
	case CUT_AFTER_PAUSES:
	case CUT_WANTED:
	case CUT_SENT:
		return foresee_change(p, binding, true, ret_why);
	case CUT_UNDO_WANTED:
	case CUT_UNDO_SENT:
		return foresee_change(p, binding, false, ret_why);
	case CUT_NONE:
	case CUT_MADE:
	case CUT_BY_HAND:
	case CUT_UNDO_BY_HAND:
	case CUT_COUNT:
		break;
	}
	return false;
}
