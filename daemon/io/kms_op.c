/* SPDX-License-Identifier: Apache-2.0 */
#include "io/kms_op.h"
#include "io/chance.h"
#include "io/clock.h"
#include "io/journal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* ---- lifetimes ---- */

struct kms_op *kms_op_new(
	struct kms_target *t, enum kms_lane_priority priority, kms_op_next_fn *next, void *arg)
{
	struct kms_op *op = t->closing ? NULL : calloc(1, sizeof(*op));

	if (!op)
		return NULL;
	op->target = t;
	op->priority = priority;
	op->began = clock_now().boot;
	op->next = next;
	op->arg = arg;
	op->body = BUF_INIT(KMS_API_BODY_MAX_BYTES);
	LIST_INSERT_HEAD(&t->ops, op, of_target);
	return op;
}

void kms_op_free(struct kms_op *op)
{
	struct kms_target *t = op->target;

	LIST_REMOVE(op, of_target);
	if (op->reserved) { /* and not used */
		kms_lane_unpop(op->reserved, op->priority);
		kms_wake(t->kms);
	}
	if (op->free_rest)
		op->free_rest(op);
	buf_fini(&op->body);
	free(op);
	kms_target_try_free(t);
}

void kms_op_begin_part(struct kms_op *op)
{
	op->began = clock_now().boot;
}

static void kms_op_go_on(struct kms_op *op, const struct http_answer *answer, const struct trouble *trouble)
{
	op->wait = KMS_OP_WAIT_NOTHING;
	op->next(op, answer, trouble);
}

void kms_op_say(struct kms_op *op, enum kms_api_op what, const struct trouble *trouble)
{
	if (trouble->status)
		(void)snprintf(op->texts.message, sizeof(op->texts.message), "%s: %ld %s%s%s",
			kms_api_op_name(what), trouble->status, trouble->code, trouble->code[0] ? ": " : "",
			trouble->message);
	else
		(void)snprintf(op->texts.message, sizeof(op->texts.message), "%s: %s", kms_api_op_name(what),
			trouble->message);
}

/* ---- answers ---- */

static void kms_op_note_request(struct kms_op *op, const char *request_id)
{
	size_t len = strlen(op->texts.request);

	if (request_id[0])
		(void)snprintf(op->texts.request + len, sizeof(op->texts.request) - len, "%s%s",
			len ? " " : "", request_id);
}

static bool kms_op_changes(const struct kms_op *op)
{
	return kms_api_op_changes(op->what);
}

/* The lane hears of it, and the client's tokens. True: it will be asked again. */
static bool kms_op_asks_again(struct kms_op *op, enum fault fault)
{
	struct kms *k = op->target->kms;
	struct boottime now = clock_now().boot;
	int64_t delay_ms;

	kms_lane_ended(op->lane);
	if (fault == FAULT_THROTTLED)
		kms_lane_throttled(op->lane, now, chance());
	if (kms_lane_waits(op->lane))
		kms_wake(k);
	op->lane = NULL;
	if (fault == FAULT_NONE) {
		retry_succeeded(&k->retry, &op->tries);
		return false;
	}
	if (op->cancelled || op->no_retry || kms_op_changes(op) ||
		!retry_wants(&k->retry, &op->tries, fault, k->link.timeout_ms - (now.ms - op->began.ms),
			chance(), &delay_ms))
		return false;
	kms_op_sleep(op, delay_ms, op->next);
	op->wait = KMS_OP_WAIT_RETRY;
	return true;
}

static void kms_op_trace(const struct kms_op *op, const struct http_reply *reply)
{
	const struct journal_fields fields = {.key_arn = op->target->arn.text,
		.region = op->target->region.text,
		.request_id = reply->head.request_id};

	if (reply->fault == FAULT_NONE)
		journal_log(LOG_DEBUG, &fields, "%s of %s: %ld", kms_api_op_name(op->what),
			op->target->arn.text, reply->status);
	else
		journal_log(LOG_DEBUG, &fields, "%s of %s: %s: %s", kms_api_op_name(op->what),
			op->target->arn.text, fault_name(reply->fault), reply->why);
}

