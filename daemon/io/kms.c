/* SPDX-License-Identifier: Apache-2.0 */
#include "io/kms.h"
#include "io/clock.h"
#include "io/kms_op.h"
#include "policy/policy.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct boottime kms_now(void)
{
	struct moment now;

	clock_now(&now);
	return now.boot;
}

/* ---- lifetimes ---- */

static void kms_let_go(void *arg)
{
	struct kms *k = arg;

	if (--k->open == 0)
		free(k);
}

static void kms_on_timer_closed(uv_handle_t *handle)
{
	kms_let_go(handle->data);
}

/* The client goes when it was closed, its last target is gone, and GetCallerIdentity is not under way. */
static void kms_try_close(struct kms *k)
{
	if (!k->closing || k->closed || k->who_asked || !LIST_EMPTY(&k->targets))
		return;
	k->closed = true;
	uv_close((uv_handle_t *)&k->timer, kms_on_timer_closed);
	aws_link_close(&k->link, kms_let_go, k);
}

static void kms_target_try_free(struct kms_target *t)
{
	struct kms *k = t->kms;

	if (!t->closing || !LIST_EMPTY(&t->ops))
		return;
	LIST_REMOVE(t, of_kms);
	free(t->context);
	free(t->policy);
	free(t);
	kms_try_close(k);
}

/* ---- operations ---- */

struct kms_op *kms_op_new(struct kms_target *t, kms_op_next_fn *next, void *arg)
{
	struct kms_op *op = t->closing ? NULL : calloc(1, sizeof(*op));

	if (!op)
		return NULL;
	op->target = t;
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
	if (op->free_rest)
		op->free_rest(op);
	buf_fini(&op->body);
	free(op);
	kms_target_try_free(t);
}

static void kms_op_go_on(struct kms_op *op, const struct http_answer *answer, const struct trouble *trouble)
{
	op->wait = KMS_OP_WAIT_NOTHING;
	op->next(op, answer, trouble);
}

static void kms_op_note_request(struct kms_op *op, const char *request_id)
{
	size_t len = strlen(op->texts.request);

	if (request_id[0])
		(void)snprintf(op->texts.request + len, sizeof(op->texts.request) - len, "%s%s",
			len ? " " : "", request_id);
}

static void kms_op_on_reply(void *arg, const struct http_reply *reply)
{
	struct kms_op *op = arg;
	const struct http_answer answer = {.status = reply->status,
		.body = reply->body,
		.body_len = reply->body_len,
		.error_type = reply->head.error_type,
		.date = reply->head.date};
	struct http_answer stamped = answer;
	struct trouble trouble = {.fault = FAULT_NONE};
	struct moment now;

	clock_now(&now);
	stamped.received = now.wall;
	op->sent = reply->sent;
	kms_op_note_request(op, reply->head.request_id);
	if (reply->fault != FAULT_NONE)
		trouble_set(&trouble, reply->fault, "%s", reply->why);
	kms_op_go_on(op, reply->fault == FAULT_NONE ? &stamped : NULL, &trouble);
}

void kms_op_ask(struct kms_op *op, enum kms_api_op what, kms_op_next_fn *next)
{
	const struct aws_request request = {.service = AWS_KMS,
		.arn = op->target->arn.text,
		.content_type = KMS_API_CONTENT_TYPE,
		.target = kms_api_op_target(what),
		.body = op->body.data,
		.body_len = op->body.len,
		.max_reply_bytes = KMS_API_ANSWER_MAX_BYTES,
		.once = what == KMS_API_OP_PUT_KEY_POLICY || what == KMS_API_OP_REVOKE_GRANT};

	op->next = next;
	op->wait = KMS_OP_WAIT_ANSWER;
	op->sent = false;
	aws_link_send(&op->target->kms->link, &op->send, &request, kms_op_on_reply, op);
	if (op->cancelled)
		aws_link_cancel(&op->send);
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

/* ---- waiting for a time ---- */

static void kms_on_timer(uv_timer_t *timer);

static void kms_set_timer(struct kms *k)
{
	struct boottime next = BOOTTIME_NEVER, now = kms_now();
	struct kms_op *op;

	TAILQ_FOREACH(op, &k->sleepers, waiting)
	next = boottime_earlier(next, op->until);
	if (next.ms == BOOTTIME_NEVER.ms) {
		(void)uv_timer_stop(&k->timer);
		return;
	}
	uv_update_time(k->timer.loop);
	(void)uv_timer_start(&k->timer, kms_on_timer, next.ms > now.ms ? (uint64_t)(next.ms - now.ms) : 0, 0);
}

static void kms_on_timer(uv_timer_t *timer)
{
	struct kms *k = timer->data;
	struct boottime now = kms_now();
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
		kms_op_go_on(op, NULL, &trouble);
	}
	if (!k->closed)
		kms_set_timer(k);
}

