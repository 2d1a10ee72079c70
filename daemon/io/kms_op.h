/* SPDX-License-Identifier: Apache-2.0 */
/* kms_op: one operation on a key, as io/kms_look and io/kms_change share it: a row of requests, then one callback.
 *
 * Each request goes through the lane of its class in the key's region (io/kms_lane), and what only reads is sent again where
 * that may help (io/retry). An operation stays bounded all the same: no request of a look leaves its lane or is tried again
 * later than RequestTimeout after the look began, and each takes at most RequestTimeout in libcurl and as long before it. */
#pragma once
#include "base/buf.h"
#include "io/aws_link.h"
#include "io/kms.h"
#include "io/kms_edit.h"
#include "io/kms_lane.h"
#include "io/retry.h"
#include "policy/adopt.h"
#include "wire/kms_api.h"
#include "wire/sts.h"
#include "wire/trouble.h"
#include <sys/queue.h>
#include <uv.h>

#define KMS_OP_WAIT_MAX_MS 60000 /* what is no look may wait so long in a lane, if RequestTimeout is less */

struct kms_op;

/* Continues an operation. `answer` NULL: it did not come, or was not asked for: see `trouble`. From the loop only. */
typedef void kms_op_next_fn(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *trouble);

/* What an operation waits for. */
enum kms_op_wait {
	KMS_OP_WAIT_NOTHING,
	KMS_OP_WAIT_LANE,     /* in kms_op_lane() */
	KMS_OP_WAIT_ANSWER,   /* of `send` */
	KMS_OP_WAIT_IDENTITY, /* in kms.who_waits */
	KMS_OP_WAIT_TIME,     /* in kms.sleepers */
	KMS_OP_WAIT_RETRY,    /* the same, to ask again */
};

struct kms_op {
	struct kms_target *target;
	LIST_ENTRY(kms_op) of_target;
	TAILQ_ENTRY(kms_op) waiting;
	enum kms_op_wait wait;
	struct boottime until; /* WAIT_TIME, WAIT_RETRY */
	enum kms_lane_priority priority;
	struct boottime began; /* it, or the part of it that is bounded by itself */
	enum kms_api_op what;  /* is asked, or reserved */
	bool reserves;         /* WAIT_LANE: only to keep a place */
	bool no_retry;         /* it tries again by a schedule of its own */
	struct kms_lane_ticket ticket;
	struct kms_lane *lane, *reserved; /* that count it as under way; NULL: none */
	struct retry_request tries;
	struct aws_send send;
	bool sent; /* of the last request: something may have reached KMS */
	bool cancelled;
	struct buf body;
	kms_op_next_fn *next;
	struct kms_texts texts;
	void (*free_rest)(struct kms_op *op); /* may be NULL */
	struct {                              /* kms_rotation_read() */
		struct kms_rotation found;
		struct kms_api_rotations list;
		void (*then)(struct kms_op *op);
	} reading;
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
			kms_revoke_fn *done;
			struct kms_api_grants list;
			struct digest ids;
			uint32_t batch, at, count; /* of the list; the next; were revoked */
		} revoke;
		struct {
			kms_wanted_fn *wanted; /* may be NULL */
			kms_change_fn *done;
			char sid[128];
			bool cut;
			bool gives, adopts, takes;
			struct kms_take take; /* if `takes`; its text is: */
			char *kept;
			struct kms_give give;   /* if `gives` */
			struct kms_adopt adopt; /* if `adopts`; its Sid is `sid` */
			struct digest shown;    /* by the one or the other */
			char *edited;           /* the new text; NULL: none was put */
			char doubt[WHY_BYTES];  /* why KMS will probably refuse it; "" */
			char loss[WHY_BYTES];   /* what others lose by it; "" */
			bool had_none;          /* the policy gave the vendor nothing before */
			uint32_t tries;         /* of reading back */
		} change;
		struct {
			kms_wanted_fn *wanted; /* may be NULL */
			kms_switch_fn *done;
			bool on, claims, was_off;
			uint32_t tries; /* of looking whether it is so */
		} turn;
		struct {
			struct kms_errand what;
			kms_wanted_fn *wanted;
			kms_errand_fn *done;
			uint32_t tries; /* of EnableKey, while KMS still takes the key for pending deletion */
		} errand;
	};
};
TAILQ_HEAD(kms_ops, kms_op);
LIST_HEAD(kms_op_list, kms_op);

