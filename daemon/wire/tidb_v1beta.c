/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tidb_v1beta.h"
#include "base/err.h"
#include "base/own.h"
#include "wire/json_answer.h"
#include "wire/tidb_page.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE "/api/v1beta"

void tidb_v1beta_projects_fini(struct tidb_v1beta_projects *p)
{
	free(p->items);
	free(p->names);
	*p = TIDB_V1BETA_PROJECTS_INIT;
}

/* Where the id is, or where it belongs. Lists mostly come in this order: the end is looked at first. */
static uint32_t place_of(const struct tidb_v1beta_projects *p, const struct project_id *id)
{
	uint32_t low = 0, high = p->count;
	if (p->count > 0 && strcmp(p->items[p->count - 1].id.text, id->text) < 0)
		return p->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (strcmp(p->items[middle].id.text, id->text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct tidb_v1beta_project *tidb_v1beta_find(
	const struct tidb_v1beta_projects *p, const struct project_id *id)
{
	uint32_t i = place_of(p, id);
	return i < p->count && project_id_equal(&p->items[i].id, id) ? &p->items[i] : NULL;
}

bool tidb_v1beta_same_projects(const struct tidb_v1beta_projects *a, const struct tidb_v1beta_projects *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++) {
		const struct tidb_v1beta_project *x = &a->items[i], *y = &b->items[i];

		if (!project_id_equal(&x->id, &y->id) || x->cmek_enabled != y->cmek_enabled ||
			x->type != y->type)
			return false;
	}
	return true;
}

void tidb_v1beta_projects_target(const struct tidb_v1beta_projects *p, char ret_target[TIDB_API_TARGET_BYTES])
{
	(void)snprintf(ret_target, TIDB_API_TARGET_BYTES, BASE "/projects?page=%u&page_size=%d",
		p->pager.pages + 1, TIDB_API_PER_PAGE);
}

void tidb_v1beta_cmek_target(const struct project_id *project, char ret_target[TIDB_API_TARGET_BYTES])
{
	(void)snprintf(ret_target, TIDB_API_TARGET_BYTES, BASE "/projects/%s/aws-cmek", project->text);
}

void tidb_v1beta_clusters_target(const struct project_id *project, const struct tidb_api_clusters *c,
	char ret_target[TIDB_API_TARGET_BYTES])
{
	(void)snprintf(ret_target, TIDB_API_TARGET_BYTES, BASE "/projects/%s/clusters?page=%u&page_size=%d",
		project->text, c->pager.pages + 1, TIDB_API_PER_PAGE);
}

void tidb_v1beta_cluster_target(const struct project_id *project, const struct cluster_id *cluster,
	char ret_target[TIDB_API_TARGET_BYTES])
{
	(void)snprintf(ret_target, TIDB_API_TARGET_BYTES, BASE "/projects/%s/clusters/%s", project->text,
		cluster->text);
}

/* ---- projects ---- */

static int grow(struct tidb_v1beta_projects *p)
{
	uint32_t size = p->size > 0 ? p->size * 2 : 8;
	struct tidb_v1beta_project *items;
	if (p->with_names) {
		char(*names)[CLUSTER_NAME_BYTES] = realloc(p->names, size * sizeof *names);
		if (!names)
			return err_origin(-ENOMEM);
		p->names = names;
	}
	items = realloc(p->items, size * sizeof *items);
	if (!items)
		return err_origin(-ENOMEM);
	p->items = items;
	p->size = size;
	return 0;
}

/* Refuses: 1, `t` says why. Fails: -ENOMEM. */
static int add_project(struct tidb_v1beta_projects *p, const struct tidb_v1beta_project *new,
	const char name[CLUSTER_NAME_BYTES], struct trouble *t)
{
	uint32_t i = place_of(p, &new->id);
	bool known = i < p->count && project_id_equal(&p->items[i].id, &new->id);
	if (!known && p->count >= TIDB_API_LIST_PROJECTS_MAX) {
		trouble_set(t, FAULT_MALFORMED, "the list is too long: more than %u projects",
			TIDB_API_LIST_PROJECTS_MAX);
		return 1;
	}
	if (!known) {
		if (p->count == p->size && grow(p) < 0)
			return -ENOMEM;
		memmove(&p->items[i + 1], &p->items[i], (p->count - i) * sizeof *p->items);
		if (p->names)
			memmove(&p->names[i + 1], &p->names[i], (p->count - i) * sizeof *p->names);
		p->count++;
	}
	p->items[i] = *new;
	if (p->names)
		memcpy(p->names[i], name, sizeof p->names[i]);
	return 0;
}

static int read_project(
	const struct json_tree *tree, uint32_t node, struct tidb_v1beta_projects *p, struct trouble *t)
{
	struct tidb_v1beta_project project;
	char type[32], name[CLUSTER_NAME_BYTES];
	if (!tidb_page_project_id(tree, node, "id", &project.id, t) ||
		!json_answer_show(tree, node, "name", name, sizeof name, t) ||
		!json_answer_truth(
			tree, node, "aws_cmek_enabled", JSON_ANSWER_OPTIONAL, &project.cmek_enabled, t) ||
		!json_answer_show(tree, node, "type", type, sizeof type, t))
		return 1;
	project.type = type[0] == '\0'                  ? TIDB_V1BETA_UNTOLD
		       : strcmp(type, "dedicated") == 0 ? TIDB_V1BETA_DEDICATED
							: TIDB_V1BETA_OTHER;
	return add_project(p, &project, name, t);
}

/* `items` of a list; JSON_NONE is an empty list. Refuses: false, `t` says why. */
static bool find_items(const struct json_tree *tree, uint32_t *ret_items, struct trouble *t)
{
	*ret_items = json_answer_member(tree, JSON_ROOT, "items");
	if (*ret_items == JSON_NONE || json_is(tree, *ret_items, JSON_ARRAY))
		return true;
	trouble_set(t, FAULT_MALFORMED, "the answer's items are wrong; expected an array");
	return false;
}

int tidb_v1beta_read_projects(
	const struct http_answer *a, struct tidb_v1beta_projects *p, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct trouble t = {.fault = FAULT_NONE};
	uint32_t items;
	int r = tidb_page_scan(a, &tree, ret_trouble);
	if (r != 0)
		return r < 0 ? r : 0;
	if (find_items(&tree, &items, &t)) {
		json_for_each (&tree, items, node) {
			r = read_project(&tree, node, p, &t);
			if (r < 0)
				return r;
			if (r > 0)
				break;
		}
		if (t.fault == FAULT_NONE)
			(void)tidb_page_turn(&tree, items, "total", NULL, &p->pager, &t);
	}
	t.status = a->status;
	*ret_trouble = t;
	return 0;
}

/* ---- CMEK settings ---- */

/* Refuses: false, `t` says why. */
static bool read_setting(
	const struct json_tree *tree, uint32_t node, struct tidb_v1beta_cmek *c, struct trouble *t)
{
	char region[sizeof(struct region)];
	struct cmek_setting s;
	char arn[sizeof s.arn.text + 1]; /* what was cut is too long to be taken for an ARN */
	struct region of_arn;
	if (!json_answer_text(tree, node, "region", JSON_ANSWER_REQUIRED, region, sizeof region, t) ||
		!json_answer_show(tree, node, "kms_arn", arn, sizeof arn, t))
		return false;
	if (region_parse(region, strlen(region), &s.region) != 0 || arn[0] == '\0') {
		trouble_set(t, FAULT_MALFORMED, "a CMEK setting is wrong; expected a region and its kms_arn");
		return false;
	}
	if (key_arn_parse(arn, strlen(arn), &s.arn, &of_arn, NULL) != 0 ||
		!region_equal(&of_arn, &s.region)) {
		if (c->ignored++ == 0)
			(void)snprintf(c->note, sizeof c->note,
				"region %s: \"%s\" is no key ARN of that region", s.region.text, arn);
		return true;
	}
	for (uint32_t i = 0; i < c->count; i++) {
		if (region_equal(&c->items[i].region, &s.region)) {
			trouble_set(t, FAULT_MALFORMED, "two CMEK settings of region %s; expected one",
				s.region.text);
			return false;
		}
	}
	if (c->count >= TIDB_V1BETA_CMEK_MAX) {
		trouble_set(t, FAULT_MALFORMED, "too many CMEK settings; expected at most %d",
			TIDB_V1BETA_CMEK_MAX);
		return false;
	}
	c->items[c->count++] = s;
	return true;
}

int tidb_v1beta_read_cmek(
	const struct http_answer *a, struct tidb_v1beta_cmek *ret_cmek, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct tidb_v1beta_cmek cmek = {.count = 0};
	struct trouble t = {.fault = FAULT_NONE};
	uint32_t items;
	int r = tidb_page_scan(a, &tree, ret_trouble);
	if (r != 0)
		return r < 0 ? r : 0;
	if (find_items(&tree, &items, &t)) {
		json_for_each (&tree, items, node) {
			if (!read_setting(&tree, node, &cmek, &t))
				break;
		}
	}
	t.status = a->status;
	*ret_trouble = t;
	if (t.fault == FAULT_NONE)
		*ret_cmek = cmek;
	return 0;
}

/* ---- clusters ---- */

/* A cluster object. Refuses: false, `t` says why. */
static bool parse_cluster(const struct json_tree *tree, uint32_t node, const struct project_id *project,
	struct cluster_seen *ret_seen, enum tidb_page_kin *ret_kin, struct trouble *t)
{
	struct cluster_seen seen = {.resume_at = WALLTIME_UNKNOWN}; /* v1beta does not tell it */
	char type[32], provider[32], region[sizeof seen.region.text] = "";
	uint32_t status = json_answer_member(tree, node, "status");
	if (!tidb_page_cluster_id(tree, node, "id", &seen.id, t) ||
		!tidb_page_project_id(tree, node, "project_id", &seen.project, t) ||
		!json_answer_show(tree, node, "name", seen.name, sizeof seen.name, t) ||
		!json_answer_text(tree, node, "cluster_type", JSON_ANSWER_OPTIONAL, type, sizeof type, t) ||
		!json_answer_text(
			tree, node, "cloud_provider", JSON_ANSWER_REQUIRED, provider, sizeof provider, t) ||
		!json_answer_show(tree, status, "cluster_status", seen.wire_state, sizeof seen.wire_state, t))
		return false;
	*ret_kin = TIDB_PAGE_OURS;
	if (!project_id_equal(&seen.project, project))
		*ret_kin = TIDB_PAGE_STRANGER;
	else if (!tidb_page_is_aws(provider) || (type[0] != '\0' && strcmp(type, "DEDICATED") != 0))
		*ret_kin = TIDB_PAGE_OTHER;
	if (*ret_kin == TIDB_PAGE_OURS &&
		(!json_answer_text(tree, node, "region", JSON_ANSWER_REQUIRED, region, sizeof region, t) ||
			region_parse(region, strlen(region), &seen.region) != 0)) {
		trouble_set(t, FAULT_MALFORMED, "the region of cluster %s is wrong; expected an AWS region",
			seen.id.text);
		return false;
	}
	seen.state = tidb_api_v1beta_state(seen.wire_state);
	*ret_seen = seen;
	return true;
}

int tidb_v1beta_read_clusters(const struct http_answer *a, const struct project_id *project,
	struct tidb_api_clusters *c, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct trouble t = {.fault = FAULT_NONE};
	uint32_t items;
	int r = tidb_page_scan(a, &tree, ret_trouble);
	if (r != 0)
		return r < 0 ? r : 0;
	if (find_items(&tree, &items, &t)) {
		json_for_each (&tree, items, node) {
			struct cluster_seen seen;
			enum tidb_page_kin kin;
			r = parse_cluster(&tree, node, project, &seen, &kin, &t)
				    ? tidb_page_add(c, kin, &seen, &t)
				    : 1;
			if (r < 0)
				return r;
			if (r > 0)
				break;
		}
		if (t.fault == FAULT_NONE)
			(void)tidb_page_turn(&tree, items, "total", NULL, &c->pager, &t);
	}
	t.status = a->status;
	*ret_trouble = t;
	return 0;
}

int tidb_v1beta_read_cluster(const struct http_answer *a, const struct project_id *project,
	const struct cluster_id *cluster, struct cluster_seen *ret_seen, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct trouble t = {.fault = FAULT_NONE};
	struct cluster_seen seen;
	enum tidb_page_kin kin;
	int r = tidb_page_scan(a, &tree, ret_trouble);
	if (r != 0)
		return r < 0 ? r : 0;
	if (parse_cluster(&tree, JSON_ROOT, project, &seen, &kin, &t) &&
		(kin != TIDB_PAGE_OURS || !cluster_id_equal(&seen.id, cluster)))
		trouble_set(&t, FAULT_MALFORMED,
			"the answer is for cluster %s of project %s; expected %s of %s on AWS", seen.id.text,
			seen.project.text, cluster->text, project->text);
	t.status = a->status;
	*ret_trouble = t;
	if (t.fault == FAULT_NONE)
		*ret_seen = seen;
	return 0;
}

int tidb_v1beta_read_act(
	const struct http_answer *a, enum act_result *ret_result, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	int r = tidb_page_scan(a, &tree, ret_trouble);
	if (r < 0)
		return r;
	if (r == 0)
		*ret_trouble = (struct trouble){.fault = FAULT_NONE, .status = a->status};
	*ret_result = trouble_act_result(ret_trouble->fault, true);
	return 0;
}
