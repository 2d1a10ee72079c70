/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"
#include "alloc.h"
#include "clock.h"
#include "cluster.h"
#include "cmk.h"
#include "queue.h"
#include "vendor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes one member of an object that no table knows. 0 taken, 1 refused with a reason, 2 not mine. */
typedef int extra_fn(struct world *w, void *object, const char *name, struct json_object *value,
	char why[FIELD_WHY_BYTES]);

struct shape {
	const struct field *table;
	size_t count;
	void *object;
	extra_fn *extra; /* may be NULL */
};

static int refuse(char why[FIELD_WHY_BYTES], const char *where, const char *what)
{
	char text[FIELD_WHY_BYTES];
	(void)snprintf(text, sizeof text, "%s", what);
	(void)snprintf(why, FIELD_WHY_BYTES, "%.40s: %.200s", where, text);
	return 1;
}

static int load_object(struct world *w, struct json_object *json, const struct shape *shape,
	const char *where, char why[FIELD_WHY_BYTES])
{
	if (!json_object_is_type(json, json_type_object))
		return refuse(why, where, "expected an object");
	json_object_object_foreach(json, name, value)
	{
		if (strcmp(name, "comment") == 0)
			continue;
		int r = shape->extra ? shape->extra(w, shape->object, name, value, why) : 2;
		if (r == 1)
			return refuse(why, where, why);
		if (r == 2 && field_set(shape->table, shape->count, shape->object, name, value, why))
			return refuse(why, where, why);
	}
	return 0;
}

static int set_id(
	struct world *w, char field[WORLD_ID_BYTES], struct json_object *value, char why[FIELD_WHY_BYTES])
{
	const char *text = json_object_get_string(value);
	if (!text || !*text || strspn(text, "0123456789") != strlen(text) ||
		!text_set(field, WORLD_ID_BYTES, text)) {
		(void)snprintf(why, FIELD_WHY_BYTES, "member 'id': expected decimal digits as a text");
		return 1;
	}
	world_keep_id(w, field);
	return 0;
}

struct cluster_plan {
	struct cluster *cluster;
	int64_t state_ms, paused_ago_ms;
};

static int cluster_extra(
	struct world *w, void *object, const char *name, struct json_object *value, char why[FIELD_WHY_BYTES])
{
	static const struct field plan_fields[] = {
		{FIELD(cluster_plan, state_ms, FIELD_I64)}, {FIELD(cluster_plan, paused_ago_ms, FIELD_I64)}};
	static const struct field state_fields[] = {
		{FIELD(cluster, state, FIELD_CHARS)}, {FIELD(cluster, then, FIELD_CHARS)}};
	struct cluster_plan *plan = object;
	if (strcmp(name, "id") == 0)
		return set_id(w, plan->cluster->id, value, why);
	if (strcmp(name, "blockers") == 0)
		return cluster_set_blockers(plan->cluster, value, why);
	int r = field_set(plan_fields, 2, plan, name, value, why);
	if (r == FIELD_E_UNKNOWN)
		r = field_set(state_fields, 2, plan->cluster, name, value, why);
	if (r == FIELD_E_UNKNOWN)
		r = field_set(cluster_fields, cluster_field_count, plan->cluster, name, value, why);
	return r ? 1 : 0;
}

static int load_cluster(
	struct world *w, const struct project *p, struct json_object *json, char why[FIELD_WHY_BYTES])
{
	struct cluster_plan plan = {.cluster = cluster_new(w)};
	struct cluster *c = plan.cluster;
	(void)text_set(c->project, sizeof c->project, p->id);
	int r = load_object(
		w, json, &(struct shape){.object = &plan, .extra = cluster_extra}, "cluster", why);
	if (r == 0 && world_cluster(w, c->id))
		r = refuse(why, "cluster", "two have the same id");
	if (r == 0 && !*c->region)
		r = refuse(why, "cluster", "'region' is missing");
	if (r) {
		free(c);
		return r;
	}
	world_add_cluster(w, c);
	if (plan.state_ms)
		c->due_ms = w->now_ms + plan.state_ms;
	cluster_begin(w, c, plan.paused_ago_ms);
	return 0;
}

