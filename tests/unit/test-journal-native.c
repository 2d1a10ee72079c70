/* SPDX-License-Identifier: Apache-2.0 */
/* Lines to a journald of our own: what it takes, what waits while it hangs, what is given up. */
#include "io/journal_native.h"
#include <endian.h>
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
#include <cmocka.h>

static char dir[64], path[96];
static int journald = -1;
static struct journal_native native;

static void listen_as_journald(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	journald = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(journald >= 0);
	assert_int_equal(bind(journald, (struct sockaddr *)&a, sizeof(a)), 0);
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/cmekd-test-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/socket", dir);
	listen_as_journald();
	journal_native_init(&native, path);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	journal_native_fini(&native);
	(void)close(journald);
	(void)unlink(path);
	return rmdir(dir);
}

static bool send_text(const char *value)
{
	struct buf line = BUF_INIT(JOURNAL_NATIVE_LINE_BYTES);
	bool taken;

	journal_native_add(&line, "MESSAGE", value);
	taken = journal_native_send(&native, &line);
	buf_fini(&line);
	return taken;
}

static bool send_number(unsigned n)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%u", n);
	return send_text(text);
}

/* The next line; -1: none. */
static ssize_t got(char *text, size_t size)
{
	ssize_t n = recv(journald, text, size - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return n;
}

static int got_number(void)
{
	char text[64];

	return got(text, sizeof(text)) > 8 ? atoi(text + strlen("MESSAGE=")) : -1;
}

static void fields_of_a_line(void **state)
{
	struct buf line = BUF_INIT(JOURNAL_NATIVE_LINE_BYTES);
	char text[256], wanted[64] = "DETAIL\n";
	uint64_t size = htole64(12);

	(void)state;
	journal_native_add(&line, "MESSAGE", "it is so");
	journal_native_add(&line, "DETAIL", "a\nPRIORITY=0"); /* nobody adds a field of his own */
	assert_true(journal_native_send(&native, &line));
	buf_fini(&line);
	assert_int_equal(got(text, sizeof(text)), 17 + 7 + 8 + 12 + 1);
	memcpy(wanted + 7, &size, sizeof(size));
	memcpy(wanted + 15, "a\nPRIORITY=0\n", 13);
	assert_memory_equal(text, "MESSAGE=it is so\n", 17);
	assert_memory_equal(text + 17, wanted, 28);
}

static void what_is_not_taken_waits_in_order(void **state)
{
	unsigned sent = 0;

	(void)state;
	while (native.count == 0) /* until its queue is full */
		assert_true(send_number(sent++));
	for (int i = 0; i < 20; i++)
		assert_true(send_number(sent++));
	assert_int_equal(native.count, 21);
	assert_int_equal(journal_native_flush(&native), 0);
	assert_int_equal(native.count, 21);
	for (unsigned n = 0; n < sent; n++) {
		assert_int_equal(got_number(), n);
		assert_int_equal(journal_native_flush(&native), 0);
	}
	assert_int_equal(native.count, 0);
	assert_null(native.lines);
	assert_true(send_number(7));
	assert_int_equal(got_number(), 7);
}

static void what_waits_is_bounded(void **state)
{
	unsigned sent = 0, first;

	(void)state;
	while (native.count == 0)
		assert_true(send_number(sent++));
	first = sent;
	for (unsigned i = 0; i < JOURNAL_NATIVE_WAITING_MAX + 9; i++)
		assert_true(send_number(sent++));
	assert_int_equal(native.count, JOURNAL_NATIVE_WAITING_MAX);
	for (unsigned n = 0; n < first - 1; n++)
		assert_int_equal(got_number(), n);
	assert_int_equal(journal_native_flush(&native), 0); /* told when all the rest is sent */
	assert_int_equal(got_number(), first + 9);          /* the oldest ten are gone */
	for (int lost = 0; lost == 0;) {
		lost = (int)journal_native_flush(&native);
		assert_true(lost == 0 || lost == 10);
		(void)got_number();
	}
	assert_int_equal(journal_native_flush(&native), 0);
}

static void and_its_bytes(void **state)
{
	static char large[60000];

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	while (native.count == 0)
		assert_true(send_text("small"));
	for (int i = 0; i < 200; i++) {
		assert_true(send_text(large));
		assert_true(native.bytes <= JOURNAL_NATIVE_WAITING_BYTES);
	}
	assert_in_range(native.count, 100, 150);
	assert_true(native.lost > 0);
}

static void no_journald(void **state)
{
	static char longer[JOURNAL_NATIVE_LINE_BYTES + 1];
	char text[64];

	(void)state;
	(void)close(journald);
	assert_false(send_text("to nobody")); /* it is to be told elsewhere */
	(void)unlink(path);
	assert_false(send_text("to nobody"));
	listen_as_journald();
	assert_true(send_text("it is back"));
	assert_true(got(text, sizeof(text)) > 0);
	memset(longer, 'x', sizeof(longer) - 1);
	assert_false(send_text(longer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		TEST(fields_of_a_line),
		TEST(what_is_not_taken_waits_in_order),
		TEST(what_waits_is_bounded),
		TEST(and_its_bytes),
		TEST(no_journald),
	};

	return cmocka_run_group_tests_name("journal_native", tests, NULL, NULL);
}
