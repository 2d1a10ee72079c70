/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void test_u64(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int refusal;
		uint64_t value;
	} cases[] = {
		{"0", 0, 0, 0},
		{"1", 0, NUM_E_RANGE, 0},
		{"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
		{"18446744073709551616", UINT64_MAX, NUM_E_RANGE, 0},
		{"99999999999999999999999999", UINT64_MAX, NUM_E_RANGE, 0},
		{"99999999999999999999999999x", UINT64_MAX, NUM_E_SYNTAX, 0},
		{"100", 99, NUM_E_RANGE, 0},
		{"99", 99, 0, 99},
		{"9", 5, NUM_E_RANGE, 0},
		{"", 9, NUM_E_SYNTAX, 0},
		{"00", 9, NUM_E_SYNTAX, 0},
		{"01", 9, NUM_E_SYNTAX, 0},
		{"+1", 9, NUM_E_SYNTAX, 0},
		{"-1", 9, NUM_E_SYNTAX, 0},
		{" 1", 9, NUM_E_SYNTAX, 0},
		{"1 ", 9, NUM_E_SYNTAX, 0},
		{"0x1", 9, NUM_E_SYNTAX, 0},
		{"1.0", 9, NUM_E_SYNTAX, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint64_t v = 4711;

		assert_int_equal(num_parse_u64(cases[i].text, strlen(cases[i].text), cases[i].max, &v),
			cases[i].refusal);
		assert_int_equal(v, cases[i].refusal ? 4711 : cases[i].value);
	}
}

static void test_span(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
		const char *shown;
	} cases[] = {
		{"30s", 30000, "30s"},
		{"5", 5000, "5s"},
		{"5min", 300000, "5min"},
		{"5m", 300000, "5min"},
		{"90s", 90000, "1min 30s"},
		{"1h 30min", 5400000, "1h 30min"},
		{"1h30min", 5400000, "1h 30min"},
		{"2 days", 172800000, "2d"},
		{"500ms", 500, "500ms"},
		{"500 ms", 500, "500ms"},
		{"0", 0, "0"},
		{"0s", 0, "0"},
		{"1week 1day 1hour 1minute 1second", 694861000, "1w 1d 1h 1min 1s"},
		{"2weeks 2hr", 1216800000, "2w 2h"},
		{"9223372036854775807ms", INT64_MAX, "15250284452w 3d 7h 12min 55s 807ms"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char shown[NUM_SPAN_BYTES];
		int64_t ms = -1, again = -1;

		assert_int_equal(num_parse_span_ms(cases[i].text, strlen(cases[i].text), INT64_MAX, &ms), 0);
		assert_int_equal(ms, cases[i].ms);
		num_format_span_ms(ms, shown);
		assert_string_equal(shown, cases[i].shown);
		assert_int_equal(num_parse_span_ms(shown, strlen(shown), INT64_MAX, &again), 0);
		assert_int_equal(again, ms);
	}
}

static void test_span_refuses(void **state)
{
	static const char *const wrong[] = {"", " ", "s", "5x", "5 5", "5s ", " 5s", "5s 5", "-5s", "+5s",
		"1.5h", "05s", "5S", "5sec.", "5\ts", "infinity", "1h,30min", "5mins"};
	char shown[NUM_SPAN_BYTES];
	int64_t ms = 7;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(num_parse_span_ms(wrong[i], strlen(wrong[i]), INT64_MAX, &ms), NUM_E_SYNTAX);
	assert_int_equal(num_parse_span_ms("1h 1ms", 6, 3600000, &ms), NUM_E_RANGE);
	assert_int_equal(num_parse_span_ms("9223372036854775808ms", 21, INT64_MAX, &ms), NUM_E_RANGE);
	assert_int_equal(num_parse_span_ms("99999999999999999999w", 21, INT64_MAX, &ms), NUM_E_RANGE);
	assert_int_equal(num_parse_span_ms("9223372036854775807ms 1ms", 25, INT64_MAX, &ms), NUM_E_RANGE);
	assert_int_equal(num_parse_span_ms("1h 1x", 5, 5, &ms), NUM_E_SYNTAX);
	assert_int_equal(num_parse_span_ms("0", 1, -1, &ms), NUM_E_RANGE);
	assert_int_equal(ms, 7);
	num_format_span_ms(-90000, shown);
	assert_string_equal(shown, "-1min 30s");
	num_format_span_ms(INT64_MIN, shown);
	assert_string_equal(shown, "-15250284452w 3d 7h 12min 55s 808ms");
}

static void test_time(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
		const char *shown;
	} cases[] = {
		{"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"},
		{"2026-11-24T03:49:26Z", 1795492166000, "2026-11-24T03:49:26Z"},
		{"2026-11-24T03:49:26.123Z", 1795492166123, "2026-11-24T03:49:26.123Z"},
		{"2026-11-24t03:49:26.1239999z", 1795492166123, "2026-11-24T03:49:26.123Z"},
		{"2026-11-24T03:49:26.5Z", 1795492166500, "2026-11-24T03:49:26.500Z"},
		{"2024-03-02T10:11:36.564000+00:00", 1709374296564, "2024-03-02T10:11:36.564Z"},
		{"2024-03-01T00:30:00+01:00", 1709249400000, "2024-02-29T23:30:00Z"},
		{"2024-02-29T23:30:00-01:30", 1709254800000, "2024-03-01T01:00:00Z"},
		{"2016-12-31T23:59:60Z", 1483228800000, "2017-01-01T00:00:00Z"},
		{"2000-02-29T12:00:00Z", 951825600000, "2000-02-29T12:00:00Z"},
		{"9999-12-31T23:59:59.999Z", 253402300799999, "9999-12-31T23:59:59.999Z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char shown[NUM_TIME_BYTES];
		int64_t ms = -1;

		assert_int_equal(num_parse_time_ms(cases[i].text, strlen(cases[i].text), &ms), 0);
		assert_int_equal(ms, cases[i].ms);
		num_format_time_ms(ms, shown);
		assert_string_equal(shown, cases[i].shown);
	}
}

static void test_time_refuses(void **state)
{
	static const struct {
		const char *text;
		int refusal;
	} cases[] = {
		{"", NUM_E_SYNTAX},
		{"2026-11-24", NUM_E_SYNTAX},
		{"2026-11-24T03:49:26", NUM_E_SYNTAX},
		{"2026-11-24 03:49:26Z", NUM_E_SYNTAX},
		{"2026-11-24T03:49:26.Z", NUM_E_SYNTAX},
		{"2026-11-24T03:49:26ZZ", NUM_E_SYNTAX},
		{"2026-11-24T03:49:26+0100", NUM_E_SYNTAX},
		{"2026-11-24T03:49:26+01:00Z", NUM_E_SYNTAX},
		{"2026-1-24T03:49:26Z", NUM_E_SYNTAX},
		{"02026-11-24T03:49:26Z", NUM_E_SYNTAX},
		{"2023-02-29T00:00:00Z", NUM_E_RANGE},
		{"2100-02-29T00:00:00Z", NUM_E_RANGE},
		{"2026-13-01T00:00:00Z", NUM_E_RANGE},
		{"2026-00-01T00:00:00Z", NUM_E_RANGE},
		{"2026-01-32T00:00:00Z", NUM_E_RANGE},
		{"2026-01-00T00:00:00Z", NUM_E_RANGE},
		{"2026-01-01T24:00:00Z", NUM_E_RANGE},
		{"2026-01-01T00:60:00Z", NUM_E_RANGE},
		{"2026-01-01T00:00:61Z", NUM_E_RANGE},
		{"2026-01-01T00:00:00+24:00", NUM_E_RANGE},
		{"1969-12-31T23:59:59Z", NUM_E_RANGE},
		{"1970-01-01T00:00:00+00:01", NUM_E_RANGE},
		{"9999-12-31T23:59:59-00:01", NUM_E_RANGE},
	};
	char shown[NUM_TIME_BYTES];
	int64_t ms = 7;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(
			num_parse_time_ms(cases[i].text, strlen(cases[i].text), &ms), cases[i].refusal);
	assert_int_equal(ms, 7);
	num_format_time_ms(-1, shown);
	assert_string_equal(shown, "1969-12-31T23:59:59.999Z");
	num_format_time_ms(INT64_MIN, shown);
	assert_true(strlen(shown) < NUM_TIME_BYTES);
}

/* Every day of the range there and back, against a calendar that just counts. */
static void test_every_day(void **state)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t days = 0;

	(void)state;
	for (int year = 1970; year < 2500; year++)
		for (int month = 1; month <= 12; month++) {
			int leap = month == 2 && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0);

			for (int day = 1; day <= month_days[month - 1] + leap; day++, days++) {
				char expected[NUM_TIME_BYTES], shown[NUM_TIME_BYTES];
				int64_t ms = -1;

				(void)snprintf(expected, sizeof expected, "%04d-%02u-%02uT00:00:00Z", year,
					(unsigned)month % 100, (unsigned)day % 100);
				num_format_time_ms(days * 86400000, shown);
				assert_string_equal(shown, expected);
				assert_int_equal(num_parse_time_ms(shown, strlen(shown), &ms), 0);
				assert_int_equal(ms, days * 86400000);
			}
		}
}

static void test_hex(void **state)
{
	static const uint8_t bytes[] = {0x00, 0x0f, 0xf0, 0xff};
	uint8_t back[4] = {1, 2, 3, 4};
	char text[9];

	(void)state;
	num_format_hex(bytes, sizeof bytes, text);
	assert_string_equal(text, "000ff0ff");
	assert_int_equal(num_parse_hex("000fF0ff", 8, back, 4), NUM_E_SYNTAX);
	assert_int_equal(num_parse_hex("000ff0f", 7, back, 4), NUM_E_SYNTAX);
	assert_int_equal(num_parse_hex("000ff0ff00", 10, back, 4), NUM_E_SYNTAX);
	assert_int_equal(num_parse_hex("000ff0g0", 8, back, 4), NUM_E_SYNTAX);
	assert_int_equal(back[3], 4);
	assert_int_equal(num_parse_hex(text, 8, back, 4), 0);
	assert_memory_equal(back, bytes, 4);
	num_format_hex(bytes, 0, text);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_u64), cmocka_unit_test(test_span),
		cmocka_unit_test(test_span_refuses), cmocka_unit_test(test_time),
		cmocka_unit_test(test_time_refuses), cmocka_unit_test(test_every_day),
		cmocka_unit_test(test_hex)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
