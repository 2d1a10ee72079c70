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
#include "io/kms.h"
#include "io/lane.h"
#include "io/tidb.h"

struct lanes {
	struct tree tree;
	struct json_object *list;
};

static void add_queue(struct tree *t, struct json_object *queues, const char *priority,
	uint32_t share_percent, uint32_t waiting)
{
	struct json_object *queue = tree_object(t);

	tree_text(t, queue, "priority", priority);
	tree_int(t, queue, "sharePercent", share_percent);
	tree_int(t, queue, "waiting", waiting);
	tree_add(t, queues, queue);
}

static void add_kms_lane(const char *key_id, const struct region *region, const char *operations,
	const struct kms_lane_state *lane, void *arg)
{
	struct lanes *l = arg;
	struct tree *t = &l->tree;
	struct json_object *o = tree_object(t), *queues = tree_array(t);

	tree_text(t, o, "service", "kms");
	if (*key_id)
		tree_text(t, o, "keyId", key_id);
	tree_text(t, o, "region", region->text);
	tree_text(t, o, "operations", operations);
	tree_int(t, o, "perSecond", lane->per_second);
	tree_int(t, o, "allowance", lane->allowance);
	tree_int(t, o, "used", lane->used);
	tree_int(t, o, "holdMs", lane->hold_ms);
	tree_int(t, o, "routineHoldMs", lane->hold_ms);
	for (size_t i = 0; i < KMS_LANE_PRIORITY_COUNT; i++) {
		enum kms_lane_priority p = (enum kms_lane_priority)i;

		add_queue(t, queues, kms_lane_priority_name(p), kms_lane_share(p), lane->waiting[p]);
	}
	tree_put(t, o, "queues", queues);
	tree_add(t, l->list, o);
}

static void add_kms(struct kms *kms, void *arg)
{
	kms_each_lane(kms, add_kms_lane, arg);
}

static void add_tidb(struct tidb *tidb, void *arg)
{
	struct lanes *l = arg;
	struct tree *t = &l->tree;
	struct json_object *o = tree_object(t), *queues = tree_array(t);
	struct credential_state key;
	struct lane_state lane;
	struct tidb_apis apis = tidb_apis(tidb);

	tidb_credentials(tidb, &key);
	tidb_lane(tidb, &lane);
	tree_text(t, o, "service", "tidb_cloud");
	if (*key.id)
		tree_text(t, o, "keyId", key.id);
	tree_text(t, o, "clusterApi", cluster_api_name(apis.chosen));
	tree_text(t, o, "readsBy", cluster_api_name(apis.reads));
	tree_text(t, o, "actsBy", cluster_api_name(apis.acts));
	tree_int(t, o, "perMinute", lane.rate);
	tree_int(t, o, "allowance", lane.allowance);
	tree_int(t, o, "used", lane.used);
	tree_int(t, o, "holdMs", lane.hold_ms);
	tree_int(t, o, "routineHoldMs", lane.routine_hold_ms);
	for (size_t p = 0; p < LANE_PRIORITY_COUNT; p++)
		add_queue(t, queues, lane_priority_name((enum lane_priority)p),
			lane_share((enum lane_priority)p), lane.queue[p]);
	tree_put(t, o, "queues", queues);
	tree_add(t, l->list, o);
}

void verb_LANES(struct engine *e, struct control_call *call)
{
	struct lanes l = {.tree = {0}};
	struct json_object *o = tree_object(&l.tree);

	l.list = tree_array(&l.tree);
	clients_each_tidb(e->hub.clients, add_tidb, &l);
	clients_each_kms(e->hub.clients, add_kms, &l);
	tree_put(&l.tree, o, "lanes", l.list);
	request_reply(call, tree_done(&l.tree, o));
}
