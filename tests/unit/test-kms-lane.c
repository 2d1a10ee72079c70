/* SPDX-License-Identifier: Apache-2.0 */
/* The rate of one class of KMS operations, in simulated time. */
#include "io/kms_lane.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#define SECOND   1000
#define HALF     500 /* of GetKeyPolicy's 1000 a second */
#define BURST    (HALF * KMS_LANE_BURST_MS / 1000)
#define MANY     4000
#define UNLUCKY  KMS_LANE_HOLD_MORE_MS /* the longest hold */
#define HOLD_MAX (KMS_LANE_HOLD_MS + KMS_LANE_HOLD_MORE_MS)

static struct kms_lane lane;
static struct kms_lane_ticket tickets[KMS_LANE_PRIORITY_COUNT][MANY];

static struct boottime at(int64_t ms)
{
	return (struct boottime){1000000 + ms};
}

static int set_up(void **state)
{
	(void)state;
	kms_lane_init(&lane, KMS_LANE_CLASS_READ, at(0));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t p = 0; p < KMS_LANE_PRIORITY_COUNT; p++)
		for (size_t i = 0; i < MANY; i++)
			kms_lane_drop(&lane, &tickets[p][i]);
	assert_int_equal(lane.waiting_all, 0);
	return 0;
}

static void fill(enum kms_lane_priority p, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		kms_lane_push(&lane, &tickets[p][i], p, BOOTTIME_NEVER);
}

/* What leaves from `from` to `to`, each answered at once. */
static uint32_t leaves(int64_t from, int64_t to)
{
	uint32_t sent = 0;

	for (int64_t ms = from; ms < to; ms++)
		while (kms_lane_pop(&lane, at(ms))) {
			kms_lane_ended(&lane);
			sent++;
		}
	return sent;
}

static void keeps_to_half_of_the_quota(void **state)
{
	struct kms_lane_state s;
	uint32_t first;

	(void)state;
	fill(KMS_LANE_ACT, MANY);
	first = leaves(0, SECOND);
	/* A burst more, once. */
	assert_in_range(first, HALF, HALF + BURST);
	kms_lane_state(&lane, at(SECOND), &s);
	assert_int_equal(s.per_second, HALF);
	assert_int_equal(s.used, first);
	assert_int_equal(s.waiting[KMS_LANE_ACT], MANY - first);
	assert_in_range(leaves(SECOND, 5 * SECOND), 4 * HALF - 1, 4 * HALF + 1);
	kms_lane_state(&lane, at(5 * SECOND), &s);
	assert_in_range(s.used, HALF - 1, HALF + 1);
}

static void priorities_go_first_and_keep_to_their_shares(void **state)
{
	struct kms_lane_ticket *t;

	(void)state;
	fill(KMS_LANE_ROUTINE, MANY);
	assert_in_range(leaves(0, SECOND), HALF * 40 / 100, HALF * 44 / 100);
	fill(KMS_LANE_LOOK, MANY);
	assert_in_range(leaves(SECOND, 2 * SECOND), HALF * 80 / 100 - 1, HALF * 88 / 100);
	fill(KMS_LANE_CONFIRMATION, 1);
	fill(KMS_LANE_ACT, 2);
	t = kms_lane_pop(&lane, at(2 * SECOND)); /* always room for it */
	assert_int_equal(t->priority, KMS_LANE_ACT);
	t = kms_lane_pop(&lane, at(2 * SECOND));
	assert_int_equal(t->priority, KMS_LANE_ACT);
	t = kms_lane_pop(&lane, at(2 * SECOND));
	assert_int_equal(t->priority, KMS_LANE_CONFIRMATION);
	/* What goes before takes from what comes after. */
	fill(KMS_LANE_ACT, MANY);
	for (int64_t ms = 2 * SECOND; ms < 3 * SECOND; ms++)
		while ((t = kms_lane_pop(&lane, at(ms)))) {
			assert_int_equal(t->priority, KMS_LANE_ACT);
			kms_lane_ended(&lane);
		}
}

static void those_whose_time_ends_first_go_first(void **state)
{
	struct kms_lane_ticket *t = tickets[KMS_LANE_LOOK];

	(void)state;
	kms_lane_push(&lane, &t[0], KMS_LANE_LOOK, at(300));
	kms_lane_push(&lane, &t[1], KMS_LANE_LOOK, at(300));
	kms_lane_push(&lane, &t[2], KMS_LANE_LOOK, at(100));
	kms_lane_push(&lane, &t[3], KMS_LANE_LOOK, at(200));
	assert_ptr_equal(kms_lane_pop(&lane, at(0)), &t[2]);
	assert_ptr_equal(kms_lane_pop(&lane, at(0)), &t[3]);
	assert_ptr_equal(kms_lane_pop(&lane, at(0)), &t[0]);
	kms_lane_drop(&lane, &t[1]);
	kms_lane_drop(&lane, &t[1]); /* harmless */
	assert_null(kms_lane_pop(&lane, at(0)));
	assert_int_equal(kms_lane_deadline(&lane, at(0)).ms, BOOTTIME_NEVER.ms);
}

