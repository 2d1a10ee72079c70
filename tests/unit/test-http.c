/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client against a small server of its own on the loopback: what goes wrong becomes the right fact,
 * and each request calls back exactly once. */
#include "io/clock.h"
#include "io/http.h"
#include "io/http_transfer.h"
#include "tiny_server.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>

/* ---- the server: what it does is the path ---- */

#define BIG_BYTES (10 * 1024 * 1024)

static struct tiny_server server;
static atomic_int challenged, stale_once;

#define put tiny_server_put

static bool answer_digest(int fd, const char *request)
{
	const char *nonce = atomic_load(&stale_once) == 2 ? "nonce=\"second\"" : "nonce=\"first\"";

	if (strstr(request, "Authorization: Digest ") && strstr(request, nonce)) {
		if (strstr(request, "/digest-drop"))
			return false;
		put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Debug-Trace-Id: trace-1\r\n"
			"X-Ratelimit-Remaining-Minute: 42\r\nX-Ratelimit-Reset: 7\r\n\r\nin");
		return true;
	}
	atomic_fetch_add(&challenged, 1);
	/* Says nothing of "stale": a client cannot tell this from a wrong password. */
	put(fd, atomic_load(&stale_once) == 2
			? "HTTP/1.1 401 No\r\nContent-Length: 4\r\nWWW-Authenticate: Digest realm=\"t\", "
			  "domain=\"\", "
			  "nonce=\"second\", algorithm=MD5, qop=\"auth\"\r\n\r\nwhat"
			: "HTTP/1.1 401 No\r\nContent-Length: 4\r\nWWW-Authenticate: Digest realm=\"t\", "
			  "domain=\"\", "
			  "nonce=\"first\", algorithm=MD5, qop=\"auth\"\r\n\r\nwhat");
	return true;
}

static bool answer_big(int fd)
{
	char *chunk = calloc(1, 65536);

	memset(chunk, 'x', 65536);
	put(fd, "HTTP/1.1 200 OK\r\n\r\n"); /* no length: until the end */
	for (size_t sent = 0; sent < BIG_BYTES; sent += 65536)
		if (send(fd, chunk, 65536, MSG_NOSIGNAL) < 0)
			break;
	free(chunk);
	return false;
}

/* False: close the connection. */
static bool answer(int fd, const char *request)
{
	const char *path = strchr(request, ' ') + 1;
	char small[8];

	if (strncmp(path, "/ok", 3) == 0) {
		put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx-amzn-requestid: id-1\r\nDATE: now\r\n"
			"x-amzn-ErrorType: T\r\nRetry-After: 9\r\n\r\nhello");
		return strncmp(path, "/ok-bye", 7) != 0;
	}
	if (strncmp(path, "/digest", 7) == 0)
		return answer_digest(fd, request);
	if (strncmp(path, "/never-in", 9) == 0) {
		put(fd, "HTTP/1.1 401 No\r\nContent-Length: 4\r\nWWW-Authenticate: Digest realm=\"t\", "
			"nonce=\"x\", "
			"algorithm=MD5, qop=\"auth\"\r\n\r\nwhat");
		return true;
	}
	if (strncmp(path, "/slow", 5) == 0) {
		(void)recv(fd, small, 1, 0); /* until the client leaves */
		return false;
	}
	if (strncmp(path, "/drip", 5) == 0) {
		put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of");
		return false;
	}
	if (strncmp(path, "/big", 4) == 0)
		return answer_big(fd);
	if (strncmp(path, "/heads", 6) == 0) {
		put(fd, "HTTP/1.1 200 OK\r\n");
		for (int i = 0; i < 4000; i++)
			put(fd, "X-Endless: 0123456789012345678901234567890123456789\r\n");
		return false;
	}
	if (strncmp(path, "/garbage", 8) == 0) {
		put(fd, "SSH-2.0-OpenSSH\r\n\r\n");
		return false;
	}
	if (strncmp(path, "/elsewhere", 10) == 0) {
		put(fd, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/ok\r\nContent-Length: 0\r\n\r\n");
		return true;
	}
	return false; /* /drop */
}

