/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "wire/ini.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* What was read, as text: "line [section] key=value; ..." and "line! complaint; ...". */
static void gather(void *arg, const struct ini_item *item)
{
	struct buf *b = arg;
	if (!item->key)
		buf_printf(b, "%u[%s];", item->line, item->section);
	else
		buf_printf(b, "%u %s.%s=%s;", item->line, item->section, item->key, item->value);
}

static void expect_n(const char *text, size_t len, const char *items, const char *const *complaints)
{
	struct buf b = BUF_INIT(65536);
	struct complaints c = COMPLAINTS_INIT;
	char line[COMPLAINT_LINE_BYTES];
	buf_add(&b, "");
	ini_parse(text, len, "f", gather, &b, &c);
	assert_string_equal(b.data ? b.data : "", items);
	uint32_t n = 0;
	for (; complaints && complaints[n]; n++) {
		assert_true(n < c.count);
		complaint_format(&c.items[n], line);
		if (strncmp(line, complaints[n], strlen(complaints[n])) != 0)
			assert_string_equal(line, complaints[n]);
	}
	assert_int_equal(complaints_total(&c), n);
	complaints_fini(&c);
	buf_fini(&b);
}

static void expect(const char *text, const char *items, const char *complaint)
{
	const char *const list[] = {complaint, NULL};
	expect_n(text, strlen(text), items, list);
}

static void test_good_lines(void **state)
{
	(void)state;
	expect("", "", NULL);
	expect("\n\n", "", NULL);
	expect("# x\n; y\n  # z\n", "", NULL);
	expect("[A]\nK=v\n", "1[A];2 A.K=v;", NULL);
	expect("[A]\nK=v", "1[A];2 A.K=v;", NULL);
	expect("  [A]  \n\t K \t=  v w\t \n", "1[A];2 A.K=v w;", NULL);
	expect("K=v\n", "1 .K=v;", NULL);
	expect("[A]\nK=\n", "1[A];2 A.K=;", NULL);
	expect("[A]\nK=a=b\n", "1[A];2 A.K=a=b;", NULL);
	expect("[A]\nK=a # b\n", "1[A];2 A.K=a # b;", NULL);
	expect("[A]\n[B]\n[A]\n", "1[A];2[B];3[A];", NULL);
	expect("[A]\nK=\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\n",
		"1[A];2 A.K=\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80;", NULL);
}

static void test_bad_lines(void **state)
{
	(void)state;
	expect("[A]\nword\nK=v\n", "1[A];3 A.K=v;", "f:2: neither section");
	expect("[A]\n=v\n", "1[A];", "f:2: bad key");
	expect("[A]\na b=v\n", "1[A];", "f:2: bad key");
	expect("[A]\nK=v\\\nK2=w\n", "1[A];3 A.K2=w;", "f:2: value ends in a backslash");
	expect("[A]\nK=a\x01z\n", "1[A];", "f:2: control character");
	expect("[A]\nK=a\x7fz\n", "1[A];", "f:2: control character");
	expect("\xef\xbb\xbf[A]\nK=v\n", "1[A];2 A.K=v;", "f:1: byte order mark");
	/* A bad header hides what follows it, so that no key lands in the wrong section. */
	expect("[A]\n[B\nK=v\n[C]\nL=w\n", "1[A];4[C];5 C.L=w;", "f:2: section header without its bracket");
	expect("[A]\n[]\nK=v\n", "1[A];", "f:2: bad section name");
	expect("[A]\n[a  b]\nK=v\n", "1[A];", "f:2: bad section name");
	expect("[A]\n[a b c]\nK=v\n", "1[A];", "f:2: bad section name");
	expect("[A]\n[a ]\nK=v\n", "1[A];", "f:2: bad section name");
	expect("[A]\n[ a]\nK=v\n", "1[A];", "f:2: bad section name");
	expect("[A]\n[a b=]\nK=v\n", "1[A];", "f:2: bad section name");
	expect("[A]\n[\nK=v\n", "1[A];", "f:2: section header without its bracket");
	expect("[A]\n[B]x\nK=v\n", "1[A];", "f:2: section header without its bracket");
	/* Carriage returns are told once. */
	expect("[A]\r\nK=v\r\n", "", "f:1: carriage return");
}

static void test_utf8(void **state)
{
	static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80",
		"\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "\xff"};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char text[32] = "[A]\nK=";
		strcat(text, bad[i]);
		expect(text, "1[A];", "f:2: bytes that are no UTF-8");
	}
}

static void test_nul(void **state)
{
	static const char text[] = "[A]\nK=a\0b\nL=v\n";
	const char *const list[] = {"f:2: NUL byte", NULL};
	(void)state;
	expect_n(text, sizeof text - 1, "1[A];3 A.L=v;", list);
}

static void test_every_error_is_told(void **state)
{
	static const char text[] = "x\n[A\n[B]\n=\nK=v\\\n\x01\n";
	const char *const list[] = {"f:1: neither", "f:2: section header", "f:4: bad key", "f:5: value ends",
		"f:6: control", NULL};
	(void)state;
	expect_n(text, sizeof text - 1, "3[B];", list);
}

static void test_limits(void **state)
{
	char text[8192];
	const char *const list[] = {"f:2: line is too long", NULL};
	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text, "[A]\nK=", 6);
	expect_n(text, 4 + INI_LINE_MAX_BYTES + 1, "1[A];", list);
	/* The longest line that fits comes through whole. */
	struct complaints c = COMPLAINTS_INIT;
	struct buf b = BUF_INIT(65536);
	ini_parse(text, 4 + INI_LINE_MAX_BYTES, "f", gather, &b, &c);
	assert_int_equal(complaints_total(&c), 0);
	assert_int_equal(b.len, strlen("1[A];2 A.K=;") + INI_LINE_MAX_BYTES - 2);
	buf_fini(&b);
	complaints_fini(&c);
}

static void test_complaints_are_bounded(void **state)
{
	struct complaints c = COMPLAINTS_INIT;
	size_t len = 3 * 100000;
	char *text = malloc(len);
	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < len; i++)
		text[i] = i % 3 == 2 ? '\n' : 'x';
	ini_parse(text, len, "f", gather, NULL, &c);
	assert_int_equal(c.count, COMPLAINTS_MAX);
	assert_int_equal(c.dropped, 100000 - COMPLAINTS_MAX);
	complaints_fini(&c);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_lines),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_every_error_is_told),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_complaints_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
