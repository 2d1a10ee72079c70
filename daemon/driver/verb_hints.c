/* SPDX-License-Identifier: Apache-2.0 */
/* Hints: whether the queues can be read, what has come from them, and how soon verdicts followed. */
#include "base/num.h"
#include "driver/clients.h"
#include "driver/engine.h"
#include "driver/hub.h"
#include "driver/request.h"
#include "driver/tree.h"
#include "driver/verb_rows.h"
#include "io/control.h"
#include "io/hint_queue.h"

struct queues {
	struct tree tree;
	struct json_object *list;
};

static void add(const struct hint_queue *queue, void *arg)
{
	struct queues *q = arg;
	struct tree *t = &q->tree;
	struct json_object *o = tree_object(t);
	struct hint_queue_state s;
	char at[NUM_TIME_BYTES];

	hint_queue_state(queue, &s);
	tree_text(t, o, "queueArn", s.arn.text);
	if (*s.trouble)
		tree_text(t, o, "trouble", s.trouble);
	tree_int(t, o, "messages", (int64_t)s.messages);
	tree_int(t, o, "hints", (int64_t)s.hints);
	tree_int(t, o, "others", (int64_t)s.others);
	tree_int(t, o, "unread", (int64_t)s.unread);
	if (walltime_is_known(s.hint_at)) {
		num_format_time_ms(s.hint_at.ms, at);
		tree_text(t, o, "lastHint", at);
	}
	if (s.hint_age_ms >= 0)
		tree_int(t, o, "lastHintAgeMs", s.hint_age_ms);
	tree_add(t, q->list, o);
}

void verb_HINTS(struct engine *e, struct control_call *call)
{
	struct queues q = {.tree = {0}};
	const struct hints_timing *timing = &e->hub.hints;
	struct json_object *o = tree_object(&q.tree);

	q.list = tree_array(&q.tree);
	clients_each_queue(e->hub.clients, add, &q);
	tree_put(&q.tree, o, "queues", q.list);
	tree_int(&q.tree, o, "verdicts", timing->verdicts);
	if (timing->verdicts > 0) {
		tree_int(&q.tree, o, "lastVerdictMs", timing->last_ms);
		tree_int(&q.tree, o, "longestVerdictMs", timing->longest_ms);
	}
	request_reply(call, tree_done(&q.tree, o));
}