static int start_server(void **state)
{
	(void)state;
	atomic_store(&challenged, 0);
	atomic_store(&stale_once, 0);
	tiny_server_start(&server, answer);
	return 0;
}

static int stop_server(void **state)
{
	(void)state;
	tiny_server_stop(&server);
	return 0;
}

/* ---- the client side ---- */

struct seen {
	int calls;
	enum fault fault;
	long status;
	bool sent;
	uint32_t requests;
	struct http_head head;
	size_t body_len;
	char body[64];
	char why[HTTP_WHY_BYTES];
	struct http *cancel_from; /* http_close() from inside the callback */
};

static void on_done(void *arg, const struct http_reply *reply)
{
	struct seen *s = arg;

	s->calls++;
	s->fault = reply->fault;
	s->status = reply->status;
	s->sent = reply->sent;
	s->requests = reply->requests;
	s->head = reply->head;
	s->body_len = reply->body_len;
	(void)snprintf(s->body, sizeof(s->body), "%s", reply->body);
	(void)snprintf(s->why, sizeof(s->why), "%s", reply->why);
	if (s->cancel_from)
		http_close(s->cancel_from, NULL, NULL);
}

/* Instead of io/clock's: between two readings the machine sleeps so long. */
static int64_t sleep_ms, slept_ms;

struct moment clock_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	slept_ms += sleep_ms;
	return (struct moment){.boot = {(int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + slept_ms}};
}

static uv_loop_t loop;
static struct http *client;

static void open_client(void)
{
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(http_new(&loop, NULL, &client), 0);
}

static void on_closed(void *arg)
{
	*(bool *)arg = true;
}

static void close_client(void)
{
	bool closed = false;

	http_close(client, on_closed, &closed);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_true(closed);
	assert_int_equal(uv_loop_close(&loop), 0); /* nothing left behind */
}

static struct http_request request_for(const char *path, char url[128])
{
	(void)snprintf(url, 128, "http://127.0.0.1:%u%s", server.port, path);
	return (struct http_request){.url = url, .timeout_ms = 5000, .max_reply_bytes = 1 << 20};
}

static struct http_request digest_request(const char *path, char url[128])
{
	struct http_request r = request_for(path, url);

	r.auth = HTTP_AUTH_DIGEST;
	r.user = "PUBLIC";
	r.secret = "PRIVATE";
	return r;
}

static void start(const struct http_request *r, struct seen *s, struct http_call **ret_call)
{
	assert_int_equal(http_start(client, r, on_done, s, ret_call), 0);
	assert_int_equal(s->calls, 0); /* never from inside */
}

static void wait_for(struct seen *s)
{
	for (int turns = 0; s->calls == 0 && turns < 100000; turns++)
		uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(s->calls, 1);
}

/* One request from start to end. */
static struct seen get(const char *path)
{
	struct seen s = {.calls = 0};
	char url[128];
	struct http_request r = request_for(path, url);

	start(&r, &s, NULL);
	wait_for(&s);
	return s;
}

static void an_answer_with_its_headers(void **state)
{
	struct seen s;

	(void)state;
	open_client();
	s = get("/ok");
	assert_int_equal(s.fault, FAULT_NONE);
	assert_int_equal(s.status, 200);
	assert_true(s.sent);
	assert_int_equal(s.requests, 1);
	assert_string_equal(s.body, "hello");
	assert_string_equal(s.head.request_id, "id-1");
	assert_string_equal(s.head.error_type, "T");
	assert_string_equal(s.head.date, "now");
	assert_string_equal(s.head.trace_id, "");
	assert_int_equal(s.head.retry_after_s, 9);
	assert_int_equal(s.head.rate_remaining, -1);
	/* The connection is used again. */
	s = get("/ok");
	assert_int_equal(s.fault, FAULT_NONE);
	assert_int_equal(atomic_load(&server.connections), 1);
	close_client();
}

