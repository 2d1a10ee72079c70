/* SPDX-License-Identifier: Apache-2.0 */
/* The TiDB Cloud Dedicated API v1beta1: clusters, pause and resume. */
#include "tidb.h"
#include "alloc.h"
#include "clock.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char base[] = "/v1beta1/";
#define PAGE_SIZE_MAX 100 /* "larger values are set to 100" */

/* "ID", "ID:pauseCluster" or "ID:resumeCluster" */
static bool route_cluster(struct request *r, const char *word)
{
	static const char *const verbs[][2] = {
		{"pauseCluster", "PauseCluster"}, {"resumeCluster", "ResumeCluster"}};
	size_t len = strcspn(word, ":");
	bool post = strcmp(r->method, "POST") == 0;
	if (len == 0 || len >= sizeof r->cluster)
		return false;
	memcpy(r->cluster, word, len);
	r->cluster[len] = '\0';
	(void)text_set(r->subject, sizeof r->subject, r->cluster);
	if (!word[len]) {
		(void)text_set(r->op, sizeof r->op, "GetCluster");
		return !post;
	}
	for (size_t i = 0; i < 2; i++) {
		if (strcmp(word + len + 1, verbs[i][0]) != 0)
			continue;
		(void)text_set(r->op, sizeof r->op, verbs[i][1]);
		return post;
	}
	return false;
}

/* "changefeeds?clusterId=ID", "clusters/ID/imports": what blocks a pause. */
static bool route_jobs(struct request *r, const char *op)
{
	(void)text_set(r->op, sizeof r->op, op);
	(void)text_set(r->subject, sizeof r->subject, r->cluster);
	return strcmp(r->method, "GET") == 0;
}

static bool route_changefeeds(struct request *r)
{
	char *cluster = request_query(r, "clusterId", 0);
	bool known = cluster && text_set(r->cluster, sizeof r->cluster, cluster);
	free(cluster);
	return route_jobs(r, "ListChangefeeds") && known;
}

bool dedicated_route(struct request *r)
{
	char word[64];
	r->service = SERVICE_DEDICATED;
	if (strncmp(r->path, base, sizeof base - 1) != 0)
		return false;
	const char *at = r->path + sizeof base - 1;
	if (!tidb_path_word(&at, word, sizeof word))
		return false;
	if (strcmp(word, "changefeeds") == 0)
		return !*at && route_changefeeds(r);
	if (strcmp(word, "clusters") != 0)
		return false;
	if (!*at) {
		char *project = request_query(r, "projectId", 0);
		bool post = strcmp(r->method, "POST") == 0;
		(void)text_set(r->op, sizeof r->op, post ? "CreateCluster" : "ListClusters");
		if (project && text_set(r->project, sizeof r->project, project))
			(void)text_set(r->subject, sizeof r->subject, project);
		free(project);
		return post || strcmp(r->method, "GET") == 0;
	}
	if (!tidb_path_word(&at, word, sizeof word))
		return false;
	if (strcmp(at, "imports") == 0)
		return text_set(r->cluster, sizeof r->cluster, word) && route_jobs(r, "ListImports");
	return !*at && route_cluster(r, word);
}

