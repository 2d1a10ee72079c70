/* SPDX-License-Identifier: Apache-2.0 */
/* kms_errand: one change of a key that an operator asks for: wait for a turn, look, ask whether it is still wanted, send.
 *
 * Its place in the lane is taken first, so that nothing waits between what was read and what rests on it. It is sent once: what
 * becomes of an answer that is lost a person sees by looking. */
#include "io/kms_op.h"
#include "base/num.h"
#include "io/clock.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A key whose deletion was just cancelled may be taken for pending deletion for a while ("Eventual consistency", AWS KMS
 * Developer Guide). EnableKey that is refused for it was surely not done. */
static const int64_t kms_errand_delays_ms[] = {250, 500, 1000, 2000, 4000, 8000};
#define KMS_ERRAND_DELAYS (sizeof(kms_errand_delays_ms) / sizeof(kms_errand_delays_ms[0]))

static void kms_errand_end(struct kms_op *op, enum act_result result)
{
	op->errand.done(op->arg, result, &op->texts);
	kms_op_free(op);
}

static void kms_errand_end_with(struct kms_op *op, enum act_result result, const char *text)
{
	(void)snprintf(op->texts.message, sizeof(op->texts.message), "%s", text);
	kms_errand_end(op, result);
}

static enum kms_api_op kms_errand_op(const struct kms_op *op)
{
	switch (op->errand.what.errand) {
	case ERRAND_ENABLE_ROTATION:
		return KMS_API_OP_ENABLE_KEY_ROTATION;
	case ERRAND_ROTATE_KEY:
		return KMS_API_OP_ROTATE_KEY_ON_DEMAND;
	case ERRAND_CANCEL_DELETION:
		return KMS_API_OP_CANCEL_KEY_DELETION;
	case ERRAND_ENABLE_KEY:
		return KMS_API_OP_ENABLE_KEY;
	case ERRAND_REMOVE_STATEMENT:
	case ERRAND_CONFIGURE_CMEK:
	case ERRAND_APPLY_POLICY:
	case ERRAND_CREATE_CLUSTER:
	case ERRAND_COUNT:
		break;
	}
	return KMS_API_OP_COUNT;
}

/* ---- the change ---- */

static void kms_errand_look(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *trouble);

/* True: it will be tried again. */
static bool kms_errand_waits(struct kms_op *op)
{
	if (op->errand.what.errand != ERRAND_ENABLE_KEY || op->cancelled ||
		op->errand.tries >= KMS_ERRAND_DELAYS)
		return false;
	kms_op_sleep(op, kms_errand_delays_ms[op->errand.tries++], kms_errand_look);
	return true;
}