static void on_time(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

static void a_kept_connection_that_the_server_ends(void **state)
{
	uv_timer_t timer;
	bool over = false;
	struct seen s;
	int turns = 0;

	(void)state;
	open_client();
	s = get("/ok-bye");
	assert_int_equal(s.fault, FAULT_NONE);
	while (atomic_load(&server.ended) == 0)
		(void)usleep(1000);
	(void)uv_timer_init(&loop, &timer);
	timer.data = &over;
	(void)uv_timer_start(&timer, on_time, 100, 0);
	for (; !over; turns++)
		uv_run(&loop, UV_RUN_ONCE);
	assert_in_range(turns, 1, 10); /* its end is told once, not as long as it stays */
	uv_close((uv_handle_t *)&timer, NULL);
	s = get("/ok");
	assert_int_equal(s.fault, FAULT_NONE);
	assert_int_equal(atomic_load(&server.connections), 2);
	close_client();
}

static void a_signed_post(void **state)
{
	char url[128];
	struct http_request r = request_for("/ok", url);
	struct seen s = {.calls = 0};

	(void)state;
	open_client();
	r.method = HTTP_POST;
	r.headers[0] = "Content-Type: application/x-amz-json-1.1";
	r.headers[1] = "X-Amz-Target: TrentService.DescribeKey";
	r.body = "{\"KeyId\":\"k\"}";
	r.body_len = strlen(r.body);
	r.auth = HTTP_AUTH_SIGV4;
	r.region = "us-west-2";
	r.service = "kms";
	r.user = "AKIDEXAMPLE";
	r.secret = "SECRETEXAMPLE";
	r.token = "TOKENEXAMPLE";
	start(&r, &s, NULL);
	wait_for(&s);
	assert_int_equal(s.fault, FAULT_NONE);
	assert_non_null(strstr(server.last, "Credential=AKIDEXAMPLE/"));
	assert_non_null(strstr(server.last, "/us-west-2/kms/aws4_request"));
	assert_non_null(strstr(
		server.last, "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target"));
	assert_non_null(strstr(server.last, "X-Amz-Security-Token: TOKENEXAMPLE"));
	assert_non_null(strstr(server.last, "\r\n\r\n{\"KeyId\":\"k\"}"));
	assert_null(strstr(server.last, "SECRETEXAMPLE"));
	close_client();
}

static void an_empty_post_has_a_length(void **state)
{
	char url[128];
	struct http_request r = request_for("/ok", url);
	struct seen s = {.calls = 0};

	(void)state;
	open_client();
	r.method = HTTP_POST;
	r.headers[0] = "Content-Type: application/json";
	start(&r, &s, NULL);
	wait_for(&s);
	assert_non_null(strstr(server.last, "Content-Length: 0\r\n"));
	assert_non_null(strstr(server.last, "Content-Type: application/json\r\n"));
	/* A GET on the same handle has neither. */
	s = get("/ok");
	assert_null(strstr(server.last, "Content-"));
	close_client();
}

static void a_timeout(void **state)
{
	char url[128];
	struct http_request r = request_for("/slow", url);
	struct seen s = {.calls = 0};

	(void)state;
	open_client();
	r.timeout_ms = 200;
	start(&r, &s, NULL);
	wait_for(&s);
	assert_int_equal(s.fault, FAULT_TIMEOUT);
	assert_int_equal(s.status, 0);
	assert_true(s.sent);
	close_client();
}

/* libcurl does not notice; its clock stands still meanwhile. */
static void an_answer_from_before_the_machine_slept(void **state)
{
	char url[128];
	struct http_request act = request_for("/ok", url);
	struct seen s = {.calls = 0};

	(void)state;
	open_client();
	act.method = HTTP_POST;
	act.once = true;
	sleep_ms = 600000;
	s = get("/ok");
	assert_int_equal(s.fault, FAULT_TIMEOUT);
	assert_true(s.sent);
	assert_non_null(strstr(s.why, "600 s after the request"));
	s = (struct seen){.calls = 0};
	start(&act, &s, NULL);
	wait_for(&s);
	assert_int_equal(s.fault, FAULT_NONE);
	sleep_ms = 0;
	assert_int_equal(get("/ok").fault, FAULT_NONE);
	close_client();
}

static void connections_that_break(void **state)
{
	struct seen s;

	(void)state;
	open_client();
	s = get("/drop");
	assert_int_equal(s.fault, FAULT_NETWORK);
	assert_true(s.sent);
	s = get("/drip");
	assert_int_equal(s.fault, FAULT_NETWORK);
	assert_int_equal(s.body_len, 0); /* half an answer is none */
	assert_true(s.sent);
	close_client();
}

/* On a kept connection that ends without an answer libcurl sends the request again by itself: right for a reading. */
static void an_act_is_sent_once(void **state)
{
	char url[128];
	struct http_request r = request_for("/drop", url);
	struct seen s = {.calls = 0};
	int before;

	(void)state;
	open_client();
	s = get("/ok");
	before = atomic_load(&server.requests);
	s = get("/drop");
	assert_int_equal(s.fault, FAULT_NETWORK);
	assert_true(atomic_load(&server.requests) > before + 1);
	assert_int_equal(s.requests, atomic_load(&server.requests) - before);
	s = get("/ok");
	before = atomic_load(&server.requests);
	s = (struct seen){.calls = 0};
	r.method = HTTP_POST;
	r.once = true;
	start(&r, &s, NULL);
	wait_for(&s);
	assert_int_equal(s.fault, FAULT_NETWORK);
	assert_true(s.sent);
	assert_int_equal(atomic_load(&server.requests), before + 1);
	close_client();
}

/* The same behind a challenge, where the connection is a kept one again. */
static void an_act_behind_a_challenge_is_sent_once(void **state)
{
	char url[128];
	struct http_request r = digest_request("/digest-drop", url);
	struct seen s = {.calls = 0};

	(void)state;
	open_client();
	r.method = HTTP_POST;
	r.once = true;
	start(&r, &s, NULL);
	wait_for(&s);
	assert_int_equal(s.fault, FAULT_NETWORK);
	assert_true(s.sent);
	assert_int_equal(atomic_load(&server.requests), 2); /* the challenge and the act */
	assert_int_equal(s.requests, 2);
	close_client();
}

/* A body that goes out once it may, under the name of its method, which Digest covers; and only once. */
static void a_patch_behind_a_challenge(void **state)
{
	char url[128];
	struct http_request r = digest_request("/digest", url);
	struct seen s = {.calls = 0};

	(void)state;
	open_client();
	r.method = HTTP_PATCH;
	r.once = true;
	r.headers[0] = "Content-Type: application/json";
	r.body = "{\"config\":{\"paused\":true}}";
	r.body_len = strlen(r.body);
	start(&r, &s, NULL);
	wait_for(&s);
	assert_int_equal(s.fault, FAULT_NONE);
	assert_int_equal(s.status, 200);
	assert_int_equal(s.requests, 2); /* the challenge, and what was asked for */
	assert_non_null(strstr(server.last, "PATCH /digest HTTP/1.1\r\n"));
	assert_non_null(strstr(server.last, "Content-Type: application/json\r\n"));
	assert_non_null(strstr(server.last, "\r\n\r\n{\"config\":{\"paused\":true}}"));
	r = digest_request("/digest-drop", url);
	r.method = HTTP_PATCH;
	r.once = true;
	r.body = "{}";
	r.body_len = 2;
	s = (struct seen){.calls = 0};
	start(&r, &s, NULL);
	wait_for(&s);
	assert_int_equal(s.fault, FAULT_NETWORK);
	assert_true(s.sent);
	assert_true(s.requests <= 2); /* the act, and a challenge if the nonce was not taken */
	/* A GET on the same handle is one. */
	s = get("/ok");
	assert_non_null(strstr(server.last, "GET /ok HTTP/1.1\r\n"));
	close_client();
}

static void a_port_that_refuses(void **state)
{
	char url[128];
	struct http_request r = request_for("/ok", url);
	struct seen s = {.calls = 0};

	(void)state;
	open_client();
	s = get("/ok"); /* the handle was used before: what it sent then does not count */
	assert_true(s.sent);
	stop_server(NULL);
	s = (struct seen){.calls = 0};
	start(&r, &s, NULL);
	wait_for(&s);
	assert_int_equal(s.fault, FAULT_NETWORK);
	assert_false(s.sent);
	assert_int_equal(s.requests, 0);
	assert_string_not_equal(s.why, "");
	close_client();
	assert_int_equal(start_server(NULL), 0);
}

static void answers_that_are_too_long_or_no_http(void **state)
{
	struct seen s;

	(void)state;
	open_client();
	s = get("/big");
	assert_int_equal(s.fault, FAULT_MALFORMED);
	assert_string_equal(s.why, "the answer is longer than 1048576 bytes");
	assert_int_equal(s.body_len, 0);
	s = get("/heads");
	assert_int_equal(s.fault, FAULT_MALFORMED);
	s = get("/garbage");
	assert_int_equal(s.fault, FAULT_MALFORMED);
	s = get("/ok");
	assert_int_equal(s.fault, FAULT_NONE);
	close_client();
}

static void tls_with_one_who_speaks_none(void **state)
{
	char url[128];
	struct http_request r = request_for("/ok", url);
	struct seen s = {.calls = 0};

	(void)state;
	open_client();
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/ok", server.port);
	start(&r, &s, NULL);
	wait_for(&s);
	assert_int_equal(s.fault, FAULT_TLS);
	assert_false(s.sent);
	close_client();
}

static void redirects_and_plain_http_are_not_followed(void **state)
{
	char url[128];
	struct http_request r = request_for("/ok", url);
	struct seen s;

	(void)state;
	open_client();
	s = get("/elsewhere");
	assert_int_equal(s.fault, FAULT_NONE);
	assert_int_equal(s.status, 302);
	s = (struct seen){.calls = 0};
	r.url = "http://kms.us-west-2.amazonaws.com/";
	start(&r, &s, NULL);
	wait_for(&s);
	assert_int_equal(s.fault, FAULT_REFUSED);
	assert_false(s.sent);
	close_client();
}

static struct seen digest(const char *path)
{
	char url[128];
	struct http_request r = digest_request(path, url);
	struct seen s = {.calls = 0};

	start(&r, &s, NULL);
	wait_for(&s);
	return s;
}

static void a_nonce_is_used_again(void **state)
{
	struct seen s;

	(void)state;
	open_client();
	s = digest("/digest/1?page=1");
	assert_int_equal(s.status, 200);
	assert_int_equal(s.requests, 2); /* with its challenge */
	assert_string_equal(s.body, "in");
	assert_string_equal(s.head.trace_id, "trace-1");
	assert_int_equal(s.head.rate_remaining, 42);
	assert_int_equal(s.head.rate_reset_s, 7);
	for (int i = 0; i < 3; i++) {
		s = digest("/digest/2:pauseCluster");
		assert_int_equal(s.status, 200);
		assert_int_equal(s.requests, 1);
	}
	assert_non_null(strstr(server.last, "uri=\"/digest/2:pauseCluster\""));
	assert_int_equal(atomic_load(&challenged), 1);
	close_client();
}

static void a_stale_nonce_is_no_wrong_password(void **state)
{
	struct seen s;

	(void)state;
	open_client();
	s = digest("/digest");
	assert_int_equal(s.status, 200);
	atomic_store(&stale_once, 2);
	s = digest("/digest");
	assert_int_equal(s.status, 200); /* repeated by itself */
	assert_true(s.requests >= 2);
	close_client();
}

static void a_wrong_password_is_reported_once(void **state)
{
	struct seen s;

	(void)state;
	open_client();
	s = digest("/never-in");
	assert_int_equal(s.fault, FAULT_NONE);
	assert_int_equal(s.status, 401);
	assert_string_equal(s.body, "what");
	assert_int_equal(s.requests, atomic_load(&server.requests));
	assert_true(s.requests <= 4);
	close_client();
}

static void many_at_a_time_keep_to_the_cap(void **state)
{
	enum { MANY = 200 };
	static struct seen seen[MANY];
	char url[128];
	struct http_request r = request_for("/ok", url);

	(void)state;
	memset(seen, 0, sizeof(seen));
	open_client();
	for (int i = 0; i < MANY; i++)
		start(&r, &seen[i], NULL);
	for (int i = 0; i < MANY; i++) {
		wait_for(&seen[i]);
		assert_int_equal(seen[i].fault, FAULT_NONE);
	}
	assert_true(atomic_load(&server.connections) <= HTTP_SITE_PARALLEL);
	close_client();
}

static void what_waits_behind_a_dead_host_ends_too(void **state)
{
	enum { MANY = 20 * HTTP_SITE_PARALLEL };
	static struct seen seen[MANY];
	char url[128];
	struct http_request r = request_for("/slow", url);
	uint64_t began = uv_hrtime();
	int queued = 0;

	(void)state;
	memset(seen, 0, sizeof(seen));
	open_client();
	r.timeout_ms = 300;
	for (int i = 0; i < MANY; i++)
		start(&r, &seen[i], NULL);
	for (int i = 0; i < MANY; i++) {
		wait_for(&seen[i]);
		assert_int_equal(seen[i].fault, FAULT_TIMEOUT);
		queued += !seen[i].sent;
	}
	assert_true(queued > 0);
	assert_true((uv_hrtime() - began) / 1000000 < 3000); /* not one timeout after the other */
	close_client();
}

static void cancelled_once_queued_or_running(void **state)
{
	enum { MANY = 5 * HTTP_SITE_PARALLEL / 2 };
	static struct seen seen[MANY];
	struct http_call *calls[MANY];
	char url[128];
	struct http_request r = request_for("/slow", url);

	(void)state;
	memset(seen, 0, sizeof(seen));
	open_client();
	for (int i = 0; i < MANY; i++)
		start(&r, &seen[i], &calls[i]);
	for (int i = 0; i < 50 && atomic_load(&server.requests) < HTTP_SITE_PARALLEL; i++)
		uv_run(&loop, UV_RUN_ONCE);
	for (int i = 0; i < MANY; i += 2) {
		http_cancel(calls[i]);
		http_cancel(calls[i]);
	}
	for (int i = 0; i < MANY; i++)
		assert_int_equal(seen[i].calls, 0); /* never from inside */
	for (int i = 0; i < MANY; i += 2) {
		wait_for(&seen[i]);
		assert_int_equal(seen[i].fault, FAULT_CANCELLED);
	}
	assert_true(seen[0].sent); /* it was on its way */
	assert_false(seen[MANY - 2].sent);
	close_client(); /* ends the others */
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(seen[i].calls, 1);
		assert_int_equal(seen[i].fault, FAULT_CANCELLED);
	}
}