static void add_text(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

static void add_time(struct json_object *o, const char *name, int64_t wall_ms)
{
	char text[CLOCK_TEXT_BYTES];
	clock_rfc3339(wall_ms, text);
	add_text(o, name, text);
}

static void add_number(struct json_object *o, const char *name, int value)
{
	json_object_object_add(o, name, json_object_new_int(value));
}

static void add_nodes(struct json_object *o, const struct cluster *c)
{
	struct json_object *tidb = json_object_new_object(), *groups = json_object_new_array();
	struct json_object *group = json_object_new_object(), *tikv = json_object_new_object();
	add_text(tidb, "nodeSpecKey", "8C16G");
	add_text(group, "displayName", "DefaultGroup");
	add_text(group, "clusterId", c->id);
	add_number(group, "nodeCount", 2);
	add_text(group, "state", strcmp(c->state, "PAUSED") == 0 ? "PAUSED" : "ACTIVE");
	json_object_array_add(groups, group);
	json_object_object_add(tidb, "tidbNodeGroups", groups);
	add_number(tikv, "nodeCount", 3);
	add_text(tikv, "nodeSpecKey", "8C32G");
	add_number(tikv, "storageSizeGi", 500);
	add_text(tikv, "storageType", "Standard");
	json_object_object_add(o, "tidbNodeSetting", tidb);
	json_object_object_add(o, "tikvNodeSetting", tikv);
}

static void add_pause_plan(struct json_object *o, const struct world *w, const struct cluster *c)
{
	if (!w->config.pause_plan || !text_among(c->state, "PAUSING|PAUSED"))
		return;
	struct json_object *plan = json_object_new_object();
	add_text(plan, "pauseType", w->config.pause_type);
	if (c->resume_wall_ms)
		add_time(plan, "scheduledResumeTime", c->resume_wall_ms);
	json_object_object_add(o, "pausePlan", plan);
}

static void region_id(const struct cluster *c, char ret_id[64])
{
	(void)snprintf(ret_id, 64, "%s-%s", c->provider, c->region);
}

static struct json_object *cluster_json(const struct world *w, const struct cluster *c)
{
	struct json_object *o = json_object_new_object(), *labels = json_object_new_object();
	char name[WORLD_ID_BYTES + 16], region[64];
	(void)snprintf(name, sizeof name, "clusters/%s", c->id);
	region_id(c, region);
	add_text(o, "name", name);
	add_text(o, "clusterId", c->id);
	add_text(o, "displayName", c->name);
	add_text(o, "regionId", region);
	add_text(labels, "tidb.cloud/project", c->project);
	json_object_object_add(o, "labels", labels);
	add_nodes(o, c);
	add_number(o, "port", 4000);
	add_text(o, "state", c->state);
	add_text(o, "version", "8.5.2");
	add_text(o, "createdBy", "ops@example.com");
	add_time(o, "createTime", c->created_wall_ms);
	add_time(o, "updateTime",
		c->history_count ? c->history[c->history_count - 1].wall_ms : c->created_wall_ms);
	add_pause_plan(o, w, c);
	add_text(o, "regionDisplayName", c->region);
	add_text(o, "cloudProvider", c->provider);
	return o;
}

/* True if the repeated parameter is absent, or one of its values is `value`. */
static bool filter_lets(const struct request *r, const char *name, const char *value)
{
	for (size_t i = 0;; i++) {
		char *wanted = request_query(r, name, i);
		if (!wanted)
			return i == 0;
		bool hit = strcmp(wanted, value) == 0;
		free(wanted);
		if (hit)
			return true;
	}
}

/* All of the query but pageToken: it must stay the same from page to page. FNV-1a. */
static uint32_t query_mark(const char *query)
{
	uint32_t mark = 2166136261u;
	for (const char *at = query; *at;) {
		size_t len = strcspn(at, "&");
		if (strncmp(at, "pageToken=", 10) != 0)
			for (size_t i = 0; i < len; i++)
				mark = (mark ^ (unsigned char)at[i]) * 16777619u;
		at += len;
		at += *at == '&';
	}
	return mark;
}

struct window {
	int64_t size, from;
};

static bool window_of(const struct request *r, struct reply *p, struct window *ret_window)
{
	int64_t size = 0, skip = 0;
	if (!tidb_number(r, "pageSize", 1, 10, p, &size) || !tidb_number(r, "skip", 0, 0, p, &skip))
		return false;
	*ret_window = (struct window){.size = size > PAGE_SIZE_MAX ? PAGE_SIZE_MAX : size, .from = skip};
	char *token = request_query(r, "pageToken", 0);
	bool good = true;
	if (token && *token) {
		char *end = NULL, mark[16];
		(void)snprintf(mark, sizeof mark, "%08x", query_mark(r->query));
		good = strncmp(token, mark, 8) == 0 && token[8] == '-';
		ret_window->from = good ? strtoll(token + 9, &end, 10) : 0;
		good = good && end && !*end && ret_window->from >= 0;
	}
	free(token);
	if (!good)
		tidb_error(p, r, 400, 0,
			"pageToken is not valid, or other parameters changed between the pages");
	return good;
}

/* Without projectId the default project's clusters are listed, not the organisation's: documented, and a
 * trap. */
static const struct project *asked_project(struct world *w, const struct request *r)
{
	if (*r->project)
		return world_project(w, r->project);
	for (size_t i = 0; i < w->project_count; i++)
		if (w->projects[i]->is_default)
			return w->projects[i];
	return w->project_count ? w->projects[0] : NULL;
}

static bool is_asked(const struct request *r, const struct cluster *c)
{
	char region[64];
	region_id(c, region);
	return !c->hidden && filter_lets(r, "clusterIds", c->id) && filter_lets(r, "regionIds", region) &&
	       filter_lets(r, "clusterStates", c->state);
}

static void list_clusters(struct world *w, const struct request *r, struct reply *p)
{
	struct window window;
	const struct project *project = asked_project(w, r);
	int64_t n = 0;
	if (!project) {
		tidb_error(p, r, 404, 0, "project not found");
		return;
	}
	if (!window_of(r, p, &window))
		return;
	struct json_object *out = json_object_new_object(), *list = json_object_new_array();
	for (const struct cluster *c = tidb_sees(w, r) ? project->first : NULL; c; c = c->next_of_project) {
		if (!is_asked(r, c))
			continue;
		if (n >= window.from && n - window.from < window.size)
			json_object_array_add(list, cluster_json(w, c));
		n++;
	}
	json_object_object_add(out, "clusters", list);
	json_object_object_add(out, "totalSize", json_object_new_int64(n));
	if (n - window.from > window.size) {
		char token[48];
		(void)snprintf(token, sizeof token, "%08x-%lld", query_mark(r->query),
			(long long)(window.from + window.size));
		add_text(out, "nextPageToken", token);
	}
	reply_json(p, 200, TIDB_TYPE, out);
}

/* ^[A-Za-z0-9][-A-Za-z0-9]{2,62}[A-Za-z0-9]$ */
static bool is_name(const char *name)
{
	size_t len = name ? strlen(name) : 0;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && (name[i] != '-' || i == 0 || i == len - 1))
			return false;
	return len >= 4 && len <= 64;
}

