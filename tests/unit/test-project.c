/* SPDX-License-Identifier: Apache-2.0 */
/* One project, driven: the real core and the real driver on fake hands. What is durable before what, and what
 * happens when the ledger fails or the daemon is started again. */
#include "base/num.h"
#include "core/evidence.h"
#include "driver/headline.h"
#include "driver/turn.h"
#include "driver/view.h"
#include "fake_daemon.h"
#include "io/kms_lane.h"
#include "io/store.h"
#include <json-c/json.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static struct fake_daemon d;

static bool all_are(enum cluster_state state)
{
	for (size_t i = 0; i < fake.cluster_count; i++)
		if (fake.clusters[i].state != state)
			return false;
	return true;
}

static int setup(void **state)
{
	(void)state;
	fake_world();
	fake_start(&d);
	fake_turn(&d, 3000);
	assert_true(d.project->core.bindings[0].armed);
	assert_int_equal(headline_of_project(d.project), HEADLINE_USABLE);
	assert_int_equal(headline_problems(d.project, NULL, NULL), 0);
	return 0;
}

static void test_lost_and_found(void **state)
{
	(void)state;
	fake_disabled();
	fake_turn(&d, 8000);
	assert_int_equal(fake.pauses, 3);
	assert_true(all_are(CLUSTER_STATE_PAUSED));
	assert_int_equal(headline_of_project(d.project), HEADLINE_DARK);
	assert_int_equal(fake.notices[NOTICE_DARK], 1);
	assert_int_equal(fake_count(RECORD_PAUSE_INTENT), 3);
	fake_usable();
	fake_turn(&d, 10000);
	assert_int_equal(fake.resumes, 3);
	assert_int_equal(fake.unread_acts, 0);
	assert_true(all_are(CLUSTER_STATE_RUNNING));
	assert_int_equal(headline_of_project(d.project), HEADLINE_USABLE);
	assert_false(project_has_incident(d.project));
	assert_int_equal(budget_left(&d.hub.budget, fake.now.wall), 17);
}

/* Beside a verdict of loss stands when the key was last seen usable, and beside no other record. */
static void test_last_usable_look(void **state)
{
	char seen[NUM_TIME_BYTES];
	unsigned verdicts = 0;

	(void)state;
	num_format_time_ms(d.project->core.bindings[0].evidence.last_usable_at.ms, seen);
	fake_disabled();
	fake_turn(&d, 8000);
	for (size_t i = 0; i < fake.record_count; i++) {
		bool lost = fake.records[i].type == RECORD_VERDICT && fake.records[i].outcome == OUTCOME_LOST;

		verdicts += lost;
		if (lost)
			assert_string_equal(fake.usable[i], seen);
		else
			assert_null(fake.usable[i]);
	}
	assert_int_equal(verdicts, 1);
}

/* At once, and what comes of it is timed; a hint that nothing comes of times nothing. */
static void test_hint(void **state)
{
	unsigned before = fake.looks;

	(void)state;
	d.project->core.bindings[0].next_look = BOOTTIME_NEVER;
	fake_turn(&d, 5000);
	assert_int_equal(fake.looks, before);
	d.project->keys[0].hint_waits = d.project->keys[0].hinted = true;
	d.project->keys[0].hinted_at = fake.now.boot;
	turn_run(d.project);
	fake_run();
	assert_int_equal(fake.looks, before + 1);
	assert_false(d.project->keys[0].hint_waits);
	fake_disabled();
	d.project->keys[0].hint_waits = true;
	fake_turn(&d, 3000);
	assert_int_equal(d.hub.hints.verdicts, 1);
	assert_true(d.hub.hints.last_ms > 0 && d.hub.hints.last_ms <= 3000);
	assert_int_equal(d.hub.hints.longest_ms, d.hub.hints.last_ms);
	d.project->keys[0].hinted = true; /* and then nothing for long */
	d.project->keys[0].hinted_at = fake.now.boot;
	fake.now.boot.ms += 2 * HINTS_VERDICT_MS;
	fake_usable();
	fake_turn(&d, 3000);
	assert_int_equal(d.project->core.bindings[0].evidence.verdict, OUTCOME_USABLE);
	assert_int_equal(d.hub.hints.verdicts, 1);
}