/* API keys are changed again and again: the sites of old ones make room. */
static void more_users_than_sites_one_after_another(void **state)
{
	char url[128], user[32];
	struct http_request r = digest_request("/ok", url);

	(void)state;
	open_client();
	r.user = user;
	r.url = "http://127.0.0.1:1/"; /* nobody listens */
	for (int i = 0; i < HTTP_SITES_MAX + 20; i++) {
		struct seen s = {.calls = 0};

		(void)snprintf(user, sizeof(user), "user%d", i);
		start(&r, &s, NULL);
		while (s.calls == 0)
			uv_run(&loop, UV_RUN_ONCE);
		assert_int_equal(s.fault, FAULT_NETWORK);
		assert_null(strstr(s.why, "hosts"));
	}
	close_client();
}

static void closed_from_inside_a_callback(void **state)
{
	struct seen first = {.calls = 0}, second = {.calls = 0};
	char url[128], slow_url[128];
	struct http_request r = request_for("/ok", url), slow = request_for("/slow", slow_url);

	(void)state;
	open_client();
	first.cancel_from = client;
	start(&r, &first, NULL);
	start(&slow, &second, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(first.calls, 1);
	assert_int_equal(second.calls, 1);
	assert_int_equal(second.fault, FAULT_CANCELLED);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void results_of_libcurl_as_faults(void **state)
{
	(void)state;
	assert_int_equal(http_transfer_fault(CURLE_OK, false), FAULT_NONE);
	assert_int_equal(http_transfer_fault(CURLE_COULDNT_RESOLVE_HOST, false), FAULT_DNS);
	assert_int_equal(http_transfer_fault(CURLE_COULDNT_CONNECT, false), FAULT_NETWORK);
	assert_int_equal(http_transfer_fault(CURLE_GOT_NOTHING, false), FAULT_NETWORK);
	assert_int_equal(http_transfer_fault(CURLE_OPERATION_TIMEDOUT, false), FAULT_TIMEOUT);
	assert_int_equal(http_transfer_fault(CURLE_PEER_FAILED_VERIFICATION, false), FAULT_TLS);
	assert_int_equal(http_transfer_fault(CURLE_SSL_CACERT_BADFILE, false), FAULT_TLS);
	assert_int_equal(http_transfer_fault(CURLE_WRITE_ERROR, true), FAULT_MALFORMED);
	assert_int_equal(http_transfer_fault(CURLE_WRITE_ERROR, false), FAULT_NETWORK);
	assert_int_equal(http_transfer_fault(CURLE_WEIRD_SERVER_REPLY, false), FAULT_MALFORMED);
	assert_int_equal(http_transfer_fault(CURLE_AUTH_ERROR, false), FAULT_CREDENTIALS);
	assert_int_equal(http_transfer_fault(CURLE_OUT_OF_MEMORY, false), FAULT_NETWORK);
}

#ifndef __SANITIZE_ADDRESS__ /* whose heap is another one, and never given back */
static bool heap_holds(const char *text, size_t len)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	bool found = false;

	assert_non_null(maps);
	while (!found && fgets(line, sizeof(line), maps)) {
		uintptr_t from, to;

		if (strstr(line, "[heap]") && sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) == 2)
			found = memmem((const void *)from, to - from, text, len) != NULL;
	}
	(void)fclose(maps);
	return found;
}

