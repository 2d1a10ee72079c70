/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/json_answer.h"
#include "base/num.h"
#include <string.h>

#define ANSWER_NODES_MAX 262144u /* 4 MiB of clusters with all their nodes have under 100,000 */
#define ANSWER_DEPTH_MAX 32      /* what is documented has at most 8 */
#define SHOWN_TEXT_BYTES 4096    /* of a text that is only shown, before it is cut */

int json_answer_scan(
	const struct http_answer *a, size_t max_bytes, struct json_tree *ret_tree, struct trouble *t)
{
	const struct json_limits limits = {
		.max_bytes = max_bytes, .max_nodes = ANSWER_NODES_MAX, .max_depth = ANSWER_DEPTH_MAX};
	struct json_error error;
	if (a->body_len == 0) {
		trouble_set(t, FAULT_MALFORMED, "the answer is empty; expected JSON");
		return 1;
	}
	if (a->body_len > max_bytes) {
		trouble_set(t, FAULT_MALFORMED, "the answer is longer than %zu bytes", max_bytes);
		return 1;
	}
	int r = json_scan(a->body, a->body_len, &limits, ret_tree, &error);
	if (r <= 0)
		return r;
	struct why why;
	json_why(&why, &error);
	trouble_set(t, FAULT_MALFORMED, "the answer is no proper JSON: %s", why.text);
	return 1;
}

int json_answer_object(
	const struct http_answer *a, size_t max_bytes, struct json_tree *ret_tree, struct trouble *t)
{
	int r = json_answer_scan(a, max_bytes, ret_tree, t);
	if (r == 0 && !json_is(ret_tree, JSON_ROOT, JSON_OBJECT)) {
		trouble_set(t, FAULT_MALFORMED, "the answer is no JSON object");
		r = 1;
	}
	if (r == 1)
		t->status = a->status;
	return r;
}

uint32_t json_answer_member(const struct json_tree *tree, uint32_t object, const char *name)
{
	uint32_t node = json_member(tree, object, name);
	return json_is(tree, node, JSON_NULL) ? JSON_NONE : node;
}

static bool complain(const struct json_tree *tree, uint32_t node, const char *name, const char *expected,
	struct trouble *t)
{
	uint32_t line, column;
	if (node == JSON_NONE) {
		trouble_set(t, FAULT_MALFORMED, "the answer lacks %s; expected %s", name, expected);
	} else {
		json_position(tree, tree->nodes[node].start, &line, &column);
		trouble_set(t, FAULT_MALFORMED, "the answer's %s (line %u, column %u) is wrong; expected %s",
			name, line, column, expected);
	}
	return false;
}

bool json_answer_text(const struct json_tree *tree, uint32_t object, const char *name,
	enum json_answer_need need, char *ret_text, size_t size, struct trouble *t)
{
	uint32_t node = json_answer_member(tree, object, name);
	if (node == JSON_NONE && need == JSON_ANSWER_OPTIONAL) {
		ret_text[0] = '\0';
		return true;
	}
	if (json_string(tree, node, ret_text, size, NULL) != 0)
		return complain(tree, node, name, "a text of sane length", t);
	return true;
}

bool json_answer_show(const struct json_tree *tree, uint32_t object, const char *name, char *ret_text,
	size_t size, struct trouble *t)
{
	char text[SHOWN_TEXT_BYTES];
	size_t len;
	uint32_t node = json_answer_member(tree, object, name);
	ret_text[0] = '\0';
	if (node == JSON_NONE)
		return true;
	if (json_string(tree, node, text, sizeof text, &len) != 0)
		return complain(tree, node, name, "a text of sane length", t);
	trouble_copy(text, len, ret_text, size);
	return true;
}

bool json_answer_truth(const struct json_tree *tree, uint32_t object, const char *name,
	enum json_answer_need need, bool *ret_value, struct trouble *t)
{
	uint32_t node = json_answer_member(tree, object, name);
	if (node == JSON_NONE && need == JSON_ANSWER_OPTIONAL) {
		*ret_value = false;
		return true;
	}
	if (json_truth(tree, node, ret_value) != 0)
		return complain(tree, node, name, "true or false", t);
	return true;
}

bool json_answer_u64(const struct json_tree *tree, uint32_t object, const char *name, uint64_t max,
	uint64_t *ret_value, struct trouble *t)
{
	uint32_t node = json_answer_member(tree, object, name);
	*ret_value = 0;
	if (node == JSON_NONE)
		return true;
	if (json_u64(tree, node, max, ret_value) != 0) {
		*ret_value = 0;
		return complain(tree, node, name, "a whole number of sane size", t);
	}
	return true;
}

bool json_answer_time(const struct json_tree *tree, uint32_t object, const char *name,
	struct walltime *ret_time, struct trouble *t)
{
	static const double last_s = 253402300799.0; /* 9999-12-31T23:59:59Z */
	uint32_t node = json_answer_member(tree, object, name);
	char text[64];
	size_t len;
	double seconds;
	int64_t ms;
	*ret_time = WALLTIME_UNKNOWN;
	if (node == JSON_NONE)
		return true;
	if (json_double(tree, node, &seconds) == 0) {
		if (seconds < 0 || seconds > last_s)
			return complain(tree, node, name, "a time of the years 1970 to 9999", t);
		*ret_time = (struct walltime){(int64_t)(seconds * 1000.0)};
		return true;
	}
	if (json_string(tree, node, text, sizeof text, &len) != 0 || num_parse_time_ms(text, len, &ms) != 0)
		return complain(tree, node, name, "epoch seconds or RFC 3339 text", t);
	*ret_time = (struct walltime){ms};
	return true;
}