static void kms_errand_on_answer(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *transport)
{
	struct trouble trouble = *transport;

	if (answer && kms_api_read_void(answer, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	op->texts.message[0] = '\0';
	if (trouble.fault != FAULT_NONE)
		kms_op_say(op, kms_errand_op(op), &trouble);
	if (strcmp(trouble.code, "KMSInvalidStateException") == 0 && kms_errand_waits(op))
		return;
	kms_errand_end(op, trouble_act_result(trouble.fault, op->sent));
}

static void kms_errand_send(struct kms_op *op)
{
	if (op->errand.wanted && !op->errand.wanted(op->arg)) {
		kms_errand_end_with(op, ACT_RESULT_NOT_SENT, "no longer wanted");
		return;
	}
	buf_clear(&op->body);
	if (op->errand.what.errand == ERRAND_ENABLE_ROTATION)
		kms_api_write_enable_key_rotation(&op->body, &op->target->arn, op->errand.what.period_days);
	else
		kms_api_write_key(&op->body, &op->target->arn);
	kms_op_ask(op, kms_errand_op(op), kms_errand_on_answer);
}

/* ---- rotation on demand ---- */

/* KMS tells of a change late, sometimes by minutes; its clock and ours may differ. */
#define KMS_ERRAND_LATE_MS (5 * 60 * 1000)

static void kms_errand_say_time(
	struct kms_op *op, enum act_result result, const char *before, struct walltime at, const char *after)
{
	char time[NUM_TIME_BYTES];

	num_format_time_ms(at.ms, time);
	(void)snprintf(op->texts.message, sizeof(op->texts.message), "%s %s%s", before, time, after);
	kms_errand_end(op, result);
}

/* Of one that was lost before: it may have been taken, and uses up one of a few. */
static void kms_errand_after_lost(struct kms_op *op, const struct kms_rotation *found)
{
	struct walltime since = op->errand.what.since, now = clock_now().wall;

	if (found->history_fault != FAULT_NONE)
		kms_errand_end(op, ACT_RESULT_REFUSED); /* what failed is said already */
	else if (walltime_is_known(found->last_on_demand) &&
		 found->last_on_demand.ms > since.ms - KMS_ERRAND_LATE_MS)
		kms_errand_say_time(op, ACT_RESULT_ACCEPTED, "rotated on demand at", found->last_on_demand,
			": it is the one that was asked for before, and nothing was sent");
	else if (now.ms - since.ms < KMS_ERRAND_LATE_MS)
		kms_errand_say_time(op, ACT_RESULT_REFUSED, "the rotation that was asked for at", since,
			" may still be on its way, AWS KMS tells of changes late: nothing was sent; ask "
			"again in a few "
			"minutes");
	else
		kms_errand_send(op);
}

static void kms_errand_on_rotation(struct kms_op *op)
{
	const struct kms_rotation *found = &op->reading.found;

	if (found->fault != FAULT_NONE)
		kms_errand_end(op, trouble_act_result(found->fault, false));
	else if (!found->applicable)
		kms_errand_end_with(op, ACT_RESULT_REFUSED, "AWS KMS does not rotate this key");
	else if (walltime_is_known(found->on_demand_since))
		kms_errand_say_time(op, ACT_RESULT_ACCEPTED, "in progress since", found->on_demand_since,
			": nothing was sent");
	else if (walltime_is_known(op->errand.what.since))
		kms_errand_after_lost(op, found);
	else
		kms_errand_send(op);
}

/* ---- what the key is now ---- */

static bool kms_errand_is_pending(const struct kms_api_key *key)
{
	return key->state == KEY_STATE_PENDING_DELETION || key->state == KEY_STATE_PENDING_REPLICA_DELETION;
}

/* Why KMS would not rotate it; NULL: it would. */
static const char *kms_errand_no_rotation(const struct kms_api_key *key)
{
	if (kms_errand_is_pending(key))
		return "the key is pending deletion: cmekctl key cancel-deletion comes first";
	if (key->state == KEY_STATE_DISABLED)
		return "the key is disabled: AWS KMS changes its rotation only while it is enabled";
	if (key->spec[0] && strcmp(key->spec, "SYMMETRIC_DEFAULT") != 0)
		return "the key is not symmetric: AWS KMS does not rotate it";
	if (key->origin[0] && strcmp(key->origin, "AWS_KMS") != 0)
		return "the key's material was not made by AWS KMS, which does not rotate it: import new "
		       "material "
		       "instead";
	return NULL;
}

static void kms_errand_judge(struct kms_op *op, const struct kms_api_key *key)
{
	const char *refusal;

	switch (op->errand.what.errand) {
	case ERRAND_ENABLE_ROTATION:
	case ERRAND_ROTATE_KEY:
		refusal = kms_errand_no_rotation(key);
		if (refusal)
			kms_errand_end_with(op, ACT_RESULT_REFUSED, refusal);
		else if (op->errand.what.errand == ERRAND_ROTATE_KEY)
			kms_rotation_read(op, kms_errand_on_rotation);
		else
			kms_errand_send(op);
		return;
	case ERRAND_CANCEL_DELETION:
		if (key->state != KEY_STATE_UNKNOWN && !kms_errand_is_pending(key))
			kms_errand_end_with(
				op, ACT_RESULT_ACCEPTED, "the key is not pending deletion: nothing was sent");
		else
			kms_errand_send(op);
		return;
	case ERRAND_ENABLE_KEY:
		if (key->state == KEY_STATE_ENABLED)
			kms_errand_end_with(
				op, ACT_RESULT_ACCEPTED, "the key is enabled already: nothing was sent");
		else if (!kms_errand_is_pending(key))
			kms_errand_send(op);
		else if (!kms_errand_waits(op))
			kms_errand_end_with(op, ACT_RESULT_REFUSED,
				"the key is pending deletion: cmekctl key cancel-deletion comes first");
		return;
	case ERRAND_REMOVE_STATEMENT:
	case ERRAND_CONFIGURE_CMEK:
	case ERRAND_APPLY_POLICY:
	case ERRAND_CREATE_CLUSTER:
	case ERRAND_COUNT:
		break;
	}
	kms_errand_end_with(op, ACT_RESULT_NOT_SENT, "no errand of a key");
}

static void kms_errand_on_key(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *transport)
{
	struct trouble trouble = *transport;
	struct kms_api_key key;

	if (answer && kms_api_read_key(answer, &op->target->arn, &key, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	if (trouble.fault != FAULT_NONE) {
		kms_op_say(op, KMS_API_OP_DESCRIBE_KEY, &trouble);
		kms_errand_end(op, trouble_act_result(trouble.fault, false));
		return;
	}
	kms_errand_judge(op, &key);
}

static void kms_errand_look(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *trouble)
{
	(void)answer;
	if (trouble->fault != FAULT_NONE) {
		kms_op_say(op, kms_errand_op(op), trouble);
		kms_errand_end(op, trouble_act_result(trouble->fault, false));
		return;
	}
	kms_op_begin_part(op);
	buf_clear(&op->body);
	kms_api_write_describe_key(&op->body, &op->target->arn);
	kms_op_ask(op, KMS_API_OP_DESCRIBE_KEY, kms_errand_on_key);
}

int kms_errand(struct kms_target *t, const struct kms_errand *errand, kms_wanted_fn *wanted,
	kms_errand_fn *done, void *arg)
{
	struct kms_op *op = kms_op_new(t, KMS_LANE_ACT, kms_errand_look, arg);

	if (!op)
		return err_origin(-ENOMEM);
	op->errand.what = *errand;
	op->errand.wanted = wanted;
	op->errand.done = done;
	kms_op_reserve(op, kms_errand_op(op), kms_errand_look);
	return 0;
}