/* No intent is durable: no pause is sent, however long it takes. */
static void test_no_act_before_its_record(void **state)
{
	(void)state;
	fake_disabled();
	fake.disk_slow = true;
	fake_turn(&d, 20000);
	assert_int_equal(fake.pauses, 0);
	fake.disk_slow = false;
	fake_turn(&d, 5000);
	assert_int_equal(fake.pauses, 3);
}

/* What waits in the lane when access comes back never leaves. */
static void test_no_act_that_is_no_longer_wanted(void **state)
{
	(void)state;
	fake_disabled();
	fake.lane_slow = true;
	fake_turn(&d, 8000);
	assert_true(fake_count(RECORD_PAUSE_INTENT) > 0);
	assert_int_equal(fake.pauses, 0);
	fake_usable();
	fake_turn(&d, 1000);
	fake.lane_slow = false;
	fake_turn(&d, 10000);
	assert_int_equal(fake.pauses, 0);
	assert_true(all_are(CLUSTER_STATE_RUNNING));
	assert_int_equal(headline_of_project(d.project), HEADLINE_USABLE);
}

/* A look that somebody waits for goes before the others. */
static void test_looks_know_how_urgent_they_are(void **state)
{
	uint32_t hastened = fake.hastened; /* at the start */

	(void)state;
	assert_int_equal(fake.look_priority, KMS_LANE_LOOK);
	fake_turn(&d, 5000);
	assert_int_equal(fake.hastened, hastened);
	fake_disabled();
	while (fake.look_priority == KMS_LANE_LOOK && d.project->core.bindings[0].evidence.filled > 0 &&
		!evidence_unsettled(&d.project->core.bindings[0].evidence))
		fake_turn(&d, 10);
	fake_turn(&d, 200);
	assert_int_equal(fake.look_priority, KMS_LANE_CONFIRMATION);
	assert_true(fake.hastened > hastened); /* one that is under way */
	fake_turn(&d, 8000); /* an incident is open, and every look of the last five agrees */
	assert_int_equal(headline_of_project(d.project), HEADLINE_DARK);
	assert_false(evidence_unsettled(&d.project->core.bindings[0].evidence));
	assert_int_equal(fake.look_priority, KMS_LANE_CONFIRMATION);
	fake_usable();
	fake_turn(&d, 20000);
	assert_false(project_has_incident(d.project));
	assert_int_equal(fake.look_priority, KMS_LANE_LOOK);
}

static void test_failed_ledger(void **state)
{
	(void)state;
	fake_disabled();
	fake_turn(&d, 500);
	fake.disk_full = true;
	fake_turn(&d, 20000);
	assert_int_equal(fake.pauses, 0);
	assert_int_equal(fake.notices[NOTICE_LEDGER_FAILED], 1);
	assert_true(headline_problems(d.project, NULL, NULL) > 0);
	fake.disk_full = false;
	fake_turn(&d, 10000);
	/* The fake aborts on a gap in the sequence: none was left. */
	assert_int_equal(fake.pauses, 3);
	assert_int_equal(headline_of_project(d.project), HEADLINE_DARK);
}

/* The store cannot even take a record: it waits in the barrier and goes in first. */
static void test_no_room_for_records(void **state)
{
	(void)state;
	fake_disabled();
	fake.append_error = -ENOBUFS;
	fake_turn(&d, 10000);
	assert_int_equal(fake.pauses, 0);
	assert_true(d.project->barrier.record_count > 0);
	fake.append_error = 0;
	fake_turn(&d, 10000);
	assert_int_equal(d.project->barrier.record_count, 0);
	assert_int_equal(fake.pauses, 3);
}

static void test_restart_in_the_middle(void **state)
{
	(void)state;
	fake_disabled();
	fake.act = ACT_RESULT_LOST; /* sent, and no answer tells what became of it */
	fake_turn(&d, 3500);
	assert_true(fake_count(RECORD_PAUSE_INTENT) > 0);
	fake_stop(&d);
	fake.act = ACT_RESULT_ACCEPTED;
	fake_start(&d);
	assert_true(project_has_incident(d.project));
	fake_turn(&d, 15000);
	assert_true(all_are(CLUSTER_STATE_PAUSED));
	assert_int_equal(headline_of_project(d.project), HEADLINE_DARK);
	assert_int_equal(budget_left(&d.hub.budget, fake.now.wall), 17); /* counted once, over the restart */
}