static int project_extra(
	struct world *w, void *object, const char *name, struct json_object *value, char why[FIELD_WHY_BYTES])
{
	struct project *p = object;
	if (strcmp(name, "id") == 0)
		return set_id(w, p->id, value, why);
	if (strcmp(name, "cmek") == 0)
		return world_set_cmek(p, value, why);
	return strcmp(name, "clusters") == 0 ? 0 : 2;
}

static int load_project(struct world *w, struct json_object *json, char why[FIELD_WHY_BYTES])
{
	struct project *p = world_add_project(w);
	struct shape shape = {project_fields, project_field_count, p, project_extra};
	int r = load_object(w, json, &shape, "project", why);
	struct json_object *clusters = field_get(json, "clusters");
	for (size_t i = 0; r == 0 && clusters && i < json_object_array_length(clusters); i++)
		r = load_cluster(w, p, json_object_array_get_idx(clusters, i), why);
	return r;
}

static int key_extra(
	struct world *w, void *object, const char *name, struct json_object *value, char why[FIELD_WHY_BYTES])
{
	struct cmk *k = object;
	(void)w;
	if (strcmp(name, "arn") == 0 || strcmp(name, "vendor_policy") == 0)
		return 0;
	if (strcmp(name, "policy") == 0) {
		cmk_set_policy(
			k, json_object_is_type(value, json_type_string)
				   ? json_object_get_string(value)
				   : json_object_to_json_string_ext(value, JSON_C_TO_STRING_NOSLASHESCAPE));
		return 0;
	}
	int r = field_set(cmk_face_fields, cmk_face_field_count, &k->truth, name, value, why);
	return r == FIELD_E_UNKNOWN ? 2 : r ? 1 : 0;
}

static int load_key(struct world *w, struct json_object *json, char why[FIELD_WHY_BYTES])
{
	const char *arn = field_text(json, "arn");
	struct cmk *k = arn && !world_key(w, arn, NULL) ? cmk_new(arn) : NULL;
	if (!k)
		return refuse(why, "key", "expected an 'arn' of a key that is not there yet");
	world_add_key(w, k);
	if (field_bool(json, "vendor_policy", !field_get(json, "policy")))
		alloc_replace(
			&k->truth.policy, vendor_policy_documented(w->vendor_account, k->region, k->account));
	k->created_s = world_wall_ms(w) / 1000 - 100 * 86400;
	world_random_hex(w, CMK_ID_HEX, k->truth.material);
	int r = load_object(w, json, &(struct shape){cmk_fields, cmk_field_count, k, key_extra}, "key", why);
	if (k->truth.rotation_enabled && !k->truth.next_rotation)
		k->truth.next_rotation = k->created_s + (int64_t)k->truth.rotation_period_days * 86400;
	if (strcmp(k->truth.state, "PendingDeletion") == 0)
		k->truth.deletion_ms = world_wall_ms(w) + 30 * (int64_t)86400000;
	cmk_commit(k, w->now_ms, 0);
	return r;
}

static int queue_extra(
	struct world *w, void *object, const char *name, struct json_object *value, char why[FIELD_WHY_BYTES])
{
	(void)w;
	(void)object;
	(void)value;
	(void)why;
	return strcmp(name, "arn") == 0 ? 0 : 2;
}

static int load_queue(struct world *w, struct json_object *json, char why[FIELD_WHY_BYTES])
{
	const char *arn = field_text(json, "arn");
	struct queue *q = arn && !world_queue(w, arn) ? queue_new(arn) : NULL;
	if (!q)
		return refuse(why, "queue", "expected an 'arn' of a queue that is not there yet");
	world_add_queue(w, q);
	return load_object(w, json, &(struct shape){.object = q, .extra = queue_extra}, "queue", why);
}

static int load_access_key(struct world *w, struct json_object *json, char why[FIELD_WHY_BYTES])
{
	struct access_key *k = world_add_access_key(w);
	return load_object(w, json, &(struct shape){access_key_fields, access_key_field_count, k, NULL},
		"access key", why);
}

