/* SPDX-License-Identifier: Apache-2.0 */
/* json_scan: a strict RFC 8259 reader that keeps byte spans.
 *
 * Every foreign document comes through here. json-c accepts duplicate members (the last wins), NaN, single
 * quotes and raw control bytes, reads "Effect\u0000x" as "Effect", and knows no positions; this one refuses
 * all of that, and says where. Reading needs no second parse: a tree of nodes over the caller's text.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

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
	uint8_t type;        /* enum json_type */
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
 * its memory is taken again. */
int json_scan(const char *text, size_t len, const struct json_limits *limits, struct json_tree *ret_tree,
	struct json_error *reterr_error);
void json_tree_fini(struct json_tree *t);

/* Line and column (from 1) of a byte offset. */
void json_position(const struct json_tree *t, uint32_t offset, uint32_t *ret_line, uint32_t *ret_column);

/* Index 0 is the root, so 0 also says "none" where a child is asked for. */
#define JSON_NONE 0u
uint32_t json_first(const struct json_tree *t, uint32_t parent); /* first element or first member's *name* */
uint32_t json_member(const struct json_tree *t, uint32_t object,
	const char *name); /* value node; JSON_NONE if absent or no object */
bool json_is(const struct json_tree *t, uint32_t node,
	enum json_type type); /* false for JSON_NONE unless the root is asked by node 0 */

/* for (uint32_t i = first child; each element of an array): json_for_each(t, array, i) */
#define json_for_each(t, array, i)                                                                           \
	for (uint32_t i##_n = 0, i = json_first((t), (array)); i##_n < (t)->nodes[(array)].count;            \
		i##_n++, i = (t)->nodes[i].next)

/* Copies a string, escapes decoded, with a NUL. Refuses: 1 if the node is no string (or JSON_NONE), 2 if it
 * does not fit into `size` bytes. `ret_len` may be NULL. */
int json_string(const struct json_tree *t, uint32_t node, char *ret_text, size_t size, size_t *ret_len);
/* The same into fresh memory, at most `max_bytes`. Refuses: 1, 2. Fails: -ENOMEM. */
int json_string_dup(const struct json_tree *t, uint32_t node, size_t max_bytes, char **ret_text);
bool json_equals(const struct json_tree *t, uint32_t node, const char *text); /* a string with this value */
/* A JSON number, or a string of decimal digits, that is a whole number of 0..max. Refuses: 1 wrong type, 2
 * range. */
int json_u64(const struct json_tree *t, uint32_t node, uint64_t max, uint64_t *ret_value);
/* A number as a double. Refuses: 1. */
int json_double(const struct json_tree *t, uint32_t node, double *ret_value);
/* Refuses: 1 if neither true nor false. */
int json_bool(const struct json_tree *t, uint32_t node, bool *ret_value);
