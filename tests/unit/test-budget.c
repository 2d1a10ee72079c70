/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "core/budget.h"

static struct walltime minute(int64_t n)
{
	return (struct walltime){1767225600000 + n * 60000};
}

static const struct budget_share all = {1, 100000}; /* no limit of its own */

static void test_a_plan_fits_whole_or_not_at_all(void **state)
{
	struct budget b;

	(void)state;
	budget_init(&b, 20);
	assert_true(budget_take(&b, minute(0), all, 15));
	assert_false(budget_take(&b, minute(1), all, 6));
	assert_int_equal(budget_left(&b, minute(1)), 5);
	assert_true(budget_take(&b, minute(1), all, 5));
	assert_false(budget_take(&b, minute(2), all, 1));
	assert_true(budget_take(&b, minute(2), all, 0));
}

static void test_an_hour_later_there_is_room_again(void **state)
{
	struct budget b;

	(void)state;
	budget_init(&b, 20);
	assert_true(budget_take(&b, minute(0), all, 20));
	assert_false(budget_take(&b, minute(59), all, 1));
	assert_true(budget_take(&b, minute(60), all, 20));
}

static void test_a_clock_that_went_back_makes_no_room(void **state)
{
	struct budget b;

	(void)state;
	budget_init(&b, 20);
	assert_true(budget_take(&b, minute(500), all, 20));
	assert_false(budget_take(&b, minute(0), all, 1));
}

static void test_what_ledgers_remember_counts(void **state)
{
	struct budget b;

	(void)state;
	budget_init(&b, 20);
	budget_restore(&b, minute(0), 1, 12);
	budget_restore(&b, minute(-90), 1, 20);
	assert_int_equal(budget_left(&b, minute(10)), 8);
	assert_false(budget_take(&b, minute(10), all, 9));
	/* A flood of old grants keeps the newest ones. */
	for (int i = 0; i < 2 * BUDGET_ENTRIES; i++)
		budget_restore(&b, minute(-1000 + i), 1, 1);
	assert_int_equal(budget_left(&b, minute(10)), 8);
}

static void test_a_project_has_its_own_as_well(void **state)
{
	struct budget b;
	struct budget_share few = {2, 5};

	(void)state;
	budget_init(&b, 20);
	budget_restore(&b, minute(-10), 2, 2);
	assert_false(budget_take(&b, minute(0), few, 4));
	assert_int_equal(budget_left_of(&b, minute(0), few), 3);
	assert_true(budget_take(&b, minute(0), few, 3));
	assert_false(budget_take(&b, minute(1), few, 1));
	assert_true(budget_take(&b, minute(1), all, 15)); /* what others spend is theirs */
	assert_int_equal(budget_left_of(&b, minute(40), few), 0);
	assert_int_equal(budget_left_of(&b, minute(61), few), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_plan_fits_whole_or_not_at_all),
		cmocka_unit_test(test_an_hour_later_there_is_room_again),
		cmocka_unit_test(test_a_project_has_its_own_as_well),
		cmocka_unit_test(test_a_clock_that_went_back_makes_no_room),
		cmocka_unit_test(test_what_ledgers_remember_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
