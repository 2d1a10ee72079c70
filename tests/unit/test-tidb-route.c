/* SPDX-License-Identifier: Apache-2.0 */
/* By which API of TiDB Cloud a request goes, in simulated time. */
#include "io/tidb_route.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define MINUTE 60000

static const enum cluster_api chosen = CLUSTER_API_DEDICATED, other = CLUSTER_API_V1BETA;

static struct boottime at(int64_t ms)
{
	return (struct boottime){1000000 + ms};
}

static struct tidb_route fresh(void)
{
	struct tidb_route r;

	tidb_route_init(&r, chosen);
	return r;
}

static bool moved;

static bool ends(struct tidb_route *r, enum cluster_api api, bool list, bool repeated,
	enum tidb_route_word word, int64_t ms)
{
	return tidb_route_read_ended(r,
		&(struct tidb_route_ended){.api = api, .list = list, .repeated = repeated, .word = word},
		at(ms), &moved);
}

static struct tidb_route moved_at_zero(void)
{
	struct tidb_route r = fresh();

	assert_true(ends(&r, chosen, true, false, TIDB_ROUTE_LACKS, 0));
	assert_false(moved);
	assert_false(ends(&r, other, true, true, TIDB_ROUTE_ANSWERS, 0));
	assert_true(moved);
	assert_int_equal(r.reads, other);
	return r;
}

static void what_an_answer_says(void **state)
{
	(void)state;
	for (int f = 0; f < FAULT_COUNT; f++) {
		enum tidb_route_word word = tidb_route_word((enum fault)f, false);
		bool silent = f == FAULT_NETWORK || f == FAULT_DNS || f == FAULT_TLS || f == FAULT_TIMEOUT ||
			      f == FAULT_SERVER_ERROR || f == FAULT_MALFORMED;

		assert_int_equal(word == TIDB_ROUTE_SILENT, silent);
		assert_int_equal(word == TIDB_ROUTE_ANSWERS, f == FAULT_NONE);
		assert_int_equal(word == TIDB_ROUTE_GONE, f == FAULT_NOT_FOUND);
		assert_int_equal(tidb_route_word((enum fault)f, true), TIDB_ROUTE_LACKS);
	}
	assert_int_equal(tidb_route_word(FAULT_DENIED, false), TIDB_ROUTE_NOTHING);
	assert_int_equal(tidb_route_word(FAULT_CREDENTIALS, false), TIDB_ROUTE_NOTHING);
	assert_int_equal(tidb_route_word(FAULT_THROTTLED, false), TIDB_ROUTE_NOTHING);
}

static void a_missing_endpoint_is_asked_of_the_other_at_once(void **state)
{
	struct tidb_route r = moved_at_zero();

	(void)state;
	assert_int_equal(tidb_route_read(&r, true, at(1)), other);
	assert_int_equal(tidb_route_read(&r, false, at(1)), other);
	/* Where the other helps no more, nothing has moved. */
	r = fresh();
	assert_true(ends(&r, chosen, true, false, TIDB_ROUTE_LACKS, 0));
	for (int w = TIDB_ROUTE_GONE; w <= TIDB_ROUTE_NOTHING; w++) {
		assert_false(ends(&r, other, true, true, (enum tidb_route_word)w, 0));
		assert_false(moved);
		assert_int_equal(r.reads, chosen);
	}
}

static void silence_three_times_in_a_row(void **state)
{
	struct tidb_route r = fresh();

	(void)state;
	assert_false(ends(&r, chosen, true, false, TIDB_ROUTE_SILENT, 0));
	assert_false(ends(&r, chosen, false, false, TIDB_ROUTE_SILENT, 0));
	assert_false(ends(&r, chosen, false, false, TIDB_ROUTE_GONE, 0)); /* it does answer */
	assert_false(ends(&r, chosen, true, false, TIDB_ROUTE_SILENT, 0));
	assert_false(ends(&r, chosen, true, false, TIDB_ROUTE_NOTHING, 0)); /* says nothing either way */
	assert_false(ends(&r, chosen, true, false, TIDB_ROUTE_SILENT, 0));
	assert_true(ends(&r, chosen, false, false, TIDB_ROUTE_SILENT, 0));
	assert_int_equal(r.reads, chosen); /* not before the other has answered */
	/* Neither answers: not every read asks both from now on. */
	assert_false(ends(&r, other, false, true, TIDB_ROUTE_SILENT, 0));
	assert_false(moved);
	assert_false(ends(&r, chosen, false, false, TIDB_ROUTE_SILENT, 0));
	assert_false(ends(&r, chosen, false, false, TIDB_ROUTE_SILENT, 0));
	assert_true(ends(&r, chosen, false, false, TIDB_ROUTE_SILENT, 0));
	assert_false(ends(&r, other, false, true, TIDB_ROUTE_ANSWERS, 0));
	assert_true(moved);
	assert_int_equal(r.reads, other);
	assert_false(ends(&r, other, true, false, TIDB_ROUTE_ANSWERS, 0));
	assert_false(moved); /* told once */
}

static void what_concerns_the_key_moves_nothing(void **state)
{
	struct tidb_route r = fresh();

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_false(ends(&r, chosen, true, false, TIDB_ROUTE_NOTHING, 0));
	assert_int_equal(r.reads, chosen);
	r = moved_at_zero();
	assert_false(ends(&r, other, true, false, TIDB_ROUTE_NOTHING, 0));
	assert_int_equal(r.reads, other);
}

