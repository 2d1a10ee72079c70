/* SPDX-License-Identifier: Apache-2.0 */
/* A rehearsal over a real core and driver on fake hands: what is read now decides, and what is not read is a problem. */
#include "driver/drill.h"
#include "driver/turn.h"
#include "fake_daemon.h"
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define OWN "arn:aws:iam::111122223333:user/cmekd"
#define STATEMENT                                                                                            \
	"{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"kms:" \
	"*\",\"Resource\":\"*\"}"

static struct fake_daemon d;
static const struct region all = {""};

static int setup(void **state)
{
	(void)state;
	fake_world();
	fake.own = OWN;
	fake.policy = "{\"Version\":\"2012-10-17\",\"Statement\":[" STATEMENT "]}";
	fake_start(&d);
	fake_turn(&d, 3000);
	return 0;
}

static struct json_object *report; /* of the last drill */
static uint32_t problems;
static struct digest digest;

static void make_report(void)
{
	report = drill_report(d.project->drill, fake.now, &problems, &digest);
	assert_non_null(report);
	drill_end(d.project);
}

static void drill(void)
{
	assert_int_equal(drill_start(d.project, &all), 0);
	assert_true(drill_is_busy(d.project));
	for (int i = 0; !drill_is_done(d.project->drill) && i < 200; i++)
		fake_turn(&d, 50);
	assert_true(drill_is_done(d.project->drill));
	make_report();
	assert_null(d.project->drill);
}

static const char *text_of(struct json_object *line, const char *name)
{
	struct json_object *o = NULL;

	return json_object_object_get_ex(line, name, &o) ? json_object_get_string(o) : "";
}

/* The first line of this name (and subject, if not NULL) says so. */
static void finds(const char *check, const char *subject, const char *result, const char *said)
{
	struct json_object *lines = NULL;

	assert_true(json_object_object_get_ex(report, "checks", &lines));
	for (size_t i = 0; i < json_object_array_length(lines); i++) {
		struct json_object *line = json_object_array_get_idx(lines, i);

		if (strcmp(text_of(line, "check"), check) != 0 ||
			(subject && strcmp(text_of(line, "subject"), subject) != 0))
			continue;
		if (strcmp(text_of(line, "result"), result) != 0 || !strstr(text_of(line, "found"), said))
			fail_msg("%s is %s: %s", check, text_of(line, "result"), text_of(line, "found"));
		assert_int_equal(*text_of(line, "remedy") == '\0', strcmp(result, "ok") == 0);
		return;
	}
	fail_msg("no line %s", check);
}

static void done(void)
{
	json_object_put(report);
	report = NULL;
}

static void test_ready(void **state)
{
	unsigned looks = fake.looks;

	(void)state;
	drill();
	assert_int_equal(problems, 0);
	assert_true(fake.looks > looks);
	finds("drill_list", "prod", "ok", "clusters: 3; cmekd had not seen 0");
	finds("drill_cluster", "cluster-2", "ok", "it may be paused");
	finds("drill_look", "us-west-2", "ok", "usable");
	finds("drill_grants", "us-west-2", "ok", "alive: ");
	finds("drill_time", NULL, "ok", "clusters to pause: 3, by 6 requests");
	finds("jobs", "cluster-3", "ok", "no import");
	finds("revoke", "us-west-2", "ok", "");
	assert_int_equal(fake.pauses + fake.cuts, 0);
	done();
}

static void test_what_is_seen_now(void **state)
{
	(void)state;
	fake.clusters[0].state = CLUSTER_STATE_BUSY; /* the core has not heard of these yet */
	fake.clusters[1].state = CLUSTER_STATE_UNKNOWN;
	fake.clusters[3] = fake.clusters[2];
	memcpy(fake.clusters[3].id.text, "4", sizeof "4");
	memcpy(fake.clusters[3].name, "new", sizeof "new");
	fake.cluster_count = 4;
	fake.doubt = "full";
	assert_int_equal(drill_start(d.project, &all), 0);
	for (int i = 0; !drill_is_done(d.project->drill) && i < 200; i++)
		fake_turn(&d, 50);
	make_report();
	finds("drill_cluster", "cluster-1", "problem", "would have to wait");
	finds("drill_cluster", "cluster-2", "problem", "does not know");
	finds("drill_cluster", "new", "ok", "it may be paused");
	finds("revoke", NULL, "problem", "full");
	done();
}

static void test_what_cannot_be_read(void **state)
{
	(void)state;
	fake.read_fault = FAULT_TIMEOUT;
	drill();
	finds("drill_cluster", "cluster-1", "problem", "cannot be read (timeout)");
	assert_true(problems >= 3);
	done();
	fake.read_fault = FAULT_NONE;
	fake.list_fault = FAULT_DENIED;
	drill();
	finds("drill_list", NULL, "problem", "cannot be read (denied)");
	finds("drill_cluster", "cluster-1", "problem", "not read in time");
	done();
	fake.list_fault = FAULT_NONE;
	fake.look = (struct look){.fault = FAULT_TIMEOUT};
	drill();
	finds("drill_look", NULL, "problem", "unknown");
	done();
}

/* Missing from the list and not found by its id: gone. Missing and there: it counts. */
static void test_missing(void **state)
{
	(void)state;
	fake.cluster_count = 2;
	drill();
	finds("drill_cluster", "cluster-3", "ok", "gone: neither listed nor found");
	done();
}

/* Time is over before anything was answered: told as that. The answer that comes later finds nobody; then there is another. */
static void test_too_late(void **state)
{
	(void)state;
	assert_int_equal(drill_start(d.project, &all), 0);
	make_report();
	finds("drill_list", NULL, "problem", "not answered in time");
	finds("drill_look", NULL, "problem", "not looked at in time");
	finds("drill_grants", NULL, "unknown", "not listed in time");
	assert_non_null(d.project->drill); /* its request is under way */
	assert_true(drill_is_busy(d.project));
	done();
	fake_turn(&d, 500);
	assert_false(drill_is_busy(d.project));
	drill();
	assert_int_equal(problems, 0);
	done();
}

/* The same world gives the same digest: it is of the lines alone; another finding another one. */
static void test_digest(void **state)
{
	struct digest first;

	(void)state;
	drill();
	first = digest;
	done();
	fake.clusters[0].state = CLUSTER_STATE_BUSY;
	drill();
	assert_memory_not_equal(&first, &digest, sizeof first);
	done();
}

/* A record, and nothing else; fake_teardown finds a drill under way. */
static void test_record_and_end(void **state)
{
	struct event event = {.type = EV_COMMAND, .command = {.command = COMMAND_DRILL, .count = 2}};
	size_t before = fake.record_count;

	(void)state;
	event.command.report.bytes[0] = 7;
	assert_int_equal(turn_command(d.project, &event, NULL), 0);
	fake_turn(&d, 200);
	assert_int_equal(fake.record_count, before + 1);
	assert_int_equal(fake.records[before].type, RECORD_DRILL);
	assert_int_equal(fake.records[before].count, 2);
	assert_int_equal(fake.records[before].report.bytes[0], 7);
	assert_int_equal(d.answer, ANSWER_DONE);
	assert_int_equal(drill_start(d.project, &all), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ready, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_what_is_seen_now, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_what_cannot_be_read, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_missing, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_too_late, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_digest, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_record_and_end, setup, fake_teardown),
	};
	return cmocka_run_group_tests_name("drill", tests, NULL, NULL);
}
