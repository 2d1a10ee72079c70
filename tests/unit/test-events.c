/* SPDX-License-Identifier: Apache-2.0 */
/* events: the ring that listeners read from: bounded in number and in bytes, and empty while nobody listens. */
#include "driver/events.h"
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct project_name prod = {"prod"};
static unsigned woken;

static void wake(void *arg)
{
	assert_null(arg);
	woken++;
}

static const char *member(const struct events *e, uint64_t number, const char *name)
{
	return json_object_get_string(json_object_object_get(events_at(e, number)->event, name));
}

static void test_nothing_is_kept_for_nobody(void **state)
{
	struct events e = {.wake = wake};

	(void)state;
	woken = 0;
	events_notice(&e, &prod, NOTICE_LOST, "prod", "");
	assert_int_equal(e.next, 0);
	assert_int_equal(woken, 0);
	assert_int_equal(events_listen(&e), 0);
	assert_int_equal(events_listen(&e), 0);
	events_notice(&e, &prod, NOTICE_LOST, "prod", "");
	assert_int_equal(woken, 1);
	events_leave(&e);
	assert_int_equal(e.next - e.first, 1);
	events_leave(&e);
	assert_int_equal(e.next - e.first, 0);
	assert_null(e.items);
	/* Numbers go on: a place in an older ring is none in this one. */
	assert_int_equal(events_listen(&e), 0);
	assert_int_equal(e.next, 1);
	events_leave(&e);
}

static void test_what_is_told(void **state)
{
	static const char hash[] = "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	struct events e = {.wake = NULL};
	char line[256];

	(void)state;
	assert_int_equal(events_listen(&e), 0);
	events_notice(&e, &prod, NOTICE_LOST, "prod/us-west-2", "the key is Disabled");
	events_notice(&e, NULL, NOTICE_RELOADED, NULL, NULL);
	(void)snprintf(line, sizeof line, "{\"seq\":17,\"prev\":\"\",\"hash\":\"%s\"}", hash);
	events_record(&e, &prod, line, strlen(line));
	events_record(&e, &prod, "{}", 2); /* no record at all */
	assert_int_equal(e.next, 3);
	assert_string_equal(member(&e, 0, "notice"), "lost");
	assert_string_equal(member(&e, 0, "what"), "prod/us-west-2");
	assert_non_null(strstr(member(&e, 0, "text"), ": the key is Disabled"));
	assert_string_equal(member(&e, 0, "priority"), "2");
	assert_null(member(&e, 1, "project"));
	assert_string_equal(member(&e, 2, "record"), line);
	assert_string_equal(member(&e, 2, "seq"), "17");
	assert_string_equal(member(&e, 2, "hash"), hash);
	events_leave(&e);
}

static void test_bounds(void **state)
{
	static char line[16 * 1024];
	struct events e = {.wake = NULL};

	(void)state;
	assert_int_equal(events_listen(&e), 0);
	for (unsigned i = 0; i < EVENTS_MAX + 3; i++)
		events_notice(&e, NULL, NOTICE_RELOADED, NULL, NULL);
	assert_int_equal(e.first, 3);
	assert_int_equal(e.next, EVENTS_MAX + 3);
	memset(line, 'x', sizeof line);
	memcpy(line, "{\"seq\":7,", 9);
	for (unsigned i = 0; i < EVENTS_MAX; i++)
		events_record(&e, &prod, line, sizeof line);
	assert_true(e.bytes <= EVENTS_BYTES_MAX);
	assert_int_equal(e.next - e.first, EVENTS_BYTES_MAX / sizeof line);
	events_leave(&e);
	assert_int_equal(e.bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_kept_for_nobody),
		cmocka_unit_test(test_what_is_told),
		cmocka_unit_test(test_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