/* The lanes of one region. */
struct kms_region {
	LIST_ENTRY(kms_region) of_kms;
	struct region region;
	struct kms_lane lanes[KMS_LANE_CLASS_COUNT];
};

struct kms {
	struct aws_link link;
	LIST_HEAD(, kms_target) targets;
	LIST_HEAD(, kms_region) regions; /* of all targets that there were */
	struct retry retry;
	struct kms_ops who_waits; /* for GetCallerIdentity; one request serves all */
	struct aws_send who_send;
	bool who_asked; /* under way */
	bool who_tried; /* since the credentials were read */
	bool who_known; /* the same: `who` is of them */
	struct sts_identity who;
	struct boottime who_at; /* of the last proof that was asked for; BOOTTIME_NEVER: none */
	struct key_arn who_key; /* in whose region and partition it is asked */
	struct retry_request who_tries;
	struct boottime who_began;
	struct boottime who_again; /* it is tried again then; BOOTTIME_NEVER: it is not */
	struct kms_ops sleepers;   /* in no order: there are few */
	uv_timer_t timer;          /* for them, who_again and the lanes */
	uint32_t open;             /* parts that libuv still holds */
	bool closing, closed;
};

struct kms_target {
	struct kms *kms;
	struct kms_region *lanes;
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
	bool kept_out; /* the same of: */
	struct adopt_found keeps_out;
};

/* NULL: no memory, or the target is closing. */
struct kms_op *kms_op_new(
	struct kms_target *t, enum kms_lane_priority priority, kms_op_next_fn *next, void *arg);
/* After the callback. Frees the target too, if it was closed and this was its last. */
void kms_op_free(struct kms_op *op);
/* `next` will come with FAULT_CANCELLED, unless it was sure to come otherwise. */
void kms_op_cancel(struct kms_op *op);

/* `op->body` is the request's body. FAULT_THROTTLED or FAULT_TIMEOUT (unsent) if it waited too long in its lane. */
void kms_op_ask(struct kms_op *op, enum kms_api_op what, kms_op_next_fn *next);
/* It becomes as important as this; its patience stays. */
void kms_op_hasten(struct kms_op *op, enum kms_lane_priority priority);
/* Waits until `what` may leave, and keeps that place for kms_op_ask() or the end of `op`: then nothing waits between what is
 * read first and the change that rests on it. Ends as kms_op_ask() does, but without an answer. */
void kms_op_reserve(struct kms_op *op, enum kms_api_op what, kms_op_next_fn *next);
/* What follows is bounded by itself. */
void kms_op_begin_part(struct kms_op *op);
void kms_op_sleep(struct kms_op *op, int64_t delay_ms, kms_op_next_fn *next);
/* Something that the client's timer waits for may have changed. */
void kms_wake(struct kms *k);

/* texts->message: "DescribeKey: 400 NotFoundException: ..." */
void kms_op_say(struct kms_op *op, enum kms_api_op what, const struct trouble *trouble);

/* How the key rotates, and what rotations it had: `then` comes with op->reading.found, and with texts where something failed. */
void kms_rotation_read(struct kms_op *op, void (*then)(struct kms_op *op));

/* kms.who will be known and fresh (KMS_IDENTITY_MS), or `trouble` says why not. */
void kms_op_ask_identity(struct kms_op *op, kms_op_next_fn *next);
/* Once with the credentials: so that people can be told who cmekd is, and what it may do, before it matters. Nobody
 * waits for it, and that it fails proves nothing. */
void kms_target_identify(struct kms_target *t);
/* From the client's timer: who_again was reached. */
void kms_identity_again(struct kms *k);
/* If it is under way it ends soon. */
void kms_identity_cancel(struct kms *k);

/* Keeps `text` (taken) as the target's policy, and evaluates it unless nothing changed. Refuses: 1 if it is no policy;
 * `trouble` says why. Fails: -ENOMEM. */
int kms_target_take_policy(struct kms_target *t, char *text, size_t len, struct trouble *ret_trouble);

/* ---- ends: whoever was the last of something asks ---- */

void kms_target_try_free(struct kms_target *t);
void kms_try_close(struct kms *k);
