/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_scan.h"
#include "base/json_text.h"
#include "base/own.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JSON_FIRST_NODES 32u
#define JSON_FEW_MEMBERS 24u /* up to here names are compared pairwise, else sorted */

struct scan {
	const char *text;
	size_t len, at;
	const struct json_limits *limits;
	struct json_tree *tree;
	uint32_t open[JSON_DEPTH_MAX]; /* containers that are not closed yet, outermost first */
	uint16_t depth;
	const char *expected; /* of a refusal, whose place is `at` */
};

static int refuse(struct scan *s, int refusal, const char *expected)
{
	s->expected = expected;
	return refusal;
}

static int add_node(struct scan *s, enum json_kind type, size_t start)
{
	struct json_tree *t = s->tree;

	if (t->count >= s->limits->max_nodes)
		return refuse(s, JSON_E_SIZE, "fewer values (the limit is reached here)");
	if (t->count == t->size) {
		uint32_t size = t->size < JSON_FIRST_NODES ? JSON_FIRST_NODES : t->size * 2;
		struct json_node *nodes;

		if (size < t->size)
			return err_origin(-ENOMEM);
		nodes = reallocarray(t->nodes, size, sizeof *nodes);
		if (!nodes)
			return err_origin(-ENOMEM);
		t->nodes = nodes;
		t->size = size;
	}
	t->nodes[t->count] = (struct json_node){
		.start = (uint32_t)start,
		.end = (uint32_t)s->at,
		.next = t->count + 1,
		.type = (uint8_t)type,
	};
	t->count++;
	return 0;
}

static void skip_blanks(struct scan *s)
{
	while (s->at < s->len && (s->text[s->at] == ' ' || s->text[s->at] == '\t' || s->text[s->at] == '\n' ||
					 s->text[s->at] == '\r'))
		s->at++;
}

static bool take_digits(struct scan *s)
{
	size_t from = s->at;

	while (s->at < s->len && s->text[s->at] >= '0' && s->text[s->at] <= '9')
		s->at++;
	return s->at > from;
}

static bool take(struct scan *s, char c)
{
	if (s->at >= s->len || s->text[s->at] != c)
		return false;
	s->at++;
	return true;
}

/* number = [ minus ] int [ frac ] [ exp ] (RFC 8259, 6) */
static int scan_number(struct scan *s)
{
	size_t start = s->at;

	(void)take(s, '-');
	if (!take(s, '0') && !take_digits(s))
		return refuse(s, JSON_E_SYNTAX, "a value");
	if (take(s, '.') && !take_digits(s))
		return refuse(s, JSON_E_SYNTAX, "a digit");
	if (take(s, 'e') || take(s, 'E')) {
		(void)(take(s, '+') || take(s, '-'));
		if (!take_digits(s))
			return refuse(s, JSON_E_SYNTAX, "a digit");
	}
	return add_node(s, JSON_NUMBER, start);
}

static int scan_string(struct scan *s)
{
	size_t start = s->at;
	int r = json_text_check(s->text, s->len, &s->at, &s->expected);

	return r != 0 ? r : add_node(s, JSON_STRING, start);
}

static int scan_word(struct scan *s)
{
	static const struct {
		const char *word;
		enum json_kind type;
	} words[] = {{"null", JSON_NULL}, {"false", JSON_FALSE}, {"true", JSON_TRUE}};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		size_t n = strlen(words[i].word);

		if (s->len - s->at >= n && memcmp(s->text + s->at, words[i].word, n) == 0) {
			s->at += n;
			return add_node(s, words[i].type, s->at - n);
		}
	}
	return refuse(s, JSON_E_SYNTAX, "a value");
}

static int open_container(struct scan *s, enum json_kind type)
{
	uint32_t node = s->tree->count;
	int r;

	if (s->depth >= s->limits->max_depth || s->depth >= JSON_DEPTH_MAX)
		return refuse(s, JSON_E_DEPTH, "less nesting (the limit is reached here)");
	s->at++;
	r = add_node(s, type, s->at - 1);
	if (r == 0)
		s->open[s->depth++] = node;
	return r;
}

static int scan_value(struct scan *s)
{
	if (s->at >= s->len)
		return refuse(s, JSON_E_SYNTAX, "a value");
	switch (s->text[s->at]) {
	case '{':
		return open_container(s, JSON_OBJECT);
	case '[':
		return open_container(s, JSON_ARRAY);
	case '"':
		return scan_string(s);
	case 'n':
	case 'f':
	case 't':
		return scan_word(s);
	default:
		return scan_number(s);
	}
}

static int compare_names(const struct json_tree *t, uint32_t a, uint32_t b)
{
	const struct json_node *x = &t->nodes[a], *y = &t->nodes[b];

	return json_text_compare(
		t->text + x->start + 1, t->text + x->end - 1, t->text + y->start + 1, t->text + y->end - 1);
}

static int compare_for_sort(const void *a, const void *b, void *tree)
{
	const uint32_t *x = a, *y = b;
	int r = compare_names(tree, *x, *y);

	return r != 0 ? r : *x < *y ? -1 : *x > *y;
}

static int refuse_duplicate(struct scan *s, uint32_t name)
{
	s->at = s->tree->nodes[name].start;
	return refuse(s, JSON_E_DUPLICATE, "a member name that this object does not have yet");
}

