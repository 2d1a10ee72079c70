/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/variable.h"
#include <string.h>

#define NAME_BYTES 160 /* of a key within a variable */

/* What a value comes to, symbol by symbol. */
struct expansion {
	const struct request *r;
	struct matcher m;
	enum reading reading;
	bool is_void;  /* a variable has no value: nothing is equal or like it */
	bool is_vague; /* how AWS reads it is not documented */
};

static void feed_literal(struct expansion *x, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		matcher_feed(&x->m, (unsigned char)s.at[i]);
}

/* Whether wildcards within the value of a variable are wildcards is not documented. */
static void feed_value(struct expansion *x, struct span s)
{
	if (x->reading == READING_WILD && pattern_has_wildcard(s))
		x->is_vague = true;
	feed_literal(x, s);
}

static struct span trim(struct span s)
{
	while (s.len > 0 && *s.at == ' ') {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && s.at[s.len - 1] == ' ')
		s.len--;
	return s;
}

/* KEY or KEY, 'DEFAULT'. */
static bool split_default(struct span inside, struct span *ret_name, struct span *ret_default, bool *ret_has)
{
	const char *comma = memchr(inside.at, ',', inside.len);
	struct span name = inside, rest;

	*ret_has = comma != NULL;
	if (comma) {
		name.len = (size_t)(comma - inside.at);
		rest = trim((struct span){comma + 1, inside.len - name.len - 1});
		if (rest.len < 2 || *rest.at != '\'' || rest.at[rest.len - 1] != '\'')
			return false;
		*ret_default = (struct span){rest.at + 1, rest.len - 2};
	}
	*ret_name = trim(name);
	return ret_name->len > 0 && ret_name->len < NAME_BYTES;
}

static void feed_variable(struct expansion *x, struct span inside)
{
	struct span name, otherwise = {"", 0};
	bool has_default;
	char text[NAME_BYTES];
	struct fact f;

	if (inside.len == 1 && strchr("*?$", *inside.at)) {
		matcher_feed(&x->m, (unsigned char)*inside.at);
		return;
	}
	if (!split_default(inside, &name, &otherwise, &has_default)) {
		x->is_vague = true;
		matcher_feed(&x->m, MATCHER_OPEN);
		return;
	}
	memcpy(text, name.at, name.len);
	text[name.len] = '\0';
	request_fact(x->r, request_key_parse(text), text, &f);
	if (f.presence == PRESENCE_ABSENT && has_default)
		feed_value(x, otherwise);
	else if (f.presence == PRESENCE_ABSENT)
		x->is_void = true;
	else if (f.presence != PRESENCE_PRESENT || f.is_many || f.count != 1 || f.has_holes || f.is_time)
		matcher_feed(&x->m, MATCHER_OPEN); /* not known, or no value that a variable can take */
	else
		feed_value(x, span_of(f.value));
}

/* One byte of the value outside of variables. */
static void feed_byte(struct expansion *x, char c)
{
	unsigned symbol = (unsigned char)c;

	if (x->reading == READING_WILD && c == '*')
		symbol = MATCHER_MANY;
	else if (x->reading == READING_WILD && c == '?')
		symbol = MATCHER_ONE;
	matcher_feed(&x->m, symbol);
}

/* Text inside of "${...}" that starts at `at`; false: it does not end. */
static bool variable_at(struct span value, size_t at, struct span *ret_inside)
{
	const char *end;

	if (at + 2 > value.len || value.at[at] != '$' || value.at[at + 1] != '{')
		return false;
	end = memchr(value.at + at, '}', value.len - at);
	if (!end)
		return false;
	*ret_inside = (struct span){value.at + at + 2, (size_t)(end - value.at) - at - 2};
	return true;
}

static enum tri expand(const struct request *r, struct span value, enum reading reading, bool variables,
	struct span text, bool holes)
{
	struct expansion x;
	enum tri t;

	x.r = r;
	x.reading = reading;
	x.is_void = x.is_vague = false;
	if (!matcher_init(&x.m, text, holes, reading == READING_FOLD))
		return TRI_UNKNOWN;
	for (size_t i = 0; i < value.len && !x.m.is_dead; i++) {
		struct span inside = {"", 0};

		if (variables && variable_at(value, i, &inside)) {
			feed_variable(&x, inside);
			i += inside.len + 2;
		} else {
			x.is_vague = x.is_vague || (variables && value.at[i] == '$' && i + 1 < value.len &&
							   value.at[i + 1] == '{');
			feed_byte(&x, value.at[i]);
		}
	}
	if (x.is_vague)
		return TRI_UNKNOWN;
	t = matcher_end(&x.m);
	return x.is_void ? TRI_FALSE : t;
}

enum tri variable_match(const struct request *r, struct span value, enum reading reading, bool variables,
	struct span text, bool holes)
{
	if (holes && !variables && reading != READING_FOLD && r->principal_subject.is_short &&
		text.at == r->principal_subject.text.at && text.len == r->principal_subject.text.len)
		return subject_match_holes(&r->principal_subject, value, reading == READING_WILD);
	if (variables || holes)
		return expand(r, value, reading, variables, text, holes);
	switch (reading) {
	case READING_EXACT:
		return tri_of(value.len == text.len && memcmp(value.at, text.at, text.len) == 0);
	case READING_FOLD:
		return tri_of(value.len == text.len && span_equals_fold(value, text.at));
	case READING_WILD:
		return tri_of(pattern_match(value, text, false));
	}
	return TRI_UNKNOWN;
}

enum tri variable_match_arn(
	const struct request *r, struct span value, bool variables, struct span text, bool holes)
{
	struct span v[ARN_PARTS], t[ARN_PARTS];
	enum tri all = TRI_TRUE;

	if (!arn_split(value, variables, v) || !arn_split(text, false, t))
		return TRI_UNKNOWN;
	for (size_t i = ARN_PARTITION; i < ARN_PARTS && all != TRI_FALSE; i++)
		all = tri_and(all, variable_match(r, v[i], READING_WILD, variables, t[i], holes));
	return all;
}
