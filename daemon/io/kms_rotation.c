/* SPDX-License-Identifier: Apache-2.0 */
/* kms_rotation: reads how a key rotates, and what rotations it had. */
#include "io/kms_op.h"
#include <errno.h>
#include <string.h>

static void kms_rotation_ask_list(struct kms_op *op);

static void kms_rotation_on_list(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *transport)
{
	struct kms_api_rotations *list = &op->reading.list;
	struct kms_rotation *found = &op->reading.found;
	struct trouble trouble = *transport;

	if (answer && kms_api_read_rotations(answer, list, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the rotations");
	if (trouble.fault == FAULT_NONE && list->more) {
		kms_rotation_ask_list(op);
		return;
	}
	found->history_fault = trouble.fault;
	if (trouble.fault == FAULT_NONE) {
		found->on_demand_count = list->on_demand;
		found->last = list->last;
		found->last_on_demand = list->last_on_demand;
	} else {
		kms_op_say(op, KMS_API_OP_LIST_KEY_ROTATIONS, &trouble);
	}
	op->reading.then(op);
}

static void kms_rotation_ask_list(struct kms_op *op)
{
	buf_clear(&op->body);
	kms_api_write_list_key_rotations(&op->body, &op->target->arn, op->reading.list.marker);
	kms_op_begin_part(op);
	kms_op_ask(op, KMS_API_OP_LIST_KEY_ROTATIONS, kms_rotation_on_list);
}

static void kms_rotation_on_status(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *transport)
{
	struct kms_rotation *found = &op->reading.found;
	struct trouble trouble = *transport;
	struct kms_api_rotation read;

	if (answer && kms_api_read_rotation(answer, &read, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	found->fault = trouble.fault;
	if (trouble.fault == FAULT_NONE) {
		found->applicable = read.state != KMS_API_ROTATION_NOT_APPLICABLE;
		found->enabled = read.state == KMS_API_ROTATION_ON;
		found->period_days = read.period_days;
		found->next = read.next;
		found->on_demand_since = read.on_demand_started;
	} else {
		kms_op_say(op, KMS_API_OP_GET_KEY_ROTATION_STATUS, &trouble);
	}
	if (found->applicable)
		kms_rotation_ask_list(op);
	else
		op->reading.then(op);
}

void kms_rotation_read(struct kms_op *op, void (*then)(struct kms_op *op))
{
	op->reading.then = then;
	op->reading.found = (struct kms_rotation){.history_fault = FAULT_CANCELLED}; /* not asked for */
	op->reading.list = (struct kms_api_rotations){.total = 0};
	buf_clear(&op->body);
	kms_api_write_get_key_rotation_status(&op->body, &op->target->arn);
	kms_op_ask(op, KMS_API_OP_GET_KEY_ROTATION_STATUS, kms_rotation_on_status);
}

static void kms_rotation_end(struct kms_op *op)
{
	op->rotation(op->arg, &op->reading.found, &op->texts);
	kms_op_free(op);
}

int kms_rotation(struct kms_target *t, kms_rotation_fn *done, void *arg)
{
	struct kms_op *op = kms_op_new(t, KMS_LANE_ROUTINE, kms_rotation_on_status, arg);

	if (!op)
		return err_origin(-ENOMEM);
	op->rotation = done;
	kms_rotation_read(op, kms_rotation_end);
	return 0;
}