static void kms_op_on_reply(void *arg, const struct http_reply *reply)
{
	struct kms_op *op = arg;
	const struct http_answer answer = http_reply_answer(reply);
	struct trouble trouble = {.fault = FAULT_NONE};

	op->sent = reply->sent;
	kms_op_trace(op, reply);
	if (kms_op_asks_again(op, reply->fault == FAULT_NONE ? kms_api_fault(&answer) : reply->fault))
		return;
	kms_op_note_request(op, reply->head.request_id);
	if (reply->fault != FAULT_NONE)
		trouble_set(&trouble, reply->fault, "%s", reply->why);
	kms_op_go_on(op, reply->fault == FAULT_NONE ? &answer : NULL, &trouble);
}

/* ---- through the lane ---- */

static struct kms_lane *kms_op_lane(const struct kms_op *op)
{
	return &op->target->lanes->lanes[kms_lane_class_of(op->what)];
}

static void kms_op_enter(struct kms_op *op)
{
	int64_t patience_ms = op->target->kms->link.timeout_ms;

	if (op->cancelled) {
		kms_op_sleep(op, 0, op->next);
		return;
	}
	if ((op->priority == KMS_LANE_ACT || op->priority == KMS_LANE_ROUTINE) &&
		patience_ms < KMS_OP_WAIT_MAX_MS)
		patience_ms = KMS_OP_WAIT_MAX_MS;
	op->wait = KMS_OP_WAIT_LANE;
	op->ticket.owner = op;
	kms_lane_push(kms_op_lane(op), &op->ticket, op->priority, boottime_after(op->began, patience_ms));
	kms_wake(op->target->kms);
}

static void kms_op_send(struct kms_op *op, struct kms_lane *lane)
{
	const struct aws_request request = {.service = AWS_KMS,
		.arn = op->target->arn.text,
		.content_type = KMS_API_CONTENT_TYPE,
		.target = kms_api_op_target(op->what),
		.body = op->body.data,
		.body_len = op->body.len,
		.max_reply_bytes = KMS_API_ANSWER_MAX_BYTES,
		.once = kms_op_changes(op)};

	op->lane = lane;
	op->wait = KMS_OP_WAIT_ANSWER;
	aws_link_send(&op->target->kms->link, &op->send, &request, kms_op_on_reply, op);
	if (op->cancelled)
		aws_link_cancel(&op->send);
}

void kms_op_ask(struct kms_op *op, enum kms_api_op what, kms_op_next_fn *next)
{
	struct kms_lane *reserved = op->reserved;

	op->what = what;
	op->next = next;
	op->reserves = op->sent = false;
	op->tries = (struct retry_request){.failed = 0};
	if (reserved && reserved == kms_op_lane(op)) {
		op->reserved = NULL;
		kms_op_send(op, reserved);
	} else {
		kms_op_enter(op);
	}
}

void kms_op_hasten(struct kms_op *op, enum kms_lane_priority priority)
{
	op->priority = priority;
	if (op->wait != KMS_OP_WAIT_LANE)
		return;
	kms_lane_drop(kms_op_lane(op), &op->ticket);
	kms_lane_push(kms_op_lane(op), &op->ticket, priority, op->ticket.until);
	kms_wake(op->target->kms);
}

void kms_op_reserve(struct kms_op *op, enum kms_api_op what, kms_op_next_fn *next)
{
	op->what = what;
	op->next = next;
	op->reserves = true;
	kms_op_enter(op);
}

static void kms_op_popped(struct kms_op *op, struct kms_lane *lane)
{
	static const struct trouble none = {.fault = FAULT_NONE};

	if (!op->reserves) {
		kms_op_send(op, lane);
		return;
	}
	op->reserved = lane;
	kms_op_go_on(op, NULL, &none);
}

static void kms_op_overdue(struct kms_op *op, const struct kms_lane *lane)
{
	const char *operations = kms_lane_class_operations(kms_lane_class_of(op->what));
	struct trouble trouble;

	if (kms_lane_is_full(lane))
		trouble_set(&trouble, FAULT_TIMEOUT,
			"not sent: waited too long behind other requests that are not answered (%s)",
			operations);
	else
		trouble_set(&trouble, FAULT_THROTTLED,
			"not sent: waited too long for its turn: %s, at most %u a second now", operations,
			(unsigned)((lane->allowance_milli + 999) / 1000));
	kms_op_go_on(op, NULL, &trouble);
}

