/* SPDX-License-Identifier: Apache-2.0 */
/* control_route: what becomes of a call: it is given to the driver, or answered at once. Pure, but for the json-c tree
 * of an answer. */
#pragma once
#include "proto/proto_call.h"
#include "proto/verbs.h"
#include <stdbool.h>

struct json_object;

/* Rights of the peer at this moment. */
struct control_may {
	bool read, operate;
};

struct control_route {
	bool give; /* to the driver, as `verb`; else it is answered with: */
	enum verb verb;
	const char *error;              /* static; NULL: none */
	struct json_object *parameters; /* owned by the caller; NULL: {}, or no memory */
};

/* `version` and `url` are for GetInfo. */
void control_route(const struct proto_call *call, const struct control_may *may, const char *version,
	const char *url, struct control_route *ret_route);

/* {name: text}; NULL: no memory. */
struct json_object *control_route_text(const char *name, const char *text);
