/* SPDX-License-Identifier: Apache-2.0 */
/* json_scan: a strict RFC 8259 reader that keeps byte spans.
 *
 * Every foreign document comes through here. json-c accepts duplicate members (the last wins), NaN, single
 * quotes and raw control bytes, reads "Effect\u0000x" as "Effect", and knows no positions; this one refuses
 * all of that, and says where. Reading needs no second parse: a tree of nodes over the caller's text.
 */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Not json_type and json_bool: json-c takes those names. */
enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

enum json_refusal {
	JSON_E_SYNTAX = 1, /* not RFC 8259, or bytes after the value */
	JSON_E_UTF8,       /* not UTF-8, or a lone surrogate */
	JSON_E_NUL,        /* \u0000 inside a string */
	JSON_E_DUPLICATE,  /* a member name twice in one object, escapes decoded */
	JSON_E_DEPTH,      /* deeper than json_limits.max_depth */
	JSON_E_SIZE,       /* longer than max_bytes, or more than max_nodes values */
};

struct json_limits {
	size_t max_bytes;
	uint32_t max_nodes;
	uint16_t max_depth; /* 1..JSON_DEPTH_MAX */
};
#define JSON_DEPTH_MAX 128

/* One value. Members of an object are name, value, name, value, ... */
struct json_node {
	uint32_t start, end; /* bytes [start, end) of the text; a string with its quotes */
	uint32_t next;       /* index of the node after this one and all its children */
	uint32_t count;      /* elements of an array, members of an object */
	uint8_t type;        /* enum json_kind */
};

struct json_tree {
	const char *text; /* borrowed: must outlive the tree */
	size_t len;
	struct json_node *nodes; /* owned; node 0 is the root */
	uint32_t count, size;
};
#define JSON_TREE_INIT ((struct json_tree){.text = NULL})

struct json_error {
	uint32_t line, column; /* from 1; column in bytes */
	const char *expected;  /* static text: "a comma or '}'" */
};

/* Refuses: JSON_E_*, with `reterr_error` (may be NULL) set. Fails: -ENOMEM. `ret_tree` may be a used tree:
 * its memory is taken again, so after a refusal it is empty (every question below then answers "none"). */
int json_scan(const char *text, size_t len, const struct json_limits *limits, struct json_tree *ret_tree,
	struct json_error *reterr_error);
void json_tree_fini(struct json_tree *t);
/* Sets the text "line 3, column 7: expected ...". */
void json_why(struct why *w, const struct json_error *e);

/* Line and column (from 1) of a byte offset. */
void json_position(const struct json_tree *t, uint32_t offset, uint32_t *ret_line, uint32_t *ret_column);

#define JSON_ROOT 0u         /* index of the root */
#define JSON_NONE UINT32_MAX /* no such node; may be passed to every function here */

bool json_is(const struct json_tree *t, uint32_t node, enum json_kind type); /* false for JSON_NONE */
/* Elements of an array, members of an object; 0 for anything else. */
uint32_t json_count(const struct json_tree *t, uint32_t node);
/* First element of an array, *name* of the first member of an object; JSON_NONE if there is none. */
uint32_t json_first(const struct json_tree *t, uint32_t parent);
/* Value of the member with this name (escapes decoded); JSON_NONE if absent or if `object` is no object. */
uint32_t json_member(const struct json_tree *t, uint32_t object, const char *name);
/* Value of the member whose name is node `name`. */
uint32_t json_value(uint32_t name);

/* Each element of an array; nothing if `array` is none: json_for_each(t, array, i) { ... node i ... } */
#define json_for_each(t, array, i)                                                                           \
	for (uint32_t i##_left = json_is((t), (array), JSON_ARRAY) ? json_count((t), (array)) : 0,           \
		      i = json_first((t), (array));                                                          \
		i##_left > 0; i##_left--, i = (t)->nodes[i].next)
/* Each member of an object: node `name`, its value is json_value(name). */
#define json_for_each_member(t, object, name)                                                                \
	for (uint32_t name##_left = json_is((t), (object), JSON_OBJECT) ? json_count((t), (object)) : 0,     \
		      name = json_first((t), (object));                                                      \
		name##_left > 0; name##_left--, name = (t)->nodes[json_value(name)].next)

/* Copies a string, escapes decoded, with a NUL (a string never holds one itself). Refuses: 1 if the node is
 * no string, 2 if it does not fit into `size` bytes. `ret_len` may be NULL. */
int json_string(const struct json_tree *t, uint32_t node, char *ret_text, size_t size, size_t *ret_len);
/* The same into fresh memory, at most `max_bytes`. Refuses: 1, 2. Fails: -ENOMEM. */
int json_string_dup(const struct json_tree *t, uint32_t node, size_t max_bytes, char **ret_text);
bool json_equals(const struct json_tree *t, uint32_t node, const char *text); /* a string with this value */
/* A JSON number, or a string of decimal digits, that is a whole number of 0..max. Refuses: 1 wrong type, 2
 * range. */
int json_u64(const struct json_tree *t, uint32_t node, uint64_t max, uint64_t *ret_value);
/* A number as a double. Refuses: 1 if it is no number, or no finite one. */
int json_double(const struct json_tree *t, uint32_t node, double *ret_value);
/* Refuses: 1 if neither true nor false. */
int json_truth(const struct json_tree *t, uint32_t node, bool *ret_value);
