/* SPDX-License-Identifier: Apache-2.0 */
/* aws_link: single signed requests to services of AWS with one set of credentials (io/credential_keeper). It knows where a
 * service lives and how to sign; what the requests mean is io/kms's. */
#pragma once
#include "io/credential_keeper.h"
#include "io/http.h"
#include "model/settings.h"
#include <sys/queue.h>
#include <uv.h>

/* A POST to "/" of the service in the region of `arn`. What it points to is borrowed until `done` was called. */
struct aws_request {
	enum aws_service service;
	const char *arn; /* whose region and partition count */
	const char *content_type;
	const char *target; /* X-Amz-Target; NULL: none */
	const char *body;
	size_t body_len, max_reply_bytes;
	bool once;          /* see io/http.h */
	int64_t timeout_ms; /* 0: the link's */
};

/* One request: embedded in its operation, which must not move until `done` was called. */
struct aws_send {
	TAILQ_ENTRY(aws_send) entry;
	struct aws_link *link;      /* NULL: idle */
	struct aws_request request; /* while it waits for credentials */
	bool waits;                 /* for them: in aws_link.waiting */
	struct http_call *call;     /* NULL while it waits, or is to be told that it cannot be sent */
	struct http_reply unsent;
	http_done_fn *done;
	void *arg;
};
TAILQ_HEAD(aws_sends, aws_send);

struct aws_link {
	struct http *http;
	uv_timer_t timer; /* tells what could not be sent: never from inside aws_link_send() */
	struct credential_keeper keeper;
	struct aws_urls urls;
	int64_t timeout_ms;
	struct aws_sends unsent, waiting;
	void (*closed)(void *arg);
	void *closed_arg;
};

struct aws_link_settings {                      /* copied */
	const char *credentials_file, *profile; /* see io/credential_chain.h */
	const struct aws_urls *urls;
	int64_t timeout_ms;
};

/* `link` must not move until `closed` was called. Fails: -ENOMEM. */
int aws_link_init(
	struct aws_link *link, uv_loop_t *loop, struct http *http, const struct aws_link_settings *settings);
/* No request may be under way. `closed` comes when all has been let go. */
void aws_link_close(struct aws_link *link, void (*closed)(void *arg), void *arg);

/* Where the service is asked, as EndpointURL=, the environment or the profile say; "" = by region. Good until the credentials are
 * read again. */
const char *aws_link_given_url(const struct aws_link *link, enum aws_service service);

/* `done` comes exactly once, later. FAULT_CREDENTIALS (unsent) without credentials. */
void aws_link_send(struct aws_link *link, struct aws_send *send, const struct aws_request *request,
	http_done_fn *done, void *arg);
/* `done` comes with FAULT_CANCELLED, unless it was sure to come otherwise. */
void aws_link_cancel(struct aws_send *send);