void kms_op_sleep(struct kms_op *op, int64_t delay_ms, kms_op_next_fn *next)
{
	struct kms *k = op->target->kms;

	op->next = next;
	op->wait = KMS_OP_WAIT_TIME;
	op->until = boottime_after(kms_now(), op->cancelled ? 0 : delay_ms);
	TAILQ_INSERT_TAIL(&k->sleepers, op, waiting);
	kms_set_timer(k);
}

/* ---- who we are ---- */

static bool kms_identity_is_fresh(const struct kms *k)
{
	return k->who_at.ms != BOOTTIME_NEVER.ms && kms_now().ms - k->who_at.ms < KMS_IDENTITY_MS;
}

static void kms_on_identity(void *arg, const struct http_reply *reply)
{
	struct kms *k = arg;
	const struct http_answer answer = {
		.status = reply->status, .body = reply->body, .body_len = reply->body_len};
	struct trouble trouble;
	struct sts_identity who;
	struct kms_ops now;
	struct kms_op *op;

	k->who_asked = false;
	if (reply->fault != FAULT_NONE)
		trouble_set(&trouble, reply->fault, "GetCallerIdentity: %s", reply->why);
	else
		sts_read_identity(&answer, &who, &trouble);
	if (trouble.fault == FAULT_NONE) {
		k->who = who;
		k->who_known = true;
		if (!TAILQ_EMPTY(
			    &k->who_waits)) /* else nobody asked for a proof that the credentials are good now */
			k->who_at = kms_now();
	}
	TAILQ_INIT(&now);
	TAILQ_CONCAT(&now, &k->who_waits, waiting);
	TAILQ_FOREACH(op, &now, waiting)
	{
		op->wait = KMS_OP_WAIT_NOTHING; /* no longer in who_waits, should a callback cancel it */
	}
	while ((op = TAILQ_FIRST(&now))) {
		struct trouble own = trouble;

		TAILQ_REMOVE(&now, op, waiting);
		if (op->cancelled)
			trouble_set(&own, FAULT_CANCELLED, "cancelled");
		kms_op_go_on(op, NULL, &own);
	}
	kms_try_close(k);
}

/* One request serves all who wait. */
static void kms_send_identity(struct kms *k, const struct key_arn *key)
{
	const struct aws_request request = {.service = AWS_STS,
		.arn = key->text,
		.content_type = STS_CONTENT_TYPE,
		.body = STS_IDENTITY_BODY,
		.body_len = sizeof(STS_IDENTITY_BODY) - 1,
		.max_reply_bytes = STS_ANSWER_MAX_BYTES};

	if (k->who_asked)
		return;
	k->who_asked = k->who_tried = true;
	aws_link_send(&k->link, &k->who_send, &request, kms_on_identity, k);
}

void kms_target_identify(struct kms_target *t)
{
	if (!t->kms->who_tried && !t->kms->closing)
		kms_send_identity(t->kms, &t->arn);
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
	kms_send_identity(k, &op->target->arn);
}

static void kms_op_cancel(struct kms_op *op)
{
	struct kms *k = op->target->kms;

	op->cancelled = true;
	switch (op->wait) {
	case KMS_OP_WAIT_ANSWER:
		aws_link_cancel(&op->send);
		break;
	case KMS_OP_WAIT_IDENTITY:
		TAILQ_REMOVE(&k->who_waits, op, waiting);
		kms_op_sleep(op, 0, op->next);
		break;
	case KMS_OP_WAIT_TIME:
		op->until = kms_now();
		kms_set_timer(k);
		break;
	case KMS_OP_WAIT_NOTHING: /* we are inside its callback */
		break;
	}
}

/* ---- targets ---- */

