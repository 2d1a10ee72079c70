/* SPDX-License-Identifier: Apache-2.0 */
/* sqs_ops: the operations on a queue, one row each. */
#pragma once
#include "queue.h"
#include "request.h"
#include "world.h"

struct sqs_call {
	struct world *world;
	struct queue *queue;
	struct json_object *in; /* an object */
	struct request *request;
	struct reply *reply;
};

struct sqs_op {
	const char *name;
	void (*act)(const struct sqs_call *call);
};
const struct sqs_op *sqs_op_find(const char *name); /* NULL if not offered */
