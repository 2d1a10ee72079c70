/* SPDX-License-Identifier: Apache-2.0 */
#include "glyph.h"
#include "base/own.h"
#include "base/utf8.h"
#include <string.h>

struct range {
	uint32_t first, last;
};

/* Blocks and ranges of Unicode 15 that names of clusters and texts of services may hold; a width that is off by
 * one only shifts a column. */
static const struct range combining[] = {
	{0x0300, 0x036f},
	{0x0483, 0x0489},
	{0x0591, 0x05bd},
	{0x0610, 0x061a},
	{0x064b, 0x065f},
	{0x0900, 0x0902},
	{0x093c, 0x093c},
	{0x0941, 0x0948},
	{0x094d, 0x094d},
	{0x0e31, 0x0e31},
	{0x0e34, 0x0e3a},
	{0x0e47, 0x0e4e},
	{0x1ab0, 0x1aff},
	{0x1dc0, 0x1dff},
	{0x20d0, 0x20ff},
	{0xfe00, 0xfe0f},
	{0xfe20, 0xfe2f},
	{0x1f3fb, 0x1f3ff},
	{0xe0100, 0xe01ef},
};
static const struct range wide[] = {
	{0x1100, 0x115f},
	{0x231a, 0x231b},
	{0x23e9, 0x23ec},
	{0x2614, 0x2615},
	{0x26a1, 0x26a1},
	{0x2705, 0x2705},
	{0x274c, 0x274c},
	{0x2753, 0x2755},
	{0x2795, 0x2797},
	{0x2b50, 0x2b50},
	{0x2e80, 0x303e},
	{0x3041, 0x33ff},
	{0x3400, 0x4dbf},
	{0x4e00, 0x9fff},
	{0xa000, 0xa4cf},
	{0xa960, 0xa97f},
	{0xac00, 0xd7a3},
	{0xf900, 0xfaff},
	{0xfe30, 0xfe6f},
	{0xff00, 0xff60},
	{0xffe0, 0xffe6},
	{0x1f300, 0x1f64f},
	{0x1f680, 0x1f6ff},
	{0x1f900, 0x1f9ff},
	{0x20000, 0x3fffd},
};
/* Hides, reorders or breaks what follows. */
static const struct range unsafe[] = {
	{0x0000, 0x001f},
	{0x007f, 0x009f},
	{0x00ad, 0x00ad},
	{0x061c, 0x061c},
	{0x180e, 0x180e},
	{0x200b, 0x200f},
	{0x2028, 0x202e},
	{0x2060, 0x206f},
	{0xfeff, 0xfeff},
	{0xfff9, 0xfffb},
	{0xe0000, 0xe007f},
};

#define IN(table, code) within((table), sizeof(table) / sizeof *(table), (code))

static bool within(const struct range *table, size_t count, uint32_t code)
{
	for (size_t i = 0; i < count; i++)
		if (code >= table[i].first && code <= table[i].last)
			return true;
	return false;
}

size_t glyph_next(const char *text, size_t len, uint32_t *ret_code)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t step = utf8_step(text, len);

	if (step == 0) {
		*ret_code = 0xfffd;
		return 1;
	}
	*ret_code = step == 1 ? s[0] : s[0] & (0x7fu >> step);
	for (size_t i = 1; i < step; i++)
		*ret_code = *ret_code << 6 | (s[i] & 0x3f);
	return step;
}

unsigned glyph_width(uint32_t code)
{
	if (code < 0x20)
		return 0;
	if (code < 0x300)
		return 1;
	if (IN(combining, code))
		return 0;
	return IN(wide, code) ? 2 : 1;
}

bool glyph_is_plain(uint32_t code)
{
	return !IN(unsafe, code);
}

/* How much of it is printable ASCII, as nearly all is: that goes over at once. */
static size_t plain_ascii(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] >= ' ' && text[n] <= '~')
		n++;
	return n;
}

/* One sign that is not: how much of the text it was. */
static size_t put_other(struct buf *out, const char *text, size_t len, enum glyph_lines lines)
{
	uint32_t code;
	size_t took = glyph_next(text, len, &code);

	if (code == '\n' || code == '\t')
		buf_add(out, code == '\n' && lines == GLYPH_LINES ? "\n" : " ");
	else if (code == 0xfffd)
		buf_add(out, "\xef\xbf\xbd");
	else if (glyph_is_plain(code))
		buf_append(out, text, took);
	else if (code < 0x100)
		buf_printf(out, "\\x%02x", (unsigned)code);
	else
		buf_printf(out, "\\u%04x", (unsigned)code);
	return took;
}

void glyph_clean(struct buf *out, const char *text, size_t len, enum glyph_lines lines)
{
	while (len > 0) {
		size_t took = plain_ascii(text, len);

		if (took > 0)
			buf_append(out, text, took);
		else
			took = put_other(out, text, len, lines);
		text += took;
		len -= took;
	}
}

const char *glyph_safe(struct arena *a, const char *text)
{
	size_t len = strlen(text);
	_cleanup_(buf_fini) struct buf clean = BUF_INIT(8 * len + 1);

	glyph_clean(&clean, text, len, GLYPH_ONE_LINE);
	if (clean.trouble)
		a->failed = true;
	return clean.data && !clean.trouble ? arena_copy(a, clean.data, clean.len) : "";
}
