/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MS_S    INT64_C(1000)
#define MS_MIN  (60 * MS_S)
#define MS_HOUR (60 * MS_MIN)
#define MS_DAY  (24 * MS_HOUR)
#define MS_WEEK (7 * MS_DAY)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int num_parse_u64(const char *text, size_t len, uint64_t max, uint64_t *ret_value)
{
	bool over = false;
	uint64_t v = 0;

	if (len == 0 || (len > 1 && text[0] == '0'))
		return NUM_E_SYNTAX;
	for (size_t i = 0; i < len; i++) {
		uint64_t digit;

		if (!is_digit(text[i]))
			return NUM_E_SYNTAX;
		digit = (uint64_t)(text[i] - '0');
		if (over || v > (max - digit) / 10 || digit > max)
			over = true; /* go on: a letter further on is the better complaint */
		else
			v = v * 10 + digit;
	}
	if (over)
		return NUM_E_RANGE;
	*ret_value = v;
	return 0;
}

/* The first six are the ones that are written. */
static const struct {
	char name[8];
	int64_t ms;
} num_units[] = {
	{"w", MS_WEEK},
	{"d", MS_DAY},
	{"h", MS_HOUR},
	{"min", MS_MIN},
	{"s", MS_S},
	{"ms", 1},
	{"m", MS_MIN},
	{"sec", MS_S},
	{"hr", MS_HOUR},
	{"second", MS_S},
	{"seconds", MS_S},
	{"minute", MS_MIN},
	{"minutes", MS_MIN},
	{"hour", MS_HOUR},
	{"hours", MS_HOUR},
	{"day", MS_DAY},
	{"days", MS_DAY},
	{"week", MS_WEEK},
	{"weeks", MS_WEEK},
};
#define NUM_UNITS_WRITTEN 6

static int64_t unit_ms(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof num_units / sizeof num_units[0]; i++)
		if (strnlen(num_units[i].name, sizeof num_units[i].name) == len &&
			memcmp(num_units[i].name, name, len) == 0)
			return num_units[i].ms;
	return 0;
}

/* End of the run of digits (or of small letters) that starts at `at`. */
static size_t run_end(const char *text, size_t at, size_t len, bool digits)
{
	while (at < len && (digits ? is_digit(text[at]) : text[at] >= 'a' && text[at] <= 'z'))
		at++;
	return at;
}

static size_t skip_blanks(const char *text, size_t at, size_t len)
{
	while (at < len && text[at] == ' ')
		at++;
	return at;
}

int num_parse_span_ms(const char *text, size_t len, int64_t max_ms, int64_t *ret_ms)
{
	bool over = max_ms < 0;
	int64_t sum = 0;

	if (len == 0 || text[len - 1] == ' ')
		return NUM_E_SYNTAX;
	for (size_t at = 0; at < len;) {
		size_t digits_end = run_end(text, at, len, true);
		size_t unit = skip_blanks(text, digits_end, len);
		size_t unit_end = run_end(text, unit, len, false);
		int64_t scale = unit_ms(text + unit, unit_end - unit);
		uint64_t n = 0;

		if (unit_end == unit && unit == len && at == 0)
			scale = MS_S; /* a bare number, which then is all there is */
		if (scale == 0)
			return NUM_E_SYNTAX;
		switch (num_parse_u64(text + at, digits_end - at, INT64_MAX, &n)) {
		case NUM_E_SYNTAX:
			return NUM_E_SYNTAX;
		case NUM_E_RANGE:
			over = true;
			break;
		default:
			if (over || n > (uint64_t)((max_ms - sum) / scale))
				over = true;
			else
				sum += (int64_t)n * scale;
		}
		at = skip_blanks(text, unit_end, len);
	}
	if (over)
		return NUM_E_RANGE;
	*ret_ms = sum;
	return 0;
}