static void the_chosen_one_is_tried_again_by_a_list(void **state)
{
	struct tidb_route r = moved_at_zero();

	(void)state;
	assert_int_equal(tidb_route_read(&r, true, at(5 * MINUTE - 1)), other);
	assert_int_equal(tidb_route_read(&r, false, at(5 * MINUTE)), other);
	assert_int_equal(tidb_route_read(&r, true, at(5 * MINUTE)), chosen);
	assert_int_equal(tidb_route_read(&r, true, at(5 * MINUTE)), other); /* one list, not all */
	/* It fails still: the other, at once, and nothing is told. */
	assert_true(ends(&r, chosen, true, false, TIDB_ROUTE_SILENT, 5 * MINUTE));
	assert_false(moved);
	assert_false(ends(&r, other, true, true, TIDB_ROUTE_ANSWERS, 5 * MINUTE));
	assert_false(moved);
	assert_int_equal(tidb_route_read(&r, true, at(10 * MINUTE - 1)), other);
	assert_int_equal(tidb_route_read(&r, true, at(10 * MINUTE)), chosen);
	assert_false(ends(&r, chosen, true, false, TIDB_ROUTE_ANSWERS, 10 * MINUTE));
	assert_true(moved);
	assert_int_equal(tidb_route_read(&r, true, at(10 * MINUTE)), chosen);
	/* When somebody asks for it. */
	r = moved_at_zero();
	tidb_route_retry(&r);
	assert_int_equal(tidb_route_read(&r, false, at(1)), other);
	assert_int_equal(tidb_route_read(&r, true, at(1)), chosen);
	/* Should the other fail meanwhile, the chosen one is asked at once. */
	r = moved_at_zero();
	assert_true(ends(&r, other, true, false, TIDB_ROUTE_SILENT, 1));
	assert_false(ends(&r, chosen, true, true, TIDB_ROUTE_ANSWERS, 1));
	assert_true(moved);
	assert_int_equal(r.reads, chosen);
}

static void gone_is_the_chosen_ones_to_say(void **state)
{
	struct tidb_route r = moved_at_zero();

	(void)state;
	assert_true(ends(&r, other, false, false, TIDB_ROUTE_GONE, 1));
	for (int w = TIDB_ROUTE_ANSWERS; w <= TIDB_ROUTE_NOTHING; w++) {
		assert_false(ends(&r, chosen, false, true, (enum tidb_route_word)w, 1));
		assert_false(moved); /* lists do not work by it for that */
	}
	assert_int_equal(r.reads, other);
	assert_false(ends(&r, chosen, false, false, TIDB_ROUTE_GONE, 1));
	/* After the chosen one failed the other is not believed, and there is nobody else to ask. */
	assert_false(ends(&r, other, false, true, TIDB_ROUTE_GONE, 1));
}

static void an_act_moves_once_its_cluster_was_read_again(void **state)
{
	struct tidb_route r = fresh();
	enum cluster_api api = other;

	(void)state;
	assert_true(tidb_route_act(&r, BOOTTIME_NEVER, &api)); /* nothing has happened */
	assert_int_equal(api, chosen);
	assert_true(tidb_route_act_lacks(&r, chosen, at(100)));
	api = chosen;
	assert_false(tidb_route_act(&r, BOOTTIME_NEVER, &api));
	assert_false(tidb_route_act(&r, at(99), &api));
	assert_false(tidb_route_act(&r, at(100), &api));
	assert_int_equal(api, chosen); /* not written */
	assert_true(tidb_route_act(&r, at(101), &api));
	assert_int_equal(api, other);
	/* One that left before comes back with the same: nothing moves, but its cluster is read again first. */
	assert_false(tidb_route_act_lacks(&r, chosen, at(200)));
	assert_false(tidb_route_act(&r, at(101), &api));
	assert_true(tidb_route_act(&r, at(201), &api));
	assert_int_equal(api, other);
	/* Reads that come and go do not move acts, nor does a reload. */
	assert_false(ends(&r, chosen, true, false, TIDB_ROUTE_ANSWERS, 300));
	tidb_route_retry(&r);
	assert_true(tidb_route_act(&r, at(201), &api));
	assert_int_equal(api, other);
	assert_true(tidb_route_act_lacks(&r, other, at(400)));
	assert_true(tidb_route_act(&r, at(401), &api));
	assert_int_equal(api, chosen);
	/* Reads that have moved leave acts where they are. */
	r = moved_at_zero();
	assert_true(tidb_route_act(&r, at(1), &api));
	assert_int_equal(api, chosen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_answer_says),
		cmocka_unit_test(a_missing_endpoint_is_asked_of_the_other_at_once),
		cmocka_unit_test(silence_three_times_in_a_row),
		cmocka_unit_test(what_concerns_the_key_moves_nothing),
		cmocka_unit_test(the_chosen_one_is_tried_again_by_a_list),
		cmocka_unit_test(gone_is_the_chosen_ones_to_say),
		cmocka_unit_test(an_act_moves_once_its_cluster_was_read_again),
	};

	return cmocka_run_group_tests_name("tidb_route", tests, NULL, NULL);
}
