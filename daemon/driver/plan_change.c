/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/plan_change.h"
#include "base/buf.h"
#include "base/own.h"
#include "driver/foresee.h"
#include "driver/hold.h"
#include "driver/hub.h"
#include "driver/project.h"
#include "driver/tree.h"
#include "policy/policy.h"
#include <stdio.h>
#include <string.h>

#define DIFF_MAX_BYTES (8 * 1024)
#define USERS_MAX      16 /* that are told */

/* ---- who else uses it ---- */

struct naming {
	struct tree *tree;
	struct json_object *array;
	char *names;
	size_t size, len;
	uint32_t count;
};

static void name_user(void *arg, const char *who)
{
	struct naming *n = arg;

	if (n->count++ >= USERS_MAX)
		return;
	if (n->array)
		tree_add_text(n->tree, n->array, who);
	if (n->names && n->len + strlen(who) + sizeof ", ..." < n->size)
		n->len += (size_t)snprintf(
			n->names + n->len, n->size - n->len, "%s%s", n->len > 0 ? ", " : "", who);
}

static void name_users(const struct project *p, uint32_t binding, struct naming *n)
{
	if (binding < p->key_size && p->keys[binding].target)
		kms_switch_users(p->keys[binding].target, name_user, n);
}

uint32_t plan_change_users(const struct project *p, uint32_t binding, char *ret_names, unsigned size)
{
	struct naming n = {.names = ret_names, .size = size};

	ret_names[0] = '\0';
	name_users(p, binding, &n);
	return n.count;
}

/* ---- the state of the key ---- */

static void say_disable(const struct project *p, uint32_t i, char *text, size_t size)
{
	if (core_disabled(&p->core, i))
		(void)snprintf(text, size, "none: this incident disabled the key already");
	else if (p->core.bindings[i].key_seen == KEY_SEEN_OFF)
		(void)snprintf(text, size,
			"none: the key is disabled already, and not by cmekd; cmekctl restore will not "
			"enable "
			"it");
	else
		(void)snprintf(text, size,
			"the key is disabled: nobody can use it, its own account included, whatever its "
			"policy "
			"and its grants say. Its "
			"policy, "
			"its grants and its material stay as they are; it does not rotate meanwhile. cmekctl "
			"restore "
			"enables it again, unless somebody enabled it before");
}

/* False: nothing is to be said of it. */
static bool say_enable(const struct project *p, uint32_t i, char *text, size_t size)
{
	const struct project *other = hold_by(p, i);
	const struct binding *b = &p->core.bindings[i];
	char way_out[HOLD_WAY_OUT_BYTES];

	if (core_disabled(&p->core, i) && other)
		(void)snprintf(text, size,
			"the key stays disabled for project %s, which uses it too, and whose revoke wants it "
			"so: %s enables it",
			other->name.text, hold_way_out(other, way_out));
	else if (core_disabled(&p->core, i))
		(void)snprintf(text, size, "the key, which this incident disabled, is enabled");
	else if (b->key_seen == KEY_SEEN_OFF)
		(void)snprintf(text, size,
			"none: the key is disabled, and not by this incident: nothing is resumed before "
			"whoever "
			"disabled it has enabled it (aws kms enable-key --region %s --key-id %s)",
			b->region.text, b->arn.text);
	else
		return false;
	return true;
}

static void put_key_change(struct tree *t, struct json_object *o, const struct project *p, uint32_t i,
	bool restore, bool disable)
{
	char text[512];

	if (restore) {
		if (say_enable(p, i, text, sizeof text))
			tree_text(t, o, "keyChange", text);
	} else if (disable) {
		struct naming n = {.tree = t, .array = tree_array(t)};

		say_disable(p, i, text, sizeof text);
		tree_text(t, o, "keyChange", text);
		name_users(p, i, &n);
		tree_put(t, o, "keyUsers", n.array);
	}
}

/* ---- its policy ---- */

static bool deny_stands(const struct incident *in)
{
	return in->id.n != 0 && (in->stands & CUT_MEANS_BIT(CUT_MEANS_DENY));
}

