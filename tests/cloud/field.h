/* SPDX-License-Identifier: Apache-2.0 */
/* field: members of JSON objects that are members of C structs. One table serves the world file, the admin
 * interface and the state shown. */
#pragma once
#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

enum field_kind {
	FIELD_BOOL,   /* bool */
	FIELD_I64,    /* int64_t, 0 or more unless `negative` */
	FIELD_U32,    /* uint32_t */
	FIELD_CHARS,  /* char[size]: a text; numbers and truth values are taken as their text, null as "" */
	FIELD_STRING, /* char *, owned */
};

struct field {
	const char *name;
	enum field_kind kind;
	size_t offset, size;
	const char *choices; /* FIELD_CHARS: "a|b|c", or NULL */
	bool negative;
	bool secret; /* never shown */
};
#define FIELD(type, member, kind_)                                                                           \
	.name = #member, .kind = (kind_), .offset = offsetof(struct type, member),                           \
	.size = sizeof(((struct type *)NULL)->member)

#define FIELD_WHY_BYTES 256
enum field_refusal { FIELD_E_UNKNOWN = 1, FIELD_E_VALUE };

/* Sets one member. Refuses: FIELD_E_UNKNOWN (no such row), FIELD_E_VALUE (`reterr_why` says what was
 * expected). */
int field_set(const struct field *table, size_t count, void *object, const char *name,
	struct json_object *value, char reterr_why[FIELD_WHY_BYTES]);
/* Adds all rows that are not secret to `into`. */
void field_show(const struct field *table, size_t count, const void *object, struct json_object *into);

/* Member of an object; NULL if absent, null, or `object` is none. Borrowed. */
struct json_object *field_get(struct json_object *object, const char *name);
const char *field_text(struct json_object *object, const char *name); /* NULL unless a string */
bool field_bool(struct json_object *object, const char *name, bool otherwise);
/* Parses strictly a whole document. NULL if it is none. */
struct json_object *field_parse(const char *text, size_t len);
static inline void field_put(struct json_object **o)
{
	json_object_put(*o);
	*o = NULL;
}
