/* SPDX-License-Identifier: Apache-2.0 */
#include "field.h"
#include "alloc.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct field *find(const struct field *table, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

static int refuse(char why[FIELD_WHY_BYTES], const char *name, const char *expected)
{
	(void)snprintf(why, FIELD_WHY_BYTES, "member '%.60s': expected %.120s", name, expected);
	return FIELD_E_VALUE;
}

static int set_text(const struct field *f, void *at, struct json_object *value, char why[FIELD_WHY_BYTES])
{
	const char *text = json_object_is_type(value, json_type_null) ? "" : json_object_get_string(value);
	if (json_object_is_type(value, json_type_object) || json_object_is_type(value, json_type_array))
		return refuse(why, f->name, "a text");
	if (f->kind == FIELD_STRING) {
		alloc_replace(at, alloc_text(text));
		return 0;
	}
	if (f->choices && !text_among(text, f->choices))
		return refuse(why, f->name, f->choices);
	if (!text_set(at, f->size, text))
		return refuse(why, f->name, "a shorter text");
	return 0;
}

static int set_number(const struct field *f, void *at, struct json_object *value, char why[FIELD_WHY_BYTES])
{
	bool null = json_object_is_type(value, json_type_null);
	int64_t n = null ? 0 : json_object_get_int64(value);
	if (!null && !json_object_is_type(value, json_type_int) &&
		!json_object_is_type(value, json_type_double))
		return refuse(why, f->name, "a number");
	if (n < 0 && !f->negative)
		return refuse(why, f->name, "a number of 0 or more");
	if (f->kind == FIELD_I64) {
		memcpy(at, &n, sizeof n);
		return 0;
	}
	if (n < 0 || n > UINT32_MAX)
		return refuse(why, f->name, "a number below 4294967296");
	uint32_t small = (uint32_t)n;
	memcpy(at, &small, sizeof small);
	return 0;
}

int field_set(const struct field *table, size_t count, void *object, const char *name,
	struct json_object *value, char reterr_why[FIELD_WHY_BYTES])
{
	const struct field *f = find(table, count, name);
	if (!f) {
		(void)snprintf(reterr_why, FIELD_WHY_BYTES, "no member '%.60s' is known here", name);
		return FIELD_E_UNKNOWN;
	}
	void *at = (char *)object + f->offset;
	switch (f->kind) {
	case FIELD_BOOL:
		if (!json_object_is_type(value, json_type_boolean))
			return refuse(reterr_why, name, "true or false");
		*(bool *)at = json_object_get_boolean(value);
		return 0;
	case FIELD_I64:
	case FIELD_U32:
		return set_number(f, at, value, reterr_why);
	case FIELD_CHARS:
	case FIELD_STRING:
		return set_text(f, at, value, reterr_why);
	}
	return FIELD_E_UNKNOWN;
}

static struct json_object *show_one(const struct field *f, const void *at)
{
	int64_t wide = 0;
	uint32_t small = 0;
	switch (f->kind) {
	case FIELD_BOOL:
		return json_object_new_boolean(*(const bool *)at);
	case FIELD_I64:
		memcpy(&wide, at, sizeof wide);
		return json_object_new_int64(wide);
	case FIELD_U32:
		memcpy(&small, at, sizeof small);
		return json_object_new_int64(small);
	case FIELD_CHARS:
		return json_object_new_string(at);
	case FIELD_STRING:
		return json_object_new_string(*(char *const *)at ? *(char *const *)at : "");
	}
	return NULL;
}

void field_show(const struct field *table, size_t count, const void *object, struct json_object *into)
{
	for (size_t i = 0; i < count; i++)
		if (!table[i].secret)
			json_object_object_add(into, table[i].name,
				show_one(&table[i], (const char *)object + table[i].offset));
}

struct json_object *field_get(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;
	if (!json_object_is_type(object, json_type_object))
		return NULL;
	return json_object_object_get_ex(object, name, &value) ? value : NULL;
}

const char *field_text(struct json_object *object, const char *name)
{
	struct json_object *value = field_get(object, name);
	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

bool field_bool(struct json_object *object, const char *name, bool otherwise)
{
	struct json_object *value = field_get(object, name);
	return json_object_is_type(value, json_type_boolean) ? json_object_get_boolean(value) : otherwise;
}

struct json_object *field_parse(const char *text, size_t len)
{
	struct json_tokener *tokener = len <= INT32_MAX ? json_tokener_new_ex(64) : NULL;
	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	struct json_object *root = json_tokener_parse_ex(tokener, text, (int)len);
	if (json_tokener_get_error(tokener) == json_tokener_continue &&
		!root) /* a bare number ends at the NUL */
		root = json_tokener_parse_ex(tokener, "", 1);
	bool good = json_tokener_get_error(tokener) == json_tokener_success;
	json_tokener_free(tokener);
	if (!good) {
		json_object_put(root);
		return NULL;
	}
	return root;
}
