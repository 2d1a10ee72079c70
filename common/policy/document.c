/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/document.h"
#include "base/own.h"
#include "policy/request.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A real policy nests seven deep: document, Statement, statement, Condition, operator, values. */
static const struct json_limits document_limits = {
	.max_bytes = POLICY_MAX_BYTES, .max_nodes = POLICY_MAX_BYTES, .max_depth = 32};

struct policy *policy_free(struct policy *p)
{
	if (!p)
		return NULL;
	json_tree_fini(&p->tree);
	free(p->text);
	free(p->strings);
	free(p->values);
	free(p->tests);
	free(p->statements);
	free(p);
	return NULL;
}

static void policy_cleanup(struct policy **p)
{
	(void)policy_free(*p);
}

struct values values_of(const struct policy *p, uint32_t node)
{
	if (json_is(&p->tree, node, JSON_ARRAY))
		return (struct values){
			.node = json_first(&p->tree, node), .left = json_count(&p->tree, node)};
	return (struct values){.node = node, .left = node < p->tree.count ? 1 : 0};
}

void values_next(const struct policy *p, struct values *v)
{
	v->node = p->tree.nodes[v->node].next;
	v->left--;
}

const char *policy_value(const struct policy *p, uint32_t node)
{
	return node < p->tree.count ? p->values[node].text : NULL;
}

struct value policy_text(const struct policy *p, uint32_t node)
{
	return node < p->tree.count ? p->values[node] : (struct value){.text = NULL};
}

uint32_t policy_line(const struct policy *p, uint32_t node)
{
	uint32_t line, column;

	json_position(&p->tree, p->tree.nodes[node].start, &line, &column);
	return line;
}

/* Decodes every text once. None is longer decoded than written, and each node has room for one NUL. */
static int decode_values(struct policy *p)
{
	size_t size = p->len + p->tree.count, used = 0;

	p->strings = malloc(size);
	p->values = calloc(p->tree.count, sizeof *p->values);
	if (!p->strings || !p->values)
		return err_origin(-ENOMEM);
	for (uint32_t i = 0; i < p->tree.count; i++) {
		const struct json_node *n = &p->tree.nodes[i];
		size_t len = n->end - n->start;

		if (n->type == JSON_ARRAY || n->type == JSON_OBJECT || n->type == JSON_NULL)
			continue;
		p->values[i].text = p->strings + used;
		if (n->type == JSON_STRING)
			(void)json_string(&p->tree, i, p->strings + used, size - used, &len);
		else
			memcpy(p->strings + used, p->text + n->start, len);
		p->values[i].len = (uint32_t)len;
		used += len;
		p->strings[used++] = '\0';
	}
	return 0;
}

static int refuse_shape(const struct policy *p, uint32_t node, struct why *w, const char *expected)
{
	uint32_t line = 0, column = 0;

	json_position(&p->tree, p->tree.nodes[node].start, &line, &column);
	why_set(w, "line %u, column %u: expected %s", line, column, expected);
	return POLICY_E_SHAPE;
}

/* One of a pair like Principal and NotPrincipal. Both at once are against the grammar. */
static void take_element(
	struct statement *s, uint32_t value, bool is_not, uint32_t *ret_node, bool *ret_not, const char *both)
{
	if (*ret_node != JSON_NONE)
		s->odd = both;
	*ret_node = value;
	*ret_not = is_not;
}

static void take_member(const struct policy *p, struct statement *s, const char *name, uint32_t value)
{
	bool is_not = strncmp(name, "Not", 3) == 0;
	const char *plain = is_not ? name + 3 : name;

	if (strcmp(plain, "Principal") == 0)
		take_element(s, value, is_not, &s->principal, &s->not_principal,
			"both Principal and NotPrincipal");
	else if (strcmp(plain, "Action") == 0)
		take_element(s, value, is_not, &s->action, &s->not_action, "both Action and NotAction");
	else if (strcmp(plain, "Resource") == 0)
		take_element(
			s, value, is_not, &s->resource, &s->not_resource, "both Resource and NotResource");
	else if (strcmp(name, "Condition") == 0)
		s->condition = value;
	else if (strcmp(name, "Sid") == 0 && json_is(&p->tree, value, JSON_STRING))
		s->sid = p->values[value].text;
	else if (strcmp(name, "Effect") != 0)
		s->odd = "an element that is not known";
}

/* What is against the grammar makes one statement undecided; only without an Effect nothing can be said at
 * all. */
static int parse_statement(const struct policy *p, uint32_t node, struct statement *ret_s, struct why *w)
{
	struct statement s = {.node = node,
		.sid = "",
		.principal = JSON_NONE,
		.action = JSON_NONE,
		.resource = JSON_NONE,
		.condition = JSON_NONE};
	uint32_t effect;

	if (!json_is(&p->tree, node, JSON_OBJECT))
		return refuse_shape(p, node, w, "a statement: an object");
	effect = json_member(&p->tree, node, "Effect");
	if (effect == JSON_NONE)
		return refuse_shape(p, node, w, "a statement with \"Effect\"");
	s.is_deny = json_equals(&p->tree, effect, "Deny");
	if (!s.is_deny && !json_equals(&p->tree, effect, "Allow"))
		return refuse_shape(p, effect, w, "\"Allow\" or \"Deny\"");
	json_for_each_member (&p->tree, node, name) {
		take_member(p, &s, p->values[name].text, json_value(name));
	}
	if (s.principal == JSON_NONE)
		s.odd = "no Principal";
	else if (s.action == JSON_NONE)
		s.odd = "no Action";
	*ret_s = s;
	return 0;
}

