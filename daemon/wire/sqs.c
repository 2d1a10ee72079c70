/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/sqs.h"
#include "base/err.h"
#include "base/json_scan.h"
#include "base/own.h"
#include "wire/aws_answer.h"
#include "wire/json_answer.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sqs_messages_fini(struct sqs_messages *m)
{
	for (uint32_t i = 0; i < m->count; i++)
		free(m->items[i].body);
	free(m->items);
	*m = SQS_MESSAGES_INIT;
}

/* ---- requests ---- */

void sqs_queue_url(const struct queue_arn *queue, const char *endpoint, char ret_url[SQS_URL_BYTES])
{
	struct account_id account = {.text = ""};
	struct queue_arn again;
	size_t len = strlen(endpoint);

	(void)queue_arn_parse(queue->text, strlen(queue->text), &again, NULL, &account);
	while (len > 0 && endpoint[len - 1] == '/')
		len--;
	(void)snprintf(ret_url, SQS_URL_BYTES, "%.*s/%s/%s", (int)len, endpoint, account.text,
		queue_arn_name(queue));
}

static void write_queue(struct buf *b, const char *queue_url)
{
	buf_add(b, "{\"QueueUrl\":");
	buf_json_string(b, queue_url, strlen(queue_url));
}

void sqs_write_receive(struct buf *b, const char *queue_url, uint32_t max, uint32_t wait_s)
{
	write_queue(b, queue_url);
	buf_printf(b, ",\"MaxNumberOfMessages\":%u,\"WaitTimeSeconds\":%u,\"VisibilityTimeout\":%d}", max,
		wait_s, SQS_VISIBILITY_S);
}

bool sqs_write_delete(struct buf *b, const char *queue_url, const struct sqs_messages *m)
{
	const char *opening = ",\"Entries\":[";

	for (uint32_t i = 0; i < m->count; i++) {
		const char *receipt = m->items[i].receipt;
		if (receipt[0] == '\0')
			continue;
		if (opening[1] == '"')
			write_queue(b, queue_url);
		buf_printf(b, "%s{\"Id\":\"%u\",\"ReceiptHandle\":", opening, i);
		buf_json_string(b, receipt, strlen(receipt));
		buf_add(b, "}");
		opening = ",";
	}
	if (opening[1] == '"')
		return false;
	buf_add(b, "]}");
	return true;
}

/* ---- answers ---- */

static int read_message(const struct json_tree *tree, uint32_t node, struct sqs_message *ret_message)
{
	struct trouble ignored;

	*ret_message = (struct sqs_message){.body = NULL};
	if (!json_answer_text(tree, node, "ReceiptHandle", JSON_ANSWER_OPTIONAL, ret_message->receipt,
		    sizeof ret_message->receipt, &ignored))
		ret_message->receipt[0] = '\0';
	int r = json_string_dup(
		tree, json_answer_member(tree, node, "Body"), SQS_MESSAGE_MAX_BYTES, &ret_message->body);
	return r < 0 ? r : 0;
}

int sqs_read_messages(
	const struct http_answer *a, struct sqs_messages *ret_messages, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	_cleanup_(sqs_messages_fini) struct sqs_messages messages = SQS_MESSAGES_INIT;
	int r = aws_answer_object(a, SQS_ANSWER_MAX_BYTES, &tree, ret_trouble);
	if (r != 0)
		return r < 0 ? r : 0;
	uint32_t list = json_answer_member(&tree, JSON_ROOT, "Messages"); /* absent: there is none */
	if (list != JSON_NONE &&
		(!json_is(&tree, list, JSON_ARRAY) || json_count(&tree, list) > SQS_MESSAGES_MAX)) {
		trouble_set(ret_trouble, FAULT_MALFORMED,
			"the answer's Messages is wrong; expected a list of at most %d", SQS_MESSAGES_MAX);
		ret_trouble->status = a->status;
		return 0;
	}
	messages.items = calloc(SQS_MESSAGES_MAX, sizeof *messages.items);
	if (!messages.items)
		return err_origin(-ENOMEM);
	json_for_each (&tree, list, node) {
		r = read_message(&tree, node, &messages.items[messages.count++]);
		if (r < 0)
			return r;
	}
	*ret_trouble = (struct trouble){.fault = FAULT_NONE, .status = a->status};
	*ret_messages = messages;
	messages = SQS_MESSAGES_INIT;
	return 0;
}

int sqs_read_delete(const struct http_answer *a, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	int r = aws_answer_object(a, SQS_ANSWER_MAX_BYTES, &tree, ret_trouble);
	if (r != 0)
		return r < 0 ? r : 0;
	uint32_t list = json_answer_member(&tree, JSON_ROOT, "Failed");
	uint32_t first = json_is(&tree, list, JSON_ARRAY) ? json_first(&tree, list) : JSON_NONE;
	struct trouble t = {.fault = FAULT_NONE, .status = a->status}, ignored;
	if (first != JSON_NONE) {
		t.fault = FAULT_REFUSED;
		(void)json_answer_show(&tree, first, "Code", t.code, sizeof t.code, &ignored);
		(void)json_answer_show(&tree, first, "Message", t.message, sizeof t.message, &ignored);
	}
	*ret_trouble = t;
	return 0;
}
