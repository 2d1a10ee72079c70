/* SPDX-License-Identifier: Apache-2.0 */
/* aws_link: single signed requests to services of AWS with one set of credentials. It knows where a service lives and
 * how to sign; what the requests mean is io/kms's. */
#pragma once
#include "io/credential.h"
#include "io/http.h"
#include "model/ids.h"
#include <sys/queue.h>
#include <uv.h>

#define AWS_LINK_URL_BYTES 512

/* One request: embedded in its operation, which must not move until `done` was called. */
struct aws_send {
	TAILQ_ENTRY(aws_send) entry;
	struct aws_link *link;  /* NULL: idle */
	struct http_call *call; /* NULL while it only waits to be told that it cannot be sent */
	struct http_reply unsent;
	http_done_fn *done;
	void *arg;
};
TAILQ_HEAD(aws_sends, aws_send);

struct aws_link {
	struct http *http;
	uv_timer_t timer; /* tells what could not be sent: never from inside aws_link_send() */
	struct credential credential;
	char credential_text[WHY_BYTES]; /* where it comes from, or why there is none */
	char *credentials_file, *profile, *kms_url, *sts_url;
	int64_t timeout_ms;
	struct aws_sends unsent;
	void (*closed)(void *arg);
	void *closed_arg;
};

/* "https://SERVICE.REGION.SUFFIX/" by the ARN's partition and region (AWS General Reference, service endpoints).
 * Refuses: 1 for a partition that is not known. */
int aws_link_endpoint(const char *service, const struct key_arn *key, char ret_url[AWS_LINK_URL_BYTES]);

struct aws_link_settings {                      /* copied */
	const char *credentials_file, *profile; /* see io/credential.h */
	const char *kms_url, *sts_url;          /* "" = by region */
	int64_t timeout_ms;
};

/* `link` must not move until `closed` was called. Fails: -ENOMEM. */
int aws_link_init(
	struct aws_link *link, uv_loop_t *loop, struct http *http, const struct aws_link_settings *settings);
/* Reads the credentials again. Refuses: CREDENTIAL_E_*; the old ones stay. Fails: -ENOMEM. */
int aws_link_reload(struct aws_link *link, struct why *reterr_why);
/* No request may be under way. `closed` comes when libuv has let go. */
void aws_link_close(struct aws_link *link, void (*closed)(void *arg), void *arg);

/* A POST to "/" of the service in the key's region. */
struct aws_request {
	const char *service;       /* "kms", "sts" */
	const struct key_arn *key; /* whose region and partition count */
	const char *content_type;
	const char *target; /* X-Amz-Target; NULL: none */
	const char *body;
	size_t body_len, max_reply_bytes;
	bool once; /* see io/http.h */
};
/* `done` comes exactly once, later. FAULT_CREDENTIALS (unsent) without credentials. */
void aws_link_send(struct aws_link *link, struct aws_send *send, const struct aws_request *request,
	http_done_fn *done, void *arg);
/* `done` comes with FAULT_CANCELLED, unless it was sure to come otherwise. */
void aws_link_cancel(struct aws_send *send);
