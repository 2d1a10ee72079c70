/* SPDX-License-Identifier: Apache-2.0 */
/* io/kms_switch against a small server: what disabling a key says of who did it, and what is in its way. */
#include "kms_world.h"
#include "base/own.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct switched {
	struct kms_seen seen;
	bool was_so;
};

static void on_switch(void *arg, enum act_result result, bool was_so, const struct kms_texts *texts)
{
	struct switched *s = arg;

	s->seen.calls++;
	s->seen.result = result;
	s->seen.texts = *texts;
	s->was_so = was_so;
}

static bool refuses(void *arg)
{
	(void)arg;
	return false;
}

static struct switched turn(bool on)
{
	struct switched s = {.was_so = false};

	assert_int_equal(kms_switch(kms_world.target, on, true, NULL, on_switch, &s), 0);
	assert_int_equal(s.seen.calls, 0); /* never from inside */
	kms_world_wait(&s.seen);
	return s;
}

static void off_and_on(void **state)
{
	struct switched s;

	(void)state;
	s = turn(false);
	assert_int_equal(s.seen.result, ACT_RESULT_ACCEPTED);
	assert_false(s.was_so);
	assert_string_equal(kms_world.state, "Disabled");
	assert_string_equal(s.seen.texts.message, "");
	assert_non_null(strstr(s.seen.texts.request, "r-key"));
	s = turn(true);
	assert_int_equal(s.seen.result, ACT_RESULT_ACCEPTED);
	assert_false(s.was_so);
	assert_string_equal(kms_world.state, "Enabled");
}

static struct switched off_unclaimed(void)
{
	struct switched s = {.was_so = false};

	assert_int_equal(kms_switch(kms_world.target, false, false, NULL, on_switch, &s), 0);
	kms_world_wait(&s.seen);
	return s;
}

/* Who believed it disabled has not written down that it may be by this. */
static void enabled_meanwhile(void **state)
{
	struct switched s;

	(void)state;
	s = off_unclaimed();
	assert_int_equal(s.seen.result, ACT_RESULT_NOT_SENT);
	assert_string_equal(kms_world.state, "Enabled");
	(void)turn(false);
	s = off_unclaimed();
	assert_int_equal(s.seen.result, ACT_RESULT_ACCEPTED);
	assert_true(s.was_so);
}

/* It is sent all the same: what was read may be of the past. */
static void who_disabled_it_before_is_told(void **state)
{
	struct switched s;

	(void)state;
	kms_world.state = "Disabled";
	s = turn(false);
	assert_int_equal(s.seen.result, ACT_RESULT_ACCEPTED);
	assert_true(s.was_so);
	assert_int_equal(kms_world.switches, 1);
	assert_non_null(strstr(s.seen.texts.message, "disabled before"));
	kms_world.deny_put = true; /* as a person did by hand what cmekd may not */
	s = turn(false);
	assert_int_equal(s.seen.result, ACT_RESULT_ACCEPTED);
	assert_true(s.was_so);
}

static void a_refusal_changes_nothing(void **state)
{
	struct switched s;

	(void)state;
	kms_world.deny_put = true;
	s = turn(false);
	assert_int_equal(s.seen.result, ACT_RESULT_DENIED);
	assert_false(s.was_so);
	assert_non_null(strstr(s.seen.texts.message, "DisableKey: 400 AccessDeniedException"));
	kms_world.deny_put = false;
	kms_world.deny_describe = true; /* nobody could tell what became of it */
	s = turn(false);
	assert_int_equal(s.seen.result, ACT_RESULT_DENIED);
	assert_int_equal(kms_world.switches, 0);
	kms_world.deny_describe = false;
	kms_world.state = "PendingDeletion";
	s = turn(false);
	assert_int_equal(s.seen.result, ACT_RESULT_REFUSED);
	assert_non_null(strstr(s.seen.texts.message, "pending deletion"));
	s = turn(true);
	assert_int_equal(s.seen.result, ACT_RESULT_REFUSED);
	assert_non_null(strstr(s.seen.texts.message, "cancel-deletion"));
	assert_int_equal(kms_world.switches, 0);
}

/* Nobody knows whether it was taken, and a look may show the past: so it is asked for again. */
static void a_lost_answer_is_lost(void **state)
{
	struct switched s;

	(void)state;
	kms_world.drop_put = true;
	s = turn(false);
	assert_int_equal(s.seen.result, ACT_RESULT_LOST);
	assert_false(s.was_so);
	assert_non_null(strstr(s.seen.texts.message, "DisableKey"));
	assert_string_equal(kms_world.state, "Disabled");
	s = turn(false);
	assert_int_equal(s.seen.result, ACT_RESULT_LOST);
	assert_true(s.was_so); /* the caller knows that it may have been by this */
	kms_world.drop_put = false;
	s = turn(false);
	assert_int_equal(s.seen.result, ACT_RESULT_ACCEPTED);
	assert_true(s.was_so);
}