static bool is_shown(const char *text)
{
	struct json_object *o = view_project(d.project, (struct view){.now = fake.now});
	bool shown = strstr(json_object_to_json_string(o), text) != NULL;

	json_object_put(o);
	return shown;
}

/* A refusal's words are told with it, stand until the act is accepted, and are in nothing that comes later. */
static void test_words_of_a_refusal(void **state)
{
	(void)state;
	fake_disabled();
	fake.act = ACT_RESULT_REFUSED;
	fake_turn(&d, 5000);
	assert_string_equal(fake.detail[NOTICE_PAUSE_REFUSED], "a backup is running");
	assert_true(is_shown("a backup is running"));
	fake.act = ACT_RESULT_NOT_SENT; /* says nothing about the refusal */
	fake_turn(&d, 20000);
	assert_int_equal(fake.records[fake.record_count - 1].result, ACT_RESULT_NOT_SENT);
	assert_true(is_shown("a backup is running"));
	fake.act = ACT_RESULT_ACCEPTED;
	fake_turn(&d, 200000);
	assert_null(project_words_of(d.project, &(struct cluster_id){"1"}));
	assert_true(all_are(CLUSTER_STATE_PAUSED));
	assert_int_equal(fake.notices[NOTICE_CLUSTER_PAUSED], 3);
	assert_string_equal(fake.detail[NOTICE_CLUSTER_PAUSED], "");
}

/* Paused after all, although the answer was lost: nothing is owed, nothing of the trouble is shown or told. */
static void test_words_end_with_the_duty(void **state)
{
	(void)state;
	fake_disabled();
	fake.act = ACT_RESULT_LOST;
	fake_turn(&d, 5000);
	assert_true(is_shown("a backup is running"));
	for (size_t i = 0; i < fake.cluster_count; i++)
		fake.clusters[i].state = CLUSTER_STATE_PAUSED;
	fake_turn(&d, 5000);
	assert_int_equal(fake.notices[NOTICE_CLUSTER_PAUSED], 3);
	assert_string_equal(fake.detail[NOTICE_CLUSTER_PAUSED], "");
	assert_false(is_shown("a backup is running"));
}

/* Of an incident that is over, too, nothing is shown in the next: here no act can be sent. */
static void test_words_end_with_the_incident(void **state)
{
	(void)state;
	fake_disabled();
	fake.act = ACT_RESULT_REFUSED;
	fake_turn(&d, 5000);
	assert_true(is_shown("a backup is running"));
	fake_usable();
	fake_turn(&d, 20000);
	assert_false(project_has_incident(d.project));
	for (size_t i = 0; i < fake.cluster_count; i++)
		fake.clusters[i].state = CLUSTER_STATE_BUSY;
	fake_disabled();
	fake_turn(&d, 8000);
	assert_int_equal(d.project->core.clusters[0].duty, DUTY_OWED);
	assert_false(is_shown("a backup is running"));
}

static void order(enum command command)
{
	struct event event = {.type = EV_COMMAND};
	struct texts *texts = texts_new(&(struct record_texts){.who = "uid=0(root)", .note = "drill"});

	event.command.command = command;
	event.command.ticket = 17;
	assert_int_equal(turn_command(d.project, &event, texts), 0);
}

static void test_revoke_and_restore(void **state)
{
	size_t i = 0;

	(void)state;
	order(COMMAND_REVOKE);
	assert_int_equal(d.answers, 0); /* not before its record is durable */
	fake_run();
	assert_int_equal(d.answers, 1);
	assert_int_equal(d.ticket, 17);
	assert_int_equal(d.answer, ANSWER_DONE);
	while (i < fake.record_count && fake.records[i].type != RECORD_INCIDENT)
		i++;
	assert_string_equal(fake.who[i], "uid=0(root)");
	assert_string_equal(fake.note[i], "drill");
	fake.look.access = (struct access){
		.denied = NEED_ALL, .by_deny = true, .cut_by = CUT_BY_OWN, .own_sid_present = true};
	fake_turn(&d, 8000);
	assert_int_equal(fake.cuts, 1);
	assert_int_equal(headline_of_project(d.project), HEADLINE_DARK);
	order(COMMAND_RESTORE);
	fake_run();
	assert_int_equal(d.answer, ANSWER_DONE);
	fake_usable();
	fake_turn(&d, 15000);
	assert_int_equal(fake.uncuts, 1);
	assert_true(all_are(CLUSTER_STATE_RUNNING));
}

