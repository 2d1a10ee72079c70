/* SPDX-License-Identifier: Apache-2.0 */
/* kms_world: for tests of the KMS client: a server that keeps one key, with everything that can go wrong, and one client a
 * test. */
#pragma once
#include "io/http.h"
#include "io/kms.h"
#include "policy/policy.h"
#include "tiny_server.h"
#include <uv.h>

#define KEY     "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define VENDOR  "444455556666"
#define SID     "CmekdCut0123456789abcdefI7"
#define SELF    "arn:aws:sts::111122223333:assumed-role/Cmekd/i-1"
#define DELETED "AIDAIOSFODNN7EXAMPLE" /* what KMS writes for a principal that is gone */

extern const char kms_world_documented[]; /* TiDB Cloud's documented key policy */

/* The key and its service; one thread at a time touches them, the loop waits meanwhile. */
extern struct kms_world {
	const char *state;
	const char *stale; /* DescribeKey tells this state so many times after a change of it: */
	int stale_looks;
	char policy[POLICY_MAX_BYTES], old[POLICY_MAX_BYTES];
	int old_reads;                  /* GetKeyPolicy answers the old text so many times after a put */
	int puts, identities, switches; /* counted */
	bool deny_describe, deny_policy, deny_put, deny_sts, break_policy, drop_put, drop_put_unmade;
	const char *meddle;  /* written by somebody else right after the put: a statement */
	bool number_as_root; /* KMS writes account numbers as root ARNs */
	int grant_pages;
	/* What some requests meet instead, in turn. */
	struct {
		const char *operation;
		int times;
		int status;       /* 0: no answer, and the connection is closed; -1: it is not */
		const char *code; /* of an error; NULL: a page */
	} trap;
	int describes, reads; /* counted, with those that met the trap */
	/* The linker puts it in place of io/chance (tests/unit/io.mk): 0 is no delay before a retry, and the shortest hold. */
	uint32_t luck;

	struct tiny_server server;
	uv_loop_t loop;
	struct http *http;
	struct kms *client;
	struct kms_target *target;
} kms_world;

int kms_world_set_up(void **state);
int kms_world_tear_down(void **state);
/* Another client of the same world, with this RequestTimeout. */
struct kms *kms_world_hasty(int64_t timeout_ms, struct kms_target **ret_target);
/* `with` in place of the first `what`. */
void kms_world_replace(char *text, size_t size, const char *what, const char *with);

/* What callbacks brought. */
struct kms_seen {
	int calls, asked;
	bool unwanted;
	struct look look;
	struct kms_texts texts;
	enum fault fault;
	uint32_t alive;
	enum act_result result;
	struct digest policy;
	struct kms_rotation rotation;
};
void kms_world_on_look(void *arg, const struct look *look, const struct kms_texts *texts);
void kms_world_on_grants(
	void *arg, enum fault fault, const struct kms_grants_seen *seen, const struct kms_texts *texts);
void kms_world_on_rotation(void *arg, const struct kms_rotation *rotation, const struct kms_texts *texts);
void kms_world_on_change(
	void *arg, enum act_result result, const struct digest *policy, const struct kms_texts *texts);
/* Runs the loop until it was called, once. */
void kms_world_wait(const struct kms_seen *s);
struct kms_seen kms_world_look_of(struct kms_target *t);
struct kms_seen kms_world_look(void);
struct kms_seen kms_world_change(bool cut);
