/* SPDX-License-Identifier: Apache-2.0 */
/* What scripts see of the world. */
#include "admin.h"
#include "clock.h"
#include "cluster.h"
#include "cmk.h"
#include "queue.h"
#include "vendor.h"
#include <string.h>

static void add_text(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

static void add_number(struct json_object *o, const char *name, int64_t value)
{
	json_object_object_add(o, name, json_object_new_int64(value));
}

static void add_bool(struct json_object *o, const char *name, bool value)
{
	json_object_object_add(o, name, json_object_new_boolean(value));
}

static void add_time(struct json_object *o, const char *name, int64_t wall_ms)
{
	char text[CLOCK_TEXT_BYTES];
	clock_rfc3339(wall_ms, text);
	json_object_object_add(o, name, wall_ms ? json_object_new_string(text) : NULL);
}

static struct json_object *grants_json(const struct cmk *k)
{
	struct json_object *list = json_object_new_array();
	for (size_t i = 0; i < k->grant_count; i++) {
		const struct cmk_grant *g = &k->grants[i];
		if (g->revoked)
			continue;
		struct json_object *one = json_object_new_object();
		add_text(one, "id", g->id);
		add_text(one, "cluster", g->cluster);
		add_text(one, "instance", g->instance);
		add_text(one, "volume", g->volume);
		json_object_array_add(list, one);
	}
	return list;
}

static struct json_object *key_json(const struct world *w, const struct cmk *k)
{
	struct json_object *o = json_object_new_object();
	const char *reason = NULL;
	bool can = vendor_can_use(w, k, &reason);
	add_text(o, "arn", k->arn);
	add_text(o, "id", k->id);
	add_text(o, "region", k->region);
	add_text(o, "account", k->account);
	field_show(cmk_fields, cmk_field_count, k, o);
	field_show(cmk_face_fields, cmk_face_field_count, &k->truth, o);
	add_bool(o, "gone", k->truth.gone);
	add_time(o, "deletion_date", k->truth.deletion_ms);
	add_text(o, "material", k->truth.material);
	add_text(o, "policy", k->truth.policy);
	add_text(o, "shown_state", k->shown.state);
	add_text(o, "shown_policy", k->shown.policy);
	add_bool(o, "propagating", k->writes != NULL);
	add_bool(o, "vendor_can_use", can);
	add_text(o, "vendor_reason", reason);
	add_bool(o, "deny_self", k->deny_self);
	add_text(o, "deny_ops", k->deny_ops);
	add_number(o, "puts", k->puts);
	add_number(o, "rotations", (int64_t)k->rotation_count);
	json_object_object_add(o, "grants", grants_json(k));
	return o;
}

static struct json_object *project_json(const struct project *p)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	add_text(o, "id", p->id);
	field_show(project_fields, project_field_count, p, o);
	for (size_t i = 0; i < p->cmek_count; i++) {
		struct json_object *one = json_object_new_object();
		add_text(one, "region", p->cmek[i].region);
		add_text(one, "kms_arn", p->cmek[i].kms_arn);
		json_object_array_add(list, one);
	}
	json_object_object_add(o, "cmek", list);
	return o;
}

static struct json_object *queue_json(const struct world *w, const struct queue *q)
{
	struct json_object *o = json_object_new_object();
	size_t visible = queue_visible(q, w->now_ms);
	add_text(o, "arn", q->arn);
	add_text(o, "name", q->name);
	add_text(o, "region", q->region);
	add_text(o, "account", q->account);
	add_number(o, "visible", (int64_t)visible);
	add_number(o, "in_flight", (int64_t)(q->count - visible));
	add_number(o, "received", (int64_t)q->received);
	add_number(o, "deleted", (int64_t)q->deleted);
	return o;
}

static struct json_object *history_json(const struct cluster *c)
{
	struct json_object *list = json_object_new_array();
	for (size_t i = 0; i < c->history_count; i++) {
		struct json_object *one = json_object_new_object();
		char text[CLOCK_TEXT_BYTES];
		clock_rfc3339_ms(c->history[i].wall_ms, text);
		add_text(one, "time", text);
		add_text(one, "state", c->history[i].state);
		add_text(one, "by", c->history[i].by);
		json_object_array_add(list, one);
	}
	return list;
}

