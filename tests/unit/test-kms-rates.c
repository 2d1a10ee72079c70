/* SPDX-License-Identifier: Apache-2.0 */
/* The KMS client where KMS says that it is too much, or fails: what is slowed, what is tried again, and what is not. */
#include "io/kms.h"
#include "io/retry.h"
#include "kms_world.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void trap(const char *operation, int times, int status, const char *code)
{
	kms_world.trap.operation = operation;
	kms_world.trap.times = times;
	kms_world.trap.status = status;
	kms_world.trap.code = code;
	kms_world.describes = kms_world.reads = 0;
}

struct lanes {
	int count;
	struct kms_lane_state describe, read, list, put;
};

static void on_lane(const char *key_id, const struct region *region, const char *operations,
	const struct kms_lane_state *state, void *arg)
{
	struct lanes *l = arg;

	assert_string_equal(key_id, "AKIDEXAMPLE");
	assert_string_equal(region->text, "us-west-2");
	l->count++;
	if (strcmp(operations, "DescribeKey") == 0)
		l->describe = *state;
	else if (strcmp(operations, "GetKeyPolicy, GetKeyRotationStatus") == 0)
		l->read = *state;
	else if (strcmp(operations, "ListGrants, ListKeyRotations") == 0)
		l->list = *state;
	else if (strcmp(operations, "PutKeyPolicy, EnableKeyRotation") == 0)
		l->put = *state;
}

static struct lanes lanes(void)
{
	struct lanes l = {.count = 0};

	kms_each_lane(kms_world.client, on_lane, &l);
	return l;
}

static void throttled_twice_is_one_good_look(void **state)
{
	struct lanes l;
	struct kms_seen s;

	(void)state;
	assert_int_equal(lanes().count, 0); /* only what was used is shown */
	trap("TrentService.GetKeyPolicy", 2, 400, "ThrottlingException");
	s = kms_world_look();
	assert_int_equal(s.look.fault, FAULT_NONE);
	assert_int_equal(s.look.access.allowed, NEED_ALL);
	assert_int_equal(kms_world.describes, 1);
	assert_int_equal(kms_world.reads, 3);
	assert_string_equal(s.texts.request, "r-key r-policy"); /* of what it rests on */
	/* The lane of that class is slowed, twice, and no other. */
	l = lanes();
	assert_int_equal(l.count, 2);
	assert_in_range(l.read.allowance, 245, 270);
	assert_int_equal(l.read.per_second, 500);
	assert_int_equal(l.describe.allowance, 1000);
	assert_int_equal(l.describe.hold_ms, 0);
}

static void what_stays_throttled_is_told_so(void **state)
{
	struct kms_seen s;

	(void)state;
	trap("TrentService.DescribeKey", 3, 400, "ThrottlingException");
	s = kms_world_look();
	assert_int_equal(s.look.fault, FAULT_THROTTLED);
	assert_non_null(strstr(s.texts.message, "DescribeKey: 400 ThrottlingException"));
	assert_int_equal(kms_world.describes, 3);
	assert_int_equal(kms_world.reads, 0);
	/* While it is held, what is not of its class goes on. */
	assert_true(lanes().describe.hold_ms > 0);
	s = kms_world_change(true);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.describes, 3);
}

/* To AWS's SDKs it is a throttling; from KMS it is a limit of something else. */
static void limit_exceeded_is_no_throttling(void **state)
{
	struct kms_seen s;

	(void)state;
	trap("TrentService.GetKeyPolicy", 1, 400, "LimitExceededException");
	s = kms_world_look();
	assert_int_equal(s.look.fault, FAULT_REFUSED);
	assert_int_equal(kms_world.reads, 1);
	assert_int_equal(lanes().read.allowance, 500);
	assert_int_equal(lanes().read.hold_ms, 0);
}

