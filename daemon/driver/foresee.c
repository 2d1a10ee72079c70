/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/foresee.h"
#include "driver/project.h"
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

bool foresee_next(const struct project *p, uint32_t binding, struct why *ret_why)
{
	if (binding >= p->core.binding_count)
		return false;
	switch (p->core.bindings[binding].incident.cut) {
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
