/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/explain_policy.h"
#include "io/kms.h"
#include <stdio.h>
#include <string.h>

#define STRANGERS_MAX 4

void explain_policy_init(struct explain_policy *e, const struct kms_target *target)
{
	*e = (struct explain_policy){.text = NULL};
	if (!target)
		return;
	kms_target_context(target, &e->context);
	e->text = kms_target_policy(target, &e->len, &e->read_at);
	if (e->text && policy_parse(e->text, e->len, &e->policy, &e->why) < 0)
		why_set(&e->why, "no memory to read it");
}

void explain_policy_fini(struct explain_policy *e)
{
	e->policy = policy_free(e->policy);
}

/* A text of the policy may hold anything; "" is left out. */
static void put_phrase(struct tree *tree, struct json_object *o, const char *name, const char *text)
{
	if (*text)
		tree_text(tree, o, name, text);
}

static struct json_object *decision(struct tree *tree, enum need need, const struct policy_decision *d)
{
	struct json_object *o = tree_object(tree);

	tree_text(tree, o, "purpose", need_purpose(need));
	tree_text(tree, o, "action", need_action(need));
	tree_text(tree, o, "result", policy_answer_name(d->answer));
	tree_text(tree, o, "why", d->why);
	if (d->statement > 0) {
		tree_int(tree, o, "statement", d->statement);
		tree_int(tree, o, "line", d->line);
	}
	put_phrase(tree, o, "sid", d->sid);
	put_phrase(tree, o, "condition", d->condition);
	put_phrase(tree, o, "inPolicy", d->in_policy);
	put_phrase(tree, o, "inRequest", d->in_request);
	put_phrase(tree, o, "remedy", d->remedy);
	return o;
}

static struct json_object *decisions(const struct explain_policy *e, struct tree *tree)
{
	struct json_object *array = tree_array(tree);

	for (int n = 0; e->policy && n < NEED_COUNT; n++) {
		struct policy_decision d;

		policy_explain(e->policy, &e->context, (enum need)n, &d);
		tree_add(tree, array, decision(tree, (enum need)n, &d));
	}
	return array;
}

void explain_policy_put(const struct explain_policy *e, bool with_text, struct moment now, struct tree *tree,
	struct json_object *explanation)
{
	tree_put(tree, explanation, "decisions", decisions(e, tree));
	if (!e->text)
		return;
	tree_int(tree, explanation, "policyAgeMs",
		now.wall.ms > e->read_at.ms ? now.wall.ms - e->read_at.ms : 0);
	if (with_text)
		tree_text(tree, explanation, "policy", e->text);
	if (e->policy) {
		struct access access;

		policy_access(e->policy, &e->context, &access, NULL);
		tree_text(
			tree, explanation, "policySummary", policy_summary_name(policy_summary_of(&access)));
		tree_bool(tree, explanation, "grantsSurvive",
			access.denied & NEED_BIT(NEED_EBS_DECRYPT) && !access.by_deny);
	} else {
		tree_text(tree, explanation, "policyTrouble", e->why.text);
	}
}

void explain_policy_strangers(const struct explain_policy *e, char *ret_text, size_t size)
{
	struct account_id named[STRANGERS_MAX + 1];
	size_t count, len = 0;

	ret_text[0] = '\0';
	if (!e->policy)
		return;
	count = policy_named_accounts(e->policy, &e->context.own, named, STRANGERS_MAX + 1);
	for (size_t i = 0; i < count && len < size; i++)
		if (strcmp(named[i].text, e->context.vendor.text) != 0)
			len += (size_t)snprintf(
				ret_text + len, size - len, "%s%s", len > 0 ? ", " : "", named[i].text);
}
