/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/proto_reply.h"
#include "base/own.h"
#include "proto/json_write.h"
#include "proto/proto.h"
#include <string.h>

static const struct json_limits reply_limits = {
	.max_bytes = PROTO_REPLY_MAX, .max_nodes = 4 * 1024 * 1024, .max_depth = 32};

static int shape(struct why *reterr_why, const char *text)
{
	why_set(reterr_why, "the reply is no Varlink reply: %s", text);
	return PROTO_REPLY_E_SHAPE;
}

static int read_member(struct proto_reply *r, uint32_t name, struct why *reterr_why)
{
	const struct json_tree *t = &r->tree;
	uint32_t value = json_value(name);
	if (json_equals(t, name, "parameters")) {
		if (!json_is(t, value, JSON_OBJECT) && !json_is(t, value, JSON_NULL))
			return shape(reterr_why, "\"parameters\" is no object");
		r->parameters = json_is(t, value, JSON_OBJECT) ? value : JSON_NONE;
	} else if (json_equals(t, name, "continues")) {
		if (json_truth(t, value, &r->continues) != 0)
			return shape(reterr_why, "\"continues\" is neither true nor false");
	} else if (json_equals(t, name, "error")) {
		if (json_string(t, value, r->error, sizeof r->error, NULL) != 0 || r->error[0] == '\0')
			return shape(reterr_why, "\"error\" is no text of 1 to 127 bytes");
	} else {
		return shape(reterr_why, "it has a member other than parameters, continues, error");
	}
	return 0;
}

int proto_reply_parse(const char *frame, size_t len, struct proto_reply *ret_reply, struct why *reterr_why)
{
	_cleanup_(proto_reply_fini) struct proto_reply reply = PROTO_REPLY_INIT;
	struct json_error error;

	int r = json_scan(frame, len, &reply_limits, &reply.tree, &error);
	if (r < 0)
		return r;
	if (r > 0) {
		json_why(reterr_why, &error);
		why_prefix(reterr_why, "the reply is no strict JSON");
		return PROTO_REPLY_E_JSON;
	}
	if (!json_is(&reply.tree, JSON_ROOT, JSON_OBJECT))
		return shape(reterr_why, "it is no object");
	json_for_each_member (&reply.tree, JSON_ROOT, name) {
		r = read_member(&reply, name, reterr_why);
		if (r != 0)
			return r;
	}
	*ret_reply = reply;
	reply = PROTO_REPLY_INIT;
	return 0;
}

void proto_reply_fini(struct proto_reply *r)
{
	json_tree_fini(&r->tree);
	*r = PROTO_REPLY_INIT;
}

int proto_reply_encode(struct json_object *parameters, const char *error, bool continues, struct buf *out)
{
	buf_add(out, "{");
	if (error) {
		buf_add(out, "\"error\":");
		buf_json_string(out, error, strlen(error));
		buf_add(out, ",");
	}
	buf_add(out, "\"parameters\":");
	if (parameters)
		json_write(out, parameters);
	else
		buf_add(out, "{}");
	buf_add(out, continues ? ",\"continues\":true}" : "}");
	buf_append(out, "", 1);
	return out->trouble;
}
