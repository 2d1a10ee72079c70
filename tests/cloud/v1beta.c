/* SPDX-License-Identifier: Apache-2.0 */
/* The TiDB Cloud API v1beta (docs page "api/v1beta"): projects, aws-cmek, clusters, pause and resume by
 * PATCH. */
#include "tidb.h"
#include "alloc.h"
#include "cmk.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char base[] = "/api/v1beta/";
#define PAGE_SIZE_MAX 100 /* not documented; the other API's */

/* true: pause, false: resume; otherwise not a pause at all. */
static bool wants_pause(const struct request *r, bool *ret_pause)
{
	__attribute__((cleanup(field_put))) struct json_object *in =
		field_parse(r->body ? r->body : "", r->len);
	struct json_object *config = field_get(in, "config"), *paused = field_get(config, "paused");
	if (!json_object_is_type(paused, json_type_boolean) || field_get(config, "components"))
		return false;
	*ret_pause = json_object_get_boolean(paused);
	return true;
}

static void route_cluster(struct request *r)
{
	bool pause = false;
	if (strcmp(r->method, "PATCH") != 0)
		(void)text_set(r->op, sizeof r->op, "GetCluster");
	else if (wants_pause(r, &pause))
		(void)text_set(r->op, sizeof r->op, pause ? "PauseCluster" : "ResumeCluster");
	else
		(void)text_set(r->op, sizeof r->op, "UpdateCluster");
	(void)text_set(r->subject, sizeof r->subject, r->cluster);
}

bool v1beta_route(struct request *r)
{
	char word[32];
	bool post = strcmp(r->method, "POST") == 0;
	r->service = SERVICE_V1BETA;
	if (strncmp(r->path, base, sizeof base - 1) != 0)
		return false;
	const char *at = r->path + sizeof base - 1;
	if (!tidb_path_word(&at, word, sizeof word) || strcmp(word, "projects") != 0)
		return false;
	if (!*at) {
		(void)text_set(r->op, sizeof r->op, post ? "CreateProject" : "ListProjects");
		return true;
	}
	if (!tidb_path_word(&at, r->project, sizeof r->project) || !tidb_path_word(&at, word, sizeof word))
		return false;
	(void)text_set(r->subject, sizeof r->subject, r->project);
	if (strcmp(word, "aws-cmek") == 0 && !*at) {
		(void)text_set(r->op, sizeof r->op, post ? "CreateCmek" : "ListCmek");
		return true;
	}
	if (strcmp(word, "clusters") != 0)
		return false;
	if (!*at) {
		(void)text_set(r->op, sizeof r->op, post ? "CreateCluster" : "ListClusters");
		return true;
	}
	if (!tidb_path_word(&at, r->cluster, sizeof r->cluster))
		return false;
	route_cluster(r);
	if (strcmp(at, "backups") == 0)
		return text_set(r->op, sizeof r->op, "ListBackups") && strcmp(r->method, "GET") == 0;
	return !*at;
}

