/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/cluster_spec.h"
#include "base/buf.h"
#include "base/json_scan.h"
#include "base/own.h"
#include "base/utf8.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROJECT_LABEL "tidb.cloud/project"

static const struct json_limits limits = {
	.max_bytes = CLUSTER_SPEC_MAX_BYTES, .max_nodes = 4096, .max_depth = 16};

/* ---- reading ---- */

static int refuse(const struct json_tree *tree, uint32_t node, struct why *w, const char *expected)
{
	uint32_t line = 1, column = 1;

	if (node != JSON_NONE)
		json_position(tree, tree->nodes[node].start, &line, &column);
	why_set(w, "line %u, column %u: expected %s", line, column, expected);
	return CLUSTER_SPEC_E_SHAPE;
}

/* ^[A-Za-z0-9][-A-Za-z0-9]{2,62}[A-Za-z0-9]$ */
static bool is_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && (name[i] != '-' || i == 0 || i == len - 1))
			return false;
	return len >= 4 && len <= 64;
}

/* What other kinds of clusters, the older API, and a careless hand would write. */
static int check_foreign(const struct json_tree *tree, struct why *w)
{
	static const struct {
		const char *member, *instead;
	} foreign[] = {
		{"rootPassword",
			"no \"rootPassword\": a password does not belong into this file; give it with "
			"--password-file"},
		{"root_password",
			"no \"root_password\": a password does not belong into this file; give it with "
			"--password-file"},
		{"cluster_type",
			"no \"cluster_type\": a project with CMEK has Dedicated clusters only, in the "
			"shape of the Dedicated API v1beta1"},
		{"cloud_provider",
			"no \"cloud_provider\", which is v1beta's: \"regionId\": \"aws-REGION\" says it"},
		{"config", "no \"config\", which is v1beta's: tidbNodeSetting and tikvNodeSetting of the "
			   "Dedicated API "
			   "v1beta1"},
		{"servicePlan", "no \"servicePlan\": a project with CMEK has Dedicated clusters only"},
		{"clusterPlan", "no \"clusterPlan\": a project with CMEK has Dedicated clusters only"},
		{"spendingLimit", "no \"spendingLimit\": a project with CMEK has Dedicated clusters only"},
	};

	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		uint32_t node = json_member(tree, JSON_ROOT, foreign[i].member);

		if (node != JSON_NONE)
			return refuse(tree, node, w, foreign[i].instead);
	}
	return 0;
}

static int check_region(const struct json_tree *tree, struct region *ret_region, struct why *w)
{
	uint32_t node = json_member(tree, JSON_ROOT, "regionId");
	uint32_t provider = json_member(tree, JSON_ROOT, "cloudProvider");
	char text[64];

	if (json_string(tree, node, text, sizeof text, NULL) != 0)
		return refuse(tree, node, w, "\"regionId\": \"aws-REGION\", as in aws-us-west-2");
	if (strncmp(text, "aws-", 4) != 0 || region_parse(text + 4, strlen(text + 4), ret_region) != 0)
		return refuse(tree, node, w,
			"\"regionId\": \"aws-REGION\": the keys of AWS KMS are for clusters on AWS only");
	if (provider != JSON_NONE && !json_equals(tree, provider, "aws"))
		return refuse(tree, provider, w, "\"aws\": the keys of AWS KMS are for clusters on AWS only");
	return 0;
}

/* "Currently, only the tidb.cloud/project label key can be specified when creating a new cluster." */
static int check_labels(const struct json_tree *tree, const struct project_id *project, struct why *w)
{
	uint32_t labels = json_member(tree, JSON_ROOT, "labels");

	if (labels == JSON_NONE)
		return 0;
	if (!json_is(tree, labels, JSON_OBJECT))
		return refuse(tree, labels, w, "an object of labels, or none");
	json_for_each_member (tree, labels, name) {
		if (!json_equals(tree, name, PROJECT_LABEL))
			return refuse(tree, name, w, "no label but \"" PROJECT_LABEL "\"");
		if (!json_equals(tree, json_value(name), project->text))
			return refuse(tree, json_value(name), w,
				"the id of the project that was named, or no label");
	}
	return 0;
}

/* Members that the API requires (definition of Cluster); what is in them is the service's to judge. */
static int check_rest(const struct json_tree *tree, struct why *w)
{
	uint32_t port = json_member(tree, JSON_ROOT, "port");
	uint64_t number;

	if (!json_is(tree, json_member(tree, JSON_ROOT, "tidbNodeSetting"), JSON_OBJECT))
		return refuse(tree, json_member(tree, JSON_ROOT, "tidbNodeSetting"), w,
			"\"tidbNodeSetting\": {...}, which every Dedicated cluster has");
	if (!json_is(tree, json_member(tree, JSON_ROOT, "tikvNodeSetting"), JSON_OBJECT))
		return refuse(tree, json_member(tree, JSON_ROOT, "tikvNodeSetting"), w,
			"\"tikvNodeSetting\": {...}, which every Dedicated cluster has");
	if (!json_is(tree, port, JSON_NUMBER) || json_u64(tree, port, 65535, &number) != 0 || number < 1024)
		return refuse(tree, port, w, "\"port\": a number from 1024 to 65535, as in 4000");
	return 0;
}

