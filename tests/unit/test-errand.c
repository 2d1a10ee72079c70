/* SPDX-License-Identifier: Apache-2.0 */
/* An errand from the order to its answer: the real core and the real driver on fake hands. */
#include "core/errand_slot.h"
#include "driver/errand_order.h"
#include "driver/headline.h"
#include "driver/texts.h"
#include "driver/turn.h"
#include "fake_daemon.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static struct fake_daemon d;
static uint32_t ticket;

static int setup(void **state)
{
	(void)state;
	fake_world();
	fake_start(&d);
	fake_turn(&d, 3000);
	ticket = 100;
	return 0;
}

/* As verb_errand does. */
static void ask(enum errand errand)
{
	struct errand_order o = {.errand = errand,
		.ticket = ++ticket,
		.region = d.project->core.bindings[0].region,
		.who = "uid=0(root)",
		.period_days = 180};
	struct event event = {.type = EV_COMMAND,
		.command = {
			.command = COMMAND_ERRAND, .errand = errand, .ticket = ticket, .region = o.region}};
	struct texts *texts = texts_new(
		&(struct record_texts){.who = "uid=0(root)", .note = "told to", .message = "every 180 days"});

	assert_int_equal(errand_order_add(d.project, &o), 0);
	assert_int_equal(turn_command(d.project, &event, texts), 0);
}

static enum act_result end(void)
{
	const struct errand_order *o = errand_order_find(d.project, ticket);

	assert_non_null(o);
	return o->result;
}

static const struct errand_slot *slot(void)
{
	return &d.project->core.bindings[0].errand;
}

static void command(enum command c)
{
	struct event event = {.type = EV_COMMAND, .command = {.command = c, .ticket = 7}};

	assert_int_equal(turn_command(d.project, &event, NULL), 0);
}

static size_t find(enum record_type type)
{
	size_t i = 0;

	while (i < fake.record_count && fake.records[i].type != type)
		i++;
	assert_true(i < fake.record_count);
	return i;
}

static struct project sibling = {.name = {"left"}};
static unsigned held_from, held_asked;

/* As when another project's revoke comes before the question of that number is asked. */
static const struct project *on_disabled_by(
	const struct project *p, const struct key_arn *arn, bool in_force, void *arg)
{
	(void)p;
	(void)arn;
	(void)arg;
	return in_force && ++held_asked >= held_from ? &sibling : NULL;
}

static void hold_from(unsigned question)
{
	held_from = question;
	held_asked = 0;
	d.hub.disabled_by = on_disabled_by;
}

static void refused_for_the_sibling(void)
{
	const struct errand_order *o = errand_order_find(d.project, ticket);

	assert_int_equal(fake.errands, 0);
	assert_int_equal(end(), ACT_RESULT_REFUSED);
	assert_non_null(o->texts);
	assert_non_null(strstr(o->texts->of.message, "cmekctl restore left comes first"));
	assert_false(slot()->in_flight);
	assert_int_equal(fake.records[fake.record_count - 1].result, ACT_RESULT_REFUSED);
}

/* What another project's revoke holds disabled: it may have come after the order, and while this waited in its lane. */
static void test_no_key_is_enabled_under_a_siblings_revoke(void **state)
{
	(void)state;
	fake.disk_slow = true;
	ask(ERRAND_ENABLE_KEY);
	hold_from(1);
	fake.disk_slow = false;
	fake_run();
	refused_for_the_sibling();
	hold_from(2);
	ask(ERRAND_ENABLE_KEY);
	fake_run();
	assert_true(held_asked >= 2);
	refused_for_the_sibling();
	ask(ERRAND_ROTATE_KEY);
	fake_run();
	assert_int_equal(fake.errands, 1);
	d.hub.disabled_by = NULL;
	ask(ERRAND_ENABLE_KEY);
	fake_run();
	assert_int_equal(end(), ACT_RESULT_ACCEPTED);
	assert_int_equal(fake.errands, 2);
}

static void test_intent_errand_result_answer(void **state)
{
	size_t intent, result;

	(void)state;
	fake.disk_slow = true;
	ask(ERRAND_ENABLE_ROTATION);
	fake_run();
	assert_int_equal(fake.errands, 0); /* not before its record is durable */
	fake.disk_slow = false;
	fake_run();
	assert_int_equal(fake.errands, 1);
	assert_int_equal(fake.errand.errand, ERRAND_ENABLE_ROTATION);
	assert_int_equal(fake.errand.period_days, 180);
	assert_int_equal(d.answers, 1);
	assert_int_equal(d.ticket, ticket);
	assert_int_equal(d.answer, ANSWER_DONE);
	assert_int_equal(end(), ACT_RESULT_ACCEPTED);
	intent = find(RECORD_ERRAND_INTENT);
	result = find(RECORD_ERRAND_RESULT);
	assert_string_equal(fake.who[intent], "uid=0(root)");
	assert_string_equal(fake.note[intent], "told to");
	assert_string_equal(fake.message[intent], "every 180 days");
	assert_string_equal(fake.message[result], "as asked");
	assert_int_equal(fake.records[intent].op.n, fake.records[result].op.n);
	assert_int_equal(fake.notices[NOTICE_ERRAND_DONE], 1);
	assert_int_equal(headline_problems(d.project, NULL, NULL), 0);
}

