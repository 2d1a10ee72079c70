/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_batch.h"
#include "base/json_scan.h"
#include "base/own.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct batch {
	struct json_tree tree;  /* of the line */
	struct buf texts;       /* decoded strings of the line */
	struct policy *policy;  /* of the last line that had a good one */
	struct buf policy_text; /* of it */
	struct buf answer;
	struct policy_key keys[POLICY_BATCH_KEYS_MAX];
	const char *values[POLICY_BATCH_VALUES_MAX];
	size_t key_count, value_count;
};

static void batch_free(struct batch **b)
{
	if (!*b)
		return;
	json_tree_fini(&(*b)->tree);
	buf_fini(&(*b)->texts);
	buf_fini(&(*b)->policy_text);
	buf_fini(&(*b)->answer);
	(void)policy_free((*b)->policy);
	free(*b);
}

enum { BATCH_E_LINE = 1 }; /* the line is answered with the error */

static int refuse(struct why *w, const char *what, const char *expected)
{
	why_set(w, "%s: expected %s", what, expected);
	return BATCH_E_LINE;
}

/* A text of the line, decoded. It lives until the next line: room for all of them is taken before. */
static const char *text_of(struct batch *b, uint32_t node)
{
	const struct json_node *n = &b->tree.nodes[node];
	size_t room = n->end - n->start + 1, len = 0, at = b->texts.len;

	if (n->type == JSON_ARRAY || n->type == JSON_OBJECT || n->type == JSON_NULL)
		return NULL;
	if (n->type == JSON_STRING) {
		(void)json_string(&b->tree, node, b->texts.data + at, room, &len);
	} else {
		len = room - 1;
		memcpy(b->texts.data + at, b->tree.text + n->start, len);
	}
	b->texts.data[at + len] = '\0';
	b->texts.len += len + 1;
	return b->texts.data + at;
}

/* ---- the policy ---- */

static int take_policy(struct batch *b, uint32_t node, struct why *w)
{
	const struct json_node *n;
	const char *text;
	size_t len;
	int r;

	if (node == JSON_NONE)
		return refuse(w, "policy", "the policy, as an object or as a string");
	n = &b->tree.nodes[node];
	text = b->tree.text + n->start;
	len = n->end - n->start;
	if (n->type == JSON_STRING) {
		text = text_of(b, node);
		len = strlen(text);
	} else if (n->type != JSON_OBJECT)
		return refuse(w, "policy", "the policy, as an object or as a string");
	if (b->policy && b->policy_text.len == len && memcmp(b->policy_text.data, text, len) == 0)
		return 0;
	b->policy = policy_free(b->policy);
	r = policy_parse(text, len, &b->policy, w);
	if (r != 0) {
		if (r > 0)
			why_prefix(w, "policy");
		return r > 0 ? BATCH_E_LINE : r;
	}
	buf_clear(&b->policy_text);
	buf_append(&b->policy_text, text, len);
	return b->policy_text.trouble;
}

/* ---- condition keys ---- */

static bool is_taken(const struct batch *b, const char *name)
{
	for (size_t i = 0; i < b->key_count; i++)
		if (strcasecmp(b->keys[i].name, name) == 0)
			return true;
	return false;
}

static int add_key(struct batch *b, const char *name, bool is_unknown, struct why *w)
{
	if (is_taken(b, name)) {
		why_set(w,
			"the key %.100s is there twice; expected each once (case does not matter), in "
			"\"context\" or in \"unknown\"",
			name);
		return BATCH_E_LINE;
	}
	if (b->key_count == POLICY_BATCH_KEYS_MAX) {
		why_set(w, "more than %d condition keys", POLICY_BATCH_KEYS_MAX);
		return BATCH_E_LINE;
	}
	b->keys[b->key_count++] = (struct policy_key){
		.name = name, .values = b->values + b->value_count, .is_unknown = is_unknown};
	return 0;
}