/* True: it changes. */
static bool say_policy(
	const struct project *p, uint32_t i, bool restore, bool disable, char *text, size_t size)
{
	const struct incident *in = &p->core.bindings[i].incident;
	bool stands = deny_stands(in) && (restore || !in->undone_told);
	char sid[POLICY_SID_BYTES];

	foresee_sid(p, i, sid);
	if (restore && stands)
		(void)snprintf(text, size, "the statement with Sid %s is removed; nothing else changes", sid);
	else if (restore)
		(void)snprintf(text, size, "none: the key policy was not changed by cmekd");
	else if (stands && (disable || in->cut == CUT_MADE))
		(void)snprintf(text, size, "none: cmekd's Deny statement (Sid %s) stands already", sid);
	else if (disable)
		(void)snprintf(text, size, "none: the key itself is disabled");
	else
		(void)snprintf(text, size,
			"one statement is added (Sid %s): Deny kms:* to every principal where "
			"kms:CallerAccount is %s; nothing else changes",
			sid, p->vendor.text);
	return restore ? stands : !disable && (in->undone_told || !(stands && in->cut == CUT_MADE));
}

/* TiDB Cloud is taken out of the policy, or put back from what is kept. True: `ret_why` says why it may fail. */
static bool put_taking(struct tree *t, struct json_object *o, const struct project *p, uint32_t i,
	bool restore, struct why *ret_why)
{
	_cleanup_(buf_fini) struct buf diff = BUF_INIT(FORESEE_DIFF_MAX_BYTES);
	struct why loss = {""};
	char path[KEPT_POLICY_PATH_BYTES], text[KEPT_POLICY_PATH_BYTES + 256];
	bool told = foresee_taking(p, i, restore, &diff, path, &loss, ret_why);

	if (restore)
		(void)snprintf(text, sizeof text,
			"what cmekd took out for TiDB Cloud is put back, as it stood in %s; what others "
			"edited since stays",
			path);
	else
		(void)snprintf(text, sizeof text,
			"TiDB Cloud's account %s is taken out: the statements that let in nobody else go, "
			"from others its "
			"principals and values; the policy is kept as it is in StateDirectory=, for restore "
			"to put them back",
			p->vendor.text);
	tree_text(t, o, "policyChange", text);
	if (diff.data && !diff.trouble)
		tree_text(t, o, "policyDiff", diff.data);
	if (loss.text[0])
		tree_text(t, o, "losses", loss.text);
	return told;
}

/* A Deny statement. True: `ret_why` says why it may fail. */
static bool put_statement(struct tree *t, struct json_object *o, const struct project *p, uint32_t binding,
	bool restore, bool disable, struct why *ret_why)
{
	char text[512];
	bool changes = say_policy(p, binding, restore, disable, text, sizeof text);

	tree_text(t, o, "policyChange", text);
	if (changes) {
		_cleanup_(buf_fini) struct buf diff = BUF_INIT(DIFF_MAX_BYTES);

		foresee_diff(p, binding, !restore, &diff);
		if (diff.data && !diff.trouble)
			tree_text(t, o, "policyDiff", diff.data);
	}
	return changes && foresee_change(p, binding, !restore, CUT_MEANS_DENY, ret_why);
}

void plan_change_put(struct tree *t, struct json_object *o, const struct project *p, uint32_t binding,
	bool restore, uint8_t how)
{
	bool disable = !restore && (how & CAUSE_DISABLE_KEY), told;
	struct why why = {""};

	told = foresee_takes(p, binding, restore, how)
		       ? put_taking(t, o, p, binding, restore, &why)
		       : put_statement(t, o, p, binding, restore, disable, &why);
	if (!told && (disable || (restore && core_disabled(&p->core, binding))))
		told = foresee_change(p, binding, !restore, CUT_MEANS_DISABLE, &why);
	if (told)
		tree_text(t, o, "policyTrouble", why.text);
	put_key_change(t, o, p, binding, restore, disable);
}
