/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_scan.h"
#include "base/json_text.h"
#include "base/own.h"
#include <stdio.h>
#include <time.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define _cleanup_tree_ _cleanup_(json_tree_fini)
static const struct json_limits limits = {
	.max_bytes = 1u << 24, .max_nodes = 1u << 22, .max_depth = JSON_DEPTH_MAX};

static int scan(const char *text, struct json_tree *t, struct json_error *e)
{
	return json_scan(text, strlen(text), &limits, t, e);
}

static void test_tree(void **state)
{
	static const char text[] =
		" {\"a\":[1, {\"b\":null}, []],\n \"c\\u0064\":\"x\\\"\\u20ac\\ud83d\\ude00\\n\",\"e\":{}} ";
	_cleanup_tree_ struct json_tree t = JSON_TREE_INIT;
	_cleanup_free_ char *dup = NULL;
	uint32_t a, n = 0, line, column;
	char out[32] = "old";
	size_t len = 9;

	(void)state;
	assert_int_equal(scan(text, &t, NULL), 0);
	assert_true(json_is(&t, JSON_ROOT, JSON_OBJECT));
	assert_int_equal(json_count(&t, JSON_ROOT), 3);
	assert_int_equal(t.nodes[JSON_ROOT].start, 1);
	assert_int_equal(t.nodes[JSON_ROOT].end, strlen(text) - 1);
	assert_int_equal(t.nodes[JSON_ROOT].next, t.count);
	a = json_member(&t, JSON_ROOT, "a");
	assert_true(json_is(&t, a, JSON_ARRAY));
	assert_int_equal(json_count(&t, a), 3);
	json_for_each (&t, a, i) {
		static const enum json_kind kinds[] = {JSON_NUMBER, JSON_OBJECT, JSON_ARRAY};

		assert_int_equal(t.nodes[i].type, kinds[n++]);
	}
	assert_int_equal(n, 3);
	n = 0;
	json_for_each_member (&t, JSON_ROOT, name) {
		static const char *const names[] = {"a", "cd", "e"};

		assert_true(json_equals(&t, name, names[n++]));
		assert_int_equal(json_member(&t, JSON_ROOT, names[n - 1]), json_value(name));
	}
	assert_int_equal(n, 3);
	assert_int_equal(json_string(&t, json_member(&t, JSON_ROOT, "cd"), out, sizeof out, &len), 0);
	assert_string_equal(out, "x\"\xe2\x82\xac\xf0\x9f\x98\x80\n");
	assert_int_equal(len, 10);
	assert_int_equal(json_string(&t, json_member(&t, JSON_ROOT, "cd"), out, 10, NULL), 2);
	assert_int_equal(json_string(&t, json_member(&t, JSON_ROOT, "cd"), out, 11, NULL), 0);
	assert_int_equal(json_string(&t, a, out, sizeof out, NULL), 1);
	assert_int_equal(json_string_dup(&t, json_member(&t, JSON_ROOT, "cd"), 9, &dup), 2);
	assert_int_equal(json_string_dup(&t, a, 9, &dup), 1);
	assert_null(dup);
	assert_int_equal(json_string_dup(&t, json_member(&t, JSON_ROOT, "cd"), 10, &dup), 0);
	assert_string_equal(dup, out);
	json_position(&t, t.nodes[json_member(&t, JSON_ROOT, "cd")].start, &line, &column);
	assert_int_equal(line, 2);
	assert_int_equal(column, 12);
	json_position(&t, UINT32_MAX, &line, &column);
	assert_int_equal(line, 2);
}

