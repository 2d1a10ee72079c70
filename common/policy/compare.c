/* SPDX-License-Identifier: Apache-2.0 */
/* A statement becomes a sorted set of atoms, one for each value it lists; two statements mean the same if their atoms
 * are the same. An atom is two texts in one: the form that is compared, a NUL, and the form for people. */
#include "policy/compare.h"
#include "base/buf.h"
#include "base/own.h"
#include "policy/document.h"
#include "policy/principal.h"
#include <errno.h>
#include <string.h>

#define ATOM_MAX_BYTES (4 * POLICY_MAX_BYTES)

struct atoms {
	const char **items; /* sorted, each once */
	size_t count;
};

/* All atoms of one policy. */
struct shape {
	struct buf texts;         /* owned */
	size_t *starts;           /* owned: while texts grows */
	const char **items;       /* owned */
	struct atoms *statements; /* owned: by statement */
	size_t count, size;
};

static void shape_fini(struct shape *s)
{
	buf_fini(&s->texts);
	free(s->starts);
	free(s->items);
	free(s->statements);
}

static void lower_case(struct buf *b, size_t from)
{
	for (size_t i = from; i < b->len; i++)
		if (b->data[i] >= 'A' && b->data[i] <= 'Z')
			b->data[i] = (char)(b->data[i] - 'A' + 'a');
}

/* ---- one atom ---- */

static void begin_atom(struct shape *s)
{
	if (s->count < s->size)
		s->starts[s->count++] = s->texts.len;
}

static void end_form(struct shape *s)
{
	buf_append(&s->texts, "", 1);
}

/* "NAME VALUE" for a value of a list. */
static void add_value(struct shape *s, const char *name, const char *value, size_t len, bool fold)
{
	size_t from;

	begin_atom(s);
	buf_printf(&s->texts, "%s ", name);
	from = s->texts.len;
	buf_append(&s->texts, value, len);
	if (fold && !s->texts.trouble)
		lower_case(&s->texts, from);
	end_form(s);
	buf_printf(&s->texts, "%s ", name);
	buf_append(&s->texts, value, len);
	end_form(s);
}

static struct span raw_of(const struct policy *p, uint32_t node)
{
	const struct json_node *n = &p->tree.nodes[node];

	return (struct span){p->text + n->start, n->end - n->start};
}

/* Each value of a list; what is no value, as it is written. */
static void add_list(struct shape *s, const struct policy *p, const char *name, uint32_t node, bool fold)
{
	if (values_of(p, node).left == 0)
		add_value(s, name, "(an empty list)", strlen("(an empty list)"), false);
	values_for_each(p, node, v)
	{
		struct value text = policy_text(p, v.node);
		struct span raw = raw_of(p, v.node);

		if (text.text)
			add_value(s, name, text.text, text.len, fold);
		else
			add_value(s, name, raw.at, raw.len, false);
	}
}

/* ---- principals ---- */

static void add_principal(
	struct shape *s, const char *name, const char *type, struct value v, struct span raw)
{
	struct account_id account;
	char label[64];

	(void)snprintf(label, sizeof label, "%s %.40s", name, type);
	if (!v.text)
		add_value(s, label, raw.at, raw.len, false);
	else if (strcmp(type, "AWS") == 0 && principal_is_account(v.text) &&
		 principal_account(v.text, &account) == 0)
		add_value(s, label, account.text, strlen(account.text), false);
	else
		add_value(s, label, v.text, v.len, false);
}

static void add_principals(struct shape *s, const struct policy *p, const char *name, uint32_t node)
{
	if (!json_is(&p->tree, node, JSON_OBJECT)) {
		add_principal(s, name, "AWS", policy_text(p, node), raw_of(p, node));
		return;
	}
	json_for_each_member (&p->tree, node, type) {
		values_for_each(p, json_value(type), v)
		{
			add_principal(
				s, name, policy_value(p, type), policy_text(p, v.node), raw_of(p, v.node));
		}
	}
}

/* ---- conditions ---- */

static bool same_op(const struct op *a, const struct op *b)
{
	return a->family == b->family && a->relation == b->relation && a->negated == b->negated &&
	       a->if_exists == b->if_exists && a->quantifier == b->quantifier;
}

