/* SPDX-License-Identifier: Apache-2.0 */
/* answer: the input of a target that reads HTTP answers. First line: a letter for the reader, the status, and perhaps the
 * headers x-amzn-ErrorType and Date, each behind a '|'; then the body. Pages of a list are parted by a byte 0x1e, which stands in
 * no JSON:
 *
 *   d 400|AccessDeniedException|Tue, 24 Nov 2026 03:49:26 GMT
 *   {"message":"no"}
 */
#pragma once
#include "wire/http_answer.h"
#include "wire/trouble.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWER_HEADER_BYTES 128 /* as HTTP_HEADER_TEXT_BYTES of io/http.h */

struct answer {
	char reader;
	char error_type[ANSWER_HEADER_BYTES], date[ANSWER_HEADER_BYTES];
	struct http_answer http; /* of the present page; its texts point into this and the input */
	const char *rest;        /* what follows the page */
	size_t rest_len;
};

/* False if the input does not begin as said above. */
bool answer_init(struct answer *a, const uint8_t *data, size_t size);
/* Goes to the next page; false if there is none. */
bool answer_next(struct answer *a);

/* What holds for every trouble: a fault of the table, a status and texts only where they belong, fit for a terminal. Also a
 * result of the run. */
void answer_check_trouble(const struct answer *a, const struct trouble *t);
/* Valid UTF-8 without control characters, ended within `size`. */
void answer_check_shown(const char *text, size_t size);
