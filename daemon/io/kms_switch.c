/* SPDX-License-Identifier: Apache-2.0 */
/* kms_switch: disables or enables a key: wait for a turn, look, send, and, once KMS said that it was taken, look until it is so.
 *
 * Both are idempotent, and sent whatever the look before says, for it may be of the past ("Eventual consistency", AWS KMS
 * Developer Guide): what it is for is to tell whether a key was disabled before, by somebody else. */
#include "io/kms_op.h"
#include "policy/policy.h"
#include "policy/vendor.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Waits before each look after it, milliseconds: half a minute in all, as for a key policy. */
static const int64_t kms_switch_delays_ms[] = {100, 250, 500, 1000, 2000, 3000, 4000, 5000, 5000, 5000, 5000};
#define KMS_SWITCH_DELAYS (sizeof(kms_switch_delays_ms) / sizeof(kms_switch_delays_ms[0]))

static void kms_switch_end(struct kms_op *op, enum act_result result)
{
	op->turn.done(op->arg, result, !op->turn.on && op->turn.was_off, &op->texts);
	kms_op_free(op);
}

static void kms_switch_end_with(struct kms_op *op, enum act_result result, const char *text)
{
	(void)snprintf(op->texts.message, sizeof(op->texts.message), "%s", text);
	kms_switch_end(op, result);
}

static enum kms_api_op kms_switch_op(const struct kms_op *op)
{
	return op->turn.on ? KMS_API_OP_ENABLE_KEY : KMS_API_OP_DISABLE_KEY;
}

static void kms_switch_describe(struct kms_op *op, kms_op_next_fn *next)
{
	buf_clear(&op->body);
	kms_api_write_describe_key(&op->body, &op->target->arn);
	kms_op_ask(op, KMS_API_OP_DESCRIBE_KEY, next);
}

static void kms_switch_read(struct kms_op *op, const struct http_answer *answer, struct trouble *trouble,
	struct kms_api_key *ret_key)
{
	if (answer && kms_api_read_key(answer, &op->target->arn, ret_key, trouble) < 0)
		trouble_set(trouble, FAULT_MALFORMED, "no memory for the answer");
	if (trouble->fault != FAULT_NONE)
		kms_op_say(op, KMS_API_OP_DESCRIBE_KEY, trouble);
}

/* ---- afterwards ---- */

static void kms_switch_look_again(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *trouble);

static void kms_switch_wait(struct kms_op *op)
{
	if (op->turn.tries < KMS_SWITCH_DELAYS && !op->cancelled) {
		kms_op_sleep(op, kms_switch_delays_ms[op->turn.tries++], kms_switch_look_again);
		return;
	}
	if (!op->texts.message[0])
		(void)snprintf(op->texts.message, sizeof(op->texts.message),
			"%s was sent, but the key was not seen %s yet", kms_api_op_name(kms_switch_op(op)),
			op->turn.on ? "enabled" : "disabled");
	kms_switch_end(op, ACT_RESULT_LOST);
}

static bool kms_switch_is_so(const struct kms_op *op, enum key_state state)
{
	return op->turn.on ? state == KEY_STATE_ENABLED || state == KEY_STATE_UPDATING
			   : state == KEY_STATE_DISABLED;
}

static void kms_switch_on_look(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *transport)
{
	struct trouble trouble = *transport;
	struct kms_api_key key = {.state = KEY_STATE_UNKNOWN};

	kms_switch_read(op, answer, &trouble, &key);
	if (trouble.fault != FAULT_NONE || !kms_switch_is_so(op, key.state))
		kms_switch_wait(op);
	else
		kms_switch_end_with(op, ACT_RESULT_ACCEPTED,
			!op->turn.on && op->turn.was_off ? "the key was disabled before, not by this: it is "
							   "not enabled by cmekctl restore"
							 : "");
}

