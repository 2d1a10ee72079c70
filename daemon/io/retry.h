/* SPDX-License-Identifier: Apache-2.0 */
/* retry: whether and when a request that only reads is sent again, by the standard mode of AWS's SDKs: at most three
 * attempts, a delay by chance below a bound that doubles ("full jitter"), and a bucket of tokens, one a client, that lets
 * many failures at once not become three times as many requests (AWS SDKs and Tools Reference Guide, "Retry behavior").
 * Pure: time and chance come in.
 *
 * Which faults may pass: transient ones and throttling. A definite answer never does, and LimitExceededException from KMS is
 * one (wire/aws_error). */
#pragma once
#include "model/key.h"
#include <stdbool.h>
#include <stdint.h>

#define RETRY_ATTEMPTS_MAX 3
#define RETRY_TOKENS_MAX   500
#define RETRY_COST         5
#define RETRY_COST_TIMEOUT 10
#define RETRY_REFUND_FIRST                                                                                   \
	1 /* for what succeeds without a retry; else the cost of its last retry comes back */
#define RETRY_DELAY_BASE_MS  1000
#define RETRY_DELAY_LIMIT_MS 20000

struct retry { /* of a client */
	uint32_t tokens;
};
#define RETRY_INIT ((struct retry){.tokens = RETRY_TOKENS_MAX})

struct retry_request {   /* of one request; all zero before its first attempt */
	uint32_t failed; /* attempts that were followed by another */
	uint32_t cost;   /* that the last of these took */
};

bool retry_may_pass(enum fault fault);
/* The delay after the attempt that failed, the first being 1: chance / 2^32 of its bound. */
int64_t retry_delay_ms(uint32_t attempt, uint32_t chance);
/* An attempt ended with `fault`. True: send it again after so long; the tokens are taken. False: it is over, because another
 * would not help, was the last, is not paid for, or would begin later than `left_ms` from now. `chance`: any number, each as
 * likely. */
bool retry_wants(struct retry *r, struct retry_request *request, enum fault fault, int64_t left_ms,
	uint32_t chance, int64_t *ret_delay_ms);
/* The request was answered well in the end. */
void retry_succeeded(struct retry *r, const struct retry_request *request);
