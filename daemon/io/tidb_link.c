/* SPDX-License-Identifier: Apache-2.0 */
#include "io/tidb_link.h"
#include "base/err.h"
#include "io/clock.h"
#include "io/journal.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

static void tidb_link_on_timer(uv_timer_t *timer);

/* Looks at the lane when something may have changed in it; from the loop, never at once. */
static void tidb_link_wake(struct tidb_link *link)
{
	struct boottime now = clock_now().boot, at = lane_deadline(&link->lane, now);
	int64_t delay_ms = link->closing || at.ms <= now.ms ? 0 : at.ms - now.ms;

	if (at.ms == BOOTTIME_NEVER.ms && !link->closing) {
		(void)uv_timer_stop(&link->timer);
		return;
	}
	uv_update_time(link->timer.loop);
	(void)uv_timer_start(&link->timer, tidb_link_on_timer, (uint64_t)delay_ms, 0);
}

static void tidb_link_end(struct tidb_send *s, const struct http_reply *reply)
{
	struct tidb_link *link = s->link;

	TAILQ_REMOVE(&link->sends, s, entry);
	s->link = NULL;
	s->call = NULL;
	s->done(s->arg, reply); /* `s` may be gone, or on its way again */
	tidb_link_wake(link);   /* for those that waited for its end */
}

