/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/own.h"
#include <errno.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void test_append(void **state)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(1000);
	_cleanup_free_ char *taken = NULL;

	(void)state;
	assert_null(buf_take(&b));
	buf_append(&b, NULL, 0);
	buf_append(&b, "ab\0c", 4);
	buf_add(&b, "d");
	buf_printf(&b, "%d-%s", 5, "e");
	assert_int_equal(b.len, 8);
	assert_memory_equal(b.data, "ab\0cd5-e", 9);
	taken = buf_take(&b);
	assert_non_null(taken);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.max_bytes, 1000);
}

/* Exactly the limit fits; what does not fit leaves nothing half written, and all later appends do nothing. */
static void test_limit(void **state)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(10);

	(void)state;
	buf_add(&b, "0123456789");
	assert_int_equal(b.trouble, 0);
	buf_add(&b, "");
	assert_int_equal(b.trouble, 0);
	buf_add(&b, "x");
	assert_int_equal(b.trouble, -EMSGSIZE);
	assert_string_equal(b.data, "0123456789");
	assert_null(buf_take(&b));
	buf_clear(&b);
	buf_printf(&b, "%s", "01234567890");
	assert_int_equal(b.trouble, -EMSGSIZE);
	assert_int_equal(b.len, 0);
	buf_add(&b, "y");
	assert_int_equal(b.len, 0);
	buf_clear(&b);
	buf_append(&b, "z", SIZE_MAX);
	assert_int_equal(b.trouble, -EMSGSIZE);
	buf_clear(&b);
	buf_add(&b, "z");
	assert_string_equal(b.data, "z");
}

static void test_grow(void **state)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(100000);

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_append(&b, &"0123456789"[i % 10], 1);
	assert_int_equal(b.trouble, 0);
	assert_int_equal(b.len, 100000);
	assert_true(b.size <= 100001);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(b.data[i], '0' + (int)(i % 10));
	assert_int_equal(b.data[b.len], '\0');
}

static void test_consume(void **state)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(100);

	(void)state;
	buf_consume(&b, 5);
	buf_add(&b, "one two");
	buf_consume(&b, 4);
	assert_string_equal(b.data, "two");
	buf_consume(&b, 0);
	assert_string_equal(b.data, "two");
	buf_consume(&b, 99);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
}

static void test_json_string(void **state)
{
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} cases[] = {
		{"plain", 5, "\"plain\""},
		{"", 0, "\"\""},
		{"a\"b\\c/", 6, "\"a\\\"b\\\\c/\""},
		{"\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\""},
		{"\0\x1f\x7f", 3, "\"\\u0000\\u001f\\u007f\""},
		{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
		/* overlong, surrogate, beyond U+10FFFF, lone continuation, cut short */
		{"\xc0\x80", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
		{"\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
		{"\xf4\x90\x80\x80", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
		{"\xe0\x9f\xbf", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
		{"\x80"
		 "a",
			2,
			"\"\xef\xbf\xbd"
			"a\""},
		{"\xe2\x82", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
		{"\xff", 1, "\"\xef\xbf\xbd\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		_cleanup_(buf_fini) struct buf b = BUF_INIT(100);

		buf_json_string(&b, cases[i].in, cases[i].len);
		assert_string_equal(b.data, cases[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_append), cmocka_unit_test(test_limit),
		cmocka_unit_test(test_grow), cmocka_unit_test(test_consume),
		cmocka_unit_test(test_json_string)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
