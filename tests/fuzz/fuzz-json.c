/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: common/base common/proto/json_write.c -ljson-c -lcrypto -lm
 *
 * Any bytes as JSON. What json_scan accepts, json-c accepts too and takes for the same; written anew from either it is
 * accepted again. (json-c accepts more: that is why it reads nothing here.) */
#include "base/json_scan.h"
#include "base/own.h"
#include "fuzz.h"
#include "proto/json_write.h"
#include <json-c/json.h>

#define TEXT_MAX_BYTES (256u * 1024u)
#define DEPTH_MAX      16

static const struct json_limits limits = {TEXT_MAX_BYTES, 4096, DEPTH_MAX};

static void own_json(struct json_object **o)
{
	json_object_put(*o);
	*o = NULL;
}

static void own_tokener(struct json_tokener **t)
{
	if (*t)
		json_tokener_free(*t);
}

/* Each node lies within its parent, behind its elder sibling, and says where the next one is. */
static void check_tree(const struct json_tree *t, uint32_t node, uint32_t start, uint32_t end)
{
	const struct json_node *n = &t->nodes[node];
	uint32_t at = node + 1, from = n->start + 1;

	MUST(n->start >= start && n->end > n->start && n->end <= end && n->next > node &&
		n->next <= t->count);
	MUST(n->type == JSON_ARRAY || n->type == JSON_OBJECT || (n->count == 0 && n->next == node + 1));
	for (uint32_t i = 0; i < (n->type == JSON_OBJECT ? 2 * n->count : n->count); i++) {
		MUST(at < n->next);
		check_tree(t, at, from, n->end);
		from = t->nodes[at].end;
		at = t->nodes[at].next;
	}
	MUST(at == n->next);
}

/* Writes a tree from what the questions to it answer. */
static void write_node(const struct json_tree *t, uint32_t node, struct buf *out)
{
	const struct json_node *n = &t->nodes[node];
	_cleanup_free_ char *text = NULL;
	const char *comma = "";
	int r;

	if (out->trouble)
		return;
	switch ((enum json_kind)n->type) {
	case JSON_STRING:
		r = json_string_dup(t, node, n->end - n->start, &text);
		if (ran_out(r)) {
			out->trouble = r;
			return;
		}
		MUST(r == 0 && json_equals(t, node, text));
		buf_json_string(out, text, strlen(text));
		return;
	case JSON_ARRAY:
		buf_add(out, "[");
		json_for_each (t, node, i) {
			buf_add(out, comma);
			write_node(t, i, out);
			comma = ",";
		}
		buf_add(out, "]");
		return;
	case JSON_OBJECT:
		buf_add(out, "{");
		json_for_each_member (t, node, name) {
			buf_add(out, comma);
			write_node(t, name, out);
			buf_add(out, ":");
			write_node(t, json_value(name), out);
			comma = ",";
		}
		buf_add(out, "}");
		return;
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
	case JSON_NUMBER:
		buf_append(out, t->text + n->start, n->end - n->start);
		return;
	}
}

static void check_number(const struct json_tree *t, uint32_t node, struct json_object *o)
{
	uint64_t u;
	double d;

	MUST(json_object_is_type(o, json_type_int) || json_object_is_type(o, json_type_double));
	if (json_u64(t, node, UINT64_MAX, &u) == 0 && json_object_is_type(o, json_type_int))
		MUST(json_object_get_uint64(o) == u);
	if (json_double(t, node, &d) == 0 && json_object_is_type(o, json_type_double))
		MUST(json_object_get_double(o) == d);
}

/* The same document in both readings. */
static void compare(const struct json_tree *t, uint32_t node, struct json_object *o)
{
	uint32_t at = 0;

	switch ((enum json_kind)t->nodes[node].type) {
	case JSON_STRING:
		MUST(json_object_is_type(o, json_type_string) &&
			json_equals(t, node, json_object_get_string(o)));
		return;
	case JSON_ARRAY:
		MUST(json_object_is_type(o, json_type_array));
		MUST(json_object_array_length(o) == json_count(t, node));
		json_for_each (t, node, i)
			compare(t, i, json_object_array_get_idx(o, at++));
		return;
	case JSON_OBJECT:
		MUST(json_object_is_type(o, json_type_object));
		MUST((uint32_t)json_object_object_length(o) == json_count(t, node));
		json_object_object_foreach(o, name, member)
		{
			uint32_t value = json_member(t, node, name);

			MUST(value != JSON_NONE);
			compare(t, value, member);
		}
		return;
	case JSON_NULL:
		MUST(!o);
		return;
	case JSON_FALSE:
	case JSON_TRUE:
		MUST(json_object_is_type(o, json_type_boolean));
		MUST(json_object_get_boolean(o) == (t->nodes[node].type == JSON_TRUE));
		return;
	case JSON_NUMBER:
		check_number(t, node, o);
		return;
	}
}

static void compare_with_json_c(const struct json_tree *t)
{
	_cleanup_(own_tokener) struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX + 2);
	_cleanup_(own_json) struct json_object *o = NULL;
	_cleanup_(buf_fini) struct buf written = BUF_INIT(4 * TEXT_MAX_BYTES);
	_cleanup_(json_tree_fini) struct json_tree again = JSON_TREE_INIT;
	static const struct json_limits more = {4 * TEXT_MAX_BYTES, 4096, DEPTH_MAX};
	int r;

	/* json-c 0.16 makes U+FFFD of some pairs of surrogates, such as that of U+1D911. */
	if (memmem(t->text, t->len, "\\ud", 3) || memmem(t->text, t->len, "\\uD", 3))
		return;
	MUST(tokener);
	o = json_tokener_parse_ex(tokener, t->text, (int)t->len);
	if (!o && json_tokener_get_error(tokener) == json_tokener_continue)
		o = json_tokener_parse_ex(tokener, " ", 1); /* a number at the end */
	MUST(json_tokener_get_error(tokener) == json_tokener_success);
	compare(t, JSON_ROOT, o);
	json_write(&written, o);
	if (ran_out(written.trouble))
		return;
	MUST(written.trouble == 0);
	r = json_scan(written.data, written.len, &more, &again, NULL);
	if (ran_out(r))
		return;
	MUST(r == 0 && again.count == t->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(json_tree_fini) struct json_tree t = JSON_TREE_INIT, again = JSON_TREE_INIT;
	_cleanup_(buf_fini) struct buf written = BUF_INIT(4 * TEXT_MAX_BYTES);
	struct json_error e = {0};
	static const struct json_limits more = {4 * TEXT_MAX_BYTES, 4096, DEPTH_MAX};
	int r = json_scan((const char *)data, size, &limits, &t, &e);

	if (ran_out(r))
		return 0;
	result_number(r);
	if (r != 0) {
		MUST(r <= JSON_E_SIZE && e.line >= 1 && e.column >= 1 && e.column <= size + 1 && e.expected);
		MUST(t.count == 0 && json_first(&t, JSON_ROOT) == JSON_NONE);
		return 0;
	}
	MUST(t.count > 0 && t.nodes[JSON_ROOT].next == t.count);
	check_tree(&t, JSON_ROOT, 0, (uint32_t)size);
	write_node(&t, JSON_ROOT, &written);
	if (ran_out(written.trouble))
		return 0;
	MUST(written.trouble == 0);
	r = json_scan(written.data, written.len, &more, &again, NULL);
	if (ran_out(r))
		return 0;
	MUST(r == 0 && again.count == t.count);
	result(written.data, written.len);
	compare_with_json_c(&t);
	return 0;
}