void num_format_span_ms(int64_t ms, char ret_text[NUM_SPAN_BYTES])
{
	uint64_t left = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
	size_t used = 0;

	if (left == 0) {
		(void)snprintf(ret_text, NUM_SPAN_BYTES, "0");
		return;
	}
	if (ms < 0)
		ret_text[used++] = '-';
	for (size_t i = 0; i < NUM_UNITS_WRITTEN; i++) {
		uint64_t n = left / (uint64_t)num_units[i].ms;
		int written;

		if (n == 0)
			continue;
		left %= (uint64_t)num_units[i].ms;
		written = snprintf(ret_text + used, NUM_SPAN_BYTES - used, "%llu%.7s%s",
			(unsigned long long)n, num_units[i].name, left ? " " : "");
		if (written < 0 || (size_t)written >= NUM_SPAN_BYTES - used)
			return; /* cannot be: six terms of an int64_t have at most 45 bytes */
		used += (size_t)written;
	}
}

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, counted in eras of 400 years that
 * begin in March, so that the leap day is the last of its year. */
static int64_t days_of_date(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void date_of_days(int64_t days, int64_t *ret_year, int64_t *ret_month, int64_t *ret_day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*ret_day = doy - (153 * mp + 2) / 5 + 1;
	*ret_month = mp < 10 ? mp + 3 : mp - 9;
	*ret_year = yoe + era * 400 + (*ret_month <= 2 ? 1 : 0);
}

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* `count` digits at *at, advanced; -1 if they are not there. */
static int64_t take_digits(const char *text, size_t len, size_t *at, size_t count)
{
	int64_t v = 0;

	if (len - *at < count)
		return -1;
	for (size_t i = 0; i < count; i++, (*at)++) {
		if (!is_digit(text[*at]))
			return -1;
		v = v * 10 + (text[*at] - '0');
	}
	return v;
}

static bool take_char(const char *text, size_t len, size_t *at, const char *any_of)
{
	if (*at >= len || text[*at] == '\0' || !strchr(any_of, text[*at]))
		return false;
	(*at)++;
	return true;
}

/* "Z" or "+hh:mm" up to the end of the text. */
static int parse_offset_ms(const char *text, size_t len, size_t at, int64_t *ret_ms)
{
	int64_t hours, minutes, sign;

	if (take_char(text, len, &at, "Zz")) {
		*ret_ms = 0;
		return at == len ? 0 : NUM_E_SYNTAX;
	}
	sign = at < len && text[at] == '-' ? -1 : 1;
	if (!take_char(text, len, &at, "+-"))
		return NUM_E_SYNTAX;
	hours = take_digits(text, len, &at, 2);
	if (hours < 0 || !take_char(text, len, &at, ":"))
		return NUM_E_SYNTAX;
	minutes = take_digits(text, len, &at, 2);
	if (minutes < 0 || at != len)
		return NUM_E_SYNTAX;
	if (hours > 23 || minutes > 59)
		return NUM_E_RANGE;
	*ret_ms = sign * (hours * MS_HOUR + minutes * MS_MIN);
	return 0;
}

static int parse_date_ms(const char *text, size_t len, size_t *at, int64_t *ret_ms)
{
	static const uint8_t month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t year, month, day;

	year = take_digits(text, len, at, 4);
	if (year < 0 || !take_char(text, len, at, "-"))
		return NUM_E_SYNTAX;
	month = take_digits(text, len, at, 2);
	if (month < 0 || !take_char(text, len, at, "-"))
		return NUM_E_SYNTAX;
	day = take_digits(text, len, at, 2);
	if (day < 0)
		return NUM_E_SYNTAX;
	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
		day > month_days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0))
		return NUM_E_RANGE;
	*ret_ms = days_of_date(year, month, day) * MS_DAY;
	return 0;
}

