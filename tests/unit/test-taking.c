/* SPDX-License-Identifier: Apache-2.0 */
/* TiDB Cloud is taken out of a key policy that is kept first, and put back from it: the real core and the real driver on fake hands. */
#include "driver/headline.h"
#include "driver/tree.h"
#include "driver/turn.h"
#include "driver/view.h"
#include "fake_daemon.h"
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define TEXT "{\"Statement\":[\"with TiDB Cloud\"]}"

static struct fake_daemon d;
static struct digest digest;

static int setup(void **state)
{
	(void)state;
	fake_world();
	fake.policy = TEXT;
	if (digest_of(TEXT, strlen(TEXT), &digest) != 0)
		return 1;
	fake.look.policy = digest;
	fake_start(&d);
	fake_turn(&d, 3000);
	return 0;
}

static void order(enum command c)
{
	struct event event = {.type = EV_COMMAND,
		.command = {.command = c, .how = c == COMMAND_REVOKE ? CAUSE_REMOVE : 0, .ticket = 7}};

	assert_int_equal(turn_command(d.project, &event, NULL), 0);
}

static const struct incident *incident(void)
{
	return &d.project->core.bindings[0].incident;
}

static const struct record *find(enum record_type type)
{
	size_t i = 0;

	while (i < fake.record_count && fake.records[i].type != type)
		i++;
	assert_true(i < fake.record_count);
	return &fake.records[i];
}

static void taken_out(void)
{
	fake.look.access = (struct access){.denied = NEED_ALL};
	fake.look.policy = (struct digest){.bytes = {9}};
}

static struct json_object *plan(bool restore, uint8_t how)
{
	struct json_object *o = view_plan(d.project, 0, restore, how, (struct view){.now = fake.now});

	assert_non_null(o);
	return o;
}

static const char *text_at(struct json_object *o, const char *name)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(o, name, &value) ? json_object_get_string(value) : "";
}

static void test_kept_first(void **state)
{
	(void)state;
	fake.disk_slow = true;
	order(COMMAND_REVOKE);
	fake_run();
	assert_string_equal(fake.file, ""); /* not before its record is durable */
	fake.disk_slow = false;
	fake_run();
	assert_string_equal(fake.file, TEXT);
	assert_string_equal(fake.kept, TEXT);
	assert_int_equal(fake.cuts, 1);
	assert_int_equal(incident()->cut, CUT_MADE);
	assert_memory_equal(&find(RECORD_CUT_INTENT)->kept, &digest, sizeof digest);
	assert_int_equal(find(RECORD_CUT_INTENT)->means, CUT_MEANS_REMOVE);
	taken_out();
	fake_turn(&d, 8000);
	assert_int_equal(headline_of_project(d.project), HEADLINE_DARK);
	assert_int_equal(d.project->core.bindings[0].evidence.reason, REASON_OWN_REMOVE);
	assert_int_equal(incident()->causes & CAUSE_AUTOMATIC, 0);
	fake.kept[0] = '\0';
	order(COMMAND_RESTORE);
	fake_run();
	assert_string_equal(fake.kept, TEXT);
	assert_int_equal(fake.uncuts, 1);
	fake_usable();
	fake_turn(&d, 15000);
	assert_int_equal(incident()->id.n, 0);
}

/* The look that the core rests on is older than the policy that was read last, or the other way round. */
static void test_another_policy_is_kept_anew(void **state)
{
	(void)state;
	fake.look.policy = (struct digest){.bytes = {8}};
	fake_turn(&d, 1000);
	order(COMMAND_REVOKE);
	fake_run();
	assert_int_equal(fake.cuts, 0);
	assert_string_equal(fake.file, "");
	assert_int_equal(incident()->cut, CUT_WANTED);
	fake.look.policy = digest;
	fake_turn(&d, 1000);
	assert_int_equal(fake.cuts, 1);
	assert_memory_equal(&incident()->kept, &digest, sizeof digest);
}

/* Whether it was carried out nobody heard. */
static void revoke_without_an_end(void)
{
	fake.act = ACT_RESULT_LOST;
	order(COMMAND_REVOKE);
	fake_run();
}

/* PutKeyPolicy was carried out, and nobody heard of it: the policy that is read is not the one that is kept any more, for the vendor is
 * out of it. Once put back by others, it is told. */