static void what_passes_is_tried_again(void **state)
{
	static const struct {
		int status;
		const char *code;
	} passing[] = {{500, NULL}, {503, NULL}, {500, "KMSInternalException"},
		{500, "DependencyTimeoutException"}, {500, "KeyUnavailableException"}, {429, NULL},
		{0, NULL}};
	static const char *const lasting[] = {"AccessDeniedException", "NotFoundException",
		"DisabledException", "KMSInvalidStateException", "SomethingNewException"};
	struct kms_seen s, r = {.calls = 0}, g = {.calls = 0};

	(void)state;
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		trap("TrentService.DescribeKey", 2, passing[i].status, passing[i].code);
		s = kms_world_look();
		assert_int_equal(s.look.fault, FAULT_NONE);
		assert_int_equal(kms_world.trap.times, 0);
	}
	for (size_t i = 0; i < sizeof(lasting) / sizeof(lasting[0]); i++) {
		trap("TrentService.DescribeKey", 1, 400, lasting[i]);
		s = kms_world_look();
		assert_int_not_equal(s.look.fault, FAULT_NONE);
		assert_int_equal(kms_world.describes, 1);
	}
	trap("TrentService.GetKeyRotationStatus", 2, 500, NULL);
	assert_int_equal(kms_rotation(kms_world.target, kms_world_on_rotation, &r), 0);
	kms_world_wait(&r);
	assert_int_equal(r.rotation.fault, FAULT_NONE);
	kms_world.grant_pages = 3;
	trap("TrentService.ListGrants", 2, 500, NULL);
	assert_int_equal(kms_grants(kms_world.target, KMS_LANE_CONFIRMATION, kms_world_on_grants, &g), 0);
	kms_world_wait(&g);
	assert_int_equal(g.fault, FAULT_NONE);
	assert_int_equal(g.alive, 3); /* no page twice */
}

static void who_we_are_is_asked_again_too(void **state)
{
	struct kms_seen s;

	(void)state;
	trap("Action=GetCallerIdentity", 2, 503, NULL);
	kms_world.deny_describe = true;
	s = kms_world_look();
	assert_int_equal(s.look.fault, FAULT_DENIED);
	assert_true(s.look.self_denied);
	assert_int_equal(kms_world.trap.times, 0);
}

static void without_tokens_nothing_is_tried_again(void **state)
{
	enum { LOOKS = RETRY_TOKENS_MAX / (2 * RETRY_COST) };
	struct kms_seen s;

	(void)state;
	trap("TrentService.DescribeKey", 1 << 20, 500, NULL);
	for (int i = 0; i < LOOKS; i++) {
		s = kms_world_look();
		assert_int_equal(s.look.fault, FAULT_SERVER_ERROR);
		assert_int_equal(kms_world.describes, 3 * (i + 1));
	}
	trap("TrentService.DescribeKey", 1, 500, NULL);
	s = kms_world_look();
	assert_int_equal(s.look.fault, FAULT_SERVER_ERROR);
	assert_int_equal(kms_world.describes, 1);
	/* Each good answer brings one back: five, and there is a retry. */
	for (int i = 0; i < 3; i++)
		(void)kms_world_look();
	trap("TrentService.DescribeKey", 1, 500, NULL);
	s = kms_world_look();
	assert_int_equal(s.look.fault, FAULT_NONE);
}

/* Told when RequestTimeout is over, and not after three of them. */
static void a_black_hole_is_told_in_time(void **state)
{
	struct kms_target *t;
	struct kms *k = kms_world_hasty(300, &t);
	uint64_t began = uv_hrtime();
	struct kms_seen s;

	(void)state;
	trap("TrentService.DescribeKey", 1, -1, NULL);
	s = kms_world_look_of(t);
	assert_int_equal(s.look.fault, FAULT_TIMEOUT);
	assert_int_equal(kms_world.describes, 1);
	assert_true((uv_hrtime() - began) / 1000000 < 1500);
	kms_target_close(t);
	kms_close(k);
}

/* The hold is longer than a look may wait. */
static void no_look_hangs_in_its_lane(void **state)
{
	struct kms_target *t;
	struct kms *k = kms_world_hasty(KMS_LANE_HOLD_MS / 2, &t);
	struct kms_seen s;

	(void)state;
	trap("TrentService.DescribeKey", 1, 400, "ThrottlingException");
	s = kms_world_look_of(t); /* its retry waits for the lane until its time is over */
	assert_int_equal(s.look.fault, FAULT_THROTTLED);
	assert_non_null(strstr(s.texts.message, "DescribeKey: not sent: waited too long for its turn"));
	assert_int_equal(kms_world.describes, 1);
	for (int i = 0; i < 100 && s.look.fault != FAULT_NONE; i++)
		s = kms_world_look_of(t);
	assert_int_equal(s.look.fault, FAULT_NONE); /* by itself */
	kms_target_close(t);
	kms_close(k);
}

