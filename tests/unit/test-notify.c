/* SPDX-License-Identifier: Apache-2.0 */
/* What systemd is told, read from a notification socket of our own. */
#include "io/notify.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>

static int manager = -1;
static char dir[64], path[96];
static uv_loop_t loop;
static struct notify *notify;
static bool healthy;
static int asked;

static bool on_health(void *arg)
{
	(void)arg;
	asked++;
	return healthy;
}

static void listen_as_manager(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	(void)snprintf(dir, sizeof(dir), "/tmp/cmekd-test-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/notify", dir);
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(manager >= 0);
	assert_int_equal(bind(manager, (struct sockaddr *)&a, sizeof(a)), 0);
	(void)setenv("NOTIFY_SOCKET", path, 1);
}

static int set_up(void **state)
{
	(void)state;
	listen_as_manager();
	(void)setenv("WATCHDOG_USEC", "100000", 1);
	(void)unsetenv("WATCHDOG_PID");
	healthy = true;
	asked = 0;
	assert_int_equal(uv_loop_init(&loop), 0);
	return notify_new(&loop, on_health, NULL, &notify);
}

static int tear_down(void **state)
{
	(void)state;
	notify_close(notify);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)close(manager);
	(void)unlink(path);
	return rmdir(dir);
}

/* The next message; "" if there is none. */
static const char *told(void)
{
	static char text[1024];
	ssize_t n = recv(manager, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void ready_status_reloading_stopping(void **state)
{
	unsigned long long us;

	(void)state;
	notify_ready(notify);
	assert_string_equal(told(), "READY=1");
	notify_status(notify, "%d of %d looks", 1, 2);
	assert_string_equal(told(), "STATUS=1 of 2 looks");
	notify_status(notify, "%d of %d looks", 1, 2);
	assert_string_equal(told(), ""); /* nothing new */
	notify_status(notify, "two\nlines");
	assert_string_equal(told(), "STATUS=two lines"); /* never another assignment */
	notify_reloading(notify);
	assert_int_equal(sscanf(told(), "RELOADING=1\nMONOTONIC_USEC=%llu", &us), 1);
	assert_true(us > 0 && us <= uv_hrtime() / 1000);
	notify_stopping(notify);
	assert_string_equal(told(), "STOPPING=1");
}

static void a_long_start(void **state)
{
	(void)state;
	notify_starting(7, 10000);
	assert_string_equal(
		told(), "EXTEND_TIMEOUT_USEC=60000000\nSTATUS=starting: 7 of 10000 ledgers are read");
}

static void on_end(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, NULL);
}

/* The watchdog alone does not keep a loop running: the daemon's work does. */
static void run_for_ms(uint64_t ms)
{
	uv_timer_t work;

	(void)uv_timer_init(&loop, &work);
	(void)uv_timer_start(&work, on_end, ms, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
}

static void the_watchdog_is_fed_only_in_good_health(void **state)
{
	int fed = 0;

	(void)state;
	run_for_ms(120); /* at once, and each 50 ms */
	while (told()[0])
		fed++;
	assert_true(fed >= 2);
	healthy = false;
	asked = 0;
	run_for_ms(120);
	assert_true(asked >= 1);
	assert_string_equal(told(), "");
}

static void nothing_outside_systemd(void **state)
{
	(void)state;
	(void)unsetenv("NOTIFY_SOCKET");
	notify_ready(notify);
	notify_status(notify, "to nobody");
	assert_string_equal(told(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		TEST(ready_status_reloading_stopping),
		TEST(a_long_start),
		TEST(the_watchdog_is_fed_only_in_good_health),
		TEST(nothing_outside_systemd),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
