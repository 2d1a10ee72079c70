/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_text.h"
#include "base/json_scan.h"
#include "base/utf8.h"
#include <endian.h>
#include <string.h>

#define SURROGATE_HIGH 0xd800u
#define SURROGATE_LOW  0xdc00u
#define SURROGATE_END  0xe000u

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The number behind "\u" at `p`, which is known to be there. */
static uint32_t unicode_escape(const char *p)
{
	uint32_t v = 0;

	for (int i = 2; i < 6; i++)
		v = v << 4 | (uint32_t)hex_value(p[i]);
	return v;
}

static bool is_unicode_escape(const char *text, size_t len, size_t at)
{
	if (len - at < 6 || text[at] != '\\' || text[at + 1] != 'u')
		return false;
	for (size_t i = at + 2; i < at + 6; i++)
		if (hex_value(text[i]) < 0)
			return false;
	return true;
}

static bool is_short_escape(char c)
{
	switch (c) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return true;
	default:
		return false;
	}
}

static int check_escape(const char *text, size_t len, size_t *at, const char **reterr_expected)
{
	uint32_t v;

	if (len - *at >= 2 && is_short_escape(text[*at + 1])) {
		*at += 2;
		return 0;
	}
	*reterr_expected = "an escape: one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t, or \\u and four hex digits";
	if (!is_unicode_escape(text, len, *at))
		return JSON_E_SYNTAX;
	v = unicode_escape(text + *at);
	if (v == 0) {
		*reterr_expected = "no \\u0000";
		return JSON_E_NUL;
	}
	*reterr_expected = "surrogates in pairs";
	if (v >= SURROGATE_LOW && v < SURROGATE_END)
		return JSON_E_UTF8;
	if (v >= SURROGATE_HIGH && v < SURROGATE_LOW) {
		uint32_t low = is_unicode_escape(text, len, *at + 6) ? unicode_escape(text + *at + 6) : 0;

		if (low < SURROGATE_LOW || low >= SURROGATE_END)
			return JSON_E_UTF8;
		*at += 6;
	}
	*at += 6;
	return 0;
}

static int skip_utf8(const char *text, size_t len, size_t *at, const char **reterr_expected)
{
	size_t step = utf8_step(text + *at, len - *at);

	if (step == 0) {
		*reterr_expected = "UTF-8";
		return JSON_E_UTF8;
	}
	*at += step;
	return 0;
}

#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

/* Of eight bytes at once: a high bit stays where a byte is none of ASCII, or where the subtraction had to borrow. Bytes above
 * the lowest that is shown may be shown wrongly, for it borrowed from them. */
static uint64_t not_plain(uint64_t bytes)
{
	return (bytes | (bytes - EACH_BYTE(0x20)) | ((bytes ^ EACH_BYTE('"')) - EACH_BYTE(1)) |
		       ((bytes ^ EACH_BYTE('\\')) - EACH_BYTE(1))) &
	       EACH_BYTE(0x80);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

size_t json_text_plain(const char *text, size_t len)
{
	size_t plain = 0;
	uint64_t bytes;

	for (; len - plain >= sizeof bytes; plain += sizeof bytes) {
		memcpy(&bytes, text + plain, sizeof bytes);
		bytes = not_plain(le64toh(bytes)); /* the first byte lowest */
		if (bytes)
			return plain + (size_t)__builtin_ctzll(bytes) / 8;
	}
	while (plain < len && is_plain((unsigned char)text[plain]))
		plain++;
	return plain;
}

int json_text_check(const char *text, size_t len, size_t *at, const char **reterr_expected)
{
	size_t open = (*at)++;

	while (*at < len) {
		unsigned char c;
		int r;

		*at += json_text_plain(text + *at, len - *at); /* nearly all */
		if (*at == len)
			break;
		c = (unsigned char)text[*at];
		if (c == '"') {
			(*at)++;
			return 0;
		}
		if (c < 0x20) {
			*reterr_expected = "no raw control character in a string";
			return JSON_E_SYNTAX;
		}
		if (c == '\\')
			r = check_escape(text, len, at, reterr_expected);
		else
			r = skip_utf8(text, len, at, reterr_expected);
		if (r != 0)
			return r;
	}
	*at = open;
	*reterr_expected = "a closing '\"' for this string";
	return JSON_E_SYNTAX;
}

static uint32_t next_escape(const char **p)
{
	const char *s = *p;
	uint32_t v;

	*p += 2;
	switch (s[1]) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'u':
		break;
	default:
		return (unsigned char)s[1];
	}
	*p += 4;
	v = unicode_escape(s);
	if (v < SURROGATE_HIGH || v >= SURROGATE_LOW)
		return v;
	*p += 6;
	return 0x10000u + ((v - SURROGATE_HIGH) << 10) + (unicode_escape(s + 6) - SURROGATE_LOW);
}

uint32_t json_text_next(const char **p, const char *end)
{
	const unsigned char *s = (const unsigned char *)*p;

	if (*p >= end)
		return 0;
	if (s[0] == '\\')
		return next_escape(p);
	if (s[0] < 0x80) {
		*p += 1;
		return s[0];
	}
	if (s[0] < 0xe0) {
		*p += 2;
		return (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
	}
	if (s[0] < 0xf0) {
		*p += 3;
		return (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
	}
	*p += 4;
	return (s[0] & 0x07u) << 18 | (s[1] & 0x3fu) << 12 | (s[2] & 0x3fu) << 6 | (s[3] & 0x3fu);
}

size_t json_text_put(uint32_t code_point, char ret_bytes[4])
{
	if (code_point < 0x80) {
		ret_bytes[0] = (char)code_point;
		return 1;
	}
	if (code_point < 0x800) {
		ret_bytes[0] = (char)(0xc0 | code_point >> 6);
		ret_bytes[1] = (char)(0x80 | (code_point & 0x3f));
		return 2;
	}
	if (code_point < 0x10000) {
		ret_bytes[0] = (char)(0xe0 | code_point >> 12);
		ret_bytes[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
		ret_bytes[2] = (char)(0x80 | (code_point & 0x3f));
		return 3;
	}
	ret_bytes[0] = (char)(0xf0 | code_point >> 18);
	ret_bytes[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
	ret_bytes[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
	ret_bytes[3] = (char)(0x80 | (code_point & 0x3f));
	return 4;
}

int json_text_compare(const char *a, const char *a_end, const char *b, const char *b_end)
{
	uint32_t x, y;

	do {
		x = json_text_next(&a, a_end);
		y = json_text_next(&b, b_end);
	} while (x == y && x != 0);
	return x < y ? -1 : x > y;
}