static bool is_object(struct json_object *in, const char *name)
{
	return json_object_is_type(field_get(in, name), json_type_object);
}

/* Without the label it is the default project. NULL: none. */
static const struct project *labelled_project(struct world *w, struct json_object *in)
{
	const char *id = field_text(field_get(in, "labels"), "tidb.cloud/project");
	static const struct request nobody;
	return id ? world_project(w, id) : asked_project(w, &nobody);
}

/* What is wrong with the request; NULL: nothing. The wording is the stand-in's. */
static const char *judge_new(const struct project *project, struct json_object *in, const char *region)
{
	const char *name = field_text(in, "displayName"), *password = field_text(in, "rootPassword");
	bool has_key = false, aws = strncmp(region, "aws-", 4) == 0;
	if (!is_name(name))
		return "displayName does not match ^[A-Za-z0-9][-A-Za-z0-9]{2,62}[A-Za-z0-9]$";
	if (!is_object(in, "tidbNodeSetting") || !is_object(in, "tikvNodeSetting") ||
		!json_object_is_type(field_get(in, "port"), json_type_int))
		return "tidbNodeSetting, tikvNodeSetting and port are required";
	if (password && (strlen(password) < 8 || strlen(password) > 64))
		return "rootPassword must be between 8 and 64 characters long";
	for (const struct cluster *c = project->first; c; c = c->next_of_project)
		if (strcmp(c->name, name) == 0)
			return "a cluster of this name exists in the project";
	for (size_t i = 0; i < project->cmek_count; i++)
		has_key = has_key || (aws && strcmp(project->cmek[i].region, region + 4) == 0);
	return project->cmek_enabled && !has_key ? "the project has no CMEK for this region" : NULL;
}

