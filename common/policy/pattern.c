/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/pattern.h"
#include <string.h>

struct span span_of(const char *text)
{
	return (struct span){.at = text, .len = strlen(text)};
}

bool span_equals(struct span s, const char *text)
{
	return strlen(text) == s.len && memcmp(s.at, text, s.len) == 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same(char a, char b, bool fold)
{
	return fold ? lower(a) == lower(b) : a == b;
}

bool span_equals_fold(struct span s, const char *text)
{
	for (size_t i = 0; i < s.len; i++)
		if (!text[i] || !same(s.at[i], text[i], true))
			return false;
	return text[s.len] == '\0';
}

/* Bytes of the character at `at`; a stray byte counts as one. */
static size_t character(struct span text, size_t at)
{
	unsigned char c = (unsigned char)text.at[at];
	size_t n = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return n <= text.len - at ? n : 1;
}

/* Only the latest star can need more text, so one place to fall back to is enough: no recursion, at most
 * pattern x text steps. */
bool pattern_match(struct span pattern, struct span text, bool fold)
{
	size_t p = 0, t = 0, star = pattern.len, star_text = 0;

	while (t < text.len) {
		if (p < pattern.len && pattern.at[p] == '*') {
			star = p++;
			star_text = t;
		} else if (p < pattern.len && pattern.at[p] == '?') {
			p++;
			t += character(text, t);
		} else if (p < pattern.len && same(pattern.at[p], text.at[t], fold)) {
			p++;
			t++;
		} else if (star < pattern.len) {
			p = star + 1;
			star_text += character(text, star_text);
			t = star_text;
		} else
			return false;
	}
	while (p < pattern.len && pattern.at[p] == '*')
		p++;
	return p == pattern.len;
}

void subject_init(struct subject *s, struct span text, bool has_holes, bool fold)
{
	s->text = text;
	s->has_holes = has_holes;
	s->holes = 0;
	s->is_short = text.len <= SUBJECT_MAX_BYTES;
	memset(s->masks, 0, sizeof s->masks);
	for (size_t i = 0; s->is_short && i < text.len; i++) {
		char c = fold ? lower(text.at[i]) : text.at[i];
		uint64_t place = UINT64_C(1) << i;

		if ((unsigned char)c >= 128)
			s->is_short = false;
		else if (has_holes && c == PATTERN_HOLE)
			s->holes |= place;
		else
			s->masks[(unsigned char)c] |= place;
		if (fold && c >= 'a' && c <= 'z')
			s->masks[(unsigned char)c - 'a' + 'A'] |= place;
	}
}

/* All places from the first one on. */
static uint64_t from_first(uint64_t places)
{
	return places | (~places + 1);
}

/* Bit i of `places`: the pattern so far takes the first i bytes of the text. */
bool subject_match(const struct subject *s, struct span pattern)
{
	uint64_t places = 1, all = (UINT64_C(1) << s->text.len << 1) - 1;

	if (!s->is_short)
		return pattern_match(pattern, s->text, true);
	for (size_t i = 0; i < pattern.len && places; i++) {
		unsigned char c = (unsigned char)pattern.at[i];

		if (c == '*')
			places = from_first(places);
		else if (c == '?')
			places <<= 1;
		else
			places = c < 128 ? (places & s->masks[c]) << 1 : 0;
		places &= all;
	}
	return places >> s->text.len & 1;
}

/* `may`: places that some reading of the holes reaches; `must`: that every reading reaches. */
enum tri subject_match_holes(const struct subject *s, struct span pattern, bool wild)
{
	uint64_t all = (UINT64_C(1) << s->text.len << 1) - 1, must = 1, may = 1 | (s->holes & 1) << 1;

	for (size_t i = 0; i < pattern.len && may; i++) {
		unsigned char c = (unsigned char)pattern.at[i];
		uint64_t here = wild && c == '?' ? ~s->holes : c < 128 ? s->masks[c] : 0;

		if (wild && c == '*') {
			may = from_first(may) & all;
			must = from_first(must) & all;
			continue;
		}
		may = ((may & here) << 1 | (may & s->holes)) & all;
		may |= (may & s->holes) << 1;
		must = (must & here) << 1 & all;
	}
	if (!(may >> s->text.len & 1))
		return TRI_FALSE;
	return must >> s->text.len & 1 ? TRI_TRUE : TRI_UNKNOWN;
}

static bool is_hole(const struct matcher *m, size_t at)
{
	return m->has_holes && at < m->text.len && m->text.at[at] == PATTERN_HOLE;
}

/* A hole may be empty: what stands before it may stand behind it. */
static void pass_holes(struct matcher *m)
{
	for (size_t i = m->low; m->has_holes && i <= m->high; i++) {
		if (!m->may[i] || !is_hole(m, i))
			continue;
		m->may[i + 1] = 1;
		m->high = m->high > i ? m->high : i + 1;
	}
}

bool matcher_init(struct matcher *m, struct span text, bool has_holes, bool fold)
{
	if (text.len > MATCHER_TEXT_MAX_BYTES)
		return false;
	m->text = text;
	m->has_holes = has_holes;
	m->fold = fold;
	m->is_sure = true;
	m->is_dead = false;
	m->low = m->high = 0;
	memset(m->may, 0, text.len + 1);
	memset(m->must, 0, text.len + 1);
	m->may[0] = m->must[0] = 1;
	pass_holes(m);
	return true;
}

static void feed_many(struct matcher *m)
{
	bool must = false;

	for (size_t i = m->low; i <= m->text.len; i++) {
		must = must || m->must[i];
		m->must[i] = must;
		m->may[i] = 1;
	}
	m->high = m->text.len;
}

/* One character or one byte. From the end, so that each place is read before it is written. */
static void feed_one(struct matcher *m, unsigned symbol)
{
	size_t lowest = SIZE_MAX, highest = 0;

	for (size_t i = m->high + 1; i-- > m->low;) {
		uint8_t may = m->may[i], must = m->must[i];
		bool hole = is_hole(m, i);

		m->may[i] = m->must[i] = 0;
		if (!may || i == m->text.len)
			continue;
		size_t to = hole ? i : i + (symbol == MATCHER_ONE ? character(m->text, i) : 1);

		if (!hole && symbol != MATCHER_ONE && !same(m->text.at[i], (char)symbol, m->fold))
			continue;
		m->may[to] = 1;
		m->must[to] |= !hole && must;
		lowest = to < lowest ? to : lowest;
		highest = to > highest ? to : highest;
	}
	m->is_dead = lowest == SIZE_MAX;
	m->low = m->is_dead ? 0 : lowest;
	m->high = highest;
	if (!m->is_dead)
		pass_holes(m);
}

void matcher_feed(struct matcher *m, unsigned symbol)
{
	if (m->is_dead)
		return;
	if (symbol == MATCHER_OPEN)
		m->is_sure = false;
	if (symbol == MATCHER_OPEN || symbol == MATCHER_MANY)
		feed_many(m);
	else
		feed_one(m, symbol);
}

enum tri matcher_end(const struct matcher *m)
{
	if (m->is_dead || !m->may[m->text.len])
		return TRI_FALSE;
	return m->is_sure && m->must[m->text.len] ? TRI_TRUE : TRI_UNKNOWN;
}

bool pattern_has_wildcard(struct span pattern)
{
	return memchr(pattern.at, '*', pattern.len) || memchr(pattern.at, '?', pattern.len);
}

bool pattern_is_any(const char *pattern)
{
	size_t stars = strspn(pattern, "*");

	return stars > 0 && pattern[stars] == '\0';
}

bool pattern_equals_fold(const char *a, const char *b)
{
	while (*a && same(*a, *b, true)) {
		a++;
		b++;
	}
	return *a == '\0' && *b == '\0';
}

/* The colon that ends a part, or the end. */
static size_t part_end(struct span text, size_t at, bool variables)
{
	bool inside = false;

	for (; at < text.len; at++) {
		char c = text.at[at];

		if (variables && c == '$' && at + 1 < text.len && text.at[at + 1] == '{')
			inside = true;
		else if (c == '}')
			inside = false;
		else if (c == ':' && !inside)
			break;
	}
	return at;
}

bool arn_split(struct span text, bool variables, struct span ret_parts[ARN_PARTS])
{
	size_t at = 0;

	for (size_t i = 0; i < ARN_PARTS; i++) {
		size_t end = i + 1 < ARN_PARTS ? part_end(text, at, variables) : text.len;

		if (i + 1 < ARN_PARTS && end == text.len)
			return false;
		ret_parts[i] = (struct span){.at = text.at + at, .len = end - at};
		at = end + 1;
	}
	return span_equals(ret_parts[0], "arn");
}
