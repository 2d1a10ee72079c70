/* SPDX-License-Identifier: Apache-2.0 */
/* http_answer: a whole HTTP answer as the hands bring it: status, body, and the few headers that tell what it
 * means. The readers of this folder (kms_api, sts, tidb_api) take it and give values. */
#pragma once
#include "model/moment.h"
#include <stddef.h>

/* All texts are borrowed. */
struct http_answer {
	long status;      /* 100..599 */
	const char *body; /* may be NULL if body_len is 0 */
	size_t body_len;
	const char *error_type;   /* x-amzn-ErrorType; NULL or "" if absent */
	const char *date;         /* Date, as written; NULL or "" if absent */
	struct walltime received; /* this host's wall time; WALLTIME_UNKNOWN: skew is then never seen */
};

/* Date of HTTP, "Tue, 24 Nov 2026 03:49:26 GMT" (RFC 9110, 5.6.7, the preferred form only). Unix
 * milliseconds. Gives WALLTIME_UNKNOWN for anything else. */
struct walltime http_answer_date(const char *text);

/* How far the service's clock is ahead of ours, in milliseconds; 0 if either is not known. */
int64_t http_answer_skew_ms(const struct http_answer *a);
