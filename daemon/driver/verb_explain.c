/* SPDX-License-Identifier: Apache-2.0 */
/* Explain: why the verdict is what it is. */
#include "driver/verb_rows.h"
#include "driver/engine.h"
#include "driver/explain.h"
#include "driver/project.h"
#include "driver/request.h"
#include "driver/tree.h"
#include "io/clock.h"
#include "io/control.h"

static const char *why_nothing(const struct project *p)
{
	if (p->broken)
		return p->trouble;
	if (!p->core.cmek_read)
		return "its CMEK settings could not be read from TiDB Cloud yet: try again shortly";
	return p->core.cmek_enabled ? "it has no CMEK setting in TiDB Cloud" : "it was created without CMEK";
}

void verb_EXPLAIN(struct engine *e, struct control_call *call)
{
	struct tree t = {0};
	struct json_object *o, *explanations;
	struct region region;
	struct project *p;
	struct moment now;
	bool with_policy;

	if (!request_project(call, e, &p) || !request_region(call, &region) ||
		!request_flag(call, "policy", &with_policy))
		return;
	if (p->core.binding_count == 0) {
		request_not_ready(call, "project %s has no key to explain: %s", p->name.text, why_nothing(p));
		return;
	}
	if (*region.text && core_find_binding(&p->core, &region) == CORE_NO_INDEX) {
		request_no_such_region(call, &region);
		return;
	}
	now = clock_now();
	o = tree_object(&t);
	explanations = tree_array(&t);
	for (uint32_t i = 0; i < p->core.binding_count; i++)
		if (*region.text == '\0' || region_equal(&p->core.bindings[i].region, &region))
			tree_add(&t, explanations, explain_binding(p, i, with_policy, now));
	tree_put(&t, o, "explanations", explanations);
	request_reply(call, tree_done(&t, o));
}
