/* SPDX-License-Identifier: Apache-2.0 */
/* http_transfer: one libcurl easy handle as http uses it: its options, what it collects, and what its result
 * means. It is kept and used again for the same site: TLS sessions, buffers and a Digest nonce stay with it.
 */
#pragma once
#include "base/buf.h"
#include "io/http.h"
#include <curl/curl.h>

struct http_transfer {
	CURL *easy;
	struct curl_slist *headers; /* must stay until the transfer left the loop */
	struct buf body;
	size_t head_bytes;
	struct http_head head;
	bool once;
	uint32_t begun;     /* requests that were about to be sent: challenges and repetitions included */
	uint32_t responses; /* status lines but 1xx */
	bool too_long;      /* a limit of ours ended it */
	char error[CURL_ERROR_SIZE]; /* libcurl's words, with host and port; "" if it has none */
	void *owner;                 /* the call, while in flight */
};

/* `ca_file`: never NULL. Fails: -ENOMEM. */
int http_transfer_new(const char *ca_file, struct http_transfer **ret_transfer);
struct http_transfer *http_transfer_free(struct http_transfer *t); /* returns NULL */

/* Sets everything for one request, whose texts must stay until http_transfer_end(). `t->body` is emptied and
 * limited. Fails: -ENOMEM. */
int http_transfer_begin(struct http_transfer *t, const struct http_request *request);
/* For the same request once more, after it left the loop: forgets what was collected, but counts responses
 * on. */
void http_transfer_restart(struct http_transfer *t);
/* After the transfer left the loop: forgets request and secret. */
void http_transfer_end(struct http_transfer *t);

/* True if bytes of a request may have reached the server in the present or last transfer. */
bool http_transfer_sent(const struct http_transfer *t);

/* What a result of libcurl means; FAULT_NONE for CURLE_OK. Pure. */
enum fault http_transfer_fault(CURLcode result, bool too_long);
