/* SPDX-License-Identifier: Apache-2.0 */
/* sqs: Amazon SQS over AWS JSON 1.0 (service model sqs 2012-11-05), as far as a consumer of one queue needs it.
 * One port is the endpoint of every region: the signature says which one was meant, the path of the QueueUrl
 * the rest. */
#pragma once
#include "request.h"
#include "world.h"

#define SQS_TYPE   "application/x-amz-json-1.0"
#define SQS_TARGET "AmazonSQS."

/* Reads operation and queue from the request. */
void sqs_route(const struct world *w, struct request *r);
/* Checks the signature. False: `p` holds the refusal. */
bool sqs_admit(struct world *w, struct request *r, struct reply *p);
/* A ReceiveMessage that waits makes a reply of REPLY_LATER. */
void sqs_act(struct world *w, struct request *r, struct reply *p);
/* `code`: the error's name in the model; `status` 0: as SQS gives it. */
void sqs_error(struct reply *p, unsigned status, const char *code, const char *message);
void sqs_denied(const struct world *w, const struct request *r, struct reply *p);