static void what_waits_too_long_is_given_back(void **state)
{
	struct kms_lane_ticket *t = tickets[KMS_LANE_LOOK];

	(void)state;
	kms_lane_throttled(&lane, at(0), UNLUCKY);
	kms_lane_push(&lane, &t[0], KMS_LANE_LOOK, at(100));
	assert_null(kms_lane_pop(&lane, at(50)));
	assert_null(kms_lane_pop_overdue(&lane, at(99)));
	assert_int_equal(kms_lane_deadline(&lane, at(50)).ms, at(100).ms);
	assert_false(kms_lane_is_full(&lane));
	assert_ptr_equal(kms_lane_pop_overdue(&lane, at(100)), &t[0]);
	assert_null(kms_lane_pop_overdue(&lane, at(100)));
}

static void few_are_under_way_but_acts_are_not_kept(void **state)
{
	(void)state;
	fill(KMS_LANE_LOOK, MANY);
	for (int i = 0; i < KMS_LANE_FLIGHT_MAX; i++)
		assert_non_null(kms_lane_pop(&lane, at(10 * i))); /* no faster than the rate */
	assert_null(kms_lane_pop(&lane, at(10 * SECOND)));
	assert_true(kms_lane_is_full(&lane));
	assert_int_equal(kms_lane_deadline(&lane, at(10 * SECOND)).ms, BOOTTIME_NEVER.ms);
	fill(KMS_LANE_ACT, 1);
	assert_int_equal(kms_lane_pop(&lane, at(10 * SECOND))->priority, KMS_LANE_ACT);
	kms_lane_ended(&lane);
	kms_lane_ended(&lane);
	assert_int_equal(kms_lane_pop(&lane, at(10 * SECOND))->priority, KMS_LANE_LOOK);
}

/* Many that were under way are refused together: one lesson. */
static void a_throttling_holds_and_slows(void **state)
{
	struct kms_lane_state s;

	(void)state;
	for (int i = 0; i < 8; i++)
		kms_lane_throttled(&lane, at(i), UNLUCKY);
	kms_lane_state(&lane, at(10), &s);
	assert_int_equal(s.allowance, HALF * 70 / 100);
	assert_int_equal(s.hold_ms, HOLD_MAX - 10);
	fill(KMS_LANE_ACT, MANY);
	assert_int_equal(leaves(10, HOLD_MAX), 0);
	assert_int_equal(kms_lane_deadline(&lane, at(10)).ms, at(HOLD_MAX + 3).ms); /* no flood */
	assert_in_range(leaves(HOLD_MAX, HOLD_MAX + SECOND), HALF * 70 / 100 - 1, HALF * 70 / 100);
	/* A tenth of itself a second: made good in four. */
	kms_lane_state(&lane, at(HOLD_MAX + 4 * SECOND), &s);
	assert_int_equal(s.allowance, HALF);
}

static void the_hold_is_by_chance(void **state)
{
	struct kms_lane_state s;

	(void)state;
	kms_lane_throttled(&lane, at(0), 0);
	kms_lane_state(&lane, at(0), &s);
	assert_int_equal(s.hold_ms, KMS_LANE_HOLD_MS);
	kms_lane_throttled(&lane, at(KMS_LANE_HOLD_MS), UINT32_MAX);
	kms_lane_state(&lane, at(KMS_LANE_HOLD_MS), &s);
	assert_in_range(s.hold_ms, KMS_LANE_HOLD_MS, HOLD_MAX);
}

/* A storm ends at one request in two seconds, and is made good in little more than a minute. */
static void a_storm_and_its_end(void **state)
{
	struct kms_lane_state s;
	uint32_t sent = 0;
	int64_t ms = 0;

	(void)state;
	fill(KMS_LANE_LOOK, MANY);
	for (; ms < 120 * SECOND; ms++)
		while (kms_lane_pop(&lane, at(ms))) {
			kms_lane_ended(&lane);
			kms_lane_throttled(&lane, at(ms), UNLUCKY / 2);
			sent += ms >= 60 * SECOND;
		}
	assert_int_equal(lane.allowance_milli, KMS_LANE_LEAST_MILLI);
	assert_in_range(sent, 10, 20); /* in the last minute: looks have 80 percent */
	kms_lane_state(&lane, at(ms + 30 * SECOND), &s);
	assert_in_range(s.allowance, 5, 15);
	kms_lane_state(&lane, at(ms + 80 * SECOND), &s);
	assert_int_equal(s.allowance, HALF);
}

