/* SPDX-License-Identifier: Apache-2.0 */
#include "sqs_ops.h"
#include "alloc.h"
#include "field.h"
#include "sqs.h"
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECEIVE_MAX  10
#define WAIT_MAX_S   20
#define HIDDEN_MAX_S 43200
#define BATCH_MAX    10
#define ATTRIBUTES_KNOWN                                                                                     \
	"All|SenderId|SentTimestamp|ApproximateReceiveCount|ApproximateFirstReceiveTimestamp|"               \
	"SequenceNumber|MessageDeduplicationId|MessageGroupId|AWSTraceHeader|DeadLetterQueueSourceArn"

static void add_text(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

static void add_number_text(struct json_object *o, const char *name, int64_t value)
{
	char text[24];
	(void)snprintf(text, sizeof text, "%" PRId64, value);
	add_text(o, name, text);
}

/* Takes `text`. */
static void refuse(const struct sqs_call *call, const char *code, char *text)
{
	sqs_error(call->reply, 0, code, text);
	free(text);
}

/* A number of the request, in the unit of the model. False: `reply` holds the refusal. */
static bool number(const struct sqs_call *call, const char *name, int64_t min, int64_t max, int64_t otherwise,
	int64_t *ret_value)
{
	struct json_object *value = field_get(call->in, name);
	if (value && !json_object_is_type(value, json_type_int)) {
		refuse(call, "SerializationException", alloc_printf("%s is no integer.", name));
		return false;
	}
	int64_t n = value ? json_object_get_int64(value) : otherwise;
	if (n < min || n > max) {
		refuse(call, "InvalidParameterValueException",
			alloc_printf("Value %" PRId64 " for parameter %s is invalid. Reason: Must be between "
				     "%" PRId64 " and %" PRId64 ", if provided.",
				n, name, min, max));
		return false;
	}
	*ret_value = n;
	return true;
}

/* ---- receiving ---- */

static bool is_wanted(struct json_object *names, const char *name)
{
	for (size_t i = 0; names && i < json_object_array_length(names); i++)
		if (strcmp(json_object_get_string(json_object_array_get_idx(names, i)), name) == 0 ||
			strcmp(json_object_get_string(json_object_array_get_idx(names, i)), "All") == 0)
			return true;
	return false;
}

/* False: `reply` holds the refusal. `ret_names`: a list of texts, or NULL; borrowed. */
static bool attribute_names(const struct sqs_call *call, struct json_object **ret_names)
{
	struct json_object *names = field_get(call->in, "MessageSystemAttributeNames");
	if (names && !json_object_is_type(names, json_type_array)) {
		refuse(call, "SerializationException", alloc_text("MessageSystemAttributeNames is no list."));
		return false;
	}
	for (size_t i = 0; names && i < json_object_array_length(names); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(names, i));
		if (name && text_among(name, ATTRIBUTES_KNOWN))
			continue;
		refuse(call, "InvalidAttributeName",
			alloc_printf("Unknown Attribute %s.", name ? name : "null"));
		return false;
	}
	*ret_names = names;
	return true;
}

