/* SPDX-License-Identifier: Apache-2.0 */
/* sqs: Amazon SQS over AWS JSON 1.0, as far as listening to a queue goes: what is asked, and what is answered (Amazon SQS
 * API Reference: ReceiveMessage, DeleteMessageBatch). */
#pragma once
#include "base/buf.h"
#include "model/ids.h"
#include "wire/http_answer.h"
#include "wire/trouble.h"
#include <stdint.h>

#define SQS_CONTENT_TYPE   "application/x-amz-json-1.0"
#define SQS_TARGET_RECEIVE "AmazonSQS.ReceiveMessage"
#define SQS_TARGET_DELETE  "AmazonSQS.DeleteMessageBatch"

#define SQS_MESSAGES_MAX      10 /* of one answer */
#define SQS_WAIT_MAX_S        20 /* the longest that SQS lets an empty answer wait */
#define SQS_VISIBILITY_S      60 /* a message that was not deleted comes again after this */
#define SQS_MESSAGE_MAX_BYTES (1024 * 1024)
#define SQS_RECEIPT_MAX_BYTES 2048
#define SQS_URL_BYTES         768
#define SQS_BODY_MAX_BYTES    (32 * 1024) /* of a request: ten receipts */
/* One message of full size, in which each byte may be escaped by another; ten are far smaller. Should they not be, one is
 * asked for at a time. */
#define SQS_ANSWER_MAX_BYTES (3 * 1024 * 1024)

struct sqs_message {
	char *body;                          /* owned, NUL-terminated; NULL: it is too long, or no text */
	char receipt[SQS_RECEIPT_MAX_BYTES]; /* "": it cannot be deleted */
};
struct sqs_messages {
	struct sqs_message *items; /* owned */
	uint32_t count;
};
#define SQS_MESSAGES_INIT ((struct sqs_messages){.items = NULL})
void sqs_messages_fini(struct sqs_messages *m);

/* "ENDPOINT/ACCOUNT/NAME", by which requests name a queue. `endpoint`: as configured or regional, with or without its last
 * slash. */
void sqs_queue_url(const struct queue_arn *queue, const char *endpoint, char ret_url[SQS_URL_BYTES]);

/* A long poll: answered when there is a message, or after `wait_s`. */
void sqs_write_receive(struct buf *b, const char *queue_url, uint32_t max, uint32_t wait_s);
/* All messages that have a receipt. False: none has, nothing was written. */
bool sqs_write_delete(struct buf *b, const char *queue_url, const struct sqs_messages *m);

/* Each message of the answer, in its order; what is wrong with one does not hide the others. Fails: -ENOMEM; `ret_messages`
 * is not written then, nor on a fault. */
int sqs_read_messages(
	const struct http_answer *a, struct sqs_messages *ret_messages, struct trouble *ret_trouble);
/* FAULT_REFUSED with the service's words about the first that could not be deleted. Fails: -ENOMEM. */
int sqs_read_delete(const struct http_answer *a, struct trouble *ret_trouble);
