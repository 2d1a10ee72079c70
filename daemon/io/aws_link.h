/* SPDX-License-Identifier: Apache-2.0 */
/* aws_link: single signed requests to services of AWS with one set of credentials, which it keeps fresh. It knows where a
 * service lives and how to sign; what the requests mean is io/kms's.
 *
 * Credentials with an end are fetched when a request first needs them, and again well before the end, beside the requests:
 * those go on with what is at hand. Only without any, or past their end, a request waits for the fetch. One fetch at a time;
 * after one that failed the next comes later and later, up to AWS_LINK_RETRY_MAX_MS.
 */
#pragma once
#include "io/credential_chain.h"
#include "io/credential_fetch.h"
#include "io/http.h"
#include "model/ids.h"
#include <sys/queue.h>
#include <uv.h>

#define AWS_LINK_AHEAD_MS     (15 * 60 * 1000) /* AWS's SDKs refresh so long before the end */
#define AWS_LINK_RETRY_MIN_MS 1000
#define AWS_LINK_RETRY_MAX_MS 60000

/* A POST to "/" of the service in the key's region. What it points to is borrowed until `done` was called. */
struct aws_request {
	const char *service;       /* "kms", "sts" */
	const struct key_arn *key; /* whose region and partition count */
	const char *content_type;
	const char *target; /* X-Amz-Target; NULL: none */
	const char *body;
	size_t body_len, max_reply_bytes;
	bool once; /* see io/http.h */
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
	uv_loop_t *loop;
	uv_timer_t timer;               /* tells what could not be sent: never from inside aws_link_send() */
	struct credential_chain *chain; /* NULL: none could be found */
	struct credential credential;   /* in use */
	struct walltime expires;        /* of them; WALLTIME_UNKNOWN: they do not */
	struct walltime refresh_at;
	struct credential_fetch *fetch;     /* under way */
	struct credential_chain *old_chain; /* of a fetch that is being cancelled */
	uint32_t failures;                  /* of fetches, since the last that did not */
	struct boottime fetched_at;         /* those in use */
	struct boottime retry_at;           /* no fetch before */
	enum fault fault;                   /* of the last fetch */
	char trouble[WHY_BYTES];            /* why there are none, or why they could not be refreshed; "" */
	char text[4 * WHY_BYTES];           /* for aws_link_text() */
	char *credentials_file, *profile, *kms_url, *sts_url;
	int64_t timeout_ms;
	struct aws_sends unsent, waiting;
	bool closing;
	void (*closed)(void *arg);
	void *closed_arg;
};

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
/* No request may be under way. `closed` comes when all has been let go. */
void aws_link_close(struct aws_link *link, void (*closed)(void *arg), void *arg);

/* A service said that the credentials are not good. True: the next request waits for new ones; false: there are none, those
 * in use are fresh, or the last fetch failed. */
bool aws_link_doubt(struct aws_link *link);
/* One sentence: where the credentials come from and how long they last, or why there are none. Never a secret. Good until
 * the next call. */
const char *aws_link_text(struct aws_link *link);
void aws_link_state(const struct aws_link *link, struct credential_state *ret_state);

/* `done` comes exactly once, later. FAULT_CREDENTIALS (unsent) without credentials. */
void aws_link_send(struct aws_link *link, struct aws_send *send, const struct aws_request *request,
	http_done_fn *done, void *arg);
/* `done` comes with FAULT_CANCELLED, unless it was sure to come otherwise. */
void aws_link_cancel(struct aws_send *send);