static void add_md5(struct json_object *o, const char *body)
{
	unsigned char hash[EVP_MAX_MD_SIZE] = {0};
	char hex[33];
	(void)EVP_Digest(body, strlen(body), hash, NULL, EVP_md5(), NULL);
	for (size_t i = 0; i < 16; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	add_text(o, "MD5OfBody", hex);
}

static struct json_object *message_json(const struct queue_message *m, struct json_object *names)
{
	struct json_object *o = json_object_new_object(), *attributes = json_object_new_object();
	add_text(o, "MessageId", m->id);
	add_text(o, "ReceiptHandle", m->handle);
	add_md5(o, m->body);
	add_text(o, "Body", m->body);
	if (is_wanted(names, "SentTimestamp"))
		add_number_text(attributes, "SentTimestamp", m->sent_wall_ms);
	if (is_wanted(names, "ApproximateReceiveCount"))
		add_number_text(attributes, "ApproximateReceiveCount", m->receives);
	if (json_object_object_length(attributes) > 0)
		json_object_object_add(o, "Attributes", attributes);
	else
		json_object_put(attributes);
	return o;
}

static void wait_longer(const struct sqs_call *call, int64_t end_ms)
{
	int64_t next_ms = queue_next_ms(call->queue, call->world->now_ms);
	call->reply->manner = REPLY_LATER;
	call->reply->again_ms = next_ms < end_ms ? next_ms : end_ms;
}

static void receive_message(const struct sqs_call *call)
{
	const struct queue_message *list[RECEIVE_MAX];
	struct json_object *names = NULL;
	int64_t max = 0, wait_s = 0, hidden_s = 0;
	if (!number(call, "MaxNumberOfMessages", 1, RECEIVE_MAX, 1, &max) ||
		!number(call, "WaitTimeSeconds", 0, WAIT_MAX_S, 0, &wait_s) ||
		!number(call, "VisibilityTimeout", 0, HIDDEN_MAX_S, QUEUE_HIDDEN_MS / 1000, &hidden_s) ||
		!attribute_names(call, &names))
		return;
	size_t n = queue_receive(call->world, call->queue, (size_t)max, hidden_s * 1000, list);
	int64_t end_ms = call->request->begun_ms + wait_s * 1000;
	if (n == 0 && call->world->now_ms < end_ms) {
		wait_longer(call, end_ms);
		return;
	}
	struct json_object *out = json_object_new_object(), *messages = json_object_new_array();
	for (size_t i = 0; i < n; i++)
		json_object_array_add(messages, message_json(list[i], names));
	if (n > 0)
		json_object_object_add(out, "Messages", messages);
	else
		json_object_put(messages); /* no member at all */
	call->request->effect = n > 0;
	reply_json(call->reply, 200, SQS_TYPE, out);
}

/* ---- what is received ---- */

#define BAD_HANDLE "The input receipt handle \"%s\" is not a valid receipt handle."

/* The receipt handle of the request. NULL: `reply` holds the refusal. */
static const char *handle(const struct sqs_call *call)
{
	const char *text = field_text(call->in, "ReceiptHandle");
	if (!text)
		refuse(call, "MissingRequiredParameterException",
			alloc_text("The request must contain the parameter ReceiptHandle."));
	else if (!queue_handle_is_good(text))
		refuse(call, "ReceiptHandleIsInvalid", alloc_printf(BAD_HANDLE, text));
	else
		return text;
	return NULL;
}

/* An older handle, and one of a message that is gone, are good and do nothing. */
static void delete_one(const struct sqs_call *call, const char *handle)
{
	struct queue_message *m = queue_find(call->queue, handle);
	if (!m)
		return;
	queue_delete(call->queue, m);
	call->request->effect = true;
}

static void delete_message(const struct sqs_call *call)
{
	const char *text = handle(call);
	if (!text)
		return;
	delete_one(call, text);
	reply_empty(call->reply, 200, SQS_TYPE); /* no output shape: an empty body */
}

/* False: `reply` holds the refusal. */
static bool entries_are_good(const struct sqs_call *call, struct json_object *entries)
{
	size_t count = json_object_is_type(entries, json_type_array) ? json_object_array_length(entries) : 0;
	if (count == 0 || count > BATCH_MAX) {
		refuse(call, count ? "TooManyEntriesInBatchRequest" : "EmptyBatchRequest",
			alloc_printf("There are %zu entries: it must be 1 to %d.", count, BATCH_MAX));
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		struct json_object *one = json_object_array_get_idx(entries, i);
		const char *id = field_text(one, "Id");
		if (!id || !field_text(one, "ReceiptHandle")) {
			refuse(call, "MissingRequiredParameterException",
				alloc_text("Each entry must contain Id and ReceiptHandle."));
			return false;
		}
		for (size_t j = 0; j < i; j++)
			if (strcmp(field_text(json_object_array_get_idx(entries, j), "Id"), id) == 0) {
				refuse(call, "BatchEntryIdsNotDistinct", alloc_printf("Id %s repeated.", id));
				return false;
			}
	}
	return true;
}

static void delete_message_batch(const struct sqs_call *call)
{
	struct json_object *entries = field_get(call->in, "Entries");
	if (!entries_are_good(call, entries))
		return;
	struct json_object *out = json_object_new_object(), *good = json_object_new_array(),
			   *bad = json_object_new_array();
	for (size_t i = 0; i < json_object_array_length(entries); i++) {
		struct json_object *entry = json_object_array_get_idx(entries, i),
				   *one = json_object_new_object();
		const char *text = field_text(entry, "ReceiptHandle");
		add_text(one, "Id", field_text(entry, "Id"));
		if (queue_handle_is_good(text)) {
			delete_one(call, text);
			json_object_array_add(good, one);
			continue;
		}
		char *why = alloc_printf(BAD_HANDLE, text);
		json_object_object_add(one, "SenderFault", json_object_new_boolean(true));
		add_text(one, "Code", "ReceiptHandleIsInvalid");
		add_text(one, "Message", why);
		free(why);
		json_object_array_add(bad, one);
	}
	json_object_object_add(out, "Successful", good);
	json_object_object_add(out, "Failed", bad);
	reply_json(call->reply, 200, SQS_TYPE, out);
}

static void change_message_visibility(const struct sqs_call *call)
{
	const char *text = handle(call);
	int64_t hidden_s = 0;
	if (!text || !number(call, "VisibilityTimeout", 0, HIDDEN_MAX_S, -1, &hidden_s))
		return;
	struct queue_message *m = queue_find(call->queue, text);
	if (!m) {
		refuse(call, "InvalidParameterValueException",
			alloc_printf("Value %s for parameter ReceiptHandle is invalid. Reason: Message does "
				     "not exist or is not available for visibility timeout change.",
				text));
		return;
	}
	if (m->visible_ms <= call->world->now_ms) {
		refuse(call, "MessageNotInflight", alloc_text("The message is not in flight."));
		return;
	}
	queue_hide(call->world, m, hidden_s * 1000);
	call->request->effect = true;
	reply_empty(call->reply, 200, SQS_TYPE);
}

/* At this endpoint, so that it can be asked with the URL that was given. */
static void get_queue_url(const struct sqs_call *call)
{
	const char *host = headers_get(&call->request->headers, "Host");
	struct json_object *out = json_object_new_object();
	char *url = alloc_printf(
		"https://%s/%s/%s", host ? host : "localhost", call->queue->account, call->queue->name);
	add_text(out, "QueueUrl", url);
	free(url);
	reply_json(call->reply, 200, SQS_TYPE, out);
}

static const struct sqs_op ops[] = {
	{"ReceiveMessage", receive_message},
	{"DeleteMessage", delete_message},
	{"DeleteMessageBatch", delete_message_batch},
	{"ChangeMessageVisibility", change_message_visibility},
	{"GetQueueUrl", get_queue_url},
};

const struct sqs_op *sqs_op_find(const char *name)
{
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (strcmp(ops[i].name, name) == 0)
			return &ops[i];
	return NULL;
}
