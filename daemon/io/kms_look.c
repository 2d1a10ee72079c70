/* SPDX-License-Identifier: Apache-2.0 */
/* kms_look: the operations of io/kms that only read. */
#include "io/kms_op.h"
#include "io/clock.h"
#include "policy/policy.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the policy of a target ---- */

static int kms_target_evaluate(struct kms_target *t, struct trouble *ret_trouble)
{
	struct policy_context context;
	struct policy *policy;
	struct why why = {.text = ""};
	int r = policy_parse(t->policy, t->policy_len, &policy, &why);

	if (r < 0)
		return r;
	if (r > 0) {
		trouble_set(
			ret_trouble, FAULT_MALFORMED, "the key policy cannot be understood: %s", why.text);
		return 1;
	}
	kms_target_context(t, &context);
	policy_access(policy, &context, &t->access, &t->access_timed);
	t->kept_out = adopt_find(policy, &context, &t->keeps_out);
	t->access_generation = t->family ? t->family->generation : 0;
	t->access_known = true;
	(void)policy_free(policy);
	return 0;
}

/* Mostly the policy is what it was: nothing to keep, and no digest to make. */
static int kms_target_keep_policy(struct kms_target *t, char *text, size_t len, bool *ret_same)
{
	struct digest digest;
	int r;

	*ret_same = t->policy && t->policy_len == len && memcmp(t->policy, text, len) == 0;
	if (*ret_same) {
		free(text);
		return 0;
	}
	r = digest_of(text, len, &digest);
	if (r < 0) {
		free(text);
		return r;
	}
	free(t->policy);
	t->policy = text;
	t->policy_len = len;
	t->policy_digest = digest;
	return 0;
}

int kms_target_take_policy(struct kms_target *t, char *text, size_t len, struct trouble *ret_trouble)
{
	bool same;
	int r = kms_target_keep_policy(t, text, len, &same);

	if (r < 0)
		return r;
	t->policy_at = clock_now().wall;
	/* Parsing and evaluating cost more than all the rest of a look: not again for the same bytes. */
	if (same && t->access_known && !t->access_timed &&
		t->access_generation == (t->family ? t->family->generation : 0))
		return 0;
	t->access_known = false;
	return kms_target_evaluate(t, ret_trouble);
}

/* ---- look ---- */

static void kms_look_end(struct kms_op *op)
{
	op->look.done(op->arg, &op->look.look, &op->texts);
	kms_op_free(op);
}

/* The state alone proves what it proves; only for a key that could be used does the policy decide. */
static bool kms_look_needs_policy(const struct look *look)
{
	return look->key_state == KEY_STATE_ENABLED || look->key_state == KEY_STATE_UPDATING;
}

static void kms_look_on_identity(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *trouble)
{
	(void)answer;
	/* STS answers whoever has good credentials, even under an explicit deny: so it is the key that is closed to us. */
	op->look.look.self_denied = trouble->fault == FAULT_NONE;
	kms_look_end(op);
}

/* Credentials that ended before their time, or were taken back: once more with fresh ones. */
static bool kms_look_asks_again(
	struct kms_op *op, enum kms_api_op what, const struct trouble *trouble, kms_op_next_fn *next)
{
	if (trouble->fault != FAULT_CREDENTIALS || op->cancelled ||
		!credential_keeper_doubt(&op->target->kms->link.keeper))
		return false;
	kms_op_ask(op, what, next);
	return true;
}