/* How many tests before this one have the same operator and key: they are AND, so they must not become one list. */
static uint32_t repetition(const struct policy *p, const struct statement *st, uint32_t index)
{
	const struct test *t = &p->tests[st->first_test + index];
	uint32_t n = 0;

	for (uint32_t i = 0; i < index; i++) {
		const struct test *u = &p->tests[st->first_test + i];

		n += u->op_node != t->op_node && !u->is_odd && !t->is_odd && same_op(&u->op, &t->op) &&
		     pattern_equals_fold(policy_value(p, u->key_node), policy_value(p, t->key_node));
	}
	return n;
}

static void add_test(struct shape *s, const struct policy *p, const struct statement *st, uint32_t index)
{
	const struct test *t = &p->tests[st->first_test + index];
	const char *op = policy_value(p, t->op_node), *key = policy_value(p, t->key_node);
	bool fold = t->op.family == FAMILY_BOOL || t->op.family == FAMILY_NULL;
	uint32_t again = repetition(p, st, index);

	if (values_of(p, t->value_node).left == 0) {
		begin_atom(s);
		buf_printf(&s->texts, "Condition %s %s (an empty list)", op, key);
		end_form(s);
		buf_printf(&s->texts, "Condition %s %s (an empty list)", op, key);
		end_form(s);
	}
	values_for_each(p, t->value_node, v)
	{
		struct value text = policy_text(p, v.node);
		struct span raw = raw_of(p, v.node);
		size_t from;

		if (text.text)
			raw = (struct span){text.text, text.len};
		begin_atom(s);
		from = s->texts.len;
		if (t->is_odd)
			buf_printf(&s->texts, "Condition %s %s %u = ", op, key, again);
		else
			buf_printf(&s->texts, "Condition %d/%d/%d/%d/%d %s %u = ", (int)t->op.family,
				(int)t->op.relation, t->op.negated, t->op.if_exists, (int)t->op.quantifier,
				key, again);
		if (!s->texts.trouble)
			lower_case(&s->texts, from);
		from = s->texts.len;
		buf_append(&s->texts, raw.at, raw.len);
		if (fold && !s->texts.trouble)
			lower_case(&s->texts, from);
		end_form(s);
		buf_printf(&s->texts, "Condition %s %s = ", op, key);
		buf_append(&s->texts, raw.at, raw.len);
		end_form(s);
	}
}

/* ---- statements ---- */

