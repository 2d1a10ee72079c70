/* SPDX-License-Identifier: Apache-2.0 */
/* Plan: what revoke or restore would do now, in the regions where there is something to do; changes nothing. */
#include "driver/verb_rows.h"
#include "driver/checks.h"
#include "driver/engine.h"
#include "driver/project.h"
#include "driver/request.h"
#include "driver/sharing.h"
#include "driver/tree.h"
#include "driver/view.h"
#include "io/clock.h"
#include "io/control.h"
#include <inttypes.h>
#include <stdio.h>

/* What becomes of the vendor's grants on the key. */
static void put_grants(struct tree *t, struct json_object *o, const struct project *p, uint32_t i,
	bool restore, uint8_t how, bool shared)
{
	const struct incident *in = &p->core.bindings[i].incident;
	const char *beats = how & CAUSE_DISABLE_KEY ? "a key that is disabled is of no use to them"
			    : how & CAUSE_REMOVE
				    ? "they go on to give it the use of the key, for nothing denies it"
				    : "the Deny statement beats them all";
	struct core_plan plan;
	char text[256];

	if (restore && in->grants_gone == 0)
		return;
	core_plan(&p->core, i, &plan);
	if (restore)
		(void)snprintf(text, sizeof text,
			"%" PRIu32 " of TiDB Cloud were revoked and do not come back; EBS should make new "
			"ones when the clusters resume (inferred, not documented)",
			in->grants_gone);
	else if (shared)
		(void)snprintf(text, sizeof text,
			"left alone, for those of the other projects on this key cannot be told from them; "
			"%s",
			beats);
	else if (plan.excluded > 0)
		(void)snprintf(text, sizeof text,
			"left alone while a cluster that the configuration excludes runs; %s", beats);
	else if (how & CAUSE_REMOVE)
		(void)snprintf(text, sizeof text,
			"TiDB Cloud's still give it the use of the key, for no Deny statement beats them: "
			"they are "
			"listed and revoked once every cluster is paused, until none is left");
	else
		(void)snprintf(text, sizeof text,
			"TiDB Cloud's are listed and revoked once the data is dark, until none is left");
	tree_text(t, o, "grantsText", text);
}

struct json_object *verb_plan_binding(struct tree *t, const struct engine *e, const struct project *p,
	uint32_t i, bool restore, uint8_t how)
{
	struct view view = {.still = false};
	struct json_object *o, *shared = tree_array(t);
	const struct project *other;
	uint32_t at = 0, others = 0;

	view.now = clock_now();
	o = view_plan(p, i, restore, how, view);
	while ((other = sharing_next(e, p, &p->core.bindings[i].arn, &at))) {
		tree_add_text(t, shared, other->name.text);
		others++;
	}
	tree_put(t, o, "sharedWith", shared);
	put_grants(t, o, p, i, restore, how, others > 0);
	if (!restore && project_has_replicas(p, i))
		tree_text(t, o, "replicasText", CHECKS_REPLICAS_TEXT);
	return o;
}

struct included {
	struct cluster_id ids[RESTORE_INCLUDE_MAX];
	uint32_t count;
};

/* A region that is revoked needs no revoke, unless it asks for more; one that is not has nothing to restore but what is
 * named: the core would say so too. */
static bool has_use(const struct core *core, uint32_t i, bool restore, uint8_t how, const struct included *in)
{
	for (uint32_t n = 0; n < in->count; n++)
		if (core_may_include(core, &core->bindings[i].region, &in->ids[n]) == ANSWER_DONE)
			return true;
	return restore ? (core->bindings[i].incident.causes & CAUSE_OPERATOR) != 0
		       : core_may_revoke(core, i, how);
}

static bool may_include(struct control_call *call, const struct core *core, const struct region *region,
	const struct included *in)
{
	for (uint32_t n = 0; n < in->count; n++) {
		enum answer a = core_may_include(core, region, &in->ids[n]);

		if (a == ANSWER_DONE)
			continue;
		request_refused(call, answer_name(a), "cluster %s: %s",
			core->clusters[core_find_cluster(core, &in->ids[n])].name, answer_meaning(a));
		return false;
	}
	return true;
}

void verb_PLAN(struct engine *e, struct control_call *call)
{
	struct tree t = {0};
	struct json_object *o, *bindings;
	struct region region;
	struct included in;
	struct project *p;
	uint32_t named = 0, count = 0;
	enum answer useless;
	bool restore;
	uint8_t how;

	if (request_has(call, "adopt")) {
		verb_plan_adopt(e, call);
		return;
	}
	if (!request_project(call, e, &p) || !request_region(call, &region) ||
		!request_verb(call, &restore) || !request_how(call, &how) ||
		!request_include(call, p, in.ids, &in.count) || !may_include(call, &p->core, &region, &in))
		return;
	if (!restore && !verb_act_cuts_vendor(call, p, &region, how))
		return;
	useless = restore ? ANSWER_NOT_REVOKED : ANSWER_ALREADY;
	if (p->core.binding_count == 0) {
		request_not_ready(call, "project %s has no key that cmekd knows of: %s", p->name.text,
			p->broken ? p->trouble
				  : "its CMEK settings were not read yet, or it has none: cmekctl status "
				    "tells which");
		return;
	}
	o = tree_object(&t);
	bindings = tree_array(&t);
	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		const struct binding *b = &p->core.bindings[i];

		if (*region.text && !region_equal(&b->region, &region))
			continue;
		named++;
		if (!has_use(&p->core, i, restore, how, &in))
			continue;
		tree_add(&t, bindings, verb_plan_binding(&t, e, p, i, restore, how));
		count++;
	}
	tree_put(&t, o, "bindings", bindings);
	o = tree_done(&t, o);
	if (o && count > 0) {
		control_reply(call, o);
		return;
	}
	tree_done(&(struct tree){.failed = true}, o);
	if (named == 0)
		request_no_such_region(call, &region);
	else if (count == 0)
		request_refused(call, answer_name(useless), "%s", answer_meaning(useless));
	else
		request_not_ready(call, "cmekd is out of memory: try again");
}