static void kms_look_on_policy(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *transport)
{
	struct kms_target *t = op->target;
	struct look *look = &op->look.look;
	struct trouble trouble = *transport;
	char *text;
	size_t len;
	int r = 0;

	if (answer)
		r = kms_api_read_policy(answer, &text, &len, &trouble);
	if (r == 0 && answer && trouble.fault == FAULT_NONE)
		r = kms_target_take_policy(t, text, len, &trouble);
	if (r < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the key policy");
	if (answer && kms_look_asks_again(op, KMS_API_OP_GET_KEY_POLICY, &trouble, kms_look_on_policy))
		return;
	if (trouble.fault == FAULT_NONE) {
		look->have_access = true;
		look->access = t->access;
		look->policy = t->policy_digest;
	} else {
		kms_op_say(op, KMS_API_OP_GET_KEY_POLICY, &trouble);
		if (kms_look_needs_policy(look))
			look->fault = trouble.fault;
		/* DescribeKey was answered a moment ago: the credentials are good, GetKeyPolicy is closed to us. */
		look->self_denied = look->fault == FAULT_DENIED;
	}
	kms_look_end(op);
}

/* What a policy may ask of the key. If it is other than before, the policy is judged again. */
static void kms_look_take_key(struct kms_target *t, const struct kms_api_key *key)
{
	if (strcmp(t->key_spec, key->spec) == 0 && strcmp(t->key_usage, key->usage) == 0 &&
		strcmp(t->key_origin, key->origin) == 0 && t->key_multi_region == key->multi_region)
		return;
	(void)snprintf(t->key_spec, sizeof(t->key_spec), "%s", key->spec);
	(void)snprintf(t->key_usage, sizeof(t->key_usage), "%s", key->usage);
	(void)snprintf(t->key_origin, sizeof(t->key_origin), "%s", key->origin);
	t->key_multi_region = key->multi_region;
	t->access_known = false;
}

static void kms_look_on_key(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *transport)
{
	struct look *look = &op->look.look;
	struct trouble trouble = *transport;
	struct kms_api_key key;

	if (answer && kms_api_read_key(answer, &op->target->arn, &key, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	if (answer && kms_look_asks_again(op, KMS_API_OP_DESCRIBE_KEY, &trouble, kms_look_on_key))
		return;
	look->fault = trouble.fault;
	if (trouble.fault != FAULT_NONE) {
		kms_op_say(op, KMS_API_OP_DESCRIBE_KEY, &trouble);
		if (trouble.fault == FAULT_DENIED)
			kms_op_ask_identity(op, kms_look_on_identity);
		else
			kms_look_end(op);
		return;
	}
	kms_target_identify(op->target);
	kms_look_take_key(op->target, &key);
	look->key_state = key.state;
	look->deletion = key.deletion;
	look->material = key.material_fingerprint;
	buf_clear(&op->body);
	kms_api_write_get_key_policy(&op->body, &op->target->arn);
	kms_op_ask(op, KMS_API_OP_GET_KEY_POLICY, kms_look_on_policy);
}

int kms_look(struct kms_target *t, enum kms_lane_priority priority, kms_look_fn *done, void *arg)
{
	struct kms_op *op = kms_op_new(t, priority, kms_look_on_key, arg);

	if (!op)
		return err_origin(-ENOMEM);
	op->look.done = done;
	kms_api_write_describe_key(&op->body, &t->arn);
	kms_op_ask(op, KMS_API_OP_DESCRIBE_KEY, kms_look_on_key);
	return 0;
}

void kms_target_hasten(struct kms_target *t)
{
	struct kms_op *op;

	LIST_FOREACH(op, &t->ops, of_target)
	{
		if (op->priority == KMS_LANE_LOOK)
			kms_op_hasten(op, KMS_LANE_CONFIRMATION);
	}
}

/* ---- grants ---- */

static void kms_grants_free(struct kms_op *op)
{
	kms_api_grants_fini(&op->grants.list);
}

static void kms_grants_ask(struct kms_op *op);

static void kms_grants_say(struct kms_op *op, uint32_t operations)
{
	char *text = op->texts.message;
	size_t len = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < KMS_API_GRANT_OPERATION_COUNT; i++)
		if (operations & 1u << i)
			len += (size_t)snprintf(text + len, sizeof(op->texts.message) - len, "%s%s",
				len ? ", " : "",
				kms_api_grant_operation_name((enum kms_api_grant_operation)i));
}

static void kms_grants_on_page(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *transport)
{
	struct kms_api_grants *list = &op->grants.list;
	struct trouble trouble = *transport;
	struct kms_grants_seen seen = {0};

	if (answer && kms_api_read_grants(answer, &op->target->vendor, list, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the grants");
	if (trouble.fault == FAULT_NONE && list->more) {
		kms_grants_ask(op);
		return;
	}
	if (trouble.fault != FAULT_NONE)
		kms_op_say(op, KMS_API_OP_LIST_GRANTS, &trouble);
	else
		kms_grants_say(op, list->operations);
	/* A grant whose account cannot be told may be the vendor's. Without a digest none is revoked. */
	if (trouble.fault == FAULT_NONE) {
		seen.alive = list->count + list->unsure;
		if (kms_api_grants_batch(list, KMS_GRANTS_BATCH, &seen.batch, &seen.ids) < 0)
			seen.batch = 0;
	}
	op->grants.done(op->arg, trouble.fault, &seen, &op->texts);
	kms_op_free(op);
}

static void kms_grants_ask(struct kms_op *op)
{
	buf_clear(&op->body);
	kms_api_write_list_grants(&op->body, &op->target->arn, op->grants.list.marker);
	op->texts.request[0] = '\0'; /* of the last page alone: a key may have thousands */
	kms_op_begin_part(op);
	kms_op_ask(op, KMS_API_OP_LIST_GRANTS, kms_grants_on_page);
}

int kms_grants(struct kms_target *t, enum kms_lane_priority priority, kms_grants_fn *done, void *arg)
{
	struct kms_op *op = kms_op_new(t, priority, kms_grants_on_page, arg);

	if (!op)
		return err_origin(-ENOMEM);
	op->grants.done = done;
	op->grants.list = KMS_API_GRANTS_INIT;
	op->free_rest = kms_grants_free;
	kms_grants_ask(op);
	return 0;
}
