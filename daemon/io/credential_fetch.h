/* SPDX-License-Identifier: Apache-2.0 */
/* credential_fetch: goes along a credential_chain once: asks a program, a token's STS, a container or the instance metadata
 * (version 2 only), and takes on the roles behind it. */
#pragma once
#include "io/credential_chain.h"
#include "model/key.h"
#include "model/moment.h"

struct uv_loop_s;
struct http;
struct credential_fetch;

/* FAULT_NONE: `keys`, which the callee may take. Else `why` is a sentence for people. */
typedef void credential_fetch_fn(void *arg, enum fault fault, struct aws_keys *keys, const char *why);

struct credential_fetch_init {
	struct uv_loop_s *loop;
	struct http *http;                    /* borrowed */
	const struct credential_chain *chain; /* borrowed, not static, until `done` */
	const char *sts_url;                  /* "" = by region; borrowed as well */
	const char *region;                   /* whose STS is asked, if the chain names none; copied */
	int64_t timeout_ms;                   /* of one request */
	credential_fetch_fn *done;
	void *arg;
};

/* `done` comes once, later. Fails: -ENOMEM. */
int credential_fetch_start(const struct credential_fetch_init *init, struct credential_fetch **ret_fetch);
/* `done` comes with FAULT_CANCELLED. */
void credential_fetch_cancel(struct credential_fetch *f);