static bool is_element(const char *name)
{
	static const char *const names[] = {"Sid", "Effect", "Principal", "NotPrincipal", "Action",
		"NotAction", "Resource", "NotResource", "Condition"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void add_statement(struct shape *s, const struct policy *p, const struct statement *st)
{
	const char *effect = st->is_deny ? "Deny" : "Allow";

	add_value(s, "Effect", effect, strlen(effect), false);
	if (*st->sid)
		add_value(s, "Sid", st->sid, strlen(st->sid), false);
	if (st->principal != JSON_NONE)
		add_principals(s, p, st->not_principal ? "NotPrincipal" : "Principal", st->principal);
	if (st->action != JSON_NONE)
		add_list(s, p, st->not_action ? "NotAction" : "Action", st->action, true);
	if (st->resource != JSON_NONE)
		add_list(s, p, st->not_resource ? "NotResource" : "Resource", st->resource, false);
	for (uint32_t i = 0; i < st->test_count; i++)
		add_test(s, p, st, i);
	if (st->odd_condition)
		add_value(s, "Condition", raw_of(p, st->condition).at, raw_of(p, st->condition).len, false);
	json_for_each_member (&p->tree, st->node, name) {
		if (!is_element(policy_value(p, name)))
			add_value(s, policy_value(p, name), raw_of(p, json_value(name)).at,
				raw_of(p, json_value(name)).len, false);
	}
}

static int compare_texts(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void sort_atoms(struct atoms *a)
{
	size_t kept = 0;

	qsort(a->items, a->count, sizeof *a->items, compare_texts);
	for (size_t i = 0; i < a->count; i++)
		if (kept == 0 || strcmp(a->items[kept - 1], a->items[i]) != 0)
			a->items[kept++] = a->items[i];
	a->count = kept;
}

/* Fails: -ENOMEM. */
static int shape_of(const struct policy *p, struct shape *ret_shape)
{
	_cleanup_(shape_fini) struct shape s = {.texts = BUF_INIT(64 * (size_t)ATOM_MAX_BYTES),
		.size = p->tree.count + 3 * (size_t)p->count + 8};

	s.starts = calloc(s.size, sizeof *s.starts);
	s.items = calloc(s.size, sizeof *s.items);
	s.statements = calloc(p->count + 1, sizeof *s.statements);
	if (!s.starts || !s.items || !s.statements)
		return err_origin(-ENOMEM);
	for (uint32_t i = 0; i < p->count; i++) {
		size_t first = s.count;

		add_statement(&s, p, &p->statements[i]);
		s.statements[i] = (struct atoms){s.items + first, s.count - first};
	}
	if (s.texts.trouble)
		return err_origin(-ENOMEM);
	for (size_t i = 0; i < s.count; i++)
		s.items[i] = s.texts.data + s.starts[i];
	for (uint32_t i = 0; i < p->count; i++)
		sort_atoms(&s.statements[i]);
	*ret_shape = s;
	s = (struct shape){.texts = BUF_INIT(0)};
	return 0;
}

static bool same_atoms(const struct atoms *a, const struct atoms *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

/* ---- pairs ---- */

#define NOBODY UINT32_MAX

/* before <-> after, by index. */
struct pairs {
	uint32_t *of_after, *of_before;
};

static void pair_same(const struct policy *a, const struct policy *b, const struct shape *x,
	const struct shape *y, struct pairs *pairs)
{
	for (uint32_t j = 0; j < b->count; j++)
		for (uint32_t i = 0; i < a->count; i++)
			if (pairs->of_before[i] == NOBODY &&
				same_atoms(&x->statements[i], &y->statements[j])) {
				pairs->of_before[i] = j;
				pairs->of_after[j] = i;
				break;
			}
}

/* What is left belongs together by its Sid, or, without one, by its place. */
static void pair_changed(const struct policy *a, const struct policy *b, struct pairs *pairs)
{
	for (uint32_t j = 0; j < b->count; j++)
		for (uint32_t i = 0; i < a->count && pairs->of_after[j] == NOBODY; i++) {
			const char *x = a->statements[i].sid, *y = b->statements[j].sid;

			if (pairs->of_before[i] != NOBODY || strcmp(x, y) != 0 || (!*x && i != j))
				continue;
			pairs->of_before[i] = j;
			pairs->of_after[j] = i;
		}
}

/* Fails: -ENOMEM. */
static int make_pairs(const struct policy *a, const struct policy *b, const struct shape *x,
	const struct shape *y, struct pairs *ret_pairs)
{
	struct pairs pairs = {.of_after = malloc((b->count + 1) * sizeof(uint32_t)),
		.of_before = malloc((a->count + 1) * sizeof(uint32_t))};

	if (!pairs.of_after || !pairs.of_before) {
		free(pairs.of_after);
		free(pairs.of_before);
		return err_origin(-ENOMEM);
	}
	memset(pairs.of_after, 0xff, (b->count + 1) * sizeof(uint32_t));
	memset(pairs.of_before, 0xff, (a->count + 1) * sizeof(uint32_t));
	pair_same(a, b, x, y, &pairs);
	*ret_pairs = pairs;
	return 0;
}

static void pairs_fini(struct pairs *p)
{
	free(p->of_after);
	free(p->of_before);
}

int compare_equal(const struct policy *a, const struct policy *b, bool *ret_equal)
{
	_cleanup_(shape_fini) struct shape x = {.texts = BUF_INIT(0)}, y = {.texts = BUF_INIT(0)};
	_cleanup_(pairs_fini) struct pairs pairs = {NULL, NULL};
	bool equal = a->count == b->count && a->has_variables == b->has_variables;
	int r = shape_of(a, &x);

	if (r == 0)
		r = shape_of(b, &y);
	if (r == 0)
		r = make_pairs(a, b, &x, &y, &pairs);
	if (r != 0)
		return r;
	for (uint32_t j = 0; equal && j < b->count; j++)
		equal = pairs.of_after[j] != NOBODY;
	*ret_equal = equal;
	return 0;
}

int compare_match(const struct policy *a, const struct policy *b, uint32_t *ret_of_a)
{
	_cleanup_(shape_fini) struct shape x = {.texts = BUF_INIT(0)}, y = {.texts = BUF_INIT(0)};
	_cleanup_(pairs_fini) struct pairs pairs = {NULL, NULL};
	int r = shape_of(a, &x);

	if (r == 0)
		r = shape_of(b, &y);
	if (r == 0)
		r = make_pairs(a, b, &x, &y, &pairs);
	if (r == 0)
		memcpy(ret_of_a, pairs.of_before, a->count * sizeof *ret_of_a);
	return r;
}

/* ---- the list ---- */

const char *compare_kind_name(enum compare_kind k)
{
	switch (k) {
	case COMPARE_SAME:
		return "same";
	case COMPARE_CHANGED:
		return "changed";
	case COMPARE_REMOVED:
		return "removed";
	case COMPARE_ADDED:
		return "added";
	}
	return "same";
}

/* What a has and b has not, as people read it. Both are sorted. */
static size_t put_difference(const struct atoms *a, const struct atoms *b, const char **out)
{
	size_t n = 0, j = 0;

	for (size_t i = 0; i < a->count; i++) {
		while (j < b->count && strcmp(b->items[j], a->items[i]) < 0)
			j++;
		if (j < b->count && strcmp(b->items[j], a->items[i]) == 0)
			continue;
		out[n++] = a->items[i] + strlen(a->items[i]) + 1;
	}
	return n;
}

static void put_statement(struct compare_list *l, const struct policy *p, uint32_t i, enum compare_kind kind)
{
	l->statements[l->count++] = (struct compare_statement){
		.kind = kind, .line = policy_line(p, p->statements[i].node), .sid = p->statements[i].sid};
}

static void fill(const struct policy *a, const struct policy *b, const struct shape *x, const struct shape *y,
	const struct pairs *pairs, struct compare_list *l, const char **texts)
{
	static const struct atoms none = {NULL, 0};

	for (uint32_t k = 0; k < b->count + a->count; k++) {
		bool old = k >= b->count;
		uint32_t i = old ? k - b->count : pairs->of_after[k];
		const struct atoms *minus = i == NOBODY ? &none : &x->statements[i];
		const struct atoms *plus = old ? &none : &y->statements[k];
		struct compare_statement *s;

		if (old && pairs->of_before[i] != NOBODY)
			continue;
		put_statement(l, old ? a : b, old ? i : k, old ? COMPARE_REMOVED : COMPARE_ADDED);
		s = &l->statements[l->count - 1];
		s->before = i == NOBODY ? 0 : i + 1;
		s->after = old ? 0 : k + 1;
		s->minus = texts;
		s->minus_count = put_difference(minus, plus, texts);
		texts += s->minus_count;
		s->plus = texts;
		s->plus_count = put_difference(plus, minus, texts);
		texts += s->plus_count;
		if (!old && i != NOBODY)
			s->kind = s->minus_count + s->plus_count > 0 ? COMPARE_CHANGED : COMPARE_SAME;
	}
}

int compare_statements(const struct policy *before, const struct policy *after, struct compare_list *ret_list)
{
	_cleanup_(shape_fini) struct shape x = {.texts = BUF_INIT(0)}, y = {.texts = BUF_INIT(0)};
	_cleanup_(pairs_fini) struct pairs pairs = {NULL, NULL};
	_cleanup_(compare_list_fini) struct compare_list l = COMPARE_LIST_INIT;
	int r = shape_of(before, &x);

	if (r == 0)
		r = shape_of(after, &y);
	if (r == 0)
		r = make_pairs(before, after, &x, &y, &pairs);
	if (r != 0)
		return r;
	pair_changed(before, after, &pairs);
	l.statements = calloc(before->count + after->count + 1, sizeof *l.statements);
	l.memory[0] = calloc(x.count + y.count + 1, sizeof(const char *));
	if (!l.statements || !l.memory[0])
		return err_origin(-ENOMEM);
	fill(before, after, &x, &y, &pairs, &l, l.memory[0]);
	l.version_differs = before->has_variables != after->has_variables;
	l.memory[1] = x.texts.data;
	l.memory[2] = y.texts.data;
	x.texts.data = y.texts.data = NULL;
	*ret_list = l;
	l = COMPARE_LIST_INIT;
	return 0;
}

void compare_list_fini(struct compare_list *l)
{
	for (size_t i = 0; i < sizeof l->memory / sizeof l->memory[0]; i++)
		free(l->memory[i]);
	free(l->statements);
	*l = COMPARE_LIST_INIT;
}