int kms_target_new(struct kms *k, const struct kms_target_init *init, struct kms_target **ret_target)
{
	struct kms_target *t;
	struct key_arn again;
	struct region region;
	struct account_id own;

	if (key_arn_parse(init->arn.text, strlen(init->arn.text), &again, &region, &own) != 0)
		return 1;
	t = calloc(1, sizeof(*t));
	if (!t)
		return err_origin(-ENOMEM);
	if (init->context_count > 0) {
		t->context = calloc(init->context_count, sizeof(*t->context));
		if (!t->context) {
			free(t);
			return err_origin(-ENOMEM);
		}
		memcpy(t->context, init->context, init->context_count * sizeof(*t->context));
		t->context_count = init->context_count;
	}
	t->kms = k;
	t->arn = again;
	t->region = region;
	t->own = own;
	t->vendor = init->vendor;
	t->own_ledger = init->own_ledger;
	t->family = init->family;
	LIST_INIT(&t->ops);
	LIST_INSERT_HEAD(&k->targets, t, of_kms);
	*ret_target = t;
	return 0;
}

void kms_target_close(struct kms_target *t)
{
	struct kms_op *op;

	t->closing = true;
	LIST_FOREACH(op, &t->ops, of_target)
	{
		kms_op_cancel(op);
	}
	kms_target_try_free(t);
}

const char *kms_target_policy(const struct kms_target *t, size_t *ret_len, struct walltime *ret_read_at)
{
	if (!t->policy)
		return NULL;
	*ret_len = t->policy_len;
	*ret_read_at = t->policy_at;
	return t->policy;
}

void kms_target_context(const struct kms_target *t, struct policy_context *ret_context)
{
	struct moment now;

	clock_now(&now);
	*ret_context = (struct policy_context){.vendor = t->vendor,
		.own = t->own,
		.region = t->region,
		.key = t->arn,
		.now = now.wall,
		.context = t->context,
		.context_count = t->context_count,
		.own_ledger = t->own_ledger.text[0] ? &t->own_ledger : NULL,
		.siblings = t->family ? t->family->ledgers : NULL,
		.sibling_count = t->family ? t->family->count : 0,
		.key_spec = t->key_spec,
		.key_usage = t->key_usage,
		.key_origin = t->key_origin,
		.key_multi_region = t->key_multi_region ? "true" : ""};
}

/* ---- the client ---- */

int kms_new(const struct kms_init *init, struct kms **ret_kms)
{
	struct kms *k = calloc(1, sizeof(*k));
	int r;

	if (!k)
		return err_origin(-ENOMEM);
	r = aws_link_init(&k->link, init->loop, init->http,
		&(struct aws_link_settings){.credentials_file = init->credentials_file,
			.profile = init->profile,
			.urls = init->urls,
			.timeout_ms = init->timeout_ms});
	if (r < 0) {
		free(k);
		return r;
	}
	LIST_INIT(&k->targets);
	TAILQ_INIT(&k->who_waits);
	TAILQ_INIT(&k->sleepers);
	k->who_at = BOOTTIME_NEVER;
	(void)uv_timer_init(init->loop, &k->timer);
	k->timer.data = k;
	k->open = 2;
	*ret_kms = k;
	return 0;
}

int kms_reload(struct kms *k, struct why *reterr_why)
{
	int r = credential_keeper_reload(&k->link.keeper, reterr_why);

	if (r == 0) { /* perhaps somebody else now */
		k->who_at = BOOTTIME_NEVER;
		k->who_tried = k->who_known = false;
	}
	return r;
}

const char *kms_endpoint(const struct kms *k)
{
	return aws_link_given_url(&k->link, AWS_KMS);
}

void kms_close(struct kms *k)
{
	k->closing = true;
	if (k->who_asked)
		aws_link_cancel(&k->who_send);
	kms_try_close(k);
}

const char *kms_credentials_text(struct kms *k)
{
	return credential_keeper_text(&k->link.keeper);
}

void kms_credentials(const struct kms *k, struct credential_state *ret_state)
{
	credential_keeper_state(&k->link.keeper, ret_state);
	ret_state->identity = kms_own_arn(k);
}

const char *kms_own_arn(const struct kms *k)
{
	return k->who_known ? k->who.arn : "";
}
