/* SPDX-License-Identifier: Apache-2.0 */
/* The daily line of a project, over a real core and driver on fake hands. */
#include "driver/summary.h"
#include "fake_daemon.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct fake_daemon d;

static int setup(void **state)
{
	(void)state;
	fake_world();
	fake_start(&d);
	return 0;
}

static unsigned told(enum notice notice)
{
	return fake.notices[notice];
}

/* Time passes in which the daemon looks as ever. */
static void pass(int64_t ms)
{
	fake_pass(ms);
	fake_turn(&d, 1000);
	summary_step(d.project, fake.now);
}

static void first_line(void)
{
	fake_turn(&d, 3000);
	summary_step(d.project, fake.now);
	pass(SUMMARY_FIRST_MS - 5000);
	assert_int_equal(told(NOTICE_SUMMARY), 0); /* first looks first */
	pass(SUMMARY_WITHIN_MS);
	assert_int_equal(told(NOTICE_SUMMARY) + told(NOTICE_SUMMARY_ATTENTION), 1);
}

static void what_it_says(void **state)
{
	const char *head;

	(void)state;
	first_line();
	assert_string_equal(fake.last_what, "prod");
	head = strstr(fake.detail[NOTICE_SUMMARY], "; ledger ");
	assert_non_null(head);
	assert_int_equal(strlen(strrchr(head, ' ') + 1), DIGEST_HEX_BYTES - 1);
	*strstr(fake.detail[NOTICE_SUMMARY], "; ledger ") = '\0';
	assert_string_equal(
		fake.detail[NOTICE_SUMMARY], "usable; us-west-2 usable; 3 clusters, 0 paused by cmekd");
}

static void once_a_day_at_its_time(void **state)
{
	int64_t phase = (int64_t)(project_hash("prod") % (uint64_t)SUMMARY_EVERY_MS);

	(void)state;
	first_line();
	for (int i = 0; i < 20; i++)
		summary_step(d.project, fake.now);
	assert_int_equal(told(NOTICE_SUMMARY), 1);
	fake_pass(SUMMARY_EVERY_MS - (fake.now.wall.ms - phase) % SUMMARY_EVERY_MS - 1000);
	summary_step(d.project, fake.now);
	assert_int_equal(told(NOTICE_SUMMARY), 1);
	pass(1000);
	assert_int_equal(told(NOTICE_SUMMARY), 2);
	for (int hour = 0; hour < 5 * 24; hour++)
		pass(SUMMARY_EVERY_MS / 24);
	assert_in_range(told(NOTICE_SUMMARY), 7, 8); /* each turn adds a second */
	assert_int_equal(told(NOTICE_SUMMARY_ATTENTION), 0);
}

/* What was told once and passed over is told again, each day, and what an incident holds. */
static void in_an_incident(void **state)
{
	(void)state;
	first_line();
	d.hub.settings.max_pauses = 0; /* each automatic pause waits for a person */
	budget_init(&d.hub.budget, 0);
	fake_disabled();
	fake_turn(&d, 8000);
	pass(SUMMARY_EVERY_MS);
	assert_int_equal(told(NOTICE_SUMMARY_ATTENTION), 1);
	assert_true(strncmp(fake.detail[NOTICE_SUMMARY_ATTENTION],
			    "waiting; us-west-2 waiting (incident prod#1); 3 clusters, 0 paused", 66) == 0);
	pass(SUMMARY_EVERY_MS);
	assert_int_equal(told(NOTICE_SUMMARY_ATTENTION), 2);
}

static void what_is_dark_is_no_alert(void **state)
{
	(void)state;
	first_line();
	fake_disabled();
	fake_turn(&d, 15000);
	pass(SUMMARY_EVERY_MS);
	assert_int_equal(told(NOTICE_SUMMARY_ATTENTION), 0);
	assert_int_equal(told(NOTICE_SUMMARY), 2);
	assert_true(strncmp(fake.detail[NOTICE_SUMMARY],
			    "dark; us-west-2 dark (incident prod#1); 3 clusters, 3 paused by", 63) == 0);
}

static void not_while_it_ends(void **state)
{
	(void)state;
	first_line();
	d.project->closing = true;
	pass(2 * SUMMARY_EVERY_MS);
	d.project->closing = false;
	assert_int_equal(told(NOTICE_SUMMARY), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)
		TEST(what_it_says),
		TEST(once_a_day_at_its_time),
		TEST(in_an_incident),
		TEST(what_is_dark_is_no_alert),
		TEST(not_while_it_ends),
	};

	return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
