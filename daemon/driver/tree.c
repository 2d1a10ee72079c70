/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/tree.h"
#include <json-c/json.h>

static struct json_object *made(struct tree *t, struct json_object *object)
{
	if (!object)
		t->failed = true;
	return object;
}

struct json_object *tree_object(struct tree *t)
{
	return made(t, json_object_new_object());
}

struct json_object *tree_array(struct tree *t)
{
	return made(t, json_object_new_array());
}

void tree_put(struct tree *t, struct json_object *object, const char *name, struct json_object *child)
{
	if (object && child && json_object_object_add(object, name, child) == 0)
		return;
	t->failed = true;
	json_object_put(child);
}

void tree_add(struct tree *t, struct json_object *array, struct json_object *child)
{
	if (array && child && json_object_array_add(array, child) == 0)
		return;
	t->failed = true;
	json_object_put(child);
}

void tree_text(struct tree *t, struct json_object *object, const char *name, const char *text)
{
	tree_put(t, object, name, json_object_new_string(text));
}

void tree_int(struct tree *t, struct json_object *object, const char *name, int64_t value)
{
	tree_put(t, object, name, json_object_new_int64(value));
}

void tree_bool(struct tree *t, struct json_object *object, const char *name, bool value)
{
	tree_put(t, object, name, json_object_new_boolean(value));
}

void tree_add_text(struct tree *t, struct json_object *array, const char *text)
{
	tree_add(t, array, json_object_new_string(text));
}

void tree_add_int(struct tree *t, struct json_object *array, int64_t value)
{
	tree_add(t, array, json_object_new_int64(value));
}

struct json_object *tree_done(struct tree *t, struct json_object *root)
{
	if (!t->failed)
		return root;
	json_object_put(root);
	return NULL;
}
