/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client while it connects: what is given up then leaves no descriptor that libuv would look at once it is closed. */
#include "io/clock.h"
#include "io/http.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>

#define FILL 8

struct moment clock_now(void)
{
	return (struct moment){.boot = {1000}};
}

/* ---- a listener whose queue is full: who connects to it waits ---- */

static int listener, fill[FILL];
static char url[64];

static int fill_listener(void **state)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof at;

	(void)state;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(listener, 0), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
	for (int i = 0; i < FILL; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(fill[i], (struct sockaddr *)&at, sizeof at);
	}
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", ntohs(at.sin_port));
	return 0;
}

static int close_listener(void **state)
{
	(void)state;
	for (int i = 0; i < FILL; i++)
		(void)close(fill[i]);
	(void)close(listener);
	return 0;
}

/* ---- the client ---- */

static uv_loop_t loop;
static struct http *client;

struct seen {
	int calls;
	enum fault fault;
};

static void on_done(void *arg, const struct http_reply *reply)
{
	struct seen *s = arg;

	s->calls++;
	s->fault = reply->fault;
}

static void start(struct http *h, int64_t timeout_ms, struct seen *s, struct http_call **ret_call)
{
	struct http_request r = {.url = url, .timeout_ms = timeout_ms, .max_reply_bytes = 1000};

	*s = (struct seen){0};
	assert_int_equal(http_start(h, &r, on_done, s, ret_call), 0);
}

static void on_closed(void *arg)
{
	*(bool *)arg = true;
}

static void finish(struct http *h)
{
	bool closed = false;

	http_close(h, on_closed, &closed);
	while (!closed)
		uv_run(&loop, UV_RUN_ONCE);
}

static void on_timer(uv_timer_t *timer)
{
	void (*act)(void) = *(void (**)(void))timer->data;

	act();
}

/* Runs `act` between the turn in which libcurl opens a socket, and the one in which libuv would look at it. */
static void right_after_connect(void (*act)(void))
{
	static void (*what)(void);
	uv_timer_t timer;

	what = act;
	(void)uv_timer_init(&loop, &timer);
	timer.data = &what;
	(void)uv_timer_start(&timer, on_timer, 0, 0); /* after libcurl's, which is due now too */
	uv_run(&loop, UV_RUN_NOWAIT);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(&loop, UV_RUN_NOWAIT);
}

static int sockets(void)
{
	int n = 0;
	int type;
	socklen_t len = sizeof type;

	for (int fd = 0; fd < 256; fd++)
		n += getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0;
	return n;
}

static struct http_call *call;
static int open_before;

static void cancel(void)
{
	assert_int_equal(sockets(), open_before + 1); /* it connects */
	http_cancel(call);
}

static void cancelled_as_it_connects(void **state)
{
	struct seen seen;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(http_new(&loop, NULL, &client), 0);
	open_before = sockets();
	start(client, 5000, &seen, &call);
	right_after_connect(cancel);
	while (seen.calls == 0)
		uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(seen.fault, FAULT_CANCELLED);
	assert_int_equal(sockets(), open_before);
	finish(client);
	assert_int_equal(uv_loop_close(&loop), 0);
}

/* As a reload does: the numbers of what the old client gives up are those of what the new one opens. */
static void another_client_takes_the_numbers(void **state)
{
	struct http *other;
	struct seen old, new;
	struct http_call *second;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(http_new(&loop, NULL, &client), 0);
	assert_int_equal(http_new(&loop, NULL, &other), 0);
	open_before = sockets();
	start(client, 5000, &old, &call);
	for (int i = 0; i < 100 && sockets() == open_before; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(sockets(), open_before + 1);
	http_cancel(call);
	start(other, 300, &new, &second);
	while (old.calls == 0 || new.calls == 0)
		uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(new.fault, FAULT_TIMEOUT); /* it waited for the listener, and not for a socket */
	finish(other);
	finish(client);
	assert_int_equal(uv_loop_close(&loop), 0);
}

/* One that runs out of its time leaves nothing that is looked at. */
static void given_up_as_it_connects(void **state)
{
	struct seen seen;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(http_new(&loop, NULL, &client), 0);
	open_before = sockets();
	for (int i = 0; i < 3; i++) {
		start(client, 50, &seen, &call);
		while (seen.calls == 0)
			uv_run(&loop, UV_RUN_ONCE);
		assert_int_equal(seen.fault, FAULT_TIMEOUT);
		assert_int_equal(sockets(), open_before);
	}
	finish(client);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
#define WITH_LISTENER(test) cmocka_unit_test_setup_teardown(test, fill_listener, close_listener)
	const struct CMUnitTest tests[] = {
		WITH_LISTENER(cancelled_as_it_connects),
		WITH_LISTENER(another_client_takes_the_numbers),
		WITH_LISTENER(given_up_as_it_connects),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
