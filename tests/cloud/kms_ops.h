/* SPDX-License-Identifier: Apache-2.0 */
/* kms_ops: the operations, one row each; reads see the key's shown face, writes change its truth. */
#pragma once
#include "cmk.h"
#include "request.h"
#include "world.h"

struct kms_call {
	struct world *world;
	struct cmk *key;
	struct json_object *in; /* an object */
	struct request *request;
	struct reply *reply;
};

struct kms_op {
	const char *name;
	void (*act)(const struct kms_call *call);
	/* Key states in which it is refused, 'a|b' ("Key states of AWS KMS keys", AWS KMS developer guide).
	 */
	const char *refused_in;
};
const struct kms_op *kms_op_find(const char *name); /* NULL if not offered */
/* False: `p` holds KMSInvalidStateException. */
bool kms_state_permits(const struct kms_op *op, const struct cmk *k, struct reply *p);

/* kms_grants.c */
void kms_list_grants(const struct kms_call *call);
void kms_revoke_grant(const struct kms_call *call);
/* kms_policy.c */
void kms_get_key_policy(const struct kms_call *call);
void kms_put_key_policy(const struct kms_call *call);

/* kms_rotation.c */
void kms_get_key_rotation_status(const struct kms_call *call);
void kms_list_key_rotations(const struct kms_call *call);
void kms_enable_key_rotation(const struct kms_call *call);
void kms_rotate_key_on_demand(const struct kms_call *call);
/* Ends a rotation on demand whose time has come. */
void kms_rotation_step(struct world *w, struct cmk *k);

void kms_add_text(struct json_object *o, const char *name, const char *value); /* not if it is "" */
void kms_add_time(struct json_object *o, const char *name, int64_t unix_ms);
void kms_done(const struct kms_call *call);    /* nothing is told back */
void kms_written(const struct kms_call *call); /* the key's truth was changed */

/* Reads Limit and Marker. False: `reply` holds the refusal. */
bool kms_page(
	const struct kms_call *call, int64_t max, int64_t otherwise, size_t *ret_limit, size_t *ret_from);
/* Adds NextMarker and Truncated. */
void kms_page_end(struct json_object *out, size_t next, bool truncated);
