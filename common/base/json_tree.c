/* SPDX-License-Identifier: Apache-2.0 */
/* The questions to a json_tree; json_scan.c makes it. */
#include "base/json_scan.h"
#include "base/json_text.h"
#include "base/num.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define JSON_NUMBER_BYTES 128          /* a longer number is read by nobody here */
#define JSON_EXACT_MAX    (1ull << 53) /* whole numbers up to here survive a double */

void json_tree_fini(struct json_tree *t)
{
	free(t->nodes);
	*t = JSON_TREE_INIT;
}

void json_why(struct why *w, const struct json_error *e)
{
	why_set(w, "line %u, column %u: expected %s", e->line, e->column, e->expected);
}

bool json_is(const struct json_tree *t, uint32_t node, enum json_kind type)
{
	return node < t->count && t->nodes[node].type == type;
}

uint32_t json_count(const struct json_tree *t, uint32_t node)
{
	return node < t->count ? t->nodes[node].count : 0;
}

uint32_t json_first(const struct json_tree *t, uint32_t parent)
{
	return json_count(t, parent) > 0 ? parent + 1 : JSON_NONE;
}

uint32_t json_value(uint32_t name)
{
	return name == JSON_NONE ? JSON_NONE : name + 1; /* a name has no children */
}

uint32_t json_member(const struct json_tree *t, uint32_t object, const char *name)
{
	json_for_each_member (t, object, i) {
		if (json_equals(t, i, name))
			return json_value(i);
	}
	return JSON_NONE;
}

/* The contents between the quotes of a string node. */
static const char *contents(const struct json_tree *t, uint32_t node, const char **ret_end)
{
	*ret_end = t->text + t->nodes[node].end - 1;
	return t->text + t->nodes[node].start + 1;
}

/* Decodes the escapes, all else stands as it is; the length. `room` may be NULL: it is only measured. */
static size_t decode(const char *p, const char *end, char *room)
{
	size_t used = 0;

	while (p < end) {
		char bytes[4];
		const char *from = p;
		size_t n = json_text_plain(p, (size_t)(end - p));

		if (n == 0) {
			n = json_text_put(json_text_next(&p, end), bytes);
			from = bytes;
		} else {
			p += n;
		}
		if (room)
			memcpy(room + used, from, n);
		used += n;
	}
	return used;
}

int json_string(const struct json_tree *t, uint32_t node, char *ret_text, size_t size, size_t *ret_len)
{
	const char *p, *end;
	size_t len;

	if (!json_is(t, node, JSON_STRING))
		return 1;
	p = contents(t, node, &end);
	/* Decoding never makes it longer: it is measured only where it might not fit. */
	if ((size_t)(end - p) >= size && decode(p, end, NULL) >= size)
		return 2;
	len = decode(p, end, ret_text);
	ret_text[len] = '\0';
	if (ret_len)
		*ret_len = len;
	return 0;
}

int json_string_dup(const struct json_tree *t, uint32_t node, size_t max_bytes, char **ret_text)
{
	size_t size;
	char *text;
	int r;

	if (!json_is(t, node, JSON_STRING))
		return 1;
	size = t->nodes[node].end - t->nodes[node].start; /* decoding never makes it longer */
	if (max_bytes < size)
		size = max_bytes + 1;
	text = malloc(size);
	if (!text)
		return err_origin(-ENOMEM);
	r = json_string(t, node, text, size, NULL);
	if (r != 0)
		free(text);
	else
		*ret_text = text;
	return r;
}

bool json_equals(const struct json_tree *t, uint32_t node, const char *text)
{
	const char *p, *end;

	if (!json_is(t, node, JSON_STRING))
		return false;
	p = contents(t, node, &end);
	while (p < end) {
		char bytes[4];
		size_t n;

		if (*p != '\\') { /* stands as it is, and is no NUL */
			if (*p++ != *text++)
				return false;
			continue;
		}
		n = json_text_put(json_text_next(&p, end), bytes);
		if (strncmp(text, bytes, n) != 0)
			return false;
		text += n;
	}
	return *text == '\0';
}

int json_u64(const struct json_tree *t, uint32_t node, uint64_t max, uint64_t *ret_value)
{
	const char *p, *end;
	double d = 0;
	int r;

	if (json_is(t, node, JSON_STRING)) {
		p = contents(t, node, &end);
		r = num_parse_u64(p, (size_t)(end - p), max, ret_value);
		return r == 0 ? 0 : r == NUM_E_RANGE ? 2 : 1;
	}
	if (!json_is(t, node, JSON_NUMBER))
		return 1;
	p = t->text + t->nodes[node].start;
	r = num_parse_u64(p, t->nodes[node].end - t->nodes[node].start, max, ret_value);
	if (r == 0)
		return 0;
	if (r == NUM_E_RANGE || json_double(t, node, &d) != 0)
		return 2;
	/* "1.7e9" or "-0": whole all the same, if a double holds it exactly. */
	if (d < 0 || d > (double)JSON_EXACT_MAX || d != (double)(uint64_t)d || (uint64_t)d > max)
		return 2;
	*ret_value = (uint64_t)d;
	return 0;
}

int json_double(const struct json_tree *t, uint32_t node, double *ret_value)
{
	char number[JSON_NUMBER_BYTES];
	size_t len;
	double d;

	if (!json_is(t, node, JSON_NUMBER))
		return 1;
	len = t->nodes[node].end - t->nodes[node].start;
	if (len >= sizeof number)
		return 1;
	memcpy(number, t->text + t->nodes[node].start, len);
	number[len] = '\0';
	d = strtod(number, NULL); /* the programs never leave the C locale */
	if (!isfinite(d))
		return 1;
	*ret_value = d;
	return 0;
}

int json_truth(const struct json_tree *t, uint32_t node, bool *ret_value)
{
	if (!json_is(t, node, JSON_TRUE) && !json_is(t, node, JSON_FALSE))
		return 1;
	*ret_value = t->nodes[node].type == JSON_TRUE;
	return 0;
}