static void tidb_link_end_unsent(struct tidb_send *s, enum fault fault, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void tidb_link_end_unsent(struct tidb_send *s, enum fault fault, const char *format, ...)
{
	struct http_reply reply = {.fault = fault, .body = ""};
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(reply.why, sizeof(reply.why), format, ap);
	va_end(ap);
	tidb_link_end(s, &reply);
}

#define TIDB_LINK_URL_BYTES (256 + TIDB_API_TARGET_BYTES)

static void tidb_link_url(const struct tidb_send *s, char ret_url[TIDB_LINK_URL_BYTES])
{
	size_t base_len = strlen(s->base);
	char target[TIDB_API_TARGET_BYTES];

	while (base_len > 0 && s->base[base_len - 1] == '/')
		base_len--;
	s->target(s->arg, target);
	(void)snprintf(ret_url, TIDB_LINK_URL_BYTES, "%.*s%s", (int)base_len, s->base, target);
}

static void tidb_link_trace(const struct tidb_send *s, const struct http_reply *reply)
{
	const struct journal_fields fields = {.request_id = reply->head.request_id};

	if (reply->fault == FAULT_NONE)
		journal_log(LOG_DEBUG, &fields, "%s %s%s: %ld", http_method_name(s->method), s->base,
			s->shown, reply->status);
	else
		journal_log(LOG_DEBUG, &fields, "%s %s%s: %s: %s", http_method_name(s->method), s->base,
			s->shown, fault_name(reply->fault), reply->why);
}

static void tidb_link_on_reply(void *arg, const struct http_reply *reply)
{
	struct tidb_send *s = arg;
	struct tidb_link *link = s->link;
	struct lane_report report = {.priority = s->ticket.priority,
		.sent = reply->requests,
		.throttled = reply->fault == FAULT_NONE && reply->status == 429,
		.remaining = reply->head.rate_remaining,
		.reset_s = reply->head.rate_reset_s,
		.retry_after_s = reply->head.retry_after_s};

	lane_report(&link->lane, clock_now().boot, &report);
	tidb_link_trace(s, reply);
	tidb_link_end(s, reply);
}

/* What the lane let go did not leave after all. */
static void tidb_link_stay(struct tidb_send *s, enum fault fault, const char *why)
{
	struct lane_report report = {
		.priority = s->ticket.priority, .remaining = -1, .reset_s = -1, .retry_after_s = -1};

	lane_report(&s->link->lane, clock_now().boot, &report);
	tidb_link_end_unsent(s, fault, "%s", why);
}

static void tidb_link_go(struct tidb_link *link, struct tidb_send *s)
{
	char url[TIDB_LINK_URL_BYTES];
	struct http_request request = {.method = s->method,
		.url = url,
		.auth = HTTP_AUTH_DIGEST,
		.user = link->key.id,
		.secret = link->key.secret.bytes,
		.timeout_ms = link->timeout_ms,
		.max_reply_bytes = TIDB_API_ANSWER_MAX_BYTES,
		.body = s->body,
		.body_len = s->body ? strlen(s->body) : 0,
		.once = s->method != HTTP_GET};

	if (s->wanted && !s->wanted(s->arg)) {
		tidb_link_stay(s, FAULT_CANCELLED, "not sent: no longer wanted");
		return;
	}
	if (!link->key.secret.bytes) {
		tidb_link_stay(s, FAULT_CREDENTIALS, link->key_text);
		return;
	}
	tidb_link_url(s, url);
	/* An empty POST would else carry a form's content type. */
	if (s->method != HTTP_GET)
		request.headers[0] = "Content-Type: " TIDB_API_CONTENT_TYPE;
	if (http_start(link->http, &request, tidb_link_on_reply, s, &s->call) < 0)
		tidb_link_stay(s, FAULT_CANCELLED,
			"the request could not be started: out of memory, or cmekd stops");
}

/* Ends what waits in the lane; what is on its way was cancelled and comes by itself. */
static void tidb_link_end_all(struct tidb_link *link)
{
	struct tidb_send *s, *next;

	for (s = TAILQ_FIRST(&link->sends); s; s = next) {
		next = TAILQ_NEXT(s, entry);
		if (s->call)
			continue;
		lane_drop(&link->lane, &s->ticket);
		tidb_link_end_unsent(s, FAULT_CANCELLED, "cancelled");
		next = TAILQ_FIRST(&link->sends); /* the callback may have ended others */
	}
}

static void tidb_link_on_closed(uv_handle_t *handle)
{
	struct tidb_link *link = handle->data;

	credential_fini(&link->key);
	free(link->key_file);
	link->closed(link->closed_arg);
}

static void tidb_link_on_timer(uv_timer_t *timer)
{
	struct tidb_link *link = timer->data;
	struct lane_ticket *ticket;

	if (link->closing) {
		tidb_link_end_all(link);
		if (TAILQ_EMPTY(&link->sends) && !uv_is_closing((uv_handle_t *)timer))
			uv_close((uv_handle_t *)timer, tidb_link_on_closed);
		return;
	}
	while (!link->closing && (ticket = lane_pop_overdue(&link->lane, clock_now().boot)))
		tidb_link_end_unsent(ticket->owner, FAULT_THROTTLED,
			"not sent: waited too long for the rate limit of the API key (%u requests a minute "
			"now)",
			(unsigned)link->lane.allowance);
	while (!link->closing && (ticket = lane_pop(&link->lane, clock_now().boot)))
		tidb_link_go(link, ticket->owner);
	tidb_link_wake(link);
}

void tidb_link_send(struct tidb_link *link, struct tidb_send *send, enum lane_priority priority,
	enum http_method method, const char *base, tidb_target_fn *target, http_done_fn *done, void *arg)
{
	char text[TIDB_API_TARGET_BYTES];

	target(arg, text);
	(void)snprintf(send->shown, sizeof(send->shown), "%.*s", TIDB_SHOWN_BYTES - 1, text);
	send->base = base;
	send->target = target;
	send->link = link;
	send->call = NULL;
	send->method = method;
	send->done = done;
	send->arg = arg;
	send->ticket.owner = send;
	TAILQ_INSERT_TAIL(&link->sends, send, entry);
	lane_push(&link->lane, &send->ticket, priority, clock_now().boot);
	tidb_link_wake(link);
}

void tidb_link_hasten(struct tidb_link *link, struct tidb_send *send, enum lane_priority priority)
{
	lane_hasten(&link->lane, &send->ticket, priority);
	tidb_link_wake(link);
}

int tidb_link_reload(struct tidb_link *link, struct why *reterr_why)
{
	int r = credential_load_api_key(link->key_file, &link->key, reterr_why);

	if (r == 0)
		(void)snprintf(link->key_text, sizeof(link->key_text), "%s", link->key.source);
	else if (!link->key.secret.bytes)
		(void)snprintf(link->key_text, sizeof(link->key_text), "%s",
			r > 0 ? reterr_why->text : "out of memory");
	return r;
}

int tidb_link_init(struct tidb_link *link, uv_loop_t *loop, struct http *http, const char *key_file,
	uint32_t requests_per_minute, int64_t timeout_ms)
{
	struct why why = {.text = ""};

	*link = (struct tidb_link){.http = http, .key = CREDENTIAL_INIT, .timeout_ms = timeout_ms};
	link->key_file = strdup(key_file);
	if (!link->key_file)
		return err_origin(-ENOMEM);
	TAILQ_INIT(&link->sends);
	lane_init(&link->lane, requests_per_minute, clock_now().boot);
	(void)uv_timer_init(loop, &link->timer);
	link->timer.data = link;
	(void)tidb_link_reload(link, &why); /* said by each request, and by status */
	return 0;
}

void tidb_link_close(struct tidb_link *link, void (*closed)(void *arg), void *arg)
{
	struct tidb_send *s;

	link->closing = true;
	link->closed = closed;
	link->closed_arg = arg;
	TAILQ_FOREACH(s, &link->sends, entry)
	{
		if (s->call)
			http_cancel(s->call);
	}
	tidb_link_wake(link);
}
