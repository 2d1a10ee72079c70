/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/json_write.h"
#include <inttypes.h>
#include <json-c/json.h>
#include <math.h>
#include <string.h>

static void write_object(struct buf *out, struct json_object *value)
{
	const char *comma = "";
	buf_add(out, "{");
	json_object_object_foreach(value, name, member)
	{
		buf_add(out, comma);
		buf_json_string(out, name, strlen(name));
		buf_add(out, ":");
		json_write(out, member);
		comma = ",";
	}
	buf_add(out, "}");
}

static void write_array(struct buf *out, struct json_object *value)
{
	size_t count = json_object_array_length(value);
	buf_add(out, "[");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add(out, ",");
		json_write(out, json_object_array_get_idx(value, i));
	}
	buf_add(out, "]");
}

void json_write(struct buf *out, struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		buf_add(out, "null");
		break;
	case json_type_boolean:
		buf_add(out, json_object_get_boolean(value) ? "true" : "false");
		break;
	case json_type_int:
		/* json-c keeps what is over INT64_MAX apart; both readings agree below it */
		if (json_object_get_int64(value) < 0)
			buf_printf(out, "%" PRId64, json_object_get_int64(value));
		else
			buf_printf(out, "%" PRIu64, json_object_get_uint64(value));
		break;
	case json_type_double:
		if (isfinite(json_object_get_double(value)))
			buf_printf(out, "%.17g", json_object_get_double(value));
		else
			buf_add(out, "null");
		break;
	case json_type_string:
		buf_json_string(
			out, json_object_get_string(value), (size_t)json_object_get_string_len(value));
		break;
	case json_type_array:
		write_array(out, value);
		break;
	case json_type_object:
		write_object(out, value);
		break;
	}
}
