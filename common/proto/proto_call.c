/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/proto_call.h"
#include "base/own.h"
#include "proto/json_write.h"
#include "proto/proto.h"
#include <string.h>

static const struct json_limits call_limits = {
	.max_bytes = PROTO_CALL_MAX, .max_nodes = 64 * 1024, .max_depth = 16};

static int shape(struct why *reterr_why, const char *text)
{
	why_set(reterr_why, "the call is no Varlink call: %s", text);
	return PROTO_CALL_E_SHAPE;
}

/* One member of the call; a name that is not known is a call for another protocol. */
static int read_member(struct proto_call *c, uint32_t name, struct why *reterr_why)
{
	const struct json_tree *t = &c->tree;
	uint32_t value = json_value(name);
	if (json_equals(t, name, "method")) {
		if (json_string(t, value, c->method, sizeof c->method, NULL) != 0)
			return shape(reterr_why, "\"method\" is no text of 1 to 127 bytes");
	} else if (json_equals(t, name, "parameters")) {
		if (!json_is(t, value, JSON_OBJECT) && !json_is(t, value, JSON_NULL))
			return shape(reterr_why, "\"parameters\" is no object");
		c->parameters = json_is(t, value, JSON_OBJECT) ? value : JSON_NONE;
	} else if (json_equals(t, name, "oneway")) {
		if (json_truth(t, value, &c->oneway) != 0)
			return shape(reterr_why, "\"oneway\" is neither true nor false");
	} else if (json_equals(t, name, "more")) {
		if (json_truth(t, value, &c->more) != 0)
			return shape(reterr_why, "\"more\" is neither true nor false");
	} else if (json_equals(t, name, "upgrade")) {
		if (json_truth(t, value, &c->upgrade) != 0)
			return shape(reterr_why, "\"upgrade\" is neither true nor false");
	} else {
		return shape(
			reterr_why, "it has a member other than method, parameters, oneway, more, upgrade");
	}
	return 0;
}

int proto_call_parse(const char *frame, size_t len, struct proto_call *ret_call, struct why *reterr_why)
{
	_cleanup_(proto_call_fini) struct proto_call call = PROTO_CALL_INIT;
	struct json_error error;

	int r = json_scan(frame, len, &call_limits, &call.tree, &error);
	if (r < 0)
		return r;
	if (r > 0) {
		json_why(reterr_why, &error);
		why_prefix(reterr_why, "the call is no strict JSON");
		return PROTO_CALL_E_JSON;
	}
	if (!json_is(&call.tree, JSON_ROOT, JSON_OBJECT))
		return shape(reterr_why, "it is no object");
	json_for_each_member (&call.tree, JSON_ROOT, name) {
		r = read_member(&call, name, reterr_why);
		if (r != 0)
			return r;
	}
	if (call.method[0] == '\0')
		return shape(reterr_why, "it names no method");
	*ret_call = call;
	call = PROTO_CALL_INIT;
	return 0;
}

void proto_call_fini(struct proto_call *c)
{
	json_tree_fini(&c->tree);
	*c = PROTO_CALL_INIT;
}

int proto_call_encode(const char *method, struct json_object *parameters, bool more, struct buf *out)
{
	buf_add(out, "{\"method\":");
	buf_json_string(out, method, strlen(method));
	if (parameters) {
		buf_add(out, ",\"parameters\":");
		json_write(out, parameters);
	}
	buf_add(out, more ? ",\"more\":true}" : "}");
	buf_append(out, "", 1);
	return out->trouble;
}
