/* SPDX-License-Identifier: Apache-2.0 */
/* aws_error: error codes of AWS services as faults. Shared by kms and sts. */
#pragma once
#include "wire/http_answer.h"
#include "wire/trouble.h"

/* Sets `t` from an error answer. `code` may be "com.amazonaws.kms#NotFoundException:..." or "" (then the
 * header x-amzn-ErrorType counts, then only the HTTP status). Without a code a 4xx is no answer of AWS but of
 * somebody in between: FAULT_MALFORMED, so that a proxy's 404 never looks like a deleted key. */
void aws_error_classify(const struct http_answer *a, const char *code, const char *message,
	size_t message_len, struct trouble *t);