static void test_out_by_a_change_whose_end_is_not_known(void **state)
{
	(void)state;
	revoke_without_an_end();
	assert_int_equal(fake.cuts, 1);
	assert_false(fake.stood);
	taken_out();
	fake.policy = "{\"Statement\":[]}";
	fake.act = ACT_RESULT_ACCEPTED; /* as kms_take() says of it: it is so already */
	fake.kept[0] = '\0';
	fake_turn(&d, 8000);
	assert_string_equal(fake.kept, TEXT);
	assert_string_equal(fake.file, TEXT);
	assert_true(fake.stood);
	assert_int_equal(fake.cuts, 2);
	assert_int_equal(incident()->cut, CUT_MADE);
	assert_int_equal(headline_of_project(d.project), HEADLINE_DARK);
	fake.policy = TEXT;
	fake.look.policy = digest;
	fake_usable();
	fake_turn(&d, 8000);
	assert_int_equal(fake.notices[NOTICE_REVOKE_UNDONE], 1);
	assert_int_equal(fake.cuts, 2);
}

/* The same where the file was lost, or never written: what is there is told from no text at all. */
static void test_out_though_nothing_is_kept(void **state)
{
	(void)state;
	revoke_without_an_end();
	fake.file[0] = '\0';
	taken_out();
	fake.policy = "{\"Statement\":[]}";
	fake.act = ACT_RESULT_ACCEPTED;
	fake_turn(&d, 8000);
	assert_string_equal(fake.kept, "");
	assert_int_equal(fake.cuts, 2);
	assert_int_equal(incident()->cut, CUT_MADE);
}

/* It was never carried out, and nothing is kept: it is kept anew. */
static void test_kept_anew_after_an_end_that_is_not_known(void **state)
{
	(void)state;
	revoke_without_an_end();
	fake.file[0] = '\0';
	fake.act = ACT_RESULT_ACCEPTED;
	fake_turn(&d, 8000);
	assert_string_equal(fake.file, TEXT);
	assert_string_equal(fake.kept, TEXT);
	assert_int_equal(incident()->cut, CUT_MADE);
	assert_int_equal(fake.notices[NOTICE_CUT_BY_HAND], 0);
}

static void test_what_is_gone_is_put_back_by_hand(void **state)
{
	struct json_object *o;
	struct view still = {.now = fake.now};

	(void)state;
	order(COMMAND_REVOKE);
	fake_run();
	taken_out();
	fake_turn(&d, 8000);
	fake.file[0] = '\0';
	o = plan(true, 0);
	assert_non_null(strstr(text_at(o, "policyTrouble"), "is gone"));
	assert_non_null(strstr(text_at(o, "policyChange"), "/kept/prod-I1.json"));
	json_object_put(o);
	order(COMMAND_RESTORE);
	fake_run();
	assert_int_equal(fake.uncuts, 0);
	assert_int_equal(incident()->cut, CUT_UNDO_BY_HAND);
	assert_int_equal(fake.notices[NOTICE_CUT_BY_HAND], 1);
	still.now = fake.now;
	o = view_project(d.project, still);
	assert_non_null(strstr(json_object_to_json_string(o), "put back \\/kept\\/prod-I1.json"));
	assert_non_null(strstr(text_at(o, "problems"), "is gone"));
	json_object_put(o);
	fake_usable(); /* a person did it */
	fake_turn(&d, 15000);
	assert_int_equal(incident()->id.n, 0);
}

static void test_plan(void **state)
{
	struct json_object *o = plan(false, CAUSE_REMOVE);

	(void)state;
	assert_non_null(strstr(text_at(o, "policyChange"), "444455556666 is taken out"));
	assert_string_equal(text_at(o, "policyDiff"), "- out\n");
	assert_string_equal(text_at(o, "losses"), "auditors lose kms:Decrypt");
	json_object_put(o);
	o = plan(false, 0);
	assert_string_equal(text_at(o, "losses"), "");
	json_object_put(o);
	order(COMMAND_REVOKE);
	fake_run();
	fake.doubt = "a Deny of others";
	o = plan(true, 0);
	assert_string_equal(text_at(o, "policyDiff"), "+ back\n");
	assert_string_equal(text_at(o, "policyTrouble"), "back: a Deny of others");
	json_object_put(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kept_first, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_another_policy_is_kept_anew, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
			test_out_by_a_change_whose_end_is_not_known, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_out_though_nothing_is_kept, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(
			test_kept_anew_after_an_end_that_is_not_known, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_what_is_gone_is_put_back_by_hand, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_plan, setup, fake_teardown),
	};
	return cmocka_run_group_tests_name("taking", tests, NULL, NULL);
}
