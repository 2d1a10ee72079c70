/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tidb_api.h"
#include "base/own.h"
#include "wire/json_answer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	enum cluster_state state;
	const char *v1beta, *dedicated;
} states[] = {
#define X(e, v1beta_, dedicated_) {CLUSTER_STATE_##e, v1beta_, dedicated_},
	TIDB_API_STATE_TABLE(X)
#undef X
};

enum cluster_state tidb_api_v1beta_state(const char *cluster_status)
{
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (states[i].v1beta && strcmp(states[i].v1beta, cluster_status) == 0)
			return states[i].state;
	return CLUSTER_STATE_UNKNOWN;
}

enum cluster_state tidb_api_dedicated_state(const char *state)
{
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (states[i].dedicated && strcmp(states[i].dedicated, state) == 0)
			return states[i].state;
	return CLUSTER_STATE_UNKNOWN;
}

void tidb_api_clusters_fini(struct tidb_api_clusters *c)
{
	free(c->items);
	*c = TIDB_API_CLUSTERS_INIT;
}

/* {"code":49900007,"message":"...","details":[...]}; `code` is a number or a string, `details` are not read.
 * Refuses: false if it is no error body of the API (a gateway's lacks `code`). */
static bool parse_error(const struct json_tree *tree, struct trouble *t)
{
	struct trouble ignored;
	uint64_t number;
	uint32_t code = json_answer_member(tree, JSON_ROOT, "code");
	if (json_is(tree, code, JSON_NUMBER) && json_u64(tree, code, UINT64_MAX, &number) == 0)
		(void)snprintf(t->code, sizeof t->code, "%llu", (unsigned long long)number);
	else if (!json_answer_show(tree, JSON_ROOT, "code", t->code, sizeof t->code, &ignored))
		t->code[0] = '\0';
	if (!json_answer_show(tree, JSON_ROOT, "message", t->message, sizeof t->message, &ignored))
		t->message[0] = '\0';
	return t->code[0] != '\0' && t->message[0] != '\0';
}

/* `readable`: the body is an error of the API, so the answer is the API's and no gateway's. */
static enum fault status_fault(long status, bool readable)
{
	if (status == 401)
		return FAULT_CREDENTIALS;
	if (status == 403)
		return FAULT_DENIED;
	if (status == 429)
		return FAULT_THROTTLED;
	if (status == 408 || status >= 500)
		return FAULT_SERVER_ERROR;
	if (status >= 400 && readable)
		return status == 404 ? FAULT_NOT_FOUND : FAULT_REFUSED;
	return FAULT_MALFORMED;
}

/* Without memory it is not told. */
static bool is_no_route(const struct http_answer *a)
{
	static const char words[] = "no Route matched";
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct trouble ignored, t = {.fault = FAULT_NONE};
	if (json_answer_scan(a, TIDB_API_ANSWER_MAX_BYTES, &tree, &ignored) != 0)
		return false;
	return !parse_error(&tree, &t) && json_answer_member(&tree, JSON_ROOT, "code") == JSON_NONE &&
	       strncasecmp(t.message, words, sizeof words - 1) == 0;
}

bool tidb_api_lacks_endpoint(const struct http_answer *a, enum tidb_api_wish wish)
{
	if (a->status == 404)
		return wish == TIDB_API_WISH_LIST || is_no_route(a);
	return a->status == 405 || a->status == 410 || a->status == 501;
}

int tidb_api_read_error(const struct http_answer *a, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct trouble t = {.status = a->status}, ignored;
	bool readable = false;
	if (a->status == 200) {
		*ret_trouble = t;
		return 0;
	}
	int r = json_answer_scan(a, TIDB_API_ANSWER_MAX_BYTES, &tree, &ignored);
	if (r < 0)
		return r;
	if (r == 0)
		readable = parse_error(&tree, &t);
	t.fault = status_fault(a->status, readable);
	if (t.message[0] == '\0')
		(void)snprintf(t.message, sizeof t.message,
			"HTTP status %ld without an error of the API in its body", a->status);
	*ret_trouble = t;
	return 0;
}
