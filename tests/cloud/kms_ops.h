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

/* Reads Limit and Marker. False: `reply` holds the refusal. */
bool kms_page(
	const struct kms_call *call, int64_t max, int64_t otherwise, size_t *ret_limit, size_t *ret_from);
/* Adds NextMarker and Truncated. */
void kms_page_end(struct json_object *out, size_t next, bool truncated);
