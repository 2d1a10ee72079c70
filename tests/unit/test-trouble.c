/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/http_answer.h"
#include "wire/trouble.h"
#include "wire/xml_tag.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void test_copy(void **state)
{
	static const struct {
		const char *text, *copy;
	} rows[] = {
		{"", ""},
		{"plain", "plain"},
		{"a\nb\tc\x7f\x1b[31m", "a?b?c??[31m"},
		{"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
		{"a\xffz\xc3", "a?z?"},
		{"\xc2\x9b", "?"},                    /* a C1 control moves a terminal's cursor too */
		{"12345678901234", "12345678901"},    /* cut at 11 bytes and a NUL */
		{"1234567890\xc3\xa9", "1234567890"}, /* never inside a character */
		{"123456789\xc3\xa9x", "123456789\xc3\xa9"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char copy[12];
		trouble_copy(rows[i].text, strlen(rows[i].text), copy, sizeof copy);
		assert_string_equal(copy, rows[i].copy);
	}
}

static void test_set(void **state)
{
	char longer[2000];
	struct trouble t;
	(void)state;
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	trouble_set(&t, FAULT_MALFORMED, "%s", longer);
	assert_int_equal(t.fault, FAULT_MALFORMED);
	assert_int_equal(strlen(t.message), TROUBLE_MESSAGE_BYTES - 1);
	assert_string_equal(t.code, "");
}

static void test_act_result(void **state)
{
	static const struct {
		enum fault fault;
		enum act_result sent, unsent;
	} rows[] = {
		{FAULT_NONE, ACT_RESULT_ACCEPTED, ACT_RESULT_ACCEPTED},
		{FAULT_NETWORK, ACT_RESULT_LOST, ACT_RESULT_NOT_SENT},
		{FAULT_DNS, ACT_RESULT_LOST, ACT_RESULT_NOT_SENT},
		{FAULT_TLS, ACT_RESULT_LOST, ACT_RESULT_NOT_SENT},
		{FAULT_TIMEOUT, ACT_RESULT_LOST, ACT_RESULT_NOT_SENT},
		{FAULT_SERVER_ERROR, ACT_RESULT_LOST, ACT_RESULT_NOT_SENT},
		{FAULT_THROTTLED, ACT_RESULT_THROTTLED, ACT_RESULT_THROTTLED},
		{FAULT_CREDENTIALS, ACT_RESULT_DENIED, ACT_RESULT_DENIED},
		{FAULT_CLOCK_SKEW, ACT_RESULT_DENIED, ACT_RESULT_DENIED},
		{FAULT_DENIED, ACT_RESULT_DENIED, ACT_RESULT_DENIED},
		{FAULT_NOT_FOUND, ACT_RESULT_REFUSED, ACT_RESULT_REFUSED},
		{FAULT_MALFORMED, ACT_RESULT_LOST, ACT_RESULT_NOT_SENT},
		{FAULT_REFUSED, ACT_RESULT_REFUSED, ACT_RESULT_REFUSED},
		{FAULT_CANCELLED, ACT_RESULT_LOST, ACT_RESULT_NOT_SENT},
	};
	(void)state;
	assert_int_equal(sizeof rows / sizeof *rows, FAULT_COUNT);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(trouble_act_result(rows[i].fault, true), rows[i].sent);
		assert_int_equal(trouble_act_result(rows[i].fault, false), rows[i].unsent);
	}
}

static void test_date(void **state)
{
	static const char *const bad[] = {"", "Tue, 24 Nov 2026 03:49:26", "Tue, 24 Foo 2026 03:49:26 GMT",
		"Tue, 24 Nov 2026 03:49:26 CET", "Tuesday, 24-Nov-26 03:49:26 GMT",
		"Tue, 99 Nov 2026 03:49:26 GMT", "Tue, 24 Nov 2026 03:99:26 GMT",
		"Tue, 2x Nov 2026 03:49:26 GMT", "Tue, 24 ovD 2026 03:49:26 GMT"};
	(void)state;
	assert_int_equal(http_answer_date("Tue, 24 Nov 2026 03:49:26 GMT").ms, 1795492166000);
	assert_int_equal(http_answer_date("Thu, 01 Jan 1970 00:00:01 GMT").ms, 1000);
	assert_int_equal(http_answer_date(NULL).ms, 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(http_answer_date(bad[i]).ms, 0);
	struct http_answer a = {.date = "Tue, 24 Nov 2026 03:49:26 GMT", .received = {1795492166000 - 5000}};
	assert_int_equal(http_answer_skew_ms(&a), 5000);
	a.received = WALLTIME_UNKNOWN;
	assert_int_equal(http_answer_skew_ms(&a), 0);
}

static void test_xml(void **state)
{
	static const struct {
		const char *text;
		int r;
		const char *value;
	} rows[] = {
		{"<P><N>v</N></P>", 0, "v"},
		{"<?xml version=\"1.0\"?>\n<R><P a='>'>\n<N> v w </N></P></R>\n", 0, "v w"},
		{"<P><N>a&amp;b&lt;&gt;&quot;&apos;</N></P>", 0, "a&b<>\"'"},
		{"<P><N></N></P>", 0, ""},
		{"<P><N>1</N><N>2</N></P>", 0, "1"},
		{"<P><N/></P>", XML_TAG_E_ABSENT, ""},
		{"<Q><N>v</N></Q>", XML_TAG_E_ABSENT, ""},
		{"<N>v</N>", XML_TAG_E_ABSENT, ""},
		{"<P><Q><N>v</N></Q></P>", XML_TAG_E_ABSENT, ""},
		{"<P><N>v</N>", XML_TAG_E_SYNTAX, ""},
		{"<P><N>v</N></P", XML_TAG_E_SYNTAX, ""},
		{"<P><N>v</M></P>", XML_TAG_E_SYNTAX, ""},
		{"<P><N>v</P></N>", XML_TAG_E_SYNTAX, ""},
		{"</P>", XML_TAG_E_SYNTAX, ""},
		{"", XML_TAG_E_SYNTAX, ""},
		{"text", XML_TAG_E_SYNTAX, ""},
		{"<P/><P/>", XML_TAG_E_SYNTAX, ""},
		{"<!DOCTYPE x [<!ENTITY e \"v\">]><P><N>&e;</N></P>", XML_TAG_E_SYNTAX, ""},
		{"<P><N>&e;</N></P>", XML_TAG_E_SYNTAX, ""},
		{"<P><N>&#65;</N></P>", XML_TAG_E_SYNTAX, ""},
		{"<P><N><![CDATA[v]]></N></P>", XML_TAG_E_SYNTAX, ""},
		{"<P><!-- c --><N>v</N></P>", XML_TAG_E_SYNTAX, ""},
		{"<P><N a=\"v</N></P>", XML_TAG_E_SYNTAX, ""},
		{"<", XML_TAG_E_SYNTAX, ""},
		{"<?xml", XML_TAG_E_SYNTAX, ""},
		{"{\"N\":\"v\"}", XML_TAG_E_SYNTAX, ""},
		{"<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>", XML_TAG_E_SYNTAX, ""},
		{"<P><N>0123456789012345</N></P>", XML_TAG_E_SIZE, ""},
		{"<P><N>012345678901234</N></P>", 0, "012345678901234"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char value[16] = "";
		assert_int_equal(xml_tag(rows[i].text, strlen(rows[i].text), "P", "N", value, sizeof value),
			rows[i].r);
		if (rows[i].r == 0)
			assert_string_equal(value, rows[i].value);
		/* Each cut of it is refused, or says the same as the whole: trailing blanks. */
		for (size_t len = 0; len < strlen(rows[i].text); len++) {
			int r = xml_tag(rows[i].text, len, "P", "N", value, sizeof value);
			if (r == 0)
				assert_string_equal(value, rows[i].value);
		}
	}
	char value[16];
	assert_int_equal(xml_tag("<P><N>a\0b</N></P>", 17, "P", "N", value, sizeof value), XML_TAG_E_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_act_result),
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_xml),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
