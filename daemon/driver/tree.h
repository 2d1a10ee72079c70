/* SPDX-License-Identifier: Apache-2.0 */
/* tree: builds json-c trees; the first lack of memory sticks, ask once at the end. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct json_object;

struct tree {
	bool failed;
};

struct json_object *tree_object(struct tree *t);
struct json_object *tree_array(struct tree *t);
void tree_text(struct tree *t, struct json_object *object, const char *name, const char *text);
void tree_int(struct tree *t, struct json_object *object, const char *name, int64_t value);
void tree_bool(struct tree *t, struct json_object *object, const char *name, bool value);
/* Takes `child`. */
void tree_put(struct tree *t, struct json_object *object, const char *name, struct json_object *child);
void tree_add(struct tree *t, struct json_object *array, struct json_object *child);
void tree_add_text(struct tree *t, struct json_object *array, const char *text);
void tree_add_int(struct tree *t, struct json_object *array, int64_t value);
/* The whole, or NULL (and all of it freed) if memory lacked. */
struct json_object *tree_done(struct tree *t, struct json_object *root);
