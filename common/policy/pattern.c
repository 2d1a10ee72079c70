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

/* Only the latest star can need more text, so one place to fall back to is enough: no recursion, at most
 * pattern x text steps. */
bool pattern_match(struct span pattern, struct span text, bool fold)
{
	size_t p = 0, t = 0, star = pattern.len, star_text = 0;

	while (t < text.len) {
		if (p < pattern.len && pattern.at[p] == '*') {
			star = p++;
			star_text = t;
		} else if (p < pattern.len &&
			   (pattern.at[p] == '?' || same(pattern.at[p], text.at[t], fold))) {
			p++;
			t++;
		} else if (star < pattern.len) {
			p = star + 1;
			t = ++star_text;
		} else
			return false;
	}
	while (p < pattern.len && pattern.at[p] == '*')
		p++;
	return p == pattern.len;
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

bool arn_split(const char *text, struct span ret_parts[ARN_PARTS])
{
	for (size_t i = 0; i < ARN_PARTS; i++) {
		const char *colon = i + 1 < ARN_PARTS ? strchr(text, ':') : text + strlen(text);

		if (!colon)
			return false;
		ret_parts[i] = (struct span){.at = text, .len = (size_t)(colon - text)};
		text = colon + 1;
	}
	return span_equals(ret_parts[0], "arn");
}

enum tri arn_match(const char *pattern, const char *text)
{
	struct span p[ARN_PARTS], t[ARN_PARTS];

	if (!arn_split(pattern, p) || !arn_split(text, t))
		return TRI_UNKNOWN;
	for (size_t i = ARN_PARTITION; i < ARN_PARTS; i++)
		if (!pattern_match(p[i], t[i], false))
			return TRI_FALSE;
	return TRI_TRUE;
}
