/* SPDX-License-Identifier: Apache-2.0 */
/* AdoptStatement: a Deny statement that others put into the key policy is removed, by its Sid: restore --adopt. Plan shows it first. */
#include "base/buf.h"
#include "base/own.h"
#include "driver/engine.h"
#include "driver/errand_order.h"
#include "driver/foresee.h"
#include "driver/project.h"
#include "driver/request.h"
#include "driver/sharing.h"
#include "driver/tree.h"
#include "driver/verb_rows.h"
#include "io/control.h"
#include "io/kms.h"
#include "policy/adopt.h"
#include "policy/policy.h"
#include <stdio.h>
#include <string.h>

#define DIFF_MAX_BYTES 16384

/* False: the call is answered. */
static bool request_sid(struct control_call *call, const char *name, char ret_sid[ADOPT_SID_BYTES])
{
	if (!request_text(call, name, ret_sid, ADOPT_SID_BYTES))
		return false;
	if (!adopt_is_plain(ret_sid))
		control_reply_invalid(call, name);
	return adopt_is_plain(ret_sid);
}

/* What forbids it now. False: the call is answered. */
static bool is_free(const struct engine *e, struct control_call *call, const struct project *p,
	const struct region *region)
{
	enum answer a = core_may_errand(&p->core, ERRAND_REMOVE_STATEMENT, region);
	const struct project *other;
	const struct key_arn *arn;
	uint32_t at = 0;

	if (a == ANSWER_NO_BINDING) {
		request_no_such_region(call, region);
		return false;
	}
	if (a != ANSWER_DONE) {
		request_refused(call, answer_name(a), "%s", answer_meaning(a));
		return false;
	}
	arn = &p->core.bindings[core_find_binding(&p->core, region)].arn;
	while ((other = sharing_next(e, p, arn, &at)))
		for (uint32_t i = 0; i < other->core.binding_count; i++) {
			const struct binding *b = &other->core.bindings[i];

			if (!key_arn_equal(&b->arn, arn) ||
				(!(b->incident.causes & CAUSE_OPERATOR) && b->incident.cut == CUT_NONE))
				continue;
			request_refused(call, answer_name(ANSWER_REVOKED),
				"the key is also that of project %s, where an operator's revoke is in force "
				"or being "
				"undone: cmekctl restore %s comes first",
				other->name.text, other->name.text);
			return false;
		}
	return true;
}

/* ---- what it would do ---- */

static void put_change(
	struct tree *t, struct json_object *o, const struct adopt_removed *removed, const struct project *p)
{
	_cleanup_(buf_fini) struct buf diff = BUF_INIT(DIFF_MAX_BYTES);
	enum policy_summary after = policy_summary_of(&removed->access);
	char text[320], hex[DIGEST_HEX_BYTES];

	(void)snprintf(text, sizeof text,
		"statement %u (line %u), which is not of an open revoke of this cmekd, is removed; nothing "
		"else "
		"changes. By the policy without it account %s is: %s",
		removed->number, removed->line, p->vendor.text, policy_summary_name(after));
	tree_text(t, o, "policyChange", text);
	foresee_lines(removed->statement, strlen(removed->statement), '-', &diff);
	if (diff.data && !diff.trouble)
		tree_text(t, o, "policyDiff", diff.data);
	if (after != POLICY_SUMMARY_USABLE)
		tree_text(t, o, "policyTrouble", policy_summary_meaning(after));
	digest_format(&removed->digest, hex);
	tree_text(t, o, "statementDigest", hex);
}

void verb_plan_adopt(struct engine *e, struct control_call *call)
{
	_cleanup_(adopt_removed_fini) struct adopt_removed removed = ADOPT_REMOVED_INIT;
	struct tree t = {0};
	struct json_object *o, *bindings, *change;
	char sid[ADOPT_SID_BYTES];
	struct kms_target *target;
	struct project *p;
	struct region region;
	struct why why = {""};
	uint32_t binding;
	int r;

	if (!verb_errand_key(call, e, &p, &region) || !request_sid(call, "adopt", sid) ||
		!verb_act_is_ready(call, p) || !is_free(e, call, p, &region))
		return;
	binding = core_find_binding(&p->core, &region);
	target = project_target(p, binding);
	r = target ? kms_foresee_adopt(target, sid, &removed, &why) : -1;
	if (r > 0) {
		request_refused(call, "statement", "%s: %s", region.text, why.text);
		return;
	}
	if (r < 0) {
		request_not_ready(call, "cmekd is out of memory: try again");
		return;
	}
	o = tree_object(&t);
	bindings = tree_array(&t);
	change = verb_plan_binding(&t, e, p, binding, true, 0);
	put_change(&t, change, &removed, p);
	tree_add(&t, bindings, change);
	tree_put(&t, o, "bindings", bindings);
	request_reply(call, tree_done(&t, o));
}

/* ---- the errand ---- */

void verb_ADOPT_STATEMENT(struct engine *e, struct control_call *call)
{
	struct errand_order o = {.errand = ERRAND_REMOVE_STATEMENT};
	char asked[ADOPT_SID_BYTES + 8];
	struct project *p;

	if (!verb_errand_key(call, e, &p, &o.region) || !request_sid(call, "sid", o.sid) ||
		!request_digest(call, "statementDigest", &o.shown, &o.has_shown))
		return;
	if (!o.has_shown) {
		control_reply_invalid(call, "statementDigest");
		return;
	}
	if (!verb_act_is_ready(call, p) || !is_free(e, call, p, &o.region))
		return;
	(void)snprintf(asked, sizeof asked, "Sid %s", o.sid);
	(void)verb_errand_order(e, call, p, &o, asked);
}
