/* SPDX-License-Identifier: Apache-2.0 */
/* The check that each project gets by itself once a day, over a real core and driver on fake hands. */
#include "driver/daily.h"
#include "driver/checks.h"
#include "driver/jobs.h"
#include "fake_daemon.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define DAY_MS (24 * 3600 * (int64_t)1000)
#define OWN    "arn:aws:iam::111122223333:user/cmekd"
#define STATEMENT                                                                                            \
	"{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"kms:" \
	"*\",\"Resource\":\"*\"}"

static struct fake_daemon d;

static int setup(void **state)
{
	(void)state;
	fake_world();
	fake.own = OWN;
	fake.policy = "{\"Version\":\"2012-10-17\",\"Statement\":[" STATEMENT "]}";
	fake.key.key_spec = "SYMMETRIC_DEFAULT";
	fake.key.key_usage = "ENCRYPT_DECRYPT";
	fake.key.key_origin = "AWS_KMS";
	fake_start(&d);
	d.hub.settings.check_ms = DAY_MS;
	return 0;
}

static void step(void)
{
	for (int i = 0; i < 200; i++) {
		daily_step(d.project, fake.now);
		if (!d.project->jobs.asking)
			return;
		fake_run();
	}
	fail_msg("the round does not end");
}

/* Time passes in which the daemon looks as ever. */
static void pass(int64_t ms)
{
	fake_pass(ms);
	fake_turn(&d, 2000);
	step();
}

static void first_run(void)
{
	fake_turn(&d, 3000);
	step();
	assert_int_equal(fake.notices[NOTICE_CHECKED], 0);
	pass(DAY_MS / DAILY_FIRST_PART + 1);
	assert_int_equal(fake.notices[NOTICE_CHECKED], 1);
}

static void test_once_a_day(void **state)
{
	(void)state;
	first_run();
	assert_int_equal(fake.jobs_read, 3 * JOB_COUNT);
	assert_non_null(strstr(fake.detail[NOTICE_CHECKED], "0 problems, 7 cannot be known"));
	step();
	assert_int_equal(fake.notices[NOTICE_CHECKED], 1);
	pass(DAY_MS);
	assert_int_equal(fake.notices[NOTICE_CHECKED], 2);
	for (int hour = 0; hour < 3 * 24; hour++)
		pass(DAY_MS / 24);
	assert_in_range(fake.notices[NOTICE_CHECKED], 5, 6); /* each turn adds two seconds */
	assert_int_equal(fake.notices[NOTICE_CHECK_WORSE], 0);
}

/* At its own time of the day, whenever the daemon was started. */
static void test_its_own_time(void **state)
{
	int64_t phase = (int64_t)(project_hash("prod") % (uint64_t)DAY_MS);

	(void)state;
	first_run();
	fake_pass(DAY_MS - (fake.now.wall.ms - phase) % DAY_MS - 1000);
	step();
	assert_int_equal(fake.notices[NOTICE_CHECKED], 1);
	fake_pass(1000);
	step();
	assert_int_equal(fake.notices[NOTICE_CHECKED], 2);
	assert_int_not_equal(project_hash("prod"), project_hash("prod2"));
}

static void test_worse(void **state)
{
	(void)state;
	first_run();
	fake.jobs[JOB_CHANGEFEED] = (struct jobs){.blocking = 1, .name = "to-kafka", .state = "RUNNING"};
	pass(DAY_MS);
	assert_int_equal(fake.notices[NOTICE_CHECK_WORSE], 1); /* of three clusters, in one */
	assert_non_null(strstr(
		fake.detail[NOTICE_CHECK_WORSE], "running jobs of cluster-1: a pause would be refused"));
	assert_non_null(strstr(fake.detail[NOTICE_CHECKED], "3 problems"));
	pass(DAY_MS); /* no news */
	assert_int_equal(fake.notices[NOTICE_CHECKED], 3);
	assert_int_equal(fake.notices[NOTICE_CHECK_WORSE], 1);
	fake.rotation.enabled = false;
	pass(DAY_MS); /* beside it */
	assert_int_equal(fake.notices[NOTICE_CHECK_WORSE], 2);
	assert_true(strncmp(fake.detail[NOTICE_CHECK_WORSE], "rotation of us-west-2", 21) == 0);
	fake.rotation.enabled = true;
	fake.jobs[JOB_CHANGEFEED] = (struct jobs){.blocking = 0};
	pass(DAY_MS); /* better is no alert */
	assert_int_equal(fake.notices[NOTICE_CHECK_WORSE], 2);
	fake.jobs[JOB_BACKUP] = (struct jobs){.blocking = 1, .state = "RUNNING"};
	pass(DAY_MS); /* the same again is one */
	assert_int_equal(fake.notices[NOTICE_CHECK_WORSE], 3);
}

/* What there is at a start may have been told before: it is named, not alerted. */
static void test_a_start_alerts_nothing(void **state)
{
	(void)state;
	fake.rotation.enabled = false;
	first_run();
	assert_int_equal(fake.notices[NOTICE_CHECK_WORSE], 0);
	assert_non_null(
		strstr(fake.detail[NOTICE_CHECKED], "1 problem, 7 cannot be known: rotation of us-west-2"));
}

/* The first run waits for first answers, but not for ever. */
static void test_the_first_waits(void **state)
{
	(void)state;
	fake_turn(&d, 3000);
	d.project->core.cmek_read = false;
	step(); /* from now on it is waited for */
	fake_pass(d.project->daily.first_at.ms - fake.now.boot.ms);
	step();
	assert_int_equal(fake.notices[NOTICE_CHECKED], 0);
	fake_pass(DAILY_SETTLE_MS);
	step();
	assert_int_equal(fake.notices[NOTICE_CHECKED], 1);
}

static void test_not_in_an_incident(void **state)
{
	(void)state;
	first_run();
	fake_disabled();
	fake_turn(&d, 1500);
	assert_true(project_has_incident(d.project));
	fake.jobs_read = 0;
	fake_pass(DAY_MS);
	step();
	assert_int_equal(fake.jobs_read, 0);
	assert_int_equal(fake.notices[NOTICE_CHECKED], 1);
	fake_usable();
	for (int i = 0; i < 100 && project_has_incident(d.project); i++)
		fake_turn(&d, 2000);
	assert_false(project_has_incident(d.project));
	step();
	assert_int_equal(fake.notices[NOTICE_CHECKED], 2);
}

static void test_off_and_changed(void **state)
{
	(void)state;
	first_run();
	d.hub.settings.check_ms = 0;
	pass(3 * DAY_MS);
	assert_int_equal(fake.notices[NOTICE_CHECKED], 1);
	d.hub.settings.check_ms = 30 * DAY_MS; /* its turns have smaller numbers */
	pass(1000);
	assert_int_equal(fake.notices[NOTICE_CHECKED], 1);
	pass(30 * DAY_MS);
	assert_int_equal(fake.notices[NOTICE_CHECKED], 2);
	fake.now.wall.ms -= 365 * DAY_MS; /* a clock that was wrong */
	pass(30 * DAY_MS);
	assert_int_equal(fake.notices[NOTICE_CHECKED], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_once_a_day, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_its_own_time, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_worse, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_a_start_alerts_nothing, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_the_first_waits, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_not_in_an_incident, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_off_and_changed, setup, fake_teardown),
	};
	return cmocka_run_group_tests_name("daily", tests, NULL, NULL);
}