static void create_cluster(struct world *w, struct request *r, struct reply *p)
{
	__attribute__((cleanup(field_put))) struct json_object *in =
		field_parse(r->body ? r->body : "", r->len);
	const char *region = field_text(in, "regionId"), *dash = region ? strchr(region, '-') : NULL;
	const struct project *project = labelled_project(w, in);
	const char *why = !project || !dash ? "regionId or the project label is not valid"
					    : judge_new(project, in, region);
	if (why) {
		tidb_error(p, r, 400, 0, why);
		return;
	}
	struct cluster *c = cluster_new(w);
	(void)text_set(c->name, sizeof c->name, field_text(in, "displayName"));
	(void)text_set(c->project, sizeof c->project, project->id);
	(void)text_set(c->region, sizeof c->region, dash + 1);
	(void)snprintf(c->provider, sizeof c->provider, "%.*s", (int)(dash - region), region);
	c->has_password = field_text(in, "rootPassword") != NULL;
	world_add_cluster(w, c);
	cluster_make(w, c, "api");
	(void)text_set(r->subject, sizeof r->subject, c->id);
	r->effect = true;
	reply_json(p, 200, TIDB_TYPE, cluster_json(w, c));
}

/* One that has ended, and one that blocks a pause if the cluster has such a blocker. */
static void list_jobs(const struct request *r, const struct cluster *c, struct reply *p)
{
	static const struct {
		const char *op, *list, *kind, *id, *name, *ended, *runs;
	} rows[] = {
		{"ListImports", "imports", "import", "importId", "message", "COMPLETED", "IMPORTING"},
		{"ListChangefeeds", "changefeeds", "changefeed", "id", "name", "DELETED", "RUNNING"},
	};
	size_t at = strcmp(r->op, rows[0].op) != 0;
	struct window window;
	if (!window_of(r, p, &window))
		return;
	struct json_object *out = json_object_new_object(), *list = json_object_new_array();
	int64_t n = 1 + cluster_has_blocker(c, rows[at].kind);
	for (int64_t i = window.from; i < n && i - window.from < window.size; i++) {
		struct json_object *one = json_object_new_object();
		char id[16], name[96];
		(void)snprintf(id, sizeof id, "%d", (int)i + 1);
		(void)snprintf(name, sizeof name, "%s-%s", c->name, i == 0 ? "old" : "now");
		add_text(one, rows[at].id, id);
		add_text(one, "clusterId", c->id);
		add_text(one, rows[at].name, name);
		add_text(one, "state", i == 0 ? rows[at].ended : rows[at].runs);
		add_time(one, "createTime", c->created_wall_ms);
		json_object_array_add(list, one);
	}
	json_object_object_add(out, rows[at].list, list);
	json_object_object_add(out, "totalSize", json_object_new_int64(n));
	if (n - window.from > window.size) {
		char token[48];
		(void)snprintf(token, sizeof token, "%08x-%lld", query_mark(r->query),
			(long long)(window.from + window.size));
		add_text(out, "nextPageToken", token);
	}
	reply_json(p, 200, TIDB_TYPE, out);
}

void dedicated_act(struct world *w, struct request *r, struct reply *p)
{
	struct cluster *c = *r->cluster && tidb_sees(w, r) ? world_cluster(w, r->cluster) : NULL;
	bool pause = strcmp(r->op, "PauseCluster") == 0;
	if (strcmp(r->op, "ListClusters") == 0) {
		list_clusters(w, r, p);
		return;
	}
	if (strcmp(r->op, "CreateCluster") == 0) {
		if (tidb_may_act(w, r, p))
			create_cluster(w, r, p);
		return;
	}
	if (!c) {
		char *text = alloc_printf("cluster %s not found", r->cluster);
		tidb_error(p, r, 404, 0, text);
		free(text);
		return;
	}
	if (strcmp(r->op, "GetCluster") == 0) {
		reply_json(p, 200, TIDB_TYPE, cluster_json(w, c));
		return;
	}
	if (strncmp(r->op, "List", 4) == 0) {
		list_jobs(r, c, p);
		return;
	}
	if (!tidb_may_act(w, r, p) || !tidb_pause(w, r, c, pause, p))
		return;
	struct json_object *out = json_object_new_object();
	json_object_object_add(out, "cluster", cluster_json(w, c));
	reply_json(p, 200, TIDB_TYPE, out);
}
