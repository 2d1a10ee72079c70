/* SPDX-License-Identifier: Apache-2.0 */
/* http: HTTP/1.1 over TLS: libcurl's multi interface on the libuv loop.
 *
 * A request is queued at the site that its URL belongs to (scheme, host, port; for Digest the user as well).
 * A site runs a few requests at a time on easy handles of its own, which it keeps: a Digest nonce lives in
 * its handle, so a handle that is used again saves the challenge. Everything that goes wrong is a fact (enum
 * fault) in the reply.
 *
 * The reply comes exactly once, later, never from inside http_start(): after http_cancel() and http_close()
 * too. Secrets: curl's memory is wiped when freed (http_global_init), bodies and headers by us; nothing is ever logged by
 * curl.
 */
#pragma once
#include "io/http_head.h"
#include "model/key.h"
#include "wire/http_answer.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;

#define HTTP_SITES_MAX 512 /* (host, user) pairs that requests run or wait for at a time; more are refused */
#define HTTP_SITE_PARALLEL                                                                                   \
	72 /* requests at a time to one site; io/kms_lane keeps each class of KMS to fewer */
#define HTTP_DIGEST_PARALLEL  4     /* handles of a Digest site: each pays its own challenge */
#define HTTP_QUEUE_MAX        65536 /* requests that wait at one site */
#define HTTP_HEADERS_MAX      8     /* of a request, given by the caller */
#define HTTP_REPLY_HEAD_BYTES 65536 /* all header lines of a reply together */
#define HTTP_WHY_BYTES        256
#define HTTP_URL_BYTES        2048
#define HTTP_TOKEN_BYTES      8192 /* AWS names no limit for session tokens; 1 to 4 KB are common */

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH };
const char *http_method_name(enum http_method m); /* "GET" */
enum http_auth { HTTP_AUTH_NONE, HTTP_AUTH_SIGV4, HTTP_AUTH_DIGEST };

/* All texts are borrowed until http_start() returns. */
struct http_request {
	enum http_method method;
	const char *url;                       /* https; http only to a loopback address */
	const char *headers[HTTP_HEADERS_MAX]; /* "Name: value", NULL after the last */
	const char *body;                      /* all but GET; NULL: empty, sent with Content-Length: 0 */
	size_t body_len;
	enum http_auth auth;
	const char *region, *service; /* SigV4 */
	const char *user, *secret;    /* access key id and secret, or Digest user and password */
	const char *token;            /* SigV4 session token; NULL or "" if none */
	int64_t timeout_ms;           /* whole transfer, and the longest wait in the site's queue before it */
	size_t max_reply_bytes;       /* a longer body ends the transfer: FAULT_MALFORMED */
	bool direct;                  /* never by a proxy: a service on the link */
	bool once; /* an act: goes out on a connection of its own, and is not sent again after a lost answer. libcurl
		    * else repeats any request by itself when a kept connection turns out to be dead. */
};

/* Valid during the callback. */
struct http_reply {
	enum fault fault; /* FAULT_NONE: a whole HTTP response with `status`, whatever it says */
	long status;
	bool sent;         /* false: surely nothing has left this host */
	uint32_t requests; /* really sent, challenges and repetitions included */
	struct http_head head;
	const char *body; /* NUL-terminated, never NULL */
	size_t body_len;
	char why[HTTP_WHY_BYTES]; /* a sentence for people, "" if FAULT_NONE */
};

/* The reply as the readers of wire take it, received now; its texts are the reply's. */
struct http_answer http_reply_answer(const struct http_reply *reply);

typedef void http_done_fn(void *arg, const struct http_reply *reply);

struct http;
struct http_call;

/* Once a process, before anything else of libcurl: sets the wiping allocator. Fails: -ENOMEM. */
int http_global_init(void);

/* `ca_file`: PEM bundle; NULL or "" = the system's. Fails: -ENOMEM. */
int http_new(struct uv_loop_s *loop, const char *ca_file, struct http **ret_http);

/* Ends every request with FAULT_CANCELLED (later, in the loop), then frees `h` and calls `closed` (may be
 * NULL). No http_start() after it. The loop must run on until then. */
void http_close(struct http *h, void (*closed)(void *arg), void *arg);

/* A Digest reply of 401 is repeated once on the same handle before it is reported: a stale nonce looks the
 * same. `ret_call` (may be NULL) is good until `done` was called. Fails: -ENOMEM, -ESHUTDOWN; then there is
 * no callback. */
int http_start(struct http *h, const struct http_request *request, http_done_fn *done, void *arg,
	struct http_call **ret_call);

/* `done` will come with FAULT_CANCELLED, unless the reply was there already. */
void http_cancel(struct http_call *call);