/* An incident may open while a look of its key waits. */
static void a_look_that_waits_is_hastened(void **state)
{
	static struct kms_seen s;
	struct lanes l;

	(void)state;
	memset(&s, 0, sizeof(s));
	trap("TrentService.DescribeKey", 1, 400, "ThrottlingException");
	assert_int_equal(kms_look(kms_world.target, KMS_LANE_LOOK, kms_world_on_look, &s), 0);
	while (s.calls == 0 && lanes().describe.waiting[KMS_LANE_LOOK] == 0)
		uv_run(&kms_world.loop, UV_RUN_NOWAIT);
	kms_target_hasten(kms_world.target);
	l = lanes();
	assert_int_equal(l.describe.waiting[KMS_LANE_LOOK], 0);
	assert_int_equal(l.describe.waiting[KMS_LANE_CONFIRMATION], 1);
	kms_world_wait(&s);
	assert_int_equal(s.look.fault, FAULT_NONE);
}

static void a_throttled_change_is_not_sent_again(void **state)
{
	struct kms_seen s;

	(void)state;
	trap("TrentService.PutKeyPolicy", 1, 400, "ThrottlingException");
	s = kms_world_change(true);
	assert_int_equal(s.result, ACT_RESULT_THROTTLED);
	assert_int_equal(kms_world.trap.times, 0);
	assert_int_equal(kms_world.puts, 0);
	assert_int_equal(lanes().put.allowance, 6); /* 7.5 a second, and 0.7 of it */
	assert_true(lanes().put.hold_ms > 0);
	assert_int_equal(lanes().read.allowance, 500);
}

/* What was read before the change is no older than if there were no lane: others edit policies as well. */
static void the_policy_is_read_after_the_wait_in_the_lane(void **state)
{
	static struct kms_seen s; /* should an assertion end the test before it is told */

	(void)state;
	memset(&s, 0, sizeof(s));
	trap("TrentService.PutKeyPolicy", 1, 400, "ThrottlingException");
	(void)kms_world_change(true);
	assert_int_equal(kms_cut(kms_world.target, SID, NULL, kms_world_on_change, &s), 0);
	kms_world.reads = 0;
	while (lanes().put.waiting[KMS_LANE_ACT] == 0 && s.calls == 0)
		uv_run(&kms_world.loop, UV_RUN_NOWAIT); /* once would wait for the lane */
	assert_int_equal(kms_world.reads, 0);
	(void)snprintf(kms_world.policy, sizeof(kms_world.policy), "%s", kms_world_documented);
	kms_world_replace(
		kms_world.policy, sizeof(kms_world.policy), "\"cmek-policy\"", "\"edited-meanwhile\"");
	kms_world_wait(&s);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_non_null(strstr(kms_world.policy, "edited-meanwhile"));
	assert_string_equal(s.texts.message, "");
}

static void what_is_found_done_gives_its_place_back(void **state)
{
	uint32_t used;

	(void)state;
	(void)kms_world_change(true);
	used = lanes().put.used;
	for (int i = 0; i < 20; i++)
		(void)kms_world_change(true);
	assert_true(lanes().put.used <= used);
	assert_int_equal(kms_world.puts, 1);
}

static void closing_does_not_wait_for_a_retry(void **state)
{
	struct kms_seen s = {.calls = 0};
	uint64_t began;

	(void)state;
	kms_world.luck = UINT32_MAX; /* a second */
	trap("TrentService.DescribeKey", 1, 500, NULL);
	assert_int_equal(kms_look(kms_world.target, KMS_LANE_LOOK, kms_world_on_look, &s), 0);
	while (kms_world.trap.times > 0)
		uv_run(&kms_world.loop, UV_RUN_ONCE);
	for (int i = 0; i < 20; i++)
		uv_run(&kms_world.loop, UV_RUN_NOWAIT);
	began = uv_hrtime();
	kms_target_close(kms_world.target);
	kms_world.target = NULL;
	kms_world_wait(&s);
	assert_int_equal(s.look.fault, FAULT_CANCELLED);
	assert_true((uv_hrtime() - began) / 1000000 < 900);
}
int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, kms_world_set_up, kms_world_tear_down)
		TEST(throttled_twice_is_one_good_look),
		TEST(what_stays_throttled_is_told_so),
		TEST(limit_exceeded_is_no_throttling),
		TEST(what_passes_is_tried_again),
		TEST(who_we_are_is_asked_again_too),
		TEST(without_tokens_nothing_is_tried_again),
		TEST(a_black_hole_is_told_in_time),
		TEST(no_look_hangs_in_its_lane),
		TEST(a_look_that_waits_is_hastened),
		TEST(a_throttled_change_is_not_sent_again),
		TEST(the_policy_is_read_after_the_wait_in_the_lane),
		TEST(what_is_found_done_gives_its_place_back),
		TEST(closing_does_not_wait_for_a_retry),
	};

	assert_int_equal(http_global_init(), 0);
	return cmocka_run_group_tests_name("kms_rates", tests, NULL, NULL);
}
