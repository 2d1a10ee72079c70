/* SPDX-License-Identifier: Apache-2.0 */
/* kms_answer: what every answer of AWS KMS has in common. For the sources of kms_api only. */
#pragma once
#include "base/json_scan.h"
#include "wire/http_answer.h"
#include "wire/trouble.h"

/* Reads an error, {"__type":"...","message":"..."}; its text may be under "Message", its body empty or no
 * JSON. Fails: -ENOMEM. */
int kms_answer_error(const struct http_answer *a, struct trouble *t);

/* Scans an answer that must be 200 and an object. Refuses: 1, `t` says why. Fails: -ENOMEM. */
int kms_answer_object(const struct http_answer *a, struct json_tree *ret_tree, struct trouble *t);