static void mark_variables(struct policy *p)
{
	for (uint32_t i = 0; p->has_variables && i < p->tree.count; i++) {
		p->values[i].has_variable = p->values[i].text && strstr(p->values[i].text, "${");
		p->sees_grants = p->sees_grants || p->values[i].has_variable; /* it may be of any key */
	}
}

static bool is_grant_key(int key)
{
	return key >= REQUEST_KEY_GRANT_IS_FOR_AWS && key <= REQUEST_KEY_BYPASS;
}

static void compile_operator(struct policy *p, uint32_t name)
{
	struct op op = {.negated = false};
	bool is_odd = !operator_parse(p->values[name].text, &op);

	json_for_each_member (&p->tree, json_value(name), key) {
		struct test *t = &p->tests[p->test_count++];

		*t = (struct test){.op = op,
			.is_odd = is_odd,
			.key = (int16_t)request_key_parse(p->values[key].text),
			.op_node = name,
			.key_node = key,
			.value_node = json_value(key)};
		t->is_timed = t->key == REQUEST_KEY_CURRENT_TIME || t->key == REQUEST_KEY_EPOCH_TIME;
		p->sees_grants = p->sees_grants || is_grant_key(t->key);
	}
}

static void compile_condition(struct policy *p, struct statement *s)
{
	s->first_test = p->test_count;
	if (s->condition == JSON_NONE)
		return;
	s->odd_condition = !json_is(&p->tree, s->condition, JSON_OBJECT);
	json_for_each_member (&p->tree, s->condition, op) {
		s->odd_condition = s->odd_condition || !json_is(&p->tree, json_value(op), JSON_OBJECT);
		compile_operator(p, op);
	}
	s->test_count = p->test_count - s->first_test;
}

/* All that does not depend on a request is found out once. */
static int compile(struct policy *p)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < p->count; i++)
		json_for_each_member (&p->tree, p->statements[i].condition, op) {
			count += json_is(&p->tree, json_value(op), JSON_OBJECT)
					 ? json_count(&p->tree, json_value(op))
					 : 0;
		}
	p->tests = calloc(count > 0 ? count : 1, sizeof *p->tests);
	if (!p->tests)
		return err_origin(-ENOMEM);
	mark_variables(p);
	for (uint32_t i = 0; i < p->count; i++)
		compile_condition(p, &p->statements[i]);
	return 0;
}

static int parse_statements(struct policy *p, struct why *w)
{
	uint32_t count;

	if (!json_is(&p->tree, p->statement_node, JSON_ARRAY) &&
		!json_is(&p->tree, p->statement_node, JSON_OBJECT))
		return refuse_shape(p, p->statement_node, w, "an array of statements, or one");
	count = values_of(p, p->statement_node).left;
	p->statements = calloc(count > 0 ? count : 1, sizeof *p->statements);
	if (!p->statements)
		return err_origin(-ENOMEM);
	values_for_each(p, p->statement_node, v)
	{
		int r = parse_statement(p, v.node, &p->statements[p->count], w);

		if (r != 0)
			return r;
		p->count++;
	}
	return 0;
}

static int parse_document(struct policy *p, struct why *w)
{
	p->statement_node = JSON_NONE;
	if (!json_is(&p->tree, JSON_ROOT, JSON_OBJECT))
		return refuse_shape(p, JSON_ROOT, w, "a policy document: an object");
	json_for_each_member (&p->tree, JSON_ROOT, name) {
		uint32_t value = json_value(name);

		if (json_equals(&p->tree, name, "Statement"))
			p->statement_node = value;
		else if (json_equals(&p->tree, name, "Version")) {
			p->has_variables = json_equals(&p->tree, value, "2012-10-17");
			if (!p->has_variables && !json_equals(&p->tree, value, "2008-10-17"))
				return refuse_shape(p, value, w, "\"2012-10-17\" or \"2008-10-17\"");
		} else if (!json_equals(&p->tree, name, "Id"))
			return refuse_shape(p, name, w, "one of \"Version\", \"Id\", \"Statement\"");
	}
	if (p->statement_node == JSON_NONE)
		return refuse_shape(p, JSON_ROOT, w, "a policy document with \"Statement\"");
	return parse_statements(p, w);
}

int policy_parse(const char *text, size_t len, struct policy **ret_policy, struct why *reterr_why)
{
	_cleanup_(policy_cleanup) struct policy *p = calloc(1, sizeof *p);
	struct json_error error = {.expected = ""};
	int r;

	if (!p)
		return err_origin(-ENOMEM);
	if (len > POLICY_MAX_BYTES) {
		why_set(reterr_why, "a policy of %zu bytes: KMS takes at most %d", len, POLICY_MAX_BYTES);
		return POLICY_E_JSON;
	}
	p->text = malloc(len + 1);
	if (!p->text)
		return err_origin(-ENOMEM);
	if (len > 0)
		memcpy(p->text, text, len);
	p->text[len] = '\0';
	p->len = len;
	r = json_scan(p->text, len, &document_limits, &p->tree, &error);
	if (r > 0) {
		json_why(reterr_why, &error);
		return POLICY_E_JSON;
	}
	if (r == 0)
		r = decode_values(p);
	if (r == 0)
		r = parse_document(p, reterr_why);
	if (r == 0)
		r = compile(p);
	if (r != 0)
		return r;
	*ret_policy = own_take(p);
	return 0;
}

bool policy_has_sid(const struct policy *p, const char *sid)
{
	for (uint32_t i = 0; i < p->count; i++)
		if (strcmp(p->statements[i].sid, sid) == 0)
			return true;
	return false;
}
