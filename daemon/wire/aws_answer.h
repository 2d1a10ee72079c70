/* SPDX-License-Identifier: Apache-2.0 */
/* aws_answer: what the answers of services that speak AWS JSON (KMS, SQS) have in common. */
#pragma once
#include "base/json_scan.h"
#include "wire/http_answer.h"
#include "wire/trouble.h"

#define AWS_ANSWER_ERROR_MAX_BYTES (1024 * 1024) /* of an error's body; a longer one is none of AWS's */

/* Reads an error, {"__type":"...","message":"..."}; its text may be under "Message", its body empty or no
 * JSON. Fails: -ENOMEM. */
int aws_answer_error(const struct http_answer *a, struct trouble *t);

/* Scans an answer that must be 200, an object and at most so long. Refuses: 1, `t` says why. Fails: -ENOMEM. */
int aws_answer_object(
	const struct http_answer *a, size_t max_bytes, struct json_tree *ret_tree, struct trouble *t);
