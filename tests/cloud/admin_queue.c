/* SPDX-License-Identifier: Apache-2.0 */
/* What scripts do to queues. */
#include "admin.h"
#include "alloc.h"
#include "queue.h"
#include <stdio.h>
#include <string.h>

static int refuse(int how, char why[FIELD_WHY_BYTES], const char *text)
{
	(void)snprintf(why, FIELD_WHY_BYTES, "%s", text);
	return how;
}

static int create(struct world *w, const char *arn, char why[FIELD_WHY_BYTES])
{
	struct queue *q = world_queue(w, arn) ? NULL : queue_new(arn);
	if (!q)
		return refuse(1, why, "expected an 'arn' of a queue that is not there yet");
	world_add_queue(w, q);
	return 0;
}

static int send(struct world *w, struct queue *q, struct json_object *in, struct json_object *out,
	char why[FIELD_WHY_BYTES])
{
	const char *body = field_text(in, "body");
	if (!body)
		return refuse(1, why, "expected a text as 'body'");
	const struct queue_message *m = queue_send(w, q, body);
	if (!m)
		return refuse(1, why, "the queue is full");
	json_object_object_add(out, "message_id", json_object_new_string(m->id));
	return 0;
}

int admin_queue(
	struct cloud *cloud, struct json_object *in, struct json_object *out, char why[FIELD_WHY_BYTES])
{
	const char *arn = field_text(in, "arn"), *action = field_text(in, "action");
	struct queue *q = arn ? world_queue(&cloud->world, arn) : NULL;
	json_object_object_foreach(in, name, value)
	{
		(void)value;
		if (!text_among(name, "arn|action|body|comment"))
			return refuse(1, why, "only 'arn', 'action' and 'body' are known here");
	}
	if (arn && action && strcmp(action, "create") == 0)
		return create(&cloud->world, arn, why);
	if (!q)
		return refuse(2, why, "no queue has this 'arn'");
	if (action && strcmp(action, "send") == 0)
		return send(&cloud->world, q, in, out, why);
	if (!action || strcmp(action, "purge") != 0)
		return refuse(1, why, "unknown 'action' for a queue");
	queue_purge(q);
	return 0;
}