static int scan(const char *text, size_t len, struct json_tree *tree, struct why *w)
{
	struct json_error error = {.expected = ""};
	int r = json_scan(text, len, &limits, tree, &error);

	if (r > 0)
		json_why(w, &error);
	return r > 0 ? CLUSTER_SPEC_E_JSON : r;
}

int cluster_spec_parse(const char *text, size_t len, const struct project_id *project,
	struct cluster_spec *ret_spec, struct why *reterr_why)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct cluster_spec spec = {.name = ""};
	int r = scan(text, len, &tree, reterr_why);
	uint32_t name;

	if (r != 0)
		return r;
	if (!json_is(&tree, JSON_ROOT, JSON_OBJECT))
		return refuse(&tree, JSON_ROOT, reterr_why, "one cluster: an object");
	r = check_foreign(&tree, reterr_why);
	if (r != 0)
		return r;
	name = json_member(&tree, JSON_ROOT, "displayName");
	if (json_string(&tree, name, spec.name, sizeof spec.name, NULL) != 0 || !is_name(spec.name))
		return refuse(&tree, name, reterr_why,
			"\"displayName\": 4 to 64 letters, digits and hyphens, none at either end");
	r = check_region(&tree, &spec.region, reterr_why);
	if (r == 0)
		r = check_labels(&tree, project, reterr_why);
	if (r == 0)
		r = check_rest(&tree, reterr_why);
	if (r == 0)
		*ret_spec = spec;
	return r;
}

/* ---- what is sent ---- */

/* ^.{8,64}$ */
static int check_password(const struct secret *password, struct why *w)
{
	size_t characters = 0;

	for (size_t at = 0; at < password->len; characters++) {
		size_t n = utf8_step(password->bytes + at, password->len - at);

		if (n == 0 || (unsigned char)password->bytes[at] < 0x20 || password->bytes[at] == 0x7f) {
			why_set(w, "the password is no UTF-8, or holds a control character");
			return CLUSTER_SPEC_E_PASSWORD;
		}
		at += n;
	}
	if (characters >= 8 && characters <= 64 && password->len <= CLUSTER_SPEC_PASSWORD_MAX)
		return 0;
	why_set(w, "the password has %zu characters; TiDB Cloud takes 8 to 64", characters);
	return CLUSTER_SPEC_E_PASSWORD;
}

/* Everything but the password and the last brace. */
static void write_open(const struct json_tree *tree, const struct project_id *project, struct buf *out)
{
	buf_printf(out, "{\"labels\":{\"" PROJECT_LABEL "\":\"%s\"}", project->text);
	json_for_each_member (tree, JSON_ROOT, name) {
		const struct json_node *n = &tree->nodes[name], *v = &tree->nodes[json_value(name)];

		if (json_equals(tree, name, "labels"))
			continue;
		buf_add(out, ",");
		buf_append(out, tree->text + n->start, n->end - n->start);
		buf_add(out, ":");
		buf_append(out, tree->text + v->start, v->end - v->start);
	}
}

/* At most two bytes for one; no more memory than what is given away ever holds it. */
static char *write_password(char *at, const struct secret *password)
{
	at = stpcpy(at, ",\"rootPassword\":\"");
	for (size_t i = 0; i < password->len; i++) {
		if (password->bytes[i] == '"' || password->bytes[i] == '\\')
			*at++ = '\\';
		*at++ = password->bytes[i];
	}
	return stpcpy(at, "\"");
}

int cluster_spec_body(const char *text, size_t len, const struct project_id *project,
	const struct secret *password, struct secret *ret_body, struct why *reterr_why)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	_cleanup_(buf_fini) struct buf open = BUF_INIT(2 * CLUSTER_SPEC_MAX_BYTES);
	char *body, *at;
	int r = password ? check_password(password, reterr_why) : 0;

	if (r == 0)
		r = scan(text, len, &tree, reterr_why);
	if (r != 0)
		return r;
	write_open(&tree, project, &open);
	body = open.trouble ? NULL : malloc(open.len + 64 + (password ? 2 * password->len : 0));
	if (!body)
		return err_origin(-ENOMEM);
	memcpy(body, open.data, open.len);
	at = body + open.len;
	if (password)
		at = write_password(at, password);
	at = stpcpy(at, "}");
	secret_fini(ret_body);
	*ret_body = (struct secret){.bytes = body, .len = (size_t)(at - body)};
	return 0;
}