static void what_did_not_leave_does_not_count(void **state)
{
	struct kms_lane_state s;

	(void)state;
	kms_lane_init(&lane, KMS_LANE_CLASS_PUT, at(0));
	fill(KMS_LANE_ACT, 3);
	assert_non_null(kms_lane_pop(&lane, at(0)));
	assert_null(kms_lane_pop(&lane, at(0))); /* 7.5 a second */
	assert_int_equal(kms_lane_deadline(&lane, at(0)).ms, at(134).ms);
	kms_lane_unpop(&lane, KMS_LANE_ACT);
	kms_lane_state(&lane, at(0), &s);
	assert_int_equal(s.used, 0);
	assert_int_equal(s.per_second, 8);
	assert_int_equal(lane.in_flight, 0);
	assert_non_null(kms_lane_pop(&lane, at(0)));
	assert_null(kms_lane_pop(&lane, at(133)));
	assert_non_null(kms_lane_pop(&lane, at(134)));
}

/* The machine slept for a year: no more than a burst. */
static void a_long_sleep_saves_nothing_up(void **state)
{
	int64_t year_ms = INT64_C(365) * 86400 * SECOND;

	(void)state;
	kms_lane_throttled(&lane, at(0), 0);
	fill(KMS_LANE_ACT, MANY);
	assert_int_equal(leaves(year_ms, year_ms + 1), BURST);
}

static void every_operation_has_its_class(void **state)
{
	(void)state;
	assert_int_equal(kms_lane_class_of(KMS_API_OP_DESCRIBE_KEY), KMS_LANE_CLASS_DESCRIBE);
	assert_int_equal(kms_lane_class_of(KMS_API_OP_GET_KEY_POLICY), KMS_LANE_CLASS_READ);
	assert_int_equal(kms_lane_class_of(KMS_API_OP_GET_KEY_ROTATION_STATUS), KMS_LANE_CLASS_READ);
	assert_int_equal(kms_lane_class_of(KMS_API_OP_LIST_GRANTS), KMS_LANE_CLASS_LIST);
	assert_int_equal(kms_lane_class_of(KMS_API_OP_REVOKE_GRANT), KMS_LANE_CLASS_GRANT);
	assert_int_equal(kms_lane_class_of(KMS_API_OP_PUT_KEY_POLICY), KMS_LANE_CLASS_PUT);
	assert_int_equal(kms_lane_class_of(KMS_API_OP_ENABLE_KEY_ROTATION), KMS_LANE_CLASS_PUT);
	assert_int_equal(kms_lane_class_of(KMS_API_OP_CANCEL_KEY_DELETION), KMS_LANE_CLASS_STATE);
	assert_int_equal(kms_lane_class_of(KMS_API_OP_LIST_KEY_ROTATIONS), KMS_LANE_CLASS_LIST);
	assert_int_equal(kms_lane_class_of(KMS_API_OP_ROTATE_KEY_ON_DEMAND), KMS_LANE_CLASS_STATE);
	assert_int_equal(kms_lane_class_of(KMS_API_OP_ENABLE_KEY), KMS_LANE_CLASS_STATE);
	assert_string_equal(kms_lane_class_operations(KMS_LANE_CLASS_PUT), "PutKeyPolicy, EnableKeyRotation");
	assert_string_equal(kms_lane_priority_name(KMS_LANE_CONFIRMATION), "confirmation");
	assert_int_equal(kms_lane_share(KMS_LANE_ROUTINE), 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		TEST(keeps_to_half_of_the_quota),
		TEST(priorities_go_first_and_keep_to_their_shares),
		TEST(those_whose_time_ends_first_go_first),
		TEST(what_waits_too_long_is_given_back),
		TEST(few_are_under_way_but_acts_are_not_kept),
		TEST(a_throttling_holds_and_slows),
		TEST(the_hold_is_by_chance),
		TEST(a_storm_and_its_end),
		TEST(what_did_not_leave_does_not_count),
		TEST(a_long_sleep_saves_nothing_up),
		TEST(every_operation_has_its_class),
	};

	return cmocka_run_group_tests_name("kms_lane", tests, NULL, NULL);
}
