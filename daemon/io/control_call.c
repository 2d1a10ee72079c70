/* SPDX-License-Identifier: Apache-2.0 */
/* What the driver sees of a call: declared in control.h. */
#include "io/control.h"
#include "io/control_conn.h"
#include "io/control_route.h"
#include <json-c/json.h>
#include <stddef.h>

static struct control_conn *conn_of(struct control_call *call)
{
	return (struct control_conn *)(void *)((char *)call - offsetof(struct control_conn, call));
}

enum verb control_call_verb(const struct control_call *call)
{
	return call->verb;
}

bool control_call_more(const struct control_call *call)
{
	return call->parsed.more && !call->parsed.oneway;
}

const struct control_peer *control_call_peer(const struct control_call *call)
{
	return &((const struct control_conn *)(const void *)((const char *)call -
							     offsetof(struct control_conn, call)))
			->peer;
}

const struct json_tree *control_call_tree(const struct control_call *call, uint32_t *ret_parameters)
{
	*ret_parameters = call->parsed.parameters;
	return &call->parsed.tree;
}

uint32_t control_call_member(const struct control_call *call, const char *name)
{
	uint32_t node = json_member(&call->parsed.tree, call->parsed.parameters, name);
	return json_is(&call->parsed.tree, node, JSON_NULL) ? JSON_NONE : node;
}

void control_call_set(struct control_call *call, control_gone_fn *gone, void *data)
{
	call->gone = gone;
	call->data = data;
}

void *control_call_data(const struct control_call *call)
{
	return call->data;
}

static void reply_last(struct control_call *call, struct json_object *parameters, const char *error)
{
	struct control_conn *conn = conn_of(call);
	control_conn_reply(conn, parameters, error, false, NULL);
	json_object_put(parameters);
	control_conn_call_end(call);
	control_conn_ready(conn);
}

void control_reply(struct control_call *call, struct json_object *parameters)
{
	reply_last(call, parameters, NULL);
}

void control_reply_error(struct control_call *call, const char *error, struct json_object *parameters)
{
	reply_last(call, parameters, error);
}

void control_reply_invalid(struct control_call *call, const char *parameter)
{
	reply_last(call, control_route_text("parameter", parameter), "org.varlink.service.InvalidParameter");
}

void control_reply_continues(struct control_call *call, struct json_object *parameters, control_sent_fn *sent)
{
	control_conn_reply(conn_of(call), parameters, NULL, true, sent);
	json_object_put(parameters);
}
