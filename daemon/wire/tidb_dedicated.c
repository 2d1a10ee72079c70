/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tidb_dedicated.h"
#include "base/own.h"
#include "wire/json_answer.h"
#include "wire/tidb_page.h"
#include <stdio.h>
#include <string.h>

#define BASE "/v1beta1"

void tidb_dedicated_clusters_target(const struct project_id *project, const struct tidb_api_clusters *c,
	char ret_target[TIDB_API_TARGET_BYTES])
{
	char token[TIDB_PAGE_ENCODED_BYTES];
	tidb_page_encode(c->pager.token, token);
	(void)snprintf(ret_target, TIDB_API_TARGET_BYTES, BASE "/clusters?projectId=%s&pageSize=%d%s%s",
		project->text, TIDB_API_PER_PAGE, token[0] != '\0' ? "&pageToken=" : "", token);
}

void tidb_dedicated_cluster_target(const struct cluster_id *cluster, char ret_target[TIDB_API_TARGET_BYTES])
{
	(void)snprintf(ret_target, TIDB_API_TARGET_BYTES, BASE "/clusters/%s", cluster->text);
}

void tidb_dedicated_act_target(
	enum tidb_api_act act, const struct cluster_id *cluster, char ret_target[TIDB_API_TARGET_BYTES])
{
	(void)snprintf(ret_target, TIDB_API_TARGET_BYTES, BASE "/clusters/%s:%s", cluster->text,
		act == TIDB_API_PAUSE ? "pauseCluster" : "resumeCluster");
}

/* "aws-us-west-2" -> "aws", "us-west-2": cut at the first dash. `cloudProvider`, if told, must agree.
 * Refuses: false, `t` says why. */
static bool parse_region(const struct json_tree *tree, uint32_t node, struct cluster_seen *seen,
	bool *ret_aws, struct trouble *t)
{
	char id[64], provider[32];
	if (!json_answer_text(tree, node, "regionId", JSON_ANSWER_REQUIRED, id, sizeof id, t) ||
		!json_answer_text(
			tree, node, "cloudProvider", JSON_ANSWER_OPTIONAL, provider, sizeof provider, t))
		return false;
	char *dash = strchr(id, '-');
	if (dash) {
		*dash = '\0';
		*ret_aws = tidb_page_is_aws(id);
		if ((provider[0] == '\0' || tidb_page_is_aws(provider) == *ret_aws) &&
			(!*ret_aws || region_parse(dash + 1, strlen(dash + 1), &seen->region) == 0))
			return true;
	}
	trouble_set(t, FAULT_MALFORMED, "the region of cluster %s is wrong; expected PROVIDER-REGION",
		seen->id.text);
	return false;
}

/* A cluster object. Refuses: false, `t` says why. */
static bool parse_cluster(const struct json_tree *tree, uint32_t node, struct cluster_seen *ret_seen,
	bool *ret_aws, struct trouble *t)
{
	struct cluster_seen seen = {.resume_at = WALLTIME_UNKNOWN};
	uint32_t labels = json_answer_member(tree, node, "labels");
	uint32_t plan = json_answer_member(tree, node, "pausePlan");
	if (!tidb_page_cluster_id(tree, node, "clusterId", &seen.id, t) ||
		!tidb_page_project_id(tree, labels, "tidb.cloud/project", &seen.project, t) ||
		!json_answer_show(tree, node, "displayName", seen.name, sizeof seen.name, t) ||
		!json_answer_show(tree, node, "state", seen.wire_state, sizeof seen.wire_state, t) ||
		!parse_region(tree, node, &seen, ret_aws, t))
		return false;
	/* A time that cannot be read is one that was not told: no reason to lose sight of the cluster. */
	struct trouble ignored;
	(void)json_answer_time(tree, plan, "scheduledResumeTime", &seen.resume_at, &ignored);
	seen.state = tidb_api_dedicated_state(seen.wire_state);
	*ret_seen = seen;
	return true;
}

/* Refuses: 1, `t` says why. Fails: -ENOMEM. */
static int read_item(const struct json_tree *tree, uint32_t node, const struct project_id *project,
	struct tidb_api_clusters *c, struct trouble *t)
{
	struct cluster_seen seen;
	bool aws;
	if (!parse_cluster(tree, node, &seen, &aws, t))
		return 1;
	enum tidb_page_kin kin = aws ? TIDB_PAGE_OURS : TIDB_PAGE_OTHER;
	if (!project_id_equal(&seen.project, project))
		kin = TIDB_PAGE_STRANGER;
	return tidb_page_add(c, kin, &seen, t);
}

int tidb_dedicated_read_clusters(const struct http_answer *a, const struct project_id *project,
	struct tidb_api_clusters *c, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct trouble t = {.fault = FAULT_NONE};
	int r = tidb_page_scan(a, &tree, ret_trouble);
	if (r != 0)
		return r < 0 ? r : 0;
	uint32_t items = json_answer_member(&tree, JSON_ROOT, "clusters");
	if (items == JSON_NONE || json_is(&tree, items, JSON_ARRAY)) {
		json_for_each (&tree, items, node) {
			r = read_item(&tree, node, project, c, &t);
			if (r < 0)
				return r;
			if (r > 0)
				break;
		}
		if (t.fault == FAULT_NONE)
			(void)tidb_page_turn(&tree, items, "totalSize", "nextPageToken", &c->pager, &t);
	} else {
		trouble_set(&t, FAULT_MALFORMED, "the answer's clusters are wrong; expected an array");
	}
	t.status = a->status;
	*ret_trouble = t;
	return 0;
}

int tidb_dedicated_read_cluster(const struct http_answer *a, const struct project_id *project,
	const struct cluster_id *cluster, struct cluster_seen *ret_seen, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct trouble t = {.fault = FAULT_NONE};
	struct cluster_seen seen;
	bool aws;
	int r = tidb_page_scan(a, &tree, ret_trouble);
	if (r != 0)
		return r < 0 ? r : 0;
	if (parse_cluster(&tree, JSON_ROOT, &seen, &aws, &t) &&
		(!aws || !cluster_id_equal(&seen.id, cluster) || !project_id_equal(&seen.project, project)))
		trouble_set(&t, FAULT_MALFORMED,
			"the answer is for cluster %s of project %s; expected %s of %s on AWS", seen.id.text,
			seen.project.text, cluster->text, project->text);
	t.status = a->status;
	*ret_trouble = t;
	if (t.fault == FAULT_NONE)
		*ret_seen = seen;
	return 0;
}

int tidb_dedicated_read_act(const struct http_answer *a, const struct cluster_id *cluster,
	enum act_result *ret_result, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct trouble t = {.fault = FAULT_NONE};
	struct cluster_id id;
	int r = tidb_page_scan(a, &tree, &t);
	if (r < 0)
		return r;
	if (r == 0) {
		uint32_t node = json_answer_member(&tree, JSON_ROOT, "cluster");
		if (tidb_page_cluster_id(&tree, node, "clusterId", &id, &t) &&
			!cluster_id_equal(&id, cluster))
			trouble_set(&t, FAULT_MALFORMED, "the answer is for cluster %s; expected %s", id.text,
				cluster->text);
	}
	t.status = a->status;
	*ret_trouble = t;
	*ret_result = trouble_act_result(t.fault, true);
	return 0;
}