/* As verb_setup does; what it ended with. */
static enum act_result set_up(struct errand_order *o)
{
	struct event event = {.type = EV_COMMAND,
		.command = {.command = COMMAND_ERRAND, .errand = o->errand, .region = o->region}};

	o->ticket = event.command.ticket = ++ticket;
	assert_int_equal(errand_order_add(d.project, o), 0);
	assert_int_equal(turn_command(d.project, &event, NULL), 0);
	fake_run(); /* no time passes */
	assert_int_equal(d.answer, ANSWER_DONE);
	assert_int_equal(fake_count(RECORD_ERRAND_INTENT), fake_count(RECORD_ERRAND_RESULT));
	return end();
}

static struct errand_order configure_order(void)
{
	static const char arn[] =
		"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
	struct errand_order o = {.errand = ERRAND_CONFIGURE_CMEK, .second_region = true};

	fake.policy = "{\"Version\":\"2012-10-17\",\"Statement\":[]}";
	fake.key = (struct policy_context){.key_spec = "SYMMETRIC_DEFAULT",
		.key_usage = "ENCRYPT_DECRYPT",
		.key_origin = "AWS_KMS",
		.key_multi_region = ""};
	assert_int_equal(key_arn_parse(arn, strlen(arn), &o.key, &o.region, NULL), 0);
	return o;
}

/* A key that was configured is watched at once, not when the settings are read in their turn. */
static void test_a_configured_key_is_watched(void **state)
{
	struct errand_order o = configure_order();

	(void)state;
	assert_int_equal(d.project->core.binding_count, 1);
	assert_int_equal(set_up(&o), ACT_RESULT_ACCEPTED);
	assert_int_equal(d.project->core.binding_count, 2);
	assert_true(region_equal(&d.project->core.bindings[1].region, &o.region));
	assert_int_equal(fake.errands, 1);
	fake_turn(&d, 60 * 1000);
	assert_true(d.project->core.bindings[1].armed);
	/* Asked for again, it is so already. */
	o = configure_order();
	assert_int_equal(set_up(&o), ACT_RESULT_ACCEPTED);
	assert_int_equal(fake.errands, 1);
}

static void test_what_is_not_configured(void **state)
{
	struct errand_order o = configure_order();

	(void)state;
	o.second_region = false; /* nobody confirmed it */
	assert_int_equal(set_up(&o), ACT_RESULT_REFUSED);
	o = configure_order();
	fake.key.key_spec = "RSA_2048";
	assert_int_equal(set_up(&o), ACT_RESULT_REFUSED);
	o = configure_order();
	o.region = fake.cmek[0].region; /* that has another key, for good */
	assert_int_equal(set_up(&o), ACT_RESULT_REFUSED);
	o = configure_order();
	fake.look = (struct look){.fault = FAULT_TIMEOUT};
	assert_int_equal(set_up(&o), ACT_RESULT_REFUSED);
	assert_int_equal(fake.errands, 0);
	assert_int_equal(fake.cmek_count, 1);
}

/* No answer came: the settings decide. */
static void test_a_lost_configuration(void **state)
{
	struct errand_order o = configure_order();

	(void)state;
	fake.act = ACT_RESULT_LOST;
	assert_int_equal(set_up(&o), ACT_RESULT_LOST);
	assert_int_equal(fake.errands, 1);
	assert_int_equal(d.project->core.binding_count, 1);
	assert_true(errand_slot_in_doubt(&d.project->core.errand, ERRAND_CONFIGURE_CMEK));
}

static struct errand_order cluster_order(const char *name)
{
	struct errand_order o = {.errand = ERRAND_CREATE_CLUSTER, .region = fake.cmek[0].region};

	(void)snprintf(o.cluster_name, sizeof o.cluster_name, "%s", name);
	assert_int_equal(secret_set(&o.body, "{}", 2), 0);
	return o;
}

