/* SPDX-License-Identifier: Apache-2.0 */
/* proto_reply: a Varlink reply: {"parameters","continues","error"}. Both directions. */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "base/json_scan.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

#define PROTO_ERROR_BYTES 128 /* an error's full name with its NUL */

enum proto_reply_refusal {
	PROTO_REPLY_E_JSON = 1, /* no strict JSON, or too many values */
	PROTO_REPLY_E_SHAPE,    /* JSON, but no reply */
};

struct proto_reply {
	struct json_tree tree; /* over the frame's text, which is borrowed */
	uint32_t parameters;   /* node of an object in the tree; JSON_NONE: not given */
	bool continues;
	char error[PROTO_ERROR_BYTES]; /* "": no error */
};
#define PROTO_REPLY_INIT ((struct proto_reply){.tree = JSON_TREE_INIT, .parameters = JSON_NONE})

/* Refuses: PROTO_REPLY_E_*, with `reterr_why`. Fails: -ENOMEM. `frame` must outlive the reply. */
int proto_reply_parse(const char *frame, size_t len, struct proto_reply *ret_reply, struct why *reterr_why);
void proto_reply_fini(struct proto_reply *r);

/* Appends a reply with its NUL. `parameters` (borrowed) may be NULL: {}. `error` may be NULL: none.
 * Fails: -ENOMEM, -EMSGSIZE. */
int proto_reply_encode(struct json_object *parameters, const char *error, bool continues, struct buf *out);
