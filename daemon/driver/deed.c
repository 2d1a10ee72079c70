/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/deed.h"
#include <string.h>

void deed_of(const struct core *core, const struct effect *effect, struct deed *ret_deed)
{
	*ret_deed = (struct deed){
		.type = effect->type,
		.after = effect->after,
		.binding = effect->binding,
		.op = effect->op,
		.incident = effect->incident,
		.ticket = effect->ticket,
		.answer = effect->answer,
		.notice = effect->notice,
		.reason = effect->reason,
		.errand = effect->errand,
		.means = effect->means,
		.claims = effect->claims,
		.count = effect->count,
	};
	if (effect->cluster < core->cluster_count) {
		const struct cluster *c = &core->clusters[effect->cluster];

		ret_deed->cluster = c->id;
		memcpy(ret_deed->cluster_name, c->name, sizeof ret_deed->cluster_name);
		ret_deed->region = c->region;
	}
	if (effect->binding < core->binding_count)
		ret_deed->region = core->bindings[effect->binding].region;
}

bool deed_asks(enum effect_type type)
{
	struct event ignored;

	return deed_unsent(&(struct deed){.type = type}, &ignored);
}

bool deed_unsent(const struct deed *deed, struct event *ret_event)
{
	struct event e = {0};

	switch (deed->type) {
	case FX_LOOK:
		e.type = EV_LOOK;
		e.look.binding = deed->binding;
		e.look.look.fault = FAULT_CANCELLED;
		break;
	case FX_READ_CMEK:
		e.type = EV_CMEK;
		e.cmek.fault = FAULT_CANCELLED;
		break;
	case FX_LIST_CLUSTERS:
		e.type = EV_CLUSTERS;
		e.clusters.fault = FAULT_CANCELLED;
		break;
	case FX_READ_CLUSTER:
		e.type = EV_CLUSTER;
		e.cluster.fault = FAULT_CANCELLED;
		e.cluster.seen.id = deed->cluster;
		break;
	case FX_LIST_GRANTS:
		e.type = EV_GRANTS;
		e.grants.binding = deed->binding;
		e.grants.fault = FAULT_CANCELLED;
		break;
	case FX_READ_ROTATION:
		e.type = EV_ROTATION;
		e.rotation.binding = deed->binding;
		e.rotation.fault = FAULT_CANCELLED;
		break;
	case FX_PAUSE:
	case FX_RESUME:
		e.type = EV_ACT;
		e.act.op = deed->op;
		e.act.result = ACT_RESULT_NOT_SENT;
		break;
	case FX_CUT:
	case FX_UNCUT:
		e.type = EV_CUT;
		e.cut.op = deed->op;
		e.cut.result = ACT_RESULT_NOT_SENT;
		break;
	case FX_ERRAND:
		e.type = EV_ERRAND;
		e.errand.op = deed->op;
		e.errand.result = ACT_RESULT_NOT_SENT;
		break;
	case FX_REVOKE_GRANTS:
		e.type = EV_GRANTS_REVOKED;
		e.revoked.op = deed->op;
		e.revoked.result = ACT_RESULT_NOT_SENT;
		break;
	case FX_ASK_BUDGET:
		e.type = EV_BUDGET;
		e.budget.incident = deed->incident;
		e.budget.granted = false;
		break;
	case FX_RECORD:
	case FX_ANSWER:
	case FX_NOTICE:
		return false;
	}
	*ret_event = e;
	return true;
}
