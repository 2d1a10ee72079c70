/* SPDX-License-Identifier: Apache-2.0 */
/* kms_identity: who we are to AWS: GetCallerIdentity, for all operations of a client that want to know. It goes through no
 * lane: STS's quota is far above one request a minute. */
#include "io/chance.h"
#include "io/kms_op.h"
#include "io/clock.h"

static bool kms_identity_is_fresh(const struct kms *k)
{
	return k->who_at.ms != BOOTTIME_NEVER.ms && clock_now().boot.ms - k->who_at.ms < KMS_IDENTITY_MS;
}

static void kms_identity_tell(struct kms *k, const struct trouble *trouble)
{
	struct kms_ops now;
	struct kms_op *op;

	TAILQ_INIT(&now);
	TAILQ_CONCAT(&now, &k->who_waits, waiting);
	TAILQ_FOREACH(op, &now, waiting)
	{
		op->wait = KMS_OP_WAIT_NOTHING; /* no longer in who_waits, should a callback cancel it */
	}
	while ((op = TAILQ_FIRST(&now))) {
		struct trouble own = *trouble;

		TAILQ_REMOVE(&now, op, waiting);
		if (op->cancelled)
			trouble_set(&own, FAULT_CANCELLED, "cancelled");
		op->next(op, NULL, &own);
	}
	kms_try_close(k);
}

static void kms_identity_end(struct kms *k, const struct trouble *trouble, const struct sts_identity *who)
{
	k->who_asked = false;
	if (trouble->fault == FAULT_NONE) {
		k->who = *who;
		k->who_known = true;
		if (!TAILQ_EMPTY(
			    &k->who_waits)) /* else nobody asked for a proof that the credentials are good now */
			k->who_at = clock_now().boot;
		retry_succeeded(&k->retry, &k->who_tries);
	}
	kms_identity_tell(k, trouble);
}

static void kms_on_identity(void *arg, const struct http_reply *reply)
{
	struct kms *k = arg;
	const struct http_answer answer = http_reply_answer(reply);
	struct boottime now = clock_now().boot;
	struct trouble trouble;
	struct sts_identity who = {.arn = ""};
	int64_t delay_ms;

	if (reply->fault != FAULT_NONE)
		trouble_set(&trouble, reply->fault, "GetCallerIdentity: %s", reply->why);
	else
		sts_read_identity(&answer, &who, &trouble);
	if (!k->closing && retry_wants(&k->retry, &k->who_tries, trouble.fault,
				   k->link.timeout_ms - (now.ms - k->who_began.ms), chance(), &delay_ms)) {
		k->who_again = boottime_after(now, delay_ms);
		kms_wake(k);
		return;
	}
	kms_identity_end(k, &trouble, &who);
}

static void kms_identity_send(struct kms *k)
{
	const struct aws_request request = {.service = AWS_STS,
		.arn = k->who_key.text,
		.content_type = STS_CONTENT_TYPE,
		.body = STS_IDENTITY_BODY,
		.body_len = sizeof(STS_IDENTITY_BODY) - 1,
		.max_reply_bytes = STS_ANSWER_MAX_BYTES};

	k->who_again = BOOTTIME_NEVER;
	aws_link_send(&k->link, &k->who_send, &request, kms_on_identity, k);
}

/* One request serves all who wait. */
static void kms_identity_ask(struct kms *k, const struct key_arn *key)
{
	if (k->who_asked)
		return;
	k->who_asked = k->who_tried = true;
	k->who_key = *key;
	k->who_tries = (struct retry_request){.failed = 0};
	k->who_began = clock_now().boot;
	kms_identity_send(k);
}

void kms_identity_again(struct kms *k)
{
	static const struct sts_identity nobody;
	struct trouble trouble;

	if (!k->closing) {
		kms_identity_send(k);
		return;
	}
	k->who_again = BOOTTIME_NEVER;
	trouble_set(&trouble, FAULT_CANCELLED, "cancelled");
	kms_identity_end(k, &trouble, &nobody);
}

void kms_identity_cancel(struct kms *k)
{
	if (!k->who_asked)
		return;
	if (k->who_again.ms == BOOTTIME_NEVER.ms) {
		aws_link_cancel(&k->who_send);
	} else {
		k->who_again = clock_now().boot;
		kms_wake(k);
	}
}

void kms_target_identify(struct kms_target *t)
{
	if (!t->kms->who_tried && !t->kms->closing)
		kms_identity_ask(t->kms, &t->arn);
}

void kms_op_ask_identity(struct kms_op *op, kms_op_next_fn *next)
{
	struct kms *k = op->target->kms;

	if (kms_identity_is_fresh(k) || op->cancelled) {
		kms_op_sleep(op, 0, next);
		return;
	}
	op->next = next;
	op->wait = KMS_OP_WAIT_IDENTITY;
	TAILQ_INSERT_TAIL(&k->who_waits, op, waiting);
	kms_identity_ask(k, &op->target->arn);
}