static int parse_clock_ms(const char *text, size_t len, size_t *at, int64_t *ret_ms)
{
	int64_t hour, minute, second, ms = 0, scale = 100;

	hour = take_digits(text, len, at, 2);
	if (hour < 0 || !take_char(text, len, at, ":"))
		return NUM_E_SYNTAX;
	minute = take_digits(text, len, at, 2);
	if (minute < 0 || !take_char(text, len, at, ":"))
		return NUM_E_SYNTAX;
	second = take_digits(text, len, at, 2);
	if (second < 0)
		return NUM_E_SYNTAX;
	if (take_char(text, len, at, ".,")) {
		if (*at >= len || !is_digit(text[*at]))
			return NUM_E_SYNTAX;
		for (; *at < len && is_digit(text[*at]); (*at)++, scale /= 10)
			ms += (text[*at] - '0') * scale;
	}
	if (hour > 23 || minute > 59 || second > 60) /* 60: a leap second (RFC 3339, 5.7) */
		return NUM_E_RANGE;
	*ret_ms = hour * MS_HOUR + minute * MS_MIN + second * MS_S + ms;
	return 0;
}

int num_parse_time_ms(const char *text, size_t len, int64_t *ret_unix_ms)
{
	int64_t date_ms = 0, clock_ms = 0, offset_ms = 0, ms;
	size_t at = 0;
	int r;

	r = parse_date_ms(text, len, &at, &date_ms);
	if (r != 0)
		return r;
	if (!take_char(text, len, &at, "Tt"))
		return NUM_E_SYNTAX;
	r = parse_clock_ms(text, len, &at, &clock_ms);
	if (r != 0)
		return r;
	r = parse_offset_ms(text, len, at, &offset_ms);
	if (r != 0)
		return r;
	ms = date_ms + clock_ms - offset_ms;
	if (ms < 0 || ms >= days_of_date(10000, 1, 1) * MS_DAY)
		return NUM_E_RANGE;
	*ret_unix_ms = ms;
	return 0;
}

/* Digits with leading zeros, no NUL; where the next one goes. */
static char *put_digits(char *p, int64_t value, size_t count)
{
	for (size_t i = count; i-- > 0; value /= 10)
		p[i] = (char)('0' + value % 10);
	return p + count;
}

void num_format_time_ms(int64_t unix_ms, char ret_text[NUM_TIME_BYTES])
{
	int64_t days = unix_ms / MS_DAY, ms = unix_ms % MS_DAY, year, month, day;
	char *p = ret_text;

	if (ms < 0) {
		ms += MS_DAY;
		days--;
	}
	date_of_days(days, &year, &month, &day);
	if (year >= 0 && year <= 9999)
		p = put_digits(p, year, 4);
	else
		p += snprintf(
			p, NUM_TIME_BYTES, "%lld", (long long)year); /* of nine digits and a sign at most */
	*p++ = '-';
	p = put_digits(p, month, 2);
	*p++ = '-';
	p = put_digits(p, day, 2);
	*p++ = 'T';
	p = put_digits(p, ms / MS_HOUR, 2);
	*p++ = ':';
	p = put_digits(p, ms / MS_MIN % 60, 2);
	*p++ = ':';
	p = put_digits(p, ms / MS_S % 60, 2);
	if (ms % MS_S != 0) {
		*p++ = '.';
		p = put_digits(p, ms % MS_S, 3);
	}
	*p++ = 'Z';
	*p = '\0';
}

void num_format_hex(const uint8_t *bytes, size_t len, char *ret_text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		ret_text[2 * i] = digits[bytes[i] >> 4];
		ret_text[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret_text[2 * len] = '\0';
}

/* Lower-case only; -1: none. One table look-up: ledgers are full of hashes. */
static int hex_digit(char c)
{
	/* clang-format off */
	static const int8_t values[256] = {
		['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8,
		['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16};
	/* clang-format on */

	return values[(unsigned char)c] - 1;
}

int num_parse_hex(const char *text, size_t text_len, uint8_t *ret_bytes, size_t len)
{
	int bad = 0;

	if (text_len % 2 != 0 || text_len / 2 != len)
		return NUM_E_SYNTAX;
	for (size_t i = 0; i < text_len; i++)
		bad |= hex_digit(text[i]);
	if (bad < 0)
		return NUM_E_SYNTAX;
	for (size_t i = 0; i < len; i++)
		ret_bytes[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
	return 0;
}
