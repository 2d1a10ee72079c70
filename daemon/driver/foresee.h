/* SPDX-License-Identifier: Apache-2.0 */
/* foresee: what will probably come in the way of a change of the key policy, told before it is tried. */
#pragma once
#include "base/err.h"
#include "io/kept_policy.h"
#include "model/incident.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct project;

/* A JSON object as lines that begin with `sign`: a member a line, two levels deep; white space between its tokens is left out. */
void foresee_lines(const char *text, size_t len, char sign, struct buf *out);
#define FORESEE_DIFF_MAX_BYTES (64 * 1024)
/* Whether that would take TiDB Cloud out of the key policy, or put it back: of restore, or of a revoke that is asked for with `how`. */
bool foresee_takes(const struct project *p, uint32_t binding, bool restore, uint8_t how);
/* What it would change, as lines, where the policy of before is kept (restore), and what others would lose. True: it may fail, `ret_why`. */
bool foresee_taking(const struct project *p, uint32_t binding, bool restore, struct buf *diff,
	char ret_path[KEPT_POLICY_PATH_BYTES], struct why *ret_loss, struct why *ret_why);
/* The Sid of cmekd's statement for the binding's incident, or for the one that would be opened. */
void foresee_sid(const struct project *p, uint32_t binding, char *ret_sid);

/* By the key policy that was read last. False: nothing that is known of. */
bool foresee_change(
	const struct project *p, uint32_t binding, bool cut, enum cut_means means, struct why *ret_why);
/* The statement that is added ("+ ") or removed ("- "), a line. */
void foresee_diff(const struct project *p, uint32_t binding, bool cut, struct buf *out);

/* Which clusters will probably refuse to be paused now, one sentence each: by their states, by the jobs that were read last, and by
 * what was refused lately. What no API tells (PITR, migration jobs) is not among them. */
typedef void foresee_fn(const char *sentence, void *arg);
void foresee_refusals(const struct project *p, uint32_t binding, foresee_fn *each, void *arg);

/* Requests to TiDB Cloud until every cluster is paused and read, or resumed and read, and how long they take under the API key's rate:
 * nothing else uses it, and TiDB Cloud's own time to pause is not in it. */
struct foresee_cost {
	uint64_t requests;
	int64_t ms;
};
void foresee_cost(const struct project *p, uint32_t acts, struct foresee_cost *ret_cost);

/* Whether it fits to pause first: a cluster is at work, or its pause was refused lately, so that it may need the key until it
 * can be paused. `ret_why` says it in one sentence, also where it does not. */
bool foresee_pause_first(const struct project *p, uint32_t binding, struct why *ret_why);

/* Of the change that the incident is about to make; false if it is about to make none. */
bool foresee_next(const struct project *p, uint32_t binding, struct why *ret_why);