/* It never came to KMS, and a look shows the key as it was before it was disabled. */
static void a_look_that_shows_the_past_proves_nothing(void **state)
{
	struct switched s;

	(void)state;
	kms_world.trap.operation = "TrentService.EnableKey";
	kms_world.trap.times = 1;
	s = turn(true);
	assert_int_equal(s.seen.result, ACT_RESULT_LOST);
	assert_int_equal(kms_world.switches, 0);
	assert_non_null(strstr(s.seen.texts.message, "EnableKey"));
	s = turn(true);
	assert_int_equal(s.seen.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.switches, 1);
}

/* What is neither enabled nor disabled is no end of either. */
static void other_states_are_no_end(void **state)
{
	static const char *const others[] = {"PendingDeletion", "Unavailable", "PendingImport", "Creating"};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		for (int on = 0; on < 2; on++) {
			kms_world.switches = kms_world.describes = 0;
			kms_world.stale = others[i];
			kms_world.stale_looks = 1;
			assert_int_equal(turn(on).seen.result, ACT_RESULT_ACCEPTED);
			assert_int_equal(kms_world.describes, 3);
		}
	kms_world.switches = kms_world.describes = 0;
	kms_world.stale = "Updating"; /* it can be used */
	kms_world.stale_looks = 1;
	assert_int_equal(turn(true).seen.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.describes, 2);
}

static void what_is_not_wanted_is_not_sent(void **state)
{
	struct switched s = {.was_so = false};

	(void)state;
	assert_int_equal(kms_switch(kms_world.target, false, true, refuses, on_switch, &s), 0);
	kms_world_wait(&s.seen);
	assert_int_equal(s.seen.result, ACT_RESULT_NOT_SENT);
	assert_int_equal(kms_world.switches, 0);
	assert_string_equal(kms_world.state, "Enabled");
}

/* A key that cmekd could not enable again. */
static void cmekd_does_not_lock_itself_out(void **state)
{
	struct why why = {""};
	struct switched s;

	(void)state;
	assert_false(kms_foresee_switch(kms_world.target, false, &why)); /* nothing was read yet */
	kms_world_replace(kms_world.policy, sizeof(kms_world.policy), "\"Statement\":[",
		"\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"kms:"
		"EnableKey\","
		"\"Resource\":\"*\"},");
	(void)kms_world_look();
	for (int turns = 0; !*kms_own_arn(kms_world.client) && turns < 100000; turns++)
		uv_run(&kms_world.loop, UV_RUN_NOWAIT);
	assert_true(kms_foresee_switch(kms_world.target, false, &why));
	assert_non_null(strstr(why.text, "kms:EnableKey"));
	s = turn(false);
	assert_int_equal(s.seen.result, ACT_RESULT_REFUSED);
	assert_non_null(strstr(s.seen.texts.message, "could not enable the key again"));
	assert_int_equal(kms_world.switches, 0);
}

static void note_user(void *arg, const char *principal)
{
	char(*names)[512] = arg;

	(void)strncat(*names, principal, sizeof(*names) - strlen(*names) - 2);
	(void)strcat(*names, ";");
}

static void who_else_uses_it(void **state)
{
	char names[512] = "";

	(void)state;
	(void)kms_world_look();
	kms_switch_users(kms_world.target, note_user, &names);
	assert_string_equal(names, ""); /* TiDB Cloud, and the key's own account */
	kms_world_replace(kms_world.policy, sizeof(kms_world.policy), "\"Statement\":[",
		"\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"999988887777\","
		"\"arn:aws:iam::111122223333:role/"
		"Backup\"]},\"Action\":[\"kms:Decrypt\",\"kms:GenerateDataKey\"],"
		"\"Resource\":\"*\"},{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::"
		"111122223333:"
		"role/Auditor\"},\"Action\":[\"kms:Describe*\",\"kms:List*\"],\"Resource\":\"*\"},");
	(void)kms_world_look();
	kms_switch_users(kms_world.target, note_user, &names);
	assert_non_null(strstr(names, "999988887777;"));
	assert_null(strstr(names, "111122223333"));
	assert_null(strstr(names, VENDOR));
}

static void what_a_person_must_do(void **state)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(4096);

	(void)state;
	kms_switch_by_hand(kms_world.target, false, &b);
	assert_non_null(strstr(b.data, "aws kms disable-key --region us-west-2 --key-id " KEY));
	assert_non_null(strstr(b.data, "has to enable again"));
	buf_clear(&b);
	kms_switch_by_hand(kms_world.target, true, &b);
	assert_non_null(strstr(b.data, "aws kms enable-key --region us-west-2 --key-id " KEY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, kms_world_set_up, kms_world_tear_down)
		TEST(off_and_on),
		TEST(enabled_meanwhile),
		TEST(who_disabled_it_before_is_told),
		TEST(a_refusal_changes_nothing),
		TEST(a_lost_answer_is_lost),
		TEST(a_look_that_shows_the_past_proves_nothing),
		TEST(other_states_are_no_end),
		TEST(what_is_not_wanted_is_not_sent),
		TEST(cmekd_does_not_lock_itself_out),
		TEST(who_else_uses_it),
		TEST(what_a_person_must_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
