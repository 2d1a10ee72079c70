/* SPDX-License-Identifier: Apache-2.0 */
/* kms_op: one operation on a key, as io/kms and io/kms_change share it: a row of requests, then one callback. */
#pragma once
#include "base/buf.h"
#include "io/aws_link.h"
#include "io/kms.h"
#include "wire/kms_api.h"
#include "wire/sts.h"
#include "wire/trouble.h"
#include <sys/queue.h>
#include <uv.h>

struct kms_op;

/* Continues an operation. `answer` NULL: it did not come, or was not asked for: see `trouble`. From the loop only. */
typedef void kms_op_next_fn(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *trouble);

/* What an operation waits for. */
enum kms_op_wait {
	KMS_OP_WAIT_NOTHING,
	KMS_OP_WAIT_ANSWER,   /* of `send` */
	KMS_OP_WAIT_IDENTITY, /* in kms.who_waits */
	KMS_OP_WAIT_TIME,     /* in kms.sleepers */
};

struct kms_op {
	struct kms_target *target;
	LIST_ENTRY(kms_op) of_target;
	TAILQ_ENTRY(kms_op) waiting;
	enum kms_op_wait wait;
	struct boottime until; /* WAIT_TIME */
	struct aws_send send;
	bool sent; /* of the last request: something may have reached KMS */
	bool cancelled;
	struct buf body;
	kms_op_next_fn *next;
	struct kms_texts texts;
	void (*free_rest)(struct kms_op *op); /* may be NULL */
	void *arg;
	union {
		struct {
			kms_look_fn *done;
			struct look look;
		} look;
		kms_rotation_fn *rotation;
		struct {
			kms_grants_fn *done;
			struct kms_api_grants list;
		} grants;
		struct {
			kms_wanted_fn *wanted; /* may be NULL */
			kms_change_fn *done;
			char sid[128];
			bool cut;
			char *edited;          /* the new text; NULL: none was put */
			char doubt[WHY_BYTES]; /* why KMS will probably refuse it; "" */
			bool had_none;         /* the policy gave the vendor nothing before */
			uint32_t tries;        /* of reading back */
		} change;
	};
};
TAILQ_HEAD(kms_ops, kms_op);
LIST_HEAD(kms_op_list, kms_op);

struct kms {
	struct aws_link link;
	LIST_HEAD(, kms_target) targets;
	struct kms_ops who_waits; /* for GetCallerIdentity; one request serves all */
	struct aws_send who_send;
	bool who_asked; /* under way */
	bool who_tried; /* since the credentials were read */
	bool who_known; /* the same: `who` is of them */
	struct sts_identity who;
	struct boottime who_at;  /* of the last proof that was asked for; BOOTTIME_NEVER: none */
	struct kms_ops sleepers; /* in no order: there are few */
	uv_timer_t timer;        /* for them */
	uint32_t open;           /* parts that libuv still holds */
	bool closing, closed;
};

struct kms_target {
	struct kms *kms;
	LIST_ENTRY(kms_target) of_kms;
	struct kms_op_list ops;
	bool closing;
	struct key_arn arn;
	struct region region;
	struct account_id own, vendor;
	struct vendor_context *context;
	size_t context_count;
	struct ledger_id own_ledger;
	const struct kms_family *family;
	/* As DescribeKey told them last; "" if not: condition keys of policies may ask for them. */
	char key_spec[24], key_usage[24], key_origin[24];
	bool key_multi_region; /* false: not told, or it is none */
	/* The last policy read, and what it was found to give: evaluated again only when something changed. */
	char *policy;
	size_t policy_len;
	struct walltime policy_at;
	struct digest policy_digest;
	bool access_known, access_timed;
	uint64_t access_generation;
	struct access access;
};

/* NULL: no memory, or the target is closing. */
struct kms_op *kms_op_new(struct kms_target *t, kms_op_next_fn *next, void *arg);
/* After the callback. Frees the target too, if it was closed and this was its last. */
void kms_op_free(struct kms_op *op);

/* `op->body` is the request's body. */
void kms_op_ask(struct kms_op *op, enum kms_api_op what, kms_op_next_fn *next);
/* kms.who will be known and fresh (KMS_IDENTITY_MS), or `trouble` says why not. */
void kms_op_ask_identity(struct kms_op *op, kms_op_next_fn *next);
/* Once with the credentials: so that people can be told who cmekd is, and what it may do, before it matters. Nobody
 * waits for it, and that it fails proves nothing. */
void kms_target_identify(struct kms_target *t);
void kms_op_sleep(struct kms_op *op, int64_t delay_ms, kms_op_next_fn *next);

/* texts->message: "DescribeKey: 400 NotFoundException: ..." */
void kms_op_say(struct kms_op *op, enum kms_api_op what, const struct trouble *trouble);

/* Keeps `text` (taken) as the target's policy, and evaluates it unless nothing changed. Refuses: 1 if it is no policy;
 * `trouble` says why. Fails: -ENOMEM. */
int kms_target_take_policy(struct kms_target *t, char *text, size_t len, struct trouble *ret_trouble);
