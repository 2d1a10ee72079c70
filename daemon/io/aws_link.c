/* SPDX-License-Identifier: Apache-2.0 */
#include "io/aws_link.h"
#include "base/err.h"
#include "wire/aws_endpoint.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what cannot be sent is told from the loop ---- */

static void aws_link_on_timer(uv_timer_t *timer)
{
	struct aws_link *link = timer->data;
	struct aws_sends now;
	struct aws_send *s;

	TAILQ_INIT(&now);
	TAILQ_CONCAT(&now, &link->unsent, entry);
	while ((s = TAILQ_FIRST(&now))) {
		struct http_reply reply = s->unsent;

		TAILQ_REMOVE(&now, s, entry);
		s->link = NULL;
		s->done(s->arg, &reply);
	}
}

static void aws_link_unsent(struct aws_send *s, enum fault fault, const char *why)
{
	struct aws_link *link = s->link;

	s->unsent = (struct http_reply){.fault = fault, .body = ""};
	(void)snprintf(s->unsent.why, sizeof(s->unsent.why), "%s", why);
	TAILQ_INSERT_TAIL(&link->unsent, s, entry);
	uv_update_time(link->timer.loop);
	(void)uv_timer_start(&link->timer, aws_link_on_timer, 0, 0);
}

static void aws_link_on_reply(void *arg, const struct http_reply *reply)
{
	struct aws_send *s = arg;

	s->link = NULL;
	s->call = NULL;
	s->done(s->arg, reply); /* `s` may be gone, or on its way again */
}

/* ---- requests ---- */

const char *aws_link_given_url(const struct aws_link *link, enum aws_service service)
{
	const struct credential_chain *chain = link->keeper.chain;

	return link->urls.of[service][0] || !chain ? link->urls.of[service] : chain->urls.of[service];
}

/* With the credentials at hand. */
static void aws_link_start(struct aws_link *link, struct aws_send *send, const struct region *region)
{
	const struct aws_request *r = &send->request;
	const char *given = aws_link_given_url(link, r->service);
	const struct credential *keys = &link->keeper.credential;
	char url[AWS_ENDPOINT_BYTES], content_type[128], target[128];
	struct http_request request = {.method = HTTP_POST,
		.url = given[0] ? given : url,
		.headers = {content_type, r->target ? target : NULL},
		.body = r->body,
		.body_len = r->body_len,
		.auth = HTTP_AUTH_SIGV4,
		.region = region->text,
		.service = aws_service_name(r->service),
		.user = keys->id,
		.secret = keys->secret.bytes,
		.token = keys->token.bytes,
		.timeout_ms = r->timeout_ms > 0 ? r->timeout_ms : link->timeout_ms,
		.max_reply_bytes = r->max_reply_bytes,
		.once = r->once};

	if (!given[0] && aws_endpoint(aws_service_name(r->service), r->arn, region->text, url) != 0) {
		aws_link_unsent(
			send, FAULT_REFUSED, "the ARN names a partition of AWS that cmekd does not know");
		return;
	}
	(void)snprintf(content_type, sizeof(content_type), "Content-Type: %s", r->content_type);
	(void)snprintf(target, sizeof(target), "X-Amz-Target: %s", r->target ? r->target : "");
	if (http_start(link->http, &request, aws_link_on_reply, send, &send->call) < 0)
		aws_link_unsent(send, FAULT_CANCELLED,
			"the request could not be started: out of memory, or cmekd stops");
}

void aws_link_send(struct aws_link *link, struct aws_send *send, const struct aws_request *r,
	http_done_fn *done, void *arg)
{
	const struct credential_keeper *k = &link->keeper;
	struct region region;

	*send = (struct aws_send){.link = link, .request = *r, .done = done, .arg = arg};
	aws_endpoint_region(r->arn, &region);
	/* What changes something was asked for a moment ago, and is not kept for later. */
	if (credential_keeper_must_wait(&link->keeper, region.text) && !r->once) {
		send->waits = true;
		TAILQ_INSERT_TAIL(&link->waiting, send, entry);
	} else if (!k->credential.secret.bytes) {
		aws_link_unsent(send, k->fault == FAULT_NONE ? FAULT_CREDENTIALS : k->fault, k->trouble);
	} else {
		aws_link_start(link, send, &region);
	}
}

static void aws_link_on_fetched(void *arg)
{
	struct aws_link *link = arg;
	struct aws_sends now;
	struct aws_send *s;

	TAILQ_INIT(&now);
	TAILQ_CONCAT(&now, &link->waiting, entry);
	while ((s = TAILQ_FIRST(&now))) {
		struct aws_request request = s->request;

		TAILQ_REMOVE(&now, s, entry);
		aws_link_send(link, s, &request, s->done, s->arg);
	}
}

void aws_link_cancel(struct aws_send *send)
{
	if (send->waits) {
		TAILQ_REMOVE(&send->link->waiting, send, entry);
		send->waits = false;
		aws_link_unsent(send, FAULT_CANCELLED, "cancelled");
	} else if (send->call) {
		http_cancel(send->call);
	}
}

/* ---- the link ---- */

int aws_link_init(
	struct aws_link *link, uv_loop_t *loop, struct http *http, const struct aws_link_settings *settings)
{
	*link = (struct aws_link){.http = http, .urls = *settings->urls, .timeout_ms = settings->timeout_ms};
	TAILQ_INIT(&link->unsent);
	TAILQ_INIT(&link->waiting);
	if (credential_keeper_init(&link->keeper, &(struct credential_keeper_init){.loop = loop,
							  .http = http,
							  .credentials_file = settings->credentials_file,
							  .profile = settings->profile,
							  .sts_url = link->urls.of[AWS_STS],
							  .timeout_ms = settings->timeout_ms,
							  .fetched = aws_link_on_fetched,
							  .arg = link}) < 0)
		return err_origin(-ENOMEM);
	(void)uv_timer_init(loop, &link->timer);
	link->timer.data = link;
	return 0;
}

static void aws_link_on_closed(uv_handle_t *handle)
{
	struct aws_link *link = handle->data;

	link->closed(link->closed_arg);
}

static void aws_link_let_go(void *arg)
{
	struct aws_link *link = arg;

	uv_close((uv_handle_t *)&link->timer, aws_link_on_closed);
}

void aws_link_close(struct aws_link *link, void (*closed)(void *arg), void *arg)
{
	link->closed = closed;
	link->closed_arg = arg;
	credential_keeper_close(&link->keeper, aws_link_let_go, link);
}