static void test_a_cluster(void **state)
{
	struct errand_order o = cluster_order("new-1");

	(void)state;
	assert_int_equal(set_up(&o), ACT_RESULT_ACCEPTED);
	assert_int_equal(fake.errands, 1);
	o = cluster_order(fake.clusters[0].name); /* there is one */
	assert_int_equal(set_up(&o), ACT_RESULT_REFUSED);
	o = cluster_order("new-2");
	assert_int_equal(region_parse("ap-south-1", strlen("ap-south-1"), &o.region), 0); /* without a key */
	assert_int_equal(set_up(&o), ACT_RESULT_REFUSED);
	fake.list_fault = FAULT_TIMEOUT; /* whether there is one is not known */
	o = cluster_order("new-3");
	assert_int_equal(set_up(&o), ACT_RESULT_NOT_SENT);
	assert_int_equal(fake.errands, 1);
	fake.list_fault = FAULT_NONE;
	fake.act = ACT_RESULT_LOST;
	o = cluster_order("new-4");
	assert_int_equal(set_up(&o), ACT_RESULT_LOST);
	assert_int_equal(fake.errands, 2);
}

static void test_one_at_a_time(void **state)
{
	(void)state;
	fake.disk_slow = true;
	ask(ERRAND_ENABLE_ROTATION);
	fake_run();
	ask(ERRAND_CANCEL_DELETION);
	assert_int_equal(d.answers, 1);
	assert_int_equal(d.answer, ANSWER_BUSY);
	fake.disk_slow = false;
	fake_run();
	assert_int_equal(fake.errands, 1);
	assert_int_equal(fake_count(RECORD_ERRAND_INTENT), 1);
}

static void test_a_full_disk_sends_nothing(void **state)
{
	(void)state;
	fake.disk_full = true;
	ask(ERRAND_ENABLE_ROTATION);
	fake_run();
	assert_int_equal(d.answer, ANSWER_NOT_DURABLE);
	assert_int_equal(end(), ACT_RESULT_NOT_SENT);
	ask(ERRAND_ENABLE_ROTATION);
	assert_int_equal(d.answer, ANSWER_LEDGER);
	fake.disk_full = false;
	fake_turn(&d, 10000);
	assert_int_equal(fake.errands, 0);
	/* Written at last: the intent, and that it was not sent. */
	assert_int_equal(fake_count(RECORD_ERRAND_INTENT), 1);
	assert_int_equal(fake.records[find(RECORD_ERRAND_RESULT)].result, ACT_RESULT_NOT_SENT);
}

/* The revoke comes while the errand waits for its record. */
static void test_a_revoke_holds_it_back(void **state)
{
	(void)state;
	fake.disk_slow = true;
	ask(ERRAND_ENABLE_KEY);
	command(COMMAND_REVOKE);
	fake.disk_slow = false;
	fake_run();
	assert_int_equal(fake.errands, 0);
	assert_int_equal(end(), ACT_RESULT_NOT_SENT);
	ask(ERRAND_ENABLE_KEY);
	assert_int_equal(d.answer, ANSWER_REVOKED);
	ask(ERRAND_CANCEL_DELETION); /* gives nobody access */
	fake_run();
	assert_int_equal(fake.errands, 1);
}

/* KMS has no conditional put: a cut waits for what else puts the policy. */
static void test_a_cut_waits_for_another_change(void **state)
{
	(void)state;
	fake.disk_slow = true;
	ask(ERRAND_REMOVE_STATEMENT);
	ask(ERRAND_APPLY_POLICY);
	assert_int_equal(d.answer, ANSWER_BUSY);
	command(COMMAND_REVOKE);
	assert_int_equal(d.project->core.bindings[0].incident.cut, CUT_WANTED);
	fake.disk_slow = false;
	fake_run();
	assert_int_equal(end(), ACT_RESULT_NOT_SENT);
	fake_turn(&d, 100);
	assert_int_equal(fake.cuts, 1);
	ask(ERRAND_REMOVE_STATEMENT);
	assert_int_equal(d.answer, ANSWER_REVOKED);
}

static void test_what_is_refused_before(void **state)
{
	(void)state;
	fake.look.key_state = KEY_STATE_PENDING_DELETION;
	fake_turn(&d, 1000);
	ask(ERRAND_ENABLE_ROTATION);
	assert_int_equal(d.answer, ANSWER_PENDING_DELETION);
	d.project->core.held = true;
	ask(ERRAND_CANCEL_DELETION);
	assert_int_equal(d.answer, ANSWER_HELD); /* an incident is open, by now */
	assert_int_equal(fake_count(RECORD_ERRAND_INTENT), 0);
	assert_int_equal(fake.errands, 0);
}

