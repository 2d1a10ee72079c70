/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: how much of each rate limit is used, and what waits. */
#include "driver/clients.h"
#include "driver/engine.h"
#include "driver/hub.h"
#include "driver/request.h"
#include "driver/tree.h"
#include "driver/verb_rows.h"
#include "io/control.h"
#include "io/credential.h"
#include "io/lane.h"
#include "io/tidb.h"

struct lanes {
	struct tree tree;
	struct json_object *list;
};

static void add(struct tidb *tidb, void *arg)
{
	struct lanes *l = arg;
	struct tree *t = &l->tree;
	struct json_object *o = tree_object(t), *queues = tree_array(t);
	struct credential_state key;
	struct lane_state lane;

	tidb_credentials(tidb, &key);
	tidb_lane(tidb, &lane);
	tree_text(t, o, "service", "tidb_cloud");
	if (*key.id)
		tree_text(t, o, "keyId", key.id);
	tree_int(t, o, "perMinute", lane.rate);
	tree_int(t, o, "allowance", lane.allowance);
	tree_int(t, o, "used", lane.used);
	tree_int(t, o, "holdMs", lane.hold_ms);
	tree_int(t, o, "routineHoldMs", lane.routine_hold_ms);
	for (size_t p = 0; p < LANE_PRIORITY_COUNT; p++) {
		struct json_object *queue = tree_object(t);

		tree_text(t, queue, "priority", lane_priority_name((enum lane_priority)p));
		tree_int(t, queue, "sharePercent", lane_share((enum lane_priority)p));
		tree_int(t, queue, "waiting", lane.queue[p]);
		tree_add(t, queues, queue);
	}
	tree_put(t, o, "queues", queues);
	tree_add(t, l->list, o);
}

void verb_LANES(struct engine *e, struct control_call *call)
{
	struct lanes l = {.tree = {0}};
	struct json_object *o = tree_object(&l.tree);

	l.list = tree_array(&l.tree);
	clients_each_tidb(e->hub.clients, add, &l);
	tree_put(&l.tree, o, "lanes", l.list);
	request_reply(call, tree_done(&l.tree, o));
}