/* An object of very many members must not cost their square: the names are sorted. */
static int check_many_members(struct scan *s, uint32_t object)
{
	struct json_tree *t = s->tree;
	uint32_t count = t->nodes[object].count, n = 0, worst = JSON_NONE;
	_cleanup_free_ uint32_t *names = reallocarray(NULL, count, sizeof *names);

	if (!names)
		return err_origin(-ENOMEM);
	for (uint32_t i = object + 1; n < count; i = t->nodes[i + 1].next)
		names[n++] = i;
	qsort_r(names, n, sizeof *names, compare_for_sort, t);
	for (uint32_t i = 1; i < n; i++)
		if (names[i] < worst && compare_names(t, names[i - 1], names[i]) == 0)
			worst = names[i];
	return worst == JSON_NONE ? 0 : refuse_duplicate(s, worst);
}

/* Most names differ in what they begin with, and need no decoding for it. */
static bool same_name(const struct json_tree *t, uint32_t a, uint32_t b)
{
	char x = t->text[t->nodes[a].start + 1], y = t->text[t->nodes[b].start + 1];

	return (x == y || x == '\\' || y == '\\') && compare_names(t, a, b) == 0;
}

static int check_members(struct scan *s, uint32_t object)
{
	struct json_tree *t = s->tree;
	uint32_t names[JSON_FEW_MEMBERS], n = 0;

	if (t->nodes[object].count > JSON_FEW_MEMBERS)
		return check_many_members(s, object);
	for (uint32_t i = object + 1; n < t->nodes[object].count; i = t->nodes[i + 1].next) {
		for (uint32_t j = 0; j < n; j++)
			if (same_name(t, names[j], i))
				return refuse_duplicate(s, i);
		names[n++] = i;
	}
	return 0;
}

/* After the closing bracket or brace. */
static int close_container(struct scan *s)
{
	uint32_t node = s->open[--s->depth];
	struct json_node *n = &s->tree->nodes[node];

	n->end = (uint32_t)s->at;
	n->next = s->tree->count;
	return n->type == JSON_OBJECT ? check_members(s, node) : 0;
}

/* A name and its colon, the value's turn is next. */
static int scan_name(struct scan *s, const char *expected)
{
	int r;

	if (s->at >= s->len || s->text[s->at] != '"')
		return refuse(s, JSON_E_SYNTAX, expected);
	r = scan_string(s);
	if (r != 0)
		return r;
	skip_blanks(s);
	if (!take(s, ':'))
		return refuse(s, JSON_E_SYNTAX, "a ':'");
	skip_blanks(s);
	return 0;
}

/* What stands in the innermost container: the next value (or the name before it), or the closing bracket of
 * this and outer ones. `*ret_more`: a value follows. */
static int scan_between(struct scan *s, bool fresh, bool *ret_more)
{
	while (s->depth > 0) {
		struct json_node *n = &s->tree->nodes[s->open[s->depth - 1]];
		bool is_object = n->type == JSON_OBJECT;
		int r;

		skip_blanks(s);
		if (take(s, is_object ? '}' : ']')) {
			r = close_container(s);
			if (r != 0)
				return r;
			fresh = false;
			continue;
		}
		if (!fresh && !take(s, ','))
			return refuse(s, JSON_E_SYNTAX, is_object ? "a comma or '}'" : "a comma or ']'");
		skip_blanks(s);
		n->count++;
		*ret_more = true;
		return is_object ? scan_name(s, fresh ? "a member name or '}'" : "a member name") : 0;
	}
	*ret_more = false;
	return 0;
}

static int scan_document(struct scan *s)
{
	bool more = true;

	skip_blanks(s);
	while (more) {
		uint16_t depth = s->depth;
		int r = scan_value(s);

		if (r == 0)
			r = scan_between(s, s->depth > depth, &more);
		if (r != 0)
			return r;
	}
	skip_blanks(s);
	return s->at == s->len ? 0 : refuse(s, JSON_E_SYNTAX, "nothing more after the document");
}

static void position(const char *text, size_t at, uint32_t *ret_line, uint32_t *ret_column)
{
	uint32_t line = 1;
	size_t start = 0;

	for (size_t i = 0; i < at; i++)
		if (text[i] == '\n') {
			line++;
			start = i + 1;
		}
	*ret_line = line;
	*ret_column = (uint32_t)(at - start) + 1;
}

int json_scan(const char *text, size_t len, const struct json_limits *limits, struct json_tree *ret_tree,
	struct json_error *reterr_error)
{
	struct scan s = {.text = text, .len = len, .limits = limits, .tree = ret_tree};
	int r;

	ret_tree->text = text;
	ret_tree->len = len;
	ret_tree->count = 0;
	if (len > limits->max_bytes || len >= UINT32_MAX)
		r = refuse(&s, JSON_E_SIZE, "a shorter document");
	else
		r = scan_document(&s);
	if (r == 0)
		return 0;
	ret_tree->count = 0;
	ret_tree->text = NULL;
	ret_tree->len = 0;
	if (r > 0 && reterr_error) {
		position(text, s.at, &reterr_error->line, &reterr_error->column);
		reterr_error->expected = s.expected;
	}
	return r;
}

void json_position(const struct json_tree *t, uint32_t offset, uint32_t *ret_line, uint32_t *ret_column)
{
	position(t->text, offset < t->len ? offset : t->len, ret_line, ret_column);
}