/* "None", a wrong type and an empty tree are answers to every question, never a step out of bounds. */
static void test_none(void **state)
{
	_cleanup_tree_ struct json_tree t = JSON_TREE_INIT;
	uint64_t u = 7;
	double d = 7;
	bool b = true;
	char out[8];

	(void)state;
	for (int round = 0; round < 2; round++) {
		const uint32_t nodes[] = {JSON_NONE, round == 0 ? JSON_ROOT : 1, 99};

		for (size_t i = 0; i < 3; i++) {
			uint32_t node = nodes[i], seen = 0;

			assert_false(json_is(&t, node, JSON_OBJECT));
			assert_int_equal(json_count(&t, node), 0);
			assert_int_equal(json_first(&t, node), JSON_NONE);
			assert_int_equal(json_member(&t, node, "a"), JSON_NONE);
			assert_int_equal(json_string(&t, node, out, sizeof out, NULL), 1);
			assert_false(json_equals(&t, node, ""));
			assert_int_equal(json_u64(&t, node, 9, &u), 1);
			assert_int_equal(json_double(&t, node, &d), 1);
			assert_int_equal(json_truth(&t, node, &b), 1);
			json_for_each (&t, node, e)
				seen++;
			json_for_each_member (&t, node, m)
				seen++;
			assert_int_equal(seen, 0);
		}
		assert_int_equal(scan("[null]", &t, NULL), 0);
	}
	assert_int_equal(json_value(JSON_NONE), JSON_NONE);
	assert_int_equal(json_member(&t, JSON_ROOT, "a"), JSON_NONE);
	json_for_each_member (&t, JSON_ROOT, m)
		fail();
	/* After a refusal a used tree is empty. */
	assert_int_equal(scan("[1,", &t, NULL), JSON_E_SYNTAX);
	assert_false(json_is(&t, JSON_ROOT, JSON_ARRAY));
	assert_int_equal(t.count, 0);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *text;
		int refusal;
		uint32_t line, column;
		const char *expected;
	} cases[] = {
		{"", JSON_E_SYNTAX, 1, 1, "a value"},
		{" \n ", JSON_E_SYNTAX, 2, 2, "a value"},
		{"nul", JSON_E_SYNTAX, 1, 1, "a value"},
		{"NaN", JSON_E_SYNTAX, 1, 1, "a value"},
		{"Infinity", JSON_E_SYNTAX, 1, 1, "a value"},
		{"'a'", JSON_E_SYNTAX, 1, 1, "a value"},
		{"\xef\xbb\xbf{}", JSON_E_SYNTAX, 1, 1, "a value"},
		{"true false", JSON_E_SYNTAX, 1, 6, "nothing more"},
		{"nullx", JSON_E_SYNTAX, 1, 5, "nothing more"},
		{"{}]", JSON_E_SYNTAX, 1, 3, "nothing more"},
		{"[1,]", JSON_E_SYNTAX, 1, 4, "a value"},
		{"[,1]", JSON_E_SYNTAX, 1, 2, "a value"},
		{"[1 2]", JSON_E_SYNTAX, 1, 4, "a comma or ']'"},
		{"[", JSON_E_SYNTAX, 1, 2, "a value"},
		{"[1", JSON_E_SYNTAX, 1, 3, "a comma or ']'"},
		{"[1}", JSON_E_SYNTAX, 1, 3, "a comma or ']'"},
		{"{", JSON_E_SYNTAX, 1, 2, "a member name or '}'"},
		{"{\"a\"}", JSON_E_SYNTAX, 1, 5, "a ':'"},
		{"{\"a\":}", JSON_E_SYNTAX, 1, 6, "a value"},
		{"{\"a\":1,}", JSON_E_SYNTAX, 1, 8, "a member name"},
		{"{\"a\":1]", JSON_E_SYNTAX, 1, 7, "a comma or '}'"},
		{"{\"a\":1\n\"b\":2}", JSON_E_SYNTAX, 2, 1, "a comma or '}'"},
		{"{a:1}", JSON_E_SYNTAX, 1, 2, "a member name"},
		{"{1:1}", JSON_E_SYNTAX, 1, 2, "a member name"},
		{"[1] // c", JSON_E_SYNTAX, 1, 5, "nothing more"},
		{"[/**/1]", JSON_E_SYNTAX, 1, 2, "a value"},
		{"01", JSON_E_SYNTAX, 1, 2, "nothing more"},
		{"-", JSON_E_SYNTAX, 1, 2, "a value"},
		{"+1", JSON_E_SYNTAX, 1, 1, "a value"},
		{"1.", JSON_E_SYNTAX, 1, 3, "a digit"},
		{".5", JSON_E_SYNTAX, 1, 1, "a value"},
		{"1e", JSON_E_SYNTAX, 1, 3, "a digit"},
		{"1e+", JSON_E_SYNTAX, 1, 4, "a digit"},
		{"\"abc", JSON_E_SYNTAX, 1, 1, "closing"},
		{"\"abc\\\"", JSON_E_SYNTAX, 1, 1, "closing"},
		{"\"a\tb\"", JSON_E_SYNTAX, 1, 3, "control"},
		{"\"a\nb\"", JSON_E_SYNTAX, 1, 3, "control"},
		{"\"\\x\"", JSON_E_SYNTAX, 1, 2, "an escape"},
		{"\"\\u12g4\"", JSON_E_SYNTAX, 1, 2, "an escape"},
		{"\"\\u12", JSON_E_SYNTAX, 1, 2, "an escape"},
		{"\"\\", JSON_E_SYNTAX, 1, 2, "an escape"},
		{"\"\\u0000\"", JSON_E_NUL, 1, 2, "u0000"},
		{"{\"Effect\\u0000x\":1}", JSON_E_NUL, 1, 9, "u0000"},
		{"\"\\ud800\"", JSON_E_UTF8, 1, 2, "surrogates"},
		{"\"\\ud800\\u0041\"", JSON_E_UTF8, 1, 2, "surrogates"},
		{"\"\\udc00\\ud800\"", JSON_E_UTF8, 1, 2, "surrogates"},
		{"\"\\ud800\\ud800\"", JSON_E_UTF8, 1, 2, "surrogates"},
		{"\"\\ud800\\ue000\"", JSON_E_UTF8, 1, 2, "surrogates"},
		{"\"\xff\"", JSON_E_UTF8, 1, 2, "UTF-8"},
		{"\"\x80\"", JSON_E_UTF8, 1, 2, "UTF-8"},
		{"\"\xc0\x80\"", JSON_E_UTF8, 1, 2, "UTF-8"},
		{"\"\xc3\"", JSON_E_UTF8, 1, 2, "UTF-8"},
		{"\"\xc3", JSON_E_UTF8, 1, 2, "UTF-8"},
		{"\"\xed\xa0\x80\"", JSON_E_UTF8, 1, 2, "UTF-8"},
		{"\"\xe0\x9f\xbf\"", JSON_E_UTF8, 1, 2, "UTF-8"},
		{"\"\xf0\x8f\xbf\xbf\"", JSON_E_UTF8, 1, 2, "UTF-8"},
		{"\"\xf4\x90\x80\x80\"", JSON_E_UTF8, 1, 2, "UTF-8"},
		{"{\"a\":1,\"b\":2,\"a\":3}", JSON_E_DUPLICATE, 1, 14, "member name"},
		{"{\"a\":1,\"\\u0061\":3}", JSON_E_DUPLICATE, 1, 8, "member name"},
		{"{\"\xc3\xa9\":1,\"\\u00e9\":3}", JSON_E_DUPLICATE, 1, 9, "member name"},
		{"{\"\xf0\x9f\x98\x80\":1,\"\\uD83D\\uDE00\":3}", JSON_E_DUPLICATE, 1, 11, "member name"},
		{"[{\"\":[{}],\n\"\":{}}]", JSON_E_DUPLICATE, 2, 1, "member name"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		_cleanup_tree_ struct json_tree t = JSON_TREE_INIT;
		_cleanup_free_ char *exact =
			malloc(strlen(cases[i].text) + 1); /* so that ASan sees one byte too far */
		struct json_error e = {0};
		struct why why;
		int r;

		assert_non_null(exact);
		memcpy(exact, cases[i].text, strlen(cases[i].text));
		r = json_scan(exact, strlen(cases[i].text), &limits, &t, &e);
		if (r != cases[i].refusal || e.line != cases[i].line || e.column != cases[i].column ||
			!strstr(e.expected, cases[i].expected))
			fail_msg("%s: %d at %u:%u, expected %s", cases[i].text, r, e.line, e.column,
				e.expected);
		json_why(&why, &e);
		assert_non_null(strstr(why.text, cases[i].expected));
	}
}