static void kms_switch_look_again(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *trouble)
{
	(void)answer;
	(void)trouble;
	if (op->cancelled) {
		kms_switch_wait(op);
		return;
	}
	op->texts.request[0] = '\0';
	kms_op_begin_part(op);
	op->no_retry = true;
	kms_switch_describe(op, kms_switch_on_look);
}

/* ---- the change ---- */

static void kms_switch_on_answer(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *transport)
{
	struct trouble trouble = *transport;
	enum act_result result;

	if (answer && kms_api_read_void(answer, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	op->texts.message[0] = '\0';
	if (trouble.fault != FAULT_NONE)
		kms_op_say(op, kms_switch_op(op), &trouble);
	result = trouble_act_result(trouble.fault, op->sent);
	/* What is so already, as by the hand of a person who was asked to, needs no permission. */
	if (!op->turn.on && op->turn.was_off && (result == ACT_RESULT_DENIED || result == ACT_RESULT_REFUSED))
		result = ACT_RESULT_ACCEPTED;
	/* Of what got no answer no look tells: what it shows may be of before it was last switched. It is sent again. */
	if (result == ACT_RESULT_ACCEPTED)
		kms_switch_wait(op);
	else
		kms_switch_end(op, result);
}

static const char *kms_switch_pending(const struct kms_op *op)
{
	return op->turn.on
		       ? "the key is pending deletion: cmekctl key cancel-deletion comes first"
		       : "the key is pending deletion: AWS KMS does not disable it, and nobody can use it";
}

static void kms_switch_on_key(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *transport)
{
	struct trouble trouble = *transport;
	struct kms_api_key key = {.state = KEY_STATE_UNKNOWN};
	struct why why;

	kms_switch_read(op, answer, &trouble, &key);
	/* What cannot be seen is not disabled: nobody could tell what became of it. */
	if (trouble.fault != FAULT_NONE) {
		kms_switch_end(op, trouble_act_result(trouble.fault, false));
		return;
	}
	op->turn.was_off = key.state == KEY_STATE_DISABLED;
	if (key.state == KEY_STATE_PENDING_DELETION || key.state == KEY_STATE_PENDING_REPLICA_DELETION) {
		kms_switch_end_with(op, ACT_RESULT_REFUSED, kms_switch_pending(op));
		return;
	}
	if (!op->turn.on && !op->turn.was_off && kms_foresee_switch(op->target, false, &why)) {
		kms_switch_end_with(op, ACT_RESULT_REFUSED, why.text);
		return;
	}
	if (!op->turn.on && !op->turn.was_off && !op->turn.claims) {
		kms_switch_end_with(op, ACT_RESULT_NOT_SENT,
			"the key was enabled meanwhile; it is disabled by the next try");
		return;
	}
	if (op->turn.wanted && !op->turn.wanted(op->arg)) {
		kms_switch_end_with(op, ACT_RESULT_NOT_SENT, "no longer wanted");
		return;
	}
	buf_clear(&op->body);
	kms_api_write_key(&op->body, &op->target->arn);
	kms_op_ask(op, kms_switch_op(op), kms_switch_on_answer);
}

static void kms_switch_on_turn(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *trouble)
{
	(void)answer;
	if (trouble->fault != FAULT_NONE) {
		kms_op_say(op, kms_switch_op(op), trouble);
		kms_switch_end(op, trouble_act_result(trouble->fault, false));
		return;
	}
	kms_op_begin_part(op);
	kms_switch_describe(op, kms_switch_on_key);
}

int kms_switch(
	struct kms_target *t, bool on, bool claims, kms_wanted_fn *wanted, kms_switch_fn *done, void *arg)
{
	struct kms_op *op = kms_op_new(t, KMS_LANE_ACT, kms_switch_on_turn, arg);

	if (!op)
		return err_origin(-ENOMEM);
	op->turn.on = on;
	op->turn.claims = claims;
	op->turn.wanted = wanted;
	op->turn.done = done;
	kms_op_reserve(op, kms_switch_op(op), kms_switch_on_turn);
	return 0;
}

/* ---- for people ---- */

bool kms_foresee_switch(const struct kms_target *t, bool on, struct why *ret_why)
{
	static const char *const needed[] = {"kms:DisableKey", "kms:EnableKey"};
	const char *own = kms_own_arn(t->kms);
	struct policy_context context;
	struct policy *policy = NULL;
	bool told = false;

	if (!t->policy || !*own || policy_parse(t->policy, t->policy_len, &policy, NULL) != 0)
		return false;
	kms_target_context(t, &context);
	for (size_t i = on ? 1 : 0; i < 2 && !told; i++) {
		told = policy_self(policy, &context, own, needed[i]) == POLICY_DENIED;
		if (told)
			why_set(ret_why, "the key policy refuses %s to cmekd%s", needed[i],
				!on && i == 1 ? ", which could not enable the key again at the restore" : "");
	}
	(void)policy_free(policy);
	return told;
}

#define KMS_SWITCH_USER_BYTES 160 /* of a principal that is shown */

struct kms_switch_naming {
	kms_user_fn *each;
	void *arg;
	const char *own;
	char last[512]; /* losses of one principal come in a row */
};

/* What a disabled key does not do any more (AWS KMS Developer Guide, "Key states of AWS KMS keys"). */
static bool kms_switch_takes(const char *action)
{
	static const char *const left[] = {"Describe", "Get", "List", "Put", "Enable", "Disable", "Tag",
		"Untag", "Update", "Cancel", "Schedule", "Retire", "Revoke", "CreateAlias", "DeleteAlias",
		"Rotate", "Import", "DeleteImported", "Replicate", "Connect", "Disconnect"};

	if (strcmp(action, "kms:GetPublicKey") == 0 || strncmp(action, "kms:", 4) != 0)
		return true;
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		if (strncmp(action + 4, left[i], strlen(left[i])) == 0)
			return false;
	return true;
}

/* "111122223333" or an ARN of that account. */
static bool kms_switch_is_own(const char *principal, const char *own)
{
	const char *at = *own ? strstr(principal, own) : NULL;
	char after = at ? at[strlen(own)] : 'x';

	return (after == '\0' || after == ':') && (at == principal || at[-1] == ':');
}

static void kms_switch_on_loss(void *arg, const char *principal, const char *action)
{
	struct kms_switch_naming *n = arg;
	char who[KMS_SWITCH_USER_BYTES];

	if (!kms_switch_takes(action) || kms_switch_is_own(principal, n->own) ||
		strcmp(n->last, principal) == 0)
		return;
	(void)snprintf(n->last, sizeof(n->last), "%s", principal);
	/* What the policy holds is not ours: it is cut and cleaned. */
	trouble_copy(principal, strlen(principal), who, sizeof(who));
	n->each(n->arg, who);
}

void kms_switch_users(const struct kms_target *t, kms_user_fn *each, void *arg)
{
	static const char nothing[] = "{\"Version\":\"2012-10-17\",\"Statement\":[]}";
	struct kms_switch_naming n = {.each = each, .arg = arg, .own = t->own.text};
	struct policy *before = NULL, *after = NULL;
	struct policy_context context;

	kms_target_context(t, &context);
	if (t->policy && policy_parse(t->policy, t->policy_len, &before, NULL) == 0 &&
		policy_parse(nothing, sizeof(nothing) - 1, &after, NULL) == 0)
		vendor_losses(before, after, &context, kms_switch_on_loss, &n);
	(void)policy_free(before);
	(void)policy_free(after);
}

void kms_switch_by_hand(const struct kms_target *t, bool on, struct buf *out)
{
	buf_printf(out, "aws kms %s --region %s --key-id %s\n", on ? "enable-key" : "disable-key",
		t->region.text, t->arn.text);
	if (!on)
		buf_add(out,
			"What a person disables a person has to enable again, after cmekctl restore. Or let "
			"cmekd add a Deny statement to the key policy instead: cmekctl revoke without "
			"--disable-key.\n");
}