static void kms_pump(struct kms *k)
{
	struct boottime now = clock_now().boot;
	struct kms_lane_ticket *ticket;
	struct kms_region *region;

	LIST_FOREACH(region, &k->regions, of_kms)
	{
		for (size_t c = 0; c < KMS_LANE_CLASS_COUNT; c++) {
			struct kms_lane *lane = &region->lanes[c];

			if (!kms_lane_waits(lane)) /* nearly all of them */
				continue;
			while ((ticket = kms_lane_pop(lane, now)))
				kms_op_popped(ticket->owner, lane);
			while ((ticket = kms_lane_pop_overdue(lane, now)))
				kms_op_overdue(ticket->owner, lane);
		}
	}
}

/* ---- waiting for a time ---- */

static void kms_on_timer(uv_timer_t *timer);

void kms_wake(struct kms *k)
{
	struct boottime next = k->who_again, now = clock_now().boot;
	struct kms_region *region;
	struct kms_op *op;

	if (k->closed)
		return;
	TAILQ_FOREACH(op, &k->sleepers, waiting)
	next = boottime_earlier(next, op->until);
	LIST_FOREACH(region, &k->regions, of_kms)
	{
		for (size_t c = 0; c < KMS_LANE_CLASS_COUNT; c++)
			if (kms_lane_waits(&region->lanes[c]))
				next = boottime_earlier(next, kms_lane_deadline(&region->lanes[c], now));
	}
	if (next.ms == BOOTTIME_NEVER.ms) {
		(void)uv_timer_stop(&k->timer);
		return;
	}
	uv_update_time(k->timer.loop);
	(void)uv_timer_start(&k->timer, kms_on_timer, next.ms > now.ms ? (uint64_t)(next.ms - now.ms) : 0, 0);
}

static void kms_wake_sleepers(struct kms *k)
{
	struct boottime now = clock_now().boot;
	struct kms_ops due;
	struct kms_op *op, *next;

	TAILQ_INIT(&due);
	for (op = TAILQ_FIRST(&k->sleepers); op; op = next) {
		next = TAILQ_NEXT(op, waiting);
		if (!boottime_reached(now, op->until))
			continue;
		TAILQ_REMOVE(&k->sleepers, op, waiting);
		TAILQ_INSERT_TAIL(&due, op, waiting);
	}
	while ((op = TAILQ_FIRST(&due))) {
		struct trouble trouble = {.fault = FAULT_NONE};

		TAILQ_REMOVE(&due, op, waiting);
		if (op->cancelled)
			trouble_set(&trouble, FAULT_CANCELLED, "cancelled");
		if (op->wait == KMS_OP_WAIT_RETRY && !op->cancelled)
			kms_op_enter(op);
		else
			kms_op_go_on(op, NULL, &trouble);
	}
}

static void kms_on_timer(uv_timer_t *timer)
{
	struct kms *k = timer->data;

	kms_wake_sleepers(k);
	if (boottime_reached(clock_now().boot, k->who_again))
		kms_identity_again(k);
	kms_pump(k);
	kms_wake(k);
}

void kms_op_sleep(struct kms_op *op, int64_t delay_ms, kms_op_next_fn *next)
{
	struct kms *k = op->target->kms;

	op->next = next;
	op->wait = KMS_OP_WAIT_TIME;
	op->until = boottime_after(clock_now().boot, op->cancelled ? 0 : delay_ms);
	TAILQ_INSERT_TAIL(&k->sleepers, op, waiting);
	kms_wake(k);
}

void kms_op_cancel(struct kms_op *op)
{
	struct kms *k = op->target->kms;

	op->cancelled = true;
	switch (op->wait) {
	case KMS_OP_WAIT_LANE:
		kms_lane_drop(kms_op_lane(op), &op->ticket);
		kms_op_sleep(op, 0, op->next);
		break;
	case KMS_OP_WAIT_ANSWER:
		aws_link_cancel(&op->send);
		break;
	case KMS_OP_WAIT_IDENTITY:
		TAILQ_REMOVE(&k->who_waits, op, waiting);
		kms_op_sleep(op, 0, op->next);
		break;
	case KMS_OP_WAIT_TIME:
	case KMS_OP_WAIT_RETRY:
		op->until = clock_now().boot;
		kms_wake(k);
		break;
	case KMS_OP_WAIT_NOTHING: /* we are inside its callback */
		break;
	}
}
