/* SPDX-License-Identifier: Apache-2.0 */
#include "io/hint_queue.h"
#include "base/buf.h"
#include "io/aws_link.h"
#include "io/chance.h"
#include "io/journal.h"
#include "wire/aws_endpoint.h"
#include "wire/sqs.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

struct hint_queue {
	struct aws_link link;
	struct aws_send send;
	uv_timer_t timer; /* until the next question */
	struct hint_queue_init init;
	char partition[32], url[SQS_URL_BYTES];
	struct buf body;
	uint32_t ask_for;         /* messages at a time */
	struct boottime asked_at; /* the question under way */
	bool busy, closing, told;
	bool undeleted;    /* what came could not be deleted: that it can be read does not mend that */
	uint32_t failures; /* since the last answer */
	uint32_t open;     /* parts that libuv still holds */
	char trouble[WHY_BYTES];
	struct hint_queue_state state;
};

static void hint_queue_ask(struct hint_queue *q);

/* ---- ends ---- */

static void hint_queue_let_go(void *arg)
{
	struct hint_queue *q = arg;

	if (--q->open > 0)
		return;
	buf_fini(&q->body);
	free(q);
}

static void hint_queue_on_timer_closed(uv_handle_t *handle)
{
	hint_queue_let_go(handle->data);
}

static void hint_queue_end(struct hint_queue *q)
{
	uv_close((uv_handle_t *)&q->timer, hint_queue_on_timer_closed);
	aws_link_close(&q->link, hint_queue_let_go, q);
}

void hint_queue_close(struct hint_queue *q)
{
	q->closing = true;
	if (q->busy)
		aws_link_cancel(&q->send); /* its end is ours */
	else
		hint_queue_end(q);
}

/* ---- when to ask again ---- */

static void hint_queue_on_timer(uv_timer_t *timer)
{
	hint_queue_ask(timer->data);
}

static void hint_queue_ask_in(struct hint_queue *q, int64_t delay_ms)
{
	uv_update_time(q->timer.loop);
	(void)uv_timer_start(&q->timer, hint_queue_on_timer, (uint64_t)delay_ms, 0);
}

/* Half of it is left to chance, so that many daemons do not come back at once. */
static int64_t hint_queue_retry_ms(uint32_t failures)
{
	int64_t delay_ms = HINT_QUEUE_RETRY_MIN_MS;

	while (--failures > 0 && delay_ms < HINT_QUEUE_RETRY_MAX_MS)
		delay_ms *= 2;
	if (delay_ms > HINT_QUEUE_RETRY_MAX_MS)
		delay_ms = HINT_QUEUE_RETRY_MAX_MS;
	return delay_ms - (int64_t)(chance() % (uint32_t)(delay_ms / 2));
}

static void hint_queue_tell(struct hint_queue *q, enum notice notice)
{
	const struct journal_fields fields = {.detail = q->trouble};

	journal_notice(notice, &fields, "%s%s%s", q->init.arn.text, q->trouble[0] ? ": " : "", q->trouble);
}

static void hint_queue_fail(struct hint_queue *q, const char *what, const struct trouble *t)
{
	/* What is refused will be refused again. */
	bool sure = t->fault == FAULT_REFUSED || t->fault == FAULT_DENIED;

	q->failures++;
	if (t->status)
		(void)snprintf(q->trouble, sizeof(q->trouble), "%s: %ld %s%s%s", what, t->status, t->code,
			t->code[0] ? ": " : "", t->message);
	else
		(void)snprintf(q->trouble, sizeof(q->trouble), "%s: %s", what, t->message);
	if (!q->told && (sure || q->failures >= HINT_QUEUE_TOLD)) {
		q->told = true;
		hint_queue_tell(q, NOTICE_HINTS_FAILED);
	}
	hint_queue_ask_in(q, hint_queue_retry_ms(q->failures));
}

