/* SPDX-License-Identifier: Apache-2.0 */
#include "io/http.h"
#include "base/err.h"
#include "base/secret.h"
#include "io/clock.h"
#include "io/curl_loop.h"
#include "io/http_memory.h"
#include "io/http_site.h"
#include "io/http_transfer.h"
#include "wire/url.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define HTTP_CA_FALLBACK   "/etc/ssl/certs/ca-certificates.crt" /* Debian's, should libcurl name none */
#define HTTP_LATE_MS       1000  /* so much longer than its timeout a transfer may take on a busy machine */
#define HTTP_BODY_KEEP_MAX 16384 /* bytes of a reply buffer that is kept for the next reply */

enum http_call_state { HTTP_CALL_QUEUED, HTTP_CALL_ACTIVE, HTTP_CALL_ENDED, HTTP_CALL_TOLD };

struct http_call {
	TAILQ_ENTRY(http_call)
	entry;                  /* of the site's queue, of the site's active ones, or of the ended ones */
	struct http_site *site; /* NULL if it was refused before it had one */
	struct http *owner;
	enum http_call_state state;
	struct http_transfer *transfer; /* while ACTIVE */
	struct http_request request;    /* its texts are copies: in `texts`, the secrets below */
	struct secret secret, token;
	char *texts;
	size_t texts_size;
	uint64_t queued_at_ms; /* uv_now() */
	struct boottime begun; /* ACTIVE since */
	bool repeated;         /* after a 401 */
	bool sent;
	uint32_t requests;
	enum fault fault; /* how it ended, if not with a reply */
	char why[HTTP_WHY_BYTES];
	http_done_fn *done;
	void *arg;
};

struct http {
	struct curl_loop curl;
	uv_timer_t
		deferred; /* tells what ended otherwise than by libcurl: never from inside a call of ours */
	char *ca_file;
	struct http_sites sites;
	uint32_t open; /* parts that libuv still holds */
	struct http_calls ended;
	struct buf spare; /* a reply buffer for the next transfer */
	bool closing;
	void (*closed)(void *arg);
	void *closed_arg;
};