static void no_secret_stays_in_memory(void **state)
{
	char secret[48], url[128];
	struct http_request r = request_for("/ok", url);
	struct seen s = {.calls = 0};
	char *copy;

	(void)state;
	for (size_t i = 0; i < sizeof(secret) - 1; i++) /* on the stack, never as one text in the program */
		secret[i] = (char)('A' + (i * 7) % 26);
	secret[sizeof(secret) - 1] = '\0';
	copy = strdup(secret);
	assert_true(heap_holds(secret + 8, 24)); /* it would be found */
	explicit_bzero(copy, strlen(copy));
	free(copy);
	assert_false(heap_holds(secret + 8, 24));
	open_client();
	r.method = HTTP_POST;
	r.auth = HTTP_AUTH_SIGV4;
	r.region = "us-west-2";
	r.service = "kms";
	r.user = "AKIDEXAMPLE";
	r.secret = r.token = secret;
	start(&r, &s, NULL);
	assert_true(heap_holds(secret + 8, 24));
	wait_for(&s);
	assert_int_equal(s.fault, FAULT_NONE);
	/* libcurl keeps it with the handle and the open connection; the daemon has it anyway. But nothing freed holds it. */
	close_client();
	assert_false(heap_holds(secret + 8, 24));
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_SERVER(f) cmocka_unit_test_setup_teardown(f, start_server, stop_server)
		WITH_SERVER(an_answer_with_its_headers),
		WITH_SERVER(a_kept_connection_that_the_server_ends),
		WITH_SERVER(a_signed_post),
		WITH_SERVER(an_empty_post_has_a_length),
		WITH_SERVER(a_timeout),
		WITH_SERVER(an_answer_from_before_the_machine_slept),
		WITH_SERVER(connections_that_break),
		WITH_SERVER(an_act_is_sent_once),
		WITH_SERVER(an_act_behind_a_challenge_is_sent_once),
		WITH_SERVER(a_patch_behind_a_challenge),
		WITH_SERVER(a_port_that_refuses),
		WITH_SERVER(answers_that_are_too_long_or_no_http),
		WITH_SERVER(tls_with_one_who_speaks_none),
		WITH_SERVER(redirects_and_plain_http_are_not_followed),
		WITH_SERVER(a_nonce_is_used_again),
		WITH_SERVER(a_stale_nonce_is_no_wrong_password),
		WITH_SERVER(a_wrong_password_is_reported_once),
		WITH_SERVER(many_at_a_time_keep_to_the_cap),
		WITH_SERVER(what_waits_behind_a_dead_host_ends_too),
		WITH_SERVER(cancelled_once_queued_or_running),
		WITH_SERVER(more_users_than_sites_one_after_another),
		WITH_SERVER(closed_from_inside_a_callback),
		cmocka_unit_test(results_of_libcurl_as_faults),
#ifndef __SANITIZE_ADDRESS__
		WITH_SERVER(no_secret_stays_in_memory),
#endif
	};

	assert_int_equal(http_global_init(), 0);
	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