static void hint_queue_works(struct hint_queue *q)
{
	q->failures = 0;
	q->trouble[0] = '\0';
	if (q->told)
		hint_queue_tell(q, NOTICE_HINTS_BACK);
	q->told = false;
}

/* ---- messages ---- */

static void hint_queue_take(struct hint_queue *q, const char *text)
{
	struct hint hint;
	struct why why = {.text = ""};
	struct moment now = clock_now();
	int r = text ? hint_read(text, strlen(text), q->partition, &hint, &why) : HINT_E_MALFORMED;

	q->state.messages++;
	if (r == 0 && q->init.hint(q->init.arg, &hint)) {
		q->state.hints++;
		q->state.hint_at = now.wall;
		q->state.hint_age_ms = walltime_is_known(hint.at) ? now.wall.ms - hint.at.ms : -1;
		journal_log(LOG_DEBUG, NULL, "hint: %s of %s", hint.what, hint.keys[0].text);
	} else if (r == 0 || r == HINT_E_IDLE) {
		q->state.others++;
		journal_log(
			LOG_DEBUG, NULL, "no hint: %s", r == 0 ? "of a key that is not watched" : why.text);
	} else {
		q->state.unread++;
		journal_log(LOG_DEBUG, NULL, "no hint: %s", text ? why.text : "a message that is no text");
	}
}

/* ---- questions and answers ---- */

static void hint_queue_send(struct hint_queue *q, const char *target, int64_t timeout_ms, http_done_fn *done)
{
	const struct aws_request request = {.service = AWS_SQS,
		.arn = q->init.arn.text,
		.content_type = SQS_CONTENT_TYPE,
		.target = target,
		.body = q->body.data,
		.body_len = q->body.len,
		.max_reply_bytes = SQS_ANSWER_MAX_BYTES,
		.timeout_ms = timeout_ms};

	q->busy = true;
	q->asked_at = clock_now().boot;
	aws_link_send(&q->link, &q->send, &request, done, q);
}

/* False: the queue is being closed. `ret_trouble`: no answer came. */
static bool hint_queue_answered(struct hint_queue *q, const struct http_reply *reply,
	struct http_answer *ret_answer, struct trouble *ret_trouble)
{
	q->busy = false;
	if (q->closing) {
		hint_queue_end(q);
		return false;
	}
	*ret_trouble = (struct trouble){.fault = FAULT_NONE};
	*ret_answer = http_reply_answer(reply);
	if (reply->fault != FAULT_NONE)
		trouble_set(ret_trouble, reply->fault, "%s", reply->why);
	return true;
}