static void add_text(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

static void add_number_text(struct json_object *o, const char *name, int64_t value)
{
	char text[32];
	(void)snprintf(text, sizeof text, "%" PRId64, value);
	add_text(o, name, text);
}

static struct json_object *project_json(const struct world *w, const struct project *p)
{
	struct json_object *o = json_object_new_object();
	add_text(o, "id", p->id);
	add_text(o, "org_id", w->org_id);
	add_text(o, "name", p->name);
	json_object_object_add(o, "cluster_count", json_object_new_int((int)p->cluster_count));
	json_object_object_add(o, "user_count", json_object_new_int(1));
	add_number_text(o, "create_timestamp", p->created_s);
	json_object_object_add(o, "aws_cmek_enabled", json_object_new_boolean(p->cmek_enabled));
	if (*p->type)
		add_text(o, "type", p->type);
	return o;
}

static struct json_object *nodes_json(const char *kind, int count)
{
	struct json_object *list = json_object_new_array();
	for (int i = 0; i < count; i++) {
		struct json_object *node = json_object_new_object();
		char name[32];
		(void)snprintf(name, sizeof name, "%s-%d", kind, i);
		add_text(node, "node_name", name);
		add_text(node, "node_size", "8C16G");
		json_object_object_add(node, "vcpu_num", json_object_new_int(8));
		add_text(node, "ram_bytes", "17179869184");
		add_text(node, "status", "NODE_STATUS_AVAILABLE");
		json_object_array_add(list, node);
	}
	return list;
}

static struct json_object *status_json(const char *state)
{
	struct json_object *status = json_object_new_object();
	add_text(status, "tidb_version", "v8.5.2");
	add_text(status, "cluster_status", state);
	if (text_among(state, "AVAILABLE|MODIFYING")) {
		struct json_object *map = json_object_new_object();
		json_object_object_add(map, "tidb", nodes_json("tidb", 2));
		json_object_object_add(map, "tikv", nodes_json("tikv", 3));
		json_object_object_add(map, "tiflash", json_object_new_array());
		json_object_object_add(status, "node_map", map);
	}
	struct json_object *strings = json_object_new_object(), *standard = json_object_new_object();
	add_text(strings, "default_user", "root");
	add_text(standard, "host", "tidb.example.invalid");
	json_object_object_add(standard, "port", json_object_new_int(4000));
	json_object_object_add(strings, "standard", standard);
	json_object_object_add(status, "connection_strings", strings);
	return status;
}

static struct json_object *cluster_json(const struct cluster *c)
{
	struct json_object *o = json_object_new_object(), *config = json_object_new_object();
	struct json_object *components = json_object_new_object(), *tidb = json_object_new_object();
	add_text(o, "id", c->id);
	add_text(o, "project_id", c->project);
	add_text(o, "name", c->name);
	add_text(o, "cluster_type", "DEDICATED");
	add_text(o, "cloud_provider",
		strcmp(c->provider, "aws") == 0   ? "AWS"
		: strcmp(c->provider, "gcp") == 0 ? "GCP"
						  : c->provider);
	add_text(o, "region", c->region);
	add_number_text(o, "create_timestamp", c->created_wall_ms / 1000);
	add_text(tidb, "node_size", "8C16G");
	json_object_object_add(tidb, "node_quantity", json_object_new_int(2));
	json_object_object_add(components, "tidb", tidb);
	json_object_object_add(config, "port", json_object_new_int(4000));
	json_object_object_add(config, "components", components);
	json_object_object_add(o, "config", config);
	json_object_object_add(o, "status", status_json(cluster_v1beta_state(c->state)));
	return o;
}

struct page {
	int64_t first, end; /* indices [first, end) */
};

static bool page_of(const struct request *r, struct reply *p, struct page *ret_page)
{
	int64_t page = 0, size = 0;
	if (!tidb_number(r, "page", 1, 1, p, &page) || !tidb_number(r, "page_size", 1, 10, p, &size))
		return false;
	size = size > PAGE_SIZE_MAX ? PAGE_SIZE_MAX : size;
	page = page > INT32_MAX ? INT32_MAX : page;
	*ret_page = (struct page){.first = (page - 1) * size, .end = page * size};
	return true;
}

static void answer_list(struct reply *p, struct json_object *items, int64_t total)
{
	struct json_object *out = json_object_new_object();
	json_object_object_add(out, "items", items);
	json_object_object_add(out, "total", json_object_new_int64(total));
	reply_json(p, 200, TIDB_TYPE, out);
}

static void list_projects(struct world *w, const struct request *r, struct reply *p)
{
	struct page page;
	if (!page_of(r, p, &page))
		return;
	struct json_object *items = json_object_new_array();
	int64_t n = 0;
	for (size_t i = 0; i < w->project_count; i++) {
		if (w->projects[i]->hidden || !tidb_sees(w, r))
			continue;
		if (n >= page.first && n < page.end)
			json_object_array_add(items, project_json(w, w->projects[i]));
		n++;
	}
	answer_list(p, items, n);
}

static void list_clusters(struct world *w, const struct request *r, struct reply *p)
{
	struct page page;
	if (!page_of(r, p, &page))
		return;
	struct json_object *items = json_object_new_array();
	int64_t n = 0;
	const struct project *project = world_project(w, r->project);
	for (const struct cluster *c = project ? project->first : NULL; c; c = c->next_of_project) {
		if (c->hidden || !cluster_v1beta_state(c->state))
			continue;
		if (n >= page.first && n < page.end)
			json_object_array_add(items, cluster_json(c));
		n++;
	}
	answer_list(p, items, n);
}

static void create_project(struct world *w, struct request *r, struct reply *p)
{
	__attribute__((cleanup(field_put))) struct json_object *in =
		field_parse(r->body ? r->body : "", r->len);
	const char *name = field_text(in, "name"), *type = field_text(in, "type");
	if (!name || !*name || strlen(name) > 64 || (type && !text_among(type, "dedicated|tidbx"))) {
		tidb_error(p, r, 400, 49900001, "name is required and has at most 64 characters");
		return;
	}
	if (field_bool(in, "aws_cmek_enabled", false) && strcmp(w->config.cmek_offer, "on") != 0) {
		bool denied = strcmp(w->config.cmek_offer, "403") == 0;
		tidb_error(p, r, denied ? 403 : 400, denied ? 49900003 : 49900001,
			"AWS Customer-Managed Encryption Keys are only available upon request");
		return;
	}
	struct project *project = world_add_project(w);
	(void)text_set(project->name, sizeof project->name, name);
	(void)text_set(project->type, sizeof project->type, type ? type : "dedicated");
	project->cmek_enabled = field_bool(in, "aws_cmek_enabled", false);
	(void)text_set(r->subject, sizeof r->subject, project->id);
	r->effect = true;
	struct json_object *out = json_object_new_object();
	add_text(out, "id", project->id);
	reply_json(p, 200, TIDB_TYPE, out);
}

static void list_cmek(const struct project *project, struct reply *p)
{
	struct json_object *out = json_object_new_object(), *items = json_object_new_array();
	for (size_t i = 0; i < project->cmek_count; i++) {
		struct json_object *one = json_object_new_object();
		add_text(one, "region", project->cmek[i].region);
		add_text(one, "kms_arn", project->cmek[i].kms_arn);
		json_object_array_add(items, one);
	}
	json_object_object_add(out, "items", items);
	reply_json(p, 200, TIDB_TYPE, out);
}

static const char *add_specs(struct project *project, struct json_object *specs)
{
	struct project grown = *project;
	if (!json_object_is_type(specs, json_type_array) || json_object_array_length(specs) == 0)
		return "specs is required";
	for (size_t i = 0; i < json_object_array_length(specs); i++) {
		struct json_object *one = json_object_array_get_idx(specs, i);
		const char *region = field_text(one, "region"), *arn = field_text(one, "kms_arn");
		struct cmek *slot = &grown.cmek[grown.cmek_count];
		if (!region || !arn || !*region || !*arn || grown.cmek_count == PROJECT_CMEK_MAX)
			return "region and kms_arn are required";
		for (size_t j = 0; j < grown.cmek_count; j++)
			if (strcmp(grown.cmek[j].region, region) == 0)
				return "the region has a key already";
		if (!text_set(slot->region, sizeof slot->region, region) ||
			!text_set(slot->kms_arn, sizeof slot->kms_arn, arn))
			return "region or kms_arn is too long";
		grown.cmek_count++;
	}
	*project = grown;
	return NULL;
}

static void create_cmek(struct project *project, struct request *r, struct reply *p)
{
	__attribute__((cleanup(field_put))) struct json_object *in =
		field_parse(r->body ? r->body : "", r->len);
	const char *why = project->cmek_enabled ? add_specs(project, field_get(in, "specs"))
						: "aws cmek is not enabled";
	if (why) {
		tidb_error(p, r, 400, 49900001, why);
		return;
	}
	r->effect = true;
	reply_text(p, 200, TIDB_TYPE, "{}");
}

/* Daily ones that have ended, and one that runs if the cluster has such a blocker: the newest comes last. */
static void list_backups(const struct request *r, const struct cluster *c, struct reply *p)
{
	struct page page;
	if (!page_of(r, p, &page))
		return;
	struct json_object *items = json_object_new_array();
	int64_t ended = 3, n = ended + cluster_has_blocker(c, "backup");
	for (int64_t i = page.first; i < n && i < page.end; i++) {
		struct json_object *one = json_object_new_object();
		char name[96];
		(void)snprintf(name, sizeof name, "%s-%" PRId64, c->name, i + 1);
		add_number_text(one, "id", i + 1);
		add_text(one, "name", name);
		add_text(one, "type", "AUTO");
		add_text(one, "status", i < ended ? "SUCCESS" : "RUNNING");
		json_object_array_add(items, one);
	}
	answer_list(p, items, n);
}

static void act_on_cluster(struct world *w, struct request *r, struct reply *p)
{
	struct cluster *c = world_cluster(w, r->cluster);
	bool pause = strcmp(r->op, "PauseCluster") == 0;
	if (!c || strcmp(c->project, r->project) != 0 || !cluster_v1beta_state(c->state)) {
		char *text = alloc_printf("cluster %s not found", r->cluster);
		tidb_error(p, r, 404, 49900004, text);
		free(text);
		return;
	}
	if (strcmp(r->op, "GetCluster") == 0) {
		reply_json(p, 200, TIDB_TYPE, cluster_json(c));
		return;
	}
	if (strcmp(r->op, "ListBackups") == 0) {
		list_backups(r, c, p);
		return;
	}
	if (!pause && strcmp(r->op, "ResumeCluster") != 0) {
		tidb_error(p, r, 400, 49900001,
			"only config.paused can be changed here, and nothing together with it");
		return;
	}
	if (tidb_may_act(w, r, p) && tidb_pause(w, r, c, pause, p))
		reply_text(p, 200, TIDB_TYPE, "{}");
}

static void act_on_project(struct world *w, struct request *r, struct reply *p)
{
	struct project *project = tidb_sees(w, r) ? world_project(w, r->project) : NULL;
	bool write = strcmp(r->op, "CreateCmek") == 0;
	if (!project) {
		char *text = alloc_printf("project %s not found", r->project);
		tidb_error(p, r, 404, 49900004, text);
		free(text);
		return;
	}
	if (*r->cluster)
		act_on_cluster(w, r, p);
	else if (strcmp(r->op, "ListClusters") == 0)
		list_clusters(w, r, p);
	else if (strcmp(r->op, "ListCmek") == 0)
		list_cmek(project, p);
	else if (!write)
		tidb_error(p, r, 400, 49900001, "this operation is not offered by the stand-in");
	else if (tidb_may_act(w, r, p))
		create_cmek(project, r, p);
}

void v1beta_act(struct world *w, struct request *r, struct reply *p)
{
	if (!text_among(r->method, "GET|POST|PATCH"))
		tidb_error(p, r, 405, 49900001, "method not allowed");
	else if (strcmp(r->op, "ListProjects") == 0)
		list_projects(w, r, p);
	else if (strcmp(r->op, "CreateProject") != 0)
		act_on_project(w, r, p);
	else if (tidb_may_create(w, r, p))
		create_project(w, r, p);
}