static void test_a_restart_leaves_it_unsure(void **state)
{
	(void)state;
	fake.act = ACT_RESULT_LOST;
	ask(ERRAND_ENABLE_ROTATION);
	fake_run();
	assert_true(errand_slot_in_doubt(slot(), ERRAND_ENABLE_ROTATION));
	assert_int_equal(fake.notices[NOTICE_ERRAND_UNSURE], 1);
	assert_int_equal(headline_problems(d.project, NULL, NULL), 1);
	fake_stop(&d);
	fake_start(&d);
	fake_turn(&d, 3000);
	assert_true(errand_slot_in_doubt(slot(), ERRAND_ENABLE_ROTATION));
	assert_int_equal(fake.notices[NOTICE_ERRAND_UNSURE], 2); /* told once a start */
	assert_int_equal(fake.errands, 1);                       /* and not sent again */
	fake.act = ACT_RESULT_ACCEPTED;
	ask(ERRAND_ENABLE_ROTATION);
	fake_run();
	assert_int_equal(fake.errands, 2);
	assert_false(errand_slot_in_doubt(slot(), ERRAND_ENABLE_ROTATION));
	assert_int_equal(headline_problems(d.project, NULL, NULL), 0);
}

static void test_a_result_is_of_its_intent(void **state)
{
	struct core core;
	struct core_init init = {.policy = {.poll_ms = 500}};
	struct binding bindings[1] = {{.region = {"us-west-2"}}};
	struct record r = {
		.type = RECORD_ERRAND_INTENT, .seq = {1}, .at = {1000}, .op = {5}, .region = {"us-west-2"}};

	(void)state;
	core_init(&core, &init);
	core.bindings = bindings;
	core.binding_count = core.binding_size = 1;
	core_restore(&core, &r);
	assert_true(errand_slot_in_doubt(&bindings[0].errand, ERRAND_ENABLE_ROTATION));
	assert_int_equal(core.next_op, 6);
	r.type = RECORD_ERRAND_RESULT;
	r.op.n = 4;
	core_restore(&core, &r); /* of another */
	assert_true(errand_slot_in_doubt(&bindings[0].errand, ERRAND_ENABLE_ROTATION));
	r.op.n = 5;
	r.result = ACT_RESULT_LOST;
	core_restore(&core, &r);
	assert_true(errand_slot_in_doubt(&bindings[0].errand, ERRAND_ENABLE_ROTATION));
	r.result = ACT_RESULT_REFUSED;
	core_restore(&core, &r);
	assert_false(errand_slot_in_doubt(&bindings[0].errand, ERRAND_ENABLE_ROTATION));
}

/* What uses something up: that another was not sent says nothing of the one before, nor does one of another kind. */
static void test_a_doubt_that_stays(void **state)
{
	struct walltime since;

	(void)state;
	fake.act = ACT_RESULT_LOST;
	ask(ERRAND_ROTATE_KEY);
	fake_run();
	since = slot()->doubt[ERRAND_ROTATE_KEY];
	assert_true(walltime_is_known(since));
	fake.act = ACT_RESULT_REFUSED;
	fake_pass(1000);
	ask(ERRAND_ROTATE_KEY);
	fake_run();
	fake.act = ACT_RESULT_ACCEPTED;
	ask(ERRAND_ENABLE_ROTATION);
	fake_run();
	assert_int_equal(slot()->doubt[ERRAND_ROTATE_KEY].ms, since.ms);
	fake_stop(&d);
	fake_start(&d);
	fake_turn(&d, 3000);
	assert_true(walltime_is_known(slot()->doubt[ERRAND_ROTATE_KEY]));
	assert_false(walltime_is_known(slot()->doubt[ERRAND_ENABLE_ROTATION]));
	ask(ERRAND_ROTATE_KEY);
	fake_run();
	assert_false(walltime_is_known(slot()->doubt[ERRAND_ROTATE_KEY]));
	assert_int_equal(headline_problems(d.project, NULL, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)
		TEST(test_intent_errand_result_answer),
		TEST(test_no_key_is_enabled_under_a_siblings_revoke),
		TEST(test_a_configured_key_is_watched),
		TEST(test_what_is_not_configured),
		TEST(test_a_lost_configuration),
		TEST(test_a_cluster),
		TEST(test_one_at_a_time),
		TEST(test_a_full_disk_sends_nothing),
		TEST(test_a_revoke_holds_it_back),
		TEST(test_a_cut_waits_for_another_change),
		TEST(test_what_is_refused_before),
		TEST(test_a_restart_leaves_it_unsure),
		TEST(test_a_result_is_of_its_intent),
		TEST(test_a_doubt_that_stays),
	};
	return cmocka_run_group_tests_name("errand", tests, NULL, NULL);
}