/* Dark ends because an operator wants it to: in the ledger, but nobody is woken. */
static void test_restore_from_dark_is_no_alarm(void **state)
{
	(void)state;
	order(COMMAND_REVOKE);
	fake.look.access = (struct access){
		.denied = NEED_ALL, .by_deny = true, .cut_by = CUT_BY_OWN, .own_sid_present = true};
	fake_turn(&d, 8000);
	assert_int_equal(fake.notices[NOTICE_DARK], 1);
	order(COMMAND_RESTORE);
	fake_run();
	assert_int_equal(fake_count(RECORD_NOT_DARK), 1);
	assert_int_equal(fake.notices[NOTICE_RESTORED], 1);
	assert_int_equal(fake.notices[NOTICE_NOT_DARK], 0);
}

/* What KMS said to a look before is not what it said to the change. */
static void test_cut_carries_no_older_words(void **state)
{
	(void)state;
	fake.look = (struct look){.fault = FAULT_TIMEOUT};
	(void)strcpy(fake.look_says, "DescribeKey: no answer in time");
	fake_turn(&d, 3000);
	order(COMMAND_REVOKE);
	fake_turn(&d, 3000);
	assert_int_equal(fake.notices[NOTICE_CUT_MADE], 1);
	assert_string_equal(fake.detail[NOTICE_CUT_MADE], "");
	assert_string_equal(fake.detail[NOTICE_REVOKED], "uid=0(root)");
}

static void test_command_on_a_full_disk(void **state)
{
	(void)state;
	fake.disk_full = true;
	order(COMMAND_REVOKE);
	fake_run();
	assert_int_equal(d.answers, 1);
	assert_int_equal(d.answer, ANSWER_NOT_DURABLE);
	assert_int_equal(fake.cuts, 0);
}

static void test_damaged_ledger_only_observes(void **state)
{
	(void)state;
	fake_stop(&d);
	fake.open_result = STORE_E_DAMAGED;
	fake_start(&d);
	assert_int_equal(fake.notices[NOTICE_LEDGER_DAMAGED], 1);
	assert_true(d.project->core.observe_only);
	fake_turn(&d, 3000);
	assert_int_equal(headline_of_project(d.project), HEADLINE_BROKEN);
	fake_disabled();
	fake_turn(&d, 20000);
	assert_int_equal(fake.pauses, 0);
	order(COMMAND_REVOKE);
	fake_run();
	assert_int_equal(d.answers, 1);
	assert_int_not_equal(d.answer, ANSWER_DONE);
	assert_int_equal(fake.cuts, 0);
	assert_true(headline_problems(d.project, NULL, NULL) > 0);
}

static void test_old_ledger_is_held(void **state)
{
	(void)state;
	fake_disabled();
	fake_turn(&d, 8000);
	assert_int_equal(fake.pauses, 3);
	fake_stop(&d);
	fake_pass(CORE_OLD_MS + 1000);
	fake_start(&d);
	assert_int_equal(fake.notices[NOTICE_LEDGER_FOREIGN], 1);
	fake_usable();
	fake_turn(&d, 30000);
	assert_int_equal(fake.resumes, 0); /* nothing is resumed before a person approves */
}

static void test_settings_disarm(void **state)
{
	struct project_settings settings = {
		.name = {"prod"}, .id = {"42"}, .vendor = {"999900001111"}, .policy = d.project->policy};

	(void)state;
	assert_int_equal(project_set(d.project, &settings), 0);
	assert_false(d.project->core.bindings[0].armed);
	fake_turn(&d, 3000);
	assert_true(d.project->core.bindings[0].armed); /* seen usable for that account too */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hint, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_last_usable_look, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_lost_and_found, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_no_act_before_its_record, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_no_act_that_is_no_longer_wanted, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_looks_know_how_urgent_they_are, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_failed_ledger, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_no_room_for_records, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_restart_in_the_middle, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_words_of_a_refusal, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_words_end_with_the_duty, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_words_end_with_the_incident, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_revoke_and_restore, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_restore_from_dark_is_no_alarm, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_cut_carries_no_older_words, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_command_on_a_full_disk, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_damaged_ledger_only_observes, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_old_ledger_is_held, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_settings_disarm, setup, fake_teardown),
	};
	return cmocka_run_group_tests_name("project", tests, NULL, NULL);
}
