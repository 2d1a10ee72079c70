/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tidb_create.h"
#include "base/own.h"
#include "base/utf8.h"
#include "wire/tidb_page.h"
#include "wire/json_answer.h"
#include <string.h>

static bool is_text(const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t n = utf8_step(text + at, len - at);

		if (n == 0 || (unsigned char)text[at] < 0x20 || text[at] == 0x7f)
			return false;
		at += n;
	}
	return true;
}

int tidb_create_name_check(const char *name, struct why *reterr_why)
{
	size_t len = strlen(name);

	if (len >= 1 && len <= TIDB_CREATE_NAME_MAX && name[0] != ' ' && name[len - 1] != ' ' &&
		is_text(name, len))
		return 0;
	why_set(reterr_why,
		"a project's name is 1 to %d bytes of UTF-8 without control characters, and with no blank at "
		"its "
		"beginning or end",
		TIDB_CREATE_NAME_MAX);
	return 1;
}

void tidb_create_project_body(const char *name, struct buf *out)
{
	buf_add(out, "{\"name\":");
	buf_json_string(out, name, strlen(name));
	buf_add(out, ",\"aws_cmek_enabled\":true}");
}

void tidb_create_cmek_body(const struct region *region, const struct key_arn *arn, struct buf *out)
{
	buf_printf(out, "{\"specs\":[{\"region\":\"%s\",\"kms_arn\":\"%s\"}]}", region->text, arn->text);
}

/* The end of both readers: what was read is the act's answer. */
static void conclude(const struct http_answer *a, struct trouble *t, enum act_result *ret_result,
	struct trouble *ret_trouble)
{
	t->status = a->status;
	*ret_trouble = *t;
	*ret_result = trouble_act_result(t->fault, true);
}

int tidb_create_read_project(const struct http_answer *a, struct project_id *ret_id,
	enum act_result *ret_result, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct trouble t = {.fault = FAULT_NONE};
	struct project_id id;
	int r = tidb_page_scan(a, &tree, &t);

	if (r < 0)
		return r;
	if (r == 0 && tidb_page_project_id(&tree, JSON_ROOT, "id", &id, &t))
		*ret_id = id;
	conclude(a, &t, ret_result, ret_trouble);
	return 0;
}

int tidb_create_read_cluster(const struct http_answer *a, const struct project_id *project,
	struct cluster_id *ret_id, enum act_result *ret_result, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct trouble t = {.fault = FAULT_NONE};
	struct project_id of;
	struct cluster_id id;
	int r = tidb_page_scan(a, &tree, &t);

	if (r < 0)
		return r;
	if (r == 0 && tidb_page_cluster_id(&tree, JSON_ROOT, "clusterId", &id, &t) &&
		tidb_page_project_id(&tree, json_answer_member(&tree, JSON_ROOT, "labels"),
			"tidb.cloud/project", &of, &t)) {
		*ret_id = id;
		if (!project_id_equal(&of, project))
			trouble_set(&t, FAULT_MALFORMED, "cluster %s was made in project %s; expected %s",
				id.text, of.text, project->text);
	}
	conclude(a, &t, ret_result, ret_trouble);
	return 0;
}