static struct json_object *cluster_json(const struct world *w, const struct cluster *c)
{
	struct json_object *o = json_object_new_object(), *blockers = json_object_new_object();
	const char *v1beta = cluster_v1beta_state(c->state);
	const struct cmk *k = world_key_of(w, c);
	add_text(o, "id", c->id);
	add_text(o, "project", c->project);
	field_show(cluster_fields, cluster_field_count, c, o);
	add_text(o, "state", c->state);
	json_object_object_add(o, "v1beta_state", v1beta ? json_object_new_string(v1beta) : NULL);
	json_object_object_add(
		o, "due_ms", c->due_ms == WORLD_NEVER ? NULL : json_object_new_int64(c->due_ms - w->now_ms));
	add_text(o, "then", c->then);
	add_bool(o, "lost", c->lost);
	add_time(o, "paused_at", c->paused_wall_ms);
	add_time(o, "scheduled_resume", c->resume_wall_ms);
	add_number(o, "starts", c->starts);
	add_bool(o, "has_password", c->has_password);
	add_number(o, "pauses", c->pauses);
	add_number(o, "resumes", c->resumes);
	add_number(o, "grants", k ? (int64_t)cmk_alive(k, c->id) : 0);
	for (size_t i = 0; i < c->blocker_count; i++)
		add_text(blockers, c->blockers[i].kind, c->blockers[i].text);
	json_object_object_add(o, "blockers", blockers);
	json_object_object_add(o, "history", history_json(c));
	return o;
}

struct json_object *admin_state_config(const struct cloud *cloud)
{
	struct json_object *o = json_object_new_object();
	field_show(config_fields, config_field_count, &cloud->world.config, o);
	return o;
}

static struct json_object *api_key_json(const struct world *w, const struct api_key *k)
{
	struct json_object *o = json_object_new_object();
	field_show(api_key_fields, api_key_field_count, k, o);
	int64_t window_ms = w->config.rate_window_ms > 0 ? w->config.rate_window_ms : 1;
	add_number(o, "used", k->window == w->now_ms / window_ms ? k->used : 0);
	return o;
}

struct json_object *admin_state(const struct cloud *cloud)
{
	const struct world *w = &cloud->world;
	struct json_object *o = json_object_new_object(), *keys = json_object_new_array();
	struct json_object *projects = json_object_new_array(), *clusters = json_object_new_array();
	struct json_object *access_keys = json_object_new_array(), *api_keys = json_object_new_array();
	struct json_object *queues = json_object_new_array();
	for (size_t i = 0; i < w->key_count; i++)
		json_object_array_add(keys, key_json(w, w->keys[i]));
	for (size_t i = 0; i < w->queue_count; i++)
		json_object_array_add(queues, queue_json(w, w->queues[i]));
	for (size_t i = 0; i < w->project_count; i++)
		json_object_array_add(projects, project_json(w->projects[i]));
	for (size_t i = 0; i < w->cluster_count; i++)
		json_object_array_add(clusters, cluster_json(w, w->clusters[i]));
	for (size_t i = 0; i < w->access_key_count; i++) {
		struct json_object *one = json_object_new_object();
		field_show(access_key_fields, access_key_field_count, &w->access_keys[i], one);
		json_object_array_add(access_keys, one);
	}
	for (size_t i = 0; i < w->api_key_count; i++)
		json_object_array_add(api_keys, api_key_json(w, &w->api_keys[i]));
	add_time(o, "now", world_wall_ms(w));
	add_text(o, "vendor_account", w->vendor_account);
	json_object_object_add(o, "config", admin_state_config(cloud));
	json_object_object_add(o, "keys", keys);
	json_object_object_add(o, "queues", queues);
	json_object_object_add(o, "projects", projects);
	json_object_object_add(o, "clusters", clusters);
	json_object_object_add(o, "access_keys", access_keys);
	json_object_object_add(o, "api_keys", api_keys);
	json_object_object_add(o, "faults", faults_show(&cloud->faults));
	add_number(o, "log_size", (int64_t)cloud->log.count);
	return o;
}