static void test_accepts(void **state)
{
	static const char *const texts[] = {"0", "-0", "1.5e-3", "1E5", "\"\"", " \t\r\n[ ] ", "{}",
		"[{\"a\":1},{\"a\":1}]", "{\"a\":{\"a\":{\"a\":1}}}", "{\"a\":1,\"A\":2,\"\":3}", "\"\x7f\"",
		"\"\\u0001\"", "\"\xef\xbf\xbf\"", "\"\xf4\x8f\xbf\xbf\""};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		_cleanup_tree_ struct json_tree t = JSON_TREE_INIT;

		assert_int_equal(scan(texts[i], &t, NULL), 0);
	}
}

static bool stands_for_itself(unsigned c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Eight bytes are judged at once: each byte at each place, beside those that borrow or are borrowed from. */
static void test_plain(void **state)
{
	enum { LEN = 17 };
	static const unsigned char beside[] = {
		'a', 0x1f, 0x20, '!', '"', '#', '[', '\\', ']', 0x7f, 0x80, 0xff};

	(void)state;
	for (unsigned byte = 0; byte < 256; byte++)
		for (size_t at = 0; at < LEN; at++)
			for (size_t i = 0; i < sizeof beside; i++) {
				char text[LEN + 1];
				size_t plain = at;

				memset(text, 'a', sizeof text);
				text[at] = (char)byte;
				text[at + 1] = (char)beside[i];
				if (stands_for_itself(byte))
					plain = stands_for_itself(beside[i]) || at + 1 == LEN ? LEN : at + 1;
				assert_int_equal(json_text_plain(text, LEN), plain);
			}
}

/* Every prefix of a good document is refused, none reads a byte too far (ASan). */
static void test_every_prefix(void **state)
{
	static const char text[] =
		"{\"a\":[1.5e3,true,null,\"\\ud83d\\ude00\xf0\x9f\x98\x80\"],\"b\":{\"c\":-0}}";

	(void)state;
	for (size_t len = 0; len < sizeof text; len++) {
		_cleanup_tree_ struct json_tree t = JSON_TREE_INIT;
		_cleanup_free_ char *exact = malloc(len > 0 ? len : 1);
		struct json_error e;
		int r;

		assert_non_null(exact);
		memcpy(exact, text, len);
		r = json_scan(exact, len, &limits, &t, &e);
		if (len == sizeof text - 1)
			assert_int_equal(r, 0);
		else
			assert_true(r > 0);
	}
}

static void test_limits(void **state)
{
	_cleanup_tree_ struct json_tree t = JSON_TREE_INIT;
	struct json_limits few = {.max_bytes = 10, .max_nodes = 4, .max_depth = 2};
	struct json_error e;

	(void)state;
	assert_int_equal(json_scan("[1,2,3]   ", 10, &few, &t, &e), 0);
	assert_int_equal(json_scan("[1,2,3]    ", 11, &few, &t, &e), JSON_E_SIZE);
	assert_int_equal(json_scan("[1,2,3,4]", 9, &few, &t, &e), JSON_E_SIZE);
	assert_int_equal(e.column, 9);
	assert_int_equal(json_scan("[[]]", 4, &few, &t, &e), 0);
	assert_int_equal(json_scan("[[[]]]", 6, &few, &t, &e), JSON_E_DEPTH);
	assert_int_equal(e.column, 3);
	assert_int_equal(json_scan("{\"\":[{}]}", 9, &few, &t, &e), JSON_E_DEPTH);
	few.max_depth = UINT16_MAX; /* more than there is room for */
	few.max_bytes = 1000;
	few.max_nodes = 1000;
	{
		char deep[JSON_DEPTH_MAX + 1];

		memset(deep, '[', sizeof deep);
		assert_int_equal(json_scan(deep, sizeof deep, &few, &t, &e), JSON_E_DEPTH);
		assert_int_equal(e.column, JSON_DEPTH_MAX + 1);
		assert_int_equal(json_scan(deep, JSON_DEPTH_MAX, &few, &t, &e), JSON_E_SYNTAX);
	}
}

/* A million nested brackets: refused at the limit, no recursion. */
static void test_deep(void **state)
{
	_cleanup_tree_ struct json_tree t = JSON_TREE_INIT;
	_cleanup_free_ char *text = malloc(1000000);
	struct json_error e;

	(void)state;
	assert_non_null(text);
	memset(text, '[', 1000000);
	assert_int_equal(json_scan(text, 1000000, &limits, &t, &e), JSON_E_DEPTH);
	assert_int_equal(t.count, 0);
}

/* Many members, sharing long beginnings: the names are sorted, not compared pairwise. 200,000 members would take
 * 2 x 10^10 comparisons; the bound on CPU time is generous, for the slowest of machines. */
static void test_many_members(void **state)
{
	const size_t count = 200000, step = 32;
	_cleanup_tree_ struct json_tree t = JSON_TREE_INIT;
	_cleanup_free_ char *text = malloc(count * step + 100);
	struct json_error e = {0};
	size_t used = 1;
	clock_t start;

	(void)state;
	assert_non_null(text);
	text[0] = '{';
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(
			text + used, step + 1, "%s\"nnnnnnnnnnnnnnnnnn%06zu\":1", i ? "," : "", i);
	(void)snprintf(text + used, 100, "}");
	start = clock();
	assert_int_equal(json_scan(text, used + 1, &limits, &t, &e), 0);
	assert_int_equal(json_count(&t, JSON_ROOT), count);
	assert_true((clock() - start) / CLOCKS_PER_SEC < 20);
	/* The duplicate that comes first in the text is the one that is told. */
	used += (size_t)snprintf(
		text + used, 100, ",\"nnnnnnnnnnnnnnnnnn\\u0030%05d\":1,\"z\":1,\"z\":1}", 7);
	assert_int_equal(json_scan(text, used, &limits, &t, &e), JSON_E_DUPLICATE);
	assert_int_equal(
		e.column, used - strlen("\"nnnnnnnnnnnnnnnnnn\\u003000007\":1,\"z\":1,\"z\":1}") + 1);
}

static void test_few_and_many_agree(void **state)
{
	(void)state;
	for (int count = 1; count < 20; count++)
		for (int twin = 0; twin < count; twin++) {
			_cleanup_tree_ struct json_tree t = JSON_TREE_INIT;
			char text[256] = "{";
			size_t used = 1;

			for (int i = 0; i < count; i++)
				used += (size_t)snprintf(
					text + used, sizeof text - used, "\"%c\":[%d],", 'a' + i, i);
			(void)snprintf(text + used, sizeof text - used, "\"x\":0}");
			assert_int_equal(scan(text, &t, NULL), 0);
			(void)snprintf(text + used, sizeof text - used, "\"%c\":0}", 'a' + twin);
			assert_int_equal(scan(text, &t, NULL), JSON_E_DUPLICATE);
		}
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int u64, dbl;
		uint64_t value;
	} cases[] = {
		{"0", 0, 0, 0, 0},
		{"-0", 0, 0, 0, 0},
		{"18446744073709551615", UINT64_MAX, 0, 0, UINT64_MAX},
		{"18446744073709551616", UINT64_MAX, 2, 0, 0},
		{"100000000000000000000000", UINT64_MAX, 2, 0, 0},
		{"7", 6, 2, 0, 0},
		{"-1", 9, 2, 0, 0},
		{"1.5", 9, 2, 0, 0},
		{"5.0", 9, 0, 0, 5},
		{"1.7e9", UINT64_MAX, 0, 0, 1700000000},
		{"1e1", 9, 2, 0, 0},
		{"1e30", UINT64_MAX, 2, 0, 0},
		{"1e999", UINT64_MAX, 2, 1, 0},
		{"\"42\"", 99, 0, 1, 42},
		{"\"042\"", 99, 1, 1, 0},
		{"\"-1\"", 99, 1, 1, 0},
		{"\"\"", 99, 1, 1, 0},
		{"\"100\"", 99, 2, 1, 0},
		{"\"\\u0034\"", 99, 1, 1, 0},
		{"true", 99, 1, 1, 0},
		{"null", 99, 1, 1, 0},
		{"[1]", 99, 1, 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		_cleanup_tree_ struct json_tree t = JSON_TREE_INIT;
		uint64_t v = 4711;
		double d = 0.5;

		assert_int_equal(scan(cases[i].text, &t, NULL), 0);
		assert_int_equal(json_u64(&t, JSON_ROOT, cases[i].max, &v), cases[i].u64);
		assert_int_equal(v, cases[i].u64 ? 4711 : cases[i].value);
		assert_int_equal(json_double(&t, JSON_ROOT, &d), cases[i].dbl);
	}
}

static void test_long_number(void **state)
{
	_cleanup_tree_ struct json_tree t = JSON_TREE_INIT;
	char text[1001];
	uint64_t v;
	double d;

	(void)state;
	memset(text, '1', sizeof text);
	text[1000] = '\0';
	assert_int_equal(scan(text, &t, NULL), 0);
	assert_int_equal(json_u64(&t, JSON_ROOT, UINT64_MAX, &v), 2);
	assert_int_equal(json_double(&t, JSON_ROOT, &d), 1);
}

static void test_truth(void **state)
{
	_cleanup_tree_ struct json_tree t = JSON_TREE_INIT;
	bool b = false;

	(void)state;
	assert_int_equal(scan("[true,false,\"true\",1]", &t, NULL), 0);
	assert_int_equal(json_truth(&t, 1, &b), 0);
	assert_true(b);
	assert_int_equal(json_truth(&t, 2, &b), 0);
	assert_false(b);
	assert_int_equal(json_truth(&t, 3, &b), 1);
	assert_int_equal(json_truth(&t, 4, &b), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_many_members),
		cmocka_unit_test(test_few_and_many_agree),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_long_number),
		cmocka_unit_test(test_truth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