const char *http_method_name(enum http_method m)
{
	static const char *const names[] = {
		[HTTP_GET] = "GET", [HTTP_POST] = "POST", [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH"};

	return names[m];
}

struct http_answer http_reply_answer(const struct http_reply *reply)
{
	return (struct http_answer){.status = reply->status,
		.body = reply->body,
		.body_len = reply->body_len,
		.error_type = reply->head.error_type,
		.date = reply->head.date,
		.received = clock_now().wall};
}

int http_global_init(void)
{
	return http_memory_init();
}

/* ---- calls ---- */

static void http_call_free(struct http_call *c)
{
	secret_fini(&c->secret);
	secret_fini(&c->token);
	if (c->texts) /* a body or a header may be a secret */
		explicit_bzero(c->texts, c->texts_size);
	free(c->texts);
	free(c);
}

static void http_call_why(struct http_call *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void http_call_why(struct http_call *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(c->why, sizeof(c->why), format, ap);
	va_end(ap);
}

/* Copies what is borrowed into one block: URL, headers, region, service, user, body. */
static int http_call_copy(struct http_call *c, const struct http_request *r)
{
	const char *texts[HTTP_HEADERS_MAX + 4] = {r->url, r->region, r->service, r->user};
	const char **targets[HTTP_HEADERS_MAX + 4] = {
		&c->request.url, &c->request.region, &c->request.service, &c->request.user};
	size_t size = r->body_len + 1, count = 4;
	char *at;

	c->request = *r;
	for (size_t i = 0; i < HTTP_HEADERS_MAX && r->headers[i]; i++, count++) {
		texts[count] = r->headers[i];
		targets[count] = &c->request.headers[i];
	}
	for (size_t i = 0; i < count; i++)
		size += texts[i] ? strlen(texts[i]) + 1 : 0;
	c->texts = at = malloc(size);
	if (!at)
		return err_origin(-ENOMEM);
	c->texts_size = size;
	for (size_t i = 0; i < count; i++) {
		if (!texts[i])
			continue;
		*targets[i] = at;
		at = stpcpy(at, texts[i]) + 1;
	}
	if (r->body)
		c->request.body = memcpy(at, r->body, r->body_len);
	at[r->body ? r->body_len : 0] = '\0';
	if (r->secret && secret_set(&c->secret, r->secret, strlen(r->secret)) < 0)
		return -ENOMEM;
	if (r->token && secret_set(&c->token, r->token, strlen(r->token)) < 0)
		return -ENOMEM;
	c->request.secret = c->secret.bytes;
	c->request.token = c->token.bytes;
	return 0;
}

static void http_on_deferred(uv_timer_t *timer);

static void http_end_later(struct http_call *c, enum fault fault)
{
	struct http *h = c->owner;

	c->state = HTTP_CALL_ENDED;
	c->fault = fault;
	TAILQ_INSERT_TAIL(&h->ended, c, entry);
	uv_update_time(h->curl.loop);
	(void)uv_timer_start(&h->deferred, http_on_deferred, 0, 0);
}

/* `head` and `body` NULL: none came. */
static void http_tell(struct http_call *c, long status, const struct http_head *head, const struct buf *body)
{
	struct http_reply reply = {.fault = c->fault, .sent = c->sent, .requests = c->requests, .body = ""};

	reply.head = head ? *head : HTTP_HEAD_INIT;
	reply.status = c->fault == FAULT_NONE ? status : 0;
	if (body && body->data && c->fault == FAULT_NONE) {
		reply.body = body->data;
		reply.body_len = body->len;
	}
	memcpy(reply.why, c->why, sizeof(reply.why));
	c->state = HTTP_CALL_TOLD;
	c->done(c->arg, &reply);
	http_call_free(c);
}

/* ---- begin and end ---- */

/* Out of the running ones; what may have been sent is noted. The transfer has left the loop. */
static void http_call_release(struct http_call *c)
{
	struct http_transfer *t = c->transfer;

	c->sent = http_transfer_sent(t) || t->responses > 0;
	c->requests = t->begun;
	TAILQ_REMOVE(&c->site->running, c, entry);
	c->site->active--;
	c->transfer = NULL;
	http_transfer_end(t);
	http_site_give_back(c->site, t);
}

static void http_begin(struct http *h, struct http_call *c)
{
	struct http_transfer *t = http_site_take(c->site, h->ca_file);
	struct moment now;

	if (t && !t->body.data) {
		t->body = h->spare;
		h->spare = BUF_INIT(0);
	}
	if (!t || http_transfer_begin(t, &c->request) < 0) {
		if (t)
			http_site_give_back(c->site, t);
		http_call_why(c, "out of memory before the request was sent");
		http_end_later(c, FAULT_NETWORK);
		return;
	}
	now = clock_now();
	t->owner = c;
	c->transfer = t;
	c->begun = now.boot;
	c->state = HTTP_CALL_ACTIVE;
	TAILQ_INSERT_TAIL(&c->site->running, c, entry);
	c->site->active++;
	if (curl_loop_add(&h->curl, t->easy) < 0) {
		http_call_release(c);
		http_call_why(c, "libcurl did not take the request");
		http_end_later(c, FAULT_NETWORK);
	}
}

static void http_pump(struct http *h, struct http_site *s)
{
	struct http_call *c;

	while (s->active < s->parallel && (c = TAILQ_FIRST(&s->queue))) {
		TAILQ_REMOVE(&s->queue, c, entry);
		s->waiting--;
		if (uv_now(h->curl.loop) - c->queued_at_ms > (uint64_t)c->request.timeout_ms) {
			http_call_why(c, "waited longer than %lld ms behind other requests to the same host",
				(long long)c->request.timeout_ms);
			http_end_later(c, FAULT_TIMEOUT);
			continue;
		}
		http_begin(h, c);
	}
}

/* ---- from the loop ---- */

static void http_keep_spare(struct http *h, struct buf *body)
{
	if (body->data)
		explicit_bzero(body->data, body->size);
	if (h->spare.data || body->size > HTTP_BODY_KEEP_MAX)
		buf_fini(body);
	else
		h->spare = *body;
	*body = BUF_INIT(0);
}

static void http_explain(struct http_call *c, const struct http_transfer *t, CURLcode result)
{
	if (t->too_long)
		http_call_why(c, "the answer is longer than %zu bytes", c->request.max_reply_bytes);
	else
		http_call_why(c, "%s", t->error[0] ? t->error : curl_easy_strerror(result));
	/* Its words may hold what a proxy said. */
	for (char *p = c->why; *p; p++)
		if (*p < ' ' || *p >= 0x7f)
			*p = '?';
}

/* libcurl's clock stands still while the machine sleeps. What was read before tells nothing of now; an act that was
 * taken was taken. */
static void http_check_age(struct http_call *c)
{
	int64_t allowed_ms = (c->repeated ? 2 : 1) * c->request.timeout_ms + HTTP_LATE_MS;
	struct moment now = clock_now();

	if (c->fault != FAULT_NONE || c->request.once || now.boot.ms - c->begun.ms <= allowed_ms)
		return;
	c->fault = FAULT_TIMEOUT;
	http_call_why(c,
		"the answer was found %lld s after the request: the machine slept, or cmekd stood still",
		(long long)(now.boot.ms - c->begun.ms) / 1000);
}

static void http_on_done(void *arg, CURL *easy, CURLcode result)
{
	struct http *h = arg;
	struct http_transfer *t = NULL;
	struct http_call *c;
	struct http_site *s;
	struct http_head head;
	struct buf body;
	long status = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	c = t->owner;
	s = c->site;
	/* A nonce that expired without "stale=true" looks like a wrong password; libcurl has the new one by
	 * now. */
	if (result == CURLE_OK && status == 401 && c->request.auth == HTTP_AUTH_DIGEST && !c->repeated) {
		c->repeated = true;
		http_transfer_restart(t);
		if (curl_loop_add(&h->curl, t->easy) == 0)
			return;
	}
	c->fault = http_transfer_fault(result, t->too_long);
	if (c->fault != FAULT_NONE)
		http_explain(c, t, result);
	http_check_age(c);
	/* The transfer may be used again from inside the callback, or is given up before. */
	head = t->head;
	body = t->body;
	t->body = BUF_INIT(0);
	http_call_release(c);
	s->held++;
	http_tell(c, status, &head, &body);
	s->held--;
	http_keep_spare(h, &body);
	if (!h->closing)
		http_pump(h, s);
}

static void http_on_all_closed(struct http *h)
{
	void (*closed)(void *) = h->closed;
	void *arg = h->closed_arg;

	if (--h->open > 0)
		return;
	buf_fini(&h->spare);
	free(h->ca_file);
	free(h);
	if (closed)
		closed(arg);
}

static void http_on_curl_closed(void *arg)
{
	http_on_all_closed(arg);
}

static void http_on_timer_closed(uv_handle_t *handle)
{
	http_on_all_closed(handle->data);
}

static void http_on_deferred(uv_timer_t *timer)
{
	struct http *h = timer->data;
	struct http_calls now;
	struct http_call *c;

	/* Only those that are here: a callback may start another that ends at once. */
	TAILQ_INIT(&now);
	TAILQ_CONCAT(&now, &h->ended, entry);
	while ((c = TAILQ_FIRST(&now))) {
		TAILQ_REMOVE(&now, c, entry);
		http_tell(c, 0, NULL, NULL);
	}
	if (!h->closing)
		return;
	http_sites_fini(&h->sites);
	uv_close((uv_handle_t *)&h->deferred, http_on_timer_closed);
	curl_loop_close(&h->curl, http_on_curl_closed);
}

/* Every transfer is stuck: they end as a network fault, then libcurl starts anew. */
static void http_on_broken(void *arg)
{
	struct http *h = arg;
	struct http_call *c;

	for (struct http_site *s = h->sites.first; s; s = s->next) {
		while ((c = TAILQ_FIRST(&s->running))) {
			curl_loop_remove(&h->curl, c->transfer->easy);
			http_call_release(c);
			http_call_why(c, "libcurl failed (no memory?); the connection was given up");
			http_end_later(c, FAULT_NETWORK);
		}
	}
	(void)curl_loop_rebuild(&h->curl);
	for (struct http_site *s = h->sites.first; s; s = s->next)
		http_pump(h, s);
}

/* ---- public ---- */

int http_new(struct uv_loop_s *loop, const char *ca_file, struct http **ret_http)
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
	struct http *h = calloc(1, sizeof(*h));
	int r = -ENOMEM;

	if (!h)
		return err_origin(-ENOMEM);
	if (!ca_file || !ca_file[0])
		ca_file = curl->age >= CURLVERSION_SEVENTH && curl->cainfo ? curl->cainfo : HTTP_CA_FALLBACK;
	TAILQ_INIT(&h->ended);
	h->ca_file = strdup(ca_file);
	if (h->ca_file)
		r = curl_loop_init(&h->curl, loop, http_on_done, http_on_broken, h);
	if (r < 0) {
		free(h->ca_file);
		free(h);
		return err_origin(r);
	}
	(void)uv_timer_init(loop, &h->deferred);
	h->deferred.data = h;
	h->open = 2;
	*ret_http = h;
	return 0;
}

/* Refuses what is no endpoint of ours: above all http to anything but this host. */
static bool http_parse_url(struct http_call *c, struct url *ret_url)
{
	const char *authority = strstr(c->request.url, "://");
	size_t len = strlen(c->request.url);
	struct why why = {.text = ""};

	if (authority)
		len = (size_t)(authority + 3 - c->request.url) + strcspn(authority + 3, "/?#");
	if (url_parse(c->request.url, len, ret_url, &why) == 0)
		return true;
	http_call_why(c, "the URL was refused: %s", why.text);
	return false;
}

static void http_place(struct http *h, struct http_call *c)
{
	struct url url;

	if (!http_parse_url(c, &url)) {
		http_end_later(c, FAULT_REFUSED);
		return;
	}
	c->site = http_sites_get(&h->sites, &c->request, &url);
	if (!c->site) {
		http_call_why(c, "more than %d hosts are in use, or out of memory", HTTP_SITES_MAX);
		http_end_later(c, FAULT_NETWORK);
		return;
	}
	if (c->site->waiting >= HTTP_QUEUE_MAX) {
		http_call_why(c, "%d requests wait for the same host already", HTTP_QUEUE_MAX);
		http_end_later(c, FAULT_TIMEOUT);
		return;
	}
	TAILQ_INSERT_TAIL(&c->site->queue, c, entry);
	c->site->waiting++;
	http_pump(h, c->site);
}

int http_start(struct http *h, const struct http_request *request, http_done_fn *done, void *arg,
	struct http_call **ret_call)
{
	struct http_call *c;

	if (h->closing)
		return err_origin(-ESHUTDOWN);
	c = calloc(1, sizeof(*c));
	if (!c || http_call_copy(c, request) < 0) {
		if (c)
			http_call_free(c);
		return err_origin(-ENOMEM);
	}
	c->owner = h;
	c->done = done;
	c->arg = arg;
	c->queued_at_ms = uv_now(h->curl.loop);
	http_place(h, c);
	if (ret_call)
		*ret_call = c;
	return 0;
}

static void http_take_out(struct http_call *c)
{
	struct http *h = c->owner;

	if (c->state == HTTP_CALL_ACTIVE) {
		curl_loop_remove(&h->curl, c->transfer->easy);
		http_call_release(c);
	} else {
		TAILQ_REMOVE(&c->site->queue, c, entry);
		c->site->waiting--;
	}
	http_call_why(c, "cancelled");
	http_end_later(c, FAULT_CANCELLED);
}

void http_cancel(struct http_call *call)
{
	if (call->state == HTTP_CALL_ENDED || call->state == HTTP_CALL_TOLD)
		return;
	http_take_out(call);
	if (!call->owner->closing)
		http_pump(call->owner, call->site);
}

void http_close(struct http *h, void (*closed)(void *arg), void *arg)
{
	struct http_call *c;

	h->closing = true;
	h->closed = closed;
	h->closed_arg = arg;
	for (struct http_site *s = h->sites.first; s; s = s->next) {
		while ((c = TAILQ_FIRST(&s->running)) || (c = TAILQ_FIRST(&s->queue)))
			http_take_out(c);
	}
	(void)uv_timer_start(&h->deferred, http_on_deferred, 0, 0);
}
