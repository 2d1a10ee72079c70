/* SPDX-License-Identifier: Apache-2.0 */
/* proto_call: a Varlink call: {"method","parameters","oneway","more","upgrade"}. Both directions. */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "base/json_scan.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

#define PROTO_METHOD_BYTES 128 /* a method's full name with its NUL */

enum proto_call_refusal {
	PROTO_CALL_E_JSON = 1, /* no strict JSON, or too many values */
	PROTO_CALL_E_SHAPE,    /* JSON, but no call: a member is missing, foreign or of the wrong type */
};

struct proto_call {
	char method[PROTO_METHOD_BYTES];
	struct json_tree tree; /* over the frame's text, which is borrowed */
	uint32_t parameters;   /* node of an object in the tree; JSON_NONE: not given */
	bool oneway, more, upgrade;
};
#define PROTO_CALL_INIT ((struct proto_call){.tree = JSON_TREE_INIT, .parameters = JSON_NONE})

/* Refuses: PROTO_CALL_E_*, with `reterr_why`. Fails: -ENOMEM. `frame` must outlive the call. */
int proto_call_parse(const char *frame, size_t len, struct proto_call *ret_call, struct why *reterr_why);
void proto_call_fini(struct proto_call *c);

/* Appends a call with its NUL. `parameters` (borrowed) may be NULL. Fails: -ENOMEM, -EMSGSIZE. */
int proto_call_encode(const char *method, struct json_object *parameters, bool more, struct buf *out);
