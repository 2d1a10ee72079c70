/* SPDX-License-Identifier: Apache-2.0 */
/* http_head: the headers of a reply that somebody needs, read line by line. Pure. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEADER_TEXT_BYTES 128 /* of one kept header's value; longer ones are cut */

/* Of the last response; "" or -1 if absent or unreadable. Texts are printable ASCII. */
struct http_head {
	char request_id[HTTP_HEADER_TEXT_BYTES]; /* x-amzn-RequestId */
	char error_type[HTTP_HEADER_TEXT_BYTES]; /* x-amzn-ErrorType */
	char trace_id[HTTP_HEADER_TEXT_BYTES];   /* X-Debug-Trace-Id */
	char date[HTTP_HEADER_TEXT_BYTES];       /* Date, as written */
	int32_t rate_remaining;                  /* X-Ratelimit-Remaining-Minute */
	int32_t rate_reset_s;                    /* X-Ratelimit-Reset: seconds from now */
	int32_t retry_after_s;                   /* Retry-After in seconds; a date is ignored */
};
#define HTTP_HEAD_INIT ((struct http_head){.rate_remaining = -1, .rate_reset_s = -1, .retry_after_s = -1})

/* Takes one line, "Name: value" with or without its line end; a name that nobody needs is passed over. */
void http_head_take(struct http_head *h, const char *line, size_t len);