static int add_value(struct batch *b, uint32_t node, struct why *w)
{
	const char *text = text_of(b, node);

	if (!text)
		return refuse(
			w, "context", "for each key a string, a number, true or false, or a list of them");
	if (b->value_count == POLICY_BATCH_VALUES_MAX) {
		why_set(w, "more than %d values of condition keys", POLICY_BATCH_VALUES_MAX);
		return BATCH_E_LINE;
	}
	b->values[b->value_count++] = text;
	b->keys[b->key_count - 1].count++;
	return 0;
}

static int take_context(struct batch *b, uint32_t node, struct why *w)
{
	int r = 0;

	if (node == JSON_NONE)
		return 0;
	if (!json_is(&b->tree, node, JSON_OBJECT))
		return refuse(w, "context", "an object of condition keys");
	json_for_each_member (&b->tree, node, name) {
		uint32_t value = json_value(name);

		r = add_key(b, text_of(b, name), false, w);
		if (r == 0 && !json_is(&b->tree, value, JSON_ARRAY))
			r = add_value(b, value, w);
		json_for_each (&b->tree, value, item) {
			r = r != 0 ? r : add_value(b, item, w);
		}
		if (r != 0)
			return r;
	}
	return 0;
}

static int take_unknown(struct batch *b, uint32_t node, struct why *w)
{
	if (node == JSON_NONE)
		return 0;
	if (!json_is(&b->tree, node, JSON_ARRAY))
		return refuse(w, "unknown", "a list of condition keys");
	json_for_each (&b->tree, node, item) {
		int r = json_is(&b->tree, item, JSON_STRING)
				? add_key(b, text_of(b, item), true, w)
				: refuse(w, "unknown", "a list of condition keys");

		if (r != 0)
			return r;
	}
	return 0;
}

/* ---- a line ---- */

static int take_text(struct batch *b, const char *name, bool must, const char **ret_text, struct why *w)
{
	uint32_t node = json_member(&b->tree, JSON_ROOT, name);

	*ret_text = "";
	if (node == JSON_NONE && !must)
		return 0;
	if (!json_is(&b->tree, node, JSON_STRING))
		return refuse(w, name, "a string");
	*ret_text = text_of(b, node);
	return 0;
}

static int check_members(struct batch *b, struct why *w)
{
	static const char *const known[] = {
		"policy", "principal", "action", "resource", "context", "unknown", "id"};

	if (!json_is(&b->tree, JSON_ROOT, JSON_OBJECT))
		return refuse(w, "request", "an object");
	json_for_each_member (&b->tree, JSON_ROOT, name) {
		bool found = false;

		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			found = found || json_equals(&b->tree, name, known[i]);
		if (!found) {
			why_set(w,
				"\"%.60s\" is no member of a request; expected: policy, principal, action, "
				"resource, context, unknown, id",
				text_of(b, name));
			return BATCH_E_LINE;
		}
	}
	return 0;
}

static int answer_request(struct batch *b, struct policy_result *ret_result, struct why *w)
{
	struct policy_request q = {.keys = b->keys};
	int r = check_members(b, w);

	if (r == 0)
		r = take_policy(b, json_member(&b->tree, JSON_ROOT, "policy"), w);
	if (r == 0)
		r = take_text(b, "principal", true, &q.principal, w);
	if (r == 0)
		r = take_text(b, "action", true, &q.action, w);
	if (r == 0)
		r = take_text(b, "resource", false, &q.resource, w);
	if (r == 0)
		r = take_context(b, json_member(&b->tree, JSON_ROOT, "context"), w);
	if (r == 0)
		r = take_unknown(b, json_member(&b->tree, JSON_ROOT, "unknown"), w);
	if (r != 0)
		return r;
	q.key_count = b->key_count;
	return policy_simulate(b->policy, &q, ret_result, w) == 0 ? 0 : BATCH_E_LINE;
}

static void put_text(struct buf *out, const char *text)
{
	if (text)
		buf_json_string(out, text, strlen(text));
	else
		buf_add(out, "null");
}