static int load_api_key(struct world *w, struct json_object *json, char why[FIELD_WHY_BYTES])
{
	struct api_key *k = world_add_api_key(w);
	return load_object(
		w, json, &(struct shape){api_key_fields, api_key_field_count, k, NULL}, "API key", why);
}

typedef int load_fn(struct world *w, struct json_object *json, char why[FIELD_WHY_BYTES]);

static int load_each(struct world *w, struct json_object *list, load_fn *load, const char *where,
	char why[FIELD_WHY_BYTES])
{
	if (list && !json_object_is_type(list, json_type_array))
		return refuse(why, where, "expected a list");
	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		if (load(w, json_object_array_get_idx(list, i), why))
			return 1;
	return 0;
}

static int load_root(struct world *w, struct json_object *root, char why[FIELD_WHY_BYTES])
{
	struct json_object *config = field_get(root, "config"), *org = field_get(root, "organization");
	if (!json_object_is_type(root, json_type_object))
		return refuse(why, "world", "no JSON object");
	json_object_object_foreach(root, name, value)
	{
		(void)value;
		if (!text_among(name,
			    "comment|vendor_account|config|access_keys|organization|keys|queues|projects"))
			return refuse(why, "world: unknown member", name);
	}
	const char *vendor = field_text(root, "vendor_account"), *id = field_text(org, "id");
	if (vendor &&
		(!text_set(w->vendor_account, sizeof w->vendor_account, vendor) || strlen(vendor) != 12))
		return refuse(why, "vendor_account", "expected 12 digits");
	if (id && !text_set(w->org_id, sizeof w->org_id, id))
		return refuse(why, "organization", "'id' is too long");
	struct shape shape = {config_fields, config_field_count, &w->config, NULL};
	if (config && load_object(w, config, &shape, "config", why))
		return 1;
	if (field_get(config, "seed"))
		w->random = (uint64_t)w->config.seed;
	return load_each(w, field_get(root, "access_keys"), load_access_key, "access_keys", why) ||
	       load_each(w, field_get(org, "api_keys"), load_api_key, "api_keys", why) ||
	       load_each(w, field_get(root, "keys"), load_key, "keys", why) ||
	       load_each(w, field_get(root, "queues"), load_queue, "queues", why) ||
	       load_each(w, field_get(root, "projects"), load_project, "projects", why);
}

int world_load(struct world *w, const char *path, char reterr_why[FIELD_WHY_BYTES])
{
	enum { WORLD_FILE_MAX_BYTES = 64 << 20 };
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	if (!f)
		return refuse(reterr_why, "world file", "cannot be opened");
	ssize_t len = getdelim(&text, &size, '\0', f);
	(void)fclose(f);
	__attribute__((cleanup(field_put))) struct json_object *root =
		len > 0 && len < WORLD_FILE_MAX_BYTES ? field_parse(text, (size_t)len) : NULL;
	free(text);
	return root ? load_root(w, root, reterr_why) : refuse(reterr_why, "world file", "is no JSON");
}

void world_complete(struct world *w)
{
	char hex[65];
	if (!*w->org_id)
		world_new_id(w, w->org_id);
	if (w->access_key_count == 0)
		(void)world_add_access_key(w);
	for (size_t i = 0; i < w->access_key_count; i++) {
		struct access_key *k = &w->access_keys[i];
		world_random_hex(w, 40, hex);
		if (!*k->access_key)
			(void)snprintf(k->access_key, sizeof k->access_key, "AKIACMEKD%.7s%04zu", hex, i);
		if (!*k->secret)
			alloc_replace(&k->secret, alloc_text(hex));
	}
	if (w->api_key_count == 0)
		(void)world_add_api_key(w);
	for (size_t i = 0; i < w->api_key_count; i++) {
		struct api_key *k = &w->api_keys[i];
		world_random_hex(w, 32, hex);
		if (!*k->public)
			(void)snprintf(k->public, sizeof k->public, "Cmekd%04zu", i);
		if (!*k->private)
			alloc_replace(&k->private, alloc_text(hex));
	}
	if (w->project_count == 0) {
		struct project *p = world_add_project(w);
		p->is_default = true;
		(void)text_set(p->name, sizeof p->name, "default_project");
	}
}