static void hint_queue_on_deleted(void *arg, const struct http_reply *reply)
{
	struct hint_queue *q = arg;
	struct http_answer answer;
	struct trouble trouble;

	if (!hint_queue_answered(q, reply, &answer, &trouble))
		return;
	if (trouble.fault == FAULT_NONE && sqs_read_delete(&answer, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	q->undeleted = trouble.fault != FAULT_NONE;
	if (q->undeleted) {
		hint_queue_fail(q, "DeleteMessageBatch", &trouble);
		return;
	}
	hint_queue_works(q);
	hint_queue_ask_in(q, HINT_QUEUE_GAP_MS);
}

static void hint_queue_take_all(struct hint_queue *q, struct sqs_messages *messages)
{
	bool waited = clock_now().boot.ms - q->asked_at.ms >= HINT_QUEUE_EMPTY_MS;

	for (uint32_t i = 0; i < messages->count; i++)
		hint_queue_take(q, messages->items[i].body);
	q->ask_for = SQS_MESSAGES_MAX;
	buf_clear(&q->body);
	if (sqs_write_delete(&q->body, q->url, messages)) {
		hint_queue_send(q, SQS_TARGET_DELETE, 0, hint_queue_on_deleted);
		return;
	}
	if (!q->undeleted)
		hint_queue_works(q);
	hint_queue_ask_in(q, messages->count == 0 && waited ? HINT_QUEUE_GAP_MS : HINT_QUEUE_EMPTY_MS);
}

static void hint_queue_on_received(void *arg, const struct http_reply *reply)
{
	struct hint_queue *q = arg;
	struct sqs_messages messages = SQS_MESSAGES_INIT;
	struct http_answer answer;
	struct trouble trouble;

	if (!hint_queue_answered(q, reply, &answer, &trouble))
		return;
	if (trouble.fault == FAULT_NONE && sqs_read_messages(&answer, &messages, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	if (trouble.fault == FAULT_NONE)
		hint_queue_take_all(q, &messages);
	else if (trouble.fault == FAULT_CREDENTIALS && credential_keeper_doubt(&q->link.keeper))
		hint_queue_ask(q); /* ended before their time, or taken back: once more with fresh ones */
	else
		hint_queue_fail(q, "ReceiveMessage", &trouble);
	/* Ten that are too long together come singly. */
	if (trouble.fault == FAULT_MALFORMED)
		q->ask_for = 1;
	sqs_messages_fini(&messages);
}

static void hint_queue_ask(struct hint_queue *q)
{
	buf_clear(&q->body);
	sqs_write_receive(&q->body, q->url, q->ask_for, SQS_WAIT_MAX_S);
	hint_queue_send(
		q, SQS_TARGET_RECEIVE, SQS_WAIT_MAX_S * 1000 + q->init.timeout_ms, hint_queue_on_received);
}

/* ---- the queue ---- */

/* A partition without an endpoint that cmekd knows is the link's to tell. */
static void hint_queue_name(struct hint_queue *q)
{
	const char *arn = q->init.arn.text, *given = aws_link_given_url(&q->link, AWS_SQS);
	char endpoint[AWS_ENDPOINT_BYTES] = "";
	struct region region;
	size_t len = strcspn(arn + strlen("arn:"), ":");

	(void)snprintf(q->partition, sizeof(q->partition), "%.*s", (int)len, arn + strlen("arn:"));
	aws_endpoint_region(arn, &region);
	if (!given[0])
		(void)aws_endpoint(aws_service_name(AWS_SQS), arn, region.text, endpoint);
	sqs_queue_url(&q->init.arn, given[0] ? given : endpoint, q->url);
}

int hint_queue_new(const struct hint_queue_init *init, struct hint_queue **ret_queue)
{
	struct hint_queue *q = calloc(1, sizeof(*q));
	int r;

	if (!q)
		return err_origin(-ENOMEM);
	r = aws_link_init(&q->link, init->loop, init->http,
		&(struct aws_link_settings){.credentials_file = init->credentials_file,
			.profile = init->profile,
			.urls = init->urls,
			.timeout_ms = init->timeout_ms});
	if (r < 0) {
		free(q);
		return r;
	}
	q->init = *init;
	q->init.urls = NULL; /* borrowed, like the texts: the link has its own */
	q->init.credentials_file = q->init.profile = NULL;
	q->body = BUF_INIT(SQS_BODY_MAX_BYTES);
	q->ask_for = SQS_MESSAGES_MAX;
	q->state = (struct hint_queue_state){.arn = init->arn, .hint_age_ms = -1};
	q->open = 2;
	hint_queue_name(q);
	(void)uv_timer_init(init->loop, &q->timer);
	q->timer.data = q;
	hint_queue_ask_in(q, 0);
	*ret_queue = q;
	return 0;
}

int hint_queue_reload(struct hint_queue *q, struct why *reterr_why)
{
	int r = credential_keeper_reload(&q->link.keeper, reterr_why);

	hint_queue_name(q); /* the profile may name another endpoint */
	return r;
}

void hint_queue_state(const struct hint_queue *q, struct hint_queue_state *ret_state)
{
	*ret_state = q->state;
	ret_state->trouble = q->trouble;
}