static void put_answer(struct batch *b, const struct policy_result *result, const struct why *error)
{
	struct buf *out = &b->answer;
	uint32_t id = json_member(&b->tree, JSON_ROOT, "id");

	buf_clear(out);
	buf_add(out, "{");
	if (error) {
		buf_add(out, "\"error\":");
		put_text(out, error->text);
	} else {
		buf_printf(out, "\"decision\":\"%s\",\"reason\":\"%s\",\"statement\":",
			policy_answer_name(result->answer), policy_reason_name(result->reason));
		if (result->statement > 0)
			buf_printf(out, "%" PRIu32 ",\"sid\":", result->statement);
		else
			buf_add(out, "null,\"sid\":");
		put_text(out, result->sid);
	}
	if (id != JSON_NONE) {
		buf_add(out, ",\"id\":");
		buf_append(out, b->tree.text + b->tree.nodes[id].start,
			b->tree.nodes[id].end - b->tree.nodes[id].start);
	}
	buf_add(out, "}\n");
}

/* Room for every text of the line, each with a NUL: none is longer decoded than with its quotes. */
static int make_room(struct batch *b, size_t len)
{
	size_t room = len + 2 * (size_t)b->tree.count + 1;

	buf_clear(&b->texts);
	while (b->texts.len < room && !b->texts.trouble) {
		static const char blanks[4096] = "";

		buf_append(&b->texts, blanks, sizeof blanks);
	}
	b->texts.len = 0;
	return b->texts.trouble ? err_origin(-ENOMEM) : 0;
}

/* Fails: -ENOMEM. */
static int answer_line(struct batch *b, const char *line, size_t len)
{
	static const struct json_limits limits = {
		.max_bytes = POLICY_BATCH_LINE_MAX, .max_nodes = POLICY_BATCH_LINE_MAX, .max_depth = 40};
	struct json_error error = {.expected = ""};
	struct policy_result result;
	struct why why = {""};
	int r = json_scan(line, len, &limits, &b->tree, &error);

	b->key_count = b->value_count = 0;
	if (r > 0)
		json_why(&why, &error);
	if (r == 0)
		r = make_room(b, len);
	if (r == 0)
		r = answer_request(b, &result, &why);
	if (r < 0)
		return r;
	put_answer(b, &result, r > 0 ? &why : NULL);
	return b->answer.trouble;
}

/* A line without its end, or the beginning of one that is too long. False: there is no more. */
static bool read_line(FILE *from, struct buf *line, bool *ret_too_long)
{
	int c = getc_unlocked(from);

	buf_clear(line);
	if (c == EOF)
		return false;
	for (; c != EOF && c != '\n'; c = getc_unlocked(from)) {
		char byte = (char)c;

		if (line->len < POLICY_BATCH_LINE_MAX)
			buf_append(line, &byte, 1);
		else
			line->trouble = -EMSGSIZE;
	}
	*ret_too_long = line->trouble == -EMSGSIZE;
	return true;
}

static int answer_too_long(struct batch *b)
{
	struct why why;

	why_set(&why, "the line is longer than %d bytes", POLICY_BATCH_LINE_MAX);
	json_tree_fini(&b->tree);
	b->tree = JSON_TREE_INIT;
	put_answer(b, NULL, &why);
	return b->answer.trouble;
}

int policy_batch_run(FILE *from, FILE *to)
{
	_cleanup_(batch_free) struct batch *b = calloc(1, sizeof *b);
	_cleanup_(buf_fini) struct buf line = BUF_INIT(POLICY_BATCH_LINE_MAX);
	bool too_long = false;

	if (!b)
		return err_origin(-ENOMEM);
	b->texts = BUF_INIT(4 * (size_t)POLICY_BATCH_LINE_MAX);
	b->policy_text = BUF_INIT(POLICY_MAX_BYTES);
	b->answer = BUF_INIT(4 * (size_t)POLICY_BATCH_LINE_MAX);
	while (read_line(from, &line, &too_long)) {
		int r;

		if (line.trouble == -ENOMEM)
			return -ENOMEM;
		r = too_long ? answer_too_long(b) : answer_line(b, line.data ? line.data : "", line.len);
		if (r < 0)
			return r;
		(void)fwrite(b->answer.data, 1, b->answer.len, to);
		(void)fflush(to); /* whoever asks may wait for it before asking on */
		if (ferror(to))
			return 0; /* told where the output is closed */
	}
	return ferror(from) ? err_origin(-EIO) : 0;
}
